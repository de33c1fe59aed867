/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The record that an entry of JSON becomes. */
#ifndef LIBIMG_EXCHANGE_JSON_RECORD_H
#define LIBIMG_EXCHANGE_JSON_RECORD_H

#include "exchange/json-entry.h"
#include "io/sink/sink.h"

/*
 * Writes the record. A checksum is written as the entry has it: whoever reads the image checks it. One that
 * the entry lacks is computed if it has other fields of ours.
 * @order: of the image
 */
int json_record_write(struct json_entry *entry, struct sink *sink, enum pimg_byte_order order,
		      struct pimg_error *error);

#endif
