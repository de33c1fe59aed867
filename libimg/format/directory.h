/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images beside the queues in a CRIU directory, which show the ends that each process has:
 *
 *	pstree.img		the pids
 *	core-PID.img		machine, command name, and in old images the ids
 *	ids-PID.img		which fdinfo belongs to the task (else fdinfo-PID.img, before 2012)
 *	fdinfo-ID.img		descriptor -> file id
 *	files.img		file id -> pipe id, path and flags (before CRIU 3.5 pipes.img, fifo.img,
 *				unixsk.img, reg-files.img)
 */
#ifndef LIBIMG_FORMAT_DIRECTORY_H
#define LIBIMG_FORMAT_DIRECTORY_H

#include "format/directory-reader.h"
#include "io/archive/folder.h"

/* Finds the ends of all pipes and FIFOs in the directory's images. Returns 0 or -1. */
int directory_read(struct directory_reader *reader, struct folder *folder,
		   struct pimg_error *error);

/*
 * The same in steps: each task has a few files, and there can be thousands of tasks.
 * @reader, @folder: must exist until directory_end()
 */
struct directory *directory_begin(struct directory_reader *reader, struct folder *folder,
				  struct pimg_error *error);
/*
 * Reads the files of at most this many tasks, but of at least one. Returns 1 while there is more, 0 at the
 * end, or -1 on failure, which is final.
 */
int directory_step(struct directory *directory, size_t tasks, struct pimg_error *error);
/* Null is fine. */
void directory_end(struct directory *directory);

/*
 * A folder_enough_fn: true if no file that directory_read() would read is missing, and no queue image that
 * may exist.
 */
bool directory_is_complete(struct folder *folder, bool left);

/*
 * Pipes that a container's runtime passes in again at a restore, as runc records them in descriptors.json:
 * text with "pipe:[4711]" in it. Returns the text, to be freed; null if there is none.
 */
char *directory_passed_in(struct folder *folder);

#endif
