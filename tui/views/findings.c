// SPDX-License-Identifier: GPL-2.0-or-later
#include "views/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "data/order.h"
#include "paint/fields.h"
#include "pipeimg-private.h"
#include "views/finding.h"

/* How often new findings are read while the image is being verified. */
#define EVERY_MS 50

#define TEXT_SIZE 2048

struct findings_view {
	struct view view;
	char *path; /* if null, the image is verified as it would be written */
	struct verifying verifying;
	struct order order;
	struct filter filter;
	const struct column *sort;
	bool was_told; /* the failure was reported */
};

static struct findings_view *findings_of(struct view *view)
{
	return (struct findings_view *)view;
}

static const struct finding *finding_in(void *context, size_t item)
{
	const struct findings_view *findings = context;

	return &findings->verifying.findings[item];
}

/* ---- columns ---- */

static void draw_severity(struct view *view, size_t item, struct pen *field)
{
	enum pimg_severity severity = pimg_check(finding_in(view, item)->check)->severity;

	pen_print(field, finding_role(severity), "%s", pimg_severity_name(severity));
}

static uint32_t key_severity(void *context, size_t item)
{
	return pimg_check(finding_in(context, item)->check)->severity;
}

static void draw_check(struct view *view, size_t item, struct pen *field)
{
	pen_print(field, ROLE_NAME, "%s", pimg_check(finding_in(view, item)->check)->id);
}

static uint32_t key_check(void *context, size_t item)
{
	return (uint32_t)finding_in(context, item)->check;
}

static void draw_pipe(struct view *view, size_t item, struct pen *field)
{
	if (finding_in(view, item)->pipe != PIMG_NONE)
		field_number(field, ROLE_PLAIN, (uint64_t)finding_in(view, item)->pipe);
}

static uint32_t key_pipe(void *context, size_t item)
{
	return order_key((uint64_t)finding_in(context, item)->pipe);
}

static void draw_record(struct view *view, size_t item, struct pen *field)
{
	if (finding_in(view, item)->record != PIMG_NONE)
		field_number(field, ROLE_PLAIN, (uint64_t)finding_in(view, item)->record);
}

static uint32_t key_record(void *context, size_t item)
{
	return order_key((uint64_t)finding_in(context, item)->record);
}

static void draw_offset(struct view *view, size_t item, struct pen *field)
{
	int64_t offset = finding_in(view, item)->offset;

	if (offset != PIMG_NONE)
		pen_print_right(field, field->end - field->column, ROLE_PLAIN, "0x%" PRIx64,
				(uint64_t)offset);
}

static uint32_t key_offset(void *context, size_t item)
{
	return order_key((uint64_t)finding_in(context, item)->offset);
}

/* The file within a directory or archive; "" for an image that is a file itself. */
static const char *file_of(struct view *view, const struct finding *finding)
{
	const char *path = findings_of(view)->path;
	const char *slash = strrchr(finding->file, '/');

	if (!path || !strcmp(path, finding->file))
		return "";
	return slash ? slash + 1 : finding->file;
}

static void draw_what(struct view *view, size_t item, struct pen *field)
{
	const struct finding *finding = finding_in(view, item);
	const char *file;

	if (finding->more) {
		pen_print(field, ROLE_DIM, "and %" PRIu64 " more: %s", finding->more,
			  pimg_check(finding->check)->title);
		return;
	}
	file = file_of(view, finding);
	if (*file)
		pen_print(field, ROLE_NAME, "%s: ", file);
	pen_print(field, ROLE_PLAIN, "%s", finding->sentence);
}

static const struct column columns[] = {
	{"SEVERITY", 8, false, draw_severity, key_severity, true},
	{.title = "CHECK", .width = 6, .draw = draw_check, .key = key_check},
	{.title = "PIPE", .width = 10, .right = true, .draw = draw_pipe, .key = key_pipe},
	{.title = "RECORD", .width = 7, .right = true, .draw = draw_record, .key = key_record},
	{.title = "OFFSET", .width = 10, .right = true, .draw = draw_offset, .key = key_offset},
	{.title = "WHAT", .draw = draw_what},
	{.title = NULL},
};

/* ---- lines ---- */

static size_t count_findings(void *context)
{
	const struct findings_view *findings = context;

	return findings->verifying.count;
}

static bool is_complete(void *context)
{
	(void)context;
	return true;
}

static void describe_finding(const struct finding *finding, char *text, size_t size)
{
	const struct pimg_check *check = pimg_check(finding->check);

	snprintf(text, size, "%s %s %s %s", pimg_severity_name(check->severity), check->id,
		 finding->file ? finding->file : "",
		 finding->sentence ? finding->sentence : check->title);
	if (finding->pipe != PIMG_NONE)
		snprintf(text + strlen(text), size - strlen(text), " %" PRId64, finding->pipe);
}

static bool shows(void *context, size_t item)
{
	const struct findings_view *findings = context;
	char text[TEXT_SIZE];
	struct match match;

	if (findings->filter.kind != FILTER_PATTERN)
		return true;
	describe_finding(finding_in(context, item), text, sizeof(text));
	return pattern_find(findings->filter.pattern, text, strlen(text), 0, true, &match);
}

static uint32_t key(void *context, size_t item)
{
	const struct findings_view *findings = context;

	return findings->sort->key(context, item);
}

static const struct order_source source = {
	.count = count_findings,
	.is_complete = is_complete,
	.shows = shows,
	.key = key,
};

static void put_in_order(struct findings_view *findings)
{
	order_restart(&findings->order, findings->filter.kind != FILTER_NONE,
		      findings->sort != NULL, findings->view.descending);
	while (order_step(&findings->order))
		;
}

static void line_text(struct view *view, size_t line, char *text, size_t size)
{
	describe_finding(finding_in(view, view_item(view, line)), text, size);
}

/* ---- verifying ---- */

static void start(struct view *view)
{
	struct findings_view *findings = findings_of(view);
	const char *dump = view->model->dump;
	struct pimg_error error;

	verifying_free(&findings->verifying);
	findings->was_told = false;
	if (verifying_start(&findings->verifying, findings->path, dump, view->model->image,
			    &error) < 0)
		browser_complain(view->browser, &error);
	put_in_order(findings);
}

static void tell_failure(struct view *view)
{
	struct findings_view *findings = findings_of(view);

	if (!findings->verifying.has_failed || findings->was_told)
		return;
	findings->was_told = true;
	browser_complain(view->browser, &findings->verifying.failure);
}

static bool step(struct view *view)
{
	struct findings_view *findings = findings_of(view);
	bool any = verifying_step(&findings->verifying);

	if (any)
		put_in_order(findings);
	tell_failure(view);
	return any;
}

static int wait_time(struct view *view)
{
	return verifying_is_running(&findings_of(view)->verifying) ? EVERY_MS : -1;
}

static void put_count(char *text, size_t size, uint64_t number, const char *name)
{
	size_t length = strlen(text);

	if (number)
		snprintf(text + length, size - length, "%s%" PRIu64 " %s%s", length ? ", " : "",
			 number, name, PLURAL_S(number));
}

static void remark(struct view *view, char *text, size_t size)
{
	const struct verifying *verifying = &findings_of(view)->verifying;
	const uint64_t *found = verifying->summary.findings;

	if (verifying_is_running(verifying)) {
		if (verifying->total_bytes)
			snprintf(text, size, "verifying %u%%",
				 (unsigned)((double)verifying->done_bytes /
					    (double)verifying->total_bytes * 100));
		else
			snprintf(text, size, "verifying %" PRIu64 " MiB",
				 verifying->done_bytes >> 20);
	} else if (verifying->has_failed) {
		snprintf(text, size, "incomplete");
	} else {
		text[0] = '\0';
		put_count(text, size, found[PIMG_ERROR], "error");
		put_count(text, size, found[PIMG_WARNING], "warning");
		put_count(text, size, found[PIMG_NOTE], "note");
	}
}

static int head_rows(struct view *view, int rows)
{
	(void)view;
	return rows < 8 ? 0 : 1;
}

static void draw_summary(const struct pimg_verify_summary *summary, struct pen *pen)
{
	char text[128] = "";

	put_count(text, sizeof(text), summary->queues, "queue");
	put_count(text, sizeof(text), summary->records, "record");
	put_count(text, sizeof(text), summary->bytes, "byte");
	put_count(text, sizeof(text), summary->checksums, "checksum");
	pen_print(pen, ROLE_DIM, " checked %s", *text ? text : "the complete image: it is empty");
}

static void draw_head(struct view *view, const struct area *area)
{
	const struct verifying *verifying = &findings_of(view)->verifying;
	struct pen pen = pen_at(area, 0);

	if (verifying_is_running(verifying))
		pen_print(&pen, ROLE_DIM, " still verifying; Esc stops it");
	else if (verifying->has_failed)
		pen_print(&pen, ROLE_WARNING, " not everything was checked; R starts again");
	else
		draw_summary(&verifying->summary, &pen);
	pen_fill(&pen);
}

/* Claims that there are no findings only when everything was checked. */
static const char *why_empty(struct view *view)
{
	const struct findings_view *findings = findings_of(view);

	if (findings->verifying.count)
		return "nothing matches the filter; Esc clears it";
	if (verifying_is_running(&findings->verifying))
		return "no findings yet";
	return findings->verifying.has_failed ? "no findings in what was checked" : "no findings";
}

/* ---- the view ---- */

static bool open_selected(struct view *view, bool its_queue)
{
	const struct finding *finding;

	if (view_selected(view) == ORDER_NOWHERE)
		return false;
	finding = finding_in(view, view_selected(view));
	if (its_queue)
		finding_open_queue(view->browser, view->model, finding->pipe, finding->type);
	else
		browser_open(view->browser, view_finding_new(view->browser, view->model, finding));
	return true;
}

static bool request(struct view *view, enum request request, const char *argument)
{
	struct findings_view *findings = findings_of(view);

	(void)argument;
	switch (request) {
	case REQUEST_OPEN:
	case REQUEST_QUEUE:
		return open_selected(view, request == REQUEST_QUEUE);
	case REQUEST_REFRESH:
		start(view);
		return true;
	case REQUEST_CLEAR:
		if (!verifying_is_running(&findings->verifying))
			return false;
		verifying_stop(&findings->verifying);
		return true;
	case REQUEST_FINDINGS:
		return true;
	default:
		return false;
	}
}

static void sort(struct view *view, const struct column *column, bool descending)
{
	findings_of(view)->sort = column;
	view->descending = descending;
	put_in_order(findings_of(view));
}

static int set_filter(struct view *view, const char *text, struct pimg_error *error)
{
	if (filter_set(&findings_of(view)->filter, text, error) < 0)
		return -1;
	put_in_order(findings_of(view));
	return 0;
}

static void close_view(struct view *view)
{
	struct findings_view *findings = findings_of(view);

	verifying_free(&findings->verifying);
	order_free(&findings->order);
	filter_clear(&findings->filter);
	free(findings->path);
	view_release(view);
	free(findings);
}

static const enum request hints[] = {
	REQUEST_HELP, REQUEST_OPEN,    REQUEST_QUEUE, REQUEST_SEARCH, REQUEST_FILTER,
	REQUEST_SORT, REQUEST_REFRESH, REQUEST_BACK,  REQUEST_NONE,
};

static const struct view_ops ops = {
	.name = "findings",
	.columns = columns,
	.hints = hints,
	.search_unit = SEARCH_LINES,
	.why_empty = why_empty,
	.line_text = line_text,
	.head_rows = head_rows,
	.draw_head = draw_head,
	.remark = remark,
	.step = step,
	.wait = wait_time,
	.request = request,
	.sort = sort,
	.filter = set_filter,
	.close = close_view,
};

struct view *view_findings_new(struct browser *browser, struct model *model)
{
	struct findings_view *findings = calloc(1, sizeof(*findings));

	if (!findings)
		return NULL;
	view_init(&findings->view, &ops, browser, model);
	findings->view.list = &findings->order;
	findings->view.filter = &findings->filter;
	order_init(&findings->order, &source, findings);
	findings->verifying.input = -1;
	if (model->path)
		findings->path = strdup(model->path);
	start(&findings->view);
	return &findings->view;
}
