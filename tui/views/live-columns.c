// SPDX-License-Identifier: GPL-2.0-or-later
/* The columns of live pipes, and the rows above them. */
#include <inttypes.h>
#include <string.h>

#include "data/blocking.h"
#include "paint/fields.h"
#include "pipeimg-private.h"
#include "views/live-view.h"

static const struct live_pipe *pipe_in(void *context, size_t item)
{
	const struct live_view *live = context;

	return &live->live->shown->pipes[item];
}

/* ---- columns ---- */

static void draw_id(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PLAIN, live_pipe_of(view, item)->found->id);
}

static uint32_t key_id(void *context, size_t item)
{
	return pipe_in(context, item)->found->id;
}

enum role live_role_of(enum live_state state)
{
	static const enum role roles[LIVE_STATE_COUNT] = {
		[LIVE_STUCK] = ROLE_ALARM,    [LIVE_FULL] = ROLE_WARNING,
		[LIVE_HALTED] = ROLE_WARNING, [LIVE_UNREAD] = ROLE_PLAIN,
		[LIVE_AWAITED] = ROLE_GOOD,   [LIVE_EMPTY] = ROLE_DIM,
		[LIVE_UNKNOWN] = ROLE_DIM,    [LIVE_PRIVATE] = ROLE_DIM,
	};

	return roles[state];
}

static void draw_state(struct view *view, size_t item, struct pen *field)
{
	const struct live_pipe *pipe = live_pipe_of(view, item);

	pen_print(field, live_role_of(pipe->state), "%s", blocking_word(pipe));
}

static uint32_t key_state(void *context, size_t item)
{
	return pipe_in(context, item)->state;
}

/* The modes of the write ends, which apply to future writes. */
unsigned live_modes_of(const struct pimg_live_pipe *pipe)
{
	unsigned modes = 0;

	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pimg_end_writes(pimg_end_at(pipe->ends, i)))
			modes |= pimg_end_packet_mode(pimg_end_at(pipe->ends, i))
					 ? LIVE_WRITES_PACKETS
					 : LIVE_WRITES_STREAM;
	}
	return modes;
}

static void draw_mode(struct view *view, size_t item, struct pen *field)
{
	static const struct {
		enum role role;
		const char *name;
	} modes[] = {
		{ROLE_DIM, "-"},
		{ROLE_STREAM, "stream"},
		{ROLE_PACKET, "packet"},
		{ROLE_PACKET, "both"},
	};
	unsigned mode = live_modes_of(live_pipe_of(view, item)->found);

	pen_print(field, modes[mode].role, "%s", modes[mode].name);
}

static uint32_t key_mode(void *context, size_t item)
{
	return live_modes_of(pipe_in(context, item)->found);
}

static void draw_fill(struct view *view, size_t item, struct pen *field)
{
	const struct live_pipe *pipe = live_pipe_of(view, item);

	field_fill(field, pipe->fill.bytes, pipe->fill_known ? pipe->fill.capacity : 0);
}

static uint32_t key_fill(void *context, size_t item)
{
	const struct live_pipe *pipe = pipe_in(context, item);

	return pipe->fill_known
		       ? (uint32_t)((double)pipe->fill.bytes / pipe->fill.capacity * 1000000)
		       : 0;
}

static void draw_unread(struct view *view, size_t item, struct pen *field)
{
	const struct live_pipe *pipe = live_pipe_of(view, item);

	if (pipe->fill_known)
		field_number(field, ROLE_PLAIN, pipe->fill.bytes);
	else
		pen_print_right(field, field->end - field->column, ROLE_DIM, "?");
}

static uint32_t key_unread(void *context, size_t item)
{
	return pipe_in(context, item)->fill.bytes;
}

static void draw_size(struct view *view, size_t item, struct pen *field)
{
	const struct live_pipe *pipe = live_pipe_of(view, item);

	if (pipe->fill_known)
		field_size(field, ROLE_PLAIN, pipe->fill.capacity);
	else
		pen_print_right(field, field->end - field->column, ROLE_DIM, "?");
}

static uint32_t key_size(void *context, size_t item)
{
	return pipe_in(context, item)->fill.capacity;
}

void live_put_ends(struct pen *field, const struct pimg_live_pipe *pipe)
{
	field_ends(field, pipe->ends, pipe->end_count);
	if (pipe->path)
		pen_print(field, ROLE_DIM, "  %s", pipe->path);
}

void live_put_waits(struct view *view, size_t item, struct pen *field)
{
	const struct live_pipe *pipe = live_pipe_of(view, item);
	bool is_stuck = pipe->state == LIVE_STUCK;
	char text[LIVE_TEXT_SIZE];

	if (pipe->unknown)
		pen_print(field, ROLE_WARNING, "%s", pipe->unknown);
	blocking_explain(live_look_of(view), item, text, sizeof(text));
	if (pipe->unknown && *text)
		pen_print(field, ROLE_PLAIN, "; ");
	pen_bytes(field, is_stuck ? ROLE_ALARM : ROLE_PLAIN, text, strlen(text), NULL);
}

/* Waits come before the holders, because users look for them. */
static void draw_who(struct view *view, size_t item, struct pen *field)
{
	const struct live_pipe *pipe = live_pipe_of(view, item);
	int column = field->column;

	live_put_waits(view, item, field);
	if (field->column > column)
		pen_print(field, ROLE_PLAIN, "  ");
	live_put_ends(field, pipe->found);
}

static uint32_t key_who(void *context, size_t item)
{
	return pimg_end_at(pipe_in(context, item)->found->ends, 0)->pid;
}

const struct column live_columns[] = {
	{.title = "ID", .width = 10, .right = true, .draw = draw_id, .key = key_id},
	{.title = "STATE", .width = 7, .draw = draw_state, .key = key_state},
	{.title = "MODE", .width = 6, .draw = draw_mode, .key = key_mode, .descends = true},
	{.title = "FILL", .width = 9, .draw = draw_fill, .key = key_fill, .descends = true},
	{"UNREAD", 7, true, draw_unread, key_unread, true},
	{"SIZE", 4, true, draw_size, key_size, true},
	{.title = "WHO", .draw = draw_who, .key = key_who},
	{.title = NULL},
};

/* ---- the head ---- */

int live_head_rows(struct view *view, int rows)
{
	(void)view;
	return rows < 8 ? 0 : rows < 14 ? 1 : 3;
}

static void draw_counts(struct view *view, struct pen *pen)
{
	static const enum live_state states[] = {LIVE_STUCK, LIVE_FULL, LIVE_HALTED, LIVE_UNREAD,
						 LIVE_AWAITED};
	const struct live_look *look = live_look_of(view);
	size_t hidden = pimg_live_hidden_count(look->live);

	pen_print(pen, ROLE_PLAIN, " %zu pipe%s, %zu process%s", look->count, PLURAL_S(look->count),
		  pimg_live_process_count(look->live),
		  PLURAL_ES(pimg_live_process_count(look->live)));
	if (hidden)
		pen_print(pen, ROLE_WARNING, ", %zu of them hidden from this user", hidden);
	pen_print(pen, ROLE_PLAIN, ":");
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		size_t number = look->states[states[i]];
		enum role role = number ? live_role_of(states[i]) : ROLE_DIM;

		/* Halted pipes are rare, and the row has little space. */
		if (states[i] == LIVE_HALTED && !number)
			continue;
		pen_print(pen, role, "  %zu %s", number, blocking_state_name(states[i]));
	}
}

static void draw_selected_ends(struct view *view, size_t selected, struct pen *pen)
{
	const struct live_pipe *pipe = live_pipe_of(view, selected);

	pen_print(pen, ROLE_DIM, " %s %" PRIu32 ": ", pimg_type_name(pipe->found->type),
		  pipe->found->id);
	live_put_ends(pen, pipe->found);
}

static void draw_selected_waits(struct view *view, size_t selected, struct pen *pen)
{
	const struct live_pipe *pipe = live_pipe_of(view, selected);
	uint64_t seconds = (screen_now_ns() - pipe->full_since_ns) / 1000000000U;

	pen_print(pen, ROLE_PLAIN, pipe->unknown ? " fill level unknown: " : " ");
	if (pipe->state == LIVE_STUCK && seconds)
		pen_print(pen, ROLE_PLAIN, "for %" PRIu64 " s%s: ", seconds,
			  pipe->full_before ? " or longer" : "");
	live_put_waits(view, selected, pen);
}

/* Shows in full what may be truncated in the selected line. */
void live_draw_head(struct view *view, const struct area *area)
{
	size_t selected = view_selected(view);

	for (int row = 0; row < area->height; row++) {
		struct pen pen = pen_at(area, row);

		if (!row && live_look_of(view))
			draw_counts(view, &pen);
		else if (row == 1 && selected != ORDER_NOWHERE)
			draw_selected_ends(view, selected, &pen);
		else if (row == 2 && selected != ORDER_NOWHERE)
			draw_selected_waits(view, selected, &pen);
		pen_fill(&pen);
	}
}
