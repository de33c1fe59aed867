// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg capture: copies unread data from live pipes into an image. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/commands.h"
#include "shared/json.h"
#include "shared/merged.h"
#include "shared/message.h"
#include "shared/name.h"
#include "shared/selection.h"
#include "shared/take.h"
#include "shared/text.h"

struct capture {
	struct selector *selectors;
	size_t selector_count;
	struct selection selection;
	const char *output;
	bool has_layout;
	struct pimg_writer_options options;
	bool stop;

	struct pimg_live *live;
	struct taken taken;
};

/* ---- capturing ---- */

static int capture_queues(struct capture *capture)
{
	struct progress progress = {.label = "capturing"};

	int status = take_selection(&capture->taken, capture->live, &capture->selection, &progress);
	size_t denied = capture->taken.skipped_count - capture->taken.gone;

	if (status || capture->taken.count)
		return status;
	if (denied)
		return refuse(PIMG_SYSTEM, "nothing was captured: %s",
			      denied == 1 ? "the only pipe was skipped" : "all pipes were skipped");
	return refuse(PIMG_BAD_DATA, "nothing was captured, and no file was written: %s",
		      capture->selection.count
			      ? "the selected pipes are closed"
			      : "no process that you may inspect has a pipe or FIFO open");
}

static int by_pid(const void *a, const void *b)
{
	const pid_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Sorts pids and removes duplicates. Returns the new count. */
static size_t sort_pids(pid_t *pids, size_t count)
{
	size_t kept = 0;

	if (count)
		qsort(pids, count, sizeof(*pids), by_pid);
	for (size_t i = 0; i < count; i++) {
		if (!kept || pids[kept - 1] != pids[i])
			pids[kept++] = pids[i];
	}
	return kept;
}

/* The pipe of an entry in /proc, or null. */
static const struct pimg_live_pipe *listed(const struct capture *capture, size_t entry)
{
	size_t index = capture->selection.entries[entry].pipe;

	return index == NOT_LISTED ? NULL : pimg_live_pipe(capture->live, index);
}

/* The processes that have a selected pipe open, each once. */
static pid_t *holders(const struct capture *capture, size_t *count)
{
	size_t ends = 0;
	pid_t *pids;

	for (size_t i = 0; i < capture->selection.count; i++)
		ends += listed(capture, i) ? listed(capture, i)->end_count : 0;
	pids = calloc(ends + 1, sizeof(*pids));
	if (!pids)
		return NULL;
	*count = 0;
	for (size_t i = 0; i < capture->selection.count; i++) {
		const struct pimg_live_pipe *pipe = listed(capture, i);

		for (size_t j = 0; pipe && j < pipe->end_count; j++)
			pids[(*count)++] = (pid_t)pimg_end_at(pipe->ends, j)->pid;
	}
	*count = sort_pids(pids, *count);
	return pids;
}

static int capture_stopped(struct capture *capture)
{
	struct pimg_stop *stop;
	struct pimg_error error;
	size_t count;
	pid_t *pids = holders(capture, &count);
	int status;

	if (!pids)
		return refuse(PIMG_SYSTEM, "out of memory");
	stop = pimg_stop_processes(pids, count, &until_interrupted, &error);
	free(pids);
	if (!stop)
		return complain(&error);
	status = capture_queues(capture);
	pimg_stop_release(stop);
	return status;
}

/* ---- writing ---- */

static bool is_directory(const char *path)
{
	struct stat status;
	size_t length = strlen(path);

	return (length && path[length - 1] == '/') ||
	       (stat(path, &status) == 0 && S_ISDIR(status.st_mode));
}

/* Warns about packets that the spliced layout merges. */
static void warn_of_merging(const struct capture *capture)
{
	for (size_t i = 0; i < capture->taken.count; i++) {
		const struct pimg_queue *queue = capture->taken.queues[i];

		if (capture->options.layout == PIMG_LAYOUT_SPLICED)
			note_merged(pimg_queue_type(queue), pimg_queue_id(queue),
				    pimg_queue_packet_count(queue));
	}
}

static int mixed_types(void)
{
	return refuse(PIMG_USAGE, "one image file cannot contain both pipes and FIFOs; write to a "
				  "directory (-o NAME/), or select with --pipe or --fifo");
}

static int write_file(struct capture *capture)
{
	enum pimg_type type =
		capture->taken.count ? pimg_queue_type(capture->taken.queues[0]) : PIMG_PIPE;
	struct pimg_writer *writer;
	struct pimg_error error;

	for (size_t i = 1; i < capture->taken.count; i++) {
		if (pimg_queue_type(capture->taken.queues[i]) != type)
			return mixed_types();
	}
	if (!capture->has_layout)
		capture->options.layout = PIMG_LAYOUT_PACKETS;
	warn_of_merging(capture);
	capture->options.queue_count = (uint32_t)capture->taken.count;
	writer = pimg_writer_open(capture->output, type, &capture->options, &error);
	if (!writer)
		return complain(&error);
	for (size_t i = 0; i < capture->taken.count; i++) {
		if (interrupted() ||
		    pimg_writer_put(writer, capture->taken.queues[i], &error) < 0) {
			pimg_writer_abort(writer);
			if (!interrupted())
				return complain(&error);
			return refuse(PIMG_SYSTEM, "interrupted; nothing was written");
		}
	}
	return pimg_writer_commit(writer, &error) < 0 ? complain(&error) : 0;
}

static int write_file_and_check_name(struct capture *capture)
{
	int status = write_file(capture);

	if (!status && strcmp(capture->output, "-") != 0)
		note_broken_promise(capture->output, PIMG_TO_IMAGE);
	return status;
}

static int write_directory(struct capture *capture)
{
	struct pimg_error error;

	if (!capture->has_layout)
		capture->options.layout = PIMG_LAYOUT_INDEXED;
	warn_of_merging(capture);
	if (pimg_directory_write(capture->output,
				 (const struct pimg_queue *const *)capture->taken.queues,
				 capture->taken.count, &capture->options, &error) < 0)
		return complain(&error);
	return 0;
}

static void write_json_report(const struct capture *capture)
{
	struct json json = json_start(stdout);

	json_open_object(&json, NULL);
	json_string(&json, "output", capture->output);
	json_string(&json, "layout", pimg_layout_name(capture->options.layout));
	json_open_array(&json, "queues");
	for (size_t i = 0; i < capture->taken.count; i++) {
		const struct pimg_queue *queue = capture->taken.queues[i];

		json_open_object(&json, NULL);
		json_string(&json, "type", pimg_type_name(pimg_queue_type(queue)));
		json_number(&json, "id", pimg_queue_id(queue));
		json_string(&json, "mode", pimg_mode_name(pimg_queue_mode(queue)));
		json_number(&json, "capacity", pimg_queue_capacity(queue));
		json_number(&json, "bytes", pimg_queue_bytes(queue));
		json_number(&json, "packets", pimg_queue_packet_count(queue));
		json_number(&json, "chunk_count", pimg_queue_chunk_count(queue));
		json_close_object(&json);
	}
	json_close_array(&json);
	json_number(&json, "gone", capture->taken.gone);
	json_skipped(&json, &capture->taken, &capture->selection);
	json_close_object(&json);
}

static void say_what_was_done(const struct capture *capture)
{
	uint64_t bytes = 0;
	size_t packets = 0;
	char skipped[64] = "";

	for (size_t i = 0; i < capture->taken.count; i++) {
		bytes += pimg_queue_bytes(capture->taken.queues[i]);
		packets += pimg_queue_packet_count(capture->taken.queues[i]);
	}
	if (capture->taken.skipped_count)
		snprintf(skipped, sizeof(skipped), "; skipped %zu", capture->taken.skipped_count);
	notice("captured %zu queue%s, %zu packet%s, %" PRIu64 " byte%s into %s%s",
	       capture->taken.count, PLURAL_S(capture->taken.count), packets, PLURAL_S(packets),
	       bytes, PLURAL_S(bytes),
	       !strcmp(capture->output, "-") ? "standard output" : capture->output, skipped);
}

/* ---- options ---- */

static int capture_to_output(struct capture *capture)
{
	struct pimg_error error;
	int status;

	capture->live = pimg_live_scan(0, &error);
	if (!capture->live)
		return complain(&error);
	status = selection_find(&capture->selection, capture->live, capture->selectors,
				capture->selector_count);
	if (!status)
		status = capture->stop ? capture_stopped(capture) : capture_queues(capture);
	if (!status)
		status = is_directory(capture->output) ? write_directory(capture)
						       : write_file_and_check_name(capture);
	if (!status && settings.json)
		write_json_report(capture);
	else if (!status)
		say_what_was_done(capture);
	return status;
}

enum {
	OPTION_PID = OPTION_OWN,
	OPTION_TREE,
	OPTION_PIPE,
	OPTION_FD,
	OPTION_FIFO,
	OPTION_ALL,
	OPTION_LAYOUT,
	OPTION_STOP,
	OPTION_FORCE,
};

static const struct option long_options[] = {
	{"pid", required_argument, NULL, OPTION_PID},
	{"tree", no_argument, NULL, OPTION_TREE},
	{"pipe", required_argument, NULL, OPTION_PIPE},
	{"fd", required_argument, NULL, OPTION_FD},
	{"fifo", required_argument, NULL, OPTION_FIFO},
	{"all", no_argument, NULL, OPTION_ALL},
	{"output", required_argument, NULL, 'o'},
	{"layout", required_argument, NULL, OPTION_LAYOUT},
	{"stop", no_argument, NULL, OPTION_STOP},
	{"force", no_argument, NULL, OPTION_FORCE},
	COMMON_LONG_OPTIONS,
};

/* --fd applies to the --pid directly before it, and narrows that to this descriptor. */
static int take_fd_option(struct capture *capture)
{
	struct selector *last =
		capture->selector_count ? &capture->selectors[capture->selector_count - 1] : NULL;
	struct selector selector = {.by = SELECT_FD};

	if (!parse_number(optarg, INT32_MAX, &selector.number))
		return usage_error(&command_capture, "invalid descriptor '%s'", optarg);
	if (last && last->by == SELECT_PID) {
		selector.pid = last->number;
		*last = selector;
		return 0;
	}
	if (last && last->by == SELECT_FD)
		selector.pid = last->pid;
	capture->selectors[capture->selector_count++] = selector;
	return 0;
}

static int take_selector(struct capture *capture, int option)
{
	struct selector selector = {.path = optarg};

	switch (option) {
	case OPTION_PID:
		selector.by = SELECT_PID;
		if (!parse_number(optarg, INT32_MAX, &selector.number) || !selector.number)
			return usage_error(&command_capture, "invalid pid '%s'", optarg);
		break;
	case OPTION_PIPE:
		selector.by = SELECT_PIPE;
		selector.only_pipes = !strncmp(optarg, "pipe:", 5);
		if (!parse_pipe_id(optarg, &selector.number))
			return usage_error(&command_capture, "invalid pipe id '%s'", optarg);
		break;
	case OPTION_FIFO:
		selector.by = SELECT_FIFO;
		break;
	default:
		selector.by = SELECT_ALL;
		break;
	}
	capture->selectors[capture->selector_count++] = selector;
	return 0;
}

static int take_option(struct capture *capture, int option, char **argv)
{
	switch (option) {
	case OPTION_PID:
	case OPTION_PIPE:
	case OPTION_FIFO:
	case OPTION_ALL:
		return take_selector(capture, option);
	case OPTION_FD:
		return take_fd_option(capture);
	case OPTION_TREE:
		capture->selection.tree = true;
		return 0;
	case 'o':
		capture->output = optarg;
		return 0;
	case OPTION_LAYOUT:
		capture->has_layout = true;
		if (pimg_layout_by_name(optarg, &capture->options.layout) < 0)
			return usage_error(&command_capture,
					   "unknown layout '%s'; use packets, indexed or spliced",
					   optarg);
		return 0;
	case OPTION_STOP:
		capture->stop = true;
		return 0;
	case OPTION_FORCE:
		capture->options.replace = true;
		return 0;
	default:
		return common_option(&command_capture, option, argv);
	}
}

static bool has_selector(const struct capture *capture, int by)
{
	for (size_t i = 0; i < capture->selector_count; i++) {
		if ((int)capture->selectors[i].by == by)
			return true;
	}
	return false;
}

/* --fd before a --pid means a descriptor of pipeimg itself, which is probably a mistake. */
static bool has_ambiguous_fd(const struct capture *capture)
{
	bool own = false, other = false;

	for (size_t i = 0; i < capture->selector_count; i++) {
		const struct selector *selector = &capture->selectors[i];

		own |= selector->by == SELECT_FD && !selector->pid;
		other |= selector->by == SELECT_PID || (selector->by == SELECT_FD && selector->pid);
	}
	return own && other;
}

static int check_options(const struct capture *capture, int argc, char **argv)
{
	if (optind < argc)
		return usage_error(&command_capture, "unexpected argument '%s'", argv[optind]);
	if (!capture->selector_count)
		return usage_error(&command_capture,
				   "no pipes selected; use --pid, --pipe, --fd, --fifo or --all");
	if (capture->selection.tree && !has_selector(capture, SELECT_PID))
		return usage_error(&command_capture, "--tree requires --pid");
	if (has_ambiguous_fd(capture))
		return usage_error(&command_capture, "--fd must directly follow its --pid");
	if (!capture->output)
		return usage_error(&command_capture,
				   "no output given; use -o FILE, -o DIRECTORY/ or -o -");
	if (!strcmp(capture->output, "-") && settings.json)
		return usage_error(
			&command_capture,
			"--json and -o - are mutually exclusive: both write to standard output");
	if (!strcmp(capture->output, "-") && isatty(STDOUT_FILENO))
		return usage_error(&command_capture, "refusing to write an image to a terminal");
	return 0;
}

static int parse_options(struct capture *capture, int argc, char **argv)
{
	int option, status;

	while ((option = getopt_long(argc, argv, ":o:" COMMON_SHORT_OPTIONS, long_options, NULL)) !=
	       -1) {
		status = take_option(capture, option, argv);
		if (status)
			return status;
	}
	return check_options(capture, argc, argv);
}

static int run(int argc, char **argv)
{
	struct capture capture = {
		.selectors = calloc((size_t)argc, sizeof(struct selector)),
		.options = {.progress = until_interrupted},
	};
	int status = PIMG_SYSTEM;

	if (capture.selectors)
		status = parse_options(&capture, argc, argv);
	if (!status)
		status = capture_to_output(&capture);
	taken_release(&capture.taken);
	free(capture.selectors);
	selection_release(&capture.selection);
	pimg_live_free(capture.live);
	return status;
}

const struct command command_capture = {
	.name = "capture",
	.run = run,
	.summary = "copy the unread data of live pipes into an image",
	.synopsis = "(--pid PID [--tree] | --pipe ID | --fd N | --fifo PATH | --all)... -o OUT",
	.options =
		"      --pid=PID        all pipes that this process has open\n"
		"      --tree           also those of its descendants\n"
		"      --pipe=ID        the pipe with this inode number\n"
		"      --fd=N           descriptor N of the preceding --pid, or of pipeimg itself\n"
		"      --fifo=PATH      the FIFO at this path\n"
		"      --all            all pipes and FIFOs of all processes that you may inspect\n"
		"  -o, --output=OUT     the image; NAME/ for a directory, - for standard output\n"
		"      --layout=LAYOUT  packets (default), indexed (default in a directory), "
		"spliced\n"
		"      --stop           stop the processes, for a consistent snapshot\n"
		"      --force          replace OUT if it exists\n",
};
