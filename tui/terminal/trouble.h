/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Errors of the browser itself, as the library tells its own. */
#ifndef TUI_TERMINAL_TROUBLE_H
#define TUI_TERMINAL_TROUBLE_H

#include "pipeimg.h"

/* Fills error with a PIMG_USAGE. Returns -1. */
int trouble(struct pimg_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Fills error with a PIMG_SYSTEM, of errno if that is not 0. Returns -1. */
int system_trouble(struct pimg_error *error, int errno_value, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
