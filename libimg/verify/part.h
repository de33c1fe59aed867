/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One image file of queues. */
#ifndef LIBIMG_VERIFY_PART_H
#define LIBIMG_VERIFY_PART_H

#include "verify/findings.h"

/*
 * Verifies an image file as the next part, up to its records; what they are together is for verify_queues().
 * @type: what it must hold, an enum pimg_type, or -1 for any
 * Returns 0, also for bad data, or -1. The source stays the caller's.
 */
int verify_named(struct verify *verify, struct source *source, int type, struct pimg_error *error);
/* The same, and closes the source. */
int verify_part(struct verify *verify, struct source *source, int type, struct pimg_error *error);

#endif
