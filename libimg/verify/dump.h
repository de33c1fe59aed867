/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verifies a directory of images, or an archive of one. */
#ifndef LIBIMG_VERIFY_DUMP_H
#define LIBIMG_VERIFY_DUMP_H

#include "verify/findings.h"

/* Returns 0, also for bad data, or -1. The caller still owns the folder. */
int verify_folder(struct verify *verify, struct folder *folder, struct pimg_error *error);

#endif
