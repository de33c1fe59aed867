// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Identifies the dump that the files of the hook belong to. Every inventory.img is different, because it
 * contains the time of the dump in microseconds. Copying or converting a directory does not change it.
 */
#include "criu/inventory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/message.h"

#define STOCK_INVENTORY "inventory.img"

/* CRIU's inventory.img has a few hundred bytes. */
#define INVENTORY_MAX 16384
#define HEAD_MAX      64

/* Returns its length, or -1 and sets problem. */
static ssize_t read_inventory(const struct hook *hook, const char *name, char bytes[INVENTORY_MAX],
			      const char **problem)
{
	int fd = hook_open(hook, name, O_RDONLY, problem);
	ssize_t length;

	if (fd < 0)
		return -1;
	length = read(fd, bytes, INVENTORY_MAX);
	if (length < 0)
		*problem = strerror(errno);
	close(fd);
	return length;
}

/* Returns what is wrong, or null. */
static const char *write_copy(const struct hook *hook, const char head[HEAD_MAX], const char *bytes,
			      size_t length)
{
	const char *problem;
	int fd = hook_open(hook, HOOK_INVENTORY, O_WRONLY | O_CREAT | O_EXCL, &problem);

	if (fd < 0)
		return problem;
	if (write(fd, head, HEAD_MAX) != HEAD_MAX || write(fd, bytes, length) != (ssize_t)length)
		problem = strerror(errno);
	if (close(fd) < 0 && !problem)
		problem = strerror(errno);
	return problem;
}

/* The first line contains the number of saved queues, so that a missing file is noticed. */
int hook_keep_inventory(const struct hook *hook, const size_t counts[2])
{
	char bytes[INVENTORY_MAX], head[HEAD_MAX] = "";
	const char *problem;
	ssize_t length = read_inventory(hook, STOCK_INVENTORY, bytes, &problem);

	snprintf(head, sizeof(head), "pipes %zu fifos %zu", counts[PIMG_PIPE], counts[PIMG_FIFO]);
	if (length >= 0)
		problem = write_copy(hook, head, bytes, (size_t)length);
	if (!problem)
		return 0;
	return hook_refuse(hook, PIMG_SYSTEM, "cannot copy %s: %s", STOCK_INVENTORY, problem);
}

static int check_files(const struct hook *hook, const char *head)
{
	size_t counts[2];

	if (sscanf(head, "pipes %zu fifos %zu", &counts[PIMG_PIPE], &counts[PIMG_FIFO]) != 2)
		return hook_refuse(hook, PIMG_BAD_DATA, "%s is damaged", HOOK_INVENTORY);
	for (int type = PIMG_PIPE; type <= PIMG_FIFO; type++) {
		if (counts[type] && !hook_has(hook, hook_state_name(type)))
			return hook_refuse(
				hook, PIMG_BAD_DATA, "%s is missing; it contained %zu queue%s",
				hook_state_name(type), counts[type], PLURAL_S(counts[type]));
	}
	return 0;
}

/* Returns the name of a file that cannot be read, with its problem, or null. @ours: set to the copy */
static const char *compare(const struct hook *hook, char ours[INVENTORY_MAX], bool *same,
			   const char **problem)
{
	char stock[INVENTORY_MAX];
	ssize_t length = read_inventory(hook, STOCK_INVENTORY, stock, problem), copied;

	if (length < 0)
		return STOCK_INVENTORY;
	copied = read_inventory(hook, HOOK_INVENTORY, ours, problem);
	if (copied < 0)
		return HOOK_INVENTORY;
	*same = copied == HEAD_MAX + length && !memcmp(stock, ours + HEAD_MAX, (size_t)length);
	return NULL;
}

bool hook_is_saved(const struct hook *hook)
{
	char ours[INVENTORY_MAX];
	const char *problem;
	bool same;

	return !compare(hook, ours, &same, &problem) && same;
}

int hook_check_inventory(const struct hook *hook)
{
	char ours[INVENTORY_MAX];
	const char *problem, *unreadable;
	bool same;

	unreadable = compare(hook, ours, &same, &problem);
	if (unreadable)
		return hook_refuse(hook, PIMG_BAD_DATA, "%s: cannot open: %s", unreadable, problem);
	if (!same)
		return hook_refuse(
			hook, PIMG_BAD_DATA,
			"%s and %s belong to a different dump than the other images; if that dump "
			"was made without this hook, remove all pipeimg-* files",
			HOOK_STATE_PIPE, HOOK_STATE_FIFO);
	ours[HEAD_MAX - 1] = '\0';
	return check_files(hook, ours);
}
