// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipeimg browse: runs the program pipeimg-browse, which is installed beside pipeimg. It is a separate program
 * because of curses: loading that takes longer than all the rest of a short command.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/commands.h"
#include "shared/message.h"

/* Returns 0, or -1 if this program's path is not known (no /proc) or too long. */
static int beside_this(const char *name, char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size);
	char *slash;

	if (length < 0 || (size_t)length == size)
		return -1;
	path[length] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return -1;
	size -= (size_t)(slash + 1 - path);
	return (size_t)snprintf(slash + 1, size, "%s", name) < size ? 0 : -1;
}

static int run(int argc, char **argv)
{
	char path[PATH_MAX], name[] = "pipeimg-browse";

	(void)argc;
	argv[0] = name;
	release_interrupts();
	if (beside_this(name, path, sizeof(path)) == 0)
		execv(path, argv);
	/* This program was copied, or there is no /proc. */
	execv(BINDIR "/pipeimg-browse", argv);
	return refuse(PIMG_SYSTEM,
		      "cannot run " BINDIR "/pipeimg-browse: %s; install pipeimg again",
		      strerror(errno));
}

const struct command command_browse = {
	.name = "browse",
	.run = run,
	.summary = "browse an image or live pipes on the terminal",
};
