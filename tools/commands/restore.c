// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg restore: refills pipes from the queues of an image, for a command or a process. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/choice.h"
#include "shared/commands.h"
#include "shared/json.h"
#include "shared/look.h"
#include "shared/message.h"
#include "shared/text.h"

/* A queue, and the descriptors that the command gets for its ends. */
struct target {
	bool has_id;
	uint64_t id;
	int read_fd;
	int write_fd; /* -1: the command reads end-of-file after the last chunk */
	bool has_fds;
	int ends[2]; /* after the refill */
};

struct restore {
	struct pimg_image *image;
	struct target *targets;
	size_t target_count;
	const char *dump; /* the one to restore of an input that has several, or null */
	const char *fifo;
	bool into;
	uint64_t into_pid, into_fd;
	char **command;
};

/* ---- the queue ---- */

static struct pimg_queue *load_queue(struct restore *restore, const struct target *target,
				     int *status)
{
	const struct choice choice = {restore->image, target->has_id, target->id, false};
	const struct pimg_queue_info *info;
	struct pimg_queue *queue;
	struct pimg_error error;
	size_t index;

	*status = choose_queue(&choice, &index);
	if (*status)
		return NULL;
	info = pimg_image_queue(restore->image, index);
	if (info->boundaries_lost)
		notice("%s %" PRIu32
		       ": its packets were merged in the dump; restoring them as one stream run",
		       pimg_type_word(info->type), info->id);
	queue = pimg_image_load(restore->image, index, &error);
	if (!queue)
		*status = complain(&error);
	return queue;
}

static void report_differences(const struct pimg_queue *queue,
			       const struct pimg_refill_report *report)
{
	if (report->capacity_differs)
		notice("%s %" PRIu32 ": capacity is %" PRIu32 " bytes, not %" PRIu32
		       " as recorded%s%s; the content is exact",
		       pimg_type_word(pimg_queue_type(queue)), pimg_queue_id(queue),
		       report->capacity, pimg_queue_capacity(queue),
		       *report->limit ? ", because of " : "", report->limit);
	if (report->owner_differs)
		detail("%s %" PRIu32 ": owner or mode could not be set as recorded",
		       pimg_type_word(pimg_queue_type(queue)), pimg_queue_id(queue));
}

/* ---- restoring for a command ---- */

static int refill_target(struct restore *restore, struct target *target)
{
	struct pimg_refill_report report = {0};
	struct pimg_error error;
	int status, result;
	struct pimg_queue *queue = load_queue(restore, target, &status);

	if (!queue)
		return status;
	result = pimg_refill(queue, target->ends, &report, &error);
	if (result == 0)
		report_differences(queue, &report);
	pimg_queue_free(queue);
	return result < 0 ? complain(&error) : 0;
}

static int system_failed(const char *what)
{
	return refuse(PIMG_SYSTEM, "%s: %s", what, strerror(errno));
}

/* The lowest descriptor above those for the command. */
static int first_free_fd(const struct restore *restore)
{
	int highest = STDERR_FILENO;

	for (size_t i = 0; i < restore->target_count; i++) {
		const struct target *target = &restore->targets[i];

		if (target->read_fd > highest)
			highest = target->read_fd;
		if (target->write_fd > highest)
			highest = target->write_fd;
	}
	return highest + 1;
}

/* Moves an end above the descriptors for the command. */
static int move_away(int *fd, int above)
{
	int moved = fcntl(*fd, F_DUPFD_CLOEXEC, above);

	if (moved < 0)
		return system_failed("cannot move a descriptor (see ulimit -n)");
	close(*fd);
	*fd = moved;
	return 0;
}

static int place(int from, int to)
{
	if (to >= 0 && dup2(from, to) < 0)
		return system_failed("cannot pass on a descriptor (see ulimit -n)");
	close(from);
	return 0;
}

static int hand_over(struct restore *restore)
{
	int above = first_free_fd(restore), status = 0;

	for (size_t i = 0; !status && i < restore->target_count * 2; i++)
		status = move_away(&restore->targets[i / 2].ends[i % 2], above);
	for (size_t i = 0; !status && i < restore->target_count; i++) {
		const struct target *target = &restore->targets[i];

		status = place(target->ends[0], target->read_fd);
		if (!status)
			status = place(target->ends[1], target->write_fd);
	}
	return status;
}

static int run_command(struct restore *restore)
{
	int status = 0;

	for (size_t i = 0; !status && i < restore->target_count; i++)
		status = refill_target(restore, &restore->targets[i]);
	if (status)
		return status;
	if (interrupted()) {
		return refuse(PIMG_SYSTEM, "interrupted; no command was run");
	}
	pimg_image_close(restore->image);
	restore->image = NULL;
	status = hand_over(restore);
	if (status)
		return status;
	release_interrupts();
	execvp(restore->command[0], restore->command);
	return system_failed(restore->command[0]);
}

/* ---- restoring into an existing pipe ---- */

static void write_json_report(const struct pimg_queue *queue,
			      const struct pimg_refill_report *report, const char *name)
{
	struct json json = json_start(stdout);

	json_open_object(&json, NULL);
	json_string(&json, "target", name);
	json_number(&json, "id", pimg_queue_id(queue));
	json_number(&json, "bytes", pimg_queue_bytes(queue));
	json_number(&json, "packets", pimg_queue_packet_count(queue));
	json_number(&json, "chunk_count", pimg_queue_chunk_count(queue));
	json_number(&json, "capacity", report->capacity);
	json_close_object(&json);
}

static int refill_existing(const struct pimg_queue *queue, int fd, const char *name)
{
	struct pimg_refill_report report = {0};
	struct pimg_error error;

	/* If the reader closes its end now, report an error instead of dying from SIGPIPE. */
	signal(SIGPIPE, SIG_IGN);
	if (pimg_refill_fd(queue, fd, &report, &error) < 0) {
		if (!error.file[0])
			snprintf(error.file, sizeof(error.file), "%s", name);
		return complain(&error);
	}
	report_differences(queue, &report);
	if (settings.json) {
		write_json_report(queue, &report, name);
		return 0;
	}
	notice("refilled %s with %" PRIu64 " byte%s in %zu chunk%s", name, pimg_queue_bytes(queue),
	       PLURAL_S(pimg_queue_bytes(queue)), pimg_queue_chunk_count(queue),
	       PLURAL_S(pimg_queue_chunk_count(queue)));
	return 0;
}

static int restore_into_process(struct restore *restore, const struct pimg_queue *queue)
{
	struct pimg_error error;
	char name[64];
	int status, fd = pimg_live_get_fd((pid_t)restore->into_pid, (int)restore->into_fd, &error);

	if (fd < 0)
		return complain(&error);
	snprintf(name, sizeof(name), "%" PRIu64 ":%" PRIu64, restore->into_pid, restore->into_fd);
	status = refill_existing(queue, fd, name);
	close(fd);
	return status;
}

/* Waits for a reader, like a redirection in the shell: without a reader, the content would be lost. */
static int open_fifo(const char *path)
{
	struct statx status;
	int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && errno == ENXIO) {
		detail("%s: waiting for a reader", path);
		fd = open(path, O_WRONLY | O_CLOEXEC);
	}
	if (fd < 0 || look_at(fd, "", &status) < 0)
		return -1;
	if (S_ISFIFO(status.stx_mode))
		return fd;
	close(fd);
	errno = ENOTSUP;
	return -1;
}

static int restore_into_fifo(struct restore *restore, const struct pimg_queue *queue)
{
	struct statx status;
	int result, fd;

	if (look_at(AT_FDCWD, restore->fifo, &status) == 0 && !S_ISFIFO(status.stx_mode))
		return refuse(PIMG_SYSTEM, "%s: not a FIFO", restore->fifo);
	fd = open_fifo(restore->fifo);
	if (fd < 0 && interrupted())
		return refuse(PIMG_SYSTEM, "%s: interrupted; no reader had opened it",
			      restore->fifo);
	if (fd < 0)
		return system_failed(restore->fifo);
	result = refill_existing(queue, fd, restore->fifo);
	close(fd);
	return result;
}

/* Load the queue first, so that an error in it does not wake or block a reader. */
static int restore_into_existing(struct restore *restore)
{
	int status;
	struct pimg_queue *queue = load_queue(restore, &restore->targets[0], &status);

	if (!queue)
		return status;
	status = restore->fifo ? restore_into_fifo(restore, queue)
			       : restore_into_process(restore, queue);
	pimg_queue_free(queue);
	return status;
}

/* ---- options ---- */

enum { OPTION_PIPE = OPTION_OWN, OPTION_FDS, OPTION_INTO, OPTION_FIFO, OPTION_DUMP };

static const struct option long_options[] = {
	{"pipe", required_argument, NULL, OPTION_PIPE},
	{"fds", required_argument, NULL, OPTION_FDS},
	{"into", required_argument, NULL, OPTION_INTO},
	{"fifo", required_argument, NULL, OPTION_FIFO},
	{"dump", required_argument, NULL, OPTION_DUMP},
	COMMON_LONG_OPTIONS,
};

static struct target *last_target(struct restore *restore)
{
	return &restore->targets[restore->target_count - 1];
}

static void add_target(struct restore *restore)
{
	restore->targets[restore->target_count++] =
		(struct target){.read_fd = STDIN_FILENO, .write_fd = -1, .ends = {-1, -1}};
}

/* Each --pipe begins a new target, unless the last target has no id yet. */
static int take_pipe(struct restore *restore)
{
	uint64_t id;

	if (!parse_queue_id(optarg, &id))
		return usage_error(&command_restore, "invalid pipe id '%s'", optarg);
	if (last_target(restore)->has_id)
		add_target(restore);
	last_target(restore)->has_id = true;
	last_target(restore)->id = id;
	return 0;
}

/* Far above the default of fs.nr_open, 2^20. */
#define HIGHEST_FD ((1 << 24) - 1)

static int take_fds(struct restore *restore)
{
	char *comma = strchr(optarg, ',');
	struct target *target = last_target(restore);
	uint64_t number;

	if (target->has_fds)
		return usage_error(&command_restore,
				   "more than one --fds for a pipe; put --pipe before each");
	target->has_fds = true;
	if (comma)
		*comma = '\0';
	if (!parse_number(optarg, HIGHEST_FD, &number))
		return usage_error(&command_restore, "--fds takes one descriptor, or two as R,W");
	target->read_fd = (int)number;
	if (!comma)
		return 0;
	if (!parse_number(comma + 1, HIGHEST_FD, &number) || (int)number == target->read_fd)
		return usage_error(&command_restore,
				   "--fds takes two different descriptors as R,W");
	target->write_fd = (int)number;
	return 0;
}

static int take_into(struct restore *restore)
{
	char *colon = strchr(optarg, ':');

	if (colon)
		*colon = '\0';
	if (!colon || !parse_number(optarg, INT32_MAX, &restore->into_pid) || !restore->into_pid ||
	    !parse_number(colon + 1, INT32_MAX, &restore->into_fd))
		return usage_error(&command_restore, "--into takes PID:FD");
	restore->into = true;
	return 0;
}

static int take_option(struct restore *restore, int option, char **argv)
{
	switch (option) {
	case OPTION_PIPE:
		return take_pipe(restore);
	case OPTION_FDS:
		return take_fds(restore);
	case OPTION_INTO:
		return take_into(restore);
	case OPTION_DUMP:
		restore->dump = optarg;
		return 0;
	case OPTION_FIFO:
		restore->fifo = optarg;
		return 0;
	default:
		return common_option(&command_restore, option, argv);
	}
}

static bool same_fd_twice(const struct restore *restore)
{
	for (size_t i = 0; i < restore->target_count; i++) {
		const struct target *a = &restore->targets[i];

		for (size_t j = i + 1; j < restore->target_count; j++) {
			const struct target *b = &restore->targets[j];

			if (a->read_fd == b->read_fd || a->read_fd == b->write_fd ||
			    a->write_fd == b->read_fd ||
			    (a->write_fd >= 0 && a->write_fd == b->write_fd))
				return true;
		}
	}
	return false;
}

static int check_options(const struct restore *restore)
{
	int ways = (restore->into ? 1 : 0) + (restore->fifo ? 1 : 0) + (restore->command ? 1 : 0);

	if (ways != 1)
		return usage_error(&command_restore,
				   ways ? "--into, --fifo and -- CMD are mutually exclusive"
					: "no target given; use -- CMD, --into or --fifo");
	if (!restore->command && (restore->target_count > 1 || restore->targets[0].has_fds))
		return usage_error(&command_restore,
				   "--into and --fifo take one --pipe and no --fds");
	if (restore->command && settings.json)
		return usage_error(&command_restore, "--json requires --into or --fifo; with -- "
						     "CMD, standard output belongs to CMD");
	if (same_fd_twice(restore))
		return usage_error(
			&command_restore,
			"two pipes use the same descriptor; each --pipe needs a different --fds");
	return 0;
}

static int open_image(struct restore *restore, const char *path)
{
	struct progress progress = {.label = "reading"};
	const struct pimg_error *damage;
	const struct pimg_open_options options = {
		.progress = &(struct pimg_progress){show_progress, &progress},
		.dump = restore->dump,
	};
	struct pimg_error error;

	restore->image = pimg_image_open(path, &options, &error);
	end_progress(&progress);
	if (!restore->image)
		return complain(&error);
	pimg_image_set_progress(restore->image, &until_interrupted);
	damage = pimg_image_damage(restore->image);
	return damage ? complain(damage) : 0;
}

static int restore_image(struct restore *restore, const char *path)
{
	int status = open_image(restore, path);

	if (status)
		return status;
	return restore->command ? run_command(restore) : restore_into_existing(restore);
}

/* Options can precede and follow the image. The command begins after -- or at the next non-option. */
static int parse_words(struct restore *restore, int argc, char **argv, const char **path)
{
	int option, status;

	for (;;) {
		option = getopt_long(argc, argv, "+:" COMMON_SHORT_OPTIONS, long_options, NULL);
		if (option != -1) {
			status = take_option(restore, option, argv);
			if (status)
				return status;
			continue;
		}
		if (optind >= argc || *path || !strcmp(argv[optind - 1], "--"))
			break;
		*path = argv[optind++];
	}
	if (!*path)
		return usage_error(&command_restore, "no image given");
	restore->command = optind < argc ? argv + optind : NULL;
	return 0;
}

static int run(int argc, char **argv)
{
	struct restore restore = {.targets = calloc((size_t)argc + 1, sizeof(struct target))};
	int status = restore.targets ? 0 : PIMG_SYSTEM;
	const char *path = NULL;

	if (!status)
		add_target(&restore);
	if (!status)
		status = parse_words(&restore, argc, argv, &path);
	if (!status)
		status = check_options(&restore);
	if (!status)
		status = restore_image(&restore, path);
	pimg_image_close(restore.image);
	free(restore.targets);
	return status;
}

const struct command command_restore = {
	.name = "restore",
	.run = run,
	.summary = "fill pipes from an image, for a command or a process",
	.synopsis = "IMAGE [--dump PATH] [--pipe ID] [--fds R[,W]]... (-- CMD [ARG]... | --into "
		    "PID:FD | --fifo "
		    "PATH)",
	.options =
		"      --dump=PATH      this dump of an input that has several\n"
		"      --pipe=ID        the queue to restore; needed if several have unread data\n"
		"      --fds=R[,W]      descriptors for CMD: the read end (default 0) and the "
		"write\n"
		"                       end; without W, CMD reads end-of-file after the last "
		"chunk;\n"
		"                       --pipe and --fds can be repeated in pairs\n"
		"      --into=PID:FD    refill the empty pipe that process PID has open as FD\n"
		"      --fifo=PATH      refill an empty FIFO, after waiting for a reader\n",
};
