// SPDX-License-Identifier: LGPL-2.1-or-later
#include "exchange/json-entry.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "exchange/json-fields.h"
#include "exchange/json-unknown.h"
#include "format/decode.h"
#include "pipeimg-private.h"

void json_entry_release(struct json_entry *entry)
{
	for (size_t i = 0; entry->ends && i < entry->origin.n_end; i++) {
		free(entry->ends[i].comm.data);
		json_unknown_release(&entry->ends[i].base);
	}
	for (size_t i = 0; entry->scm && i < entry->packet.n_scm; i++) {
		free(entry->scm[i].rights);
		json_unknown_release(&entry->scm[i].base);
	}
	json_unknown_release(&entry->origin.base);
	json_unknown_release(&entry->credentials.base);
	free(entry->ends);
	free(entry->end_pointers);
	free(entry->chunks);
	free(entry->scm);
	free(entry->scm_pointers);
	free(entry->unknown);
	free(entry->payload);
}

/* ---- origin ---- */

static int parse_end(struct json_object *object, PipeEnd *end, struct pimg_error *error)
{
	static const char *const keys[] = {"pid",	"fd",	   "flags", "comm",
					   "inner_pid", "unknown", NULL};
	struct json_object *comm;

	pipe_end__init(end);
	if (json_check_keys(object, keys, "end", error) < 0 ||
	    json_unknown_of_message(object, &end->base, error) < 0 ||
	    json_need_u32(object, "pid", &end->pid, error) < 0 ||
	    json_need_u32(object, "fd", &end->fd, error) < 0 ||
	    json_need_u32(object, "flags", &end->flags, error) < 0 ||
	    json_get_u32(object, "inner_pid", &end->has_inner_pid, &end->inner_pid, error) < 0)
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
	    json_unknown_of_message(object, &origin->base, error) < 0)
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
				   "\"kind\" has an invalid value; use \"PACKET\" or \"STREAM\"");
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

const char *json_entry_key_of_ours(const PipeDataEntry *pipe)
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

/* Our records say what their bytes are; if an edit removed that, it is not guessed. */
static int check_kind(const struct json_entry *entry, struct pimg_error *error)
{
	const PipeDataEntry *pipe = &entry->pipe;
	const char *ours = json_entry_key_of_ours(pipe);

	if (pipe->has_kind && entry->has_chunks)
		return error_check(error, CHECK_MIXED_LAYOUTS,
				   "both \"kind\" and \"chunks\"; remove one of them");
	/* A message cannot contain an empty list. */
	if (entry->has_chunks && !pipe->n_chunks && pipe->bytes)
		return error_check(error, CHECK_CHUNK_SUM,
				   "an empty \"chunks\" in an entry of %" PRIu32 " byte%s",
				   pipe->bytes, PLURAL_S(pipe->bytes));
	if (pipe->has_kind || entry->has_chunks || !pipe->bytes || !ours)
		return 0;
	return error_check(
		error, CHECK_JSON,
		"\"%s\", but neither \"kind\" nor \"chunks\", so it is not known whether the bytes "
		"are a packet; add \"kind\": \"PACKET\" or \"kind\": \"STREAM\"",
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
	    json_unknown_of_entry(object, &pipe_data_entry__descriptor, &entry->unknown,
				  &entry->unknown_length, error) < 0)
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
	    json_unknown_of_message(object, &scm->base, error) < 0)
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
	    json_unknown_of_message(value, &credentials->base, error) < 0)
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
	return json_unknown_of_entry(object, &sk_packet_entry__descriptor, &entry->unknown,
				     &entry->unknown_length, error);
}

/* ---- complete entries ---- */

int json_entry_parse(struct json_entry *entry, enum pimg_type type, struct json_object *object,
		     struct pimg_error *error)
{
	bool socket = type == PIMG_SOCKET;
	uint32_t bytes;

	entry->type = type;
	if (!json_object_is_type(object, json_type_object))
		return error_check(error, CHECK_JSON, "an entry that is not an object");
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
			   "%zu byte%s in \"extra\", but the entry says %" PRIu32,
			   entry->payload_length, PLURAL_S(entry->payload_length), bytes);
}
