// SPDX-License-Identifier: GPL-2.0-or-later
#include "paint/fields.h"

#include <inttypes.h>
#include <string.h>

#include "paint/ends.h"

#define PERCENT_COLUMNS 5 /* " 100%" */

void field_number(struct pen *field, enum role role, uint64_t number)
{
	pen_print_right(field, field->end - field->column, role, "%" PRIu64, number);
}

void field_number_at_least(struct pen *field, enum role role, uint64_t number)
{
	pen_print_right(field, field->end - field->column, role, "%" PRIu64 "+", number);
}

void field_size(struct pen *field, enum role role, uint64_t bytes)
{
	static const char *const units[] = {"", "K", "M", "G", "T", "P"};
	int width = field->end - field->column;
	unsigned unit = 0;

	/* Use a unit if the number is a multiple of it, or otherwise too long. */
	while (bytes >= 1024 && unit < 5 && (bytes % 1024 == 0 || bytes >= 100000)) {
		bytes /= 1024;
		unit++;
	}
	pen_print_right(field, width, role, "%" PRIu64 "%s", bytes, units[unit]);
}

static unsigned permille_of(uint64_t bytes, uint64_t capacity)
{
	return bytes >= capacity ? 1000 : (unsigned)((double)bytes / (double)capacity * 1000);
}

void field_fill(struct pen *field, uint64_t bytes, uint64_t capacity)
{
	int width = field->end - field->column - PERCENT_COLUMNS;
	unsigned permille;
	enum role role;

	if (!capacity) {
		pen_print(field, ROLE_DIM, "unknown");
		return;
	}
	permille = permille_of(bytes, capacity);
	role = permille >= 1000 ? ROLE_ALARM : permille >= 800 ? ROLE_WARNING : ROLE_GOOD;
	if (width > 0)
		pen_bar(field, role, width, permille);
	pen_print(field, role, bytes && permille < 10 ? "  <1%%" : "%4u%%", permille / 10);
}

static void put_end(struct pen *field, const struct pimg_end *end)
{
	if (end->pid) {
		pen_bytes(field, ROLE_NAME, end->comm, strlen(end->comm), NULL);
		pen_print(field, ROLE_PLAIN, "[%" PRIu32 "]:%" PRIu32, end->pid, end->fd);
	} else if (end->socket) {
		pen_print(field, ROLE_DIM, "socket %" PRIu32 ":", end->socket);
	}
	pen_print(field, ROLE_PLAIN, "%s", end_letters(end));
}

static void put_ends(struct pen *field, const struct pimg_ends *ends, size_t count,
		     bool (*does)(const struct pimg_end *))
{
	bool any = false;

	for (size_t i = 0; i < count && !field->is_cut; i++) {
		if (!does(pimg_end_at(ends, i)))
			continue;
		if (any)
			pen_print(field, ROLE_PLAIN, " ");
		put_end(field, pimg_end_at(ends, i));
		any = true;
	}
	if (!any)
		pen_print(field, ROLE_DIM, "(none)");
}

void field_ends(struct pen *field, const struct pimg_ends *ends, size_t count)
{
	if (!count) {
		pen_print(field, ROLE_DIM, "-");
		return;
	}
	put_ends(field, ends, count, pimg_end_writes);
	pen_print(field, ROLE_PLAIN, " ");
	pen_glyph(field, ROLE_PLAIN, GLYPH_ARROW);
	pen_print(field, ROLE_PLAIN, " ");
	put_ends(field, ends, count, pimg_end_reads);
}

enum role role_of_kind(enum pimg_kind kind)
{
	return kind == PIMG_PACKET ? ROLE_PACKET : ROLE_STREAM;
}

enum role role_of_mode(enum pimg_mode mode)
{
	return mode == PIMG_MODE_EMPTY	  ? ROLE_DIM
	       : mode == PIMG_MODE_STREAM ? ROLE_STREAM
					  : ROLE_PACKET;
}
