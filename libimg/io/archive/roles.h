/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IO_ARCHIVE_ROLES_H
#define LIBIMG_IO_ARCHIVE_ROLES_H

/* The roles of a file, by its name. */
enum folder_role {
	FOLDER_WANTED = 1 << 0, /* it may be asked for */
	FOLDER_MARK = 1 << 1,	/* its directory has queues */
	FOLDER_TRACE = 1 << 2,	/* what folder_has_trace() looks for */
	/* In an archive without a mark, these show a directory without the wanted images. */
	FOLDER_MEMORY = 1 << 3, /* its directory has dumped memory */
	FOLDER_BESIDE = 1 << 4, /* it is beside the directory FOLDER_OF_EXPORT */
	FOLDER_LAYOUT = 1 << 5, /* its directory is a container image */
	FOLDER_NESTED = 1 << 6, /* an archive in the archive, which is not searched */
};
/* @base: the name without its directory */
typedef unsigned (*folder_roles_fn)(const char *base);

#endif
