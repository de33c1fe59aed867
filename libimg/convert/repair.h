/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The repair of a dump with FIFOs in packet mode: CRIU opens a FIFO with its old flags, but the kernel
 * rejects O_DIRECT for FIFOs. CRIU's image of files is rewritten without that flag; a field of pipeimg in
 * the record keeps the old flags.
 */
#ifndef LIBIMG_CONVERT_REPAIR_H
#define LIBIMG_CONVERT_REPAIR_H

#include "io/archive/folder.h"
#include "io/sink/sink.h"
#include "pipeimg.h"

struct repair {
	const char *base;   /* of the image with the records */
	uint32_t *path_ids; /* of the records, sorted */
	size_t count, room;
	uint32_t flag; /* O_DIRECT of the machine that was dumped */
	void (*repaired)(void *context, const struct pimg_repaired *fifo); /* or null */
	void *context;
};

/* Finds the records that need it and calls repaired for each FIFO. The caller always releases repair. */
int repair_look(struct repair *repair, struct folder *folder, struct pimg_error *error);
/* Writes the repaired image, reads it back and compares it. */
int repair_write(const struct repair *repair, struct source *files, struct sink *to,
		 struct pimg_error *error);
void repair_release(struct repair *repair);

#endif
