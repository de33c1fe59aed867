/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of a CRIU directory, and what it reports. */
#ifndef LIBIMG_FORMAT_DIRECTORY_READER_H
#define LIBIMG_FORMAT_DIRECTORY_READER_H

#include "pipeimg.h"

/* Flags of a file whose record has none: an access mode that no open file has. */
#define DIRECTORY_FLAGS_UNKNOWN 3U

/* An open file. */
struct directory_file {
	uint32_t id;	/* that descriptors and datagrams refer to */
	bool has_queue; /* else it is in flight */
	enum pimg_type type;
	uint32_t queue_id; /* number of a pipe or FIFO; id of a socket */
	uint32_t flags;
	const char *path; /* by which it was opened, valid during the call; or null */
	uint32_t path_id; /* id of the record with the path */
	bool is_refused;  /* the kernel refuses to open it with the flags that CRIU uses */
	enum pimg_socket socket;
	uint32_t inode; /* of a socket; 0 if it is not known */
};

/* A process of the dump. Strings are valid during the call. */
struct directory_task {
	uint32_t pid;
	uint32_t parent; /* its pid, or 0 */
	enum pimg_task_state state;
	const char *comm;
	const char *command; /* its arguments, each with its terminator, or null */
	size_t command_bytes;
};

/* A descriptor that is in flight in a socket's queue. */
struct directory_flight {
	uint32_t file_id;
	uint32_t socket; /* its id */
};

/*
 * The index of the first flight of a file, or where it would be.
 * @flights: sorted by file
 */
size_t directory_first_flight(const struct directory_flight *flights, size_t count,
			      uint32_t file_id);

/* Each function may be null. A negative return ends the reading; error then has the reason. */
struct directory_reader {
	/*
	 * Called for each end. An end without a process has pid 0; an end in flight is reported once for
	 * each socket that contains it.
	 */
	int (*end)(void *context, enum pimg_type type, uint32_t pipe_id, const struct pimg_end *end,
		   struct pimg_error *error);
	/* Called for each task, before its ends. */
	int (*task)(void *context, const struct directory_task *task, struct pimg_error *error);
	/* Called after end() for each end that the task has. */
	int (*descriptor)(void *context, uint32_t fd, uint32_t file_id, struct pimg_error *error);
	/* Called for each file that has a queue, or is in flight, by id; after the tasks. */
	int (*file)(void *context, const struct directory_file *file, struct pimg_error *error);
	/* Called for each damaged or missing image; the other images are still read. */
	int (*problem)(void *context, const struct pimg_error *problem, struct pimg_error *error);
	/* Called before each image. */
	int (*pause)(void *context, struct pimg_error *error);
	void *context;
	/* Descriptors in flight, sorted by file. */
	const struct directory_flight *flights;
	size_t flight_count;

	/* Of the images read so far, including those of queues: see directory_check_order(). */
	enum pimg_byte_order byte_order;
	bool mixed_order; /* a later image has the other order, which was reported */

	/* Found in the directory. */
	bool has_inventory; /* written by CRIU */
	bool has_files;	    /* some image of open files */
	bool lacks_files;   /* one of these is damaged: there may be more ends */
	bool format_10;	    /* of that image */
	/* No image lists the descriptors of some task: it has ended, or an image is missing. */
	bool has_bare_task;
	bool has_type
		[3]; /* by enum pimg_type: some open file has this type, and may have a queue */
	uint32_t machine_o_direct; /* O_DIRECT in the images */
};

/*
 * Compares the byte order of an image in the directory with that of the previous ones. The caller checks
 * the queue images before the others are read.
 * @name: of the image
 * Returns 0, or once -1, with the problem.
 */
int directory_check_order(struct directory_reader *reader, enum pimg_byte_order order,
			  const char *name, struct pimg_error *problem);

#endif
