/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The images that stand around the queues in a CRIU directory: who held which end.
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

#include "io/folder.h"
#include "pipeimg.h"

/* Names of the images of queues, by enum pimg_type. */
extern const char *const directory_queue_images[3];

/*
 * Two FIFOs of two file systems can have the same id: the second of each is in an image of its own, of
 * which it is the set: "fifo-data-2.img" is set 1. CRIU knows nothing of them.
 */
#define DIRECTORY_SETS_MAX 64
#define DIRECTORY_NAME_MAX 32
/* Writes the name of an image of pipes or FIFOs. Returns name. */
const char *directory_set_image(enum pimg_type type, unsigned set, char name[DIRECTORY_NAME_MAX]);

/* What is said of a directory that has none of them, and no inventory.img. */
#define IMAGE_DIRECTORY_EMPTY                                                                      \
	"holds no image of queues (pipes-data.img, fifo-data.img or sk-queues.img), and is no "    \
	"CRIU directory"

/*
 * A field of ours in a reg_file_entry: the flags that a FIFO had when it was dumped, where O_DIRECT was
 * removed from CRIU's, so that CRIU can open it.
 */
#define DIRECTORY_FIELD_DUMPED_FLAGS 1000

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

/* Each of the functions may be null. A negative return ends the reading; error has the reason then. */
struct directory_reader {
	/*
	 * Called for each end. One that no process's descriptor leads to has pid 0; one that is in flight
	 * is told for each socket that it is in.
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
	bool mixed_order; /* and of some later one it is the other, which was reported */

	/* Told by the directory. */
	bool has_inventory; /* it is one that CRIU wrote */
	bool has_files;	    /* some image of open files */
	bool version_10;    /* of that image */
	/* Some task's descriptors are told of nowhere: it has ended, or an image is missing. */
	bool has_bare_task;
	bool has_type[3]; /* by enum pimg_type: some open file is one, and may have a queue */
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

/* Finds the ends of all pipes and FIFOs that the directory's images name. Returns 0 or -1. */
int directory_read(struct directory_reader *reader, struct folder *folder,
		   struct pimg_error *error);

/*
 * The same in steps: each task has some files of its own, and there can be thousands.
 * @reader, @folder: must last as long
 */
struct directory *directory_begin(struct directory_reader *reader, struct folder *folder,
				  struct pimg_error *error);
/* Reads those of so many tasks, at least of one. Returns 1 while there is more, 0, or -1 for good. */
int directory_step(struct directory *directory, size_t tasks, struct pimg_error *error);
/* Null is fine. */
void directory_end(struct directory *directory);

/*
 * What a name says of a file, enum folder_role. Marks are what a directory of queues has; traces are
 * names that only CRIU gives: core-1.img, pstree.img.
 */
unsigned directory_roles(const char *name);

/*
 * A folder_enough_fn: true if nothing that directory_read() would read is missing, and no image of
 * queues that there may be.
 */
bool directory_is_complete(struct folder *folder, bool left);

/*
 * Pipes that a container's runtime passes in again at a restore, as runc notes them down in
 * descriptors.json: text with "pipe:[4711]" in it. Returns it, to be freed; null if there is none.
 */
char *directory_passed_in(struct folder *folder);

#endif
