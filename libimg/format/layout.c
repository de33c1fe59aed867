// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/layout.h"

#include <fcntl.h>
#include <string.h>

#include "base/byte-order.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "format/decode.h"
#include "format/record.h"
#include "queue/framing.h"

_Static_assert(FRAME_LIST_BYTES_MAX + DECODED_MESSAGE_MAX + 4096 <= RECORD_MESSAGE_MAX,
	       "a list of chunks, ends and the rest must fit into a record");

/* The origin message of a queue, with room for its ends. */
struct origin {
	PipeOrigin message;
	PipeEnd *ends;
	PipeEnd **end_pointers;
};

static void origin_release(struct origin *origin)
{
	free(origin->ends);
	free(origin->end_pointers);
}

#define _cleanup_origin_ __attribute__((cleanup(origin_release)))

static void copy_end(PipeEnd *message, const struct pimg_end *end)
{
	pipe_end__init(message);
	message->pid = end->pid;
	message->has_inner_pid = end->inner_pid != 0;
	message->inner_pid = end->inner_pid;
	message->fd = end->fd;
	message->flags = (end->flags & ~(uint32_t)O_DIRECT) |
			 (end->flags & O_DIRECT ? RECORDED_O_DIRECT : 0);
	message->has_comm = end->comm[0] != '\0';
	message->comm.len = strlen(end->comm);
	message->comm.data = (uint8_t *)(uintptr_t)end->comm; /* is not modified */
}

static int origin_of(struct origin *origin, const struct pimg_queue *queue,
		     struct pimg_error *error)
{
	const struct pimg_origin *from = pimg_queue_origin(queue);
	size_t count = pimg_queue_end_count(queue);
	PipeOrigin *message = &origin->message;

	pipe_origin__init(message);
	message->has_captured_at_ns = !!(from->known & PIMG_ORIGIN_TIME);
	message->captured_at_ns = from->captured_at_ns;
	message->has_page_size = !!(from->known & PIMG_ORIGIN_PAGE);
	message->page_size = from->page_size;
	message->has_uid = message->has_gid = !!(from->known & PIMG_ORIGIN_OWNER);
	message->uid = from->uid;
	message->gid = from->gid;
	message->has_mode = !!(from->known & PIMG_ORIGIN_MODE);
	message->mode = from->mode;

	origin->ends = calloc(count + 1, sizeof(*origin->ends));
	origin->end_pointers = calloc(count + 1, sizeof(*origin->end_pointers));
	if (!origin->ends || !origin->end_pointers)
		return error_memory(error);
	for (size_t i = 0; i < count; i++) {
		copy_end(&origin->ends[i], pimg_queue_end(queue, i));
		origin->end_pointers[i] = &origin->ends[i];
	}
	message->n_end = count;
	message->end = origin->end_pointers;
	return 0;
}

static bool is_sealed(const ProtobufCMessage *message)
{
	return message->descriptor == &pipe_data_entry__descriptor &&
	       ((const PipeDataEntry *)message)->has_message_xxh3;
}

/*
 * Packs a message, then the unknown fields, then the checksum of everything before it. In the packed
 * message the checksum is the last field; if it exists already, the unknown fields are inserted before it.
 */
static int write_message(struct sink *sink, enum pimg_byte_order order,
			 const ProtobufCMessage *message, bool seal,
			 const struct layout_extra *extra, struct pimg_error *error)
{
	size_t length = protobuf_c_message_get_packed_size(message);
	size_t more = extra ? extra->length : 0, tail;
	size_t room = 4 + length + more + ENTRY_MESSAGE_CHECKSUM_BYTES;
	_cleanup_free_ uint8_t *allocated = NULL;
	uint8_t small[256], *bytes = small;

	if (room > RECORD_MESSAGE_MAX)
		return error_data(error,
				  "a message of %zu bytes, more than readers accept (%u): too many "
				  "chunks for one record",
				  room, RECORD_MESSAGE_MAX);
	if (room > sizeof(small))
		bytes = allocated = malloc(room);
	if (!bytes)
		return error_memory(error);
	protobuf_c_message_pack(message, bytes + 4);
	tail = is_sealed(message) ? ENTRY_MESSAGE_CHECKSUM_BYTES : 0;
	memmove(bytes + 4 + length - tail + more, bytes + 4 + length - tail, tail);
	if (more)
		memcpy(bytes + 4 + length - tail, extra->fields, more);
	length += more;
	if (seal)
		length = entry_seal(bytes + 4, length);
	store_word(bytes, (uint32_t)length, order);
	if (sink_begin_record(sink, error) < 0)
		return -1;
	return sink_write(sink, bytes, 4 + length, error);
}

int layout_write_head(struct sink *sink, enum pimg_byte_order order, const PipeDataEntry *entry,
		      const struct layout_extra *extra, struct pimg_error *error)
{
	/* Only CRIU's own record has no checksum. */
	return write_message(sink, order, &entry->base, entry->has_xxh3, extra, error);
}

int layout_write_message(struct sink *sink, enum pimg_byte_order order,
			 const ProtobufCMessage *message, const struct layout_extra *extra,
			 struct pimg_error *error)
{
	return write_message(sink, order, message, false, extra, error);
}

int layout_write_raw(struct sink *sink, enum pimg_byte_order order, const uint8_t *message,
		     uint32_t length, struct pimg_error *error)
{
	uint8_t word[4];

	store_word(word, length, order);
	if (sink_begin_record(sink, error) < 0 || sink_write(sink, word, sizeof(word), error) < 0)
		return -1;
	return sink_write(sink, message, length, error);
}

static int write_record(struct sink *sink, enum pimg_byte_order order, const PipeDataEntry *entry,
			const void *payload, struct pimg_error *error)
{
	if (layout_write_head(sink, order, entry, NULL, error) < 0)
		return -1;
	return entry->bytes ? sink_write(sink, payload, entry->bytes, error) : 0;
}

/* The fields that every record of a queue has. */
static PipeDataEntry entry_of(const struct pimg_queue *queue, uint64_t bytes)
{
	PipeDataEntry entry = PIPE_DATA_ENTRY__INIT;

	entry.pipe_id = pimg_queue_id(queue);
	entry.bytes = (uint32_t)bytes;
	return entry;
}

static void add_capacity(PipeDataEntry *entry, const struct pimg_queue *queue)
{
	entry->size = pimg_queue_capacity(queue);
	entry->has_size = entry->size != 0;
}

static void add_checksum(PipeDataEntry *entry, const void *payload)
{
	entry->has_xxh3 = true;
	entry->xxh3 = hash_bytes(payload, entry->bytes);
}

/* CRIU's own record: bytes and capacity. */
static int write_spliced(struct sink *sink, enum pimg_byte_order order,
			 const struct pimg_queue *queue, uint32_t image_queues,
			 struct pimg_error *error)
{
	PipeDataEntry entry = entry_of(queue, pimg_queue_bytes(queue));

	(void)image_queues;
	add_capacity(&entry, queue);
	return write_record(sink, order, &entry, pimg_queue_data(queue), error);
}

/* Fields of the first record of a queue, and of the first record of an image. */
static void add_head(PipeDataEntry *entry, const struct pimg_queue *queue, struct origin *origin,
		     size_t records, uint32_t image_queues)
{
	add_capacity(entry, queue);
	entry->origin = &origin->message;
	entry->has_records = true;
	entry->records = (uint32_t)records;
	entry->has_queues = image_queues != 0;
	entry->queues = image_queues;
}

/* A record for each chunk; an empty queue has one record without a kind. */
static int write_packets(struct sink *sink, enum pimg_byte_order order,
			 const struct pimg_queue *queue, uint32_t image_queues,
			 struct pimg_error *error)
{
	_cleanup_origin_ struct origin origin = {0};
	const uint8_t *data = pimg_queue_data(queue);
	size_t count = pimg_queue_chunk_count(queue);

	if (origin_of(&origin, queue, error) < 0)
		return -1;
	for (size_t i = 0; i < count || i == 0; i++) {
		const uint8_t *payload = NULL;
		struct pimg_chunk chunk = {0};
		PipeDataEntry entry;

		if (count) {
			chunk = pimg_queue_chunk(queue, i);
			payload = data + chunk.offset;
		}
		entry = entry_of(queue, chunk.length);
		if (i == 0)
			add_head(&entry, queue, &origin, count ? count : 1, image_queues);
		entry.has_kind = count != 0;
		entry.kind = chunk.kind == PIMG_PACKET ? CHUNK_KIND__PACKET : CHUNK_KIND__STREAM;
		add_checksum(&entry, payload);
		if (write_record(sink, order, &entry, payload, error) < 0)
			return -1;
	}
	return 0;
}

/* One record for the entire queue; a CRIU that does not know our fields restores its bytes. */
static int write_indexed(struct sink *sink, enum pimg_byte_order order,
			 const struct pimg_queue *queue, uint32_t image_queues,
			 struct pimg_error *error)
{
	_cleanup_origin_ struct origin origin = {0};
	PipeDataEntry entry = entry_of(queue, pimg_queue_bytes(queue));
	size_t count = pimg_queue_chunk_count(queue);
	_cleanup_free_ uint64_t *chunks = malloc((count + 1) * sizeof(*chunks));

	if (!chunks)
		return error_memory(error);
	if (origin_of(&origin, queue, error) < 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(queue, i);

		chunks[i] = (uint64_t)chunk.length << 1 | (chunk.kind == PIMG_PACKET);
	}
	entry.n_chunks = count;
	entry.chunks = chunks;
	add_head(&entry, queue, &origin, 1, image_queues);
	add_checksum(&entry, pimg_queue_data(queue));
	return write_record(sink, order, &entry, pimg_queue_data(queue), error);
}

static const struct {
	const char *name;
	int (*write)(struct sink *sink, enum pimg_byte_order order, const struct pimg_queue *queue,
		     uint32_t image_queues, struct pimg_error *error);
} layouts[] = {
	[PIMG_LAYOUT_PACKETS] = {"packets", write_packets},
	[PIMG_LAYOUT_INDEXED] = {"indexed", write_indexed},
	[PIMG_LAYOUT_SPLICED] = {"spliced", write_spliced},
};

#define LAYOUT_COUNT (sizeof(layouts) / sizeof(*layouts))

const char *pimg_layout_name(enum pimg_layout layout)
{
	return layout < LAYOUT_COUNT ? layouts[layout].name : "unknown";
}

int layout_check(enum pimg_layout layout, struct pimg_error *error)
{
	return layout < LAYOUT_COUNT ? 0 : error_usage(error, "unknown layout number %u", layout);
}

int pimg_layout_by_name(const char *name, enum pimg_layout *layout)
{
	for (size_t i = 0; i < LAYOUT_COUNT; i++) {
		if (!strcmp(layouts[i].name, name)) {
			*layout = (enum pimg_layout)i;
			return 0;
		}
	}
	return -1;
}

int layout_write(struct sink *sink, enum pimg_byte_order order, enum pimg_layout layout,
		 const struct pimg_queue *queue, uint32_t image_queues, struct pimg_error *error)
{
	if (pimg_queue_bytes(queue) > UINT32_MAX) {
		error_data(error, "a queue of more than 4 GiB, too large for a record");
		return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
	}
	return layouts[layout].write(sink, order, queue, image_queues, error);
}
