/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What verifying has found out so far: a summary of each queue, and whom to report findings to. Everything is read
 * once, in order; no record is kept.
 */
#ifndef LIBIMG_VERIFY_FINDINGS_H
#define LIBIMG_VERIFY_FINDINGS_H

#include "format/directory-names.h"
#include "format/directory.h"
#include "format/queue-index.h"
#include "format/queue-table.h"
#include "format/record.h"

/* Where a record is, for findings that are made later. */
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
	uint32_t page_size; /* of the machine captured, 0 where not told */
	uint32_t longest_packet, longest_plain;
	struct verify_position at_packet, at_plain;

	/* What kinds of records there were. */
	bool has_kinds; /* that tell their chunks' kinds */
	bool listed;	/* with a list of chunks */
	bool kinds;	/* with a kind */
	bool plain;	/* with payload and neither */
	bool empty;	/* without payload */
	bool contradicts;
	bool cut; /* its last payload is not all there */
	bool last_is_stream;
	bool capacity_told;

	/* What ends there are, by the origin or by the directory. */
	bool has_end, reads, writes, packet_mode;
	bool surely_reads;
	char *path;	    /* of a FIFO, by which one of its files was opened */
	bool shares_number; /* another was opened by another path */
};

#define VERIFY_PARTS 3

struct verify {
	unsigned flags;
	bool is_saved; /* by the hook of CRIU, which never reads it */
	pimg_finding_fn found;
	void *context; /* of found */
	const struct pimg_progress *progress;
	struct pimg_verify_summary *summary;

	struct queue_table table;
	struct verify_queue *queues;
	size_t queue_room;

	/* The image files, and that which is being read. */
	char *names[VERIFY_PARTS];
	enum pimg_type types[VERIFY_PARTS];
	bool broken[VERIFY_PARTS];	/* not read to its end */
	bool broken_type[VERIFY_PARTS]; /* some image of that type was not, by enum pimg_type */
	uint32_t queues_promised[VERIFY_PARTS];
	bool old_version;
	/* The index of queues that a compressed image has, and what it should be. */
	bool has_index;
	struct queue_index index, found_index;
	uint8_t part;
	struct record_reader reader;
	uint64_t reported; /* of the part, as progress */
	bool unsealed_told;
	uint32_t unknown_fields[16];
	size_t unknown_count;

	uint64_t end_count;

	/* The directory, if it is one. */
	struct folder *folder;
	const char *directory_name;
	struct directory_reader directory;
	bool is_of_criu; /* by the names in it */
	bool uses_saved; /* of its queues, what the hook kept counts */
	struct queue_table saved_table;
	char *passed_in;
};

/* Reports a finding. Returns 0, or -1 where the caller wants no more: error has the reason. */
int verify_tell(struct verify *verify, const struct pimg_error *finding, enum pimg_type type,
		struct pimg_error *error);
/* The same for a failure: bad data is a finding; anything else stops the work with that error. */
int verify_tell_or_fail(struct verify *verify, const struct pimg_error *failure,
			struct pimg_error *error);

/* The queue of that number, a new one if need be. Returns its number, or -1. */
int64_t verify_add_queue(struct verify *verify, enum pimg_type type, uint32_t id,
			 struct pimg_error *error);

/* Counts an end of the queue. */
void verify_count_end(struct verify *verify, struct verify_queue *queue,
		      const struct pimg_end *end);

/* Frees what it owns, and closes its directory. */
void verify_release(struct verify *verify);

#endif
