// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "image/cursor.h"
#include "pipeimg-private.h"

/* One side of a comparison: its chunk, and the bytes of the chunk that are not compared yet. */
struct side {
	struct cursor *cursor;
	bool over;
	bool fresh; /* nothing of the chunk was compared yet */
	enum pimg_kind kind;
	uint64_t number, length, done; /* of the chunk */
	uint64_t offset;	       /* of the chunk in the queue */
	const uint8_t *data;
	size_t there;
};

static int next_chunk(struct side *side, struct pimg_error *error)
{
	int result;

	side->offset += side->length;
	side->length = side->done = 0;
	result = cursor_next_chunk(side->cursor, &side->kind, &side->length, error);
	if (result < 0)
		return -1;
	side->over = !result;
	side->number++;
	side->fresh = true;
	return 0;
}

/* Reads something to compare, if anything is left; an empty datagram counts. */
static int fill_side(struct side *side, struct pimg_error *error)
{
	while (!side->there && !side->over) {
		ssize_t there;

		if (side->done == side->length) {
			if (next_chunk(side, error) < 0)
				return -1;
			if (!side->over && !side->length)
				return 0;
			continue;
		}
		there = cursor_read(side->cursor, &side->data, error);
		if (there < 0)
			return -1;
		side->there = (size_t)there;
	}
	return 0;
}

/* True if the chunks of the two sides can never be equal. */
static bool kinds_part(const struct side *first, const struct side *second)
{
	if (first->over || second->over || first->kind != second->kind)
		return true;
	/* A packet must match a packet from start to end; the pieces of a stream run do not matter. */
	return first->kind == PIMG_PACKET &&
	       (first->fresh != second->fresh || first->length != second->length);
}

static void pass(struct side *side, size_t length)
{
	side->fresh = false;
	if (!length)
		return;
	side->data += length;
	side->there -= length;
	side->done += length;
}

static int differ(const struct side *first, const struct side *second, bool in_bytes, size_t at,
		  struct cursor_difference *difference)
{
	const struct side *sides[2] = {first, second};

	difference->in_bytes = in_bytes;
	difference->offset = first->offset + first->done + at;
	for (int i = 0; i < 2; i++) {
		difference->chunk[i].over = sides[i]->over;
		difference->chunk[i].number = sides[i]->number;
		difference->chunk[i].kind = sides[i]->kind;
		difference->chunk[i].length = sides[i]->length;
		difference->chunk[i].offset = sides[i]->offset;
	}
	return 0;
}

static size_t first_difference(const uint8_t *a, const uint8_t *b)
{
	size_t at = 0;

	while (a[at] == b[at])
		at++;
	return at;
}

int cursor_compare(struct cursor *first_cursor, struct cursor *second_cursor, bool bytes_only,
		   struct cursor_difference *difference, struct pimg_error *error)
{
	struct side first = {.cursor = first_cursor}, second = {.cursor = second_cursor};

	for (;;) {
		size_t length;

		if (fill_side(&first, error) < 0 || fill_side(&second, error) < 0)
			return -1;
		if (first.over && second.over)
			return 1;
		if (bytes_only ? first.over != second.over : kinds_part(&first, &second))
			return differ(&first, &second, false, 0, difference);
		length = first.there < second.there ? first.there : second.there;
		if (length && memcmp(first.data, second.data, length))
			return differ(&first, &second, true,
				      first_difference(first.data, second.data), difference);
		pass(&first, length);
		pass(&second, length);
	}
}

static void describe(const struct cursor_difference *difference, int which, char *text, size_t size)
{
	if (difference->chunk[which].over)
		snprintf(text, size, "nothing");
	else
		snprintf(text, size, "a %s of %" PRIu64 " byte%s",
			 difference->chunk[which].kind == PIMG_PACKET ? "packet" : "stream run",
			 difference->chunk[which].length,
			 PLURAL_S(difference->chunk[which].length));
}

int cursor_difference_error(const struct cursor_difference *difference, struct pimg_error *error)
{
	char wanted[64], found[64];

	if (difference->in_bytes)
		return error_data(error,
				  "chunk %" PRIu64 ": the bytes differ at offset %" PRIu64
				  " in the chunk",
				  difference->chunk[0].number,
				  difference->offset - difference->chunk[0].offset);
	describe(difference, 0, wanted, sizeof(wanted));
	describe(difference, 1, found, sizeof(found));
	return error_data(error, "chunk %" PRIu64 ": expected %s, found %s",
			  difference->chunk[0].number, wanted, found);
}
