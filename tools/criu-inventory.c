// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which dump our files in a directory belong to. No two dumps have the same inventory.img, which tells
 * when it was, to the microsecond; all that copies or converts a directory leaves it as it is.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "criu-hook.h"
#include "message.h"

#define STOCK_INVENTORY "inventory.img"

/* CRIU's has some hundred bytes. */
#define INVENTORY_MAX 16384

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

int hook_keep_inventory(const struct hook *hook)
{
	char bytes[INVENTORY_MAX];
	ssize_t length = read_inventory(hook, STOCK_INVENTORY, bytes);
	int fd = length < 0 ? -1 : hook_open(hook, HOOK_INVENTORY, O_WRONLY | O_CREAT | O_EXCL);
	bool written = fd >= 0 && write(fd, bytes, (size_t)length) == length;

	if (fd >= 0 && close(fd) < 0)
		written = false;
	if (written)
		return 0;
	return hook_refuse(hook, PIMG_SYSTEM, "cannot copy %s: %s", STOCK_INVENTORY,
			   strerror(errno));
}

int hook_check_inventory(const struct hook *hook)
{
	char stock[INVENTORY_MAX], ours[INVENTORY_MAX];
	ssize_t length = read_inventory(hook, STOCK_INVENTORY, stock);

	if (length >= 0 && read_inventory(hook, HOOK_INVENTORY, ours) == length &&
	    !memcmp(stock, ours, (size_t)length))
		return 0;
	return hook_refuse(hook, PIMG_BAD_DATA,
			   "%s and %s are of another dump than the rest; if that was made without "
			   "this hook, remove them",
			   HOOK_STATE_PIPE, HOOK_STATE_FIFO);
}
