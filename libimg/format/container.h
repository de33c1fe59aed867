/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What engines write about a container beside its CRIU images. */
#ifndef LIBIMG_FORMAT_CONTAINER_H
#define LIBIMG_FORMAT_CONTAINER_H

#include <json-c/json.h>

#include "io/archive/folder.h"
#include "pipeimg.h"

/*
 * The description in the files beside a directory of images, and what the annotations of a container image
 * add to it.
 * @annotations, @reference: of that image, or null
 * Returns null if there is none that makes sense.
 */
struct pimg_container *container_read(struct folder *folder, struct json_object *annotations,
				      const char *reference);

#endif
