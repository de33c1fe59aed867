// SPDX-License-Identifier: LGPL-2.1-or-later
/* Directories and archives without queues: what they are, and what to do. */
#include "image/no-images.h"

#include "base/error.h"
#include "format/container.h"
#include "format/directory-names.h"
#include "image/image.h"

/* criu pre-dump writes pagemap-*.img, pages-*.img and inventory.img, but no processes or files. */
static bool is_pre_dump(const struct folder *folder)
{
	return !folder_has(folder, "files.img") && !folder_has(folder, "pstree.img") &&
	       folder_has_role(folder, FOLDER_MEMORY);
}

static bool has_queues(const struct folder *folder)
{
	for (size_t i = 0; i < QUEUE_TYPES; i++) {
		if (folder_has(folder, directory_queue_images[i]))
			return true;
	}
	/* It may be a dump of processes without pipes. */
	return folder_has(folder, folder_is_archive(folder) ? "files.img" : "inventory.img");
}

static int tell_export(struct folder *folder, struct pimg_error *error)
{
	enum check check = folder_is_archive(folder) ? CHECK_ARCHIVE_EMPTY : CHECK_WRONG_TYPE;
	struct pimg_container *container = container_read(folder, NULL, NULL);
	const char *name = container && container->name ? container->name
			   : container && container->id ? container->id
							: NULL;

	error_check(error, check,
		    "is the export of a container%s%s, whose " FOLDER_OF_EXPORT
		    "/ contains no images: the checkpoint failed, or the copy is incomplete; "
		    "export it again",
		    name ? " named " : "", name ? name : "");
	pimg_container_free(container);
	return -1;
}

static int tell(struct folder *folder, struct pimg_error *error)
{
	if (is_pre_dump(folder))
		return error_check(error, CHECK_PRE_DUMP,
				   "is a CRIU pre-dump, which contains only memory; give the dump "
				   "that followed it");
	if (folder_has_above(folder, "config.dump"))
		return tell_export(folder, error);
	if (folder_is_archive(folder))
		return error_check(error, CHECK_ARCHIVE_EMPTY,
				   "is an archive without queue images or CRIU images");
	return error_check(error, CHECK_WRONG_TYPE, IMAGE_DIRECTORY_EMPTY);
}

int image_check_folder(struct folder *folder, const char *name, struct pimg_error *error)
{
	if (has_queues(folder) && !is_pre_dump(folder))
		return 0;
	if (folder_damage(folder))
		return error_copy(error, folder_damage(folder));
	tell(folder, error);
	return error_in_file(error, name);
}
