// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/scan.h"

#include "terminal/screen.h"

/*
 * The time of a regular expression can grow with the square of the number of bytes, so the first piece
 * is short, and no piece is long.
 */
#define SHORTEST_PIECE	    256
#define FIRST_REGEX_PIECE   256
#define LONGEST_REGEX_PIECE 8192
#define LONGEST_PIECE	    65536
#define LONGEST_REACH	    8192

/* The next piece is shorter if one took longer than LONG_NS, and longer if it took less than SHORT_NS. */
#define LONG_NS	 2000000U
#define SHORT_NS 500000U

void scan_enter(struct scan *scan)
{
	scan->at = scan->backward ? UINT32_MAX : 0;
}

static size_t longest_piece(const struct pattern *pattern)
{
	return pattern_is_regex(pattern) ? LONGEST_REGEX_PIECE : LONGEST_PIECE;
}

static void adapt_piece(struct scan *scan, const struct pattern *pattern, size_t looked_at,
			uint64_t took_ns)
{
	if (took_ns > LONG_NS)
		scan->piece = scan->piece / 4 > SHORTEST_PIECE ? scan->piece / 4 : SHORTEST_PIECE;
	else if (took_ns < SHORT_NS && looked_at == scan->piece &&
		 scan->piece < longest_piece(pattern))
		scan->piece *= 2;
}

/*
 * Also reads as many bytes after the piece as a match that begins in it can have. If those cannot be read,
 * tries the piece only.
 */
static size_t read_piece(const struct scan_chunk *chunk, const struct pattern *pattern,
			 uint64_t start, uint64_t end, uint8_t *bytes)
{
	size_t length = (size_t)(end - start), reach = pattern_reach(pattern), got;

	if (reach > LONGEST_REACH)
		reach = LONGEST_REACH;
	got = chunk->read(chunk->context, (uint32_t)start, bytes, length + reach);
	return got ? got : chunk->read(chunk->context, (uint32_t)start, bytes, length);
}

/* The byte before the piece decides whether the piece begins a line. */
static bool find_in_piece(struct scan *scan, const struct pattern *pattern, const uint8_t *bytes,
			  size_t length, size_t before, size_t limit, struct match *match)
{
	uint64_t began_ns = screen_now_ns();
	bool found;

	if (scan->backward)
		found = pattern_find_last(pattern, bytes, length, before, limit, !before, match);
	else
		found = pattern_find(pattern, bytes, length, before, !before, match) &&
			match->start < limit;
	adapt_piece(scan, pattern, limit - before, screen_now_ns() - began_ns);
	return found;
}

/* Skips more where nothing can be read, because each attempt takes long. */
static void choose_piece(const struct scan *scan, uint64_t length, uint64_t wanted, uint64_t *start,
			 uint64_t *end)
{
	*start = *end = scan->at;
	if (scan->backward)
		*start = *end > wanted ? *end - wanted : 0;
	else
		*end = length - *start > wanted ? *start + wanted : length;
}

enum scan_result scan_step(struct scan *scan, const struct pattern *pattern,
			   const struct scan_chunk *chunk, struct match *match)
{
	static uint8_t bytes[1 + LONGEST_PIECE + LONGEST_REACH];
	uint64_t length = chunk->length, start, end;
	size_t before, got;

	if (!scan->piece)
		scan->piece = pattern_is_regex(pattern) ? FIRST_REGEX_PIECE : LONGEST_PIECE;
	if (scan->at > length)
		scan->at = length;
	choose_piece(scan, length, scan->piece, &start, &end);
	before = start > 0;
	got = start < end ? read_piece(chunk, pattern, start - before, end, bytes) : 0;
	if (got && find_in_piece(scan, pattern, bytes, got, before, (size_t)(end - start) + before,
				 match)) {
		match->start += (size_t)(start - before);
		match->end += (size_t)(start - before);
		return SCAN_FOUND;
	}
	if (!got && start < end) {
		scan->unreadable = true;
		choose_piece(scan, length, LONGEST_PIECE, &start, &end);
	}
	scan->at = scan->backward ? start : end;
	return (scan->backward ? start == 0 : end == length) ? SCAN_NOTHING : SCAN_MORE;
}
