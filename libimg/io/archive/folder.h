/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory of files, on a disk or in an archive. All headers of an archive are read once. Wanted files
 * are read from the archive directly if it can seek; else they are copied to a temporary file during that
 * pass.
 */
#ifndef LIBIMG_IO_ARCHIVE_FOLDER_H
#define LIBIMG_IO_ARCHIVE_FOLDER_H

#include "io/source/source.h"

struct folder;

/* The roles of a file, by its name. */
enum folder_role {
	FOLDER_WANTED = 1 << 0, /* it may be asked for */
	FOLDER_MARK = 1 << 1,	/* its directory is the chosen one */
	FOLDER_TRACE = 1 << 2,	/* what folder_has_trace() looks for */
	/* In an archive without a mark, these show a directory without the wanted images. */
	FOLDER_MEMORY = 1 << 3, /* its directory has dumped memory */
	FOLDER_BESIDE = 1 << 4, /* it is beside the directory FOLDER_OF_EXPORT */
};
typedef unsigned (*folder_roles_fn)(const char *base);
/*
 * Whether all files that may be asked for have been found so far.
 * @left: the current member belongs to another directory
 */
typedef bool (*folder_enough_fn)(struct folder *folder, bool left);

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
 * A directory in an archive, whose source is taken over, also on failure. A damaged archive can be opened
 * if its directory is found: folder_damage() reports the damage.
 * @enough: may be null; else an archive that cannot seek is read only until this returns true
 * @progress: may be null
 */
struct folder *folder_of_archive(struct source *archive, folder_roles_fn roles,
				 folder_enough_fn enough, const struct pimg_progress *progress,
				 struct pimg_error *error);
void folder_close(struct folder *folder);

/* For messages: "DIRECTORY", or "ARCHIVE:DIRECTORY". */
const char *folder_name(const struct folder *folder);
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
 * Opens a file. The source may not outlive the folder.
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
/* Whether that is the name of the directory within its archive. */
bool folder_is_called(const struct folder *folder, const char *name);

/* Whether its files are sorted by name in the archive, as far as it was read. */
bool folder_is_sorted(const struct folder *folder);
bool folder_is_archive(const struct folder *folder);
/* The archive itself, decompressed, or null. */
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
