// SPDX-License-Identifier: LGPL-2.1-or-later
#include "image/find-dumps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "format/directory-names.h"
#include "image/dumps-in-archive.h"
#include "image/dumps-in-layers.h"
#include "io/archive/search.h"

static int set_name(struct dumps *dumps, const char *path, struct pimg_error *error)
{
	dumps->name = strdup(path);
	return dumps->name ? 0 : error_memory(error);
}

static int no_dump_in_image(struct dumps *dumps, struct pimg_error *error)
{
	if (dumps->oci.damaged)
		return error_copy(error, &dumps->oci.damage);
	return dumps_tell_of_nothing(dumps, "a container image", error);
}

/* ---- archives ---- */

static unsigned roles_of_file(const char *base)
{
	return dumps_roles(base) | oci_roles(base);
}

static int look_in(struct dumps *dumps, struct members *members, const struct archived *mark,
		   bool to_show, const struct pimg_progress *progress, struct pimg_error *error)
{
	_cleanup_free_ char *directory = strndup(mark->path, mark->base_at);
	struct folder *layout;

	if (!directory)
		return error_memory(error);
	layout = folder_in(members, directory, error);
	return layout ? dumps_add_images(dumps, layout, to_show, progress, error) : -1;
}

static void forget_layout(struct dumps *dumps)
{
	oci_release(&dumps->oci);
	folder_close(take_pointer(dumps->layout));
}

/*
 * Other programs have files of these names too: each directory with one is looked into until there is a dump,
 * or damage that may hide one.
 */
static int find_in_layouts(struct dumps *dumps, struct members *members, bool to_show,
			   const struct pimg_progress *progress, struct pimg_error *error)
{
	const struct archived *member, *last = NULL;

	for (size_t i = 0; (member = members_at(members, i)); i++) {
		if (member->hidden || !(member->roles & FOLDER_LAYOUT) ||
		    (last && members_are_together(last, member)))
			continue;
		if (last)
			forget_layout(dumps);
		last = member;
		free(take_pointer(dumps->nested));
		if (look_in(dumps, members, member, to_show, progress, error) < 0)
			return -1;
		if (dumps->count || dumps->oci.damaged)
			break;
	}
	return 0;
}

static int find_in(struct dumps *dumps, struct members *members, bool to_show,
		   const struct pimg_progress *progress, struct pimg_error *error)
{
	if (dumps_add_all(dumps, members, error) < 0)
		return -1;
	if (!dumps->count && find_in_layouts(dumps, members, to_show, progress, error) < 0)
		return -1;
	if (dumps->count)
		return 0;
	if (members_damage(members))
		return error_copy(error, members_damage(members));
	if (dumps_add_other(dumps, members, error) < 0)
		return -1;
	if (dumps->count)
		return 0;
	if (dumps->layout)
		return no_dump_in_image(dumps, error);
	return dumps_tell_of_nothing(dumps, "an archive", error);
}

int dumps_of_archive(struct dumps *dumps, struct source *archive, bool to_show,
		     const struct pimg_progress *progress, struct pimg_error *error)
{
	struct members *members = NULL;
	int result = -1;

	if (set_name(dumps, source_name(archive), error) == 0)
		members = members_new(source_name(archive), roles_of_file, NULL, error);
	if (members)
		result = members_add(members, archive, to_show ? &dumps_enough : NULL, progress,
				     error);
	else
		source_close(archive);
	if (result == 0)
		result = find_in(dumps, members, to_show, progress, error);
	members_release(members);
	return result;
}

/* ---- on a disk ---- */

struct below {
	struct dumps *dumps;
	const char *top;
};

/* Of an export, the dump is in the directory below. */
static int take_below(void *context, const char *path, struct pimg_error *error)
{
	struct below *below = context;
	_cleanup_free_ char *directory = NULL;
	struct folder *folder;
	const char *after;
	char *dump = NULL;

	if (asprintf(&directory, "%s/%s", below->top, path) < 0) {
		directory = NULL;
		return error_memory(error);
	}
	folder = folder_open_export(directory, directory_roles, error);
	if (!folder)
		return -1;
	after = folder_is_below(folder) ? "/" FOLDER_OF_EXPORT : "";
	if (!folder_is_below(folder) && !folder_has_role(folder, FOLDER_MARK)) {
		folder_close(folder);
		return 1;
	}
	if (asprintf(&dump, "%s%s", path, after) < 0)
		dump = NULL;
	folder_close(folder);
	return dumps_add(below->dumps, NULL, dump, take_pointer(directory), error);
}

/* Whether it is a dump, or an export. */
static bool is_dump(const struct folder *folder)
{
	return folder_is_below(folder) || folder_has_role(folder, FOLDER_MARK) ||
	       folder_has_trace(folder) || folder_has_above(folder, "config.dump");
}

int dumps_at(struct dumps *dumps, const char *path, bool to_show,
	     const struct pimg_progress *progress, struct pimg_error *error)
{
	struct below below = {.dumps = dumps, .top = path};
	struct folder *folder = folder_open_export(path, directory_roles, error);
	bool is_layout, is_itself;

	if (!folder || set_name(dumps, path, error) < 0) {
		folder_close(folder);
		return -1;
	}
	is_itself = is_dump(folder);
	is_layout = !is_itself && oci_is_at(folder);
	if (is_layout && dumps_add_images(dumps, folder, to_show, progress, error) < 0)
		return -1;
	if (!is_layout)
		folder_close(folder);
	/* Other directories have files of these names too. */
	if (!is_itself && !dumps->count &&
	    directories_search(path, directory_roles, FOLDER_MARK | FOLDER_BESIDE, take_below,
			       &below, error) < 0)
		return -1;
	if (dumps->count)
		return 0;
	return is_layout ? no_dump_in_image(dumps, error)
			 : dumps_add(dumps, NULL, strdup(""), strdup(path), error);
}
