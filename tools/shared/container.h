/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The container that an image is of, told before its queues. */
#ifndef TOOLS_SHARED_CONTAINER_H
#define TOOLS_SHARED_CONTAINER_H

#include "pipeimg.h"
#include "shared/json.h"

/* A line. Nothing where container is null. */
void print_container(FILE *to, const struct pimg_container *container);
/* The object "container". Nothing where container is null. */
void json_container(struct json *json, const struct pimg_container *container);

#endif
