/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Temporary files. */
#ifndef LIBIMG_IO_NAMELESS_H
#define LIBIMG_IO_NAMELESS_H

/*
 * Opens a file that has no name and goes with its descriptor, in TMPDIR or /tmp.
 * Returns the descriptor, or -1 with errno set.
 */
int nameless_open(void);

#endif
