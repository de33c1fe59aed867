/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Members of a JSON object as the fields of a message. A member that has another type than its field, or is out
 * of range, is an error that names the key. A null member counts as absent.
 */
#ifndef LIBIMG_EXCHANGE_JSON_FIELDS_H
#define LIBIMG_EXCHANGE_JSON_FIELDS_H

#include <json-c/json.h>

#include "pipeimg.h"

/* Returns null if there is none. */
struct json_object *json_member(struct json_object *object, const char *key);
/* Returns null if value is not a string. */
const char *json_string_of(struct json_object *value);
/* @value: null or an array */
size_t json_array_size(struct json_object *value);

/* A number, or a string as in the output of crit: "4096", "0x1000". Returns 0 or -1. */
int json_to_number(struct json_object *value, uint64_t max, uint64_t *number);
/* Fails because a key has an invalid value. Returns -1. */
int json_bad_field(const char *key, struct pimg_error *error);

/* Returns 1 and sets number, 0 if the key is missing, or -1. */
int json_get_u64(struct json_object *object, const char *key, uint64_t *number,
		 struct pimg_error *error);
/* @has: set to whether there is such a key; may be null */
int json_get_u32(struct json_object *object, const char *key, int *has, uint32_t *number,
		 struct pimg_error *error);
/* Returns 0; or -1, also if the key is missing. */
int json_need_u32(struct json_object *object, const char *key, uint32_t *number,
		  struct pimg_error *error);
/* Gets an array, or null if there is none. Returns 0, or -1 if the value is not an array. */
int json_get_array(struct json_object *object, const char *key, struct json_object **array,
		   struct pimg_error *error);
/* Decodes base64 into memory that the caller frees. A null value has 0 bytes. */
uint8_t *json_get_bytes(struct json_object *value, const char *key, size_t *length,
			struct pimg_error *error);

/*
 * Fails if object is not an object, or has a key other than these, which an image could not keep.
 * @keys: ended by null
 * @name: of the member that is the object, or null for an entry
 */
int json_check_keys(struct json_object *object, const char *const *keys, const char *name,
		    struct pimg_error *error);

#endif
