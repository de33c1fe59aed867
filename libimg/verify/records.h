/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_VERIFY_RECORDS_H
#define LIBIMG_VERIFY_RECORDS_H

#include "verify/findings.h"

/* Reads all records of the current part. Returns 0, also for bad data, or -1. */
int verify_records(struct verify *verify, struct pimg_error *error);

#endif
