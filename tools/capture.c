// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg capture: what is unread in live pipes, into an image. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "json.h"
#include "message.h"
#include "selection.h"
#include "text.h"

struct capture {
	struct selector *selectors;
	size_t selector_count;
	struct selection selection;
	const char *output;
	bool has_layout;
	struct pimg_writer_options options;
	bool stop;

	struct pimg_live *live;
	struct pimg_queue **queues;
	size_t queue_count;
	size_t gone; /* closed between the look through /proc and their turn */
};

/* ---- taking ---- */

/* Ends of a pipe that is open in this process too, as far as others have it. */
static int add_listed_ends(struct capture *capture, struct pimg_queue *queue, size_t index,
			   struct pimg_error *error)
{
	const struct pimg_live_pipe *pipe;

	if (index == NOT_LISTED)
		return 0;
	pipe = pimg_live_pipe(capture->live, index);
	for (size_t i = 0; i < pipe->end_count; i++) {
		if (pimg_queue_add_end(queue, &pipe->ends[i], error) < 0)
			return -1;
	}
	return 0;
}

static struct pimg_queue *capture_one(struct capture *capture, const struct selected *selected,
				      struct pimg_error *error)
{
	struct pimg_queue *queue;

	if (selected->own_fd < 0)
		return pimg_live_capture(capture->live, selected->pipe, 0, error);
	queue = pimg_capture_fd(selected->own_fd, error);
	if (queue && add_listed_ends(capture, queue, selected->pipe, error) < 0) {
		pimg_queue_free(queue);
		return NULL;
	}
	return queue;
}

/* A pipe that is gone by now holds nothing: only one that was asked for by name is missed. */
static bool may_be_gone(const struct capture *capture)
{
	for (size_t i = 0; i < capture->selector_count; i++) {
		if (capture->selectors[i].by != SELECT_ALL &&
		    capture->selectors[i].by != SELECT_PID)
			return false;
	}
	return true;
}

/* --all means what one may look at. */
static bool only_all(const struct capture *capture)
{
	for (size_t i = 0; i < capture->selector_count; i++) {
		if (capture->selectors[i].by != SELECT_ALL)
			return false;
	}
	return true;
}

static int capture_queues(struct capture *capture)
{
	struct progress progress = {.label = "capturing"};
	size_t count = capture->selection.count;
	int status = 0;

	capture->queues = calloc(count + 1, sizeof(struct pimg_queue *));
	for (size_t i = 0; capture->queues && !status && i < count; i++) {
		struct pimg_error error;
		struct pimg_queue *queue;

		if (show_progress(&progress, i, count)) {
			status = refuse(PIMG_SYSTEM, "interrupted, and nothing was written");
			break;
		}
		queue = capture_one(capture, &capture->selection.entries[i], &error);
		if (queue)
			capture->queues[capture->queue_count++] = queue;
		else if (error.errno_value == ESRCH && may_be_gone(capture))
			capture->gone++;
		else if (error.errno_value == EACCES && only_all(capture))
			notice("left out: pipe %" PRId64 ", which this user may not read",
			       error.pipe);
		else
			status = complain(&error);
	}
	end_progress(&progress);
	return capture->queues ? status : refuse(PIMG_SYSTEM, "out of memory");
}

/* The processes that hold what was selected, each once. */
static pid_t *holders(const struct capture *capture, size_t *count)
{
	size_t room = 0;
	pid_t *pids = NULL;

	*count = 0;
	for (size_t i = 0; i < capture->selection.count; i++) {
		size_t index = capture->selection.entries[i].pipe;
		const struct pimg_live_pipe *pipe;

		if (index == NOT_LISTED)
			continue;
		pipe = pimg_live_pipe(capture->live, index);
		for (size_t j = 0; j < pipe->end_count; j++) {
			pid_t pid = (pid_t)pipe->ends[j].pid;
			bool known = false;

			for (size_t k = 0; k < *count && !known; k++)
				known = pids[k] == pid;
			if (known)
				continue;
			if (*count == room) {
				pid_t *grown;

				room = room ? room * 2 : 16;
				grown = reallocarray(pids, room, sizeof(*pids));
				if (!grown) {
					free(pids);
					return NULL;
				}
				pids = grown;
			}
			pids[(*count)++] = pid;
		}
	}
	return pids ? pids : calloc(1, sizeof(*pids));
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
	stop = pimg_stop_processes(pids, count, stop_when_interrupted, NULL, &error);
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

/* Says what a queue will lose. */
static void warn_of_merging(const struct capture *capture)
{
	for (size_t i = 0; i < capture->queue_count; i++) {
		const struct pimg_queue *queue = capture->queues[i];

		if (capture->options.layout == PIMG_LAYOUT_SPLICED &&
		    pimg_queue_packet_count(queue) > 0 && pimg_queue_chunk_count(queue) > 1)
			notice("pipe %" PRIu32 ": the spliced layout merges its %zu packets",
			       pimg_queue_id(queue), pimg_queue_packet_count(queue));
	}
}

static int mixed_types(void)
{
	return refuse(PIMG_USAGE,
		      "pipes and FIFOs cannot stand in one image file; give a directory "
		      "(-o NAME/), or choose with --pipe or --fifo");
}

static int write_file(struct capture *capture)
{
	enum pimg_type type =
		capture->queue_count ? pimg_queue_type(capture->queues[0]) : PIMG_PIPE;
	struct pimg_writer *writer;
	struct pimg_error error;

	for (size_t i = 1; i < capture->queue_count; i++) {
		if (pimg_queue_type(capture->queues[i]) != type)
			return mixed_types();
	}
	if (!capture->has_layout)
		capture->options.layout = PIMG_LAYOUT_PACKETS;
	warn_of_merging(capture);
	capture->options.queue_count = (uint32_t)capture->queue_count;
	writer = pimg_writer_open(capture->output, type, &capture->options, &error);
	if (!writer)
		return complain(&error);
	for (size_t i = 0; i < capture->queue_count; i++) {
		if (interrupted() || pimg_writer_put(writer, capture->queues[i], &error) < 0) {
			pimg_writer_abort(writer);
			if (!interrupted())
				return complain(&error);
			return refuse(PIMG_SYSTEM, "interrupted, and nothing was written");
		}
	}
	return pimg_writer_commit(writer, &error) < 0 ? complain(&error) : 0;
}

static int write_directory(struct capture *capture)
{
	struct pimg_error error;

	if (!capture->has_layout)
		capture->options.layout = PIMG_LAYOUT_INDEXED;
	warn_of_merging(capture);
	if (pimg_directory_write(capture->output, (const struct pimg_queue *const *)capture->queues,
				 capture->queue_count, &capture->options, &error) < 0)
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
	for (size_t i = 0; i < capture->queue_count; i++) {
		const struct pimg_queue *queue = capture->queues[i];

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
	json_number(&json, "gone", capture->gone);
	json_close_object(&json);
}

static void say_what_was_done(const struct capture *capture)
{
	uint64_t bytes = 0;
	size_t packets = 0;

	for (size_t i = 0; i < capture->queue_count; i++) {
		bytes += pimg_queue_bytes(capture->queues[i]);
		packets += pimg_queue_packet_count(capture->queues[i]);
	}
	notice("captured %zu queue%s, %zu packet%s, %" PRIu64 " bytes into %s",
	       capture->queue_count, capture->queue_count == 1 ? "" : "s", packets,
	       packets == 1 ? "" : "s", bytes,
	       !strcmp(capture->output, "-") ? "standard output" : capture->output);
	if (capture->gone)
		notice("%zu pipe%s closed while this ran", capture->gone,
		       capture->gone == 1 ? " was" : "s were");
}

/* ---- asking ---- */

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
						       : write_file(capture);
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

/* A descriptor belongs to the --pid right before it, and then stands for that alone. */
static int take_fd_option(struct capture *capture)
{
	struct selector *last =
		capture->selector_count ? &capture->selectors[capture->selector_count - 1] : NULL;
	struct selector selector = {.by = SELECT_FD};

	if (!parse_number(optarg, INT32_MAX, &selector.number))
		return usage_error(&command_capture, "'%s' is not a descriptor", optarg);
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
			return usage_error(&command_capture, "'%s' is not a pid", optarg);
		break;
	case OPTION_PIPE:
		selector.by = SELECT_PIPE;
		if (!parse_pipe_id(optarg, &selector.number))
			return usage_error(&command_capture, "'%s' is not the id of a pipe",
					   optarg);
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
					   "no layout '%s'; there are packets, indexed and spliced",
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

/* One descriptor of pipeimg itself, and one of another process: the order was not meant so. */
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
		return usage_error(&command_capture, "'%s' is one word too many", argv[optind]);
	if (!capture->selector_count)
		return usage_error(&command_capture,
				   "say which pipes: --pid, --pipe, --fd, --fifo or --all");
	if (capture->selection.tree && !has_selector(capture, SELECT_PID))
		return usage_error(&command_capture, "--tree goes with --pid");
	if (has_ambiguous_fd(capture))
		return usage_error(&command_capture,
				   "--fd stands right after the --pid it belongs to");
	if (!capture->output)
		return usage_error(&command_capture,
				   "say where to: -o FILE, -o DIRECTORY/ or -o -");
	if (!strcmp(capture->output, "-") && settings.json)
		return usage_error(
			&command_capture,
			"--json reports to standard output, which -o - takes for the image");
	if (!strcmp(capture->output, "-") && isatty(STDOUT_FILENO))
		return usage_error(&command_capture, "will not write an image to a terminal");
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
		.options = {.progress = stop_when_interrupted},
	};
	int status = PIMG_SYSTEM;

	if (capture.selectors)
		status = parse_options(&capture, argc, argv);
	if (!status)
		status = capture_to_output(&capture);
	for (size_t i = 0; i < capture.queue_count; i++)
		pimg_queue_free(capture.queues[i]);
	free(capture.queues);
	free(capture.selectors);
	selection_release(&capture.selection);
	pimg_live_free(capture.live);
	return status;
}

const struct command command_capture = {
	.name = "capture",
	.run = run,
	.summary = "copy what is unread in live pipes into an image",
	.synopsis = "(--pid PID [--tree] | --pipe ID | --fd N | --fifo PATH | --all)... -o OUT",
	.options =
		"      --pid=PID        all pipes that a process has open\n"
		"      --tree           and those of its descendants\n"
		"      --pipe=ID        the pipe with that inode number\n"
		"      --fd=N           descriptor N of the --pid before it, or of pipeimg itself\n"
		"      --fifo=PATH      a FIFO\n"
		"      --all            all pipes and FIFOs of all processes one may look at\n"
		"  -o, --output=OUT     the image; NAME/ makes a directory, - is standard output\n"
		"      --layout=LAYOUT  packets (default), indexed (default in a directory), "
		"spliced\n"
		"      --stop           stop the processes meanwhile, so that all is of one "
		"moment\n"
		"      --force          replace OUT if it exists\n",
};
