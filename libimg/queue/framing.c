// SPDX-License-Identifier: LGPL-2.1-or-later
#include "queue/framing.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/progress.h"
#include "pipeimg-private.h"
#include "queue/queue.h"

#define PAGE_BYTES    4096U /* of most machines, and the smallest of any */
#define AUTOFS5_BYTES 304   /* struct autofs_v5_packet on 64-bit machines */

struct rule {
	struct pimg_frame_rule about;
	/* Parses what follows the name. Returns 0, or -1 if the text is invalid. */
	int (*parse)(struct framing_rule *frame, const char *text);
	/* Null: each packet is a page; the last may be shorter. */
	int64_t (*next)(const struct framing_rule *frame, const uint8_t *data, size_t there,
			uint64_t left, struct pimg_error *error);
};

/* ---- fixed lengths ---- */

static int parse_nothing(struct framing_rule *frame, const char *text)
{
	(void)frame;
	return *text ? -1 : 0;
}

static int parse_fixed(struct framing_rule *frame, const char *text)
{
	char *end;
	unsigned long value;

	if (*text++ != ':' || !isdigit((unsigned char)*text))
		return -1;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || !value || value > FRAME_PACKET_MAX)
		return -1;
	frame->length = (uint32_t)value;
	return 0;
}

static int64_t whole(uint64_t length, uint64_t left, struct pimg_error *error)
{
	if (length <= left)
		return (int64_t)length;
	return error_data(error, "a packet of %" PRIu64 " byte%s, but only %" PRIu64 " %s left",
			  length, PLURAL_S(length), left, PLURAL_VERB(left));
}

static int64_t next_fixed(const struct framing_rule *frame, const uint8_t *data, size_t there,
			  uint64_t left, struct pimg_error *error)
{
	(void)data;
	(void)there;
	return whole(frame->length, left, error);
}

static int64_t next_autofs5(const struct framing_rule *frame, const uint8_t *data, size_t there,
			    uint64_t left, struct pimg_error *error)
{
	(void)frame;
	(void)data;
	(void)there;
	return whole(AUTOFS5_BYTES, left, error);
}

/* ---- length prefixes ---- */

/* "" or "+N" or "-N" */
static int parse_added(struct framing_rule *frame, const char *text)
{
	char *end;
	long value;

	if (!*text)
		return 0;
	if ((*text != '+' && *text != '-') || !isdigit((unsigned char)text[1]))
		return -1;
	errno = 0;
	value = strtol(text, &end, 10);
	if (errno || *end || value < -(long)FRAME_PACKET_MAX || value > (long)FRAME_PACKET_MAX)
		return -1;
	frame->added = (int32_t)value;
	return 0;
}

static int64_t next_prefixed(const struct framing_rule *frame, unsigned size, bool big,
			     const uint8_t *data, size_t there, uint64_t left,
			     struct pimg_error *error)
{
	uint64_t value = 0;
	int64_t length;

	if (there < size)
		return error_data(error, "%zu byte%s %s left, but a length needs %u", there,
				  PLURAL_S(there), PLURAL_VERB(there), size);
	for (unsigned i = 0; i < size; i++)
		value |= (uint64_t)data[i] << (8 * (big ? size - 1 - i : i));
	length = (int64_t)value + size + frame->added;
	if (length < (int64_t)size)
		return error_data(error,
				  "a length of %" PRIu64 " with %" PRId32 " added leaves no packet",
				  value, frame->added);
	return whole((uint64_t)length, left, error);
}

#define PREFIXED(name, size, big)                                                                  \
	static int64_t name(const struct framing_rule *frame, const uint8_t *data, size_t there,   \
			    uint64_t left, struct pimg_error *error)                               \
	{                                                                                          \
		return next_prefixed(frame, size, big, data, there, left, error);                  \
	}

PREFIXED(next_u8, 1, false)
PREFIXED(next_u16le, 2, false)
PREFIXED(next_u16be, 2, true)
PREFIXED(next_u32le, 4, false)
PREFIXED(next_u32be, 4, true)

/* ---- delimiters ---- */

/* Reads one byte of a delimiter, which may be written as \n, \r, \t, \0, \\ or \xhh. */
static const char *parse_byte(const char *text, uint8_t *byte)
{
	static const char escapes[] = "nrt0\\", values[] = "\n\r\t\0\\";
	const char *found;
	int value;

	if (*text != '\\') {
		*byte = (uint8_t)*text;
		return text + 1;
	}
	value = text[1] == 'x' ? pimg_hex_byte(text + 2) : -1;
	if (value >= 0) {
		*byte = (uint8_t)value;
		return text + 4;
	}
	found = text[1] ? strchr(escapes, text[1]) : NULL;
	if (!found)
		return NULL;
	*byte = (uint8_t)values[found - escapes];
	return text + 2;
}

static int parse_delimiter(struct framing_rule *frame, const char *text)
{
	if (*text++ != ':')
		return -1;
	while (*text) {
		if (frame->length == sizeof(frame->delimiter))
			return -1;
		text = parse_byte(text, &frame->delimiter[frame->length++]);
		if (!text)
			return -1;
	}
	return frame->length ? 0 : -1;
}

static int64_t next_delimited(const struct framing_rule *frame, const uint8_t *data, size_t there,
			      uint64_t left, struct pimg_error *error)
{
	const uint8_t *found = memmem(data, there, frame->delimiter, frame->length);

	if (found)
		return found - data + (int64_t)frame->length;
	if (there < left)
		return error_data(error, "no delimiter within %zu byte%s", there, PLURAL_S(there));
	return error_data(error, "%" PRIu64 " byte%s %s left, but no delimiter follows", left,
			  PLURAL_S(left), PLURAL_VERB(left));
}

/* ---- the table ---- */

/* A name comes before any name that it begins with. */
static const struct rule rules[] = {
#define FRAME_RULE(name, arguments, summary, parse, next) {{name, arguments, summary}, parse, next},
#include "queue/framing-rules.def"
};

#define RULE_COUNT (sizeof(rules) / sizeof(*rules))

size_t pimg_frame_rule_count(void)
{
	return RULE_COUNT;
}

const struct pimg_frame_rule *pimg_frame_rule(size_t number)
{
	return &rules[number].about;
}

int framing_parse(const char *text, struct framing_rule *frame, struct pimg_error *error)
{
	if (!text)
		return error_usage(error, "no rule given");
	for (size_t i = 0; i < RULE_COUNT; i++) {
		size_t length = strlen(rules[i].about.name);

		if (strncmp(text, rules[i].about.name, length))
			continue;
		*frame = (struct framing_rule){.number = (unsigned)i};
		snprintf(frame->text, sizeof(frame->text), "%s", text);
		if (rules[i].parse(frame, text + length) == 0)
			return 0;
		return error_usage(error, "invalid rule '%s'; use %s%s", text, rules[i].about.name,
				   rules[i].about.arguments);
	}
	return error_usage(error, "unknown rule '%s'", text);
}

int pimg_frame_parse(const char *text, struct pimg_error *error)
{
	struct framing_rule rule;

	return framing_parse(text, &rule, error) < 0 ? -1 : (int)rule.number;
}

int64_t frame_next(const struct framing_rule *frame, const uint8_t *data, size_t there,
		   uint64_t left, const struct frame_limits *limits, struct pimg_error *error)
{
	const struct rule *rule = &rules[frame->number];
	int64_t length;

	/* A long write is split into pages, of which the last may be shorter. */
	if (!rule->next)
		length = (int64_t)(left < limits->page ? left : limits->page);
	else
		length = rule->next(frame, data, there, left, error);
	if (length < 0)
		return -1;
	if (length > limits->longest)
		return error_data(error,
				  "a packet of %" PRId64 " bytes, longer than a page (%" PRIu32 ")",
				  length, limits->longest);
	return length;
}

struct frame_limits frame_limits_of(const struct pimg_origin *origin)
{
	uint32_t page = origin->page_size;

	if (origin->known & PIMG_ORIGIN_PAGE && page >= PAGE_BYTES && page <= FRAME_PACKET_MAX)
		return (struct frame_limits){page, page};
	return (struct frame_limits){FRAME_PACKET_MAX, PAGE_BYTES};
}

int frame_check_slots(const char *from, uint64_t packets, uint32_t capacity,
		      const struct frame_limits *limits, struct pimg_error *error)
{
	uint32_t slots = capacity / limits->page;

	if (!capacity || packets <= slots)
		return 0;
	return error_data(error,
			  "%s gives %" PRIu64 " packet%s, but a pipe with a capacity of %" PRIu32
			  " bytes has only %" PRIu32 " slot%s, one for each packet; these are not "
			  "the boundaries that the writers made",
			  from, packets, PLURAL_S(packets), capacity, slots, PLURAL_S(slots));
}

/* ---- queues in memory ---- */

struct framing {
	const struct pimg_queue *queue;
	const struct framing_rule *frame;
	struct pimg_queue *framed; /* null while packets are counted */
	uint64_t packets;
	uint32_t list_bytes;
	const struct pimg_progress *progress; /* or null */
	uint64_t reported;
};

/* Size of a chunk in the list: a varint of its length and kind. */
static uint32_t bytes_in_list(uint64_t length)
{
	uint32_t bytes = 1;

	for (uint64_t value = length << 1 | 1; value > 0x7f; value >>= 7)
		bytes++;
	return bytes;
}

static int count_packet(struct framing *framing, uint64_t length, struct pimg_error *error)
{
	framing->packets++;
	framing->list_bytes += bytes_in_list(length);
	if (framing->list_bytes <= FRAME_LIST_BYTES_MAX)
		return 0;
	error_usage(error,
		    "%s splits the queue into more than %" PRIu64
		    " packets, too many for one record; try a rule with longer packets",
		    framing->frame->text, framing->packets - 1);
	return error_of_queue(error, pimg_queue_type(framing->queue),
			      pimg_queue_id(framing->queue));
}

/* The bytes are processed twice. */
static int tell(struct framing *framing, uint64_t at, struct pimg_error *error)
{
	uint64_t bytes = pimg_queue_bytes(framing->queue);
	uint64_t done = framing->framed ? bytes + at : at;

	return progress_report_now_and_then(framing->progress, &framing->reported, done, bytes * 2,
					    error);
}

static int take_packet(struct framing *framing, const uint8_t *data, uint64_t offset,
		       uint64_t length, struct pimg_error *error)
{
	if (tell(framing, offset, error) < 0)
		return -1;
	if (!framing->framed)
		return count_packet(framing, length, error);
	return pimg_queue_append(framing->framed, PIMG_PACKET, data + offset, (size_t)length,
				 error);
}

static int frame_run(struct framing *framing, struct pimg_chunk run, struct pimg_error *error)
{
	const struct pimg_queue *queue = framing->queue;
	const struct framing_rule *frame = framing->frame;
	const uint8_t *data = pimg_queue_data(queue);
	struct frame_limits limits = frame_limits_of(pimg_queue_origin(queue));
	uint64_t end = run.offset + run.length;
	struct pimg_error misfit;

	for (uint64_t at = run.offset; at < end;) {
		uint64_t left = end - at;
		size_t there = left < FRAME_PACKET_MAX ? left : FRAME_PACKET_MAX;
		int64_t length = frame_next(frame, data + at, there, left, &limits, &misfit);

		if (length < 0) {
			error_data(error, "%s does not fit at byte %" PRIu64 " of the queue: %s",
				   frame->text, at, misfit.sentence);
			return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
		}
		if (take_packet(framing, data, at, (uint64_t)length, error) < 0)
			return -1;
		at += (uint64_t)length;
	}
	return 0;
}

static int frame_chunks(struct framing *framing, struct pimg_error *error)
{
	const struct pimg_queue *queue = framing->queue;
	const uint8_t *data = pimg_queue_data(queue);

	for (size_t i = 0; i < pimg_queue_chunk_count(queue); i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(queue, i);
		int result = chunk.kind == PIMG_STREAM ? frame_run(framing, chunk, error)
						       : take_packet(framing, data, chunk.offset,
								     chunk.length, error);

		if (result < 0)
			return -1;
	}
	return 0;
}

static int check_slots(const struct framing *framing, struct pimg_error *error)
{
	const struct pimg_queue *queue = framing->queue;
	struct frame_limits limits = frame_limits_of(pimg_queue_origin(queue));

	if (frame_check_slots(framing->frame->text, framing->packets, pimg_queue_capacity(queue),
			      &limits, error) == 0)
		return 0;
	return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
}

struct pimg_queue *pimg_queue_frame(const struct pimg_queue *queue, const char *rule,
				    const struct pimg_progress *progress, struct pimg_error *error)
{
	struct framing_rule parsed;
	struct framing framing = {
		.queue = queue,
		.frame = &parsed,
		.progress = progress,
	};

	if (framing_parse(rule, &parsed, error) < 0 || frame_chunks(&framing, error) < 0 ||
	    check_slots(&framing, error) < 0)
		return NULL;
	framing.framed = queue_new_like(queue, error);
	if (framing.framed && frame_chunks(&framing, error) == 0)
		return framing.framed;
	pimg_queue_free(framing.framed);
	return NULL;
}
