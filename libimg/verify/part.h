/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Verifies one queue image file. */
#ifndef LIBIMG_VERIFY_PART_H
#define LIBIMG_VERIFY_PART_H

#include "verify/findings.h"

/*
 * Verifies an image file as the next part, record by record; verify_queues() then checks complete queues.
 * @type: the expected enum pimg_type, or -1 for any
 * Returns 0, also for bad data, or -1. The caller still owns the source.
 */
int verify_named(struct verify *verify, struct source *source, int type, struct pimg_error *error);
/* The same, and closes the source. */
int verify_part(struct verify *verify, struct source *source, int type, struct pimg_error *error);

#endif
