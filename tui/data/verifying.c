// SPDX-License-Identifier: GPL-2.0-or-later
#include "data/verifying.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "terminal/screen.h"
#include "terminal/signals.h"
#include "terminal/trouble.h"

#define PROGRESS_NS	30000000U
#define MESSAGES_A_STEP 64

enum message_kind {
	MESSAGE_FINDING,
	MESSAGE_MORE, /* in done */
	MESSAGE_PROGRESS,
	MESSAGE_COMPLETE,
	MESSAGE_FAILED,
};

/* A packet from the worker process: it arrives completely, or not at all. */
struct message {
	enum message_kind kind;
	size_t check;
	enum pimg_type type;
	uint64_t done, total;
	struct pimg_verify_summary summary;
	struct pimg_error error;
};

_Static_assert(sizeof(struct message) <= 4096, "a packet is no longer than a page");

/* ---- the verifying process ---- */

struct worker {
	int output;
	uint64_t told_ns;
	uint64_t *found; /* by check */
};

/* If the write fails, the browser is gone. */
static void tell(const struct worker *worker, const struct message *message)
{
	if (write(worker->output, message, sizeof(*message)) != (ssize_t)sizeof(*message))
		_exit(EXIT_FAILURE);
}

static int find(void *context, const struct pimg_check *check, const struct pimg_error *finding,
		enum pimg_type type)
{
	struct worker *worker = context;
	struct message message = {
		.kind = MESSAGE_FINDING,
		.check = pimg_check_number(check),
		.type = type,
		.error = *finding,
	};

	if (worker->found[message.check]++ < VERIFYING_KEPT)
		tell(worker, &message);
	return 0;
}

static int advance(void *context, uint64_t done, uint64_t total)
{
	struct worker *worker = context;
	struct message message = {.kind = MESSAGE_PROGRESS, .done = done, .total = total};
	uint64_t now = screen_now_ns();

	if (now - worker->told_ns >= PROGRESS_NS) {
		worker->told_ns = now;
		tell(worker, &message);
	}
	return 0;
}

/* Writes the image, as it would be saved, to an unnamed file that becomes standard output. */
static int write_image(struct pimg_image *image, struct pimg_error *error)
{
	size_t count = pimg_image_queue_count(image);
	struct pimg_writer_options options = {
		.layout = PIMG_LAYOUT_PACKETS,
		.queue_count = (uint32_t)count,
	};
	struct pimg_writer *writer;
	int file;

	if (!count)
		return trouble(error, "nothing to verify");
	file = memfd_create("pipeimg", MFD_CLOEXEC);
	if (file < 0 || dup2(file, STDOUT_FILENO) < 0)
		return system_trouble(error, errno, "cannot create a file in memory");
	writer = pimg_writer_open("-", pimg_image_queue(image, 0)->type, &options, error);
	for (size_t i = 0; writer && i < count; i++) {
		struct pimg_queue *queue = pimg_image_load(image, i, error);

		if (!queue || pimg_writer_put(writer, queue, error) < 0) {
			pimg_writer_abort(writer);
			writer = NULL;
		}
		pimg_queue_free(queue);
	}
	return writer ? pimg_writer_commit(writer, error) : -1;
}

static void tell_of_more(struct worker *worker)
{
	struct message message = {.kind = MESSAGE_MORE};

	for (size_t check = 1; check <= pimg_check_count(); check++) {
		if (worker->found[check] <= VERIFYING_KEPT)
			continue;
		message.check = check;
		message.done = worker->found[check] - VERIFYING_KEPT;
		tell(worker, &message);
	}
}

static int verify(struct worker *worker, const char *path, const char *dump,
		  struct pimg_image *image, struct pimg_verify_summary *summary,
		  struct pimg_error *error)
{
	const struct pimg_verify_options options = {
		.found = find,
		.context = worker,
		.progress = &(struct pimg_progress){advance, worker},
		.dump = path ? dump : NULL,
	};

	worker->found = calloc(pimg_check_count() + 1, sizeof(*worker->found));
	if (!worker->found)
		return system_trouble(error, 0, "no memory");
	if (!path && write_image(image, error) < 0)
		return -1;
	return pimg_verify(path ? path : "/proc/self/fd/1", &options, summary, error);
}

static void __attribute__((noreturn))
work(int output, const char *path, const char *dump, struct pimg_image *image)
{
	struct message message = {.kind = MESSAGE_COMPLETE};
	struct worker worker = {.output = output};

	if (verify(&worker, path, dump, image, &message.summary, &message.error) < 0)
		message.kind = MESSAGE_FAILED;
	else
		tell_of_more(&worker);
	tell(&worker, &message);
	_exit(EXIT_SUCCESS);
}

/* The worker dies with its parent, stops with it, and does not touch the terminal. */
static void prepare(pid_t parent)
{
	signals_release();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
}

/* ---- the browser's side ---- */

static bool add(struct verifying *verifying, const struct finding *finding)
{
	size_t room = verifying->room ? verifying->room * 2 : 64;
	struct finding *grown;

	if (verifying->count == verifying->room) {
		grown = reallocarray(verifying->findings, room, sizeof(*grown));
		if (!grown)
			return false;
		verifying->findings = grown;
		verifying->room = room;
	}
	verifying->findings[verifying->count++] = *finding;
	return true;
}

static void release(struct finding *finding)
{
	free(finding->file);
	free(finding->sentence);
}

static void add_finding(struct verifying *verifying, const struct message *message)
{
	const struct pimg_error *error = &message->error;
	struct finding finding = {
		.check = message->check,
		.type = message->type,
		.record = error->record,
		.pipe = error->pipe,
		.offset = error->offset,
		.file = strndup(error->file, sizeof(error->file)),
		.sentence = strndup(error->sentence, sizeof(error->sentence)),
	};

	if (!finding.file || !finding.sentence || !add(verifying, &finding))
		release(&finding);
}

static void add_more(struct verifying *verifying, const struct message *message)
{
	struct finding finding = {
		.check = message->check,
		.record = PIMG_NONE,
		.pipe = PIMG_NONE,
		.offset = PIMG_NONE,
		.more = message->done,
	};

	add(verifying, &finding);
}

static void take(struct verifying *verifying, const struct message *message)
{
	switch (message->kind) {
	case MESSAGE_FINDING:
		add_finding(verifying, message);
		break;
	case MESSAGE_MORE:
		add_more(verifying, message);
		break;
	case MESSAGE_PROGRESS:
		verifying->done_bytes = message->done;
		verifying->total_bytes = message->total;
		break;
	case MESSAGE_COMPLETE:
		verifying->is_complete = true;
		verifying->summary = message->summary;
		break;
	case MESSAGE_FAILED:
		verifying->has_failed = true;
		verifying->failure = message->error;
		break;
	}
}

static void end(struct verifying *verifying)
{
	int status = 0;

	if (verifying->input >= 0)
		close(verifying->input);
	verifying->input = -1;
	while (waitpid(verifying->child, &status, 0) < 0 && errno == EINTR)
		;
	verifying->child = 0;
	if (verifying->is_complete || verifying->has_failed)
		return;
	verifying->has_failed = true;
	system_trouble(&verifying->failure, 0, "the verifying process ended: %s",
		       WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it could not continue");
}

bool verifying_step(struct verifying *verifying)
{
	struct message message;
	bool any = false;

	for (int i = 0; verifying->child && i < MESSAGES_A_STEP; i++) {
		ssize_t length = read(verifying->input, &message, sizeof(message));

		if (length < 0)
			return any;
		if (length == sizeof(message))
			take(verifying, &message);
		else
			end(verifying);
		any = true;
	}
	return any;
}

bool verifying_is_running(const struct verifying *verifying)
{
	return verifying->child != 0;
}

void verifying_stop(struct verifying *verifying)
{
	if (!verifying->child)
		return;
	kill(verifying->child, SIGKILL);
	verifying->has_failed = true;
	system_trouble(&verifying->failure, 0, "verification was stopped");
	end(verifying);
}

/* The pipe is in packet mode, so that each read(2) returns one message. */
int verifying_start(struct verifying *verifying, const char *path, const char *dump,
		    struct pimg_image *image, struct pimg_error *error)
{
	pid_t parent = getpid();
	int ends[2];

	memset(verifying, 0, sizeof(*verifying));
	verifying->input = -1;
	if (pipe2(ends, O_CLOEXEC | O_DIRECT) < 0)
		return system_trouble(error, errno, "cannot create a pipe");
	verifying->child = fork();
	if (!verifying->child) {
		prepare(parent);
		work(ends[1], path, dump, image);
	}
	close(ends[1]);
	verifying->input = ends[0];
	if (verifying->child > 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
		return 0;
	close(ends[0]);
	verifying->input = -1;
	verifying->child = 0;
	return system_trouble(error, errno, "cannot start a process");
}

void verifying_free(struct verifying *verifying)
{
	verifying_stop(verifying);
	for (size_t i = 0; i < verifying->count; i++)
		release(&verifying->findings[i]);
	free(verifying->findings);
	memset(verifying, 0, sizeof(*verifying));
	verifying->input = -1;
}
