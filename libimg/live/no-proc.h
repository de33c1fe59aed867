/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Errors of functions that need proc(5), if it is not mounted: in a container, or an initial RAM disk. */
#ifndef LIBIMG_LIVE_NO_PROC_H
#define LIBIMG_LIVE_NO_PROC_H

#include "base/error.h"

bool proc_is_mounted(void);
/*
 * PIMG_SYSTEM: "cannot search processes for pipes: /proc is not mounted; run mount -t proc proc /proc".
 * Returns -1.
 */
int error_no_proc(struct pimg_error *error, const char *what);
/* error_system(), or error_no_proc() if a name does not exist because /proc is not mounted. */
int error_proc(struct pimg_error *error, int errno_value, const char *what);

#endif
