/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the container of an image, before its queues. */
#ifndef TOOLS_SHARED_CONTAINER_H
#define TOOLS_SHARED_CONTAINER_H

#include "pipeimg.h"
#include "shared/json.h"

/* Engines print this many digits of an id. */
#define CONTAINER_ID_SHOWN 12

/* Prints a line, or nothing if container is null. */
void print_container(FILE *to, const struct pimg_container *container);
/* Writes the object "container", or nothing if container is null. */
void json_container(struct json *json, const struct pimg_container *container);

#endif
