// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"

/* CRIU's directories are flat; a deeper tree is a trap. */
#define DEPTH_MAX 32

#define PIECE_BYTES (1024 * 1024)

static int failed(const char *directory, const char *entry, const char *what,
		  struct pimg_error *error)
{
	_cleanup_free_ char *name = NULL;

	error_system(error, errno, "%s", what);
	if (asprintf(&name, "%s/%s", directory, entry) < 0) {
		name = NULL;
		return -1;
	}
	return error_in_file(error, name);
}

int tree_open(const char *path, struct pimg_error *error)
{
	int fd = RETRIED(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	if (fd >= 0)
		return fd;
	error_system(error, errno, "cannot open");
	return error_in_file(error, path);
}

static int report(struct tree_copy *copy, uint64_t bytes, struct pimg_error *error)
{
	copy->done += bytes;
	return progress_report(copy->progress, copy->done, 0, error);
}

/* ---- attributes ---- */

/* Attributes that the target's file system does not support, or the user may not set, are skipped. */
static void copy_extended_attributes(int from, int to)
{
	_cleanup_free_ char *names = malloc(XATTR_LIST_MAX), *value = malloc(XATTR_SIZE_MAX);
	ssize_t length = names && value ? flistxattr(from, names, XATTR_LIST_MAX) : 0;

	for (const char *name = names; length > 0 && name < names + length;
	     name += strlen(name) + 1) {
		ssize_t size = fgetxattr(from, name, value, XATTR_SIZE_MAX);

		if (size >= 0 && fsetxattr(to, name, value, (size_t)size, 0) < 0)
			continue;
	}
}

int tree_copy_attributes(int from, int to, const char *name, struct pimg_error *error)
{
	struct timespec times[2];
	struct stat status;

	if (fstat(from, &status) < 0) {
		error_system(error, errno, "cannot read");
		return error_in_file(error, name);
	}
	copy_extended_attributes(from, to);
	if (fchown(to, status.st_uid, status.st_gid) < 0 &&
	    fchown(to, (uid_t)-1, status.st_gid) < 0 && errno != EPERM) {
		error_system(error, errno, "cannot set the owner");
		return error_in_file(error, name);
	}
	times[0] = status.st_atim;
	times[1] = status.st_mtim;
	if (fchmod(to, status.st_mode & 07777) < 0 || futimens(to, times) < 0) {
		error_system(error, errno, "cannot set mode and times");
		return error_in_file(error, name);
	}
	return 0;
}

/* ---- one file ---- */

/* Copies without the kernel's help. Returns how much, 0 at the end of the file, or -1 with errno set. */
static ssize_t copy_piece(int from, int to, off_t at, size_t length)
{
	enum { MOST = 64 * 1024 };
	uint8_t piece[MOST];
	ssize_t there = RETRIED(pread(from, piece, length < MOST ? length : MOST, at));

	return there <= 0 ? there : RETRIED(pwrite(to, piece, (size_t)there, at));
}

static int copy_range(struct tree_copy *copy, int from, int to, off_t start, off_t end,
		      const char *name, struct pimg_error *error)
{
	while (start < end) {
		size_t length = end - start < PIECE_BYTES ? (size_t)(end - start) : PIECE_BYTES;
		loff_t in = start, out = start;
		ssize_t copied = RETRIED(copy_file_range(from, &in, to, &out, length, 0));

		/* Between file systems, and on some, copy_file_range(2) does not work. */
		if (copied < 0 && errno != EINTR && errno != ENOSPC && errno != EDQUOT)
			copied = copy_piece(from, to, start, length);
		/* Some file systems return 0 if they cannot copy: reading decides. */
		if (!copied)
			copied = copy_piece(from, to, start, length);
		if (copied < 0)
			return failed(copy->to_name, name, "cannot copy", error);
		if (!copied) {
			error_check(error, CHECK_CHANGED, "the file changed while it was read");
			return error_in_file(error, name);
		}
		start += copied;
		if (report(copy, (uint64_t)copied, error) < 0)
			return -1;
	}
	return 0;
}

/* Holes stay holes: memory images are sparse. */
static int copy_content(struct tree_copy *copy, int from, int to, off_t size, const char *name,
			struct pimg_error *error)
{
	off_t start = 0;

	if (RETRIED(ftruncate(to, size)) < 0)
		return failed(copy->to_name, name, "cannot write", error);
	while (start < size) {
		off_t data = lseek(from, start, SEEK_DATA), hole;

		if (data < 0 && errno == ENXIO)
			return 0;
		data = data < 0 ? start : data;
		hole = lseek(from, data, SEEK_HOLE);
		hole = hole < 0 || hole > size ? size : hole;
		if (copy_range(copy, from, to, data, hole, name, error) < 0)
			return -1;
		start = hole;
	}
	return 0;
}

static int copy_file(struct tree_copy *copy, int from_dir, int to_dir, const char *name,
		     struct pimg_error *error)
{
	_cleanup_close_ int from =
		RETRIED(openat(from_dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
	_cleanup_close_ int to = -1;
	struct stat status;

	if (from < 0 || fstat(from, &status) < 0)
		return failed(copy->from_name, name, "cannot open", error);
	to = RETRIED(openat(to_dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
	if (to < 0)
		return failed(copy->to_name, name, "cannot create", error);
	if (copy_content(copy, from, to, status.st_size, name, error) < 0)
		return -1;
	if (RETRIED(fsync(to)) < 0)
		return failed(copy->to_name, name, "cannot write to disk", error);
	return tree_copy_attributes(from, to, name, error);
}

static int copy_link(const struct tree_copy *copy, int from_dir, int to_dir, const char *name,
		     const struct stat *status, struct pimg_error *error)
{
	struct timespec times[2] = {status->st_atim, status->st_mtim};
	char target[PATH_MAX];
	ssize_t length = readlinkat(from_dir, name, target, sizeof(target) - 1);

	if (length < 0)
		return failed(copy->from_name, name, "cannot read", error);
	target[length] = '\0';
	if (symlinkat(target, to_dir, name) < 0)
		return failed(copy->to_name, name, "cannot create", error);
	if (fchownat(to_dir, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0 &&
	    errno != EPERM)
		return failed(copy->to_name, name, "cannot set the owner", error);
	return utimensat(to_dir, name, times, AT_SYMLINK_NOFOLLOW) < 0
		       ? failed(copy->to_name, name, "cannot set times", error)
		       : 0;
}

/* ---- directories ---- */

static int copy_entries(struct tree_copy *copy, int from, int to, unsigned depth,
			struct pimg_error *error);

static int copy_directory(struct tree_copy *copy, int from_dir, int to_dir, const char *name,
			  unsigned depth, struct pimg_error *error)
{
	_cleanup_close_ int from =
		RETRIED(openat(from_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
	_cleanup_close_ int to = -1;

	if (from < 0)
		return failed(copy->from_name, name, "cannot open", error);
	if (depth == DEPTH_MAX) {
		errno = ELOOP;
		return failed(copy->from_name, name, "cannot copy", error);
	}
	if (mkdirat(to_dir, name, 0700) < 0)
		return failed(copy->to_name, name, "cannot create", error);
	to = RETRIED(openat(to_dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
	if (to < 0)
		return failed(copy->to_name, name, "cannot open", error);
	if (copy_entries(copy, from, to, depth + 1, error) < 0)
		return -1;
	return tree_copy_attributes(from, to, name, error);
}

static bool is_left_out(const struct tree_copy *copy, const char *name, unsigned depth)
{
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return true;
	for (size_t i = 0; !depth && copy->without && copy->without[i]; i++) {
		if (!strcmp(copy->without[i], name))
			return true;
	}
	return false;
}

static int copy_entry(struct tree_copy *copy, int from, int to, const char *name, unsigned depth,
		      struct pimg_error *error)
{
	struct stat status;

	if (fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(copy->from_name, name, "cannot read", error);
	if (S_ISREG(status.st_mode))
		return copy_file(copy, from, to, name, error);
	if (S_ISDIR(status.st_mode))
		return copy_directory(copy, from, to, name, depth, error);
	if (S_ISLNK(status.st_mode))
		return copy_link(copy, from, to, name, &status, error);
	error_refused(error, EINVAL, "'%s' is not a file, directory or link, and cannot be copied",
		      name);
	return error_in_file(error, copy->from_name);
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static int copy_entries(struct tree_copy *copy, int from, int to, unsigned depth,
			struct pimg_error *error)
{
	int fd = RETRIED(openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	__attribute__((cleanup(close_directory))) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return failed(copy->from_name, ".", "cannot open", error);
	}
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		if (!is_left_out(copy, entry->d_name, depth) &&
		    copy_entry(copy, from, to, entry->d_name, depth, error) < 0)
			return -1;
	}
	return errno ? failed(copy->from_name, ".", "cannot read", error) : 0;
}

int tree_copy(struct tree_copy *copy, int from, int to, struct pimg_error *error)
{
	return copy_entries(copy, from, to, 0, error);
}

/* ---- removing ---- */

static void remove_below(int directory, unsigned depth)
{
	int fd = RETRIED(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	__attribute__((cleanup(close_directory))) DIR *entries = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!entries && fd >= 0)
		close(fd);
	/* A copied mode may forbid it. */
	if (entries)
		fchmod(directory, 0700);
	while (entries && (entry = readdir(entries))) {
		_cleanup_close_ int below = -1;

		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		if (unlinkat(directory, entry->d_name, 0) == 0 || depth == DEPTH_MAX)
			continue;
		below = RETRIED(openat(directory, entry->d_name,
				       O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
		if (below >= 0)
			remove_below(below, depth + 1);
		unlinkat(directory, entry->d_name, AT_REMOVEDIR);
	}
}

void tree_remove_entries(int directory)
{
	remove_below(directory, 0);
}
