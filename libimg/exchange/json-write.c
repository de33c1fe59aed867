// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>

#include "base/byte-order.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "criu.pb-c.h"
#include "exchange/base64.h"
#include "exchange/json.h"
#include "format/checksum.h"
#include "format/decode.h"
#include "format/magic.h"
#include "format/origin.h"
#include "format/record.h"
#include "format/wire.h"
#include "pipe-data.pb-c.h"

/*
 * Text on its way to the sink. Errors are stored here, so that writing a field is one statement.
 */
struct text {
	struct sink *sink;
	struct pimg_error *error;
	bool failed;
	bool first; /* the innermost object or array is still empty */
	char *buffer;
	size_t fill;
	struct checksum checksum;
	/* How the last pipe entry begins, up to the number of "xxh3"; length 0 if it is not remembered. */
	char beginning[128];
	size_t beginning_length;
};

#define TEXT_BUFFER_BYTES (128U * 1024)

static void flush(struct text *text)
{
	if (!text->failed && sink_write(text->sink, text->buffer, text->fill, text->error) < 0)
		text->failed = true;
	text->fill = 0;
}

/* Room for length bytes at the end of the buffer; length is at most the size of the buffer. */
static inline char *reserve(struct text *text, size_t length)
{
	if (text->fill + length > TEXT_BUFFER_BYTES)
		flush(text);
	return text->buffer + text->fill;
}

/* Writes keys, numbers and punctuation, which are far shorter than the buffer. */
static inline void put(struct text *text, const void *data, size_t length)
{
	memcpy(reserve(text, length), data, length);
	text->fill += length;
}

static inline void put_string(struct text *text, const char *string)
{
	put(text, string, strlen(string));
}

/* Two digits at a time: checksums have twenty, and there are two for each packet. */
static inline void put_number(struct text *text, uint64_t number)
{
	static const char pairs[] = "00010203040506070809101112131415161718192021222324"
				    "25262728293031323334353637383940414243444546474849"
				    "50515253545556575859606162636465666768697071727374"
				    "75767778798081828384858687888990919293949596979899";
	char digits[20];
	size_t at = sizeof(digits);

	while (number >= 100) {
		memcpy(digits + (at -= 2), pairs + number % 100 * 2, 2);
		number /= 100;
	}
	if (number >= 10)
		memcpy(digits + (at -= 2), pairs + number * 2, 2);
	else
		digits[--at] = (char)('0' + number);
	put(text, digits + at, sizeof(digits) - at);
}

/* Commas and colons are as in Python's json, which crit uses. */
static inline void put_key(struct text *text, const char *key)
{
	if (!text->first)
		put(text, ", ", 2);
	text->first = false;
	if (!key)
		return;
	put(text, "\"", 1);
	put_string(text, key);
	put(text, "\": ", 3);
}

static void open_with(struct text *text, const char *key, const char *bracket)
{
	put_key(text, key);
	put_string(text, bracket);
	text->first = true;
}

static void close_with(struct text *text, const char *bracket)
{
	put_string(text, bracket);
	text->first = false;
}

static inline void put_number_field(struct text *text, const char *key, uint64_t number)
{
	put_key(text, key);
	put_number(text, number);
}

/* As a string, because programs that store numbers as doubles, such as jq 1.6, round those above 2^53. */
static inline void put_u64(struct text *text, uint64_t number)
{
	put(text, "\"", 1);
	put_number(text, number);
	put(text, "\"", 1);
}

static inline void put_u64_field(struct text *text, const char *key, uint64_t number)
{
	put_key(text, key);
	put_u64(text, number);
}

/* All pieces except the last are complete lines. */
static void put_base64(struct text *text, const uint8_t *data, size_t length)
{
	enum { PIECE = BASE64_LINE_BYTES * 128 };

	while (length) {
		size_t piece = length < PIECE ? length : PIECE;

		text->fill +=
			base64_encode_json(reserve(text, base64_json_room(piece)), data, piece);
		data += piece;
		length -= piece;
	}
}

static void put_bytes_field(struct text *text, const char *key, const uint8_t *data, size_t length)
{
	put_key(text, key);
	put(text, "\"", 1);
	put_base64(text, data, length);
	put(text, "\"", 1);
}

/* ---- messages ---- */

/* Writes each unknown field with its key, as it was encoded. */
static void put_message_unknown(struct text *text, const ProtobufCMessage *message)
{
	if (!message->n_unknown_fields)
		return;
	open_with(text, "unknown", "[");
	for (size_t i = 0; i < message->n_unknown_fields; i++) {
		const ProtobufCMessageUnknownField *field = &message->unknown_fields[i];
		_cleanup_free_ uint8_t *bytes = malloc(WIRE_KEY_BYTES + field->len);
		size_t length;

		if (!bytes) {
			error_memory(text->error);
			text->failed = true;
			return;
		}
		length = wire_put_key(bytes, field->tag, (enum wire)field->wire_type);
		memcpy(bytes + length, field->data, field->len);
		put_bytes_field(text, NULL, bytes, length + field->len);
	}
	close_with(text, "]");
}

static void put_end(struct text *text, const PipeEnd *end)
{
	open_with(text, NULL, "{");
	put_number_field(text, "pid", end->pid);
	put_number_field(text, "fd", end->fd);
	put_number_field(text, "flags", end->flags);
	if (end->has_comm)
		put_bytes_field(text, "comm", end->comm.data, end->comm.len);
	if (end->has_inner_pid)
		put_number_field(text, "inner_pid", end->inner_pid);
	put_message_unknown(text, &end->base);
	close_with(text, "}");
}

static void put_origin(struct text *text, const PipeOrigin *origin)
{
	open_with(text, "origin", "{");
	if (origin->has_captured_at_ns)
		put_u64_field(text, "captured_at_ns", origin->captured_at_ns);
	if (origin->has_page_size)
		put_number_field(text, "page_size", origin->page_size);
	if (origin->has_uid)
		put_number_field(text, "uid", origin->uid);
	if (origin->has_gid)
		put_number_field(text, "gid", origin->gid);
	if (origin->has_mode)
		put_number_field(text, "mode", origin->mode);
	if (origin->n_end) {
		open_with(text, "end", "[");
		for (size_t i = 0; i < origin->n_end; i++)
			put_end(text, origin->end[i]);
		close_with(text, "]");
	}
	put_message_unknown(text, &origin->base);
	close_with(text, "}");
}

static void put_chunks(struct text *text, const struct entry *entry)
{
	struct entry_chunks chunks = entry_chunks_start(entry);
	enum pimg_kind kind;
	uint64_t length;

	open_with(text, "chunks", "[");
	while (entry_chunks_next(&chunks, &kind, &length) > 0) {
		put_key(text, NULL);
		put_u64(text, length << 1 | (kind == PIMG_PACKET));
	}
	close_with(text, "]");
}

static int put_extension(struct text *text, const struct entry *entry, struct pimg_error *error)
{
	if (entry->has_chunks)
		put_chunks(text, entry);
	if (entry->has_kind) {
		put_key(text, "kind");
		put_string(text, entry->kind == PIMG_PACKET ? "\"PACKET\"" : "\"STREAM\"");
	}
	if (entry->has_checksum)
		put_u64_field(text, "xxh3", entry->checksum);
	if (entry->origin) {
		PipeOrigin *origin = origin_unpack(entry->origin, entry->origin_length, error);

		if (!origin)
			return -1;
		put_origin(text, origin);
		pipe_origin__free_unpacked(origin, NULL);
	}
	if (entry->records)
		put_number_field(text, "records", entry->records);
	if (entry->queues)
		put_number_field(text, "queues", entry->queues);
	if (entry->has_message_checksum)
		put_u64_field(text, "message_xxh3", entry->message_checksum);
	return 0;
}

static void put_unknown(struct text *text, const struct entry *entry)
{
	const uint8_t *at = entry->message, *field;
	size_t length;

	bool any = false;

	/* In messages of sockets, unknown_field does not cover all of them. */
	if (!entry->unknown_field && entry->type != PIMG_SOCKET)
		return;
	while (entry_next_unknown(entry, &at, &field, &length)) {
		if (!any)
			open_with(text, "unknown", "[");
		any = true;
		put_bytes_field(text, NULL, field, length);
	}
	if (any)
		close_with(text, "]");
}

static int put_pipe_entry(struct text *text, const struct entry *entry, struct pimg_error *error)
{
	put_number_field(text, "pipe_id", entry->id);
	put_number_field(text, "bytes", entry->bytes);
	if (entry->has_size)
		put_number_field(text, "size", entry->size);
	if (put_extension(text, entry, error) < 0)
		return -1;
	put_unknown(text, entry);
	return 0;
}

/*
 * The same for an entry that differs from the one before only in its checksums.
 * Returns whether that one was remembered.
 */
static bool put_alike_entry(struct text *text, const struct entry *entry)
{
	if (!text->beginning_length)
		return false;
	put(text, text->beginning, text->beginning_length);
	put_number(text, entry->checksum);
	put(text, "\"", 1);
	text->first = false;
	put_u64_field(text, "message_xxh3", entry->message_checksum);
	return true;
}

/*
 * Remembers how the entry begins that was written there, without its bracket. Entries that others can be compared
 * with are short, so if the buffer was flushed in between, less is in it now.
 */
static void remember_beginning(struct text *text, const struct entry_decoder *decoder, size_t from)
{
	static const char key[] = "\"xxh3\": \"";
	const char *at;

	text->beginning_length = 0;
	if (!decoder->length || from >= text->fill)
		return;
	at = memmem(text->buffer + from, text->fill - from, key, strlen(key));
	if (!at)
		return;
	at += strlen(key);
	if ((size_t)(at - text->buffer) - from > sizeof(text->beginning))
		return;
	text->beginning_length = (size_t)(at - text->buffer) - from;
	memcpy(text->beginning, text->buffer + from, text->beginning_length);
}

static void put_rights(struct text *text, const CriuScmEntry *scm)
{
	open_with(text, NULL, "{");
	put_number_field(text, "type", scm->type);
	if (scm->n_rights) {
		open_with(text, "rights", "[");
		for (size_t i = 0; i < scm->n_rights; i++) {
			put_key(text, NULL);
			put_number(text, scm->rights[i]);
		}
		close_with(text, "]");
	}
	put_message_unknown(text, &scm->base);
	close_with(text, "}");
}

static void put_credentials(struct text *text, const CriuUcredEntry *credentials)
{
	open_with(text, "ucred", "{");
	put_number_field(text, "uid", credentials->uid);
	put_number_field(text, "gid", credentials->gid);
	put_number_field(text, "pid", credentials->pid);
	put_message_unknown(text, &credentials->base);
	close_with(text, "}");
}

static int put_socket_entry(struct text *text, const struct entry *entry, struct pimg_error *error)
{
	SkPacketEntry *packet =
		entry->message_length <= DECODED_MESSAGE_MAX
			? sk_packet_entry__unpack(NULL, entry->message_length, entry->message)
			: NULL;

	if (!packet)
		return error_check(error, CHECK_UNDECODABLE, "a message that cannot be decoded");
	put_number_field(text, "id_for", packet->id_for);
	put_number_field(text, "length", packet->length);
	if (packet->n_scm) {
		open_with(text, "scm", "[");
		for (size_t i = 0; i < packet->n_scm; i++)
			put_rights(text, packet->scm[i]);
		close_with(text, "]");
	}
	if (packet->ucred)
		put_credentials(text, packet->ucred);
	sk_packet_entry__free_unpacked(packet, NULL);
	put_unknown(text, entry);
	return 0;
}

/* ---- records ---- */

static int put_payload(struct text *text, struct source *source, const struct entry *entry,
		       struct pimg_error *error)
{
	uint64_t left = entry->bytes;

	if (checksum_start(&text->checksum, entry, error) < 0)
		return -1;
	put_key(text, "extra");
	put(text, "\"", 1);
	while (left) {
		size_t wanted = BASE64_LINE_BYTES * 1024;
		const uint8_t *data;
		ssize_t there;

		wanted = left < wanted ? left : wanted;
		there = source_peek(source, wanted, &data, error);
		if (there < 0)
			return -1;
		if ((size_t)there < wanted)
			return error_check(error, CHECK_CHANGED,
					   "the file changed while it was read");
		checksum_add(&text->checksum, data, wanted);
		put_base64(text, data, wanted);
		if (text->failed)
			return -1;
		source_consume(source, wanted);
		left -= wanted;
	}
	put(text, "\"", 1);
	return checksum_end(&text->checksum, error);
}

static int put_entry(struct text *text, const struct entry_decoder *decoder,
		     struct pimg_error *error)
{
	const struct entry *entry = &decoder->entry;
	size_t from = text->fill;

	if (entry->type == PIMG_SOCKET)
		return put_socket_entry(text, entry, error);
	if (decoder->alike && put_alike_entry(text, entry))
		return 0;
	if (put_pipe_entry(text, entry, error) < 0)
		return -1;
	remember_beginning(text, decoder, from);
	return 0;
}

static int put_record(struct text *text, struct entry_decoder *decoder, enum pimg_type type,
		      struct source *source, const struct record *record, struct pimg_error *error)
{
	if (entry_decode_next(decoder, type, record->message, record->message_length, error) < 0)
		return -1;
	open_with(text, NULL, "{");
	if (put_entry(text, decoder, error) < 0 ||
	    put_payload(text, source, &decoder->entry, error) < 0)
		return -1;
	close_with(text, "}");
	return 0;
}

/*
 * crit has no such key, and ignores it. If the image and the machine are little-endian, as nearly all are,
 * the key is omitted and the text is the same as that of crit.
 */
static void put_byte_order(struct text *text, enum pimg_byte_order order)
{
	if (order == PIMG_LITTLE_ENDIAN && BYTE_ORDER_HERE == PIMG_LITTLE_ENDIAN)
		return;
	put_key(text, "byte_order");
	put(text, "\"", 1);
	put_string(text, pimg_byte_order_name(order));
	put(text, "\"", 1);
}

static int write_image(struct text *text, struct source *source, enum pimg_type type,
		       const struct pimg_progress *progress, struct pimg_error *error)
{
	struct entry_decoder decoder = {.length = 0};
	struct record_reader reader;
	struct record record;
	uint64_t reported = 0;
	int result = 0;

	if (source_seek(source, 0, error) < 0 || record_reader_start(&reader, source, error) < 0)
		return -1;
	open_with(text, NULL, "{");
	put_key(text, "magic");
	put(text, "\"", 1);
	put_string(text, image_kind_name(reader.head.kind));
	put(text, "\"", 1);
	put_byte_order(text, reader.head.byte_order);
	open_with(text, "entries", "[");
	while (!text->failed && (result = record_next(&reader, &record, error)) > 0) {
		if (put_record(text, &decoder, type, source, &record, error) < 0)
			return record_error(&reader, &record, error);
		if (source_report(source, progress, &reported, error) < 0)
			return -1;
	}
	if (text->failed || result < 0)
		return -1;
	close_with(text, "]");
	close_with(text, "}");
	flush(text);
	return text->failed ? -1 : 0;
}

int json_write(struct sink *sink, struct source *source, enum pimg_type type,
	       const struct pimg_progress *progress, struct pimg_error *error)
{
	_cleanup_free_ char *buffer = malloc(TEXT_BUFFER_BYTES);
	struct text text = {.sink = sink, .error = error, .first = true, .buffer = buffer};
	int result;

	if (!buffer)
		return error_memory(error);
	result = write_image(&text, source, type, progress, error);
	checksum_release(&text.checksum);
	return result;
}
