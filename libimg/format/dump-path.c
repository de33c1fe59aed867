// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/dump-path.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "format/directory-names.h"

static bool is_beside_inventory(const char *path)
{
	_cleanup_free_ char *copy = strdup(path), *inventory = NULL;

	if (!copy || asprintf(&inventory, "%s/inventory.img", dirname(copy)) < 0) {
		inventory = NULL;
		return false;
	}
	return access(inventory, F_OK) == 0;
}

bool path_is_in_dump(const char *path)
{
	_cleanup_free_ char *target = realpath(path, NULL);

	if (!strcmp(path, "-"))
		return false;
	return is_beside_inventory(path) || (target && is_beside_inventory(target));
}

static bool is_image_of_dump(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	return copy && directory_roles(basename(copy)) && is_beside_inventory(path);
}

bool path_is_image_of_dump(const char *path)
{
	_cleanup_free_ char *target = realpath(path, NULL);

	if (!strcmp(path, "-"))
		return false;
	return is_image_of_dump(path) || (target && is_image_of_dump(target));
}
