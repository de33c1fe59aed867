// SPDX-License-Identifier: LGPL-2.1-or-later
#include "verify/records.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "format/checksum.h"
#include "format/decode.h"
#include "pipeimg-private.h"

/* The record that is being checked. */
struct looking {
	struct verify *verify;
	struct record record;
	struct entry_decoder decoder;
	enum pimg_type type;
	size_t queue; /* its number */
};

/* Reports a finding with the position of the record. */
static int tell(struct looking *looking, struct pimg_error *finding, struct pimg_error *error)
{
	if (looking->decoder.entry.has_id)
		error_of_queue(finding, looking->type, looking->decoder.entry.id);
	record_error(&looking->verify->reader, &looking->record, finding);
	return verify_tell(looking->verify, finding, looking->type, error);
}

/* Reports bad data and ends the part, because nothing after it can be found; anything else is a failure. */
static int give_up_part(struct looking *looking, struct pimg_error *failure,
			struct pimg_error *error)
{
	struct verify *verify = looking->verify;

	if (failure->status != PIMG_BAD_DATA)
		return error_copy(error, failure);
	verify->broken[verify->part] = true;
	return tell(looking, failure, error) < 0 ? -1 : 0;
}

/* ---- messages ---- */

static bool is_new_unknown_field(struct verify *verify, uint32_t number)
{
	enum { MOST = sizeof(verify->unknown_fields) / sizeof(*verify->unknown_fields) };

	for (size_t i = 0; i < verify->unknown_count; i++) {
		if (verify->unknown_fields[i] == number)
			return false;
	}
	if (verify->unknown_count == MOST)
		return false;
	verify->unknown_fields[verify->unknown_count++] = number;
	return true;
}

static bool lacks_checksum(const struct looking *looking)
{
	const struct entry *entry = &looking->decoder.entry;

	return looking->type != PIMG_SOCKET && entry_is_extended(entry) &&
	       !(entry->has_checksum && entry->has_message_checksum);
}

/* Reports what readers ignore but users should know. */
static int tell_oddities(struct looking *looking, struct pimg_error *error)
{
	const struct entry *entry = &looking->decoder.entry;
	struct verify *verify = looking->verify;
	struct pimg_error finding;

	if (entry->unknown_field && is_new_unknown_field(verify, entry->unknown_field)) {
		error_check(&finding, CHECK_UNKNOWN_FIELD,
			    "unknown field %" PRIu32 " (reported once per file)",
			    entry->unknown_field);
		if (tell(looking, &finding, error) < 0)
			return -1;
	}
	if (entry->repeated_field) {
		error_check(&finding, CHECK_REPEATED_FIELD,
			    "field %" PRIu32 " occurs more than once; the last one counts",
			    entry->repeated_field);
		if (tell(looking, &finding, error) < 0)
			return -1;
	}
	if (entry->oversized_field) {
		error_check(&finding, CHECK_VALUE_TOO_LARGE,
			    "field %" PRIu32 " has more than 32 bits; the lower 32 count",
			    entry->oversized_field);
		if (tell(looking, &finding, error) < 0)
			return -1;
	}
	if (lacks_checksum(looking) && !verify->unsealed_told) {
		verify->unsealed_told = true;
		error_check(&finding, CHECK_NO_CHECKSUM,
			    "fields of pipeimg, but no checksum of the %s (reported once per file)",
			    entry->has_message_checksum ? "payload" : "message");
		return tell(looking, &finding, error);
	}
	return 0;
}

/* ---- what a record says about its queue ---- */

static struct verify_position position_of(const struct looking *looking)
{
	return (struct verify_position){looking->verify->part, looking->record.number,
					looking->record.offset};
}

static inline void count_chunk(struct verify_queue *queue, enum pimg_kind kind, uint64_t length,
			       const struct looking *looking)
{
	queue->runs += kind == PIMG_STREAM && !queue->last_is_stream;
	queue->packets += kind == PIMG_PACKET;
	queue->last_is_stream = kind == PIMG_STREAM;
	if (kind == PIMG_PACKET && length > queue->longest_packet) {
		queue->longest_packet = (uint32_t)length;
		queue->at_packet = position_of(looking);
	}
}

/* A list that is known to be wrong is not counted. */
static int count_chunks(struct looking *looking, struct verify_queue *queue,
			struct pimg_error *error)
{
	struct entry_chunks chunks = entry_chunks_start(&looking->decoder.entry);
	struct pimg_error finding;
	enum pimg_kind kind;
	uint64_t length;

	if (entry_check_chunks(&looking->decoder.entry, &finding) < 0)
		return tell(looking, &finding, error);
	while (entry_chunks_next(&chunks, &kind, &length) > 0)
		count_chunk(queue, kind, length, looking);
	return 0;
}

static int count_payload(struct looking *looking, struct verify_queue *queue,
			 struct pimg_error *error)
{
	const struct entry *entry = &looking->decoder.entry;

	if (entry->has_chunks)
		return count_chunks(looking, queue, error);
	if (!entry->bytes) {
		queue->empty = true;
		return 0;
	}
	queue->full_records++;
	queue->kinds |= entry->has_kind;
	queue->plain |= !entry->has_kind;
	if (entry->has_kind) {
		count_chunk(queue, entry->kind, entry->bytes, looking);
	} else if (entry->bytes > queue->longest_plain) {
		queue->longest_plain = entry->bytes;
		queue->at_plain = position_of(looking);
	}
	return 0;
}

static int count_origin_end(void *context, const struct pimg_end *end)
{
	struct looking *looking = context;

	verify_count_end(looking->verify, &looking->verify->queues[looking->queue], end);
	return 0;
}

static int take_origin(struct looking *looking, struct verify_queue *queue,
		       struct pimg_error *error)
{
	const struct entry *entry = &looking->decoder.entry;
	struct pimg_error finding;
	struct pimg_origin origin;

	if (origin_decode(entry->origin, entry->origin_length, &origin, count_origin_end, looking,
			  &finding) < 0)
		return tell(looking, &finding, error);
	if (origin.known & PIMG_ORIGIN_PAGE)
		queue->page_size = origin.page_size;
	return 0;
}

static int take_capacity(struct looking *looking, struct verify_queue *queue,
			 struct pimg_error *error)
{
	uint32_t size = looking->decoder.entry.size;
	struct pimg_error finding;

	if (!size)
		return 0;
	if (queue->capacity && queue->capacity != size && !queue->capacity_told) {
		queue->capacity_told = true;
		error_check(&finding, CHECK_CAPACITY_DIFFERS,
			    "a capacity of %" PRIu32 " bytes, but an earlier record has %" PRIu32,
			    size, queue->capacity);
		if (tell(looking, &finding, error) < 0)
			return -1;
	}
	queue->capacity = size;
	return 0;
}

/* A record like the one before it: one chunk of the same queue. */
static inline void count_alike(const struct looking *looking, struct verify_queue *queue)
{
	queue->records++;
	queue->full_records++;
	count_chunk(queue, looking->decoder.entry.kind, looking->decoder.entry.bytes, looking);
}

static int count_record(struct looking *looking, struct verify_queue *queue,
			struct pimg_error *error)
{
	const struct entry *entry = &looking->decoder.entry;

	if (!queue->records++)
		queue->first = position_of(looking);
	if (looking->type == PIMG_SOCKET)
		return 0;
	queue->has_kinds |= entry_has_kinds(entry);
	queue->listed |= entry->has_chunks;
	queue->contradicts |= entry->has_chunks && entry->has_kind;
	if (queue->records == 1)
		queue->records_promised = entry->records;
	if (looking->record.number == 1)
		looking->verify->queues_promised[looking->verify->part] = entry->queues;
	if (take_capacity(looking, queue, error) < 0 ||
	    (entry->origin && take_origin(looking, queue, error) < 0))
		return -1;
	return count_payload(looking, queue, error);
}

/* ---- payloads ---- */

static int report_progress(struct verify *verify, struct pimg_error *error)
{
	return source_report(verify->reader.source, verify->progress, &verify->reported, error);
}

/*
 * Passes the payload, and compares its checksum. A compressed payload without a checksum is read too, because
 * frames have checksums. Returns 1, 0 at the end of the file, or -1.
 */
static int pass_payload(struct looking *looking, struct pimg_error *error)
{
	struct verify *verify = looking->verify;
	struct source *source = verify->reader.source;
	const struct entry *entry = &looking->decoder.entry;
	bool hashed = entry->has_checksum && looking->type != PIMG_SOCKET;
	struct pimg_error finding;
	uint64_t hash = 0;
	int64_t passed;

	passed = hashed || source_passes_unread(source)
			 ? checksum_of_next(source, entry->bytes, &hash, verify->progress, &finding)
			 : source_skip(source, entry->bytes, &finding);
	if (passed < 0)
		return give_up_part(looking, &finding, error);
	if (passed < entry->bytes) {
		error_check(&finding, CHECK_PAYLOAD_CUT,
			    "the file ends after %" PRId64 " of %" PRIu32 " byte%s of a payload",
			    passed, entry->bytes, PLURAL_S(entry->bytes));
		return give_up_part(looking, &finding, error);
	}
	verify->summary->bytes += entry->bytes;
	verify->summary->checksums += hashed;
	if (!hashed || hash == entry->checksum)
		return 1;
	checksum_differs(hash, entry->checksum, &finding);
	return tell(looking, &finding, error) < 0 ? -1 : 1;
}

/* ---- records ---- */

/*
 * After a payload of unknown length, no record can be found. If only zeros are left, this is the finding,
 * not the error that a reader gets from them.
 */
static int give_up_record(struct looking *looking, struct pimg_error *failure,
			  struct pimg_error *error)
{
	bool empty_message =
		error_check_of(failure) == CHECK_REQUIRED_FIELD && !looking->record.message_length;
	/* A big-endian length begins with zeros, so a few zeros prove nothing. */
	bool cut_length = error_check_of(failure) == CHECK_LENGTH_CUT &&
			  looking->verify->reader.head.byte_order == PIMG_LITTLE_ENDIAN;
	struct pimg_error instead;
	uint64_t count;
	int zeros;

	if (!empty_message && !cut_length)
		return give_up_part(looking, failure, error);
	zeros = source_only_zeros_left(looking->verify->reader.source, &count,
				       looking->verify->progress, &instead);
	if (!zeros)
		return give_up_part(looking, failure, error);
	if (zeros > 0)
		error_check(&instead, CHECK_ZEROS_AT_END,
			    "the rest of the file, %" PRIu64 " byte%s, is zeros",
			    count + (empty_message ? 4 : 0),
			    PLURAL_S(count + (empty_message ? 4 : 0)));
	return give_up_part(looking, &instead, error);
}

/* Checks and counts what the message says. Returns 1, 0 if no more can be found, or -1. */
static int look_at_message(struct looking *looking, struct pimg_error *error)
{
	struct verify *verify = looking->verify;
	const struct entry *entry = &looking->decoder.entry;
	struct pimg_error finding;
	int64_t queue;
	int result = entry_decode_next(&looking->decoder, looking->type, looking->record.message,
				       looking->record.message_length, &finding);

	if (looking->decoder.alike) {
		count_alike(looking, &verify->queues[looking->queue]);
		return 1;
	}
	if (result < 0 && (!entry->has_bytes || !entry->has_id))
		return give_up_record(looking, &finding, error);
	if ((result < 0 && tell(looking, &finding, error) < 0) || tell_oddities(looking, error) < 0)
		return -1;
	queue = verify_add_queue(verify, looking->type, entry->id, &finding);
	if (queue < 0)
		return give_up_part(looking, &finding, error);
	looking->queue = (size_t)queue;
	return count_record(looking, &verify->queues[queue], error) < 0 ? -1 : 1;
}

/* Returns 1, 0 if no more records can be found, or -1. */
static int verify_record(struct looking *looking, struct pimg_error *error)
{
	struct verify *verify = looking->verify;
	struct pimg_error finding;
	int result = record_next(&verify->reader, &looking->record, &finding);

	if (!result)
		return 0;
	if (result < 0) {
		looking->decoder.entry.has_id = false;
		return give_up_record(looking, &finding, error);
	}
	verify->summary->records++;
	result = look_at_message(looking, error);
	if (result <= 0)
		return result;
	result = pass_payload(looking, error);
	if (result <= 0) {
		verify->queues[looking->queue].cut = true;
		return result;
	}
	verify->queues[looking->queue].bytes += looking->decoder.entry.bytes;
	if (verify->has_index &&
	    queue_index_add(&verify->found_index, looking->decoder.entry.id, looking->record.offset,
			    source_offset(verify->reader.source), error) < 0)
		return -1;
	return report_progress(verify, error) < 0 ? -1 : 1;
}

int verify_records(struct verify *verify, struct pimg_error *error)
{
	struct looking looking = {.verify = verify, .type = verify->types[verify->part]};
	int result;

	verify->reported = 0;
	verify->unsealed_told = false;
	verify->unknown_count = 0;
	do {
		result = verify_record(&looking, error);
	} while (result > 0);
	return result;
}
