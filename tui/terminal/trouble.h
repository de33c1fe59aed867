/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The browser's errors, in the form of the library's. */
#ifndef TUI_TERMINAL_TROUBLE_H
#define TUI_TERMINAL_TROUBLE_H

#include "pipeimg.h"

/* Sets a PIMG_USAGE error. Returns -1. */
int trouble(struct pimg_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Sets a PIMG_SYSTEM error, with errno_value if it is not 0. Returns -1. */
int system_trouble(struct pimg_error *error, int errno_value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
