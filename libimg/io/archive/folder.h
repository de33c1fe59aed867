/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A directory of files, wherever it is: on a disk, or in an archive. Of an archive all heads are read
 * once. What is wanted is read from where it lies, where that can be sought; else it is kept in a
 * temporary file as it comes by.
 */
#ifndef LIBIMG_IO_ARCHIVE_FOLDER_H
#define LIBIMG_IO_ARCHIVE_FOLDER_H

#include "io/source/source.h"

struct folder;

/* What a file's name says of it. */
enum folder_role {
	FOLDER_WANTED = 1 << 0, /* it may be asked for */
	FOLDER_MARK = 1 << 1,	/* the directory that has it is the one that is meant */
	FOLDER_TRACE = 1 << 2,	/* folder_has_trace() is about these */
	/* In an archive without a mark, these show a directory that lacks the wanted images. */
	FOLDER_MEMORY = 1 << 3, /* it is in a directory that memory was dumped to */
	FOLDER_BESIDE = 1 << 4, /* it is beside the directory FOLDER_OF_EXPORT */
};
typedef unsigned (*folder_roles_fn)(const char *base);
/*
 * Whether all that may be asked for was found, in what was read until now.
 * @left: what is read now belongs to another directory
 */
typedef bool (*folder_enough_fn)(struct folder *folder, bool left);

/* What engines call the directory of images in an export of a container. */
#define FOLDER_OF_EXPORT "checkpoint"

/* Whether a path that a user gave is a directory on a disk: "-" is standard input. */
bool folder_is_at(const char *path);
/* On a disk. */
struct folder *folder_open(const char *path, folder_roles_fn roles, struct pimg_error *error);
/*
 * The same for a path that a user gave: of an unpacked export, its directory of images is opened, unless the
 * export's own directory has images.
 */
struct folder *folder_open_export(const char *path, folder_roles_fn roles,
				  struct pimg_error *error);
/* Whether folder_open_export() went into a directory below the path that it was given. */
bool folder_is_below(const struct folder *folder);
/*
 * In an archive, whose source is taken over in either case. An archive that is damaged opens if its
 * directory is found: folder_damage() tells.
 * @enough: may be null; else, what cannot be sought is not read on when it says so
 * @progress: may be null
 */
struct folder *folder_of_archive(struct source *archive, folder_roles_fn roles,
				 folder_enough_fn enough, const struct pimg_progress *progress,
				 struct pimg_error *error);
void folder_close(struct folder *folder);

/* For messages: "DIRECTORY", or "ARCHIVE:DIRECTORY". */
const char *folder_name(const struct folder *folder);
/*
 * Decompresses what of a compressed archive was passed over. Of any other folder nothing is read.
 * @progress: may be null
 */
int folder_read_through(struct folder *folder, const struct pimg_progress *progress,
			struct pimg_error *error);
/* What is wrong with its archive without hindering its reading, or null. */
const struct pimg_error *folder_problem(const struct folder *folder);
const struct pimg_error *folder_damage(const struct folder *folder);

/*
 * Opens a file. The source may not outlive the folder.
 * Returns 1 and sets source, 0 if there is no such file, or -1.
 */
int folder_find(struct folder *folder, const char *base, struct source **source,
		struct pimg_error *error);
/* The same for a file in the directory above, within an archive or an export that was unpacked. */
int folder_find_above(struct folder *folder, const char *base, struct source **source,
		      struct pimg_error *error);
/* Whether one of the images in a directory on a disk is this file, by whatever name it is asked for. */
bool folder_has_file(const struct folder *folder, const struct file_identity *file);
bool folder_has(const struct folder *folder, const char *base);
bool folder_has_above(const struct folder *folder, const char *base);
/* Whether that is the name of the directory within its archive. */
bool folder_is_called(const struct folder *folder, const char *name);

/* Whether its files come in the order of their names in the archive, as far as that was read. */
bool folder_is_sorted(const struct folder *folder);
bool folder_is_archive(const struct folder *folder);
/* The archive itself, decompressed, or null. */
struct source *folder_archive(const struct folder *folder);
bool folder_is_tar(const struct folder *folder);
/* Where a file of an archive lies in what it is when decompressed: offsets, its head included. */
struct folder_extent {
	uint64_t start, end;
};
/* Returns 1, or 0 if the archive has no such file. */
int folder_extent(const struct folder *folder, const char *base, struct folder_extent *extent);

/* True if some name in it has the role. */
bool folder_has_role(const struct folder *folder, enum folder_role role);
/* The same for that of a trace. */
bool folder_has_trace(const struct folder *folder);

#endif
