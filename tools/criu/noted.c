// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/noted.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeimg-private.h"

static int by_number(const void *a, const void *b)
{
	const struct noted_pipe *x = a, *y = b;

	if (x->type != y->type)
		return x->type < y->type ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static int add(struct noted *noted, enum pimg_type type, uint32_t id, bool packet_mode)
{
	if (noted->count == noted->room) {
		size_t room = noted->room ? 2 * noted->room : 64;
		struct noted_pipe *pipes = reallocarray(noted->pipes, room, sizeof(*pipes));

		if (!pipes)
			return -1;
		noted->pipes = pipes;
		noted->room = room;
	}
	noted->pipes[noted->count++] =
		(struct noted_pipe){.type = type, .id = id, .packet_mode = packet_mode};
	return 0;
}

/* Most pipes are noted for each of their ends. */
static void sort(struct noted *noted)
{
	size_t kept = 0;

	if (noted->count)
		qsort(noted->pipes, noted->count, sizeof(*noted->pipes), by_number);
	for (size_t i = 0; i < noted->count; i++) {
		if (kept && by_number(&noted->pipes[kept - 1], &noted->pipes[i]) == 0)
			noted->pipes[kept - 1].packet_mode |= noted->pipes[i].packet_mode;
		else
			noted->pipes[kept++] = noted->pipes[i];
	}
	noted->count = kept;
}

static int read_lines(const struct hook *hook, FILE *file, struct noted *noted)
{
	unsigned type, packet_mode;
	uint32_t id;
	int fields;

	while ((fields = fscanf(file, PACKET_PIPE, &type, &id, &packet_mode)) == 3) {
		if (add(noted, type == FDINFO_FIFO ? PIMG_FIFO : PIMG_PIPE, id, packet_mode) < 0)
			return hook_refuse(hook, PIMG_SYSTEM, "out of memory");
	}
	if (fields == EOF && !ferror(file))
		return 0;
	return hook_refuse(hook, PIMG_BAD_DATA, "%s is damaged", HOOK_FAILED);
}

int noted_read(const struct hook *hook, struct noted *noted)
{
	const char *problem;
	int fd = hook_open(hook, HOOK_FAILED, O_RDONLY, &problem), status;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	*noted = (struct noted){0};
	if (!file) {
		status = hook_refuse(hook, PIMG_SYSTEM, "%s: cannot open: %s", HOOK_FAILED,
				     fd < 0 ? problem : strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	status = read_lines(hook, file, noted);
	fclose(file);
	sort(noted);
	return status;
}

void noted_release(struct noted *noted)
{
	free(noted->pipes);
	*noted = (struct noted){0};
}

struct noted_pipe *noted_find(const struct noted *noted, enum pimg_type type, uint32_t id)
{
	struct noted_pipe wanted = {.type = type, .id = id};

	if (!noted->count)
		return NULL;
	return bsearch(&wanted, noted->pipes, noted->count, sizeof(wanted), by_number);
}

int noted_check(const struct hook *hook, const struct noted *noted)
{
	for (size_t i = 0; i < noted->count; i++) {
		const struct noted_pipe *pipe = &noted->pipes[i];

		if (pipe->found && (pipe->mode_found || !pipe->packet_mode))
			continue;
		return hook_refuse(hook, PIMG_SYSTEM,
				   "%s %" PRIu32
				   ": no task has %s open, because it is in flight in a socket; "
				   "receive it before the dump",
				   pimg_type_word(pipe->type), pipe->id,
				   pipe->found ? "its end in packet mode" : "this packet pipe");
	}
	return 0;
}
