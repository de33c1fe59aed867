/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* An entry of an image as JSON: one record. */
#ifndef LIBIMG_EXCHANGE_JSON_ENTRY_H
#define LIBIMG_EXCHANGE_JSON_ENTRY_H

#include <json-c/json.h>

#include "criu.pb-c.h"
#include "pipe-data.pb-c.h"
#include "pipeimg.h"

/* A decoded entry. */
struct json_entry {
	enum pimg_type type;
	bool has_id;
	PipeDataEntry pipe; /* of pipes and FIFOs */
	PipeOrigin origin;
	PipeEnd *ends;
	PipeEnd **end_pointers;
	bool has_chunks;
	uint64_t *chunks;
	SkPacketEntry packet; /* of sockets */
	CriuScmEntry *scm;
	CriuScmEntry **scm_pointers;
	CriuUcredEntry credentials;
	uint8_t *unknown;
	size_t unknown_length;
	uint8_t *payload;
	size_t payload_length;
};

/* The entry must be all zeros before. The caller releases it in either case. */
int json_entry_parse(struct json_entry *entry, enum pimg_type type, struct json_object *object,
		     struct pimg_error *error);
void json_entry_release(struct json_entry *entry);
/* The key of a field of ours that requires kind or chunks, or null. */
const char *json_entry_key_of_ours(const PipeDataEntry *pipe);

/* The id of the pipe, FIFO or socket. */
static inline uint32_t json_entry_id(const struct json_entry *entry)
{
	return entry->type == PIMG_SOCKET ? entry->packet.id_for : entry->pipe.pipe_id;
}

#endif
