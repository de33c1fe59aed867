/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Members of a JSON object as the fields of a message. A member of another type than its field, or out of
 * its range, is an error that names the key. A null member is an absent one.
 */
#ifndef LIBIMG_EXCHANGE_JSON_FIELDS_H
#define LIBIMG_EXCHANGE_JSON_FIELDS_H

#include <json-c/json.h>

#include "pipeimg.h"

/* Null where there is none. */
struct json_object *json_member(struct json_object *object, const char *key);
/* Null where it is not a string. */
const char *json_string_of(struct json_object *value);
/* Of a value that is null or an array. */
size_t json_array_size(struct json_object *value);

/* A number, or like crit's a string: "4096", "0x1000". Returns 0 or -1. */
int json_to_number(struct json_object *value, uint64_t max, uint64_t *number);
/* Says that a key has a wrong value. Returns -1. */
int json_bad_field(const char *key, struct pimg_error *error);

/* Returns 1 and sets number, 0 if the key is missing, or -1. */
int json_get_u64(struct json_object *object, const char *key, uint64_t *number,
		 struct pimg_error *error);
/* @has: set to whether there is such a key; may be null */
int json_get_u32(struct json_object *object, const char *key, int *has, uint32_t *number,
		 struct pimg_error *error);
/* Returns 0, or -1, also if the key is missing. */
int json_need_u32(struct json_object *object, const char *key, uint32_t *number,
		  struct pimg_error *error);
/* Gets a list, null where there is none. Returns 0, or -1 where it is something else. */
int json_get_array(struct json_object *object, const char *key, struct json_object **array,
		   struct pimg_error *error);
/* Decodes base64 into memory that the caller frees. A null value has no bytes. */
uint8_t *json_get_bytes(struct json_object *value, const char *key, size_t *length,
			struct pimg_error *error);

/*
 * Fails for an object that is none, or has a key besides these: an image could not keep it.
 * @keys: of an object that is the member called name, or of an entry where name is null; ends with null
 */
int json_check_keys(struct json_object *object, const char *const *keys, const char *name,
		    struct pimg_error *error);

#endif
