/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* "unknown": fields that this version does not know, each in base64 of its encoding. */
#ifndef LIBIMG_EXCHANGE_JSON_UNKNOWN_H
#define LIBIMG_EXCHANGE_JSON_UNKNOWN_H

#include <json-c/json.h>
#include <protobuf-c/protobuf-c.h>

#include "pipeimg.h"

/* Sets the unknown fields of an inner message. The caller releases them in either case. */
int json_unknown_of_message(struct json_object *object, ProtobufCMessage *message,
			    struct pimg_error *error);
void json_unknown_release(ProtobufCMessage *message);

/*
 * Collects the unknown fields of the entry's own message.
 * @bytes, @length: what they are appended to; the caller frees it
 */
int json_unknown_of_entry(struct json_object *object, const ProtobufCMessageDescriptor *descriptor,
			  uint8_t **bytes, size_t *length, struct pimg_error *error);

#endif
