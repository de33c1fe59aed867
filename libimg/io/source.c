// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source.h"

#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "io/cleanup.h"
#include "io/error.h"
#include "io/nameless.h"

/* Fits into a core's second-level cache; larger windows were not faster. */
#define WINDOW_BYTES (256 * 1024)

static struct source *source_new(int fd, const char *name, struct pimg_error *error)
{
	struct source *source = calloc(1, sizeof(*source));
	struct stat status;

	if (!source) {
		error_memory(error);
		return NULL;
	}
	source->fd = fd;
	source->spool = -1;
	source->name = strdup(name);
	source->window = malloc(WINDOW_BYTES);
	source->size = WINDOW_BYTES;
	if (!source->name || !source->window) {
		error_memory(error);
		goto fail;
	}
	if (fstat(fd, &status) < 0) {
		error_system(error, errno, "cannot read");
		error_in_file(error, name);
		goto fail;
	}
	source->seekable = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode);
	if (S_ISREG(status.st_mode))
		source->length = (uint64_t)status.st_size;
	return source;
fail:
	source->fd = -1;
	source_close(source);
	return NULL;
}

static int open_failed(const char *name, struct pimg_error *error)
{
	error_system(error, errno, "cannot open");
	return error_in_file(error, name);
}

int source_open_at(int dirfd, const char *name, const char *shown_name, struct source **source,
		   struct pimg_error *error)
{
	/* Not blocking: where a FIFO has an image's name, nobody need be at its other end. */
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 || fstat(fd, &status) < 0)
		return open_failed(shown_name, error);
	if (!S_ISREG(status.st_mode)) {
		error_check(error, CHECK_NOT_A_FILE, "is not a regular file");
		return error_in_file(error, shown_name);
	}
	*source = source_new(fd, shown_name, error);
	if (!*source)
		return -1;
	take_fd(&fd);
	return 1;
}

int source_open_in(int dirfd, const char *directory, const char *base, struct source **source,
		   struct pimg_error *error)
{
	_cleanup_free_ char *shown = NULL;

	if (asprintf(&shown, "%s/%s", directory, base) < 0) {
		shown = NULL;
		return error_memory(error);
	}
	return source_open_at(dirfd, base, shown, source, error);
}

struct source *source_open(const char *path, struct pimg_error *error)
{
	bool standard_input = !strcmp(path, "-");
	const char *name = standard_input ? "standard input" : path;
	_cleanup_close_ int fd = standard_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
						: open(path, O_RDONLY | O_CLOEXEC);
	struct source *source;

	if (fd < 0) {
		open_failed(name, error);
		return NULL;
	}
	source = source_new(fd, name, error);
	if (!source)
		return NULL;
	take_fd(&fd);
	if (standard_input && source->seekable) {
		off_t at = lseek(source->fd, 0, SEEK_CUR);

		/* Redirected from a file and read from by someone before us: offsets would lie. */
		source->seekable = at == 0;
	}
	return source;
}

struct source *source_from_fd(int fd, const char *name, struct pimg_error *error)
{
	_cleanup_close_ int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	struct source *source;

	if (copy < 0) {
		error_system(error, errno, "cannot duplicate a descriptor");
		return NULL;
	}
	source = source_new(copy, name, error);
	if (source)
		take_fd(&copy);
	return source;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	if (source->fd >= 0)
		close(source->fd);
	if (source->spool >= 0)
		close(source->spool);
	free(source->name);
	free(source->window);
	free(source);
}

const char *source_name(const struct source *source)
{
	return source->name;
}

uint64_t source_length(const struct source *source)
{
	return source->length;
}

static int source_failed(const struct source *source, struct pimg_error *error, const char *what)
{
	if (errno == EINTR)
		error_interrupted(error);
	else
		error_system(error, errno, "%s", what);
	return error_in_file(error, source->name);
}

static int spool(struct source *source, const uint8_t *data, size_t length,
		 struct pimg_error *error)
{
	uint64_t at = source->read_bytes;

	if (source->spool < 0)
		source->spool = nameless_open();
	if (source->spool < 0)
		return source_failed(source, error,
				     "cannot make a temporary file (set TMPDIR to choose where)");
	while (length) {
		ssize_t written = pwrite(source->spool, data, length, (off_t)at);

		if (written < 0)
			return source_failed(
				source, error,
				"cannot write to a temporary file (set TMPDIR to choose where)");
		data += written;
		length -= (size_t)written;
		at += (uint64_t)written;
	}
	return 0;
}

int source_keep(struct source *source, struct pimg_error *error)
{
	uint64_t read_bytes = source->read_bytes;
	int result;

	source->kept = true;
	if (source->seekable || !source->fill)
		return 0;
	source->read_bytes -= source->fill;
	result = spool(source, source->window, source->fill, error);
	source->read_bytes = read_bytes;
	return result;
}

/* Reads once into the window. Returns 0 also at the end of the file. */
static int fill_window(struct source *source, struct pimg_error *error)
{
	uint8_t *at = source->window + source->fill;
	size_t room = source->size - source->fill;
	ssize_t got = source->seekable ? pread(source->fd, at, room, (off_t)source->read_bytes)
				       : read(source->fd, at, room);

	if (got < 0)
		return source_failed(source, error, "cannot read");
	if (!got) {
		source->ended = true;
		return 0;
	}
	if (source->kept && !source->seekable && spool(source, at, (size_t)got, error) < 0)
		return -1;
	source->fill += (size_t)got;
	source->read_bytes += (uint64_t)got;
	return 0;
}

/* Doubles the window once it is full, so that memory follows bytes that are there. */
static int make_room(struct source *source, struct pimg_error *error)
{
	uint8_t *grown;

	if (source->start) {
		memmove(source->window, source->window + source->start,
			source->fill - source->start);
		source->fill -= source->start;
		source->start = 0;
	}
	if (source->fill < source->size)
		return 0;
	grown = realloc(source->window, source->size * 2);
	if (!grown)
		return error_memory(error);
	source->window = grown;
	source->size *= 2;
	return 0;
}

ssize_t source_peek_more(struct source *source, size_t wanted, const uint8_t **data,
			 struct pimg_error *error)
{
	if (source->start == source->fill)
		source->start = source->fill = 0;
	while (source->fill - source->start < wanted && !source->ended) {
		if (source->start + wanted > source->size && make_room(source, error) < 0)
			return -1;
		if (fill_window(source, error) < 0)
			return -1;
	}
	*data = source->window + source->start;
	return (ssize_t)(source->fill - source->start);
}

/* The window belongs to where it was read from: elsewhere it is empty. */
static void jump_to(struct source *source, uint64_t offset)
{
	source->start = source->fill = 0;
	source->read_bytes = offset;
	source->ended = false;
}

/* Passes bytes of a file by moving on, as far as the file reaches now. */
static int64_t seek_on(struct source *source, uint64_t length, struct pimg_error *error)
{
	struct stat status;
	uint64_t left;

	if (fstat(source->fd, &status) < 0)
		return source_failed(source, error, "cannot read");
	if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size < source->read_bytes)
		return 0;
	left = (uint64_t)status.st_size - source->read_bytes;
	if (length > left)
		length = left;
	jump_to(source, source->read_bytes + length);
	return (int64_t)length;
}

int64_t source_skip(struct source *source, uint64_t length, struct pimg_error *error)
{
	uint64_t done = 0;

	while (done < length) {
		const uint8_t *data;
		ssize_t there = (ssize_t)(source->fill - source->start);

		/* Short ways are read on, so that small records do not cost a call each. */
		if (!there && source->seekable && length - done > WINDOW_BYTES) {
			int64_t moved = seek_on(source, length - done, error);

			if (moved < 0)
				return -1;
			done += (uint64_t)moved;
			if (moved)
				continue;
		}
		if (!there)
			there = source_peek(source, 1, &data, error);
		if (there < 0)
			return -1;
		if (!there)
			break;
		if ((uint64_t)there > length - done)
			there = (ssize_t)(length - done);
		source_consume(source, (size_t)there);
		done += (uint64_t)there;
	}
	return (int64_t)done;
}

/* With an empty window: goes on to where the file has data again, or to its end. */
static uint64_t skip_hole(struct source *source)
{
	off_t at = (off_t)source->read_bytes, data;

	if (!source->seekable || !source->length || source->read_bytes >= source->length)
		return 0;
	data = lseek(source->fd, at, SEEK_DATA);
	if (data < 0)
		data = errno == ENXIO ? (off_t)source->length : at;
	jump_to(source, (uint64_t)data);
	return (uint64_t)(data - at);
}

static bool is_zeros(const uint8_t *data, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (data[i])
			return false;
	}
	return true;
}

int source_only_zeros_left(struct source *source, uint64_t *count, pimg_progress_fn progress,
			   void *context, struct pimg_error *error)
{
	for (*count = 0;;) {
		const uint8_t *data;
		ssize_t there = source_peek(source, 1, &data, error);

		if (there <= 0)
			return there < 0 ? -1 : 1;
		if (!is_zeros(data, (size_t)there))
			return 0;
		source_consume(source, (size_t)there);
		*count += (uint64_t)there + skip_hole(source);
		if (progress && progress(context, source_offset(source), source->length)) {
			error_interrupted(error);
			return error_in_file(error, source->name);
		}
	}
}

/* From its end on, what came through a pipe is the file that it was copied to. */
static int become_spool(struct source *source, struct pimg_error *error)
{
	if (!source->ended || source->spool < 0)
		return error_usage(error, "going back in a stream that was not read to its end");
	close(source->fd);
	source->fd = take_fd(&source->spool);
	source->length = source->read_bytes;
	source->seekable = true;
	return 0;
}

int source_seek(struct source *source, uint64_t offset, struct pimg_error *error)
{
	uint64_t window_at = source->read_bytes - source->fill;

	if (offset >= window_at && offset <= source->read_bytes) {
		source->start = (size_t)(offset - window_at);
		return 0;
	}
	if (!source->seekable && become_spool(source, error) < 0)
		return error_in_file(error, source->name);
	jump_to(source, offset);
	return 0;
}

int source_read_at(struct source *source, uint64_t offset, void *buffer, size_t length,
		   struct pimg_error *error)
{
	int fd = source->seekable ? source->fd : source->spool;
	uint8_t *at = buffer;

	while (length) {
		ssize_t got = pread(fd, at, length, (off_t)offset);

		if (got < 0)
			return source_failed(source, error, "cannot read");
		if (!got) {
			error_check(error, CHECK_CHANGED, "the file ended while it was read");
			error_in_file(error, source->name);
			return -1;
		}
		at += got;
		offset += (uint64_t)got;
		length -= (size_t)got;
	}
	return 0;
}
