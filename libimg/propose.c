// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "framing.h"
#include "io/error.h"

/* Proposals are for the pages of nearly all machines: fewer fit by chance. */
#define LONGEST 4096U

/* Whether something holds for a stream run. */
typedef bool (*run_fn)(void *context, const uint8_t *data, uint64_t bytes);

/* For all of them; packets between them are known, and stay as they are. */
static bool for_all_runs(const struct pimg_queue *queue, run_fn holds, void *context)
{
	const uint8_t *data = pimg_queue_data(queue);

	for (size_t i = 0; i < pimg_queue_chunk_count(queue); i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(queue, i);

		if (chunk.kind == PIMG_STREAM && !holds(context, data + chunk.offset, chunk.length))
			return false;
	}
	return true;
}

/* ---- a rule that is tried ---- */

struct trial {
	struct pimg_frame frame;
	struct pimg_proposal *proposal;
};

/* Adds counts and lengths to the proposal. */
static bool fits_run(void *context, const uint8_t *data, uint64_t bytes)
{
	struct trial *trial = context;
	struct pimg_proposal *proposal = trial->proposal;

	for (uint64_t at = 0; at < bytes;) {
		uint64_t left = bytes - at;
		size_t there = left < FRAME_PACKET_MAX ? left : FRAME_PACKET_MAX;
		int64_t length = frame_next(&trial->frame, data + at, there, left, LONGEST, NULL);

		if (length <= 0)
			return false;
		proposal->packets++;
		if (length < proposal->shortest)
			proposal->shortest = (uint32_t)length;
		if (length > proposal->longest)
			proposal->longest = (uint32_t)length;
		at += (uint64_t)length;
	}
	return true;
}

/* Returns true if it fits each run to its end, with counts and lengths in proposal. */
static bool fits(const char *text, const struct pimg_queue *queue, struct pimg_proposal *proposal)
{
	struct trial trial = {.proposal = proposal};

	if (pimg_frame_parse(text, &trial.frame, NULL) < 0)
		return false;
	proposal->packets = 0;
	proposal->shortest = UINT32_MAX;
	proposal->longest = 0;
	if (!for_all_runs(queue, fits_run, &trial))
		return false;
	snprintf(proposal->text, sizeof(proposal->text), "%s", text);
	return proposal->packets > 1;
}

/* ---- packets of one length ---- */

struct alike {
	uint32_t length;
	const uint8_t *first; /* record, or null */
};

/* Records of one kind begin alike; without that, every divisor would fit. */
static bool records_begin_alike(void *context, const uint8_t *data, uint64_t bytes)
{
	enum { ALIKE = 2 };
	struct alike *alike = context;

	if (bytes % alike->length)
		return false;
	if (!alike->first)
		alike->first = data;
	for (uint64_t at = 0; at < bytes; at += alike->length) {
		if (memcmp(alike->first, data + at, ALIKE))
			return false;
	}
	return true;
}

/* Multiples of a length that fits would fit too: the shortest is proposed. */
static bool find_fixed(const struct pimg_queue *queue, struct pimg_proposal *proposal)
{
	enum { SHORTEST = 4 };
	char text[32];

	for (uint32_t length = SHORTEST; length <= LONGEST; length++) {
		struct alike alike = {.length = length};

		if (!for_all_runs(queue, records_begin_alike, &alike))
			continue;
		snprintf(text, sizeof(text), "fixed:%u", length);
		return fits(text, queue, proposal);
	}
	return false;
}

static bool begins_as_autofs5(void *context, const uint8_t *data, uint64_t bytes)
{
	static const uint8_t version[4] = {5, 0, 0, 0};

	(void)context;
	return bytes >= sizeof(version) && !memcmp(data, version, sizeof(version));
}

int pimg_frame_propose(struct pimg_image *image, size_t queue_number,
		       void (*propose)(void *context, const struct pimg_proposal *proposal),
		       void *context, struct pimg_error *error)
{
	/* Lengths may count themselves. "page" fits everything, and so says nothing. */
	static const char *const texts[] = {
		"u8",	   "u8-1",  "u16be",   "u16be-2",   "u16le",	 "u16le-2",	 "u32be",
		"u32be-4", "u32le", "u32le-4", "delim:\\n", "delim:\\0", "delim:\\r\\n",
	};
	struct pimg_queue *queue = pimg_image_load(image, queue_number, error);
	struct pimg_proposal proposal;

	if (!queue)
		return -1;
	proposal.id = pimg_queue_id(queue);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (fits(texts[i], queue, &proposal))
			propose(context, &proposal);
	}
	if (for_all_runs(queue, begins_as_autofs5, NULL) && fits("autofs5", queue, &proposal))
		propose(context, &proposal);
	if (find_fixed(queue, &proposal))
		propose(context, &proposal);
	pimg_queue_free(queue);
	return 0;
}
