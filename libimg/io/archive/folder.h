/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A directory of files, on a disk or in an archive. */
#ifndef LIBIMG_IO_ARCHIVE_FOLDER_H
#define LIBIMG_IO_ARCHIVE_FOLDER_H

#include "io/archive/members.h"
#include "io/source/source.h"

struct folder;

/* The name that engines give to the directory of images in a container export. */
#define FOLDER_OF_EXPORT "checkpoint"

/* Whether a path from the user is a directory on a disk: "-" is standard input. */
bool folder_is_at(const char *path);
/* A directory on a disk. */
struct folder *folder_open(const char *path, folder_roles_fn roles, struct pimg_error *error);
/*
 * The same for a path from the user: of an unpacked export, opens the directory of images, unless the
 * export's top directory has images itself.
 */
struct folder *folder_open_export(const char *path, folder_roles_fn roles,
				  struct pimg_error *error);
/* Whether folder_open_export() entered a directory below the given path. */
bool folder_is_below(const struct folder *folder);
/*
 * A directory in an archive, which then shares the members.
 * @directory: "", or a path that ends with a slash; it need not have members
 */
struct folder *folder_in(struct members *members, const char *directory, struct pimg_error *error);
/* The members of its archive, or null. */
struct members *folder_members(const struct folder *folder);
/* The directory in its archive, as folder_in() got it. */
const char *folder_directory(const struct folder *folder);
void folder_close(struct folder *folder);

/* For messages: "DIRECTORY", or "ARCHIVE:DIRECTORY". */
const char *folder_name(const struct folder *folder);
/* "DIRECTORY" or "ARCHIVE". */
const char *folder_input(const struct folder *folder);
/*
 * Decompresses the skipped parts of a compressed archive. Does nothing for any other folder.
 * @progress: may be null
 */
int folder_read_through(struct folder *folder, const struct pimg_progress *progress,
			struct pimg_error *error);
/* A defect of the archive that does not prevent reading, or null. */
const struct pimg_error *folder_problem(const struct folder *folder);
const struct pimg_error *folder_damage(const struct folder *folder);

/*
 * Opens a file, or one in a directory below. The source may not outlive the folder.
 * Returns 1 and sets source, 0 if there is no such file, or -1.
 */
int folder_find(struct folder *folder, const char *base, struct source **source,
		struct pimg_error *error);
/* The same for a file in the directory above, within an archive or an unpacked export. */
int folder_find_above(struct folder *folder, const char *base, struct source **source,
		      struct pimg_error *error);
/* Whether one of the images in a directory on a disk is this file, under whatever name. */
bool folder_has_file(const struct folder *folder, const struct file_identity *file);
bool folder_has(const struct folder *folder, const char *base);
bool folder_has_above(const struct folder *folder, const char *base);
/*
 * Calls take for each name in a directory below, on a disk; in no order.
 * @take: returns 0, or -1 to stop
 */
int folder_names(const struct folder *folder, const char *below,
		 int (*take)(void *context, const char *name, struct pimg_error *error),
		 void *context, struct pimg_error *error);
/* Whether that is the name of the directory within its archive. */
bool folder_is_called(const struct folder *folder, const char *name);

/* Whether its files are sorted by name in the archive, as far as it was read. */
bool folder_is_sorted(const struct folder *folder);
bool folder_is_archive(const struct folder *folder);
/* The archive itself, decompressed; or null if there is none, or it is inside a container image. */
struct source *folder_archive(const struct folder *folder);
bool folder_is_tar(const struct folder *folder);
/* The place of a file in the decompressed archive: offsets, its header included. */
struct folder_extent {
	uint64_t start, end;
};
/* Returns 1, or 0 if the archive has no such file. */
int folder_extent(const struct folder *folder, const char *base, struct folder_extent *extent);

/* True if some name in it has the role. */
bool folder_has_role(const struct folder *folder, enum folder_role role);
/* The same for the role of a trace. */
bool folder_has_trace(const struct folder *folder);

#endif
