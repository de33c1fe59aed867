/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Descriptors in flight with the chunks of an image's sockets. */
#ifndef LIBIMG_IMAGE_FLIGHTS_H
#define LIBIMG_IMAGE_FLIGHTS_H

#include "format/decode.h"
#include "format/directory-reader.h"
#include "pipeimg.h"

struct flight {
	uint32_t queue, chunk, number;
	uint32_t socket; /* the queue's id */
	struct pimg_passed passed;
};

struct flights {
	struct flight *list; /* by queue, chunk and number after flights_settle() */
	size_t count, room;
	/* By file, for the images around the queues: flight i is list[of[i]]. */
	struct directory_flight *by_file;
	uint32_t *of;
};

/* Adds the descriptors of a socket record. */
int flights_add(struct flights *flights, uint32_t queue, size_t chunk, const struct entry *entry,
		struct pimg_error *error);
/* Sorts them, once all records are read. */
int flights_settle(struct flights *flights, struct pimg_error *error);
/* Stores the description of a file. */
int flights_describe(struct flights *flights, const struct directory_file *file,
		     struct pimg_error *error);
const struct pimg_passed *flights_find(const struct flights *flights, size_t queue, size_t chunk,
				       size_t number);
void flights_release(struct flights *flights);

#endif
