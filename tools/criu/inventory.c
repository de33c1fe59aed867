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

/* Returns its length, or -1 with errno set. */
static ssize_t read_inventory(const struct hook *hook, const char *name, char bytes[INVENTORY_MAX])
{
	int fd = hook_open(hook, name, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, bytes, INVENTORY_MAX);
	int failed = errno;

	if (fd >= 0)
		close(fd);
	errno = failed;
	return length;
}

/* The first line contains the number of saved queues, so that a missing file is noticed. */
int hook_keep_inventory(const struct hook *hook, const size_t counts[2])
{
	char bytes[INVENTORY_MAX], head[HEAD_MAX] = "";
	ssize_t length = read_inventory(hook, STOCK_INVENTORY, bytes);
	int fd = length < 0 ? -1 : hook_open(hook, HOOK_INVENTORY, O_WRONLY | O_CREAT | O_EXCL);
	bool written;

	snprintf(head, sizeof(head), "pipes %zu fifos %zu", counts[PIMG_PIPE], counts[PIMG_FIFO]);
	written = fd >= 0 && write(fd, head, sizeof(head)) == sizeof(head) &&
		  write(fd, bytes, (size_t)length) == length;
	if (fd >= 0 && close(fd) < 0)
		written = false;
	if (written)
		return 0;
	return hook_refuse(hook, PIMG_SYSTEM, "cannot copy %s: %s", STOCK_INVENTORY,
			   strerror(errno));
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

/* @ours: set to the copy */
static bool belongs_to_dump(const struct hook *hook, char ours[INVENTORY_MAX])
{
	char stock[INVENTORY_MAX];
	ssize_t length = read_inventory(hook, STOCK_INVENTORY, stock);

	return length >= 0 && read_inventory(hook, HOOK_INVENTORY, ours) == HEAD_MAX + length &&
	       !memcmp(stock, ours + HEAD_MAX, (size_t)length);
}

bool hook_is_saved(const struct hook *hook)
{
	char ours[INVENTORY_MAX];

	return belongs_to_dump(hook, ours);
}

int hook_check_inventory(const struct hook *hook)
{
	char ours[INVENTORY_MAX];

	if (!belongs_to_dump(hook, ours))
		return hook_refuse(
			hook, PIMG_BAD_DATA,
			"%s and %s belong to a different dump than the other images; if that dump "
			"was made without this hook, remove all pipeimg-* files",
			HOOK_STATE_PIPE, HOOK_STATE_FIFO);
	ours[HEAD_MAX - 1] = '\0';
	return check_files(hook, ours);
}
