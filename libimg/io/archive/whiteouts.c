// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/archive/whiteouts.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

#define PREFIX ".wh."
#define OPAQUE ".wh..wh..opq"

/* The directory of a path, without its last slash, and a name in it. */
static char *join(const char *path, size_t directory, const char *name)
{
	char *joined = calloc(1, directory + strlen(name) + 1);

	if (!joined)
		return NULL;
	memcpy(joined, path, directory);
	strcpy(joined + directory, name);
	return joined;
}

int whiteout_of(const char *path, bool is_directory, struct whiteout *whiteout,
		struct pimg_error *error)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	size_t directory = (size_t)(base - path);

	if (is_directory)
		return 0;
	if (!strcmp(base, OPAQUE))
		*whiteout = (struct whiteout){join(path, directory ? directory - 1 : 0, ""), true};
	else if (!strcmp(base, PREFIX))
		return 0;
	else if (!strncmp(base, PREFIX, strlen(PREFIX)))
		*whiteout = (struct whiteout){join(path, directory, base + strlen(PREFIX)), false};
	else
		*whiteout = (struct whiteout){strdup(path), true};
	return whiteout->path ? 1 : error_memory(error);
}

int whiteouts_add(struct whiteouts *whiteouts, struct whiteout whiteout, struct pimg_error *error)
{
	if (array_make_room(&whiteouts->all, &whiteouts->room, whiteouts->count + 1,
			    sizeof(*whiteouts->all), error) < 0) {
		free(whiteout.path);
		return -1;
	}
	whiteouts->bytes += strlen(whiteout.path);
	whiteouts->all[whiteouts->count++] = whiteout;
	return 0;
}

/* The one that hides more comes first. */
static int by_path(const void *a, const void *b)
{
	const struct whiteout *first = a, *second = b;
	int order = strcmp(first->path, second->path);

	return order ? order : (int)first->only_below - (int)second->only_below;
}

void whiteouts_sort(struct whiteouts *whiteouts)
{
	if (whiteouts->count)
		qsort(whiteouts->all, whiteouts->count, sizeof(*whiteouts->all), by_path);
}

/* The first for the first length bytes of the path; or null. */
static const struct whiteout *find(const struct whiteouts *whiteouts, const char *path,
				   size_t length)
{
	size_t low = 0, high = whiteouts->count;
	const struct whiteout *found;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = strncmp(whiteouts->all[middle].path, path, length);

		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	found = low < whiteouts->count ? &whiteouts->all[low] : NULL;
	/* Of those that begin so, the one that ends there is the first. */
	return found && !strncmp(found->path, path, length) && !found->path[length] ? found : NULL;
}

bool whiteouts_hide(const struct whiteouts *whiteouts, const char *path)
{
	size_t length = strlen(path);
	const struct whiteout *found = find(whiteouts, path, length);

	if ((found && !found->only_below) || find(whiteouts, path, 0))
		return true;
	for (size_t i = 0; i < length; i++) {
		if (path[i] == '/' && find(whiteouts, path, i))
			return true;
	}
	return false;
}

void whiteouts_release(struct whiteouts *whiteouts)
{
	for (size_t i = 0; i < whiteouts->count; i++)
		free(whiteouts->all[i].path);
	free(whiteouts->all);
	*whiteouts = (struct whiteouts){0};
}
