/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What engines write about a container beside its CRIU images. */
#ifndef LIBIMG_FORMAT_CONTAINER_H
#define LIBIMG_FORMAT_CONTAINER_H

#include "io/archive/folder.h"
#include "pipeimg.h"

/*
 * Returns the description in the files beside an archive's directory, or null if there is none that makes
 * sense.
 */
struct pimg_container *container_read(struct folder *folder);

#endif
