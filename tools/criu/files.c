// SPDX-License-Identifier: GPL-2.0-or-later
/* Files of the hook in an image directory: the log, and the names of the others. */
#include "criu/files.h"

#include <byteswap.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "shared/message.h"
#include "shared/text.h"

/* Of all CRIU images since version 1.6, in the byte order of the machine that dumped. */
#define IMAGE_MAGIC 0x54564319U

/* Messages use the real name of the directory. */
static void name_directory(struct hook *hook, const char *directory)
{
	char link[64];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", hook->directory_fd);
	length = readlink(link, hook->directory, sizeof(hook->directory) - 1);
	if (length > 0)
		hook->directory[length] = '\0';
	else
		snprintf(hook->directory, sizeof(hook->directory), "%s", directory);
}

int hook_open_directory(struct hook *hook, const char *directory)
{
	snprintf(hook->directory, sizeof(hook->directory), "%s", directory);
	hook->directory_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hook->directory_fd < 0)
		return -1;
	name_directory(hook, directory);
	return 0;
}

const char *hook_path(const struct hook *hook, const char *name, char *text)
{
	int length = snprintf(text, PATH_MAX, "%s/%s", hook->directory, name);

	/* Opening an empty name fails. */
	if (length >= PATH_MAX)
		text[0] = '\0';
	return text;
}

bool hook_has(const struct hook *hook, const char *name)
{
	struct stat status;

	return fstatat(hook->directory_fd, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

int hook_remove(const struct hook *hook, const char *name)
{
	if (unlinkat(hook->directory_fd, name, 0) == 0 || errno == ENOENT)
		return 0;
	return hook_refuse(hook, PIMG_SYSTEM, "%s/%s: cannot remove: %s", hook->directory, name,
			   strerror(errno));
}

/*
 * The directory may come from an untrusted archive, and the hook runs as root: never follow a link, and never
 * block on a FIFO.
 */
int hook_open(const struct hook *hook, const char *name, int flags)
{
	struct stat status;
	int fd = openat(hook->directory_fd, name,
			flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)))
		return fd;
	close(fd);
	errno = EINVAL;
	return -1;
}

/* Returns what is wrong with an image file, or null. The caller has excluded links and other types. */
static const char *problem_with(const struct hook *hook, int fd)
{
	struct stat status, directory;
	uint32_t magic;

	if (fstat(fd, &status) < 0 || fstat(hook->directory_fd, &directory) < 0)
		return strerror(errno);
	if (status.st_nlink != 1)
		return "it has several names";
	if (status.st_uid != geteuid() && status.st_uid != directory.st_uid)
		return "it belongs to another user than the directory";
	/* Decompression would need an unknown amount of memory. */
	if (pread(fd, &magic, sizeof(magic), 0) == sizeof(magic) && magic != IMAGE_MAGIC &&
	    magic != bswap_32(IMAGE_MAGIC))
		return "not an uncompressed image";
	return NULL;
}

/* Opens the file again by its descriptor, because its name may be another file by now. */
static struct pimg_image *open_checked(const struct hook *hook, const char *name, int fd,
				       int *status)
{
	const struct pimg_open_options options = {.progress = &until_interrupted};
	const struct pimg_error *damage;
	struct pimg_image *image;
	struct pimg_error error;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	image = pimg_image_open(path, &options, &error);
	damage = image ? pimg_image_damage(image) : &error;
	if (damage) {
		struct pimg_error shown = *damage;

		snprintf(shown.file, sizeof(shown.file), "%s", name);
		*status = hook_complain(hook, &shown);
	}
	return image;
}

struct pimg_image *hook_open_image(const struct hook *hook, const char *name, int *status)
{
	int fd = hook_open(hook, name, O_RDONLY);
	const char *problem = NULL;
	struct pimg_image *image = NULL;

	if (fd < 0)
		problem =
			errno == EINVAL || errno == ELOOP ? "not a regular file" : strerror(errno);
	else
		problem = problem_with(hook, fd);
	if (problem)
		*status = hook_refuse(hook, PIMG_SYSTEM, "%s/%s: cannot open: %s", hook->directory,
				      name, problem);
	else
		image = open_checked(hook, name, fd, status);
	if (fd >= 0)
		close(fd);
	return image;
}

const char *hook_state_name(enum pimg_type type)
{
	return type == PIMG_FIFO ? HOOK_STATE_FIFO : HOOK_STATE_PIPE;
}

const char *hook_stock_name(enum pimg_type type)
{
	return type == PIMG_FIFO ? STOCK_FIFO : STOCK_PIPE;
}

/*
 * The directory may be read-only; then messages go only to standard error. Names of processes in the text can
 * contain any byte.
 */
static void write_log(const struct hook *hook, const char *text)
{
	int fd = hook_open(hook, HOOK_LOG, O_WRONLY | O_APPEND | O_CREAT);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "a");
	time_t now = time(NULL);
	struct tm local;
	char moment[32];

	if (!file) {
		if (fd >= 0)
			close(fd);
		return;
	}
	strftime(moment, sizeof(moment), "%F %T", localtime_r(&now, &local));
	fprintf(file, "%s %s: ", moment, hook->action);
	print_bytes(file, text, strlen(text), SIZE_MAX, false);
	fputc('\n', file);
	fclose(file);
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

int hook_mark_failed(const struct hook *hook)
{
	int fd = hook_open(hook, HOOK_FAILED, O_WRONLY | O_CREAT);

	if (fd < 0)
		return hook_refuse(hook, PIMG_SYSTEM, "%s/%s: cannot create: %s", hook->directory,
				   HOOK_FAILED, strerror(errno));
	close(fd);
	return 0;
}

int hook_complain(const struct hook *hook, const struct pimg_error *error)
{
	char text[sizeof(error->file) + sizeof(error->sentence) + 128];

	return hook_refuse(hook, error->status, "%s", pimg_error_format(error, text, sizeof(text)));
}
