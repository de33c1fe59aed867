// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of the hook in a directory of images: the log, and the names of all others. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "criu-hook.h"
#include "message.h"

const char *hook_path(const struct hook *hook, const char *name, char *text)
{
	int length = snprintf(text, PATH_MAX, "%s/%s", hook->directory, name);

	/* No file has such a name, so that opening it fails. */
	if (length >= PATH_MAX)
		text[0] = '\0';
	return text;
}

bool hook_has(const struct hook *hook, const char *name)
{
	char path[PATH_MAX];

	return access(hook_path(hook, name, path), F_OK) == 0;
}

void hook_remove(const struct hook *hook, const char *name)
{
	char path[PATH_MAX];

	unlink(hook_path(hook, name, path));
}

const char *hook_state_name(enum pimg_type type)
{
	return type == PIMG_FIFO ? HOOK_STATE_FIFO : HOOK_STATE_PIPE;
}

const char *hook_stock_name(enum pimg_type type)
{
	return type == PIMG_FIFO ? "fifo-data.img" : "pipes-data.img";
}

/* Images may lie where nothing can be written any more; then standard error must do. */
static void write_log(const struct hook *hook, const char *text)
{
	char path[PATH_MAX];
	int fd = open(hook_path(hook, HOOK_LOG, path), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
		      0600);

	if (fd < 0)
		return;
	dprintf(fd, "%s: %s\n", hook->action, text);
	close(fd);
}

void hook_say(const struct hook *hook, const char *format, ...)
{
	char text[1536];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_log(hook, text);
	notice("%s", text);
}

int hook_refuse(const struct hook *hook, enum pimg_status status, const char *format, ...)
{
	char text[1536];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	write_log(hook, text);
	return refuse(status, "%s", text);
}

int hook_complain(const struct hook *hook, const struct pimg_error *error)
{
	char text[sizeof(error->file) + sizeof(error->sentence) + 128];

	return hook_refuse(hook, error->status, "%s", pimg_error_format(error, text, sizeof(text)));
}
