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

#include "pipeimg-private.h"
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

/* Returns what is wrong with an open file, or null. */
static const char *problem_with(const struct hook *hook, int fd)
{
	struct stat status, directory;

	if (fstat(fd, &status) < 0 || fstat(hook->directory_fd, &directory) < 0)
		return strerror(errno);
	if (!S_ISREG(status.st_mode))
		return "not a regular file";
	if (status.st_nlink != 1)
		return "it has several names";
	if (status.st_uid != geteuid() && status.st_uid != directory.st_uid)
		return "it belongs to another user than the directory";
	return NULL;
}

/*
 * The directory may come from an untrusted archive, and the hook runs as root: never follow a link, never block on
 * a FIFO, and never write to a file that has another name elsewhere.
 */
int hook_open(const struct hook *hook, const char *name, int flags, const char **problem)
{
	int fd = openat(hook->directory_fd, name,
			flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0600);

	if (fd < 0) {
		/* A FIFO without a reader, or a link. */
		*problem =
			errno == ENXIO || errno == ELOOP ? "not a regular file" : strerror(errno);
		return -1;
	}
	*problem = problem_with(hook, fd);
	if (!*problem)
		return fd;
	close(fd);
	return -1;
}

/* ---- images ---- */

/* Decompression would need an unknown amount of memory. */
static bool is_plain_image(int fd)
{
	uint32_t magic;

	return pread(fd, &magic, sizeof(magic), 0) != sizeof(magic) || magic == IMAGE_MAGIC ||
	       magic == bswap_32(IMAGE_MAGIC);
}

/*
 * Opens a file or directory again by its descriptor, because its name may be another one by now.
 * @name: for messages
 */
static struct pimg_image *open_again(const struct hook *hook, int fd, const char *name, int *status)
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
		size_t length = strlen(path);
		/* The rest is the name of an image in a directory. */
		const char *rest = strncmp(shown.file, path, length) ? "" : shown.file + length;
		char file[sizeof(shown.file)];

		snprintf(file, sizeof(file), "%s%s", name, rest);
		snprintf(shown.file, sizeof(shown.file), "%s", file);
		*status = hook_complain(hook, &shown);
	}
	return image;
}

struct pimg_image *hook_open_image(const struct hook *hook, const char *name, int *status)
{
	const char *problem;
	int fd = hook_open(hook, name, O_RDONLY, &problem);
	struct pimg_image *image = NULL;

	if (fd >= 0 && !is_plain_image(fd))
		problem = "not an uncompressed image";
	if (problem)
		*status = hook_refuse(hook, PIMG_SYSTEM, "%s/%s: cannot open: %s", hook->directory,
				      name, problem);
	else
		image = open_again(hook, fd, name, status);
	if (fd >= 0)
		close(fd);
	return image;
}

struct pimg_image *hook_open_images(const struct hook *hook, int *status)
{
	return open_again(hook, hook->directory_fd, hook->directory, status);
}

struct pimg_writer *hook_create_image(const struct hook *hook, enum pimg_type type,
				      const struct pimg_writer_options *options, int *status)
{
	const char *name = hook_state_name(type);
	char shown_name[PATH_MAX + 64];
	struct pimg_writer *writer;
	struct pimg_error error;

	snprintf(shown_name, sizeof(shown_name), "%s/%s", hook->directory, name);
	writer = pimg_writer_open_at(hook->directory_fd, name, shown_name, type, options, &error);
	if (!writer)
		*status = hook_complain(hook, &error);
	return writer;
}

const char *hook_state_name(enum pimg_type type)
{
	return type == PIMG_FIFO ? HOOK_STATE_FIFO : HOOK_STATE_PIPE;
}

const char *hook_stock_name(enum pimg_type type)
{
	return type == PIMG_FIFO ? STOCK_FIFO : STOCK_PIPE;
}

/* ---- messages ---- */

/*
 * The directory may be read-only; then messages go only to standard error. Names of processes in the text can
 * contain any byte.
 */
static void write_log(const struct hook *hook, const char *text)
{
	const char *problem;
	int fd = hook_open(hook, HOOK_LOG, O_WRONLY | O_APPEND | O_CREAT, &problem);
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
	const char *problem;
	int fd = hook_open(hook, HOOK_FAILED, O_WRONLY | O_CREAT, &problem);

	if (fd < 0)
		return hook_refuse(hook, PIMG_SYSTEM, "%s/%s: cannot create: %s", hook->directory,
				   HOOK_FAILED, problem);
	close(fd);
	return 0;
}

int hook_complain(const struct hook *hook, const struct pimg_error *error)
{
	char text[sizeof(error->file) + sizeof(error->sentence) + 128];

	return hook_refuse(hook, error->status, "%s", pimg_error_format(error, text, sizeof(text)));
}
