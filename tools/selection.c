// SPDX-License-Identifier: GPL-2.0-or-later
#include "selection.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"

static int refuse_number(const char *what, uint64_t number, const char *why)
{
	return refuse(PIMG_SYSTEM, "%s %" PRIu64 " %s", what, number, why);
}

int check_process(const struct pimg_live *live, uint64_t pid)
{
	if (pid > INT32_MAX || !pimg_live_has_process(live, (pid_t)pid))
		return refuse_number("no process", pid, "is running (or hidepid hides it)");
	if (pimg_live_is_hidden(live, (pid_t)pid))
		return refuse_number(
			"process", pid,
			"may not be looked at by this user; run as its owner or as root");
	return 0;
}

bool pipe_belongs(const struct pimg_live *live, size_t index, pid_t pid, bool tree)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);

	for (size_t i = 0; i < pipe->end_count; i++) {
		pid_t holder = (pid_t)pipe->ends[i].pid;

		if (holder == pid || (tree && pimg_live_descends(live, holder, pid)))
			return true;
	}
	return false;
}

static int add(struct selection *selection, struct selected entry)
{
	for (size_t i = 0; entry.pipe != NOT_LISTED && i < selection->count; i++) {
		if (selection->entries[i].pipe == entry.pipe)
			return 0;
	}
	if (selection->count == selection->room) {
		size_t room = selection->room ? selection->room * 2 : 64;
		struct selected *grown = reallocarray(selection->entries, room, sizeof(*grown));

		if (!grown)
			return refuse(PIMG_SYSTEM, "out of memory");
		selection->entries = grown;
		selection->room = room;
	}
	selection->entries[selection->count++] = entry;
	return 0;
}

static int add_pipe(struct selection *selection, size_t pipe)
{
	return add(selection, (struct selected){.pipe = pipe, .own_fd = -1});
}

static int select_pid(struct selection *selection, const struct pimg_live *live,
		      const struct selector *selector)
{
	size_t count = pimg_live_pipe_count(live);
	bool found = false;
	int status = check_process(live, selector->number);

	for (size_t i = 0; !status && i < count; i++) {
		if (!pipe_belongs(live, i, (pid_t)selector->number, selection->tree))
			continue;
		found = true;
		status = add_pipe(selection, i);
	}
	if (!status && !found)
		return refuse_number("process", selector->number, "holds no pipe and no FIFO");
	return status;
}

static int select_pipe(struct selection *selection, const struct pimg_live *live,
		       const struct selector *selector)
{
	size_t count = pimg_live_pipe_count(live);
	char why[128];

	for (size_t i = 0; i < count; i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(live, i);

		/* Pipes come first; the ids of FIFOs are their file systems', and list shows them. */
		if (pipe->inode == selector->number)
			return add_pipe(selection, i);
	}
	snprintf(why, sizeof(why),
		 pimg_live_hidden_count(live)
			 ? "is open in a process that this user may look at (%zu may not be)"
			 : "is open in any process",
		 pimg_live_hidden_count(live));
	return refuse_number("no pipe", selector->number, why);
}

/* The pipe with that inode, or NOT_LISTED. */
static size_t find_by_status(const struct pimg_live *live, const struct stat *status)
{
	size_t count = pimg_live_pipe_count(live);

	for (size_t i = 0; i < count; i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(live, i);

		if (pipe->device == status->st_dev && pipe->inode == status->st_ino)
			return i;
	}
	return NOT_LISTED;
}

static int select_own_fd(struct selection *selection, const struct pimg_live *live,
			 const struct selector *selector)
{
	struct stat status;

	if (selector->number > INT32_MAX || fstat((int)selector->number, &status) < 0)
		return refuse_number(
			"descriptor", selector->number,
			"is not open in pipeimg; for another process's give its --pid before");
	if (!S_ISFIFO(status.st_mode))
		return refuse_number("descriptor", selector->number,
				     "is neither a pipe nor a FIFO");
	return add(selection, (struct selected){
				      .pipe = find_by_status(live, &status),
				      .own_fd = (int)selector->number,
			      });
}

static int select_fd(struct selection *selection, const struct pimg_live *live,
		     const struct selector *selector)
{
	size_t count = pimg_live_pipe_count(live);
	char why[128];
	int status;

	if (!selector->pid)
		return select_own_fd(selection, live, selector);
	status = check_process(live, selector->pid);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		const struct pimg_live_pipe *pipe = pimg_live_pipe(live, i);

		for (size_t j = 0; j < pipe->end_count; j++) {
			if (pipe->ends[j].pid == selector->pid &&
			    pipe->ends[j].fd == selector->number)
				return add_pipe(selection, i);
		}
	}
	snprintf(why, sizeof(why),
		 "of process %" PRIu64
		 " is not an end of a pipe or FIFO: it is closed, something else, or opened with "
		 "O_PATH",
		 selector->pid);
	return refuse_number("descriptor", selector->number, why);
}

static int refuse_path(const char *path, const char *why)
{
	return refuse(PIMG_SYSTEM, "%s: %s", path, why);
}

/*
 * What is in a FIFO lives only while somebody has it open. Opening it ourselves would wake whoever
 * waits for a partner, so that is done only where we cannot see whether anybody has.
 */
static int select_fifo(struct selection *selection, const struct pimg_live *live,
		       const struct selector *selector)
{
	struct stat status;
	size_t pipe;
	int fd;

	if (stat(selector->path, &status) < 0)
		return refuse_path(selector->path, strerror(errno));
	if (!S_ISFIFO(status.st_mode))
		return refuse_path(selector->path, "is not a FIFO");
	pipe = find_by_status(live, &status);
	if (pipe != NOT_LISTED)
		return add_pipe(selection, pipe);
	if (!pimg_live_hidden_count(live))
		return refuse_path(
			selector->path,
			"no process has it open, so nothing is in it (a FIFO's content goes "
			"with its last descriptor)");
	fd = open(selector->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return refuse_path(selector->path, strerror(errno));
	return add(selection, (struct selected){.pipe = NOT_LISTED, .own_fd = fd, .opened = true});
}

static int select_all(struct selection *selection, const struct pimg_live *live)
{
	size_t count = pimg_live_pipe_count(live);
	int status = 0;

	for (size_t i = 0; !status && i < count; i++)
		status = add_pipe(selection, i);
	if (pimg_live_hidden_count(live))
		notice("left out: the pipes of %zu processes that this user may not look at",
		       pimg_live_hidden_count(live));
	return status;
}

int selection_find(struct selection *selection, const struct pimg_live *live,
		   const struct selector *selectors, size_t count)
{
	int status = 0;

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
	return status;
}

void selection_release(struct selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (selection->entries[i].opened)
			close(selection->entries[i].own_fd);
	}
	free(selection->entries);
}
