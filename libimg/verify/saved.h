/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_VERIFY_SAVED_H
#define LIBIMG_VERIFY_SAVED_H

#include "verify/findings.h"

/*
 * Checks that what pipeimg-criu-hook(1) saved in a directory belongs to the dump there and is complete.
 * Returns 0 or -1.
 */
int verify_saved(struct verify *verify, struct folder *folder, struct pimg_error *error);

#endif
