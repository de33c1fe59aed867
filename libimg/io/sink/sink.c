// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/sink/sink.h"

#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/interrupt.h"
#include "io/compression/compressor.h"
#include "io/compression/decompress.h"
#include "io/source/nameless.h"
#include "io/source/open.h"

#define BUFFER_BYTES (256 * 1024)

/* The kernel is asked to write this many bytes at a time, so that fsync(2) has little to wait for. */
#define ON_THE_WAY_BYTES (16 * 1024 * 1024)

/* Images contain what processes said to each other: they are as private as CRIU's (0600). */
#define IMAGE_MODE 0600

struct sink {
	char *name;	 /* as the user gave it, for messages */
	int dirfd;	 /* of the target, or -1 for a stream */
	char *base;	 /* of the target */
	char *temporary; /* beside the target while the file has one, else null */
	int fd;
	bool replace;
	bool nameless; /* it never gets a name */
	bool in_memory;
	bool keep_times, has_times;
	struct file_identity expected; /* the target must still be this file, if known */
	struct timespec times[2];      /* of the file that is replaced */
	struct compressor *compressor;
	bool compressed;  /* the entire content */
	uint64_t offset;  /* of the next byte, before compression */
	uint64_t written; /* to the file, and how much of it was flushed */
	uint64_t on_the_way;
	struct source *like; /* what content is compared with, instead of being written, or null */
	bool differs;
	bool proven;   /* the compressor decompressed its output again */
	void *hash;    /* XXH3_state_t, of everything written */
	void *content; /* the same before compression, else null */
	size_t fill;
	uint8_t buffer[BUFFER_BYTES];
};

static struct sink *sink_new(const char *name, struct pimg_error *error)
{
	struct sink *sink = malloc(sizeof(*sink));

	if (!sink) {
		error_memory(error);
		return NULL;
	}
	memset(sink, 0, offsetof(struct sink, buffer));
	sink->dirfd = -1;
	sink->fd = -1;
	sink->name = strdup(name);
	sink->hash = XXH3_createState();
	if (sink->name && sink->hash) {
		XXH3_64bits_reset(sink->hash);
		return sink;
	}
	free(sink->name);
	XXH3_freeState(sink->hash);
	free(sink);
	error_memory(error);
	return NULL;
}

static void sink_free(struct sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	if (sink->dirfd >= 0)
		close(sink->dirfd);
	compressor_free(sink->compressor);
	free(sink->temporary);
	free(sink->base);
	free(sink->name);
	XXH3_freeState(sink->hash);
	XXH3_freeState(sink->content);
	free(sink);
}

void sink_abort(struct sink *sink)
{
	if (!sink)
		return;
	if (sink->temporary)
		unlinkat(sink->dirfd, sink->temporary, 0);
	sink_free(sink);
}

static int sink_failed(const struct sink *sink, struct pimg_error *error, const char *what)
{
	error_system(error, errno, "%s", what);
	return error_in_file(error, sink->name);
}

char *sink_temporary_name(const char *prefix, const char *base)
{
	uint64_t random = 0;
	char *name;

	/* Without randomness, the pid must do: two threads or containers could then collide. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) < 0)
		random = (uint64_t)getpid();
	return asprintf(&name, "%s%s.pipeimg-%016" PRIx64, prefix, base, random) < 0 ? NULL : name;
}

static int make_temporary_name(struct sink *sink, struct pimg_error *error)
{
	sink->temporary = sink_temporary_name(".", sink->base);
	return sink->temporary ? 0 : error_memory(error);
}

/* Creates the file: without a name if the file system supports that, else with a temporary one. */
static int create_file(struct sink *sink, struct pimg_error *error)
{
	/* It gets its name through /proc, which is not mounted everywhere. */
	if (access("/proc/self/fd", X_OK) == 0) {
		sink->fd = RETRIED(
			openat(sink->dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, IMAGE_MODE));
		if (sink->fd >= 0)
			return 0;
		if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT)
			return sink_failed(sink, error, "cannot create");
	}
	if (make_temporary_name(sink, error) < 0)
		return -1;
	sink->fd = RETRIED(openat(sink->dirfd, sink->temporary,
				  O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, IMAGE_MODE));
	if (sink->fd >= 0)
		return 0;
	sink_failed(sink, error, "cannot create");
	free(take_pointer(sink->temporary));
	return -1;
}

/* Keeps mode and owner of the replaced file; the owner as far as the user may. */
static void keep_attributes(struct sink *sink, const struct stat *status)
{
	sink->has_times = true;
	sink->times[0] = status->st_atim;
	sink->times[1] = status->st_mtim;
	if (fchown(sink->fd, status->st_uid, status->st_gid) < 0 &&
	    fchown(sink->fd, (uid_t)-1, status->st_gid) < 0)
		return;
	/* After the owner, because changing that clears the set-id bits. */
	if (fchmod(sink->fd, status->st_mode & 07777) < 0)
		return;
}

struct sink *sink_open_at(int dirfd, const char *name, const char *shown_name,
			  struct pimg_error *error)
{
	struct sink *sink = sink_new(shown_name, error);

	if (!sink)
		return NULL;
	sink->base = strdup(name);
	sink->dirfd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);
	if (!sink->base || sink->dirfd < 0) {
		error_memory(error);
		sink_abort(sink);
		return NULL;
	}
	if (create_file(sink, error) < 0) {
		sink_abort(sink);
		return NULL;
	}
	return sink;
}

/* Splits path into the open directory and the name in it. */
static int find_directory(struct sink *sink, const char *path, struct pimg_error *error)
{
	_cleanup_free_ char *for_dirname = strdup(path), *for_basename = strdup(path);
	const char *base;

	if (!for_dirname || !for_basename)
		return error_memory(error);
	base = basename(for_basename);
	if (!*path || path[strlen(path) - 1] == '/' || !strcmp(base, ".") || !strcmp(base, "..")) {
		return error_usage(error, "'%s' is not a file name", path);
	}
	sink->base = strdup(base);
	if (!sink->base)
		return error_memory(error);
	sink->dirfd = RETRIED(open(dirname(for_dirname), O_PATH | O_DIRECTORY | O_CLOEXEC));
	return sink->dirfd < 0 ? sink_failed(sink, error, "cannot create") : 0;
}

/* Opens an existing file that is not regular: it can be written to, but not replaced. */
static int open_stream(struct sink *sink, const char *path, struct pimg_error *error)
{
	sink->fd = RETRIED(open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY));
	return sink->fd < 0 ? sink_failed(sink, error, "cannot open for writing") : 0;
}

static int open_target(struct sink *sink, const char *path, struct pimg_error *error)
{
	_cleanup_free_ char *resolved = NULL;
	struct stat status;
	bool exists = stat(path, &status) == 0;

	if (exists && S_ISDIR(status.st_mode)) {
		error_usage(error, "is a directory; name a file in it");
		return error_in_file(error, path);
	}
	if (exists && !S_ISREG(status.st_mode))
		return open_stream(sink, path, error);
	if (exists && !sink->replace) {
		error_refused(error, EEXIST, SINK_TARGET_EXISTS);
		return error_in_file(error, path);
	}
	/* A link stays a link: its target is replaced. */
	if (exists) {
		resolved = realpath(path, NULL);
		path = resolved ? resolved : path;
	}
	if (find_directory(sink, path, error) < 0 || create_file(sink, error) < 0)
		return -1;
	if (exists)
		keep_attributes(sink, &status);
	return 0;
}

struct sink *sink_open(const char *path, bool replace, struct pimg_error *error)
{
	bool standard_output = !strcmp(path, "-");
	struct sink *sink = sink_new(standard_output ? "standard output" : path, error);
	int result;

	if (!sink)
		return NULL;
	sink->replace = replace;
	if (standard_output) {
		sink->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		result = sink->fd < 0 ? sink_failed(sink, error, "cannot write") : 0;
	} else {
		result = open_target(sink, path, error);
	}
	if (result < 0) {
		sink_abort(sink);
		return NULL;
	}
	return sink;
}

struct sink *sink_open_nameless(const char *shown_name, struct pimg_error *error)
{
	struct sink *sink = sink_new(shown_name, error);
	struct nameless file;

	if (!sink)
		return NULL;
	sink->nameless = true;
	if (nameless_open(&file, error) == 0) {
		sink->fd = file.fd;
		sink->in_memory = file.in_memory;
		return sink;
	}
	error_in_file(error, sink->name);
	sink_abort(sink);
	return NULL;
}

const char *sink_name(const struct sink *sink)
{
	return sink->name;
}

/* Only saves time: fsync(2) reports the failures of these writes. */
static void give_to_disk(struct sink *sink)
{
	if (sink->dirfd < 0 || sink->written - sink->on_the_way < ON_THE_WAY_BYTES)
		return;
	sync_file_range(sink->fd, (off_t)sink->on_the_way,
			(off_t)(sink->written - sink->on_the_way), SYNC_FILE_RANGE_WRITE);
	sink->on_the_way = sink->written;
}

/* A stream can be neither read back nor undone. */
static bool is_stream(const struct sink *sink)
{
	return sink->dirfd < 0 && !sink->nameless;
}

/* Content that becomes too large for memory goes to a disk. */
static int make_room(struct sink *sink, size_t length, struct pimg_error *error)
{
	struct nameless file = {sink->fd, sink->in_memory};

	if (nameless_make_room(&file, sink->written + length, error) < 0)
		return error_in_file(error, sink->name);
	sink->fd = file.fd;
	sink->in_memory = file.in_memory;
	return 0;
}

static int write_all(struct sink *sink, const uint8_t *data, size_t length,
		     struct pimg_error *error)
{
	if (sink->in_memory && make_room(sink, length, error) < 0)
		return -1;
	if (!is_stream(sink))
		hash_update(sink->hash, data, length);
	while (length) {
		ssize_t written = RETRIED(write(sink->fd, data, length));

		if (written < 0)
			return sink_failed(sink, error, "cannot write");
		data += written;
		length -= (size_t)written;
		sink->written += (uint64_t)written;
		give_to_disk(sink);
	}
	return 0;
}

static int flush(struct sink *sink, struct pimg_error *error)
{
	size_t fill = sink->fill;

	sink->fill = 0;
	return write_all(sink, sink->buffer, fill, error);
}

static int write_raw(struct sink *sink, const void *data, size_t length, struct pimg_error *error)
{
	if (length > BUFFER_BYTES - sink->fill && flush(sink, error) < 0)
		return -1;
	if (length > BUFFER_BYTES)
		return write_all(sink, data, length, error);
	memcpy(sink->buffer + sink->fill, data, length);
	sink->fill += length;
	return 0;
}

/* ---- comparing ---- */

struct sink *sink_open_comparing(struct source *like, bool proven, struct pimg_error *error)
{
	struct sink *sink = sink_new(source_name(like), error);

	if (sink) {
		sink->like = like;
		sink->proven = proven;
	}
	return sink;
}

bool sink_differs(const struct sink *sink)
{
	return sink->differs;
}

int sink_is_same(struct sink *sink, struct pimg_error *error)
{
	const uint8_t *data;
	ssize_t there = sink->differs ? 0 : source_peek(sink->like, 1, &data, error);

	return there < 0 ? -1 : !sink->differs && !there;
}

static int compare(struct sink *sink, const uint8_t *data, size_t length, struct pimg_error *error)
{
	while (length) {
		const uint8_t *wanted;
		ssize_t there = source_peek(sink->like, 1, &wanted, error);
		size_t part = there > 0 && (size_t)there < length ? (size_t)there : length;

		if (there < 0)
			return -1;
		if (!there || memcmp(data, wanted, part) != 0) {
			sink->differs = true;
			return error_data(error, "content that differs");
		}
		source_consume(sink->like, part);
		data += part;
		length -= part;
	}
	return 0;
}

/* ---- content ---- */

int sink_write(struct sink *sink, const void *data, size_t length, struct pimg_error *error)
{
	sink->offset += length;
	if (sink->like)
		return compare(sink, data, length, error);
	if (sink->content)
		hash_update(sink->content, data, length);
	return sink->compressor ? compressor_write(sink->compressor, data, length, error)
				: write_raw(sink, data, length, error);
}

uint64_t sink_offset(const struct sink *sink)
{
	return sink->offset;
}

int sink_write_skippable(struct sink *sink, uint32_t magic, const void *data, size_t length,
			 struct pimg_error *error)
{
	/* Only a proven compressor has frames. */
	return sink->compressor && sink->proven
		       ? compressor_skippable(sink->compressor, magic, data, length, error)
		       : 0;
}

int sink_begin_record(struct sink *sink, struct pimg_error *error)
{
	return sink->compressor ? compressor_begin_record(sink->compressor, error) : 0;
}

static int take_compressed(void *context, const void *data, size_t length, struct pimg_error *error)
{
	return write_raw(context, data, length, error);
}

int sink_compress(struct sink *sink, enum compression method, int level, struct pimg_error *error)
{
	if (method == COMPRESSION_NONE)
		return 0;
	sink->compressor = compressor_open(method, level, take_compressed, sink, error);
	if (!sink->compressor)
		return error_in_file(error, sink->name);
	sink->proven = method == COMPRESSION_ZSTD_SEEKABLE;
	if (sink->proven)
		return 0;
	sink->content = XXH3_createState();
	if (!sink->content)
		return error_memory(error);
	XXH3_64bits_reset(sink->content);
	return 0;
}

void sink_spoil(struct sink *sink, bool between_records)
{
	static const uint8_t begun_frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x04};
	static const uint8_t length[] = {1, 0, 0, 0};

	if (!is_stream(sink) || !sink->written || sink->compressed)
		return;
	if (sink->proven)
		write_raw(sink, begun_frame, sizeof(begun_frame), NULL);
	else if (!sink->compressor && between_records)
		write_raw(sink, length, sizeof(length), NULL);
	flush(sink, NULL);
}

bool sink_is_proven(const struct sink *sink)
{
	return sink->proven;
}

void sink_keep_times(struct sink *sink)
{
	sink->keep_times = true;
}

void sink_replace_only(struct sink *sink, const struct file_identity *file)
{
	sink->expected = *file;
}

/* Writes out everything that is buffered. */
static int finish(struct sink *sink, struct pimg_error *error)
{
	if (sink->compressor && !sink->compressed) {
		sink->compressed = true;
		if (compressor_finish(sink->compressor, error) < 0)
			return error_in_file(error, sink->name);
	}
	return flush(sink, error);
}

int sink_reread_stored(struct sink *sink, struct source **source, struct pimg_error *error)
{
	*source = NULL;
	if (finish(sink, error) < 0)
		return -1;
	if (is_stream(sink))
		return 0;
	if (!sink->nameless && RETRIED(fsync(sink->fd)) < 0)
		return sink_failed(sink, error, "cannot write to disk");
	*source = source_from_fd(sink->fd, sink->name, error);
	return *source ? 1 : -1;
}

int sink_reread(struct sink *sink, struct source **source, bool keep, struct pimg_error *error)
{
	int result = sink_reread_stored(sink, source, error);

	if (result <= 0 || !sink->compressor)
		return result;
	*source = source_plain(*source, error);
	if (*source && (!keep || source_keep(*source, error) == 0))
		return 1;
	source_close(take_pointer(*source));
	return -1;
}

/* Closes the source. @hash: of the expected content */
static int compare_hash(struct source *source, const XXH3_state_t *hash,
			const struct pimg_progress *progress, struct pimg_error *error)
{
	XXH3_state_t *found = XXH3_createState();
	const uint8_t *data;
	ssize_t there = 0;
	uint64_t reported = 0;
	bool same;

	if (found)
		XXH3_64bits_reset(found);
	while (found && (there = source_peek(source, 1, &data, error)) > 0) {
		hash_update(found, data, (size_t)there);
		source_consume(source, (size_t)there);
		if (source_report(source, progress, &reported, error) < 0) {
			there = -1;
			break;
		}
	}
	same = found && XXH3_64bits_digest(found) == XXH3_64bits_digest(hash);
	if (!found)
		error_memory(error);
	else if (there == 0 && !same) {
		error_data(error, "data read back differs from the data written");
		error_in_file(error, source_name(source));
	}
	XXH3_freeState(found);
	source_close(source);
	return same && there == 0 ? 0 : -1;
}

int sink_check(struct sink *sink, struct pimg_error *error)
{
	return sink_check_telling(sink, NULL, error);
}

int sink_check_telling(struct sink *sink, const struct pimg_progress *progress,
		       struct pimg_error *error)
{
	struct source *source;
	int result = sink_reread_stored(sink, &source, error);

	if (result <= 0)
		return result;
	if (compare_hash(source, sink->hash, progress, error) < 0)
		return -1;
	if (!sink->content)
		return 0;
	result = sink_reread_stored(sink, &source, error);
	if (result <= 0)
		return result;
	/* Once: the input itself may be compressed too. */
	source = source_decompress(source, error);
	return source ? compare_hash(source, sink->content, progress, error) : -1;
}

/* Links the nameless file under name. */
static int give_name(struct sink *sink, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", sink->fd);
	return linkat(AT_FDCWD, path, sink->dirfd, name, AT_SYMLINK_FOLLOW);
}

/* NFS does not support this rename, and FAT file systems have no links. */
static int rename_without_replacing(const struct sink *sink)
{
	if (renameat2(sink->dirfd, sink->temporary, sink->dirfd, sink->base, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(sink->dirfd, sink->temporary, sink->dirfd, sink->base, 0) < 0)
		return -1;
	return unlinkat(sink->dirfd, sink->temporary, 0);
}

static bool is_as_expected(const struct sink *sink)
{
	const struct file_identity *file = &sink->expected;
	struct stat status;

	if (!file->known)
		return true;
	return fstatat(sink->dirfd, sink->base, &status, 0) == 0 && status.st_dev == file->device &&
	       status.st_ino == file->inode && (uint64_t)status.st_size == file->bytes &&
	       status.st_mtim.tv_sec == file->modified.tv_sec &&
	       status.st_mtim.tv_nsec == file->modified.tv_nsec;
}

/*
 * Gives the file its final name. Only rename(2) replaces a file atomically, and it needs an existing name;
 * without replacing, the kernel refuses a name that exists in the meantime.
 */
static int take_name(struct sink *sink, struct pimg_error *error)
{
	if (sink->keep_times && sink->has_times && futimens(sink->fd, sink->times) < 0)
		return sink_failed(sink, error, "cannot preserve the times");
	if (!sink->replace) {
		int result = sink->temporary ? rename_without_replacing(sink)
					     : give_name(sink, sink->base);

		if (result < 0)
			return sink_failed(sink, error, "cannot create");
		free(take_pointer(sink->temporary));
		return 0;
	}
	if (!sink->temporary) {
		if (make_temporary_name(sink, error) < 0)
			return -1;
		if (give_name(sink, sink->temporary) < 0) {
			sink_failed(sink, error, "cannot create");
			free(take_pointer(sink->temporary));
			return -1;
		}
	}
	if (!is_as_expected(sink)) {
		error_check(
			error, CHECK_CHANGED,
			"another program changed the file in the meantime; it was not replaced");
		return error_in_file(error, sink->name);
	}
	if (renameat(sink->dirfd, sink->temporary, sink->dirfd, sink->base) < 0)
		return sink_failed(sink, error, "cannot replace");
	free(take_pointer(sink->temporary));
	return 0;
}

/* A name is on disk only when its directory is. O_PATH descriptors cannot be synced. */
static void sync_directory(const struct sink *sink)
{
	_cleanup_close_ int fd = openat(sink->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		RETRIED(fsync(fd));
}

int sink_commit(struct sink *sink, struct pimg_error *error)
{
	if (finish(sink, error) < 0 || (sink->dirfd >= 0 && take_name(sink, error) < 0)) {
		sink_abort(sink);
		return -1;
	}
	if (sink->dirfd >= 0)
		sync_directory(sink);
	sink_free(sink);
	return 0;
}
