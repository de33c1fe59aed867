// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/dumps-in-archive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "format/directory-names.h"
#include "format/directory.h"

static bool is_name_of_archive(const char *base)
{
	static const char *const endings[] = {".tar",	  ".tar.gz", ".tar.zst", ".tgz",
					      ".tar.bz2", ".tar.xz", ".zip"};
	size_t length = strlen(base);

	for (size_t i = 0; i < sizeof(endings) / sizeof(*endings); i++) {
		size_t wanted = strlen(endings[i]);

		if (length > wanted && !strcmp(base + length - wanted, endings[i]))
			return true;
	}
	return false;
}

unsigned dumps_roles(const char *base)
{
	return directory_roles(base) | (is_name_of_archive(base) ? FOLDER_NESTED : 0);
}

/* "a/b/" is shown as "a/b". */
static int add_in(struct dumps *dumps, struct members *members, const char *directory,
		  size_t length, struct pimg_error *error)
{
	return dumps_add(dumps, members, strndup(directory, length ? length - 1 : 0),
			 strndup(directory, length), error);
}

static int by_directory(const void *a, const void *b)
{
	return strcmp(((const struct dump *)a)->directory, ((const struct dump *)b)->directory);
}

/* A directory's members need not follow each other, so some are found twice. */
static int add_marked(struct dumps *dumps, struct members *members, struct pimg_error *error)
{
	size_t first = dumps->count, kept = first;
	const struct archived *member, *last = NULL;

	for (size_t i = 0; (member = members_at(members, i)); i++) {
		if (member->hidden || !(member->roles & FOLDER_MARK))
			continue;
		if (last && members_are_together(last, member))
			continue;
		last = member;
		if (add_in(dumps, members, member->path, member->base_at, error) < 0)
			return -1;
	}
	if (dumps->count > first)
		qsort(dumps->all + first, dumps->count - first, sizeof(*dumps->all), by_directory);
	for (size_t i = first; i < dumps->count; i++) {
		struct dump *dump = &dumps->all[i];

		if (kept > first && !strcmp(dumps->all[kept - 1].directory, dump->directory)) {
			free(dump->path);
			free(dump->directory);
			members_release(dump->members);
		} else {
			dumps->all[kept++] = *dump;
		}
	}
	dumps->count = kept;
	return 0;
}

static int add_export(struct dumps *dumps, struct members *members, const struct archived *beside,
		      struct pimg_error *error)
{
	_cleanup_free_ char *directory = NULL;

	if (asprintf(&directory, "%.*s" FOLDER_OF_EXPORT "/", (int)beside->base_at, beside->path) <
	    0) {
		directory = NULL;
		return error_memory(error);
	}
	if (members_have_role(members, directory, strlen(directory), FOLDER_MARK))
		return 0;
	return add_in(dumps, members, directory, strlen(directory), error);
}

/* Exports whose checkpoint failed, beside others. */
static int add_empty_exports(struct dumps *dumps, struct members *members, struct pimg_error *error)
{
	const struct archived *member, *last = NULL;

	for (size_t i = 0; (member = members_at(members, i)); last = member, i++) {
		if (last && !strcmp(last->path, member->path))
			continue;
		if (!member->hidden && member->roles & FOLDER_BESIDE &&
		    members_find(members, member->path, member->base_at, "spec.dump") &&
		    add_export(dumps, members, member, error) < 0)
			return -1;
	}
	return 0;
}

int dumps_add_other(struct dumps *dumps, struct members *members, struct pimg_error *error)
{
	const struct archived *member, *beside = NULL;

	for (size_t i = 0; (member = members_at(members, i)); i++) {
		if (member->hidden)
			continue;
		if (member->roles & FOLDER_MEMORY)
			return add_in(dumps, members, member->path, member->base_at, error);
		if (member->roles & FOLDER_BESIDE && !beside)
			beside = member;
	}
	return beside ? add_export(dumps, members, beside, error) : 0;
}

static void note_nested(struct dumps *dumps, const struct members *members)
{
	const struct archived *member;

	for (size_t i = 0; !dumps->nested && (member = members_at(members, i)); i++) {
		if (member->roles & FOLDER_NESTED && !member->hidden)
			dumps->nested = strdup(member->path);
	}
}

int dumps_add_all(struct dumps *dumps, struct members *members, struct pimg_error *error)
{
	size_t before = dumps->count;

	if (add_marked(dumps, members, error) < 0)
		return -1;
	if (dumps->count > before)
		return add_empty_exports(dumps, members, error);
	note_nested(dumps, members);
	return 0;
}

int dumps_tell_of_nothing(const struct dumps *dumps, const char *what, struct pimg_error *error)
{
	if (dumps->nested)
		error_check(error, CHECK_ARCHIVE_EMPTY,
			    "is %s without CRIU images, but contains %s; extract that and give it",
			    what, dumps->nested);
	else
		error_check(error, CHECK_ARCHIVE_EMPTY, "is %s without queue images or CRIU images",
			    what);
	return error_in_file(error, dumps->name);
}

/*
 * An archive with the dump of a single container, as engines export it, has the dump in checkpoint/, or in its
 * top directory. Other archives may contain more dumps further on.
 */
static bool is_enough(void *context, struct members *archive, const char *next)
{
	static const char *const directories[] = {"", FOLDER_OF_EXPORT "/"};
	struct folder *folder = NULL;
	bool enough;

	(void)context;
	for (size_t i = 0; i < 2 && !folder; i++) {
		if (members_have_role(archive, directories[i], strlen(directories[i]), FOLDER_MARK))
			folder = folder_in(archive, directories[i], NULL);
	}
	if (!folder)
		return false;
	enough = directory_is_complete(folder, strncmp(next, folder_directory(folder),
						       strlen(folder_directory(folder))) != 0);
	folder_close(folder);
	return enough;
}

const struct members_enough dumps_enough = {.ask = is_enough};
