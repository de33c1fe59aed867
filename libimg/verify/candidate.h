/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Decides which files look like a checkpoint when a directory tree is searched. A file does
 *
 *	- by its name, whatever its content: a queue image (pipes-data.img), an archive with "checkpoint" in its
 *	  name (checkpoint-web.tar.gz), also if compressed or encrypted, and an empty *.img;
 *	- by its first bytes: a queue image, also if compressed or truncated in its magic numbers, and a stream of
 *	  criu-image-streamer;
 *	- by its content: an archive that contains a dump;
 *	- if its content cannot be determined: a damaged or truncated tar archive, a damaged file named *.zip, and
 *	  compressed data that is damaged at its beginning.
 */
#ifndef LIBIMG_VERIFY_CANDIDATE_H
#define LIBIMG_VERIFY_CANDIDATE_H

#include "image/content.h"

/*
 * Opens a regular file if it looks like a checkpoint, and a directory unless it is a container image without one.
 * @progress: may be null; called while an archive is read
 * Returns 1 and sets content; 0 if the file does not look like one or no longer exists; or -1 if it looks like
 *	one but cannot be opened (PIMG_BAD_DATA), or cannot be read.
 */
int candidate_open(struct image_content *content, const char *path,
		   const struct pimg_progress *progress, struct pimg_error *error);

#endif
