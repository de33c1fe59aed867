/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the reading of a CRIU directory is made of: open-files.c has its files, directory.c its tasks. */
#ifndef LIBIMG_FORMAT_DIRECTORY_PARTS_H
#define LIBIMG_FORMAT_DIRECTORY_PARTS_H

#include "format/directory.h"
#include "format/queue-table.h"
#include "format/record.h"
#include "io/error.h"

/* More than any directory of a real machine; a bound against images that repeat themselves. */
#define FILES_MAX (1U << 20)

/* A file among the open ones that has a queue, or is in flight. */
struct open_file {
	uint32_t id;	   /* as descriptors name it */
	uint32_t queue_id; /* of a pipe or FIFO its number, of a socket its id */
	uint32_t path_id;  /* the id of the regular-file record that has its path, else 0 */
	uint32_t flags;
	uint32_t criu_flags; /* of a FIFO, by which CRIU opens it */
	uint32_t path;	     /* where it is in the directory's paths, else 0 */
	uint8_t type;	     /* enum pimg_type, if has_queue */
	uint8_t socket_type; /* enum pimg_socket */
	bool has_queue;
	bool held; /* some process's descriptor leads to it */
};

struct directory {
	struct folder *folder;
	const char *name;
	struct open_file *files; /* sorted by id once all are read */
	size_t file_count, file_room;
	char *paths; /* one after the other, each with its end; the first is empty */
	size_t path_bytes, path_room;
	uint32_t machine_o_direct;
	bool fdinfo_by_pid;
	size_t descriptor_count; /* looked at, of all tasks */

	enum { READS_FILES, STARTS_TASKS, READS_TASKS, ENDS } stage;
	struct source *pstree; /* while tasks are read, else null */
	struct record_reader pstree_reader;
	struct queue_table tasks; /* by pid */
	struct pimg_end task;	  /* pid and comm of the one whose descriptors are read */
	uint32_t task_files_id;

	struct directory_reader *reader;
};

/* Reads one kind of image; take is called for each message. A missing file is no records. */
typedef int (*take_fn)(struct directory *directory, const uint8_t *message, uint32_t length,
		       struct pimg_error *error);

/* Returns 1, 0 if there is no such image, or -1. */
int directory_read_image(struct directory *directory, const char *base, enum image_kind kind,
			 take_fn take, struct pimg_error *error);
/* Bad data is told, and the end of this image alone. */
int directory_tell(struct directory *directory, const struct pimg_error *problem,
		   struct pimg_error *error);
int directory_undecodable(struct pimg_error *error);
/* Whether this image tells of open files. */
bool directory_tells_of_files(enum image_kind kind);
/* Sets the end's flags, and calls the reader's end(). */
int directory_give_end(const struct directory *directory, const struct open_file *file,
		       struct pimg_end *end, struct pimg_error *error);
/* The flags of a file, with O_DIRECT where this machine has it. */
uint32_t directory_flags(const struct directory *directory, uint32_t flags);

/* ---- open-files.c ---- */

int open_files_read(struct directory *directory, struct pimg_error *error);
/* Null if it has no queue, and is not in flight. */
struct open_file *open_files_find(const struct directory *directory, uint32_t id);
/* Tells the reader of each of them. */
int open_files_give(struct directory *directory, struct pimg_error *error);

#endif
