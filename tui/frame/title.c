// SPDX-License-Identifier: GPL-2.0-or-later
#include "frame/title.h"

#include <stdio.h>
#include <string.h>

#include "pipeimg.h"
#include "terminal/escape.h"

#define NAME_COLUMNS 32

static void add(char *text, size_t size, const char *separator, const char *more)
{
	size_t length = strlen(text);

	if (*more)
		snprintf(text + length, size - length, "%s%s", length ? separator : "", more);
}

/* Shortens a long file name to the part after the last slash. */
static const char *short_name(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strlen(name) > NAME_COLUMNS && slash && slash[1] ? slash + 1 : name;
}

/* The name of the container, unless the path of the dump contains it. */
static const char *container_name(const struct model *model)
{
	const struct pimg_container *container = pimg_image_container(model->image);

	if (!container || !container->name || strstr(model->dump, container->name))
		return "";
	return container->name;
}

static void describe_place(struct view *view, char *text, size_t size)
{
	struct model *model = view->model;
	char about[256] = "";

	text[0] = '\0';
	if (model)
		add(text, size, "  ", short_name(model->name));
	if (model && model->dump) {
		add(text, size, "  ", model->dump);
		add(text, size, "  ", container_name(model));
	}
	if (model)
		add(text, size, "  ", model->note);
	if (view->ops->describe)
		view->ops->describe(view, about, sizeof(about));
	add(text, size, "  ", about);
}

static void describe_growth(const struct model *model, char *text, size_t size)
{
	if (!model->growing)
		return;
	if (model->total_bytes)
		snprintf(text, size, "indexing %u%%",
			 (unsigned)((double)model->grown_bytes / (double)model->total_bytes * 100));
	else
		snprintf(text, size, "indexing %llu MiB",
			 (unsigned long long)(model->grown_bytes >> 20));
}

static void describe_filter(struct view *view, char *text, size_t size)
{
	const char *filter = view_filter_text(view);

	if (*filter)
		snprintf(text, size, "filter %s", filter);
}

/* The right part: remarks, the line number and the count. */
static void describe_state(struct view *view, char *text, size_t size)
{
	size_t count = view_count(view);
	char part[300] = "";

	text[0] = '\0';
	if (view->ops->remark)
		view->ops->remark(view, part, sizeof(part));
	add(text, size, "  ", part);
	part[0] = '\0';
	describe_filter(view, part, sizeof(part));
	add(text, size, "  ", part);
	part[0] = '\0';
	if (view->model)
		describe_growth(view->model, part, sizeof(part));
	add(text, size, "  ", part);
	snprintf(part, sizeof(part), "%zu/%zu", count ? view->line + 1 : 0, count);
	add(text, size, "  ", part);
}

static void draw_rule(struct pen *pen, int end)
{
	if (end > pen->end)
		end = pen->end;
	while (pen->column < end)
		pen_glyph(pen, ROLE_RULE, GLYPH_RULE);
}

/* The state gets its space first, because names can be long. */
void title_draw(struct view *view, const struct area *area, bool has_keys)
{
	enum role role = has_keys ? ROLE_TITLE : ROLE_TITLE_OTHER;
	struct pen pen = pen_at(area, 0), left;
	char place[512], state[512];
	int state_start;

	describe_place(view, place, sizeof(place));
	describe_state(view, state, sizeof(state));
	state_start = pen.end - (int)escape_fitting(state, strlen(state), (size_t)area->width) - 3;
	left = pen;
	if (state_start > pen.column + 8)
		left.end = state_start - 1;
	draw_rule(&left, left.column + 2);
	pen_print(&left, role, " %s ", view->ops->name);
	if (view->model && model_damage(view->model))
		pen_print(&left, ROLE_ALARM, " damaged ");
	if (*place)
		pen_print(&left, role, " %s ", place);
	pen.column = left.column;
	draw_rule(&pen, state_start);
	pen_print(&pen, role, " %s ", state);
	draw_rule(&pen, pen.end);
}
