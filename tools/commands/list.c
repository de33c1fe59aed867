// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg list: lists live pipes, with fill level, holders and waiting processes. */
#include "commands/list-json.h"
#include "commands/list-look.h"
#include "commands/list-print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeimg-private.h"
#include "shared/commands.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/selection.h"
#include "shared/text.h"

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

static void show_row(struct list *list, const struct row *row)
{
	if (settings.json)
		row_write_json(&list->json, row);
	else {
		if (!list->shown)
			row_print_head();
		row_print(row);
	}
	list->shown++;
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
		row_look_at(&row, list->live, i);
		if (!list->all && !list->pid_count && row_is_private(&row))
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
		notice("the processes given with --pid have no pipe open");
	if (list->left_out)
		notice("omitted %zu empty pipe%s used by only one process; --all shows them",
		       list->left_out, PLURAL_S(list->left_out));
	if (hidden)
		notice("skipped the pipes of %zu of %zu processes: permission denied", hidden,
		       pimg_live_process_count(list->live));
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
			return usage_error(&command_list, "invalid pid '%s'", optarg);
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
		status = usage_error(&command_list, "unexpected argument '%s'", argv[optind]);
	if (!status && list.tree && !list.pid_count)
		status = usage_error(&command_list, "--tree requires --pid");
	if (!status)
		status = list_pipes(&list);
	pimg_live_free(list.live);
	free(list.pids);
	return status;
}

const struct command command_list = {
	.name = "list",
	.run = run,
	.summary = "list live pipes, with fill level, holders and waiting processes",
	.synopsis = "[--pid PID]... [--tree] [--all]",
	.options = "      --pid=PID        only the pipes of this process\n"
		   "      --tree           also those of its descendants\n"
		   "      --all            also empty pipes that only one process has open\n",
};
