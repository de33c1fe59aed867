// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "criu.pb-c.h"
#include "format/decode.h"
#include "format/layout.h"
#include "format/magic.h"
#include "format/wire.h"
#include "io/byte-order.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "json.h"
#include "pipe-data.pb-c.h"

/*
 * The entries are taken apart here and parsed one by one, so that memory holds one record and not
 * the image: a record of 16 MiB is 23 MiB of base64.
 */
#define ENTRY_TEXT_MAX (24U * 1024 * 1024)

/*
 * A value in memory is many times its text. The longest list that makes sense has the chunks of a
 * pipe with 2^31 bytes of capacity.
 */
#define ENTRY_VALUES_MAX (600U * 1000)

struct reading {
	struct source *source;
	struct sink *sink;
	bool has_magic, has_byte_order, has_entries;
	struct image_head head; /* of the image that is written */
	enum pimg_type type;
	uint64_t number; /* of the entry, from 1 */
	struct pimg_error *error;
};

/* ---- text ---- */

static int fail_at(struct reading *reading, const char *what)
{
	error_check(reading->error, CHECK_JSON, "%s", what);
	return error_at(reading->error, (uint64_t)PIMG_NONE, source_offset(reading->source));
}

static bool is_space(uint8_t byte)
{
	return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* Passes white space. Returns the byte after it, -1 at the end of the text, or -2. */
static int next_byte(struct source *source, struct pimg_error *error)
{
	for (;;) {
		const uint8_t *data;
		ssize_t there = source_peek(source, 1, &data, error);

		if (there <= 0)
			return there < 0 ? -2 : -1;
		for (ssize_t i = 0; i < there; i++) {
			if (is_space(data[i]))
				continue;
			source_consume(source, (size_t)i);
			return data[i];
		}
		source_consume(source, (size_t)there);
	}
}

bool json_is_next(struct source *source)
{
	const uint8_t *data;
	ssize_t there = source_peek(source, 256, &data, NULL);

	for (ssize_t i = 0; i < there; i++) {
		if (!is_space(data[i]))
			return data[i] == '{';
	}
	return false;
}

static int expect(struct reading *reading, char wanted, const char *what)
{
	int byte = next_byte(reading->source, reading->error);

	if (byte == -2)
		return -1;
	if (byte != (uint8_t)wanted)
		return fail_at(reading, what);
	source_consume(reading->source, 1);
	return 0;
}

/* True if an odd number of backslashes stands before the byte. */
static bool is_escaped(const uint8_t *data, size_t at)
{
	size_t before = at;

	while (before && data[before - 1] == '\\')
		before--;
	return (at - before) & 1;
}

/*
 * The length of the value that begins at data, 0 if it does not end there.
 * @values: set to how many values are in it, or a few more
 */
static size_t value_length(const uint8_t *data, size_t there, size_t *values)
{
	bool in_string = false;
	size_t depth = 0;

	*values = 0;

	for (size_t i = 0; i < there; i++) {
		if (in_string) {
			const uint8_t *end = memchr(data + i, '"', there - i);

			if (!end)
				return 0;
			i = (size_t)(end - data);
			in_string = is_escaped(data, i);
			if (in_string)
				continue;
		} else if (data[i] == '"') {
			in_string = true;
			continue;
		} else if (data[i] == '{' || data[i] == '[') {
			depth++;
			++*values;
			continue;
		} else if (data[i] == '}' || data[i] == ']') {
			depth -= depth > 0;
		} else {
			*values += data[i] == ',';
			continue;
		}
		if (!depth)
			return i + 1;
	}
	return 0;
}

static struct json_object *parse(const char *text, size_t length, struct reading *reading)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *value;

	if (!tokener) {
		error_memory(reading->error);
		return NULL;
	}
	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT);
	value = json_tokener_parse_ex(tokener, text, (int)length);
	if (!value)
		fail_at(reading, json_tokener_error_desc(json_tokener_get_error(tokener)));
	json_tokener_free(tokener);
	return value;
}

/* Parses the object, array or string that comes next, whole. Returns null on failure. */
static struct json_object *read_value(struct reading *reading)
{
	size_t wanted = 4096, length, values;
	const uint8_t *data;
	ssize_t there;
	struct json_object *value;

	/* What is there grows by doubling, so that the search for the end stays linear. */
	for (;;) {
		there = source_peek(reading->source, wanted, &data, reading->error);
		if (there < 0)
			return NULL;
		length = value_length(data, (size_t)there, &values);
		if (length || (size_t)there < wanted)
			break;
		if (wanted > ENTRY_TEXT_MAX) {
			fail_at(reading, "an entry of more than 24 MiB of text: records of more "
					 "than 16 MiB cannot be read from JSON");
			return NULL;
		}
		wanted = (size_t)there * 2;
	}
	if (!length || values > ENTRY_VALUES_MAX) {
		fail_at(reading, length ? "an entry of more values than any queue needs"
					: "the text ends within a value");
		return NULL;
	}
	value = parse((const char *)data, length, reading);
	if (value)
		source_consume(reading->source, length);
	return value;
}

/* ---- fields ---- */

static struct json_object *member(struct json_object *object, const char *key)
{
	struct json_object *value = NULL;

	json_object_object_get_ex(object, key, &value);
	return value;
}

/* Null where it is no string. */
static const char *string_of(struct json_object *value)
{
	return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

/* Of a value that is null or an array. */
static size_t array_size(struct json_object *value)
{
	return value ? json_object_array_length(value) : 0;
}

/* Like crit, a number may stand as text: "0x1000". */
static int to_number(struct json_object *value, uint64_t max, uint64_t *number)
{
	const char *text;
	char *end;

	if (json_object_is_type(value, json_type_int)) {
		*number = json_object_get_uint64(value);
		return json_object_get_int64(value) < 0 || *number > max ? -1 : 0;
	}
	text = string_of(value);
	if (!text || *text < '0' || *text > '9')
		return -1;
	errno = 0;
	*number = strtoull(text, &end, 0);
	return errno || *end || *number > max ? -1 : 0;
}

static int bad_field(struct reading *reading, const char *key)
{
	error_check(reading->error, CHECK_JSON, "\"%s\" has a value that it cannot have", key);
	return -1;
}

/* Returns 1 and sets number, 0 where there is no such key, or -1. */
static int get_u64(struct reading *reading, struct json_object *object, const char *key,
		   uint64_t max, uint64_t *number)
{
	struct json_object *value = member(object, key);

	if (!value)
		return 0;
	return to_number(value, max, number) < 0 ? bad_field(reading, key) : 1;
}

static int get_u32(struct reading *reading, struct json_object *object, const char *key,
		   protobuf_c_boolean *has, uint32_t *number)
{
	uint64_t value = 0;
	int result = get_u64(reading, object, key, UINT32_MAX, &value);

	*number = (uint32_t)value;
	if (has)
		*has = result > 0;
	return result;
}

static int need_u32(struct reading *reading, struct json_object *object, const char *key,
		    uint32_t *number)
{
	int result = get_u32(reading, object, key, NULL, number);

	if (result)
		return result < 0 ? -1 : 0;
	error_check(reading->error, CHECK_JSON, "an entry without its required \"%s\"", key);
	return -1;
}

/* Gets a list, null where there is none. Returns 0, or -1 where it is something else. */
static int get_array(struct reading *reading, struct json_object *object, const char *key,
		     struct json_object **array)
{
	*array = member(object, key);
	if (!json_object_object_get_ex(object, key, NULL) ||
	    json_object_is_type(*array, json_type_array))
		return 0;
	return bad_field(reading, key);
}

/* Decodes base64 into memory that the caller frees. An absent key has no bytes. */
static uint8_t *get_bytes(struct reading *reading, struct json_object *value, const char *key,
			  size_t *length)
{
	const char *text = value ? string_of(value) : "";
	size_t text_length = value ? (size_t)json_object_get_string_len(value) : 0;
	uint8_t *data = malloc(text_length / 4 * 3 + 3);
	ssize_t decoded = text && data ? base64_decode(data, text, text_length) : -1;

	if (decoded >= 0) {
		*length = (size_t)decoded;
		return data;
	}
	if (data)
		bad_field(reading, key);
	else
		error_memory(reading->error);
	free(data);
	return NULL;
}

/* ---- messages ---- */

/* Everything that an entry is decoded to, freed together. */
struct parsed {
	PipeDataEntry entry;
	PipeOrigin origin;
	PipeEnd *ends;
	PipeEnd **end_pointers;
	uint64_t *chunks;
	SkPacketEntry packet;
	CriuScmEntry *scm;
	CriuScmEntry **scm_pointers;
	uint8_t *unknown;
	size_t unknown_length;
	uint8_t *payload;
	size_t payload_length;
};

static void release_message_unknown(ProtobufCMessage *message)
{
	for (size_t i = 0; i < message->n_unknown_fields; i++)
		free(message->unknown_fields[i].data);
	free(message->unknown_fields);
}

static void parsed_release(struct parsed *parsed)
{
	for (size_t i = 0; parsed->ends && i < parsed->origin.n_end; i++) {
		free(parsed->ends[i].comm.data);
		release_message_unknown(&parsed->ends[i].base);
	}
	for (size_t i = 0; parsed->scm && i < parsed->packet.n_scm; i++)
		free(parsed->scm[i].rights);
	release_message_unknown(&parsed->origin.base);
	free(parsed->ends);
	free(parsed->end_pointers);
	free(parsed->chunks);
	free(parsed->scm);
	free(parsed->scm_pointers);
	free(parsed->unknown);
	free(parsed->payload);
}

#define _cleanup_parsed_ __attribute__((cleanup(parsed_release)))

/* Fields that were unknown to the writer too: "unknown" has each as it was encoded. */
static int parse_message_unknown(struct reading *reading, struct json_object *object,
				 ProtobufCMessage *message)
{
	struct json_object *array;

	if (get_array(reading, object, "unknown", &array) < 0)
		return -1;
	message->unknown_fields = calloc(array_size(array) + 1, sizeof(*message->unknown_fields));
	if (!message->unknown_fields)
		return error_memory(reading->error);
	for (size_t i = 0; i < array_size(array); i++) {
		ProtobufCMessageUnknownField *field = &message->unknown_fields[i];
		const uint8_t *behind_key;
		uint64_t key;

		field->data = get_bytes(reading, json_object_array_get_idx(array, i), "unknown",
					&field->len);
		message->n_unknown_fields = (unsigned)i + 1;
		if (!field->data)
			return -1;
		behind_key = wire_varint(field->data, field->data + field->len, &key);
		if (!behind_key || key > UINT32_MAX || !(key >> 3))
			return bad_field(reading, "unknown");
		field->tag = (uint32_t)key >> 3;
		field->wire_type = (ProtobufCWireType)(key & 7);
		field->len -= (size_t)(behind_key - field->data);
		memmove(field->data, behind_key, field->len);
	}
	return 0;
}

static int parse_end(struct reading *reading, struct json_object *object, PipeEnd *end)
{
	struct json_object *comm = member(object, "comm");

	pipe_end__init(end);
	if (!json_object_is_type(object, json_type_object))
		return bad_field(reading, "end");
	if (parse_message_unknown(reading, object, &end->base) < 0)
		return -1;
	if (need_u32(reading, object, "pid", &end->pid) < 0 ||
	    need_u32(reading, object, "fd", &end->fd) < 0 ||
	    need_u32(reading, object, "flags", &end->flags) < 0)
		return -1;
	end->has_comm = comm != NULL;
	if (!comm)
		return 0;
	end->comm.data = get_bytes(reading, comm, "comm", &end->comm.len);
	return end->comm.data ? 0 : -1;
}

static int parse_ends(struct reading *reading, struct json_object *array, struct parsed *parsed)
{
	size_t count = array_size(array);

	parsed->ends = calloc(count + 1, sizeof(*parsed->ends));
	parsed->end_pointers = calloc(count + 1, sizeof(*parsed->end_pointers));
	if (!parsed->ends || !parsed->end_pointers)
		return error_memory(reading->error);
	parsed->origin.end = parsed->end_pointers;
	for (size_t i = 0; i < count; i++) {
		parsed->end_pointers[i] = &parsed->ends[i];
		parsed->origin.n_end = i + 1;
		if (parse_end(reading, json_object_array_get_idx(array, i), &parsed->ends[i]) < 0)
			return -1;
	}
	return 0;
}

static int parse_origin(struct reading *reading, struct json_object *object, struct parsed *parsed)
{
	PipeOrigin *origin = &parsed->origin;
	struct json_object *ends;
	int has_time;

	pipe_origin__init(origin);
	if (!json_object_is_type(object, json_type_object))
		return bad_field(reading, "origin");
	has_time = get_u64(reading, object, "captured_at_ns", UINT64_MAX, &origin->captured_at_ns);
	origin->has_captured_at_ns = has_time > 0;
	if (has_time < 0 ||
	    get_u32(reading, object, "page_size", &origin->has_page_size, &origin->page_size) < 0 ||
	    get_u32(reading, object, "uid", &origin->has_uid, &origin->uid) < 0 ||
	    get_u32(reading, object, "gid", &origin->has_gid, &origin->gid) < 0 ||
	    get_u32(reading, object, "mode", &origin->has_mode, &origin->mode) < 0 ||
	    get_array(reading, object, "end", &ends) < 0 || parse_ends(reading, ends, parsed) < 0 ||
	    parse_message_unknown(reading, object, &origin->base) < 0)
		return -1;
	parsed->entry.origin = origin;
	return 0;
}

static int parse_chunks(struct reading *reading, struct json_object *array, struct parsed *parsed)
{
	size_t count = array_size(array);

	parsed->chunks = calloc(count + 1, sizeof(*parsed->chunks));
	if (!parsed->chunks)
		return error_memory(reading->error);
	for (size_t i = 0; i < count; i++) {
		if (to_number(json_object_array_get_idx(array, i), UINT64_MAX, &parsed->chunks[i]) <
		    0)
			return bad_field(reading, "chunks");
	}
	parsed->entry.chunks = parsed->chunks;
	parsed->entry.n_chunks = count;
	return 0;
}

static int parse_kind(struct reading *reading, struct json_object *value, PipeDataEntry *entry)
{
	const char *name = string_of(value);

	entry->has_kind = true;
	if (name && !strcmp(name, "STREAM"))
		entry->kind = CHUNK_KIND__STREAM;
	else if (name && !strcmp(name, "PACKET"))
		entry->kind = CHUNK_KIND__PACKET;
	else
		return bad_field(reading, "kind");
	return 0;
}

static int parse_unknown(struct reading *reading, struct json_object *array, struct parsed *parsed)
{
	for (size_t i = 0; i < array_size(array); i++) {
		_cleanup_free_ uint8_t *field = NULL;
		uint8_t *grown;
		size_t length;

		field = get_bytes(reading, json_object_array_get_idx(array, i), "unknown", &length);
		if (!field)
			return -1;
		grown = realloc(parsed->unknown, parsed->unknown_length + length + 1);
		if (!grown)
			return error_memory(reading->error);
		parsed->unknown = grown;
		memcpy(parsed->unknown + parsed->unknown_length, field, length);
		parsed->unknown_length += length;
	}
	return 0;
}

static int parse_extension(struct reading *reading, struct json_object *object,
			   struct parsed *parsed)
{
	struct json_object *chunks;
	struct json_object *kind = member(object, "kind");
	struct json_object *origin = member(object, "origin");
	PipeDataEntry *entry = &parsed->entry;
	int has_xxh3 = get_u64(reading, object, "xxh3", UINT64_MAX, &entry->xxh3);
	int has_seal = get_u64(reading, object, "message_xxh3", UINT64_MAX, &entry->message_xxh3);

	entry->has_xxh3 = has_xxh3 > 0;
	entry->has_message_xxh3 = has_seal > 0;
	if (has_xxh3 < 0 || has_seal < 0 || get_array(reading, object, "chunks", &chunks) < 0 ||
	    (chunks && parse_chunks(reading, chunks, parsed) < 0) ||
	    (kind && parse_kind(reading, kind, entry) < 0) ||
	    (origin && parse_origin(reading, origin, parsed) < 0) ||
	    get_u32(reading, object, "records", &entry->has_records, &entry->records) < 0 ||
	    get_u32(reading, object, "queues", &entry->has_queues, &entry->queues) < 0)
		return -1;
	return 0;
}

static int parse_pipe(struct reading *reading, struct json_object *object, struct parsed *parsed)
{
	PipeDataEntry *entry = &parsed->entry;

	pipe_data_entry__init(entry);
	if (need_u32(reading, object, "pipe_id", &entry->pipe_id) < 0 ||
	    need_u32(reading, object, "bytes", &entry->bytes) < 0 ||
	    get_u32(reading, object, "size", &entry->has_size, &entry->size) < 0)
		return -1;
	return parse_extension(reading, object, parsed);
}

static int parse_scm(struct reading *reading, struct json_object *object, CriuScmEntry *scm)
{
	struct json_object *rights;
	size_t count;

	criu_scm_entry__init(scm);
	if (!json_object_is_type(object, json_type_object))
		return bad_field(reading, "scm");
	if (get_array(reading, object, "rights", &rights) < 0)
		return -1;
	count = array_size(rights);
	if (need_u32(reading, object, "type", &scm->type) < 0)
		return -1;
	scm->rights = calloc(count + 1, sizeof(*scm->rights));
	if (!scm->rights)
		return error_memory(reading->error);
	for (scm->n_rights = 0; scm->n_rights < count; scm->n_rights++) {
		uint64_t right;

		if (to_number(json_object_array_get_idx(rights, scm->n_rights), UINT32_MAX,
			      &right) < 0)
			return bad_field(reading, "rights");
		scm->rights[scm->n_rights] = (uint32_t)right;
	}
	return 0;
}

static int parse_socket(struct reading *reading, struct json_object *object, struct parsed *parsed)
{
	SkPacketEntry *packet = &parsed->packet;
	struct json_object *scm;
	size_t count;

	sk_packet_entry__init(packet);
	if (get_array(reading, object, "scm", &scm) < 0)
		return -1;
	count = array_size(scm);
	if (need_u32(reading, object, "id_for", &packet->id_for) < 0 ||
	    need_u32(reading, object, "length", &packet->length) < 0)
		return -1;
	parsed->scm = calloc(count + 1, sizeof(*parsed->scm));
	parsed->scm_pointers = calloc(count + 1, sizeof(*parsed->scm_pointers));
	if (!parsed->scm || !parsed->scm_pointers)
		return error_memory(reading->error);
	packet->scm = parsed->scm_pointers;
	for (size_t i = 0; i < count; i++) {
		parsed->scm_pointers[i] = &parsed->scm[i];
		packet->n_scm = i + 1;
		if (parse_scm(reading, json_object_array_get_idx(scm, i), &parsed->scm[i]) < 0)
			return -1;
	}
	return 0;
}

/* ---- entries ---- */

/* What was written is what the text says, checksums too: reading it will tell whether they fit. */
static int write_entry(struct reading *reading, struct parsed *parsed)
{
	struct layout_extra extra = {parsed->unknown, parsed->unknown_length};
	const ProtobufCMessage *message =
		reading->type == PIMG_SOCKET ? &parsed->packet.base : &parsed->entry.base;

	if (layout_write_message(reading->sink, reading->head.byte_order, message, &extra,
				 reading->error) < 0)
		return -1;
	return sink_write(reading->sink, parsed->payload, parsed->payload_length, reading->error);
}

static int parse_entry(struct reading *reading, struct json_object *object)
{
	_cleanup_parsed_ struct parsed parsed = {.ends = NULL};
	struct json_object *unknown;
	uint32_t bytes;

	if (!json_object_is_type(object, json_type_object)) {
		error_check(reading->error, CHECK_JSON, "an entry that is no object");
		return -1;
	}
	if ((reading->type == PIMG_SOCKET ? parse_socket : parse_pipe)(reading, object, &parsed) <
		    0 ||
	    get_array(reading, object, "unknown", &unknown) < 0 ||
	    (unknown && parse_unknown(reading, unknown, &parsed) < 0))
		return -1;
	parsed.payload =
		get_bytes(reading, member(object, "extra"), "extra", &parsed.payload_length);
	if (!parsed.payload)
		return -1;
	bytes = reading->type == PIMG_SOCKET ? parsed.packet.length : parsed.entry.bytes;
	if (parsed.payload_length != bytes) {
		error_check(reading->error, CHECK_JSON,
			    "%zu byte%s in \"extra\", where the entry tells of %" PRIu32,
			    parsed.payload_length, parsed.payload_length == 1 ? "" : "s", bytes);
		return -1;
	}
	return write_entry(reading, &parsed);
}

static int read_entry(struct reading *reading)
{
	uint64_t offset = source_offset(reading->source);
	struct json_object *object = read_value(reading);
	int result;

	reading->number++;
	if (!object)
		return error_at(reading->error, reading->number, offset);
	result = parse_entry(reading, object);
	json_object_put(object);
	return result < 0 ? error_at(reading->error, reading->number, offset) : 0;
}

/* Passes a comma or the end of an array or object. Returns 1, 0 at the end, or -1. */
static int more(struct reading *reading, char end, bool *first)
{
	int byte = next_byte(reading->source, reading->error);
	bool was_first = *first;

	*first = false;
	if (byte == -2)
		return -1;
	if (byte == (uint8_t)end) {
		source_consume(reading->source, 1);
		return 0;
	}
	if (was_first)
		return 1;
	if (byte != ',')
		return fail_at(reading, "a comma is missing");
	source_consume(reading->source, 1);
	return next_byte(reading->source, reading->error) == -2 ? -1 : 1;
}

static int read_entries(struct reading *reading)
{
	bool first = true;
	int result;

	if (!reading->has_magic)
		return fail_at(reading, "\"entries\" before \"magic\", which tells what they are");
	reading->has_entries = true;
	if (expect(reading, '[', "\"entries\" is no array") < 0 ||
	    magic_write(reading->sink, &reading->head, reading->error) < 0)
		return -1;
	while ((result = more(reading, ']', &first)) > 0) {
		if (read_entry(reading) < 0)
			return -1;
	}
	return result;
}

static int read_magic(struct reading *reading)
{
	struct json_object *value = read_value(reading);
	const char *name = string_of(value);
	int result = -1;

	if (!value)
		return -1;
	if (!name || image_kind_by_name(name, &reading->head.kind) < 0 ||
	    !image_kind_is_queues(reading->head.kind, &reading->type)) {
		error_check(reading->error, CHECK_WRONG_TYPE,
			    "is JSON of an image of type %s, and not of queues (PIPES_DATA, "
			    "FIFO_DATA, SK_QUEUES)",
			    name ? name : "unknown");
	} else {
		reading->has_magic = true;
		result = 0;
	}
	json_object_put(value);
	return result;
}

/* The lengths of the entries are words in this order, so it must come before them. */
static int read_byte_order(struct reading *reading)
{
	struct json_object *value;
	const char *name;

	if (reading->has_byte_order)
		return fail_at(reading, "\"byte_order\" for the second time");
	if (reading->has_entries)
		return fail_at(reading, "\"byte_order\" after \"entries\"; move it before them");
	value = read_value(reading);
	if (!value)
		return -1;
	name = string_of(value);
	reading->has_byte_order = name && byte_order_by_name(name, &reading->head.byte_order) == 0;
	json_object_put(value);
	return reading->has_byte_order
		       ? 0
		       : fail_at(reading, "\"byte_order\" is neither \"little-endian\" nor "
					  "\"big-endian\"");
}

static int read_member(struct reading *reading)
{
	struct json_object *key = read_value(reading), *ignored;
	const char *name = string_of(key);
	int result = -1;

	if (!key)
		return -1;
	if (!name)
		fail_at(reading, "a key that is no string");
	else if (expect(reading, ':', "a colon is missing") == 0) {
		int byte = next_byte(reading->source, reading->error);

		if (!strcmp(name, "magic")) {
			result = reading->has_magic
					 ? fail_at(reading, "\"magic\" for the second time")
					 : read_magic(reading);
		} else if (!strcmp(name, "byte_order")) {
			result = read_byte_order(reading);
		} else if (!strcmp(name, "entries")) {
			result = reading->has_entries
					 ? fail_at(reading, "\"entries\" for the second time")
					 : read_entries(reading);
		} else if (byte == '{' || byte == '[' || byte == '"') {
			ignored = read_value(reading);
			result = ignored ? 0 : -1;
			json_object_put(ignored);
		} else {
			fail_at(reading, "a key besides \"magic\" and \"entries\"");
		}
	}
	json_object_put(key);
	return result;
}

static int read_image(struct reading *reading)
{
	bool first = true;
	int result;

	if (expect(reading, '{', "no JSON object") < 0)
		return -1;
	while ((result = more(reading, '}', &first)) > 0) {
		if (read_member(reading) < 0)
			return -1;
	}
	if (result < 0)
		return -1;
	if (!reading->has_entries && reading->has_magic)
		return fail_at(reading, "no \"entries\", so it is not what crit decode prints");
	if (!reading->has_magic)
		return fail_at(reading, "no \"magic\", so it is not what crit decode prints");
	result = next_byte(reading->source, reading->error);
	return result == -1 ? 0 : result == -2 ? -1 : fail_at(reading, "text behind the image");
}

int json_read(struct source *source, struct sink *sink, struct pimg_error *error)
{
	struct reading reading = {
		.source = source,
		.sink = sink,
		.head.byte_order = BYTE_ORDER_HERE,
		.error = error,
	};

	return read_image(&reading) < 0 ? error_in_file(error, source_name(source)) : 0;
}
