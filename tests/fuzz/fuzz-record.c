// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input is an image file; its container and messages are read. Two other decoders must agree on
 * each message: the incremental one, and protobuf-c.
 */
#include <string.h>

#include "criu.pb-c.h"
#include "format/decode.h"
#include "format/record.h"
#include "io/source/open.h"
#include "pipe-data.pb-c.h"
#include "target.h"

static void same_entries(const struct entry *one, const struct entry *next)
{
#define SAME(field) CLAIM(one->field == next->field, #field)
	SAME(has_id);
	SAME(has_bytes);
	SAME(id);
	SAME(bytes);
	SAME(size);
	SAME(has_chunks);
	SAME(has_kind);
	SAME(kind);
	SAME(has_checksum);
	SAME(checksum);
	SAME(origin);
	SAME(origin_length);
	SAME(records);
	SAME(queues);
	SAME(has_message_checksum);
	SAME(checksum_at);
	SAME(unknown_field);
	SAME(repeated_field);
	SAME(oversized_field);
	SAME(message);
	SAME(message_length);
#undef SAME
}

/* ---- protobuf-c ---- */

static void same_chunks(const struct entry *entry, const PipeDataEntry *message)
{
	struct entry_chunks chunks = entry_chunks_start(entry);
	enum pimg_kind kind;
	uint64_t length;

	for (size_t i = 0; i < message->n_chunks; i++) {
		CLAIM(entry_chunks_next(&chunks, &kind, &length) == 1, "%zu of %zu chunks", i,
		      message->n_chunks);
		CLAIM((length << 1 | (kind == PIMG_PACKET)) == message->chunks[i], "chunk %zu", i);
	}
	CLAIM(entry_chunks_next(&chunks, &kind, &length) == 0, "more than %zu chunks",
	      message->n_chunks);
}

static void protobuf_agrees(const struct entry *entry)
{
	PipeDataEntry *message =
		pipe_data_entry__unpack(NULL, entry->message_length, entry->message);

	/* It refuses groups, and decodes the origin immediately. */
	if (!message)
		return;
	CLAIM(entry->id == message->pipe_id, "%u; %u", entry->id, message->pipe_id);
	CLAIM(entry->bytes == message->bytes, "%u; %u", entry->bytes, message->bytes);
	CLAIM(entry->size == (message->has_size ? message->size : 0), "size");
	CLAIM(entry->has_kind == message->has_kind, "has_kind");
	CLAIM(!entry->has_kind || (int)entry->kind == (int)message->kind, "kind");
	CLAIM(entry->has_checksum == message->has_xxh3, "has_checksum");
	CLAIM(!entry->has_checksum || entry->checksum == message->xxh3, "checksum");
	CLAIM(entry->has_message_checksum == message->has_message_xxh3, "has_message_checksum");
	CLAIM(entry->records == (message->has_records ? message->records : 0), "records");
	CLAIM(entry->queues == (message->has_queues ? message->queues : 0), "queues");
	CLAIM(!entry->origin == !message->origin, "origin");
	same_chunks(entry, message);
	pipe_data_entry__free_unpacked(message, NULL);
}

static void protobuf_agrees_on_socket(const struct entry *entry)
{
	SkPacketEntry *message =
		sk_packet_entry__unpack(NULL, entry->message_length, entry->message);

	if (!message)
		return;
	CLAIM(entry->id == message->id_for, "%u; %u", entry->id, message->id_for);
	CLAIM(entry->bytes == message->length, "%u; %u", entry->bytes, message->length);
	sk_packet_entry__free_unpacked(message, NULL);
}

/* ---- content of a message ---- */

static void chunks_are_the_payload(const struct entry *entry)
{
	struct entry_chunks chunks = entry_chunks_start(entry);
	struct pimg_error error;
	enum pimg_kind kind;
	uint64_t length, sum = 0;
	int result;

	if (entry_check_chunks(entry, &error) < 0) {
		CLAIM(error.status == PIMG_BAD_DATA && error.check[0], "%s", error.sentence);
		return;
	}
	while ((result = entry_chunks_next(&chunks, &kind, &length)) > 0) {
		CLAIM(length && length <= entry->bytes, "a chunk of %llu bytes of %u",
		      (unsigned long long)length, entry->bytes);
		sum += length;
	}
	CLAIM(result == 0 && sum == entry->bytes, "%llu; %u", (unsigned long long)sum,
	      entry->bytes);
}

static int end_is_terminated(void *context, const struct pimg_end *end)
{
	(void)context;
	CLAIM(memchr(end->comm, '\0', sizeof(end->comm)), "the name of pid %u", end->pid);
	return 0;
}

static void origin_is_decoded(const struct entry *entry)
{
	struct pimg_origin origin;
	struct pimg_error error;

	if (origin_decode(entry->origin, entry->origin_length, &origin, end_is_terminated, NULL,
			  &error) < 0)
		CLAIM(error.status == PIMG_BAD_DATA && error.check[0], "%s", error.sentence);
	else
		CLAIM(!(origin.mode & ~07777U), "mode %o", origin.mode);
}

/* ---- records ---- */

static void look_at_message(struct entry_decoder *decoder, enum pimg_type type,
			    const struct record *record)
{
	struct pimg_error error, next_error;
	struct entry entry;
	int result = entry_decode(&entry, type, record->message, record->message_length, &error);
	int next = entry_decode_next(decoder, type, record->message, record->message_length,
				     &next_error);

	CLAIM(result == next, "%s", result < 0 ? error.sentence : next_error.sentence);
	same_entries(&entry, &decoder->entry);
	if (result < 0) {
		CLAIM(error.status == PIMG_BAD_DATA && error.check[0], "%s", error.sentence);
		CLAIM(!strcmp(error.sentence, next_error.sentence), "%s; %s", error.sentence,
		      next_error.sentence);
		return;
	}
	if (type == PIMG_SOCKET)
		protobuf_agrees_on_socket(&entry);
	else
		protobuf_agrees(&entry);
	if (entry.has_chunks)
		chunks_are_the_payload(&entry);
	if (entry.origin)
		origin_is_decoded(&entry);
}

static void read_records(struct record_reader *reader)
{
	struct entry_decoder decoder = {0};
	struct pimg_error error;
	struct record record;
	enum pimg_type type;
	bool queues = image_kind_is_queues(reader->head.kind, &type);
	int result;

	while ((result = record_next(reader, &record, &error)) > 0) {
		if (!queues)
			continue;
		look_at_message(&decoder, type, &record);
		if (decoder.entry.has_bytes &&
		    source_skip(reader->source, decoder.entry.bytes, &error) < 0)
			CLAIM(false, "%s", error.sentence);
	}
	CLAIM(result == 0 || (error.status == PIMG_BAD_DATA && error.check[0]), "%s",
	      error.sentence);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct record_reader reader;
	struct pimg_error error;
	struct source *source;

	nameless_file(data, size);
	source = source_from_fd(nameless_fd(), "input", &error);
	CLAIM(source, "%s", error.sentence);
	if (record_reader_start(&reader, source, &error) == 0)
		read_records(&reader);
	else
		CLAIM(error.status == PIMG_BAD_DATA && error.check[0], "%s", error.sentence);
	source_close(source);
	return 0;
}
