// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "paint/fields.h"
#include "views/frame-trial.h"

#define MOST_RULES 64

struct rules_view {
	struct view view;
	size_t count;
	struct pimg_proposal rules[MOST_RULES];
};

static const struct pimg_proposal *rule_of(struct view *view, size_t item)
{
	return &((struct rules_view *)view)->rules[item];
}

static void draw_rule(struct view *view, size_t item, struct pen *field)
{
	pen_print(field, ROLE_NAME, "%s", rule_of(view, item)->text);
}

static void draw_packets(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PACKET, rule_of(view, item)->packets);
}

static void draw_shortest(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PLAIN, rule_of(view, item)->shortest);
}

static void draw_longest(struct view *view, size_t item, struct pen *field)
{
	field_number(field, ROLE_PLAIN, rule_of(view, item)->longest);
}

/* The meaning of the rule, from the table of rules. */
static void draw_summary(struct view *view, size_t item, struct pen *field)
{
	int number = pimg_frame_parse(rule_of(view, item)->text, NULL);

	if (number >= 0)
		pen_print(field, ROLE_DIM, "%s", pimg_frame_rule((size_t)number)->summary);
}

static const struct column columns[] = {
	{.title = "RULE", .width = 16, .draw = draw_rule},
	{.title = "PACKETS", .width = 9, .right = true, .draw = draw_packets},
	{.title = "SHORTEST", .width = 8, .right = true, .draw = draw_shortest},
	{.title = "LONGEST", .width = 8, .right = true, .draw = draw_longest},
	{.title = "WHAT IT IS", .draw = draw_summary},
	{.title = NULL},
};

static size_t count(struct view *view)
{
	return ((struct rules_view *)view)->count;
}

static void describe(struct view *view, char *text, size_t size)
{
	const struct pimg_queue_info *queue = model_queue(view->model);

	if (queue)
		snprintf(text, size, "%s %" PRIu32, pimg_type_name(queue->type), queue->id);
}

static void add_rule(void *context, const struct pimg_proposal *proposal)
{
	struct rules_view *rules = context;

	if (rules->count < MOST_RULES)
		rules->rules[rules->count++] = *proposal;
}

static bool request(struct view *view, enum request request, const char *argument)
{
	(void)argument;
	if (request != REQUEST_OPEN || !count(view))
		return false;
	frame_trial_open(view, rule_of(view, view->line)->text);
	return true;
}

static void line_text(struct view *view, size_t line, char *text, size_t size)
{
	size_t length = strnlen(rule_of(view, line)->text, size - 1);

	memcpy(text, rule_of(view, line)->text, length);
	text[length] = '\0';
}

static void close_view(struct view *view)
{
	view_release(view);
	free(view);
}

static const enum request hints[] = {REQUEST_OPEN, REQUEST_BACK, REQUEST_NONE};

static const struct view_ops ops = {
	.name = "rules that fit",
	.columns = columns,
	.hints = hints,
	.search_unit = SEARCH_LINES,
	.empty = "no rule fits the complete stream",
	.count = count,
	.line_text = line_text,
	.describe = describe,
	.request = request,
	.close = close_view,
};

void view_rules_open(struct browser *browser, struct model *model)
{
	struct rules_view *rules = calloc(1, sizeof(*rules));
	struct pimg_error error;

	if (!rules) {
		browser_say(browser, "no memory");
		return;
	}
	if (pimg_frame_propose(model->image, model->place.queue, add_rule, rules, &error) < 0) {
		browser_complain(browser, &error);
		free(rules);
		return;
	}
	view_init(&rules->view, &ops, browser, model);
	browser_open(browser, &rules->view);
}
