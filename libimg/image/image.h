/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The parts of an open image. content.c detects what a path is, and open.c opens it as an image; grow.c reads the
 * records step by step and grow-around.c the images around them; index.c stores what they say; load.c reads the
 * payload of a queue into memory.
 */
#ifndef LIBIMG_IMAGE_IMAGE_H
#define LIBIMG_IMAGE_IMAGE_H

#include "format/decode.h"
#include "format/directory-names.h"
#include "format/directory.h"
#include "format/queue-index.h"
#include "format/queue-table.h"
#include "format/record.h"
#include "image/flights.h"
#include "image/holders.h"
#include "image/tasks.h"
#include "io/archive/folder.h"
#include "io/compression/compression.h"
#include "io/source/source.h"

/*
 * The largest queue that is loaded completely: 64 times the default of fs.pipe-max-size. A sparse file can
 * claim any size at no cost.
 */
#define QUEUE_LOADED_MAX (64U * 1024 * 1024)

/*
 * A directory has an image for each type of queue, and the hook's images of pipes and FIFOs; and more if
 * queues have the same id: see directory_set_image().
 */
#define ALL_PARTS_MAX (QUEUE_TYPES + 2 + 2 * (DIRECTORY_SETS_MAX - 1))

/* The position of a record's payload. */
struct payload_position {
	uint64_t at;   /* in the file */
	uint32_t head; /* bytes from the start of the record to it */
};

/*
 * One chunk in one record: 24 bytes, because there can be millions. Consecutive records of stream bytes are
 * separate chunks.
 */
struct indexed_chunk {
	uint64_t at;	      /* of its payload in the file */
	uint64_t offset : 40; /* in the bytes of its queue */
	uint64_t head : 24;   /* from its record's start to at; 0 except in the first chunk */
	uint32_t length;
	uint32_t kind; /* according to its record; see image_chunk_kind() */
};

#define QUEUE_BYTES_MAX ((UINT64_C(1) << 40) - 1)
_Static_assert(4 + RECORD_MESSAGE_MAX < 1U << 24, "a record's head must fit into its field");

/* Up to date after each record. */
struct image_queue {
	struct pimg_queue_info info;
	struct pimg_origin origin;
	struct indexed_chunk *chunks;
	size_t chunk_room;
	struct holders holders;
	size_t packets_told; /* chunks that are packets according to their records */
	uint64_t records;    /* all of them, and those with payload */
	uint64_t full_records;
	uint32_t records_promised; /* according to the first record, or 0 */
	uint8_t part;
	bool has_kinds;	       /* its records give the kinds of their chunks */
	bool scattered;	       /* records of other queues are between its records */
	bool may_be_cut;       /* because of damage */
	bool replaces;	       /* a record in CRIU's own image, which is ignored */
	uint64_t first_record; /* its position in the file */
};

struct part {
	struct source *source;
	uint32_t set; /* within which ids are unique */
	int expected; /* the expected enum pimg_type, or -1 for any */
	enum pimg_type type;
	struct image_head head;
	uint64_t records;
	uint32_t queues_promised; /* according to the first record, or 0 */
	bool is_saved;	   /* by the hook: its queues replace those of the part that follows */
	uint32_t replaced; /* queues of this part that are ignored for that reason */
	bool damaged;	   /* so queues may be missing */
};

/* A pipe or FIFO that has ends, but no record. */
struct unsaved {
	struct pimg_queue_info info;
	struct holders holders;
};

/* Gets the records themselves while they are read. Each function returns 0 or -1. */
struct record_handler {
	int (*begin)(void *context, const struct record *record, const struct entry *entry,
		     struct pimg_error *error);
	/* A piece of its payload, in order. */
	int (*payload)(void *context, const uint8_t *data, size_t length, struct pimg_error *error);
	/* All of its payload was given. */
	int (*end)(void *context, struct pimg_error *error);
	void *context;
};

/* Where reading continues. */
struct growth {
	bool complete;
	bool failed; /* permanently */
	struct pimg_error failure;

	size_t part; /* that is being read */
	bool started;
	struct record_reader reader;

	/* The record whose payload is being passed. */
	bool in_record;
	struct record record;
	struct entry_decoder decoder;
	struct payload_position position;
	uint32_t payload_left;
	uint8_t *message;		      /* a copy, if it is needed after the payload */
	const struct record_handler *handler; /* or null: payloads are passed unread */

	uint64_t reported; /* offset in the part */

	/* The images around the queues, while they are read. */
	struct directory *around;
	struct directory_reader around_reader;
	/* The first pipe that has a read end in the dump, but no record. */
	bool has_missing;
	enum pimg_type missing_type;
	uint32_t missing_id;
};

struct pimg_image {
	char *name;
	char *dump; /* its path in the input, or null */
	bool is_directory;
	bool is_dump;	   /* a directory that CRIU wrote */
	bool is_in_layers; /* of a container image */
	bool is_json;	   /* converted from JSON, in a temporary file */
	struct folder *folder;
	struct file_identity file;	  /* of the path, also if compressed or an archive */
	enum compression compression;	  /* of an archive, with IMAGE_AGAIN */
	struct pimg_container *container; /* or null */
	bool damaged;
	struct pimg_error damage; /* the first damage found */

	struct part parts[ALL_PARTS_MAX];
	size_t part_count;

	struct image_queue *queues;
	size_t queue_count, queue_room;
	uint32_t latest_queue;	  /* the queue of the last record read */
	struct queue_table table; /* numbers of queues by type and id */

	bool partial;	/* only one queue was read, through the index of a compressed image */
	bool unindexed; /* queues are kept, but chunks are only counted; see cursor.h */
	struct record_position *record_positions; /* created by the first cursor that needs them */
	size_t record_position_count;
	size_t end_count; /* of all queues */

	struct unsaved *unsaved;
	size_t unsaved_count, unsaved_room;
	struct queue_table unsaved_table;
	struct flights flights;
	struct tasks tasks;
	enum pimg_hook hook;
	bool has_refused_fifo;

	struct source *input; /* the source of parts[0], if it is not seekable */
	struct growth growth;
	struct pimg_progress progress;
};

/* The set within which the id of a queue is unique. */
static inline uint32_t image_queue_set(const struct pimg_image *image,
				       const struct image_queue *queue)
{
	return image->parts[queue->part].set;
}

/* Whether two parts belong to one file: CRIU's image, and what the hook saved of the same queues. */
static inline bool parts_are_of_one_file(const struct part *a, const struct part *b)
{
	return a->expected == b->expected && a->set == b->set;
}

/* An image without parts, of which nothing has been read. @name: for messages */
struct pimg_image *image_new(const char *name, const struct pimg_progress *progress,
			     struct pimg_error *error);
/*
 * Adds a source as a part, which takes ownership of it.
 * @type: the expected enum pimg_type, or -1 for any
 */
void image_add_part(struct pimg_image *image, struct source *source, int type);

/*
 * Notes damage of the image and returns 0. Anything other than bad data is a failure: error is set, and -1
 * is returned.
 */
int image_note_damage(struct pimg_image *image, const struct pimg_error *damage,
		      struct pimg_error *error);

/* Copies to a file what only the complete directory shows about its queues: lost boundaries. */
void image_learn_from(struct pimg_image *image, const struct pimg_image *whole);

/* Fails if the image is damaged or still grows, for callers that need a complete image. */
int image_refuse_damaged(const struct pimg_image *image, struct pimg_error *error);

/* The kind of a chunk, according to all records of its queue that were read. */
enum pimg_kind image_chunk_kind(const struct image_queue *queue, const struct indexed_chunk *chunk);

/* Sets the type of its socket; the chunks of a stream socket are not packets. */
void image_set_socket(struct image_queue *queue, enum pimg_socket socket);
/* Updates what depends on all records of a queue that were read so far. */
void image_settle_kinds(struct image_queue *queue);

#endif
