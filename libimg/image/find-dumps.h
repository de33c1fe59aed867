/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_FIND_DUMPS_H
#define LIBIMG_IMAGE_FIND_DUMPS_H

#include "image/dumps.h"

/*
 * Finds the dumps in an archive, which is taken over, also on failure.
 * @dumps: all zeros; the caller releases it, also on failure
 * @to_show: whether an archive that cannot seek may be read only as far as its dump needs
 * @progress: may be null
 * Returns 0 if there is at least one, or -1.
 */
int dumps_of_archive(struct dumps *dumps, struct source *archive, bool to_show,
		     const struct pimg_progress *progress, struct pimg_error *error);
/*
 * The same at or below a directory on a disk. If there is none, the directory itself is the only one, so that the
 * error of opening it says what it is.
 */
int dumps_at(struct dumps *dumps, const char *path, bool to_show,
	     const struct pimg_progress *progress, struct pimg_error *error);

#endif
