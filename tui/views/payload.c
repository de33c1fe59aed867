// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/payload.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/json-rows.h"
#include "data/rows.h"
#include "paint/fields.h"
#include "pipeimg-private.h"

/* The most bytes in a row, and the bytes around it where a match may begin or end. */
#define ROW_BYTES 2048
#define AROUND	  256

struct payload_view {
	struct view view;
	enum form form;
	struct rows rows;
	/* The chunk that the rows belong to. */
	size_t queue, chunk;
	unsigned images; /* of the model */
	uint32_t length;
	int width;
	bool is_there;
	bool is_wrong;		/* its checksum is wrong */
	size_t unreadable_line; /* the last one drawn, or SIZE_MAX */
};

static struct payload_view *payload_of(struct view *view)
{
	return (struct payload_view *)view;
}

static const char *const form_names[] = {"hex", "text", "JSON"};

/* ---- rows ---- */

static size_t read_chunk(void *context, uint32_t offset, void *buffer, size_t size)
{
	struct payload_view *payload = context;

	return model_read(payload->view.model, payload->queue, payload->chunk, offset, buffer,
			  size);
}

static uint32_t row_width(const struct payload_view *payload, enum form form)
{
	return form == FORM_HEX ? rows_hex_width(payload->width) : (uint32_t)payload->width;
}

static void begin_rows(struct payload_view *payload)
{
	if (rows_begin(&payload->rows, payload->form, payload->length,
		       row_width(payload, payload->form), read_chunk, payload))
		return;
	rows_begin(&payload->rows, FORM_TEXT, payload->length, row_width(payload, FORM_TEXT),
		   read_chunk, payload);
}

/* How many bytes can be read and hashed without a noticeable delay. */
#define LONGEST_CHECKED (1024 * 1024)

static bool has_wrong_checksum(struct payload_view *payload)
{
	struct pimg_error error;
	const struct pimg_check *check;

	if (payload->length > LONGEST_CHECKED ||
	    pimg_image_check_chunk(payload->view.model->image, payload->queue, payload->chunk,
				   &error) >= 0)
		return false;
	check = pimg_check_by_id(error.check);
	return check && !strcmp(check->id, "PI201");
}

static bool rows_are_of(const struct payload_view *payload, const struct pimg_chunk *chunk)
{
	const struct position *place = &payload->view.model->place;

	return payload->is_there && payload->queue == place->queue &&
	       payload->chunk == place->chunk && payload->length == chunk->length &&
	       payload->images == payload->view.model->images;
}

static void forget_rows(struct payload_view *payload)
{
	rows_free(&payload->rows);
	payload->is_there = false;
}

/* Another view may have changed the current place, and the screen its width. */
static void update(struct view *view)
{
	struct payload_view *payload = payload_of(view);
	const struct position *place = &view->model->place;
	struct pimg_chunk chunk;
	struct row row;

	if (!model_chunk(view->model, &chunk)) {
		forget_rows(payload);
		return;
	}
	if (!rows_are_of(payload, &chunk)) {
		payload->queue = place->queue;
		payload->chunk = place->chunk;
		payload->images = view->model->images;
		payload->length = chunk.length;
		payload->width = view->body.width;
		payload->is_there = true;
		payload->is_wrong = has_wrong_checksum(payload);
		begin_rows(payload);
	} else if (payload->width != view->body.width) {
		payload->width = view->body.width;
		rows_resize(&payload->rows, row_width(payload, payload->rows.form));
	}
	if (!payload->rows.count)
		return;
	row = rows_get(&payload->rows,
		       view->line < payload->rows.count ? view->line : payload->rows.count - 1);
	if (place->offset < row.offset || place->offset - row.offset >= row.length)
		view_select(view, rows_find(&payload->rows, place->offset));
}

static void moved(struct view *view)
{
	struct payload_view *payload = payload_of(view);
	struct position place = view->model->place;

	if (view->line >= payload->rows.count)
		return;
	place.offset = rows_get(&payload->rows, view->line).offset;
	place.length = 0;
	model_go(view->model, &place);
}

static size_t count(struct view *view)
{
	return payload_of(view)->rows.count;
}

static bool step(struct view *view)
{
	struct payload_view *payload = payload_of(view);

	if (!payload->is_there || payload->rows.form != FORM_TEXT || payload->rows.complete)
		return false;
	rows_step(&payload->rows);
	return true;
}

/* ---- drawing ---- */

/* A row's bytes, and which of them match the search. */
struct piece {
	uint8_t bytes[AROUND + ROW_BYTES + AROUND];
	uint8_t flags[AROUND + ROW_BYTES + AROUND];
	size_t before; /* bytes before the row */
	size_t length; /* of the row */
	bool is_unreadable;
};

static void flag_place(struct piece *piece, const struct position *place, uint32_t start)
{
	for (uint32_t i = 0; i < place->length; i++) {
		uint64_t at = (uint64_t)place->offset + i;

		if (at >= start && at - start < sizeof(piece->flags))
			piece->flags[at - start] = 1;
	}
}

static void read_piece(struct payload_view *payload, const struct row *row, struct piece *piece)
{
	const struct pattern *pattern = payload->view.browser->pattern;
	size_t got;

	piece->before = row->offset < AROUND ? row->offset : AROUND;
	piece->length = row->length < ROW_BYTES ? row->length : ROW_BYTES;
	got = read_chunk(payload, row->offset - (uint32_t)piece->before, piece->bytes,
			 piece->before + piece->length + AROUND);
	if (!got) {
		/* The row itself may be readable. */
		piece->before = 0;
		got = read_chunk(payload, row->offset, piece->bytes, piece->length);
	}
	piece->is_unreadable = !got && row->length;
	if (got < piece->before + piece->length)
		piece->length = got > piece->before ? got - piece->before : 0;
	memset(piece->flags, 0, sizeof(piece->flags));
	if (!pattern)
		return;
	pattern_flag(pattern, piece->bytes, got, piece->flags);
	flag_place(piece, &payload->view.model->place, row->offset - (uint32_t)piece->before);
}

static enum role role_of_byte(uint8_t byte)
{
	return byte >= 0x20 && byte < 0x7f ? ROLE_PLAIN : ROLE_DIM;
}

static void draw_hex(const struct rows *rows, const struct row *row, const struct piece *piece,
		     struct pen *pen)
{
	const uint8_t *bytes = piece->bytes + piece->before, *flags = piece->flags + piece->before;
	int start = pen->column;

	pen_print(pen, ROLE_DIM, "%08" PRIx32, row->offset);
	for (size_t i = 0; i < piece->length; i++) {
		pen_print(pen, ROLE_PLAIN, i % 8 ? " " : "  ");
		pen_print(pen, flags[i] ? ROLE_MATCH : role_of_byte(bytes[i]), "%02x", bytes[i]);
	}
	pen_skip_to(pen, start + 10 + (int)(rows->width * 3 + (rows->width - 1) / 8));
	pen_print(pen, ROLE_DIM, "|");
	for (size_t i = 0; i < piece->length; i++) {
		enum role role = flags[i] ? ROLE_MATCH : role_of_byte(bytes[i]);

		pen_print(pen, role, "%c", role_of_byte(bytes[i]) == ROLE_PLAIN ? bytes[i] : '.');
	}
	pen_print(pen, ROLE_DIM, "|");
}

static void draw_text(const struct piece *piece, struct pen *pen)
{
	const uint8_t *bytes = piece->bytes + piece->before, *flags = piece->flags + piece->before;
	int start = pen->column;

	for (size_t done = 0; done < piece->length && bytes[done] != '\n';) {
		size_t columns, taken = rows_text_columns(bytes + done, piece->length - done,
							  (size_t)(pen->column - start), &columns);

		if (bytes[done] == '\t')
			pen_skip_to(pen, pen->column + (int)columns);
		else
			pen_bytes(pen, ROLE_PLAIN, bytes + done, taken, flags + done);
		done += taken;
	}
}

/* JSON uses backslashes for its own escapes, so they are not escaped again. */
static void put_json(struct pen *pen, enum role role, const uint8_t *bytes, size_t length,
		     const uint8_t *flags)
{
	for (size_t done = 0; done < length;) {
		const uint8_t *slash = memchr(bytes + done, '\\', length - done);
		size_t before = slash ? (size_t)(slash - bytes) - done : length - done;

		pen_bytes(pen, role, bytes + done, before, flags + done);
		done += before;
		if (slash)
			pen_print(pen, flags[done++] ? ROLE_MATCH : role, "\\");
	}
}

static void draw_json(const struct rows *rows, const struct row *row, const struct piece *piece,
		      struct pen *pen)
{
	static const enum role roles[] = {
		[JSON_SIGN] = ROLE_DIM,	     [JSON_BLANK] = ROLE_PLAIN,	 [JSON_NAME] = ROLE_NAME,
		[JSON_STRING] = ROLE_STRING, [JSON_OTHER] = ROLE_NUMBER,
	};
	const uint8_t *flags = piece->flags + piece->before;
	bool in_string = row->in_string;
	enum json_part part;

	pen_skip_to(pen, pen->column + row->indent);
	for (size_t done = 0; done < piece->length;) {
		const uint8_t *bytes = rows->bytes + row->offset + done;
		size_t taken = json_rows_part(bytes, piece->length - done, in_string,
					      row->cuts_name, &part);

		/* Blanks are normalized, whatever was sent. */
		if (part != JSON_BLANK)
			put_json(pen, roles[part], bytes, taken, flags + done);
		if (part == JSON_SIGN && *bytes == ':')
			pen_print(pen, ROLE_PLAIN, " ");
		in_string = false;
		done += taken;
	}
}

/* Of adjacent unreadable rows, only the first shows the reason. */
static void draw_unreadable(struct payload_view *payload, size_t line, const struct row *row,
			    struct pen *pen)
{
	struct view *view = &payload->view;
	char reason[640];

	if (payload->rows.form == FORM_HEX)
		pen_print(pen, ROLE_DIM, "%08" PRIx32 "  ", row->offset);
	if (line == view->top || payload->unreadable_line != line - 1) {
		pimg_error_format(&view->model->read_failure, reason, sizeof(reason));
		pen_print(pen, ROLE_ALARM, "could not read: %s", reason);
	}
	payload->unreadable_line = line;
}

static void draw_line(struct view *view, size_t line, struct pen *pen)
{
	struct payload_view *payload = payload_of(view);
	struct row row = rows_get(&payload->rows, line);
	struct piece piece;

	read_piece(payload, &row, &piece);
	if (piece.is_unreadable)
		draw_unreadable(payload, line, &row, pen);
	else if (payload->rows.form == FORM_HEX)
		draw_hex(&payload->rows, &row, &piece, pen);
	else if (payload->rows.form == FORM_TEXT)
		draw_text(&piece, pen);
	else
		draw_json(&payload->rows, &row, &piece, pen);
}

static void describe(struct view *view, char *text, size_t size)
{
	const struct model *model = view->model;
	const struct pimg_queue_info *queue = model_queue(model);
	struct pimg_chunk chunk;

	if (!model_chunk(model, &chunk))
		return;
	snprintf(text, size, "%s %" PRIu32 "  %s %zu  %" PRIu32 " byte%s",
		 pimg_type_name(queue->type), queue->id, pimg_kind_name(chunk.kind),
		 model->place.chunk + 1, chunk.length, PLURAL_S(chunk.length));
}

static void remark(struct view *view, char *text, size_t size)
{
	const struct payload_view *payload = payload_of(view);

	const char *wrong = payload->is_wrong ? "checksum wrong  " : "";

	if (!payload->is_there)
		return;
	if (payload->rows.form != payload->form)
		snprintf(text, size, "%stext (%s)", wrong,
			 payload->length > ROWS_LONGEST_JSON ? "too long for JSON" : "not JSON");
	else
		snprintf(text, size, "%s%s", wrong, form_names[payload->form]);
}

/* ---- requests ---- */

static void show_as(struct payload_view *payload, enum form form)
{
	payload->form = form;
	forget_rows(payload);
}

/* The next packet, in the order of the list. */
static void step_packet(struct view *view, bool forward)
{
	struct model *model = view->model;
	size_t line = order_line(&model->packets, model->place.chunk);
	struct position place = {.queue = model->place.queue};

	if (line == ORDER_NOWHERE || (!forward && !line) ||
	    (forward && line + 1 >= order_count(&model->packets))) {
		browser_say(view->browser, "there is no packet %s this one",
			    forward ? "after" : "before");
		return;
	}
	place.chunk = order_item(&model->packets, forward ? line + 1 : line - 1);
	model_go(model, &place);
}

static bool request(struct view *view, enum request request, const char *argument)
{
	struct payload_view *payload = payload_of(view);

	(void)argument;
	switch (request) {
	case REQUEST_OPEN:
		view->browser->full = !view->browser->full;
		return true;
	case REQUEST_FORM:
		show_as(payload, (payload->form + 1) % FORM_COUNT);
		return true;
	case REQUEST_HEX:
	case REQUEST_TEXT:
	case REQUEST_JSON:
		show_as(payload, FORM_HEX + (request - REQUEST_HEX));
		return true;
	case REQUEST_NEXT:
	case REQUEST_RIGHT:
	case REQUEST_PREVIOUS:
	case REQUEST_LEFT:
		step_packet(view, request == REQUEST_NEXT || request == REQUEST_RIGHT);
		return true;
	default:
		return false;
	}
}

static void close_view(struct view *view)
{
	rows_free(&payload_of(view)->rows);
	view_release(view);
	free(view);
}

static const enum request hints[] = {
	REQUEST_HELP, REQUEST_FORM,   REQUEST_NEXT, REQUEST_PREVIOUS, REQUEST_SEARCH, REQUEST_MARK,
	REQUEST_COPY, REQUEST_EXPORT, REQUEST_FULL, REQUEST_BACK,     REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "payload",
	.hints = hints,
	.search_unit = SEARCH_BYTES,
	.empty = "no bytes",
	.count = count,
	.draw_line = draw_line,
	.describe = describe,
	.remark = remark,
	.update = update,
	.moved = moved,
	.step = step,
	.request = request,
	.close = close_view,
};

struct view *view_payload_new(struct browser *browser, struct model *model)
{
	struct payload_view *payload = calloc(1, sizeof(*payload));

	if (!payload)
		return NULL;
	view_init(&payload->view, &ops, browser, model);
	return &payload->view;
}
