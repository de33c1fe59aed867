// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/search.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"

/* Limits: a search through a large file system is a task for verify --recursive. */
#define DEPTH_MAX   8
#define ENTRIES_MAX (1U << 16)

struct search {
	const char *path;
	folder_roles_fn roles;
	unsigned wanted;
	int (*found)(void *context, const char *below, struct pimg_error *error);
	void *context;
	unsigned entries;
};

/* The names in a directory, sorted. */
struct names {
	char **all;
	size_t count, room;
};

static void release(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->all[i]);
	free(names->all);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int failed(const struct search *search, const char *below, struct pimg_error *error)
{
	_cleanup_free_ char *name = NULL;

	error_system(error, errno, "cannot open");
	if (asprintf(&name, "%s%s%s", search->path, *below ? "/" : "", below) < 0) {
		name = NULL;
		return -1;
	}
	return error_in_file(error, name);
}

static int too_large(const struct search *search, struct pimg_error *error)
{
	error_refused(
		error, 0,
		"contains more than %u files, or directories nested more than %d deep; give one "
		"further below, or use verify --recursive",
		ENTRIES_MAX, DEPTH_MAX);
	return error_in_file(error, search->path);
}

static int add_name(struct search *search, struct names *names, const char *name,
		    struct pimg_error *error)
{
	if (search->entries++ == ENTRIES_MAX)
		return too_large(search, error);
	if (array_make_room(&names->all, &names->room, names->count + 1, sizeof(char *), error) < 0)
		return -1;
	names->all[names->count] = strdup(name);
	return names->all[names->count++] ? 0 : error_memory(error);
}

/* @fd: taken over */
static int read_names(struct search *search, int fd, struct names *names, struct pimg_error *error)
{
	DIR *directory = fdopendir(fd);
	const struct dirent *entry;
	int result = 0;

	if (!directory) {
		close(fd);
		return error_memory(error);
	}
	errno = 0;
	while (result == 0 && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = add_name(search, names, entry->d_name, error);
	}
	if (result == 0 && errno)
		result = error_system(error, errno, "cannot read a directory");
	closedir(directory);
	if (names->count)
		qsort(names->all, names->count, sizeof(*names->all), by_name);
	return result;
}

static bool is_directory(int directory, const char *name)
{
	struct stat status;

	return fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

static int search_in(struct search *search, int parent, const char *name, const char *below,
		     unsigned depth, struct pimg_error *error);

static int search_entries(struct search *search, int directory, const struct names *names,
			  const char *below, unsigned depth, struct pimg_error *error)
{
	for (size_t i = 0; i < names->count; i++) {
		_cleanup_free_ char *path = NULL;

		if (!is_directory(directory, names->all[i]))
			continue;
		if (depth == DEPTH_MAX)
			return too_large(search, error);
		if (asprintf(&path, "%s%s%s", below, *below ? "/" : "", names->all[i]) < 0) {
			path = NULL;
			return error_memory(error);
		}
		if (search_in(search, directory, names->all[i], path, depth + 1, error) < 0)
			return -1;
	}
	return 0;
}

static int take_entries(struct search *search, int directory, const struct names *names,
			const char *below, unsigned depth, struct pimg_error *error)
{
	int result = 1;

	for (size_t i = 0; i < names->count && result > 0; i++) {
		if (!(search->roles(names->all[i]) & search->wanted))
			continue;
		result = search->found(search->context, below, error);
		break;
	}
	if (result <= 0)
		return result;
	return search_entries(search, directory, names, below, depth, error);
}

static int search_in(struct search *search, int parent, const char *name, const char *below,
		     unsigned depth, struct pimg_error *error)
{
	_cleanup_close_ int directory =
		RETRIED(openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
	int copy = directory < 0 ? -1 : fcntl(directory, F_DUPFD_CLOEXEC, 3);
	struct names names = {0};
	int result;

	if (copy < 0)
		return failed(search, below, error);
	result = read_names(search, copy, &names, error);
	if (result == 0)
		result = take_entries(search, directory, &names, below, depth, error);
	release(&names);
	return result;
}

int directories_search(const char *path, folder_roles_fn roles, unsigned wanted,
		       int (*found)(void *context, const char *below, struct pimg_error *error),
		       void *context, struct pimg_error *error)
{
	struct search search = {
		.path = path,
		.roles = roles,
		.wanted = wanted,
		.found = found,
		.context = context,
	};
	_cleanup_close_ int top = RETRIED(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	return top < 0 ? failed(&search, "", error) : search_in(&search, top, ".", "", 0, error);
}
