/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What engines write of a container beside the images that CRIU made of it. */
#ifndef LIBIMG_FORMAT_CONTAINER_H
#define LIBIMG_FORMAT_CONTAINER_H

#include "io/archive/folder.h"
#include "pipeimg.h"

/* Returns what the files beside an archive's directory tell, or null where there is nothing, or no sense. */
struct pimg_container *container_read(struct folder *folder);

#endif
