/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What an open image is made of. image.c opens parts and answers questions, index.c reads their
 * records, load.c reads a queue's payload into memory.
 */
#ifndef LIBIMG_IMAGE_H
#define LIBIMG_IMAGE_H

#include "format/queue-table.h"
#include "format/record.h"
#include "io/source.h"

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
	uint64_t records; /* all of them, and those with payload */
	uint64_t full_records;
	uint32_t records_promised; /* by the first record, or 0 */
	uint8_t part;
	bool marked;	       /* its records tell their chunks' kinds */
	bool scattered;	       /* records of others stand between its own */
	uint64_t first_record; /* its place in the file */
};

struct part {
	struct source *source;
	enum pimg_type type;
	bool version_10;
	uint64_t records;
	uint32_t queues_promised; /* by the first record, or 0 */
};

struct pimg_image {
	char *name;
	bool is_directory;
	bool is_dump; /* a directory that CRIU wrote */
	bool damaged;
	struct pimg_error damage; /* the first that was found */

	struct part parts[PARTS_MAX];
	size_t part_count;

	struct image_queue *queues;
	size_t queue_count, queue_room;
	uint32_t latest_queue;	  /* whose record was read last */
	struct queue_table table; /* numbers of queues by type and id */

	bool unindexed; /* only queues are kept, and chunks are counted; see cursor.h */
	struct record_place *record_places; /* made by the first cursor that needs it */
	size_t record_place_count;
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

/*
 * Opens a file as the image that it is: what is not stored plainly (JSON) is written plainly into a
 * temporary file first.
 * @keep: what cannot be sought is kept, to be gone back in
 */
struct source *image_source_open(const char *path, bool keep, struct pimg_error *error);

/* pimg_image_open() with flags. */
struct pimg_image *image_open(const char *path, unsigned flags, pimg_progress_fn progress,
			      void *context, struct pimg_error *error);

#define IMAGE_UNINDEXED (1U << 0)

/*
 * Opens the image in source, which it takes over in either case.
 * @flags: IMAGE_UNINDEXED: keep no index of chunks
 */
struct pimg_image *image_from_source(struct source *source, unsigned flags,
				     pimg_progress_fn progress, void *context,
				     struct pimg_error *error);

/*
 * Remembers what is wrong with the image, and returns 0; what is not bad data is a failure: it goes
 * to error, and -1 is returned.
 */
int image_note_damage(struct pimg_image *image, const struct pimg_error *damage,
		      struct pimg_error *error);

/* What only its whole directory tells of a file's queues: that boundaries were lost. */
void image_learn_from(struct pimg_image *image, const struct pimg_image *whole);

/* For who needs the whole image: a damaged one is an error. */
int image_refuse_damaged(const struct pimg_image *image, struct pimg_error *error);

/* Writes the queues of one type into a file without a name, and opens that; or returns null. */
struct source *writer_write_nameless(const struct pimg_queue *const *queues, size_t count,
				     enum pimg_type type, const struct pimg_writer_options *options,
				     struct pimg_error *error);

/* Takes all records of the image's last part into the index, as far as they are whole. */
int index_read_part(struct pimg_image *image, struct record_reader *reader,
		    struct pimg_error *error);
int index_add_end(struct pimg_image *image, uint32_t queue, const struct pimg_end *end,
		  struct pimg_error *error);
/* Once all is read: puts chunks and ends in order, and tells what only all records together tell. */
int index_finish(struct pimg_image *image, struct pimg_error *error);

#endif
