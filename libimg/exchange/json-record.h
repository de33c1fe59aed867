/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Converts an entry of JSON to a record. */
#ifndef LIBIMG_EXCHANGE_JSON_RECORD_H
#define LIBIMG_EXCHANGE_JSON_RECORD_H

#include "exchange/json-entry.h"
#include "io/sink/sink.h"

/*
 * Writes the record. A checksum in the entry is written unchanged, and compared only when the image is read. A
 * missing checksum is computed if the entry has other fields of ours.
 * @order: of the image
 */
int json_record_write(struct json_entry *entry, struct sink *sink, enum pimg_byte_order order,
		      struct pimg_error *error);

#endif
