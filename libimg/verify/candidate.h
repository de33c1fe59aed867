/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What looks like a checkpoint, for a search of a tree. A file does
 *
 *	- by its name, whatever is in it: an image of queues (pipes-data.img), an archive with "checkpoint" in
 *	  its name (checkpoint-web.tar.gz), each also compressed or encrypted, and an empty *.img;
 *	- by its first bytes: an image of queues, also compressed or cut within its magic numbers, a stream of
 *	  criu-image-streamer;
 *	- as an archive that holds a dump;
 *	- where that cannot be known: a tar archive that is damaged or cut, a damaged file named *.zip, and what
 *	  is compressed and damaged at its beginning.
 */
#ifndef LIBIMG_VERIFY_CANDIDATE_H
#define LIBIMG_VERIFY_CANDIDATE_H

#include "image/content.h"

/*
 * Opens a regular file if it looks like a checkpoint.
 * @progress: may be null; called while an archive is read
 * Returns 1 and sets content; 0 if it does not look like one, or is gone; or -1: it looks like one, and
 *	cannot be opened (PIMG_BAD_DATA), or it cannot be read.
 */
int candidate_open(struct image_content *content, const char *path,
		   const struct pimg_progress *progress, struct pimg_error *error);

/* True where a directory has one of the images that make it one of queues, or of CRIU. */
bool candidate_is_directory(const char *path);

#endif
