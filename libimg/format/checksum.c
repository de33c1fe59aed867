// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/checksum.h"

#include <inttypes.h>

#include "base/error.h"
#include "base/hash.h"

/* Payloads up to this length are hashed in the source's window. */
#define HASHED_AT_ONCE (64U * 1024)

int checksum_start(struct checksum *checksum, const struct entry *entry, struct pimg_error *error)
{
	/* The message of a datagram has no checksum, whatever its fields say. */
	checksum->comparing = entry->has_checksum && entry->type != PIMG_SOCKET;
	checksum->wanted = entry->checksum;
	checksum->length = entry->bytes;
	checksum->found = hash_bytes("", 0);
	checksum->in_pieces = false;
	if (!checksum->comparing || checksum->state)
		return 0;
	checksum->state = XXH3_createState();
	return checksum->state ? 0 : error_memory(error);
}

void checksum_add(struct checksum *checksum, const void *data, size_t length)
{
	if (!checksum->comparing)
		return;
	/*
	 * Most payloads are small and arrive in one piece: a hash state would cost more than their bytes.
	 */
	if (length == checksum->length) {
		checksum->found = hash_bytes(data, length);
		return;
	}
	if (!checksum->in_pieces)
		XXH3_64bits_reset(checksum->state);
	checksum->in_pieces = true;
	hash_update(checksum->state, data, length);
}

void checksum_give_up(struct checksum *checksum)
{
	checksum->comparing = false;
}

int checksum_end(struct checksum *checksum, struct pimg_error *error)
{
	if (!checksum->comparing)
		return 0;
	checksum->comparing = false;
	if (checksum->in_pieces)
		checksum->found = XXH3_64bits_digest(checksum->state);
	return checksum->found == checksum->wanted
		       ? 0
		       : checksum_differs(checksum->found, checksum->wanted, error);
}

void checksum_release(struct checksum *checksum)
{
	XXH3_freeState(checksum->state);
	*checksum = (struct checksum){0};
}

int checksum_differs(uint64_t found, uint64_t wanted, struct pimg_error *error)
{
	return error_check(error, CHECK_PAYLOAD_CHECKSUM,
			   "bytes of the payload changed since it was written: its XXH3-64 is "
			   "%016" PRIx64 ", not %016" PRIx64,
			   found, wanted);
}

/* For payloads above that length. Returns how many bytes there were, or -1. */
static int64_t hash_in_pieces(struct source *source, uint64_t length, XXH3_state_t *state,
			      const struct pimg_progress *progress, struct pimg_error *error)
{
	uint64_t done = 0, reported = 0;

	while (done < length) {
		const uint8_t *data;
		ssize_t there = source_peek(source, 1, &data, error);

		if (there <= 0)
			return there < 0 ? -1 : (int64_t)done;
		if ((uint64_t)there > length - done)
			there = (ssize_t)(length - done);
		hash_update(state, data, (size_t)there);
		source_consume(source, (size_t)there);
		done += (uint64_t)there;
		if (source_report(source, progress, &reported, error) < 0)
			return -1;
	}
	return (int64_t)done;
}

int64_t checksum_of_next(struct source *source, uint64_t length, uint64_t *hash,
			 const struct pimg_progress *progress, struct pimg_error *error)
{
	XXH3_state_t *state;
	const uint8_t *data;
	int64_t done;
	ssize_t there;

	if (length <= HASHED_AT_ONCE) {
		there = source_peek(source, length, &data, error);
		if (there < (ssize_t)length)
			return there;
		*hash = hash_bytes(data, length);
		source_consume(source, length);
		return (int64_t)length;
	}
	state = XXH3_createState();
	if (!state)
		return error_memory(error);
	XXH3_64bits_reset(state);
	done = hash_in_pieces(source, length, state, progress, error);
	*hash = XXH3_64bits_digest(state);
	XXH3_freeState(state);
	return done;
}
