/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where a queue came from, as its first record says: field 1003. */
#ifndef LIBIMG_FORMAT_ORIGIN_H
#define LIBIMG_FORMAT_ORIGIN_H

#include "pipe-data.pb-c.h"
#include "pipeimg.h"

/*
 * Unpacks the message, with the fields that are not known here.
 * Returns what pipe_origin__free_unpacked() frees, or null with an error of CHECK_ORIGIN.
 */
PipeOrigin *origin_unpack(const uint8_t *message, uint32_t length, struct pimg_error *error);

#endif
