/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_BASE_PROCESSORS_H
#define LIBIMG_BASE_PROCESSORS_H

/* How many processors this thread may use, at least 1. */
int processors(void);

#endif
