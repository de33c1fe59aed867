// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg list: the pipes of running processes, how full they are, and who waits on whom. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "json.h"
#include "message.h"
#include "plural.h"
#include "selection.h"
#include "text.h"

#define WAITS_SHOWN 64
/* Of the holders of one end of a pipe, which hundreds of workers can have inherited. */
#define HOLDERS_SHOWN 8

/* What is told of one pipe. */
struct row {
	const struct pimg_live_pipe *pipe;
	struct pimg_fill fill;
	bool fill_known;
	bool content_known; /* mode and packets */
	enum pimg_mode mode;
	size_t packets;
	struct pimg_wait waits[WAITS_SHOWN];
	size_t wait_count; /* no more than WAITS_SHOWN */
};

struct list {
	struct pimg_live *live;
	uint64_t *pids;
	size_t pid_count;
	bool all;
	bool tree;
	size_t left_out;
	size_t shown;
	struct json json;
};

/* ---- finding out ---- */

static bool has_end(const struct pimg_live_pipe *pipe, bool (*does)(const struct pimg_end *))
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (does(&pipe->ends[i]))
			return true;
	}
	return false;
}

/* Looking must change nothing: a pipe is not opened for reading where it has no reader. */
static void look_at_content(const struct list *list, size_t index, struct row *row)
{
	struct pimg_queue *queue;

	if (row->fill_known && !row->fill.bytes) {
		row->content_known = true;
		row->mode = PIMG_MODE_EMPTY;
		return;
	}
	queue = pimg_live_capture(list->live, index, PIMG_CAPTURE_NO_READER, NULL);
	if (!queue)
		return;
	row->content_known = true;
	row->mode = pimg_queue_mode(queue);
	row->packets = pimg_queue_packet_count(queue);
	/* One moment for all that is said. */
	row->fill.bytes = (uint32_t)pimg_queue_bytes(queue);
	row->fill.capacity = pimg_queue_capacity(queue);
	pimg_queue_free(queue);
}

/* What is polled waits only for what is not so already. */
static bool is_waiting(const struct row *row, const struct pimg_wait *wait)
{
	if (!wait->polls || !row->fill_known)
		return true;
	return wait->writes ? row->fill.full : !row->fill.bytes;
}

static void look_at_waits(struct list *list, size_t index, struct row *row)
{
	size_t count = pimg_live_waits(list->live, index, row->waits, WAITS_SHOWN);
	size_t end = count < WAITS_SHOWN ? count : WAITS_SHOWN;

	for (size_t i = 0; i < end; i++) {
		if (is_waiting(row, &row->waits[i]))
			row->waits[row->wait_count++] = row->waits[i];
	}
}

static struct row look_at(struct list *list, size_t index)
{
	struct row row = {.pipe = pimg_live_pipe(list->live, index)};

	row.fill_known = pimg_live_fill(list->live, index, &row.fill, NULL) == 0;
	look_at_content(list, index, &row);
	look_at_waits(list, index, &row);
	return row;
}

static bool is_only_polled(const struct row *row)
{
	for (size_t i = 0; i < row->wait_count; i++) {
		if (!row->waits[i].polls)
			return false;
	}
	return true;
}

/* An empty pipe that one process keeps to itself is how it wakes itself up, and tells nothing. */
static bool is_private(const struct row *row)
{
	for (size_t i = 1; i < row->pipe->end_count; i++) {
		if (row->pipe->ends[i].pid != row->pipe->ends[0].pid)
			return false;
	}
	return row->fill_known && !row->fill.bytes && is_only_polled(row) &&
	       has_end(row->pipe, pimg_end_reads) && has_end(row->pipe, pimg_end_writes);
}

static bool is_wanted(const struct list *list, size_t index)
{
	if (!list->pid_count)
		return true;
	for (size_t i = 0; i < list->pid_count; i++) {
		if (pipe_belongs(list->live, index, (pid_t)list->pids[i], list->tree))
			return true;
	}
	return false;
}

/* ---- for people ---- */

/* "5", "64K": at most five columns. */
static void format_size(char text[16], uint64_t bytes)
{
	static const char units[] = "BKMG";
	unsigned unit = 0;
	uint64_t value = bytes;

	while (value >= 10000 && unit + 2 < sizeof(units)) {
		value /= 1024;
		unit++;
	}
	if (unit)
		snprintf(text, 16, "%" PRIu64 "%c", value, units[unit]);
	else
		snprintf(text, 16, "%" PRIu64, value);
}

static void print_end(const struct pimg_end *end)
{
	print_bytes(stdout, end->comm, strlen(end->comm), 32, false);
	printf("[%" PRIu32 "]:%" PRIu32 "%s", end->pid, end->fd, end_letters(end));
}

/* None seen is not none: an end can be in flight in a socket, or in a process that is hidden. */
static void print_holders(const struct row *row, bool (*does)(const struct pimg_end *))
{
	size_t count = 0;

	for (size_t i = 0; i < row->pipe->end_count; i++) {
		const struct pimg_end *end = &row->pipe->ends[i];

		if (!does(end) || count++ >= HOLDERS_SHOWN)
			continue;
		fputs(count > 1 ? " " : "", stdout);
		print_end(end);
	}
	if (!count)
		fputs("(none seen)", stdout);
	if (count > HOLDERS_SHOWN)
		printf(" and %zu more", count - HOLDERS_SHOWN);
}

/* Those who could end a wait: the line above has them all. Who waits could do so only by another thread. */
static void print_awaited(const struct row *row, const struct pimg_wait *wait)
{
	bool (*does)(const struct pimg_end *) = wait->writes ? pimg_end_reads : pimg_end_writes;
	const struct pimg_end *first = NULL;
	size_t others = 0, all = 0;

	for (size_t i = 0; i < row->pipe->end_count; i++) {
		const struct pimg_end *end = &row->pipe->ends[i];

		if (!does(end))
			continue;
		all++;
		if (end->pid == wait->pid)
			continue;
		first = first ? first : end;
		others++;
	}
	if (!all)
		fputs("(none seen)", stdout);
	else if (!others)
		fputs("itself", stdout);
	else
		print_end(first);
	if (others > 1)
		printf(" or %zu more", others - 1);
}

static const char *comm_of(const struct pimg_live_pipe *pipe, uint32_t pid)
{
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pipe->ends[i].pid == pid)
			return pipe->ends[i].comm;
	}
	return "?";
}

static void print_waits(const struct row *row)
{
	for (size_t i = 0; i < row->wait_count; i++) {
		const struct pimg_wait *wait = &row->waits[i];

		const char *comm = comm_of(row->pipe, wait->pid);

		printf("            %s", style(STYLE_ALARM));
		print_bytes(stdout, comm, strlen(comm), 32, false);
		printf("[%" PRIu32 "]%s %s to %s, for ", wait->pid, style(STYLE_PLAIN),
		       wait->polls ? "polls" : "waits", wait->writes ? "write" : "read");
		print_awaited(row, wait);
		putchar('\n');
	}
}

static void print_row(const struct row *row)
{
	char bytes[16] = "?", capacity[16] = "?", packets[24] = "?";
	const char *mode = row->content_known ? pimg_mode_name(row->mode) : "?";

	if (row->fill_known) {
		format_size(bytes, row->fill.bytes);
		format_size(capacity, row->fill.capacity);
	}
	if (row->content_known)
		snprintf(packets, sizeof(packets), "%zu", row->packets);
	printf("%s%10" PRIu32 "%s  %s%6s/%-6s%s %-4s  %-7s %7s  ", style(STYLE_HEADING),
	       row->pipe->id, style(STYLE_PLAIN), row->fill.full ? style(STYLE_ALARM) : "", bytes,
	       capacity, row->fill.full ? style(STYLE_PLAIN) : "", row->fill.full ? "full" : "",
	       mode, packets);
	print_holders(row, pimg_end_writes);
	fputs(" -> ", stdout);
	print_holders(row, pimg_end_reads);
	if (row->pipe->path) {
		fputs("  ", stdout);
		print_bytes(stdout, row->pipe->path, strlen(row->pipe->path), SIZE_MAX, false);
	}
	putchar('\n');
	print_waits(row);
}

static void print_head(void)
{
	printf("%s%10s  %6s/%-6s %-4s  %-7s %7s  %s%s\n", style(STYLE_DIM), "pipe", "unread",
	       "size", "", "mode", "packets", "writers -> readers, as process[pid]:descriptor",
	       style(STYLE_PLAIN));
}

/* ---- for machines ---- */

static void write_json_waits(struct json *json, const struct row *row)
{
	json_open_array(json, "waits");
	for (size_t i = 0; i < row->wait_count; i++) {
		json_open_object(json, NULL);
		json_number(json, "pid", row->waits[i].pid);
		json_number(json, "tid", row->waits[i].tid);
		json_number(json, "fd", row->waits[i].fd);
		json_string(json, "to", row->waits[i].writes ? "write" : "read");
		json_bool(json, "polls", row->waits[i].polls);
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_json_row(struct json *json, const struct row *row)
{
	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(row->pipe->type));
	json_number(json, "id", row->pipe->id);
	json_number(json, "inode", row->pipe->inode);
	if (row->pipe->path)
		json_string(json, "path", row->pipe->path);
	if (row->fill_known) {
		json_number(json, "bytes", row->fill.bytes);
		json_number(json, "capacity", row->fill.capacity);
		json_bool(json, "full", row->fill.full);
	}
	if (row->content_known) {
		json_string(json, "mode", pimg_mode_name(row->mode));
		json_number(json, "packets", row->packets);
	}
	json_ends(json, row->pipe->ends, row->pipe->end_count);
	write_json_waits(json, row);
	json_close_object(json);
}

/* ---- the table ---- */

static void show_row(struct list *list, const struct row *row)
{
	if (settings.json) {
		write_json_row(&list->json, row);
		return;
	}
	if (!list->shown++)
		print_head();
	print_row(row);
}

static int show_rows(struct list *list)
{
	size_t count = pimg_live_pipe_count(list->live);

	for (size_t i = 0; i < count; i++) {
		struct row row;

		if (interrupted())
			return refuse(PIMG_SYSTEM, "interrupted");
		if (!is_wanted(list, i))
			continue;
		row = look_at(list, i);
		if (!list->all && !list->pid_count && is_private(&row))
			list->left_out++;
		else
			show_row(list, &row);
	}
	return 0;
}

static void say_what_is_missing(const struct list *list)
{
	size_t hidden = pimg_live_hidden_count(list->live);

	fflush(stdout);
	if (list->pid_count && !list->shown)
		notice("no pipe is open in what --pid names");
	if (list->left_out)
		notice("%zu empty pipe%s within one process not shown; --all shows them",
		       list->left_out, PLURAL_S(list->left_out));
	if (hidden)
		notice("%zu of %zu processes may not be looked at by this user; their pipes are "
		       "missing",
		       hidden, pimg_live_process_count(list->live));
}

static int list_pipes(struct list *list)
{
	struct pimg_error error;
	int status = 0;

	list->live = pimg_live_scan(PIMG_LIVE_SELF, &error);
	if (!list->live)
		return complain(&error);
	for (size_t i = 0; !status && i < list->pid_count; i++)
		status = check_process(list->live, list->pids[i]);
	if (status)
		return status;
	if (settings.json) {
		list->json = json_start(stdout);
		json_open_object(&list->json, NULL);
		json_open_array(&list->json, "pipes");
	}
	status = show_rows(list);
	if (settings.json) {
		json_close_array(&list->json);
		json_number(&list->json, "not_shown", list->left_out);
		json_number(&list->json, "hidden_processes", pimg_live_hidden_count(list->live));
		json_close_object(&list->json);
	}
	say_what_is_missing(list);
	return status;
}

enum { OPTION_PID = OPTION_OWN, OPTION_TREE, OPTION_ALL };

static const struct option long_options[] = {
	{"pid", required_argument, NULL, OPTION_PID},
	{"tree", no_argument, NULL, OPTION_TREE},
	{"all", no_argument, NULL, OPTION_ALL},
	COMMON_LONG_OPTIONS,
};

static int take_option(struct list *list, int option, char **argv)
{
	switch (option) {
	case OPTION_PID:
		if (!parse_number(optarg, INT32_MAX, &list->pids[list->pid_count]))
			return usage_error(&command_list, "'%s' is not a pid", optarg);
		list->pid_count++;
		return 0;
	case OPTION_TREE:
		list->tree = true;
		return 0;
	case OPTION_ALL:
		list->all = true;
		return 0;
	default:
		return common_option(&command_list, option, argv);
	}
}

static int run(int argc, char **argv)
{
	struct list list = {.pids = calloc((size_t)argc, sizeof(uint64_t))};
	int option, status = list.pids ? 0 : PIMG_SYSTEM;

	while (!status && (option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options,
						NULL)) != -1)
		status = take_option(&list, option, argv);
	if (!status && optind < argc)
		status = usage_error(&command_list, "'%s' is one word too many", argv[optind]);
	if (!status && list.tree && !list.pid_count)
		status = usage_error(&command_list, "--tree goes with --pid");
	if (!status)
		status = list_pipes(&list);
	pimg_live_free(list.live);
	free(list.pids);
	return status;
}

const struct command command_list = {
	.name = "list",
	.run = run,
	.summary = "list live pipes: how full, who holds which end, who waits on whom",
	.synopsis = "[--pid PID]... [--tree] [--all]",
	.options = "      --pid=PID        only the pipes of this process\n"
		   "      --tree           and of its descendants\n"
		   "      --all            also empty pipes that one process keeps to itself\n",
};
