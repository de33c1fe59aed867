/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The origin of a queue, from its first record: field 1003. */
#ifndef LIBIMG_FORMAT_ORIGIN_H
#define LIBIMG_FORMAT_ORIGIN_H

#include "pipe-data.pb-c.h"
#include "pipeimg.h"

/*
 * Unpacks the message, with its unknown fields.
 * Returns what pipe_origin__free_unpacked() frees, or null with an error of CHECK_ORIGIN.
 */
PipeOrigin *origin_unpack(const uint8_t *message, uint32_t length, struct pimg_error *error);

#endif
