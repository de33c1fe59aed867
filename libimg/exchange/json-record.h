/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record that an entry of JSON becomes. */
#ifndef LIBIMG_EXCHANGE_JSON_RECORD_H
#define LIBIMG_EXCHANGE_JSON_RECORD_H

#include "exchange/json-entry.h"
#include "io/sink/sink.h"

/*
 * Writes the record. A checksum is written as it is in the entry, and compared only when the image is read. If it
 * is missing and the entry has other fields of ours, it is computed.
 * @order: of the image
 */
int json_record_write(struct json_entry *entry, struct sink *sink, enum pimg_byte_order order,
		      struct pimg_error *error);

#endif
