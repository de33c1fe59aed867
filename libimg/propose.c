// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdio.h>
#include <string.h>

#include "framing.h"
#include "io/error.h"

/* Proposals are for the pages of nearly all machines: fewer fit by chance. */
#define LONGEST 4096U

/* Tries a rule over all bytes. Returns true if it fits, with counts and lengths in proposal. */
static bool fits(const char *text, const uint8_t *data, uint64_t bytes,
		 struct pimg_proposal *proposal)
{
	struct pimg_frame frame;

	if (pimg_frame_parse(text, &frame, NULL) < 0)
		return false;
	proposal->packets = 0;
	proposal->shortest = UINT32_MAX;
	proposal->longest = 0;
	for (uint64_t at = 0; at < bytes;) {
		uint64_t left = bytes - at;
		size_t there = left < FRAME_PACKET_MAX ? left : FRAME_PACKET_MAX;
		int64_t length = frame_next(&frame, data + at, there, left, LONGEST, NULL);

		if (length <= 0)
			return false;
		proposal->packets++;
		if (length < proposal->shortest)
			proposal->shortest = (uint32_t)length;
		if (length > proposal->longest)
			proposal->longest = (uint32_t)length;
		at += (uint64_t)length;
	}
	snprintf(proposal->text, sizeof(proposal->text), "%s", text);
	return proposal->packets > 1;
}

/* Records of one kind begin alike; without that, every divisor would fit. */
static bool records_begin_alike(const uint8_t *data, uint64_t bytes, uint32_t length)
{
	enum { ALIKE = 2 };

	for (uint64_t at = length; at < bytes; at += length) {
		if (memcmp(data, data + at, ALIKE))
			return false;
	}
	return true;
}

/* Multiples of a length that fits would fit too: the shortest is proposed. */
static bool find_fixed(const uint8_t *data, uint64_t bytes, struct pimg_proposal *proposal)
{
	enum { SHORTEST = 4 };
	char text[32];

	for (uint32_t length = SHORTEST; length <= LONGEST && length <= bytes / 2; length++) {
		if (bytes % length || !records_begin_alike(data, bytes, length))
			continue;
		snprintf(text, sizeof(text), "fixed:%u", length);
		return fits(text, data, bytes, proposal);
	}
	return false;
}

static bool begins_as_autofs5(const uint8_t *data, uint64_t bytes)
{
	static const uint8_t version[4] = {5, 0, 0, 0};

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
	const uint8_t *data;
	uint64_t bytes;

	if (!queue)
		return -1;
	data = pimg_queue_data(queue);
	bytes = pimg_queue_bytes(queue);
	proposal.id = pimg_queue_id(queue);
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		if (fits(texts[i], data, bytes, &proposal))
			propose(context, &proposal);
	}
	if (begins_as_autofs5(data, bytes) && fits("autofs5", data, bytes, &proposal))
		propose(context, &proposal);
	if (find_fixed(data, bytes, &proposal))
		propose(context, &proposal);
	pimg_queue_free(queue);
	return 0;
}
