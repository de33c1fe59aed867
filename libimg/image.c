// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "cleanup.h"
#include "format/decode.h"
#include "format/directory.h"
#include "format/record.h"
#include "io/error.h"
#include "queue.h"

/*
 * Bounds of what is kept besides 24 bytes a chunk, whatever the file says. Both are beyond what one
 * machine can hold: each pipe and each descriptor costs the kernel more than it costs us.
 */
#define QUEUES_MAX (1U << 17)
#define ENDS_MAX   (1U << 18)

/*
 * The largest queue that is loaded whole: 64 times what fs.pipe-max-size allows by default. A file
 * can be sparse, and claim any size at no cost.
 */
#define QUEUE_LOADED_MAX (64U * 1024 * 1024)

/* A directory has an image for each type of queue. */
#define PARTS_MAX 3

/*
 * One chunk in one record: 24 bytes, for there can be millions. A record of stream bytes that
 * follows another is a chunk of its own.
 */
struct indexed_chunk {
	uint64_t at;	      /* of its payload in the file */
	uint64_t offset : 40; /* in the bytes of its queue */
	uint64_t head : 24;   /* bytes from the start of its record to at, 0 but for the first */
	uint32_t length;
	uint32_t queue_and_kind; /* queue << 1 | packet */
};

#define QUEUE_BYTES_MAX ((UINT64_C(1) << 40) - 1)
_Static_assert(4 + RECORD_MESSAGE_MAX < 1U << 24, "a record's head must fit into its field");

struct image_queue {
	struct pimg_queue_info info;
	size_t first_chunk;
	size_t records; /* with payload */
	uint8_t part;
	bool marked; /* its records tell their chunks' kinds */
};

struct part {
	struct source *source;
	enum pimg_type type;
};

struct pimg_image {
	char *name;
	bool is_directory;
	bool damaged;
	struct pimg_error damage;

	struct part parts[PARTS_MAX];
	size_t part_count;

	struct image_queue *queues;
	size_t queue_count, queue_room;
	uint32_t *table; /* open hash: queue number + 1 by type and id */
	size_t table_size;
	uint64_t table_seed;

	struct indexed_chunk *chunks;
	size_t chunk_count, chunk_room;
	bool interleaved; /* chunks are not in the order of their queues */

	/* Ends as they come, told apart by queue; sorted by queue at the end. */
	struct tagged_end {
		struct pimg_end end;
		uint32_t queue;
	} * found_ends;
	size_t end_count, end_room;
	struct pimg_end *ends;

	pimg_progress_fn progress;
	void *progress_context;
	uint64_t progress_next;
};

/* ---- queues by id ---- */

static size_t table_slot(const struct pimg_image *image, enum pimg_type type, uint32_t id)
{
	/* Seeded, so that no file can choose ids that all fall into one place. */
	uint64_t key = (uint64_t)type << 32 | id;
	size_t slot = XXH3_64bits_withSeed(&key, sizeof(key), image->table_seed) &
		      (image->table_size - 1);

	while (image->table[slot]) {
		const struct pimg_queue_info *info = &image->queues[image->table[slot] - 1].info;

		if (info->id == id && info->type == type)
			break;
		slot = (slot + 1) & (image->table_size - 1);
	}
	return slot;
}

static int grow_table(struct pimg_image *image, struct pimg_error *error)
{
	size_t room = image->queue_room ? image->queue_room * 2 : 16;
	struct image_queue *queues = reallocarray(image->queues, room, sizeof(*queues));
	uint32_t *table;

	if (!queues)
		return error_memory(error);
	image->queues = queues;
	table = calloc(room * 2, sizeof(*table));
	if (!table)
		return error_memory(error);
	free(image->table);
	image->table = table;
	image->table_size = room * 2;
	image->queue_room = room;
	for (size_t i = 0; i < image->queue_count; i++) {
		const struct pimg_queue_info *info = &image->queues[i].info;

		table[table_slot(image, info->type, info->id)] = (uint32_t)i + 1;
	}
	return 0;
}

/* Returns the queue's number, or -1 where the image has none such. */
static int64_t find_queue(const struct pimg_image *image, enum pimg_type type, uint32_t id)
{
	if (!image->table_size)
		return -1;
	return (int64_t)image->table[table_slot(image, type, id)] - 1;
}

static int64_t find_or_add_queue(struct pimg_image *image, uint8_t part, uint32_t id,
				 struct pimg_error *error)
{
	enum pimg_type type = image->parts[part].type;
	int64_t found = find_queue(image, type, id);

	if (found >= 0)
		return found;
	if (image->queue_count == QUEUES_MAX)
		return error_data(error, "more than %u queues, which no machine has", QUEUES_MAX);
	if (image->queue_count == image->queue_room && grow_table(image, error) < 0)
		return -1;
	image->queues[image->queue_count] = (struct image_queue){
		.info = {.type = type, .id = id},
		.part = part,
	};
	image->table[table_slot(image, type, id)] = (uint32_t)++image->queue_count;
	return (int64_t)image->queue_count - 1;
}

/* ---- the index ---- */

/* Where a record's payload is. */
struct place {
	uint64_t at;   /* in the file */
	uint32_t head; /* bytes from the start of the record to it */
};

static int add_chunk(struct pimg_image *image, uint32_t queue_number, enum pimg_kind kind,
		     struct place place, uint32_t length, struct pimg_error *error)
{
	struct image_queue *queue = &image->queues[queue_number];

	if (queue->info.bytes > QUEUE_BYTES_MAX - length)
		return error_data(error, "a queue of more than 1 TiB, which no pipe can hold");
	if (image->chunk_count == image->chunk_room) {
		size_t room = image->chunk_room + image->chunk_room / 4 + 64;
		struct indexed_chunk *grown = reallocarray(image->chunks, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		image->chunks = grown;
		image->chunk_room = room;
	}
	if (image->chunk_count &&
	    image->chunks[image->chunk_count - 1].queue_and_kind >> 1 > queue_number)
		image->interleaved = true;
	image->chunks[image->chunk_count++] = (struct indexed_chunk){
		.at = place.at,
		.offset = queue->info.bytes,
		.head = place.head,
		.length = length,
		.queue_and_kind = queue_number << 1 | (kind == PIMG_PACKET),
	};
	queue->info.bytes += length;
	queue->info.chunks++;
	queue->info.packets += kind == PIMG_PACKET;
	return 0;
}

struct end_adder {
	struct pimg_image *image;
	uint32_t queue;
	struct pimg_error *error;
};

static int add_end(struct pimg_image *image, uint32_t queue, const struct pimg_end *end,
		   struct pimg_error *error)
{
	if (image->end_count == ENDS_MAX)
		return error_data(error, "more than %u ends of pipes, which no machine has",
				  ENDS_MAX);
	if (image->end_count == image->end_room) {
		size_t room = image->end_room ? image->end_room * 2 : 16;
		struct tagged_end *grown = reallocarray(image->found_ends, room, sizeof(*grown));

		if (!grown)
			return error_memory(error);
		image->found_ends = grown;
		image->end_room = room;
	}
	image->found_ends[image->end_count++] = (struct tagged_end){*end, queue};
	image->queues[queue].info.end_count++;
	return 0;
}

static int add_origin_end(void *context, const struct pimg_end *end)
{
	struct end_adder *adder = context;

	return add_end(adder->image, adder->queue, end, adder->error) < 0 ? -2 : 0;
}

/* Chunks of an indexed record are believed only if they are just its payload. */
static int check_chunk_list(const struct entry *entry, struct pimg_error *error)
{
	struct entry_chunks chunks = entry_chunks_start(entry);
	enum pimg_kind kind;
	uint64_t length, sum = 0;
	int result;

	while ((result = entry_chunks_next(&chunks, &kind, &length)) > 0) {
		if (!length || length > entry->bytes - sum)
			return error_data(error,
					  "a chunk of %" PRIu64 " bytes where %" PRIu64
					  " of the record's %u are left",
					  length, entry->bytes - sum, entry->bytes);
		sum += length;
	}
	if (result < 0)
		return error_data(error, "field 1000 (chunks) cannot be decoded");
	if (sum != entry->bytes)
		return error_data(error, "chunks of %" PRIu64 " bytes in all in a record of %u",
				  sum, entry->bytes);
	return 0;
}

static int add_listed_chunks(struct pimg_image *image, uint32_t queue, const struct entry *entry,
			     struct place place, struct pimg_error *error)
{
	struct entry_chunks chunks = entry_chunks_start(entry);
	enum pimg_kind kind;
	uint64_t length;

	while (entry_chunks_next(&chunks, &kind, &length) > 0) {
		if (add_chunk(image, queue, kind, place, (uint32_t)length, error) < 0)
			return -1;
		place.at += length;
		place.head = 0;
	}
	return 0;
}

/* What a record tells of its queue as a whole. */
static int take_attributes(struct pimg_image *image, uint32_t number, const struct entry *entry,
			   struct pimg_error *error)
{
	struct image_queue *queue = &image->queues[number];
	struct end_adder adder = {image, number, error};

	if (entry->size)
		queue->info.capacity = entry->size;
	if (entry->has_kind || entry->has_chunks || entry->origin)
		queue->marked = true;
	if (entry->has_chunks)
		queue->info.layout = PIMG_LAYOUT_INDEXED;
	else if (queue->marked)
		queue->info.layout = PIMG_LAYOUT_PACKETS;
	if (!entry->origin)
		return 0;
	return origin_decode(entry->origin, entry->origin_length, &queue->info.origin,
			     queue->info.end_count ? NULL : add_origin_end, &adder, error) < 0
		       ? -1
		       : 0;
}

/*
 * Takes a record into the index, with its payload still ahead in the source. Of a record that is cut
 * short nothing is taken.
 */
static int index_record(struct pimg_image *image, uint8_t part, const struct entry *entry,
			struct place place, struct pimg_error *error)
{
	int64_t number = find_or_add_queue(image, part, entry->id, error);
	bool socket = image->parts[part].type == PIMG_SOCKET;
	uint32_t queue = (uint32_t)number;
	enum pimg_kind kind = socket ? PIMG_PACKET : entry->kind;

	if (number < 0 || (!socket && take_attributes(image, queue, entry, error) < 0))
		return -1;
	if (entry->has_chunks && !socket)
		return add_listed_chunks(image, queue, entry, place, error);
	if (!entry->bytes && !socket)
		return 0;
	image->queues[queue].records++;
	return add_chunk(image, queue, kind, place, entry->bytes, error);
}

static int report_progress(struct pimg_image *image, const struct source *source,
			   struct pimg_error *error)
{
	uint64_t done = source_offset(source);

	if (!image->progress || done < image->progress_next)
		return 0;
	image->progress_next = done + 65536;
	if (image->progress(image->progress_context, done, source_length(source))) {
		error_interrupted(error);
		return error_in_file(error, source_name(source));
	}
	return 0;
}

/* Reads one record: its message, and past its payload. Returns 1, 0 at the end, or -1. */
static int read_record(struct pimg_image *image, uint8_t part, struct record_reader *reader,
		       struct pimg_error *error)
{
	_cleanup_free_ uint8_t *kept = NULL;
	struct record record;
	struct entry entry;
	struct place place;
	int64_t passed;
	int result = record_next(reader, &record, error);

	if (result <= 0)
		return result;
	if (entry_decode(&entry, record.message, record.message_length, error) < 0)
		return record_error(reader, &record, error);
	place.at = source_offset(reader->source);
	place.head = 4 + record.message_length;
	if (entry.has_chunks || entry.origin) {
		/* Passing the payload moves the window; these are needed after it. */
		if (entry.has_chunks && check_chunk_list(&entry, error) < 0)
			goto bad_record;
		kept = malloc(record.message_length);
		if (!kept)
			return error_memory(error);
		memcpy(kept, record.message, record.message_length);
		entry.origin = entry.origin ? kept + (entry.origin - entry.message) : NULL;
		entry.message = kept;
	}
	passed = source_skip(reader->source, entry.bytes, error);
	if (passed < 0)
		return -1;
	if (passed < entry.bytes) {
		error_data(error, "the file ends after %" PRId64 " of %u bytes of a payload",
			   passed, entry.bytes);
		goto bad_record;
	}
	if (index_record(image, part, &entry, place, error) < 0)
		goto bad_record;
	return report_progress(image, reader->source, error) < 0 ? -1 : 1;
bad_record:
	error_of_pipe(error, entry.id);
	return record_error(reader, &record, error);
}

/* Remembers what is wrong with the image. Only bad data is damage; anything else is a failure. */
static int note_damage(struct pimg_image *image, const struct pimg_error *damage,
		       struct pimg_error *error)
{
	if (damage->status != PIMG_BAD_DATA) {
		if (error)
			*error = *damage;
		return -1;
	}
	if (!image->damaged)
		image->damage = *damage;
	image->damaged = true;
	return 0;
}

/* Reads all records of a part, as far as they are whole. */
static int read_part(struct pimg_image *image, struct record_reader *reader,
		     struct pimg_error *error)
{
	uint8_t part = (uint8_t)(image->part_count - 1);
	struct pimg_error damage;
	int result;

	image->progress_next = 0;
	do {
		result = read_record(image, part, reader, &damage);
	} while (result > 0);
	return result < 0 ? note_damage(image, &damage, error) : 0;
}

/*
 * Adds a source as a part, which owns it from then on, and reads it.
 * @type: what it must hold, an enum pimg_type, or -1 for any
 */
static int add_part(struct pimg_image *image, struct source *source, int type,
		    struct pimg_error *error)
{
	struct part *part = &image->parts[image->part_count++];
	struct record_reader reader;

	part->source = source;
	if (record_reader_start(&reader, source, error) < 0)
		return -1;
	if (!image_kind_is_queues(reader.kind, &part->type)) {
		error_data(error,
			   "is a CRIU image of %s records, which hold no queues; "
			   "give pipes-data.img, fifo-data.img, sk-queues.img or the directory",
			   image_kind_name(reader.kind));
		return error_in_file(error, source_name(source));
	}
	/* Queues are found by type: two parts of one type would be taken for each other. */
	if (type >= 0 && part->type != (enum pimg_type)type) {
		error_data(error, "holds %s records, which its name does not say",
			   image_kind_name(reader.kind));
		return error_in_file(error, source_name(source));
	}
	return read_part(image, &reader, error);
}

/* ---- what can be told only once all records are read ---- */

/*
 * Several records of a pipe without kind are packets: the packets layout before it had kinds. One
 * alone is what CRIU writes.
 */
static void settle_kinds(struct pimg_image *image)
{
	for (size_t i = 0; i < image->chunk_count; i++) {
		struct indexed_chunk *chunk = &image->chunks[i];
		struct image_queue *queue = &image->queues[chunk->queue_and_kind >> 1];

		if (queue->info.type == PIMG_SOCKET || queue->marked || queue->records < 2)
			continue;
		queue->info.layout = PIMG_LAYOUT_PACKETS;
		chunk->queue_and_kind |= 1;
		queue->info.packets++;
	}
}

static int by_queue_and_offset(const void *a, const void *b)
{
	const struct indexed_chunk *x = a, *y = b;
	uint32_t p = x->queue_and_kind >> 1, q = y->queue_and_kind >> 1;

	if (p != q)
		return p < q ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static void sort_chunks(struct pimg_image *image)
{
	size_t first = 0;

	if (image->interleaved)
		qsort(image->chunks, image->chunk_count, sizeof(*image->chunks),
		      by_queue_and_offset);
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;

		image->queues[i].first_chunk = first;
		first += info->chunks;
		info->mode = queue_mode(info->chunks, info->packets);
	}
}

static int by_queue(const void *a, const void *b)
{
	const struct tagged_end *x = a, *y = b;

	if (x->queue != y->queue)
		return x->queue < y->queue ? -1 : 1;
	if (x->end.pid != y->end.pid)
		return x->end.pid < y->end.pid ? -1 : 1;
	return (x->end.fd > y->end.fd) - (x->end.fd < y->end.fd);
}

static int sort_ends(struct pimg_image *image, struct pimg_error *error)
{
	size_t first = 0;

	if (!image->end_count)
		return 0;
	qsort(image->found_ends, image->end_count, sizeof(*image->found_ends), by_queue);
	image->ends = calloc(image->end_count, sizeof(*image->ends));
	if (!image->ends)
		return error_memory(error);
	for (size_t i = 0; i < image->end_count; i++)
		image->ends[i] = image->found_ends[i].end;
	for (size_t i = 0; i < image->queue_count; i++) {
		image->queues[i].info.ends = image->ends + first;
		first += image->queues[i].info.end_count;
	}
	free(take_pointer(image->found_ends));
	return 0;
}

/* CRIU merged what a packet-mode writer wrote, and kept no trace of it but the flag. */
static void find_lost_boundaries(struct pimg_image *image)
{
	for (size_t i = 0; i < image->queue_count; i++) {
		struct pimg_queue_info *info = &image->queues[i].info;

		if (info->layout != PIMG_LAYOUT_SPLICED || !info->bytes)
			continue;
		for (size_t j = 0; j < info->end_count; j++)
			info->boundaries_lost |= pimg_end_packet_mode(&info->ends[j]);
	}
}

static int finish_index(struct pimg_image *image, struct pimg_error *error)
{
	settle_kinds(image);
	sort_chunks(image);
	if (sort_ends(image, error) < 0)
		return -1;
	find_lost_boundaries(image);
	return 0;
}

/* ---- opening ---- */

static int add_directory_end(void *context, enum pimg_type type, uint32_t pipe_id,
			     const struct pimg_end *end, struct pimg_error *error)
{
	struct pimg_image *image = context;
	int64_t queue = find_queue(image, type, pipe_id);

	/* What our own records say of their ends was taken at the same moment as the queue. */
	if (queue < 0 || image->queues[queue].info.origin.known)
		return 0;
	return add_end(image, (uint32_t)queue, end, error);
}

static int open_directory_parts(struct pimg_image *image, int dirfd, struct pimg_error *error)
{
	/* In the order of enum pimg_type. */
	static const char *const names[PARTS_MAX] = {"pipes-data.img", "fifo-data.img",
						     "sk-queues.img"};

	for (size_t i = 0; i < PARTS_MAX; i++) {
		_cleanup_free_ char *shown = NULL;
		struct pimg_error damage;
		struct source *source;
		int found;

		if (asprintf(&shown, "%s/%s", image->name, names[i]) < 0) {
			shown = NULL;
			return error_memory(error);
		}
		found = source_open_at(dirfd, names[i], shown, &source, error);
		if (found < 0)
			return -1;
		if (found && add_part(image, source, (int)i, &damage) < 0 &&
		    note_damage(image, &damage, error) < 0)
			return -1;
	}
	return 0;
}

static int open_directory(struct pimg_image *image, struct pimg_error *error)
{
	_cleanup_close_ int dirfd = open(image->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct pimg_error damage;

	if (dirfd < 0) {
		error_system(error, errno, "cannot open");
		return error_in_file(error, image->name);
	}
	image->is_directory = true;
	if (open_directory_parts(image, dirfd, error) < 0)
		return -1;
	if (!image->part_count && faccessat(dirfd, "inventory.img", F_OK, 0) < 0) {
		error_data(error, "holds no image of queues (pipes-data.img, fifo-data.img or "
				  "sk-queues.img), and is no CRIU directory");
		return error_in_file(error, image->name);
	}
	if (directory_ends(dirfd, image->name, add_directory_end, image, &damage) < 0)
		return note_damage(image, &damage, error);
	return 0;
}

static struct pimg_image *image_new(const char *name, pimg_progress_fn progress, void *context,
				    struct pimg_error *error)
{
	struct pimg_image *image = calloc(1, sizeof(*image));

	if (image)
		image->name = strdup(name);
	if (!image || !image->name) {
		free(image);
		error_memory(error);
		return NULL;
	}
	image->progress = progress;
	image->progress_context = context;
	/* Without randomness the address, which differs from run to run, must do. */
	if (getrandom(&image->table_seed, sizeof(image->table_seed), GRND_NONBLOCK) < 0)
		image->table_seed = (uintptr_t)image;
	return image;
}

static struct pimg_image *finish_open(struct pimg_image *image, int result,
				      struct pimg_error *error)
{
	if (result == 0 && finish_index(image, error) == 0)
		return image;
	pimg_image_close(image);
	return NULL;
}

struct pimg_image *image_from_source(struct source *source, pimg_progress_fn progress,
				     void *context, struct pimg_error *error)
{
	struct pimg_image *image = image_new(source_name(source), progress, context, error);

	if (!image) {
		source_close(source);
		return NULL;
	}
	return finish_open(image, add_part(image, source, -1, error), error);
}

struct pimg_image *pimg_image_open(const char *path, pimg_progress_fn progress, void *context,
				   struct pimg_error *error)
{
	struct pimg_image *image;
	struct source *source;
	struct stat status;

	if (strcmp(path, "-") && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		image = image_new(path, progress, context, error);
		return image ? finish_open(image, open_directory(image, error), error) : NULL;
	}
	source = source_open(path, error);
	return source ? image_from_source(source, progress, context, error) : NULL;
}

void pimg_image_close(struct pimg_image *image)
{
	if (!image)
		return;
	for (size_t i = 0; i < image->part_count; i++)
		source_close(image->parts[i].source);
	free(image->queues);
	free(image->table);
	free(image->chunks);
	free(image->found_ends);
	free(image->ends);
	free(image->name);
	free(image);
}

/* ---- asking ---- */

const char *pimg_image_name(const struct pimg_image *image)
{
	return image->name;
}

bool pimg_image_is_directory(const struct pimg_image *image)
{
	return image->is_directory;
}

const struct pimg_error *pimg_image_damage(const struct pimg_image *image)
{
	return image->damaged ? &image->damage : NULL;
}

size_t pimg_image_queue_count(const struct pimg_image *image)
{
	return image->queue_count;
}

const struct pimg_queue_info *pimg_image_queue(const struct pimg_image *image, size_t queue)
{
	return &image->queues[queue].info;
}

struct pimg_chunk pimg_image_chunk(const struct pimg_image *image, size_t queue, size_t chunk)
{
	const struct indexed_chunk *found =
		&image->chunks[image->queues[queue].first_chunk + chunk];

	return (struct pimg_chunk){found->queue_and_kind & 1 ? PIMG_PACKET : PIMG_STREAM,
				   found->length, found->offset};
}

int pimg_image_read(struct pimg_image *image, size_t queue, size_t chunk, uint32_t offset,
		    void *buffer, size_t length, struct pimg_error *error)
{
	const struct indexed_chunk *found =
		&image->chunks[image->queues[queue].first_chunk + chunk];

	if (offset > found->length || length > found->length - offset)
		return error_usage(error, "bytes beyond the end of a chunk");
	return source_read_at(image->parts[image->queues[queue].part].source, found->at + offset,
			      buffer, length, error);
}

/*
 * The record whose chunks are being loaded: its checksum is over the bytes that its chunks have in
 * the queue, once they are all there.
 */
struct loading {
	struct pimg_image *image;
	struct source *source;
	struct pimg_queue *queue;
	bool has_checksum;
	uint64_t checksum;
	uint64_t start, end; /* in the bytes of the queue */
};

/* Reads the head of a record again, which must still say what it said when it was indexed. */
static int start_record(struct loading *loading, const struct indexed_chunk *chunk,
			struct pimg_error *error)
{
	uint32_t length = chunk->head - 4;
	_cleanup_free_ uint8_t *message = malloc(length + 1);
	struct entry entry;

	if (!message)
		return error_memory(error);
	if (source_read_at(loading->source, chunk->at - length, message, length, error) < 0 ||
	    entry_decode(&entry, message, length, error) < 0)
		return -1;
	if (entry.id != pimg_queue_id(loading->queue) || entry.bytes < chunk->length)
		return error_data(error, "the file changed while it was read");
	loading->has_checksum = entry.has_checksum;
	loading->checksum = entry.checksum;
	loading->start = pimg_queue_bytes(loading->queue);
	loading->end = loading->start + entry.bytes;
	return 0;
}

/* Appends a chunk piece by piece: memory follows bytes that are there. */
static int load_chunk(struct loading *loading, const struct indexed_chunk *chunk,
		      struct pimg_error *error)
{
	enum { PIECE = 1024 * 1024 };
	enum pimg_kind kind = chunk->queue_and_kind & 1 ? PIMG_PACKET : PIMG_STREAM;
	uint32_t done = 0;

	do {
		uint32_t length = chunk->length - done;
		uint8_t *room;

		/* A packet must be adopted whole. */
		if (kind == PIMG_STREAM && length > PIECE)
			length = PIECE;
		room = queue_reserve(loading->queue, length, error);
		if (!room ||
		    source_read_at(loading->source, chunk->at + done, room, length, error) < 0 ||
		    queue_adopt(loading->queue, kind, length, error) < 0)
			return -1;
		done += length;
	} while (done < chunk->length);
	return 0;
}

static int check_checksum(const struct loading *loading, struct pimg_error *error)
{
	const uint8_t *data = pimg_queue_data(loading->queue);
	uint64_t found;

	if (!loading->has_checksum || pimg_queue_bytes(loading->queue) < loading->end)
		return 0;
	found = XXH3_64bits(data + loading->start, loading->end - loading->start);
	if (found == loading->checksum)
		return 0;
	return error_data(error,
			  "the payload's XXH3-64 is %016" PRIx64 ", not %016" PRIx64
			  " as recorded: bytes changed since it was written",
			  found, loading->checksum);
}

static int load_chunks(struct loading *loading, const struct image_queue *from,
		       struct pimg_error *error)
{
	const struct indexed_chunk *chunks = loading->image->chunks + from->first_chunk;

	for (size_t i = 0; i < from->info.chunks; i++) {
		if ((chunks[i].head && start_record(loading, &chunks[i], error) < 0) ||
		    load_chunk(loading, &chunks[i], error) < 0 ||
		    check_checksum(loading, error) < 0)
			return error_at(error, (uint64_t)PIMG_NONE, chunks[i].at);
	}
	return 0;
}

static int load_attributes(struct pimg_queue *queue, const struct pimg_queue_info *info,
			   struct pimg_error *error)
{
	pimg_queue_set_origin(queue, &info->origin);
	for (size_t i = 0; i < info->end_count; i++) {
		if (pimg_queue_add_end(queue, &info->ends[i], error) < 0)
			return -1;
	}
	return 0;
}

struct pimg_queue *pimg_image_load(struct pimg_image *image, size_t queue_number,
				   struct pimg_error *error)
{
	const struct image_queue *from = &image->queues[queue_number];
	struct loading loading = {
		.image = image,
		.source = image->parts[from->part].source,
		.queue = pimg_queue_new(from->info.type, from->info.id, from->info.capacity),
	};

	if (!loading.queue) {
		error_memory(error);
		return NULL;
	}
	if (from->info.bytes > QUEUE_LOADED_MAX) {
		error_data(error,
			   "a queue of %" PRIu64 " bytes; no more than %u are read into memory",
			   from->info.bytes, QUEUE_LOADED_MAX);
		goto fail;
	}
	if (load_attributes(loading.queue, &from->info, error) == 0 &&
	    load_chunks(&loading, from, error) == 0)
		return loading.queue;
fail:
	error_of_pipe(error, from->info.id);
	error_in_file(error, source_name(loading.source));
	pimg_queue_free(loading.queue);
	return NULL;
}
