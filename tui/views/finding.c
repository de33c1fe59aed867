// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/finding.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/escape.h"
#include "views/packets.h"

#define MARGIN 2 /* columns on the left */

struct finding_line {
	const char *text;
	size_t length;
	enum role role;
};

struct finding_view {
	struct view view;
	const struct pimg_check *check;
	int64_t pipe;
	enum pimg_type type;
	char title[256];
	char place[512];
	char sentence[1024];
	int width; /* the width of lines */
	struct finding_line *lines;
	size_t count, room;
};

static struct finding_view *finding_of(struct view *view)
{
	return (struct finding_view *)view;
}

/* ---- the subject ---- */

enum role finding_role(enum pimg_severity severity)
{
	return severity == PIMG_ERROR	  ? ROLE_ALARM
	       : severity == PIMG_WARNING ? ROLE_WARNING
					  : ROLE_DIM;
}

void finding_open_queue(struct browser *browser, struct model *model, int64_t pipe,
			enum pimg_type type)
{
	size_t count = model_queue_count(model);

	for (size_t i = 0; pipe != PIMG_NONE && i < count; i++) {
		const struct pimg_queue_info *queue = model_queue_at(model, i);
		struct position place = {.queue = i};

		if (queue->id != (uint32_t)pipe || queue->type != type ||
		    model_is_unsaved(model, i))
			continue;
		model_go(model, &place);
		browser_open(browser, view_packets_new(browser, model));
		return;
	}
	if (pipe == PIMG_NONE)
		browser_say(browser, "this finding is not about a queue");
	else if (model->growing || model_damage(model))
		browser_say(browser, "queue %" PRId64 " %s", pipe,
			    model->growing ? "has not been read yet" : "could not be read");
	else
		browser_say(browser, "the image has no queue for %s %" PRId64, pimg_type_name(type),
			    pipe);
}

/* ---- lines ---- */

static void add_line(struct finding_view *finding, enum role role, const char *text, size_t length)
{
	size_t room = finding->room ? finding->room * 2 : 32;
	struct finding_line *grown;

	if (finding->count == finding->room) {
		grown = reallocarray(finding->lines, room, sizeof(*grown));
		if (!grown)
			return;
		finding->lines = grown;
		finding->room = room;
	}
	finding->lines[finding->count++] = (struct finding_line){text, length, role};
}

/* The length of the next line: up to a line feed, or as many words as fit, at least one. */
static size_t line_length(const char *text, size_t columns)
{
	size_t whole = strcspn(text, "\n");
	size_t fitting = escape_fitting(text, whole, columns), words = fitting;

	if (fitting == whole)
		return whole;
	while (words && text[words] != ' ')
		words--;
	if (!words)
		words = fitting ? fitting : 1;
	return words;
}

static void add_text(struct finding_view *finding, enum role role, const char *text)
{
	int columns = finding->width - MARGIN;

	while (*text) {
		size_t length = line_length(text, columns > 0 ? (size_t)columns : 1);

		add_line(finding, role, text, length);
		text += length;
		text += *text == ' ' || *text == '\n';
	}
}

static void make_lines(struct finding_view *finding)
{
	finding->count = 0;
	add_text(finding, finding_role(finding->check->severity), finding->title);
	add_text(finding, ROLE_DIM, finding->place);
	add_line(finding, ROLE_PLAIN, "", 0);
	if (finding->sentence[0]) {
		add_text(finding, ROLE_PLAIN, finding->sentence);
		add_line(finding, ROLE_PLAIN, "", 0);
	}
	add_text(finding, ROLE_PLAIN, finding->check->explanation);
}

static void update(struct view *view)
{
	struct finding_view *finding = finding_of(view);

	if (finding->width == COLS)
		return;
	finding->width = COLS;
	make_lines(finding);
}

static size_t count(struct view *view)
{
	return finding_of(view)->count;
}

static void draw_line(struct view *view, size_t line, struct pen *pen)
{
	const struct finding_line *found = &finding_of(view)->lines[line];

	pen_skip_to(pen, pen->column + MARGIN);
	pen_bytes(pen, found->role, found->text, found->length, NULL);
}

static void line_text(struct view *view, size_t line, char *text, size_t size)
{
	const struct finding_line *found = &finding_of(view)->lines[line];

	snprintf(text, size, "%.*s", (int)found->length, found->text);
}

/* ---- the view ---- */

static void describe(struct view *view, char *text, size_t size)
{
	snprintf(text, size, "%s", finding_of(view)->check->id);
}

static bool request(struct view *view, enum request request, const char *argument)
{
	struct finding_view *finding = finding_of(view);

	(void)argument;
	if (request != REQUEST_QUEUE)
		return false;
	finding_open_queue(view->browser, view->model, finding->pipe, finding->type);
	return true;
}

static void close_view(struct view *view)
{
	free(finding_of(view)->lines);
	view_release(view);
	free(view);
}

static const enum request hints[] = {
	REQUEST_BACK, REQUEST_QUEUE, REQUEST_OTHER, REQUEST_FULL, REQUEST_SEARCH, REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "finding",
	.hints = hints,
	.search_unit = SEARCH_LINES,
	.count = count,
	.draw_line = draw_line,
	.line_text = line_text,
	.describe = describe,
	.update = update,
	.request = request,
	.close = close_view,
};

static void __attribute__((format(printf, 2, 3)))
add_place(struct finding_view *view, const char *format, ...)
{
	size_t length = strlen(view->place);
	va_list arguments;

	if (length)
		length +=
			(size_t)snprintf(view->place + length, sizeof(view->place) - length, ", ");
	va_start(arguments, format);
	vsnprintf(view->place + length, sizeof(view->place) - length, format, arguments);
	va_end(arguments);
}

static void put_place(struct finding_view *view, const struct finding *finding)
{
	if (finding->file && *finding->file)
		add_place(view, "%s", finding->file);
	if (finding->record != PIMG_NONE)
		add_place(view, "record %" PRId64, finding->record);
	if (finding->pipe != PIMG_NONE)
		add_place(view, "%s %" PRId64, pimg_type_name(finding->type), finding->pipe);
	if (finding->offset != PIMG_NONE)
		add_place(view, "at 0x%" PRIx64, (uint64_t)finding->offset);
	if (finding->more)
		add_place(view, "%" PRIu64 " more like those listed", finding->more);
}

struct view *view_finding_new(struct browser *browser, struct model *model,
			      const struct finding *finding)
{
	struct finding_view *view = calloc(1, sizeof(*view));

	if (!view)
		return NULL;
	view_init(&view->view, &ops, browser, model);
	view->check = pimg_check(finding->check);
	view->pipe = finding->pipe;
	view->type = finding->type;
	snprintf(view->title, sizeof(view->title), "%s %s: %s",
		 pimg_severity_name(view->check->severity), view->check->id, view->check->title);
	put_place(view, finding);
	snprintf(view->sentence, sizeof(view->sentence), "%s",
		 finding->sentence ? finding->sentence : "");
	return &view->view;
}
