// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "io/archive/writer.h"
#include "io/source/libarchive.h"
#include "io/source/open.h"

/* As for copying: CRIU's directories are flat. */
#define DEPTH_MAX 32

struct walk {
	const struct tree_archive *what;
	struct archive *disk; /* libarchive's reader of attributes */
	struct archive_writer *writer;
};

struct name {
	char *base;
	unsigned rank; /* lowest comes first */
	off_t size;
};

struct names {
	struct name *list;
	size_t count, room;
};

static int failed(const char *path, const char *what, struct pimg_error *error)
{
	error_system(error, errno, "%s", what);
	return error_in_file(error, path);
}

/* ---- sorted names ---- */

static void release_names(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->list[i].base);
	free(names->list);
}

static int add_name(struct names *names, const char *base, unsigned rank, off_t size,
		    struct pimg_error *error)
{
	if (array_make_room(&names->list, &names->room, names->count + 1, sizeof(*names->list),
			    error) < 0)
		return -1;
	names->list[names->count] = (struct name){strdup(base), rank, size};
	if (!names->list[names->count].base)
		return error_memory(error);
	names->count++;
	return 0;
}

static int compare_names(const void *first, const void *second)
{
	const struct name *a = first, *b = second;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	if (a->rank && a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return strcmp(a->base, b->base);
}

static void close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

static int list(const struct walk *walk, int dirfd, const char *path, struct names *names,
		struct pimg_error *error)
{
	int fd = RETRIED(openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	__attribute__((cleanup(close_directory))) DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!directory) {
		if (fd >= 0)
			close(fd);
		return failed(path, "cannot open", error);
	}
	for (errno = 0; (entry = readdir(directory)); errno = 0) {
		const char *base = entry->d_name;
		struct stat status = {0};

		if (!strcmp(base, ".") || !strcmp(base, ".."))
			continue;
		/* A file that no longer exists is reported when it is opened. */
		if (fstatat(dirfd, base, &status, AT_SYMLINK_NOFOLLOW) < 0)
			status.st_size = 0;
		if (add_name(names, base, !(walk->what->roles(base) & FOLDER_WANTED),
			     status.st_size, error) < 0)
			return -1;
	}
	if (errno)
		return failed(path, "cannot read", error);
	if (names->count)
		qsort(names->list, names->count, sizeof(*names->list), compare_names);
	return 0;
}

/* ---- one entry ---- */

static struct source *replacement_of(const struct walk *walk, const char *member)
{
	const char *below = walk->what->below, *base = member + strlen("./");
	size_t length = below ? strlen(below) : 0;

	if (below && (strncmp(base, below, length) != 0 || base[length] != '/'))
		return NULL;
	base += below ? length + 1 : 0;
	for (size_t i = 0; i < walk->what->replacement_count; i++) {
		const struct tree_replacement *replacement = &walk->what->replacements[i];

		if (!strcmp(base, replacement->base))
			return replacement->content;
	}
	return NULL;
}

/* @member: its name in the archive; @path: on the disk; @fd: -1 for links */
static int write_entry(const struct walk *walk, struct archive_entry *entry, const char *member,
		       const char *path, int fd, const struct stat *status,
		       struct pimg_error *error)
{
	struct source *replaced = replacement_of(walk, member), *content = replaced;
	int result;

	sym_archive_entry_copy_pathname(entry, member);
	sym_archive_entry_copy_sourcepath(entry, path);
	/* A warning means that some attributes could not be read. */
	if (sym_archive_read_disk_entry_from_file(walk->disk, entry, fd, status) < ARCHIVE_WARN) {
		errno = sym_archive_errno(walk->disk);
		return failed(path, "cannot read", error);
	}
	/* Reading changes it: the same directory would give different archives. */
	sym_archive_entry_unset_atime(entry);
	if (replaced) {
		sym_archive_entry_set_size(entry, (la_int64_t)source_length(replaced));
		sym_archive_entry_sparse_clear(entry);
	} else if (S_ISREG(status->st_mode)) {
		content = source_from_fd(fd, path, error);
		if (!content)
			return -1;
	}
	result = archive_writer_add(walk->writer, entry, content, error);
	if (!replaced)
		source_close(content);
	return result < 0 ? error_in_file(error, path) : 0;
}

static int add_entry(const struct walk *walk, const char *member, const char *path, int fd,
		     const struct stat *status, struct pimg_error *error)
{
	struct archive_entry *entry = sym_archive_entry_new();
	int result;

	if (!entry)
		return error_memory(error);
	result = write_entry(walk, entry, member, path, fd, status, error);
	sym_archive_entry_free(entry);
	return result;
}

static int write_directory(const struct walk *walk, int fd, const char *member, const char *path,
			   unsigned depth, struct pimg_error *error);

static int check_unchanged(int fd, const struct stat *before, const char *path,
			   struct pimg_error *error)
{
	struct stat now;

	if (fstat(fd, &now) < 0)
		return failed(path, "cannot read", error);
	if (now.st_size == before->st_size && now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
	    now.st_mtim.tv_nsec == before->st_mtim.tv_nsec)
		return 0;
	error_check(error, CHECK_CHANGED, "the file changed while it was read");
	return error_in_file(error, path);
}

static int open_and_write(const struct walk *walk, int dirfd, const char *base, const char *member,
			  const char *path, unsigned depth, struct pimg_error *error)
{
	_cleanup_close_ int fd = RETRIED(
		openat(dirfd, base, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		return failed(path, "cannot open", error);
	if (S_ISDIR(status.st_mode))
		return write_directory(walk, fd, member, path, depth + 1, error);
	if (add_entry(walk, member, path, fd, &status, error) < 0)
		return -1;
	return check_unchanged(fd, &status, path, error);
}

/* Dangling links, devices and sockets were never seen among CRIU's images. */
static int write_name(const struct walk *walk, int dirfd, const char *base, const char *member,
		      const char *path, unsigned depth, struct pimg_error *error)
{
	struct stat status;

	if (fstatat(dirfd, base, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return failed(path, "cannot read", error);
	/* Its target would not be in the archive. */
	if (S_ISLNK(status.st_mode) && walk->what->roles(base) & FOLDER_WANTED) {
		error_refused(error, EINVAL,
			      "is a symbolic link, whose target would not be archived; replace it "
			      "with the image itself");
		return error_in_file(error, path);
	}
	if (S_ISLNK(status.st_mode))
		return add_entry(walk, member, path, -1, &status, error);
	if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))
		return open_and_write(walk, dirfd, base, member, path, depth, error);
	error_refused(error, EINVAL, "is not a file, directory or link; no archive was written");
	return error_in_file(error, path);
}

static int write_names(const struct walk *walk, int fd, const struct names *names,
		       const char *member, const char *path, unsigned depth,
		       struct pimg_error *error)
{
	for (size_t i = 0; i < names->count; i++) {
		const char *base = names->list[i].base;
		_cleanup_free_ char *below = NULL, *below_path = NULL;

		if (asprintf(&below, "%s%s", member, base) < 0 ||
		    asprintf(&below_path, "%s/%s", path, base) < 0)
			return error_memory(error);
		if (write_name(walk, fd, base, below, below_path, depth, error) < 0)
			return -1;
	}
	return 0;
}

static int write_directory(const struct walk *walk, int fd, const char *member, const char *path,
			   unsigned depth, struct pimg_error *error)
{
	_cleanup_free_ char *named = NULL;
	struct names names = {0};
	struct stat status;
	int result = -1;

	if (depth == DEPTH_MAX) {
		errno = ELOOP;
		return failed(path, "cannot read", error);
	}
	if (fstat(fd, &status) < 0)
		return failed(path, "cannot read", error);
	if (asprintf(&named, "%s/", member) < 0) {
		named = NULL;
		return error_memory(error);
	}
	if (add_entry(walk, named, path, fd, &status, error) == 0 &&
	    list(walk, fd, path, &names, error) == 0)
		result = write_names(walk, fd, &names, named, path, depth, error);
	release_names(&names);
	return result;
}

/* ---- the archive ---- */

static int write_tree(struct walk *walk, int fd, struct pimg_error *error)
{
	walk->writer = archive_writer_open(walk->what->to, ARCHIVE_FORMAT_TAR_PAX_INTERCHANGE,
					   walk->what->progress, error);
	if (!walk->writer || write_directory(walk, fd, ".", walk->what->path, 0, error) < 0)
		return -1;
	return archive_writer_finish(walk->writer, error);
}

int tree_archive_write(const struct tree_archive *archive, struct pimg_error *error)
{
	_cleanup_close_ int fd = RETRIED(open(archive->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct walk walk = {.what = archive};
	int result = -1;

	if (libarchive_load(error) < 0)
		return -1;
	walk.disk = sym_archive_read_disk_new();
	if (fd < 0)
		failed(archive->path, "cannot open", error);
	else if (!walk.disk)
		error_memory(error);
	else if (sym_archive_read_disk_set_symlink_physical(walk.disk) != ARCHIVE_OK ||
		 sym_archive_read_disk_set_standard_lookup(walk.disk) != ARCHIVE_OK)
		error_memory(error);
	else
		result = write_tree(&walk, fd, error);
	archive_writer_free(walk.writer);
	if (walk.disk)
		sym_archive_read_free(walk.disk);
	return result;
}
