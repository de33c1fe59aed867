/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The state of a verification: a summary of each queue, and the callback for findings. Everything is read once, in
 * order; no record is kept.
 */
#ifndef LIBIMG_VERIFY_FINDINGS_H
#define LIBIMG_VERIFY_FINDINGS_H

#include "format/directory-names.h"
#include "format/directory.h"
#include "format/queue-index.h"
#include "format/queue-table.h"
#include "format/record.h"

/* The position of a record, for later findings. */
struct verify_position {
	uint8_t part;
	uint64_t record;
	uint64_t offset;
};

struct verify_queue {
	struct verify_position first; /* its first record; record is 0 if it has none */
	uint64_t records;
	uint64_t full_records; /* with payload */
	uint64_t bytes;
	uint64_t packets;
	uint64_t runs; /* of stream bytes, however many records they have */
	uint32_t records_promised;
	uint32_t capacity;
	uint32_t page_size; /* of the captured machine, 0 if unknown */
	uint32_t longest_packet, longest_plain;
	struct verify_position at_packet, at_plain;

	/* Which kinds of records the queue has. */
	bool has_kinds; /* that give the kinds of their chunks */
	bool listed;	/* with a list of chunks */
	bool kinds;	/* with a kind */
	bool plain;	/* with payload and neither */
	bool empty;	/* without payload */
	bool contradicts;
	bool cut; /* its last payload is incomplete */
	bool last_is_stream;
	bool capacity_told;

	/* Its ends, from the origin or from the directory. */
	bool has_end, reads, writes, packet_mode;
	bool surely_reads;
	char *path;	    /* of a FIFO, through which one of its files was opened */
	bool shares_number; /* another file has a different path */
};

#define VERIFY_PARTS 3

struct verify {
	unsigned flags;
	bool is_saved; /* by the CRIU hook; CRIU never reads it */
	pimg_finding_fn found;
	void *context; /* of found */
	const struct pimg_progress *progress;
	struct pimg_verify_summary *summary;

	struct queue_table table;
	struct verify_queue *queues;
	size_t queue_room;

	/* The image files, and the one that is being read. */
	char *names[VERIFY_PARTS];
	enum pimg_type types[VERIFY_PARTS];
	bool broken[VERIFY_PARTS];	/* not read to its end */
	bool broken_type[VERIFY_PARTS]; /* the same for any image of a type, by enum pimg_type */
	uint32_t queues_promised[VERIFY_PARTS];
	bool old_version;
	/* The index of queues in a compressed image, and the index that it should have. */
	bool has_index;
	struct queue_index index, found_index;
	uint8_t part;
	struct record_reader reader;
	uint64_t reported; /* progress in the part */
	bool unsealed_told;
	uint32_t unknown_fields[16];
	size_t unknown_count;

	uint64_t end_count;

	/* The directory, if the path is one. */
	struct folder *folder;
	const char *directory_name;
	struct directory_reader directory;
	bool is_of_criu; /* according to the names in it */
	bool uses_saved; /* what the hook saved of its queues counts */
	struct queue_table saved_table;
	char *passed_in;
};

/* Reports a finding. Returns 0, or -1 with error set if the caller wants no more findings. */
int verify_tell(struct verify *verify, const struct pimg_error *finding, enum pimg_type type,
		struct pimg_error *error);
/* The same for a failure: bad data is a finding; anything else ends the verification with that error. */
int verify_tell_or_fail(struct verify *verify, const struct pimg_error *failure,
			struct pimg_error *error);

/* Finds or adds the queue with this id. Returns its number, or -1. */
int64_t verify_add_queue(struct verify *verify, enum pimg_type type, uint32_t id,
			 struct pimg_error *error);

/* Counts an end of the queue. */
void verify_count_end(struct verify *verify, struct verify_queue *queue,
		      const struct pimg_end *end);

/* Frees what the struct owns, and closes its directory. */
void verify_release(struct verify *verify);

#endif
