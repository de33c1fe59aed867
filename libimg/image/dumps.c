// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/dumps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "format/container.h"
#include "format/directory-names.h"

int dumps_add(struct dumps *dumps, struct members *members, char *path, char *directory,
	      struct pimg_error *error)
{
	if (!path || !directory ||
	    array_make_room(&dumps->all, &dumps->room, dumps->count + 1, sizeof(*dumps->all),
			    error) < 0) {
		if (!path || !directory)
			error_memory(error);
		free(path);
		free(directory);
		return -1;
	}
	dumps->all[dumps->count++] = (struct dump){
		.path = path,
		.members = members ? members_share(members) : NULL,
		.directory = directory,
	};
	return 0;
}

void dumps_release(struct dumps *dumps)
{
	for (size_t i = 0; i < dumps->count; i++) {
		free(dumps->all[i].path);
		free(dumps->all[i].directory);
		members_release(dumps->all[i].members);
	}
	free(dumps->all);
	oci_release(&dumps->oci);
	folder_close(dumps->layout);
	free(dumps->nested);
	free(dumps->name);
	*dumps = (struct dumps){0};
}

/* ---- choosing one ---- */

/* "a, b and 3 others"; to be freed */
static char *list_paths(const struct dumps *dumps)
{
	enum { SHOWN = 4 };
	size_t shown = dumps->count <= SHOWN ? dumps->count : SHOWN - 1;
	char *text = NULL;
	size_t length;
	FILE *to = open_memstream(&text, &length);

	for (size_t i = 0; to && i < shown; i++)
		fprintf(to, "%s%s",
			!i			? ""
			: i + 1 == dumps->count ? " and "
						: ", ",
			dumps->all[i].path);
	if (to && shown < dumps->count)
		fprintf(to, " and %zu others", dumps->count - shown);
	if (to)
		fclose(to);
	return text;
}

/* "web/checkpoint/" and "./web/checkpoint" are the same path. */
static bool is_path(const char *path, const char *wanted)
{
	size_t length;

	while (!strncmp(wanted, "./", 2))
		wanted += 2;
	length = strlen(wanted);
	while (length && wanted[length - 1] == '/')
		length--;
	return strlen(path) == length && !memcmp(path, wanted, length);
}

static int fail_to_choose(const struct dumps *dumps, const char *wanted, struct pimg_error *error)
{
	_cleanup_free_ char *paths = list_paths(dumps);

	if (!paths)
		return error_memory(error);
	if (!wanted)
		error_check(error, CHECK_ARCHIVE_MANY,
			    "contains %zu dumps, %s; choose one with --dump", dumps->count, paths);
	else if (dumps->count == 1 && !*dumps->all[0].path)
		error_usage(error, "contains one dump, which has no path; omit --dump");
	else
		error_usage(error, "contains no dump '%s', but %s", wanted, paths);
	return error_in_file(error, dumps->name);
}

int dumps_choose(const struct dumps *dumps, const char *wanted, size_t *number,
		 struct pimg_error *error)
{
	for (*number = 0; *number < dumps->count; (*number)++) {
		if (wanted ? is_path(dumps->all[*number].path, wanted) : dumps->count == 1)
			return 0;
	}
	return fail_to_choose(dumps, wanted, error);
}

/* ---- opening ---- */

struct folder *dumps_open(const struct dumps *dumps, size_t number, struct pimg_error *error)
{
	const struct dump *dump = &dumps->all[number];

	return dump->members ? folder_in(dump->members, dump->directory, error)
			     : folder_open_export(dump->directory, directory_roles, error);
}

struct pimg_container *dumps_container(const struct dumps *dumps, size_t number,
				       struct folder *folder)
{
	const struct oci_image *image = dumps->all[number].image;

	return container_read(folder, image ? image->annotations : NULL,
			      image ? image->reference : NULL);
}
