// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "queue/framing.h"

/*
 * If the image does not give its page size, that of nearly all machines is used: with it, fewer rules fit by
 * chance.
 */
static struct frame_limits limits_of(const struct pimg_queue *queue)
{
	struct frame_limits limits = frame_limits_of(pimg_queue_origin(queue));

	limits.longest = limits.page;
	return limits;
}

/* A condition on a stream run. */
typedef bool (*run_fn)(void *context, const uint8_t *data, uint64_t bytes);

/* Checks all runs; packets between them are known and stay as they are. */
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

/* ---- trying a rule ---- */

struct trial {
	struct framing_rule frame;
	struct frame_limits limits;
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
		int64_t length =
			frame_next(&trial->frame, data + at, there, left, &trial->limits, NULL);

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

/* Returns true if the rule fits each run to its end, and sets counts and lengths in proposal. */
static bool fits(const char *text, const struct pimg_queue *queue, struct pimg_proposal *proposal)
{
	struct trial trial = {.limits = limits_of(queue), .proposal = proposal};

	if (framing_parse(text, &trial.frame, NULL) < 0)
		return false;
	proposal->packets = 0;
	proposal->shortest = UINT32_MAX;
	proposal->longest = 0;
	if (!for_all_runs(queue, fits_run, &trial))
		return false;
	if (frame_check_slots(text, proposal->packets, pimg_queue_capacity(queue), &trial.limits,
			      NULL) < 0)
		return false;
	snprintf(proposal->text, sizeof(proposal->text), "%s", text);
	return proposal->packets > 1;
}

/* ---- packets of one length ---- */

struct alike {
	uint32_t length;
	const uint8_t *first; /* record, or null */
};

/* Records of one kind have the same beginning; otherwise every divisor would fit. */
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

/* Multiples of a fitting length fit too, so the shortest is proposed. */
static bool find_fixed(const struct pimg_queue *queue, struct pimg_proposal *proposal)
{
	enum { SHORTEST = 4 };
	uint32_t longest = limits_of(queue).longest;
	char text[32];

	for (uint32_t length = SHORTEST; length <= longest; length++) {
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

/* ---- all rules ---- */

/*
 * The least likely to fit by chance come first: a wide length field before a narrow one, which also fits where
 * the wide one does. "page" is missing because it fits everything. A length may include itself.
 */
static const struct {
	const char *text;  /* or null for fixed:N */
	uint32_t overhead; /* bytes of a packet without content */
} candidates[] = {
	{"autofs5", 0},	     {"u32be", 4},   {"u32be-4", 4},   {"u32le", 4}, {"u32le-4", 4},
	{"delim:\\r\\n", 2}, {NULL, 0},	     {"delim:\\n", 1}, {"u16be", 2}, {"u16be-2", 2},
	{"u16le", 2},	     {"u16le-2", 2}, {"delim:\\0", 1}, {"u8", 1},    {"u8-1", 1},
};

#define CANDIDATES (sizeof(candidates) / sizeof(*candidates))

static bool candidate_fits(size_t number, const struct pimg_queue *queue,
			   struct pimg_proposal *proposal)
{
	const char *text = candidates[number].text;

	if (!text)
		return find_fixed(queue, proposal);
	if (!strcmp(text, "autofs5") && !for_all_runs(queue, begins_as_autofs5, NULL))
		return false;
	return fits(text, queue, proposal);
}

int pimg_frame_propose(struct pimg_image *image, size_t queue_number,
		       void (*propose)(void *context, const struct pimg_proposal *proposal),
		       void *context, struct pimg_error *error)
{
	struct pimg_queue *queue = pimg_image_load(image, queue_number, error);
	struct pimg_proposal proposals[CANDIDATES];
	bool fit[CANDIDATES], is_hollow[CANDIDATES];

	if (!queue)
		return -1;
	for (size_t i = 0; i < CANDIDATES; i++) {
		proposals[i].id = pimg_queue_id(queue);
		fit[i] = candidate_fits(i, queue, &proposals[i]);
		/* To many rules, zeros are packets without content. */
		is_hollow[i] = fit[i] && proposals[i].shortest == candidates[i].overhead;
	}
	for (int hollow = 0; hollow < 2; hollow++) {
		for (size_t i = 0; i < CANDIDATES; i++) {
			if (fit[i] && is_hollow[i] == hollow)
				propose(context, &proposals[i]);
		}
	}
	pimg_queue_free(queue);
	return 0;
}
