// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/selection.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/look.h"
#include "shared/message.h"
#include "shared/text.h"

static int refuse_number(const char *what, uint64_t number, const char *why)
{
	return refuse(PIMG_SYSTEM, "%s %" PRIu64 " %s", what, number, why);
}

int check_process(const struct pimg_live *live, uint64_t pid)
{
	if (pid > INT32_MAX || !pimg_live_has_process(live, (pid_t)pid))
		return refuse_number("process", pid,
				     "not found: not running, or hidden by hidepid");
	if (pimg_live_is_hidden(live, (pid_t)pid))
		return refuse_number(
			"process", pid,
			"cannot be inspected: permission denied; run as its owner or as root");
	return 0;
}

bool pipe_belongs(const struct pimg_live *live, size_t index, pid_t pid, bool tree)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);

	for (size_t i = 0; i < pipe->end_count; i++) {
		pid_t holder = (pid_t)pimg_end_at(pipe->ends, i)->pid;

		if (holder == pid || (tree && pimg_live_descends(live, holder, pid)))
			return true;
	}
	return false;
}

static struct selected *new_entry(struct selection *selection)
{
	if (selection->count == selection->room) {
		size_t room = selection->room ? selection->room * 2 : 64;
		struct selected *grown = reallocarray(selection->entries, room, sizeof(*grown));

		if (!grown)
			return NULL;
		selection->entries = grown;
		selection->room = room;
	}
	return &selection->entries[selection->count++];
}

/* Adds each pipe once. If it is selected in two ways, the stricter one applies. */
static int add(struct selection *selection, struct selected entry)
{
	struct selected *found = NULL;

	if (entry.pipe != NOT_LISTED && selection->entry_of[entry.pipe])
		found = &selection->entries[selection->entry_of[entry.pipe] - 1];
	if (found) {
		if (found->wanted < entry.wanted)
			found->wanted = entry.wanted;
		return 0;
	}
	found = new_entry(selection);
	if (!found)
		return refuse(PIMG_SYSTEM, "out of memory");
	*found = entry;
	if (entry.pipe != NOT_LISTED)
		selection->entry_of[entry.pipe] = selection->count;
	return 0;
}

static int add_pipe(struct selection *selection, size_t pipe, int wanted)
{
	struct selected entry = {.pipe = pipe, .own_fd = -1};

	entry.wanted = wanted;
	return add(selection, entry);
}

/* Descendants can belong to another user. */
static size_t count_hidden(const struct pimg_live *live, pid_t ancestor)
{
	size_t count = 0;

	for (size_t i = 0; i < pimg_live_process_count(live); i++) {
		pid_t pid = pimg_live_process(live, i);

		count += pimg_live_is_hidden(live, pid) && pimg_live_descends(live, pid, ancestor);
	}
	return count;
}

static int select_pid(struct selection *selection, struct pimg_live *live,
		      const struct selector *selector)
{
	size_t count = pimg_live_pipe_count(live);
	bool found = false;
	int status = check_process(live, selector->number);

	for (size_t i = 0; !status && i < count; i++) {
		if (!pipe_belongs(live, i, (pid_t)selector->number, selection->tree))
			continue;
		found = true;
		status = add_pipe(selection, i, WANTED_BY_PID);
	}
	if (!status && selection->tree)
		selection->hidden += count_hidden(live, (pid_t)selector->number);
	if (!status && !found)
		return refuse_number("process", selector->number, "has no pipe or FIFO open");
	return status;
}

/* Images contain only the low 32 bits of a long inode number, so these match too. */
static bool has_number(const struct pimg_live_pipe *pipe, const struct selector *selector)
{
	if (selector->only_pipes && pipe->type != PIMG_PIPE)
		return false;
	return pipe->inode == selector->number || pipe->id == selector->number;
}

static int refuse_ambiguous(const struct pimg_live *live, const struct selector *selector)
{
	size_t count = pimg_live_pipe_count(live);

	refuse(PIMG_USAGE,
	       "more than one pipe or FIFO has the number %" PRIu64
	       "; choose one with --pid PID --fd N, or a FIFO with --fifo PATH:",
	       selector->number);
	for (size_t i = 0; i < count; i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(live, i);

		if (!has_number(pipe, selector))
			continue;
		fputs("  ", stderr);
		print_live_pipe(stderr, pipe);
		fputs(", --pid ", stderr);
		fprintf(stderr, "%" PRIu32 " --fd %" PRIu32 "\n", pimg_end_at(pipe->ends, 0)->pid,
			pimg_end_at(pipe->ends, 0)->fd);
	}
	return PIMG_USAGE;
}

static int refuse_missing(const struct pimg_live *live, const struct selector *selector)
{
	char why[128];

	snprintf(why, sizeof(why),
		 pimg_live_hidden_count(live) ? "is not open in any process that you may inspect "
						"(%zu skipped: permission denied)"
					      : "is not open in any process",
		 pimg_live_hidden_count(live));
	return refuse_number("pipe", selector->number, why);
}

/* FIFOs on different file systems can have the same inode number. */
static int select_pipe(struct selection *selection, struct pimg_live *live,
		       const struct selector *selector)
{
	size_t count = pimg_live_pipe_count(live), found = 0, found_at = 0;

	for (size_t i = 0; i < count; i++) {
		if (!has_number(pimg_live_pipe(live, i), selector))
			continue;
		found++;
		found_at = i;
	}
	if (!found)
		return refuse_missing(live, selector);
	return found > 1 ? refuse_ambiguous(live, selector) : add_pipe(selection, found_at, WANTED);
}

/* The pipe with that inode, or NOT_LISTED. */
static size_t find_by_status(const struct pimg_live *live, const struct statx *status)
{
	ssize_t found = pimg_live_find(live, makedev(status->stx_dev_major, status->stx_dev_minor),
				       status->stx_ino);

	return found < 0 ? NOT_LISTED : (size_t)found;
}

static int select_own_fd(struct selection *selection, const struct pimg_live *live,
			 const struct selector *selector)
{
	struct statx status;

	if (selector->number > INT32_MAX || look_at((int)selector->number, "", &status) < 0)
		return refuse_number("descriptor", selector->number,
				     "is not open in pipeimg; for a descriptor of another process, "
				     "put --pid PID before --fd");
	if (!S_ISFIFO(status.stx_mode))
		return refuse_number("descriptor", selector->number,
				     "is neither a pipe nor a FIFO");
	return add(selection, (struct selected){
				      .pipe = find_by_status(live, &status),
				      .own_fd = (int)selector->number,
				      .wanted = WANTED,
			      });
}

static int select_fd(struct selection *selection, struct pimg_live *live,
		     const struct selector *selector)
{
	ssize_t found;
	char why[160];
	int status;

	if (!selector->pid)
		return select_own_fd(selection, live, selector);
	status = check_process(live, selector->pid);
	if (status)
		return status;
	found = pimg_live_find_end(live, (pid_t)selector->pid, (uint32_t)selector->number);
	if (found >= 0)
		return add_pipe(selection, (size_t)found, WANTED);
	snprintf(why, sizeof(why),
		 "of process %" PRIu64 " is not an end of a pipe or FIFO: it is closed, another "
		 "kind of file, or opened with O_PATH",
		 selector->pid);
	return refuse_number("descriptor", selector->number, why);
}

static int refuse_path(const char *path, const char *why)
{
	return refuse(PIMG_SYSTEM, "%s: %s", path, why);
}

/*
 * A FIFO has content only while a process has it open. Opening it would wake a process that waits in open(2),
 * so it is opened only if a process that cannot be inspected may have it open.
 */
static int select_fifo(struct selection *selection, struct pimg_live *live,
		       const struct selector *selector)
{
	struct statx status;
	size_t pipe;
	int fd;

	if (look_at(AT_FDCWD, selector->path, &status) < 0)
		return refuse_path(selector->path, strerror(errno));
	if (!S_ISFIFO(status.stx_mode))
		return refuse_path(selector->path, "not a FIFO");
	pipe = find_by_status(live, &status);
	if (pipe != NOT_LISTED)
		return add_pipe(selection, pipe, WANTED);
	if (!pimg_live_hidden_count(live))
		return refuse_path(selector->path,
				   "no process has it open, so it is empty (a FIFO loses its "
				   "content when the last descriptor is closed)");
	fd = open(selector->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return refuse_path(selector->path, strerror(errno));
	return add(selection, (struct selected){
				      .pipe = NOT_LISTED,
				      .own_fd = fd,
				      .opened = true,
				      .wanted = WANTED,
			      });
}

static int select_all(struct selection *selection, struct pimg_live *live)
{
	size_t count = pimg_live_pipe_count(live);
	int status = 0;

	for (size_t i = 0; !status && i < count; i++)
		status = add_pipe(selection, i, WANTED_BY_ALL);
	selection->hidden += pimg_live_hidden_count(live);
	return status;
}

int selection_find(struct selection *selection, struct pimg_live *live,
		   const struct selector *selectors, size_t count)
{
	int status = 0;

	selection->entry_of = calloc(pimg_live_pipe_count(live) + 1, sizeof(*selection->entry_of));
	if (!selection->entry_of)
		return refuse(PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; !status && i < count; i++) {
		switch (selectors[i].by) {
		case SELECT_PID:
			status = select_pid(selection, live, &selectors[i]);
			break;
		case SELECT_PIPE:
			status = select_pipe(selection, live, &selectors[i]);
			break;
		case SELECT_FD:
			status = select_fd(selection, live, &selectors[i]);
			break;
		case SELECT_FIFO:
			status = select_fifo(selection, live, &selectors[i]);
			break;
		case SELECT_ALL:
			status = select_all(selection, live);
			break;
		}
	}
	/* Two selectors can count the same process. */
	if (selection->hidden > pimg_live_hidden_count(live))
		selection->hidden = pimg_live_hidden_count(live);
	if (!status && selection->hidden)
		notice("skipped the pipes of %zu process%s: permission denied", selection->hidden,
		       PLURAL_ES(selection->hidden));
	return status;
}

void selection_release(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (selection->entries[i].opened)
			close(selection->entries[i].own_fd);
	}
	free(selection->entries);
	free(selection->entry_of);
}
