/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A CRIU directory while it is read, image by image. */
#ifndef LIBIMG_FORMAT_DIRECTORY_PARTS_H
#define LIBIMG_FORMAT_DIRECTORY_PARTS_H

#include "format/directory-reader.h"
#include "format/queue-table.h"
#include "format/record.h"
#include "io/archive/folder.h"

/* More than any directory of a real machine; a limit against images that repeat themselves. */
#define FILES_MAX (1U << 20)

/* An open file that has a queue, or is in flight. */
struct open_file {
	uint32_t id;	   /* that descriptors refer to */
	uint32_t queue_id; /* number of a pipe or FIFO; id of a socket */
	uint32_t path_id;  /* id of the regular-file record with its path, else 0 */
	uint32_t flags;
	uint32_t criu_flags; /* with which CRIU opens a FIFO */
	uint32_t path;	     /* offset in the directory's paths, else 0 */
	uint32_t inode;	     /* of a socket */
	uint8_t type;	     /* enum pimg_type, if has_queue */
	uint8_t socket_type; /* enum pimg_socket */
	bool has_queue;
	bool held; /* some process has a descriptor of it */
};

struct directory {
	struct folder *folder;
	const char *name;
	struct open_file *files; /* sorted by id once all are read */
	size_t file_count, file_room;
	char *paths; /* one after another, each with its terminator; the first is empty */
	size_t path_bytes, path_room;
	uint32_t machine_o_direct;
	bool fdinfo_by_pid;
	size_t descriptor_count; /* read so far, of all tasks */

	enum { READS_FILES, STARTS_TASKS, READS_TASKS, ENDS } stage;
	struct source *pstree; /* open while tasks are read, else null */
	struct record_reader pstree_reader;
	struct queue_table tasks; /* by pid */
	struct pimg_end task;	  /* pid and comm of the task whose descriptors are read */
	uint32_t task_files_id;
	uint32_t task_parent;
	uint32_t task_state;	       /* CRIU's */
	uint32_t pagemap_entries_left; /* see task_command_read() */

	struct directory_reader *reader;
};

/* ---- the reader's callbacks ---- */

/* The flags of a file, with this machine's O_DIRECT. */
uint32_t directory_flags(const struct directory *directory, uint32_t flags);
/*
 * Reports bad data to the reader as a problem; the rest of that image is lost. Any other error ends the
 * reading.
 */
int directory_tell(const struct directory *directory, const struct pimg_error *problem,
		   struct pimg_error *error);
int directory_pause(const struct directory *directory, struct pimg_error *error);
/* Sets the end's flags, and calls the reader's end(). */
int directory_give_end(const struct directory *directory, const struct open_file *file,
		       struct pimg_end *end, struct pimg_error *error);

/* ---- one image ---- */

/* Called for each message. */
typedef int (*take_fn)(struct directory *directory, const uint8_t *message, uint32_t length,
		       struct pimg_error *error);

int directory_undecodable(struct pimg_error *error);
/* Checks that the source is an image of that kind, in the byte order of the previous ones. */
int directory_start_image(struct directory *directory, struct record_reader *reader,
			  struct source *source, enum image_kind kind, struct pimg_error *error);
/* Returns 1, 0 at the end, or -1. */
int directory_take_record(struct directory *directory, struct record_reader *reader, take_fn take,
			  struct pimg_error *error);
/* Reports a missing image. */
int directory_miss_image(const struct directory *directory, const char *base,
			 struct pimg_error *error);
/* Reads all records of an image. Returns 1, 0 if the image does not exist, or -1. */
int directory_read_image(struct directory *directory, const char *base, enum image_kind kind,
			 take_fn take, struct pimg_error *error);

#endif
