// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/queues.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "image/image.h"
#include "live/limits.h"
#include "pipeimg-private.h"

/* The smallest and the largest page of any machine that Linux runs on. */
#define SMALLEST_PAGE 4096U
#define LARGEST_PAGE  (256U * 1024)

/* The queue that is being checked. */
struct judging {
	struct verify *verify;
	const struct queue_key *key;
	const struct verify_queue *queue;
	const struct pipe_limits *limits;
	struct pimg_error *error; /* that ends the verification */
};

static int PRINTF_LIKE(4, 5) tell(const struct judging *judging, enum check check,
				  const struct verify_position *position, const char *format, ...)
{
	struct verify *verify = judging->verify;
	struct pimg_error finding;
	va_list arguments;

	va_start(arguments, format);
	error_check_list(&finding, check, format, arguments);
	va_end(arguments);
	error_of_queue(&finding, judging->key->type, judging->key->id);
	if (position && position->record) {
		error_at(&finding, position->record, position->offset);
		error_in_file(&finding, verify->names[position->part]);
	} else {
		error_in_file(&finding, verify->directory_name);
	}
	return verify_tell(verify, &finding, judging->key->type, judging->error);
}

/* ---- its records ---- */

static int check_layout(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;

	if (queue->contradicts || (queue->listed && (queue->kinds || queue->plain)) ||
	    (queue->kinds && queue->plain))
		return tell(judging, CHECK_MIXED_LAYOUTS, &queue->first,
			    "its chunks are described in different ways by %" PRIu64 " record%s",
			    queue->records, PLURAL_S(queue->records));
	if (queue->records > 1 && queue->listed)
		return tell(judging, CHECK_DUPLICATE, &queue->first,
			    "%" PRIu64 " records, one of which contains the complete queue",
			    queue->records);
	if (queue->records > 1 && queue->empty)
		return tell(judging, CHECK_DUPLICATE, &queue->first,
			    "one of %" PRIu64 " records says that the queue is empty",
			    queue->records);
	return 0;
}

/* If a file was not read to its end, missing data was already reported. */
static int check_promise(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;

	if (!queue->records_promised || queue->records_promised == queue->records ||
	    judging->verify->broken[queue->first.part])
		return 0;
	return tell(judging, CHECK_RECORDS_MISSING, &queue->first,
		    "%" PRIu64 " record%s, but the first one says %" PRIu32, queue->records,
		    PLURAL_S(queue->records), queue->records_promised);
}

/* ---- its content in a pipe ---- */

/* Several records without kinds are packets: old versions of the packets layout had no kinds. */
static bool is_plain_packets(const struct verify_queue *queue)
{
	return queue->plain && !queue->has_kinds && queue->full_records > 1;
}

/* The page size of the captured machine, or 0 if it is unknown or not a page size of any machine. */
static uint32_t page_of(const struct verify_queue *queue)
{
	uint32_t page = queue->page_size;

	return page >= SMALLEST_PAGE && page <= LARGEST_PAGE && !(page & (page - 1)) ? page : 0;
}

static int check_packets(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;
	bool plain = is_plain_packets(queue);
	uint32_t longest = plain ? queue->longest_plain : queue->longest_packet;
	const struct verify_position *position = plain ? &queue->at_plain : &queue->at_packet;
	uint32_t page = page_of(queue) ? page_of(queue) : LARGEST_PAGE;

	if (longest > page)
		return tell(judging, CHECK_PACKET_TOO_LONG, position,
			    "a packet of %" PRIu32 " bytes, but a page has %s%" PRIu32, longest,
			    page_of(queue) ? "" : "at most ", page);
	if (judging->limits && longest > judging->limits->page_size)
		return tell(judging, CHECK_PAGE_SIZE, position,
			    "a packet of %" PRIu32
			    " bytes, but a page of this machine has %" PRIu32,
			    longest, judging->limits->page_size);
	return 0;
}

static int check_slots(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;
	uint32_t page = page_of(queue) ? page_of(queue) : SMALLEST_PAGE;
	uint64_t chunks = queue->packets + queue->runs;

	if (is_plain_packets(queue))
		chunks = queue->full_records;
	else if (queue->plain)
		chunks = 1;
	if (!queue->capacity || chunks <= queue->capacity / page)
		return 0;
	return tell(judging, CHECK_TOO_MANY_CHUNKS, &queue->first,
		    "%" PRIu64 " chunk%s in a pipe of %" PRIu32 " bytes, which has %" PRIu32
		    " slot%s",
		    chunks, PLURAL_S(chunks), queue->capacity, queue->capacity / page,
		    PLURAL_S(queue->capacity / page));
}

static int check_capacity(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;
	uint32_t capacity = queue->capacity;

	if (capacity && (capacity & (capacity - 1) || capacity < SMALLEST_PAGE) &&
	    tell(judging, CHECK_CAPACITY_ODD, &queue->first,
		 "a capacity of %" PRIu32 " bytes, which is not a power-of-two number of pages",
		 capacity) < 0)
		return -1;
	if (capacity && queue->bytes > capacity &&
	    tell(judging, CHECK_BEYOND_CAPACITY, &queue->first,
		 "%" PRIu64 " bytes in a pipe with a capacity of %" PRIu32, queue->bytes,
		 capacity) < 0)
		return -1;
	return 0;
}

static int check_size(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;

	if (queue->bytes > QUEUE_BYTES_MAX)
		return tell(judging, CHECK_TOO_LARGE, &queue->first,
			    "%" PRIu64 " bytes, more than any pipe can hold", queue->bytes);
	if (queue->bytes > QUEUE_LOADED_MAX)
		return tell(judging, CHECK_NOT_LOADED, &queue->first,
			    "%" PRIu64 " bytes; at most %u are read into memory", queue->bytes,
			    QUEUE_LOADED_MAX);
	return 0;
}

/* ---- its ends ---- */

static bool is_passed_in(const struct judging *judging)
{
	char link[32];

	snprintf(link, sizeof(link), "pipe:[%" PRIu32 "]", judging->key->id);
	return judging->verify->passed_in && judging->key->type == PIMG_PIPE &&
	       strstr(judging->verify->passed_in, link);
}

/* The hook saved it exactly, whatever CRIU's own images contain. */
static bool is_saved_by_hook(const struct judging *judging)
{
	return queue_table_find(&judging->verify->saved_table, judging->key->type,
				judging->key->id) >= 0;
}

/* CRIU saves unread data only through a read end. */
static int check_missing_record(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;
	bool old = judging->verify->directory.format_10 || judging->verify->old_version;

	/* The record may follow the damage. */
	if (judging->verify->broken_type[judging->key->type])
		return 0;
	if (is_saved_by_hook(judging) || (!queue->reads && is_passed_in(judging)))
		return 0;
	if (!queue->reads && judging->verify->directory.lacks_files)
		return 0;
	if (!queue->reads)
		return tell(judging, CHECK_NO_READ_END, NULL,
			    "only write ends are in the dump; the unread data is not");
	/* That this is unknown is a separate finding. */
	if (!queue->surely_reads)
		return 0;
	return tell(judging, old ? CHECK_NO_QUEUE_OLD : CHECK_NO_QUEUE, NULL,
		    "a read end is in the dump, but no record of the queue");
}

static int check_ends(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;
	const struct directory_reader *directory = &judging->verify->directory;

	if (!queue->records)
		return check_missing_record(judging);
	/* A missing end may be in an image that cannot be read. */
	if (directory->lacks_files)
		return 0;
	if (!queue->has_end && directory->has_inventory && directory->has_files)
		return tell(judging, CHECK_NO_END, &queue->first,
			    "no open file in the dump is an end of it");
	if (queue->has_end && !queue->writes && directory->has_inventory && !is_passed_in(judging))
		return tell(judging, CHECK_NO_WRITE_END, &queue->first,
			    "only read ends are in the dump");
	if (queue->has_end && !queue->reads && directory->has_inventory &&
	    !is_saved_by_hook(judging))
		return tell(judging, CHECK_NO_READ_END, &queue->first,
			    "only write ends are in the dump, and CRIU saves data only through "
			    "read ends");
	return 0;
}

static int check_boundaries(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;

	if (!queue->plain || queue->has_kinds || queue->full_records != 1 ||
	    is_saved_by_hook(judging))
		return 0;
	if (queue->reads && !queue->writes && queue->bytes > 1 && !is_passed_in(judging) &&
	    judging->verify->directory.has_inventory && !judging->verify->directory.lacks_files)
		return tell(judging, CHECK_BOUNDARIES_UNKNOWN, &queue->first,
			    "no writer is in the dump, so it is not known whether these %" PRIu64
			    " bytes were packets",
			    queue->bytes);
	if (!queue->packet_mode)
		return 0;
	return tell(judging, CHECK_BOUNDARIES_LOST, &queue->first,
		    "a write end was in packet mode, but the %" PRIu64
		    " byte%s %s one plain record",
		    queue->bytes, PLURAL_S(queue->bytes), PLURAL_VERB(queue->bytes));
}

/* ---- what a restore would do ---- */

static int check_stock_criu(const struct judging *judging)
{
	const struct verify_queue *queue = judging->queue;
	bool criu = judging->verify->directory.has_inventory;

	/* A note about the whole dump covers what the hook saved. */
	if (judging->verify->is_saved || is_saved_by_hook(judging))
		return 0;
	if (queue->full_records > 1 && criu)
		return tell(judging, CHECK_STOCK_LOSES, &queue->first,
			    "%" PRIu64 " records, of which stock CRIU would restore only the last",
			    queue->full_records);
	if (queue->full_records > 1)
		return tell(judging, CHECK_STOCK_WOULD_LOSE, &queue->first,
			    "%" PRIu64 " records, of which stock CRIU would restore only the last",
			    queue->full_records);
	if (queue->packets + queue->runs > 1 || (queue->packets && criu))
		return tell(judging, CHECK_STOCK_MERGES, &queue->first,
			    "stock CRIU would restore its %" PRIu64 " packet%s as stream bytes",
			    queue->packets, PLURAL_S(queue->packets));
	return 0;
}

static int check_limits(const struct judging *judging)
{
	const struct pipe_limits *limits = judging->limits;
	uint32_t capacity = judging->queue->capacity;

	if (!limits || limits->exceed_max_size || capacity <= limits->max_size)
		return 0;
	return tell(judging, CHECK_PIPE_MAX_SIZE, &judging->queue->first,
		    "a capacity of %" PRIu32 " bytes; fs.pipe-max-size is %" PRIu64, capacity,
		    limits->max_size);
}

/* ---- all queues ---- */

typedef int (*check_fn)(const struct judging *judging);

static int judge(const struct judging *judging)
{
	static const check_fn checks[] = {
		check_layout,	check_promise,	  check_packets,    check_slots,
		check_capacity, check_boundaries, check_stock_criu, check_limits,
	};

	if (check_size(judging) < 0)
		return -1;
	if (judging->key->type == PIMG_SOCKET)
		return 0;
	if (check_ends(judging) < 0)
		return -1;
	if (!judging->queue->records || judging->queue->cut)
		return 0;
	for (size_t i = 0; i < sizeof(checks) / sizeof(*checks); i++) {
		if (checks[i](judging) < 0)
			return -1;
	}
	return 0;
}

static int check_queue_counts(struct verify *verify, const uint64_t *queues,
			      struct pimg_error *error)
{
	struct pimg_error finding;

	for (size_t i = 0; i < VERIFY_PARTS; i++) {
		if (!verify->queues_promised[i] || verify->broken[i] ||
		    verify->queues_promised[i] == queues[i])
			continue;
		error_check(&finding, CHECK_QUEUES_MISSING,
			    "%" PRIu64 " queue%s, but the first record says %" PRIu32, queues[i],
			    PLURAL_S(queues[i]), verify->queues_promised[i]);
		error_in_file(&finding, verify->names[i]);
		if (verify_tell(verify, &finding, verify->types[i], error) < 0)
			return -1;
	}
	return 0;
}

static int check_end_count(struct verify *verify, struct pimg_error *error)
{
	struct pimg_error finding;

	if (verify->end_count <= ENDS_MAX)
		return 0;
	error_check(&finding, CHECK_TOO_MANY,
		    "%" PRIu64 " ends of pipes; no machine has more than %u", verify->end_count,
		    ENDS_MAX);
	error_in_file(&finding, verify->directory_name ? verify->directory_name : verify->names[0]);
	return verify_tell(verify, &finding, PIMG_PIPE, error);
}

static int check_user_pages(struct verify *verify, const struct pipe_limits *limits,
			    uint64_t capacity, struct pimg_error *error)
{
	struct pimg_error finding;

	if (!limits || !capacity || capacity / limits->page_size <= limits->user_pages)
		return 0;
	error_check(&finding, CHECK_USER_PAGES,
		    "the pipes need %" PRIu64 " pages in total; this user may have %" PRIu64,
		    capacity / limits->page_size, limits->user_pages);
	error_in_file(&finding, verify->directory_name ? verify->directory_name : verify->names[0]);
	return verify_tell(verify, &finding, PIMG_PIPE, error);
}

int verify_queues(struct verify *verify, struct pimg_error *error)
{
	bool anywhere = verify->flags & PIMG_VERIFY_ANYWHERE;
	struct pipe_limits limits = {0};
	struct judging judging = {verify, NULL, NULL, anywhere ? NULL : &limits, error};
	uint64_t queues[VERIFY_PARTS] = {0}, capacity = 0;

	/* Reading the limits takes as long as a small image. */
	if (!anywhere && verify->table.count)
		limits = pipe_limits_read();
	for (size_t i = 0; i < verify->table.count; i++) {
		judging.key = &verify->table.keys[i];
		judging.queue = &verify->queues[i];
		if (judge(&judging) < 0)
			return -1;
		if (!judging.queue->records)
			continue;
		verify->summary->queues++;
		queues[judging.queue->first.part]++;
		capacity += judging.queue->capacity;
	}
	if (check_queue_counts(verify, queues, error) < 0 || check_end_count(verify, error) < 0)
		return -1;
	return check_user_pages(verify, judging.limits, capacity, error);
}
