// SPDX-License-Identifier: GPL-2.0-or-later
#include "requests/commands.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame/ask.h"

/* Parses a number, or "pipe:[number]" as the kernel writes it. */
static bool parse_place(const char *text, uint64_t *number, bool *is_id, bool *is_offset)
{
	char *end;

	*is_id = !strncmp(text, "pipe:[", 6);
	*is_offset = !strncasecmp(text, "0x", 2);
	text += *is_id ? 6 : 0;
	if (!isxdigit((unsigned char)*text))
		return false;
	errno = 0;
	*number = strtoull(text, &end, *is_offset ? 16 : 10);
	end += *is_id && *end == ']';
	return !errno && !*end;
}

static void go_to_queue(struct browser *browser, struct model *model, size_t queue)
{
	struct position place = {.queue = queue};

	model_go(model, &place);
	if (order_line(&model->queues, queue) == ORDER_NOWHERE)
		browser_say(browser, "the filter hides that queue; Esc clears it");
}

static void go_to_id(struct browser *browser, struct model *model, size_t queue, size_t count,
		     uint64_t id)
{
	if (count > 1)
		browser_say_several(browser, count, id);
	go_to_queue(browser, model, queue);
}

static void go_to_packet(struct browser *browser, struct model *model, uint64_t number)
{
	const struct pimg_queue_info *queue = model_queue(model);
	struct position place = {.queue = model->place.queue, .chunk = (size_t)number - 1};

	if (!queue || !number || number > queue->chunks) {
		browser_say(browser, "there is no packet %" PRIu64 " here%s", number,
			    model->growing ? " yet" : "");
		return;
	}
	model_go(model, &place);
	if (order_line(&model->packets, place.chunk) == ORDER_NOWHERE)
		browser_say(browser, "the filter hides that packet; Esc clears it");
}

static void go_to_offset(struct browser *browser, struct model *model, uint64_t offset)
{
	struct position place = model->place;
	struct pimg_chunk chunk;

	if (!model_chunk(model, &chunk) || offset >= chunk.length) {
		browser_say(browser, "the packet ends before 0x%" PRIx64, offset);
		return;
	}
	place.offset = (uint32_t)offset;
	place.length = 0;
	model_go(model, &place);
}

/* In a list of queues a number is first tried as an id, then as a line; among packets, as a packet, then an id. */
static void go_to_number(struct browser *browser, struct view *view, uint64_t number, bool is_id)
{
	struct model *model = view->model;
	bool among_queues = view->ops->search_unit == SEARCH_QUEUES;
	const struct pimg_queue_info *queue = model_queue(model);
	size_t count, found = model_find_queue(model, number, model->place.queue, &count);

	if (!is_id && !among_queues && queue && number && number <= queue->chunks)
		go_to_packet(browser, model, number);
	else if (found != SIZE_MAX)
		go_to_id(browser, model, found, count, number);
	else if (is_id)
		browser_say(browser, "there is no queue %" PRIu64 " here", number);
	else if (!among_queues)
		go_to_packet(browser, model, number);
	else if (number && number <= order_count(&model->queues))
		go_to_queue(browser, model, order_item(&model->queues, (size_t)number - 1));
	else
		browser_say(browser, "there is no queue %" PRIu64 " here%s", number,
			    model->growing ? " yet" : "");
}

static bool go_to_place(struct browser *browser, const char *line)
{
	struct view *view = browser_focus(browser);
	bool is_id, is_offset;
	uint64_t number;

	if (!parse_place(line, &number, &is_id, &is_offset))
		return false;
	if (view->ops->go_to_id) {
		if (!view->ops->go_to_id(view, number))
			browser_say(browser, "there is no pipe %" PRIu64 " here", number);
	} else if (!view->model || view->ops->search_unit == SEARCH_LINES) {
		view_select(view, number ? (size_t)number - 1 : 0);
		if (view->ops->moved)
			view->ops->moved(view);
	} else if (is_offset) {
		go_to_offset(browser, view->model, number);
	} else {
		go_to_number(browser, view, number, is_id);
	}
	return true;
}

static enum request request_in(struct browser *browser, const char *line, const char **argument)
{
	char name[64];
	size_t length;
	enum request request;

	line += strspn(line, " ");
	length = strcspn(line, " ");
	*argument = line[length] ? line + length + strspn(line + length, " ") : NULL;
	snprintf(name, sizeof(name), "%.*s", (int)length, line);
	if (!length || go_to_place(browser, line))
		return REQUEST_NONE;
	request = request_by_name(name);
	/* Many users type ":q" out of habit. */
	if (request == REQUEST_NONE && length == 1)
		request = request_by_key(name[0]);
	if (request != REQUEST_NONE && request != REQUEST_COMMAND)
		return request;
	browser_say(browser, "'%s' is not a number, queue ID or request; press h for help", name);
	return REQUEST_NONE;
}

enum request commands_ask(struct browser *browser, char *line, size_t size, const char **argument)
{
	if (!ask_line(browser, ":", &browser->commands, line, size, NULL, NULL))
		return REQUEST_NONE;
	return request_in(browser, line, argument);
}
