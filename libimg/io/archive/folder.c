// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "io/source/open.h"
#include "io/source/tree.h"

struct folder {
	char *name;
	folder_roles_fn roles;
	int dirfd;   /* or -1 in an archive */
	int abovefd; /* of an unpacked export, or -1 */
	bool is_below;

	/* In an archive: the directory is "", or ends with a slash. */
	struct members *members;
	char *directory;
	size_t length;
};

/* ---- on a disk ---- */

static struct folder *folder_new(const char *name, folder_roles_fn roles, struct pimg_error *error)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	if (folder) {
		folder->dirfd = folder->abovefd = -1;
		folder->roles = roles;
		folder->name = strdup(name);
	}
	if (folder && folder->name)
		return folder;
	free(folder);
	error_memory(error);
	return NULL;
}

bool folder_is_at(const char *path)
{
	struct stat status;

	return strcmp(path, "-") && stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

struct folder *folder_open(const char *path, folder_roles_fn roles, struct pimg_error *error)
{
	struct folder *folder = folder_new(path, roles, error);

	if (!folder)
		return NULL;
	folder->dirfd = tree_open(path, error);
	if (folder->dirfd >= 0)
		return folder;
	folder_close(folder);
	return NULL;
}

void folder_close(struct folder *folder)
{
	if (!folder)
		return;
	if (folder->dirfd >= 0)
		close(folder->dirfd);
	if (folder->abovefd >= 0)
		close(folder->abovefd);
	members_release(folder->members);
	free(folder->directory);
	free(folder->name);
	free(folder);
}

/* Null if it cannot be read. */
static DIR *list_names(const struct folder *folder, const char *below)
{
	int fd = RETRIED(openat(folder->dirfd, below, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);

	if (!directory && fd >= 0)
		close(fd);
	return directory;
}

static bool disk_has_role(const struct folder *folder, unsigned roles)
{
	DIR *directory = list_names(folder, ".");
	const struct dirent *entry;
	bool found = false;

	if (!directory)
		return false;
	while (!found && (entry = readdir(directory)))
		found = folder->roles(entry->d_name) & roles;
	closedir(directory);
	return found;
}

/* Enters the directory of images in an export, if there is one. */
static int enter_export(struct folder *folder, struct pimg_error *error)
{
	int below = RETRIED(
		openat(folder->dirfd, FOLDER_OF_EXPORT, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	char *name;

	if (below < 0)
		return 0;
	if (disk_has_role(folder, FOLDER_MARK | FOLDER_TRACE)) {
		close(below);
		return 0;
	}
	folder->abovefd = folder->dirfd;
	folder->dirfd = below;
	folder->is_below = true;
	if (asprintf(&name, "%s/" FOLDER_OF_EXPORT, folder->name) < 0)
		return error_memory(error);
	free(folder->name);
	folder->name = name;
	return 0;
}

static bool is_called_as_in_exports(const char *path)
{
	size_t length = strlen(path), wanted = strlen(FOLDER_OF_EXPORT);

	while (length && path[length - 1] == '/')
		length--;
	return length >= wanted && !memcmp(path + length - wanted, FOLDER_OF_EXPORT, wanted) &&
	       (length == wanted || path[length - wanted - 1] == '/');
}

struct folder *folder_open_export(const char *path, folder_roles_fn roles, struct pimg_error *error)
{
	struct folder *folder = folder_open(path, roles, error);

	if (!folder)
		return NULL;
	if (is_called_as_in_exports(path)) {
		folder->abovefd =
			RETRIED(openat(folder->dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	} else if (enter_export(folder, error) < 0) {
		folder_close(folder);
		return NULL;
	}
	return folder;
}

bool folder_is_below(const struct folder *folder)
{
	return folder->is_below;
}

static bool is_name_of_image(const char *name)
{
	size_t length = strlen(name);

	return length > 4 && !strcmp(name + length - 4, ".img");
}

bool folder_has_file(const struct folder *folder, const struct file_identity *file)
{
	DIR *directory = folder->dirfd < 0 ? NULL : list_names(folder, ".");
	const struct dirent *entry;
	bool found = false;

	if (!directory)
		return false;
	while (!found && (entry = readdir(directory))) {
		struct stat status;

		found = is_name_of_image(entry->d_name) &&
			fstatat(folder->dirfd, entry->d_name, &status, 0) == 0 &&
			status.st_dev == file->device && status.st_ino == file->inode;
	}
	closedir(directory);
	return found;
}

int folder_names(const struct folder *folder, const char *below,
		 int (*take)(void *context, const char *name, struct pimg_error *error),
		 void *context, struct pimg_error *error)
{
	DIR *directory = folder->dirfd < 0 ? NULL : list_names(folder, below);
	const struct dirent *entry;
	int result = 0;

	if (!directory && folder->dirfd >= 0) {
		error_system(error, errno, "cannot read %s", below);
		return error_in_file(error, folder->name);
	}
	while (directory && result == 0 && (entry = readdir(directory)))
		result = take(context, entry->d_name, error);
	if (directory)
		closedir(directory);
	return result;
}

/* ---- in an archive ---- */

/* "ARCHIVE:DIRECTORY" */
static char *name_in(const struct members *members, const char *directory)
{
	const char *prefix = members_prefix(members);
	size_t length = strlen(prefix) + strlen(directory);
	char *name;

	if (!length)
		return strdup(members_name(members));
	if (asprintf(&name, "%s:%s%s", members_name(members), prefix, directory) < 0)
		return NULL;
	/* Without the last slash. */
	name[strlen(name) - 1] = '\0';
	return name;
}

struct folder *folder_in(struct members *members, const char *directory, struct pimg_error *error)
{
	struct folder *folder = calloc(1, sizeof(*folder));

	if (folder) {
		folder->dirfd = folder->abovefd = -1;
		folder->name = name_in(members, directory);
		folder->directory = strdup(directory);
		folder->length = strlen(directory);
		folder->members = members_share(members);
	}
	if (folder && folder->name && folder->directory)
		return folder;
	folder_close(folder);
	error_memory(error);
	return NULL;
}

struct members *folder_members(const struct folder *folder)
{
	return folder->members;
}

const char *folder_directory(const struct folder *folder)
{
	return folder->directory;
}

/* ---- queries ---- */

const char *folder_name(const struct folder *folder)
{
	return folder->name;
}

const char *folder_input(const struct folder *folder)
{
	return folder->members ? members_name(folder->members) : folder->name;
}

const struct pimg_error *folder_problem(const struct folder *folder)
{
	return folder->members ? members_problem(folder->members) : NULL;
}

const struct pimg_error *folder_damage(const struct folder *folder)
{
	return folder->members ? members_damage(folder->members) : NULL;
}

int folder_read_through(struct folder *folder, const struct pimg_progress *progress,
			struct pimg_error *error)
{
	return folder->members ? members_read_through(folder->members, progress, error) : 0;
}

static int open_found(struct folder *folder, const struct archived *member, struct source **source,
		      struct pimg_error *error)
{
	return member ? members_open(folder->members, member, source, error) : 0;
}

int folder_find(struct folder *folder, const char *base, struct source **source,
		struct pimg_error *error)
{
	if (folder->dirfd >= 0)
		return source_open_in(folder->dirfd, folder->name, base, source, error);
	return open_found(folder,
			  members_find(folder->members, folder->directory, folder->length, base),
			  source, error);
}

/* In an archive. Null if there is none, or no directory above. */
static const struct archived *find_above(const struct folder *folder, const char *base)
{
	size_t length = folder->length;

	if (!length)
		return NULL;
	length--;
	while (length && folder->directory[length - 1] != '/')
		length--;
	return members_find(folder->members, folder->directory, length, base);
}

int folder_find_above(struct folder *folder, const char *base, struct source **source,
		      struct pimg_error *error)
{
	if (folder->abovefd >= 0)
		return source_open_in(folder->abovefd, folder->name, base, source, error);
	return folder->dirfd < 0 ? open_found(folder, find_above(folder, base), source, error) : 0;
}

bool folder_has(const struct folder *folder, const char *base)
{
	return folder->dirfd >= 0 ? faccessat(folder->dirfd, base, F_OK, 0) == 0
				  : members_find(folder->members, folder->directory, folder->length,
						 base) != NULL;
}

bool folder_has_above(const struct folder *folder, const char *base)
{
	if (folder->abovefd >= 0)
		return faccessat(folder->abovefd, base, F_OK, 0) == 0;
	return folder->dirfd < 0 && find_above(folder, base);
}

bool folder_is_called(const struct folder *folder, const char *name)
{
	size_t length = strlen(name), end = folder->length;
	const char *path;

	if (folder->dirfd >= 0 || end < length + 1)
		return false;
	path = folder->directory + end - 1 - length;
	return !memcmp(path, name, length) && (end == length + 1 || path[-1] == '/');
}

bool folder_is_sorted(const struct folder *folder)
{
	return folder->members &&
	       members_are_sorted(folder->members, folder->directory, folder->length);
}

bool folder_is_archive(const struct folder *folder)
{
	return folder->dirfd < 0;
}

struct source *folder_archive(const struct folder *folder)
{
	return folder->members ? members_archive(folder->members) : NULL;
}

bool folder_is_tar(const struct folder *folder)
{
	return folder_is_archive(folder) && !members_are_of_zip(folder->members);
}

int folder_extent(const struct folder *folder, const char *base, struct folder_extent *extent)
{
	const struct archived *member =
		members_find(folder->members, folder->directory, folder->length, base);

	if (!member || !member->is_file || !member->end_at)
		return 0;
	*extent = (struct folder_extent){member->head_at, member->end_at};
	return 1;
}

bool folder_has_role(const struct folder *folder, enum folder_role role)
{
	if (folder->dirfd >= 0)
		return disk_has_role(folder, role);
	return members_have_role(folder->members, folder->directory, folder->length, role);
}

bool folder_has_trace(const struct folder *folder)
{
	return folder_has_role(folder, FOLDER_TRACE);
}
