/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The reader of a CRIU directory, and what is reported to it. */
#ifndef LIBIMG_FORMAT_DIRECTORY_READER_H
#define LIBIMG_FORMAT_DIRECTORY_READER_H

#include "pipeimg.h"

/* Flags of a file whose record does not tell them: an access mode that no open file has. */
#define DIRECTORY_FLAGS_UNKNOWN 3U

/* A file among the open ones. */
struct directory_file {
	uint32_t id;	/* as descriptors and datagrams name it */
	bool has_queue; /* else it is in flight */
	enum pimg_type type;
	uint32_t queue_id; /* of a pipe or FIFO its number, of a socket its id */
	uint32_t flags;
	const char *path; /* by which it was opened, valid during the call; or null */
	uint32_t path_id; /* the id of the record that has it */
	bool is_refused;  /* the kernel refuses to open it with the flags that CRIU gives it */
	enum pimg_socket socket;
};

/* A descriptor that is in flight in a socket's queue. */
struct directory_flight {
	uint32_t file_id;
	uint32_t socket; /* its id */
};

/*
 * The index of the first of the flights of a file, or where it would be.
 * @flights: sorted by file
 */
size_t directory_first_flight(const struct directory_flight *flights, size_t count,
			      uint32_t file_id);

/* Each of the functions may be null. A negative return ends the reading; error has the reason then. */
struct directory_reader {
	/*
	 * Called for each end. An end that no process holds has pid 0; one that is in flight
	 * is given once for each socket that holds it.
	 */
	int (*end)(void *context, enum pimg_type type, uint32_t pipe_id, const struct pimg_end *end,
		   struct pimg_error *error);
	/* Called for each file that has a queue, or is in flight, by id; after the tasks. */
	int (*file)(void *context, const struct directory_file *file, struct pimg_error *error);
	/* Called for what is damaged or missing; the images that are left are read on. */
	int (*problem)(void *context, const struct pimg_error *problem, struct pimg_error *error);
	/* Called before each image. */
	int (*pause)(void *context, struct pimg_error *error);
	void *context;
	/* What is in flight, sorted by file. */
	const struct directory_flight *flights;
	size_t flight_count;

	/* Of the images that were read first, those of queues too: see directory_check_order(). */
	enum pimg_byte_order byte_order;
	bool mixed_order; /* a later image has the other order, which was reported */

	/* Found in the directory. */
	bool has_inventory; /* it is one that CRIU wrote */
	bool has_files;	    /* some image of open files */
	bool lacks_files;   /* one of those is damaged: more ends may be in it */
	bool format_10;	    /* of that image */
	/* No image lists some task's descriptors: it has ended, or an image is missing. */
	bool has_bare_task;
	bool has_type
		[3]; /* by enum pimg_type: some open file has this type, and may have a queue */
	uint32_t machine_o_direct; /* O_DIRECT in the images */
};

/*
 * Compares the byte order of an image of the directory with that of those before. The images of queues are
 * for the owner to check, before the others are read.
 * @name: of the image
 * Returns 0, or once -1, with the problem.
 */
int directory_check_order(struct directory_reader *reader, enum pimg_byte_order order,
			  const char *name, struct pimg_error *problem);

#endif
