/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images that stand around the queues in a CRIU directory: who held which end.
 *
 *	pstree.img		the pids
 *	core-PID.img		machine, command name, and in old images the ids
 *	ids-PID.img		which fdinfo belongs to the task (else fdinfo-PID.img, before 2012)
 *	fdinfo-ID.img		descriptor -> file id
 *	files.img		file id -> pipe id and flags (pipes.img, fifo.img before CRIU 3.5)
 */
#ifndef LIBIMG_FORMAT_DIRECTORY_H
#define LIBIMG_FORMAT_DIRECTORY_H

#include "pipeimg.h"

/*
 * Finds the ends of all pipes and FIFOs that the directory's images name. Images that are missing
 * mean fewer ends; one that is damaged is an error.
 * @add_end: called with context for each end; a negative return stops, and is returned. An end
 *	that no process's descriptor leads to has pid 0.
 */
int directory_ends(int dirfd, const char *name,
		   int (*add_end)(void *context, enum pimg_type type, uint32_t pipe_id,
				  const struct pimg_end *end, struct pimg_error *error),
		   void *context, struct pimg_error *error);

#endif
