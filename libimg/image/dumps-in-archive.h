/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef LIBIMG_IMAGE_DUMPS_IN_ARCHIVE_H
#define LIBIMG_IMAGE_DUMPS_IN_ARCHIVE_H

#include "image/dumps.h"

/* The roles of a file in an archive of dumps. */
unsigned dumps_roles(const char *base);

/*
 * Stops reading an archive, which cannot seek, after everything of its only dump, as far as its engine's usual
 * order of files shows.
 */
extern const struct members_enough dumps_enough;

/*
 * Adds the dumps in an archive: the directories with queues, and the exports beside them without any. If there is
 * none, notes an archive in it instead.
 */
int dumps_add_all(struct dumps *dumps, struct members *members, struct pimg_error *error);
/*
 * Adds a directory without queues, a pre-dump or the export of a container, so that the error of opening it says
 * what the archive is.
 */
int dumps_add_other(struct dumps *dumps, struct members *members, struct pimg_error *error);
/* Fails because there is none. @what: "an archive" */
int dumps_tell_of_nothing(const struct dumps *dumps, const char *what, struct pimg_error *error);

#endif
