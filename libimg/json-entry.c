// SPDX-License-Identifier: LGPL-2.1-or-later
#include "json-entry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "format/decode.h"
#include "format/layout.h"
#include "format/wire.h"
#include "io/cleanup.h"
#include "io/error.h"
#include "io/hash.h"
#include "json-fields.h"
#include "plural.h"

static void release_message_unknown(ProtobufCMessage *message)
{
	for (size_t i = 0; i < message->n_unknown_fields; i++)
		free(message->unknown_fields[i].data);
	free(message->unknown_fields);
}

void json_entry_release(struct json_entry *entry)
{
	for (size_t i = 0; entry->ends && i < entry->origin.n_end; i++) {
		free(entry->ends[i].comm.data);
		release_message_unknown(&entry->ends[i].base);
	}
	for (size_t i = 0; entry->scm && i < entry->packet.n_scm; i++) {
		free(entry->scm[i].rights);
		release_message_unknown(&entry->scm[i].base);
	}
	release_message_unknown(&entry->origin.base);
	release_message_unknown(&entry->credentials.base);
	free(entry->ends);
	free(entry->end_pointers);
	free(entry->chunks);
	free(entry->scm);
	free(entry->scm_pointers);
	free(entry->unknown);
	free(entry->payload);
}

/* ---- fields that are not known ---- */

/* "unknown" has each as it was encoded. @length: of all of data */
static const uint8_t *check_unknown(const uint8_t *data, size_t length, struct wire_field *field)
{
	const uint8_t *end = data + length;
	const uint8_t *behind = wire_read_field(data, end, field);

	if (behind && field->wire == WIRE_GROUP_START)
		behind = wire_skip_group(behind, end);
	return behind == end && field->wire != WIRE_GROUP_END && field->number ? behind : NULL;
}

/* Those of a message within the entry's own. */
static int parse_message_unknown(struct json_object *object, ProtobufCMessage *message,
				 struct pimg_error *error)
{
	struct json_object *array;

	if (json_get_array(object, "unknown", &array, error) < 0)
		return -1;
	message->unknown_fields =
		calloc(json_array_size(array) + 1, sizeof(*message->unknown_fields));
	if (!message->unknown_fields)
		return error_memory(error);
	for (size_t i = 0; i < json_array_size(array); i++) {
		ProtobufCMessageUnknownField *field = &message->unknown_fields[i];
		struct wire_field found = {0};
		const uint8_t *after_key;
		uint64_t key;

		field->data = json_get_bytes(json_object_array_get_idx(array, i), "unknown",
					     &field->len, error);
		message->n_unknown_fields = (unsigned)i + 1;
		if (!field->data)
			return -1;
		if (!check_unknown(field->data, field->len, &found) ||
		    protobuf_c_message_descriptor_get_field(message->descriptor, found.number))
			return json_bad_field("unknown", error);
		after_key = wire_varint(field->data, field->data + field->len, &key);
		field->tag = (uint32_t)key >> 3;
		field->wire_type = (ProtobufCWireType)(key & 7);
		field->len -= (size_t)(after_key - field->data);
		memmove(field->data, after_key, field->len);
	}
	return 0;
}

/* Those of the entry's message itself. */
static int parse_unknown(struct json_entry *entry, struct json_object *object,
			 const ProtobufCMessageDescriptor *descriptor, struct pimg_error *error)
{
	struct json_object *array;

	if (json_get_array(object, "unknown", &array, error) < 0)
		return -1;
	for (size_t i = 0; i < json_array_size(array); i++) {
		_cleanup_free_ uint8_t *bytes = NULL;
		struct wire_field field = {0};
		uint8_t *grown;
		size_t length;

		bytes = json_get_bytes(json_object_array_get_idx(array, i), "unknown", &length,
				       error);
		if (!bytes)
			return -1;
		if (!check_unknown(bytes, length, &field) ||
		    protobuf_c_message_descriptor_get_field(descriptor, field.number))
			return json_bad_field("unknown", error);
		grown = realloc(entry->unknown, entry->unknown_length + length);
		if (!grown)
			return error_memory(error);
		entry->unknown = grown;
		memcpy(entry->unknown + entry->unknown_length, bytes, length);
		entry->unknown_length += length;
	}
	return 0;
}

/* ---- origin ---- */

static int parse_end(struct json_object *object, PipeEnd *end, struct pimg_error *error)
{
	static const char *const keys[] = {"pid", "fd", "flags", "comm", "unknown", NULL};
	struct json_object *comm;

	pipe_end__init(end);
	if (json_check_keys(object, keys, "end", error) < 0 ||
	    parse_message_unknown(object, &end->base, error) < 0 ||
	    json_need_u32(object, "pid", &end->pid, error) < 0 ||
	    json_need_u32(object, "fd", &end->fd, error) < 0 ||
	    json_need_u32(object, "flags", &end->flags, error) < 0)
		return -1;
	comm = json_member(object, "comm");
	end->has_comm = comm != NULL;
	if (!comm)
		return 0;
	end->comm.data = json_get_bytes(comm, "comm", &end->comm.len, error);
	return end->comm.data ? 0 : -1;
}

static int parse_ends(struct json_entry *entry, struct json_object *array, struct pimg_error *error)
{
	size_t count = json_array_size(array);

	entry->ends = calloc(count + 1, sizeof(*entry->ends));
	entry->end_pointers = calloc(count + 1, sizeof(*entry->end_pointers));
	if (!entry->ends || !entry->end_pointers)
		return error_memory(error);
	entry->origin.end = entry->end_pointers;
	for (size_t i = 0; i < count; i++) {
		entry->end_pointers[i] = &entry->ends[i];
		entry->origin.n_end = i + 1;
		if (parse_end(json_object_array_get_idx(array, i), &entry->ends[i], error) < 0)
			return -1;
	}
	return 0;
}

static int parse_origin(struct json_entry *entry, struct json_object *object,
			struct pimg_error *error)
{
	static const char *const keys[] = {"captured_at_ns", "page_size", "uid",     "gid",
					   "mode",	     "end",	  "unknown", NULL};
	PipeOrigin *origin = &entry->origin;
	struct json_object *ends;
	int has_time;

	pipe_origin__init(origin);
	if (json_check_keys(object, keys, "origin", error) < 0)
		return -1;
	has_time = json_get_u64(object, "captured_at_ns", &origin->captured_at_ns, error);
	origin->has_captured_at_ns = has_time > 0;
	if (has_time < 0 ||
	    json_get_u32(object, "page_size", &origin->has_page_size, &origin->page_size, error) <
		    0 ||
	    json_get_u32(object, "uid", &origin->has_uid, &origin->uid, error) < 0 ||
	    json_get_u32(object, "gid", &origin->has_gid, &origin->gid, error) < 0 ||
	    json_get_u32(object, "mode", &origin->has_mode, &origin->mode, error) < 0 ||
	    json_get_array(object, "end", &ends, error) < 0 || parse_ends(entry, ends, error) < 0 ||
	    parse_message_unknown(object, &origin->base, error) < 0)
		return -1;
	entry->pipe.origin = origin;
	return 0;
}

/* ---- pipes and FIFOs ---- */

static int parse_chunks(struct json_entry *entry, struct json_object *object,
			struct pimg_error *error)
{
	struct json_object *array;
	size_t count;

	if (json_get_array(object, "chunks", &array, error) < 0)
		return -1;
	entry->has_chunks = array != NULL;
	count = json_array_size(array);
	entry->chunks = calloc(count + 1, sizeof(*entry->chunks));
	if (!entry->chunks)
		return error_memory(error);
	for (size_t i = 0; i < count; i++) {
		if (json_to_number(json_object_array_get_idx(array, i), UINT64_MAX,
				   &entry->chunks[i]) < 0)
			return json_bad_field("chunks", error);
	}
	entry->pipe.chunks = entry->chunks;
	entry->pipe.n_chunks = count;
	return 0;
}

static int parse_kind(struct json_entry *entry, struct json_object *object,
		      struct pimg_error *error)
{
	struct json_object *value = json_member(object, "kind");
	const char *name = json_string_of(value);

	entry->pipe.has_kind = value != NULL;
	if (!value)
		return 0;
	if (name && !strcmp(name, "STREAM"))
		entry->pipe.kind = CHUNK_KIND__STREAM;
	else if (name && !strcmp(name, "PACKET"))
		entry->pipe.kind = CHUNK_KIND__PACKET;
	else
		return error_check(error, CHECK_JSON,
				   "\"kind\" has a value that it cannot have; there are \"PACKET\" "
				   "and \"STREAM\"");
	return 0;
}

static int parse_numbers(struct json_object *object, PipeDataEntry *pipe, struct pimg_error *error)
{
	int has_xxh3, has_seal;

	if (json_need_u32(object, "bytes", &pipe->bytes, error) < 0 ||
	    json_get_u32(object, "size", &pipe->has_size, &pipe->size, error) < 0 ||
	    json_get_u32(object, "records", &pipe->has_records, &pipe->records, error) < 0 ||
	    json_get_u32(object, "queues", &pipe->has_queues, &pipe->queues, error) < 0)
		return -1;
	has_xxh3 = json_get_u64(object, "xxh3", &pipe->xxh3, error);
	has_seal = json_get_u64(object, "message_xxh3", &pipe->message_xxh3, error);
	pipe->has_xxh3 = has_xxh3 > 0;
	pipe->has_message_xxh3 = has_seal > 0;
	return has_xxh3 < 0 || has_seal < 0 ? -1 : 0;
}

/* The key of a field of ours that comes with kind or chunks, or null. */
static const char *key_of_ours(const PipeDataEntry *pipe)
{
	if (pipe->has_xxh3)
		return "xxh3";
	if (pipe->origin)
		return "origin";
	if (pipe->has_records)
		return "records";
	if (pipe->has_queues)
		return "queues";
	return pipe->has_message_xxh3 ? "message_xxh3" : NULL;
}

/* Records of ours tell what their bytes are: what was removed from them is not guessed. */
static int check_kind(const struct json_entry *entry, struct pimg_error *error)
{
	const PipeDataEntry *pipe = &entry->pipe;
	const char *ours = key_of_ours(pipe);

	if (pipe->has_kind && entry->has_chunks)
		return error_check(error, CHECK_MIXED_LAYOUTS,
				   "both \"kind\" and \"chunks\"; remove one of the two");
	/* A list without elements leaves no trace in a message. */
	if (entry->has_chunks && !pipe->n_chunks && pipe->bytes)
		return error_check(error, CHECK_CHUNK_SUM,
				   "an empty \"chunks\" in an entry of %" PRIu32 " byte%s",
				   pipe->bytes, PLURAL_S(pipe->bytes));
	if (pipe->has_kind || entry->has_chunks || !pipe->bytes || !ours)
		return 0;
	return error_check(
		error, CHECK_JSON,
		"\"%s\", but neither \"kind\" nor \"chunks\", so it is not known what the "
		"bytes are; add \"kind\": \"PACKET\" or \"kind\": \"STREAM\"",
		ours);
}

static int parse_pipe(struct json_entry *entry, struct json_object *object,
		      struct pimg_error *error)
{
	static const char *const keys[] = {
		"pipe_id", "bytes",  "size",	"chunks", "kind",	  "xxh3", "origin",
		"records", "queues", "unknown", "extra",  "message_xxh3", NULL};
	PipeDataEntry *pipe = &entry->pipe;
	struct json_object *origin;

	pipe_data_entry__init(pipe);
	if (json_need_u32(object, "pipe_id", &pipe->pipe_id, error) < 0)
		return -1;
	entry->has_id = true;
	origin = json_member(object, "origin");
	if (json_check_keys(object, keys, NULL, error) < 0 ||
	    parse_numbers(object, pipe, error) < 0 || parse_chunks(entry, object, error) < 0 ||
	    parse_kind(entry, object, error) < 0 ||
	    (origin && parse_origin(entry, origin, error) < 0) ||
	    parse_unknown(entry, object, &pipe_data_entry__descriptor, error) < 0)
		return -1;
	return check_kind(entry, error);
}

/* ---- sockets ---- */

static int parse_scm(struct json_object *object, CriuScmEntry *scm, struct pimg_error *error)
{
	static const char *const keys[] = {"type", "rights", "unknown", NULL};
	struct json_object *rights;
	size_t count;

	criu_scm_entry__init(scm);
	if (json_check_keys(object, keys, "scm", error) < 0 ||
	    json_get_array(object, "rights", &rights, error) < 0 ||
	    json_need_u32(object, "type", &scm->type, error) < 0 ||
	    parse_message_unknown(object, &scm->base, error) < 0)
		return -1;
	count = json_array_size(rights);
	scm->rights = calloc(count + 1, sizeof(*scm->rights));
	if (!scm->rights)
		return error_memory(error);
	for (scm->n_rights = 0; scm->n_rights < count; scm->n_rights++) {
		uint64_t right;

		if (json_to_number(json_object_array_get_idx(rights, scm->n_rights), UINT32_MAX,
				   &right) < 0)
			return json_bad_field("rights", error);
		scm->rights[scm->n_rights] = (uint32_t)right;
	}
	return 0;
}

static int parse_all_scm(struct json_entry *entry, struct json_object *object,
			 struct pimg_error *error)
{
	struct json_object *scm;
	size_t count;

	if (json_get_array(object, "scm", &scm, error) < 0)
		return -1;
	count = json_array_size(scm);
	entry->scm = calloc(count + 1, sizeof(*entry->scm));
	entry->scm_pointers = calloc(count + 1, sizeof(*entry->scm_pointers));
	if (!entry->scm || !entry->scm_pointers)
		return error_memory(error);
	entry->packet.scm = entry->scm_pointers;
	for (size_t i = 0; i < count; i++) {
		entry->scm_pointers[i] = &entry->scm[i];
		entry->packet.n_scm = i + 1;
		if (parse_scm(json_object_array_get_idx(scm, i), &entry->scm[i], error) < 0)
			return -1;
	}
	return 0;
}

static int parse_credentials(struct json_entry *entry, struct json_object *object,
			     struct pimg_error *error)
{
	static const char *const keys[] = {"uid", "gid", "pid", "unknown", NULL};
	struct json_object *value = json_member(object, "ucred");
	CriuUcredEntry *credentials = &entry->credentials;

	if (!value)
		return 0;
	criu_ucred_entry__init(credentials);
	if (json_check_keys(value, keys, "ucred", error) < 0 ||
	    json_need_u32(value, "uid", &credentials->uid, error) < 0 ||
	    json_need_u32(value, "gid", &credentials->gid, error) < 0 ||
	    json_need_u32(value, "pid", &credentials->pid, error) < 0 ||
	    parse_message_unknown(value, &credentials->base, error) < 0)
		return -1;
	entry->packet.ucred = credentials;
	return 0;
}

static int parse_socket(struct json_entry *entry, struct json_object *object,
			struct pimg_error *error)
{
	static const char *const keys[] = {"id_for",  "length", "scm", "ucred",
					   "unknown", "extra",	NULL};
	SkPacketEntry *packet = &entry->packet;

	sk_packet_entry__init(packet);
	if (json_need_u32(object, "id_for", &packet->id_for, error) < 0)
		return -1;
	entry->has_id = true;
	if (json_check_keys(object, keys, NULL, error) < 0 ||
	    json_need_u32(object, "length", &packet->length, error) < 0 ||
	    parse_all_scm(entry, object, error) < 0 || parse_credentials(entry, object, error) < 0)
		return -1;
	return parse_unknown(entry, object, &sk_packet_entry__descriptor, error);
}

/* ---- all of an entry ---- */

int json_entry_parse(struct json_entry *entry, enum pimg_type type, struct json_object *object,
		     struct pimg_error *error)
{
	bool socket = type == PIMG_SOCKET;
	uint32_t bytes;

	entry->type = type;
	if (!json_object_is_type(object, json_type_object))
		return error_check(error, CHECK_JSON, "an entry that is no object");
	if ((socket ? parse_socket : parse_pipe)(entry, object, error) < 0)
		return -1;
	entry->payload = json_get_bytes(json_member(object, "extra"), "extra",
					&entry->payload_length, error);
	if (!entry->payload)
		return -1;
	bytes = socket ? entry->packet.length : entry->pipe.bytes;
	if (entry->payload_length == bytes)
		return 0;
	return error_check(error, CHECK_JSON,
			   "%zu byte%s in \"extra\", where the entry tells of %" PRIu32,
			   entry->payload_length, PLURAL_S(entry->payload_length), bytes);
}

/* ---- writing ---- */

/* Compares the message's checksum, which is over what comes before it. */
static int check_seal(const struct json_entry *entry, struct pimg_error *error)
{
	PipeDataEntry unsealed = entry->pipe;
	_cleanup_free_ uint8_t *allocated = NULL;
	uint8_t small[256], *bytes = small;
	size_t length;

	unsealed.has_message_xxh3 = false;
	length = protobuf_c_message_get_packed_size(&unsealed.base);
	if (length + entry->unknown_length > sizeof(small))
		bytes = allocated = malloc(length + entry->unknown_length);
	if (!bytes)
		return error_memory(error);
	protobuf_c_message_pack(&unsealed.base, bytes);
	if (entry->unknown_length)
		memcpy(bytes + length, entry->unknown, entry->unknown_length);
	if (XXH3_64bits(bytes, length + entry->unknown_length) == entry->pipe.message_xxh3)
		return 0;
	return error_check(
		error, CHECK_MESSAGE_CHECKSUM,
		"\"message_xxh3\" is not the checksum of the other keys: some of them were "
		"changed or removed; remove it too, and a new one is made");
}

static int write_pipe(struct json_entry *entry, struct sink *sink, enum pimg_byte_order order,
		      struct pimg_error *error)
{
	struct layout_extra extra = {entry->unknown, entry->unknown_length};
	PipeDataEntry *pipe = &entry->pipe;

	if (!pipe->has_xxh3 && (pipe->has_kind || pipe->n_chunks || key_of_ours(pipe))) {
		pipe->has_xxh3 = true;
		pipe->xxh3 = XXH3_64bits(entry->payload, entry->payload_length);
	}
	if (!pipe->has_message_xxh3)
		return layout_write_head(sink, order, pipe, &extra, error);
	if (check_seal(entry, error) < 0)
		return -1;
	return layout_write_message(sink, order, &pipe->base, &extra, error);
}

static int write_socket(const struct json_entry *entry, struct sink *sink,
			enum pimg_byte_order order, struct pimg_error *error)
{
	struct layout_extra extra = {entry->unknown, entry->unknown_length};

	return layout_write_message(sink, order, &entry->packet.base, &extra, error);
}

int json_entry_write(struct json_entry *entry, struct sink *sink, enum pimg_byte_order order,
		     struct pimg_error *error)
{
	if ((entry->type == PIMG_SOCKET ? write_socket(entry, sink, order, error)
					: write_pipe(entry, sink, order, error)) < 0)
		return -1;
	return sink_write(sink, entry->payload, entry->payload_length, error);
}
