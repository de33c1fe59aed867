/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_VERIFY_QUEUES_H
#define LIBIMG_VERIFY_QUEUES_H

#include "verify/findings.h"

/* Checks complete queues, once all records have been read. Returns 0 or -1. */
int verify_queues(struct verify *verify, struct pimg_error *error);

#endif
