// SPDX-License-Identifier: LGPL-2.1-or-later
#include "queue/queue.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/sized.h"
#include "pipeimg-private.h"

struct stored_chunk {
	uint64_t offset;
	uint32_t length;
	uint32_t kind;
};

struct pimg_queue {
	enum pimg_type type;
	uint32_t id;
	uint32_t capacity;
	struct pimg_origin origin;

	uint8_t *data;
	size_t bytes; /* in chunks; reserved room follows */
	size_t data_size;

	struct stored_chunk *chunks;
	size_t chunk_count, chunk_room;
	size_t packet_count;

	struct pimg_end *ends;
	size_t end_count, end_room;
};

const char *pimg_version(void)
{
	return PACKAGE_VERSION;
}

enum pimg_mode queue_mode(size_t chunks, size_t packets)
{
	if (!chunks)
		return PIMG_MODE_EMPTY;
	if (!packets)
		return PIMG_MODE_STREAM;
	return packets == chunks ? PIMG_MODE_PACKETS : PIMG_MODE_MIXED;
}

const struct pimg_end *pimg_end_at(const struct pimg_ends *ends, size_t index)
{
	return (const struct pimg_end *)ends + index;
}

/* The access mode is 0, 1 or 2 on every Linux architecture. */
bool pimg_end_reads(const struct pimg_end *end)
{
	return (end->flags & O_ACCMODE) != O_WRONLY;
}

bool pimg_end_writes(const struct pimg_end *end)
{
	return (end->flags & O_ACCMODE) != O_RDONLY;
}

bool queue_end_is_known(const struct pimg_end *end)
{
	return (end->flags & O_ACCMODE) != O_ACCMODE;
}

bool pimg_end_packet_mode(const struct pimg_end *end)
{
	return pimg_end_writes(end) && (end->flags & O_DIRECT);
}

struct pimg_queue *pimg_queue_new(enum pimg_type type, uint32_t id, uint32_t capacity)
{
	struct pimg_queue *queue = calloc(1, sizeof(*queue));

	if (!queue)
		return NULL;
	queue->type = type;
	queue->id = id;
	queue->capacity = capacity;
	return queue;
}

void pimg_queue_free(struct pimg_queue *queue)
{
	if (!queue)
		return;
	free(queue->data);
	free(queue->chunks);
	free(queue->ends);
	free(queue);
}

enum pimg_type pimg_queue_type(const struct pimg_queue *queue)
{
	return queue->type;
}

uint32_t pimg_queue_id(const struct pimg_queue *queue)
{
	return queue->id;
}

uint32_t pimg_queue_capacity(const struct pimg_queue *queue)
{
	return queue->capacity;
}

void pimg_queue_set_capacity(struct pimg_queue *queue, uint32_t capacity)
{
	queue->capacity = capacity;
}

enum pimg_mode pimg_queue_mode(const struct pimg_queue *queue)
{
	return queue_mode(queue->chunk_count, queue->packet_count);
}

uint64_t pimg_queue_bytes(const struct pimg_queue *queue)
{
	return queue->bytes;
}

size_t pimg_queue_chunk_count(const struct pimg_queue *queue)
{
	return queue->chunk_count;
}

size_t pimg_queue_packet_count(const struct pimg_queue *queue)
{
	return queue->packet_count;
}

struct pimg_chunk pimg_queue_chunk(const struct pimg_queue *queue, size_t index)
{
	const struct stored_chunk *chunk = &queue->chunks[index];

	return (struct pimg_chunk){chunk->kind, chunk->length, chunk->offset};
}

const void *pimg_queue_data(const struct pimg_queue *queue)
{
	return queue->data ? queue->data : (const uint8_t *)"";
}

uint8_t *queue_reserve(struct pimg_queue *queue, size_t length, struct pimg_error *error)
{
	size_t wanted = queue->bytes + length, size = queue->data_size;
	uint8_t *grown;

	if (wanted > size || !queue->data) {
		size = size * 2 > wanted ? size * 2 : wanted + !wanted;
		grown = realloc(queue->data, size);
		if (!grown) {
			error_memory(error);
			return NULL;
		}
		queue->data = grown;
		queue->data_size = size;
	}
	return queue->data + queue->bytes;
}

int queue_adopt(struct pimg_queue *queue, enum pimg_kind kind, size_t length,
		struct pimg_error *error)
{
	struct stored_chunk *last;

	if (kind == PIMG_STREAM && !length)
		return 0;
	if (kind == PIMG_PACKET && !length && queue->type != PIMG_SOCKET)
		return error_data(error, "an empty packet, which a pipe cannot contain");
	last = queue->chunk_count ? &queue->chunks[queue->chunk_count - 1] : NULL;
	if (kind == PIMG_STREAM && last && last->kind == PIMG_STREAM) {
		if (length > UINT32_MAX - last->length)
			return error_data(error, "a stream run of more than 4 GiB");
		last->length += (uint32_t)length;
		queue->bytes += length;
		return 0;
	}
	if (length > UINT32_MAX)
		return error_data(error, "a chunk of more than 4 GiB");

	if (array_make_room(&queue->chunks, &queue->chunk_room, queue->chunk_count + 1,
			    sizeof(*queue->chunks), error) < 0)
		return -1;
	queue->chunks[queue->chunk_count++] = (struct stored_chunk){
		.offset = queue->bytes,
		.length = (uint32_t)length,
		.kind = kind,
	};
	queue->bytes += length;
	queue->packet_count += kind == PIMG_PACKET;
	return 0;
}

int pimg_queue_append(struct pimg_queue *queue, enum pimg_kind kind, const void *data,
		      size_t length, struct pimg_error *error)
{
	uint8_t *room = queue_reserve(queue, length, error);

	if (!room)
		return -1;
	if (length)
		memcpy(room, data, length);
	return queue_adopt(queue, kind, length, error);
}

const struct pimg_origin *pimg_queue_origin(const struct pimg_queue *queue)
{
	return &queue->origin;
}

void pimg_queue_set_origin(struct pimg_queue *queue, const struct pimg_origin *origin)
{
	struct pimg_origin taken;

	/* Unknown fields make no difference here. The origin may be the queue's own. */
	sized_take(&taken, sizeof(taken), origin, SIZE_TO(struct pimg_origin, mode), NULL);
	queue->origin = taken;
}

size_t pimg_queue_end_count(const struct pimg_queue *queue)
{
	return queue->end_count;
}

const struct pimg_end *pimg_queue_end(const struct pimg_queue *queue, size_t index)
{
	return &queue->ends[index];
}

int pimg_queue_add_end(struct pimg_queue *queue, const struct pimg_end *end,
		       struct pimg_error *error)
{
	struct pimg_end taken;

	if (sized_take(&taken, sizeof(taken), end, SIZE_TO(struct pimg_end, socket), error) < 0 ||
	    array_make_room(&queue->ends, &queue->end_room, queue->end_count + 1,
			    sizeof(*queue->ends), error) < 0)
		return -1;
	queue->ends[queue->end_count++] = taken;
	return 0;
}

struct pimg_queue *queue_new_like(const struct pimg_queue *queue, struct pimg_error *error)
{
	struct pimg_queue *like = pimg_queue_new(queue->type, queue->id, queue->capacity);

	if (!like) {
		error_memory(error);
		return NULL;
	}
	like->origin = queue->origin;
	for (size_t i = 0; i < queue->end_count; i++) {
		if (pimg_queue_add_end(like, &queue->ends[i], error) < 0) {
			pimg_queue_free(like);
			return NULL;
		}
	}
	return like;
}

static size_t first_difference(const uint8_t *a, const uint8_t *b, size_t length)
{
	size_t at = 0;

	while (at < length && a[at] == b[at])
		at++;
	return at;
}

bool pimg_queue_equal(const struct pimg_queue *wanted, const struct pimg_queue *found,
		      struct pimg_error *error)
{
	for (size_t i = 0; i < wanted->chunk_count && i < found->chunk_count; i++) {
		const struct stored_chunk *a = &wanted->chunks[i], *b = &found->chunks[i];

		if (a->kind != b->kind || a->length != b->length) {
			error_data(error,
				   "chunk %zu is a %s of %" PRIu32
				   " byte%s instead of a %s of %" PRIu32,
				   i + 1, pimg_kind_name(b->kind), b->length, PLURAL_S(b->length),
				   pimg_kind_name(a->kind), a->length);
			return false;
		}
		if (a->length &&
		    memcmp(wanted->data + a->offset, found->data + b->offset, a->length)) {
			error_data(error, "chunk %zu differs from byte %zu on", i + 1,
				   first_difference(wanted->data + a->offset,
						    found->data + b->offset, a->length));
			return false;
		}
	}
	if (wanted->chunk_count != found->chunk_count) {
		error_data(error, "%zu chunk%s instead of %zu", found->chunk_count,
			   PLURAL_S(found->chunk_count), wanted->chunk_count);
		return false;
	}
	return true;
}
