/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libpipeimg: the unread queues of pipes, in running processes and in CRIU images.
 *
 * This header is the reference of the library. Each function also has a manual page; libpipeimg(3) is the overview.
 * Sections:
 *
 *	1. Errors		how every function fails
 *	2. Queues		the unread content of one pipe, in memory
 *	3. Images		reading queues from files, CRIU directories and standard input
 *	4. Verifying images	everything that is wrong with an image
 *	5. Writing images	atomic output, compared before it gets its final name
 *	6. Converting images	other layouts and format versions
 *	7. Comparing images	queue by queue
 *	8. Live pipes		finding, capturing and refilling pipes of running processes
 *
 * Terms. A queue is the unread content of one pipe, FIFO or UNIX domain socket. It consists of chunks, in
 * order. A chunk is a packet (one datagram, or one write(2) in packet mode, O_DIRECT, which one read(2)
 * returns completely) or a stream run (a maximal sequence of ordinary bytes; boundaries inside it mean
 * nothing to a reader). Two queues are equal if any sequence of read(2) sizes has the same results on both.
 *
 * Rules for all functions:
 *	- A function that fails returns -1 or a null pointer, and fills struct pimg_error, if given.
 *	- The library does not print and does not exit. It has no global state and does not change signal handling.
 *	- A system call that a signal handler interrupts (EINTR) is restarted, unless the progress callback asks to
 *	  stop.
 *	- Different threads can use different handles at the same time. Only one thread at a time can use a
 *	  handle. Threads that the library starts block all signals.
 *	- Strings and arrays that an accessor returns belong to the handle and are valid as long as the handle,
 *	  unless the function says otherwise.
 *	- Sizes are in bytes, times in nanoseconds since 1970 (CLOCK_REALTIME).
 *
 * What is stable. Within one soname, no function, constant or field changes its meaning or is removed. A later
 * release can add:
 *	- Functions, under a symbol version named after the release, such as LIBPIPEIMG_0.1.
 *	- Values of enums. Be prepared for values that you do not know; the *_name() functions return "unknown"
 *	  for values that they do not know.
 *	- Fields at the end of structs that the library returns a pointer to, or passes to a callback. Do not
 *	  copy such a struct; copy its fields.
 *	- Fields at the end of structs that begin with size. The caller sets size to sizeof(the struct), or to 0
 *	  for the fields of release 0.1, and all fields that it does not use to 0, which is the default of every
 *	  option. The library reads and writes at most size bytes. It fails with PIMG_USAGE if a field that it
 *	  does not know is not 0.
 * The sizes of struct pimg_error, pimg_chunk, pimg_progress and pimg_frame_choice never change.
 * PIPEIMG_VERSION and the other macros in pipeimg-version.h give the version of the header; pimg_version()
 * returns the version of the library at run time.
 */
#ifndef PIPEIMG_H
#define PIPEIMG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pipeimg-version.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library at run time, such as "0.1.0". */
const char *pimg_version(void);

/*
 * ---- 1. Errors -------------------------------------------------------------------------------
 */

/* What a queue belongs to. */
enum pimg_type {
	PIMG_PIPE,
	PIMG_FIFO,
	PIMG_SOCKET, /* a UNIX domain socket, from sk-queues.img; such queues can only be read */
};

/* The kind of failure. The values are the exit status of pipeimg(1). */
enum pimg_status {
	PIMG_OK = 0,
	PIMG_BAD_DATA = 1, /* an image is damaged, or two things that must be equal differ */
	PIMG_USAGE = 2,	   /* the request makes no sense */
	PIMG_SYSTEM = 3,   /* the system refused: permission, no such process, disk full, a limit */
};

/* In record, pipe and offset of struct pimg_error: the field does not apply. */
#define PIMG_NONE (-1)

/*
 * Describes a failure: what failed (status, errno_value, sentence) and where (file, record, pipe, offset).
 * The caller provides the struct and need not initialize it. A function that fails fills it; a function
 * that succeeds leaves it unchanged.
 */
struct pimg_error {
	enum pimg_status status;
	int errno_value;     /* the errno value of a PIMG_SYSTEM failure, else 0 */
	char check[8];	     /* id of the check that failed, such as "PI201", or empty */
	int64_t record;	     /* number of the record in the file, from 1 */
	int64_t pipe;	     /* id of the pipe, FIFO or socket */
	enum pimg_type type; /* which of these it is, if pipe is not PIMG_NONE */
	int64_t offset;	     /* byte offset in the file, after decompression */
	char file[256];	     /* name of the file, or empty; only the end of a long name is kept */
	char sentence[768];  /* what was found, what was expected, what to do */
	char reserved[64];   /* for later fields; do not read or write it */
};

/*
 * Writes "FILE: record 17 (pipe 4711) at 0x1f40: sentence" to text, without the parts that are not known.
 * @size: of text, in bytes. A longer text is truncated; the result is always null-terminated. 1200 bytes
 *	are enough for any error.
 * Returns text.
 */
char *pimg_error_format(const struct pimg_error *error, char *text, size_t size);

/*
 * Called during work that takes long, at most once for every 64 KiB, chunk or queue. Also called, with 0 for both
 * numbers, when a signal handler has interrupted a system call, and between the images around the queues
 * of a directory. Without a callback, nothing stops the work.
 * @done, @total: in bytes, unless the function says otherwise; total is 0 if it is not known
 * Returns 0 to continue. Any other value stops the work: the function fails with errno_value EINTR, and
 *	its output is removed.
 */
typedef int (*pimg_progress_fn)(void *context, uint64_t done, uint64_t total);

/*
 * A callback with its context. Functions that can take long take a pointer to one, or null for none.
 * The struct need not live longer than the call.
 */
struct pimg_progress {
	pimg_progress_fn report; /* or null */
	void *context;
};

/*
 * ---- 2. Queues -------------------------------------------------------------------------------
 */

enum pimg_kind {
	PIMG_STREAM = 0,
	PIMG_PACKET = 1,
};

/* What kinds of chunks a queue has. */
enum pimg_mode {
	PIMG_MODE_EMPTY,
	PIMG_MODE_STREAM,
	PIMG_MODE_PACKETS,
	PIMG_MODE_MIXED,
};

/* Types of UNIX domain sockets. */
enum pimg_socket {
	PIMG_SOCKET_UNKNOWN,
	PIMG_SOCKET_STREAM,
	PIMG_SOCKET_SEQPACKET,
	PIMG_SOCKET_DATAGRAM,
};

/*
 * The names of values, as in messages and JSON. Each function of the library that returns a name returns
 * "unknown" for a value that the enum does not have, and never null.
 */
/* "unknown", "stream", "seqpacket", "datagram". */
const char *pimg_socket_name(enum pimg_socket socket);
/* "pipe", "fifo", "socket". */
const char *pimg_type_name(enum pimg_type type);
/* "stream", "packet". */
const char *pimg_kind_name(enum pimg_kind kind);
/* "empty", "stream", "packets", "mixed". */
const char *pimg_mode_name(enum pimg_mode mode);

struct pimg_chunk {
	enum pimg_kind kind;
	uint32_t length;
	uint64_t offset; /* of its first byte, in the bytes of the queue */
};

/* One descriptor that one process has open on a queue. */
struct pimg_end {
	uint32_t size;
	uint32_t pid; /* 0 for a descriptor that no process has */
	/* The PID in the PID namespace of the process; 0 if it is the same, or not known. */
	uint32_t inner_pid;
	uint32_t fd;
	uint32_t flags; /* open(2) flags, with this machine's value of O_DIRECT */
	char comm[32];	/* name of the process in the kernel; any byte except the null byte */
	/* If no process has the descriptor: the id of the socket in whose queue it is in flight, or 0. */
	uint32_t socket;
};

/*
 * The ends of a queue. The list is opaque because its elements can be larger than struct pimg_end is in this
 * header.
 */
struct pimg_ends;

/*
 * @index: from 0, less than the number of ends that comes with the list
 * Returns an end that is valid as long as the list.
 */
const struct pimg_end *pimg_end_at(const struct pimg_ends *ends, size_t index);

/* Whether a descriptor can read, whether it can write, and whether its writes create packets (O_DIRECT). */
bool pimg_end_reads(const struct pimg_end *end);
bool pimg_end_writes(const struct pimg_end *end);
bool pimg_end_packet_mode(const struct pimg_end *end);

/* Where a queue came from. A field is meaningful only if its bit is set in known. */
struct pimg_origin {
	uint32_t size;
	unsigned known;
#define PIMG_ORIGIN_TIME  (1U << 0)
#define PIMG_ORIGIN_PAGE  (1U << 1)
#define PIMG_ORIGIN_OWNER (1U << 2)
#define PIMG_ORIGIN_MODE  (1U << 3)
	uint64_t captured_at_ns;
	uint32_t page_size; /* of the machine that was captured; no packet is longer */
	uint32_t uid, gid;  /* owner of the inode */
	uint32_t mode;	    /* permission bits of the inode */
};

/* A queue in memory, with its payload. */
struct pimg_queue;

/*
 * Creates an empty queue.
 * @id: the inode number of the pipe (CRIU images keep its low 32 bits)
 * @capacity: what F_GETPIPE_SZ returns, or 0 if it is not known
 * Returns null if there is not enough memory.
 */
struct pimg_queue *pimg_queue_new(enum pimg_type type, uint32_t id, uint32_t capacity);
void pimg_queue_free(struct pimg_queue *queue);

enum pimg_type pimg_queue_type(const struct pimg_queue *queue);
uint32_t pimg_queue_id(const struct pimg_queue *queue);
/* Capacity in bytes (slots times page size), or 0 if it is not known. */
uint32_t pimg_queue_capacity(const struct pimg_queue *queue);
void pimg_queue_set_capacity(struct pimg_queue *queue, uint32_t capacity);
enum pimg_mode pimg_queue_mode(const struct pimg_queue *queue);
/* Unread bytes. */
uint64_t pimg_queue_bytes(const struct pimg_queue *queue);
size_t pimg_queue_chunk_count(const struct pimg_queue *queue);
size_t pimg_queue_packet_count(const struct pimg_queue *queue);
/* @index: from 0, less than the count */
struct pimg_chunk pimg_queue_chunk(const struct pimg_queue *queue, size_t index);
/* All bytes of the queue, in order. Those of a chunk begin at its offset. Never null, even if there are no bytes. */
const void *pimg_queue_data(const struct pimg_queue *queue);

/*
 * Appends a chunk. Stream bytes after a stream run become part of that run. After a failure, the queue has the same
 * chunks as before.
 * @length: can be 0 for a packet only in the queue of a socket: pipes and FIFOs have no empty packets. Empty
 *	stream bytes add nothing.
 */
int pimg_queue_append(struct pimg_queue *queue, enum pimg_kind kind, const void *data,
		      size_t length, struct pimg_error *error);

const struct pimg_origin *pimg_queue_origin(const struct pimg_queue *queue);
/* Ignores fields that this library does not know. */
void pimg_queue_set_origin(struct pimg_queue *queue, const struct pimg_origin *origin);

size_t pimg_queue_end_count(const struct pimg_queue *queue);
/* @index: from 0, less than the count. Returns an end that is valid until the next pimg_queue_add_end(). */
const struct pimg_end *pimg_queue_end(const struct pimg_queue *queue, size_t index);
/* Adds a copy of end. */
int pimg_queue_add_end(struct pimg_queue *queue, const struct pimg_end *end,
		       struct pimg_error *error);

/*
 * Compares what readers of two queues would see: chunks and bytes, but not capacity, ends and origin.
 * Returns true if the queues are equal. Otherwise error, if given, says where they first differ (PIMG_BAD_DATA).
 */
bool pimg_queue_equal(const struct pimg_queue *wanted, const struct pimg_queue *found,
		      struct pimg_error *error);

/*
 * ---- 3. Images -------------------------------------------------------------------------------
 *
 * An image is recognized by its content, not by its name. It is one of these:
 *	- a file of records (pipes-data, fifo-data or sk-queues; CRIU image formats 1.0 and 1.1)
 *	- such a file as JSON, as `crit decode` prints it
 *	- a directory that CRIU wrote
 *	- a tar or zip archive of such a directory
 *	- "-": standard input, which can be any of these except a directory
 *
 * Files and archives can be compressed with zstd, gzip, xz, bzip2 or lz4. Of a file in zstd's seekable format,
 * only the parts that are needed are decompressed. Any other file is decompressed to a temporary file,
 * which is kept while the image is open; from an archive, only the images that are needed are kept.
 *
 * Opening an image reads the header of each record once, but no payload, and keeps 24 bytes for each chunk. The
 * records of a queue need not be adjacent.
 *
 * A damaged image can be opened, and what precedes the damage can be read. Callers that need a complete image
 * must check pimg_image_damage().
 */

/* How the chunks of a queue are stored. The first layout is the default, and keeps all chunks. */
enum pimg_layout {
	PIMG_LAYOUT_PACKETS, /* a record for each chunk */
	PIMG_LAYOUT_INDEXED, /* one record with a list of its chunks */
	PIMG_LAYOUT_SPLICED, /* one plain record without boundaries, as CRIU writes it */
};

/* "packets", "indexed", "spliced". */
const char *pimg_layout_name(enum pimg_layout layout);
/* Returns 0 and sets layout, or -1 if no layout has that name. */
int pimg_layout_by_name(const char *name, enum pimg_layout *layout);

/*
 * The byte order of the words in an image file, such as magic numbers and lengths of messages. It is that of the
 * machine that wrote the image: big-endian on s390x, little-endian elsewhere.
 */
enum pimg_byte_order {
	PIMG_LITTLE_ENDIAN = 1,
	PIMG_BIG_ENDIAN,
};

/* "little-endian", "big-endian"; "unknown" for any other value. */
const char *pimg_byte_order_name(enum pimg_byte_order order);

struct pimg_image;

/* What pimg_image_open() reads. By default (all zeros), it reads the complete image. */
struct pimg_open_options {
	uint32_t size;
	unsigned flags;			      /* PIMG_OPEN_*; unknown bits are PIMG_USAGE */
	uint32_t queue_id;		      /* with PIMG_OPEN_ONE_QUEUE */
	const struct pimg_progress *progress; /* or null; called while records are read */
	/* The path of a dump in an input that contains several; null for the only one. See struct pimg_input. */
	const char *dump;
};

/*
 * The image will only be displayed. A compressed archive that is not seekable is decompressed only up to the
 * last image that is needed. Damage after that image is not reported, and neither is a checksum mismatch at
 * the end.
 */
#define PIMG_OPEN_TO_SHOW (1U << 0)
/*
 * Keep no index of the chunks, so that memory use does not grow with the image. The queues can be listed
 * (pimg_image_queue()) and compared (pimg_diff()). pimg_image_read() and pimg_image_load() fail with
 * PIMG_USAGE, and pimg_image_chunk() returns a chunk of length 0.
 */
#define PIMG_OPEN_UNINDEXED (1U << 1)
/*
 * Only the queue with the id queue_id is needed. If the image is compressed and has an index of its queues
 * (pipeimg(5)), nothing else is read: the image has no other queue, and damage elsewhere is not reported. Any
 * other image is read in full. The queue itself can be missing. Cannot be combined with PIMG_OPEN_UNINDEXED
 * (PIMG_USAGE).
 */
#define PIMG_OPEN_ONE_QUEUE (1U << 2)
/*
 * Also keep the processes of a dump: see pimg_image_task(). Cannot be combined with PIMG_OPEN_ONE_QUEUE
 * (PIMG_USAGE).
 */
#define PIMG_OPEN_TASKS (1U << 3)

/*
 * Opens an image.
 * @path: a file, a CRIU directory, or "-"
 * @options: may be null
 * Returns null if path cannot be read, or has no queue image.
 */
struct pimg_image *pimg_image_open(const char *path, const struct pimg_open_options *options,
				   struct pimg_error *error);
void pimg_image_close(struct pimg_image *image);

/*
 * An input that may contain several dumps: the archive of a pod, container images, or a directory with
 * dumps in it. Each has a path in the input, such as "web/checkpoint"; the path is empty if the input is itself
 * the dump, or a single image.
 */
struct pimg_input;

/*
 * Opens an input, as pimg_image_open() does, except that options->dump is ignored. progress must live as long
 * as the input.
 * Returns null if path cannot be read, or has no queue image. The caller closes it.
 */
struct pimg_input *pimg_input_open(const char *path, const struct pimg_open_options *options,
				   struct pimg_error *error);
/* Null is ignored. */
void pimg_input_close(struct pimg_input *input);
/* At least 1. */
size_t pimg_input_dump_count(const struct pimg_input *input);
/* The path of a dump, numbered from 0. */
const char *pimg_input_dump(const struct pimg_input *input, size_t number);
/*
 * Finds a dump by its path.
 * @dump: or null for the only one
 * @number: set to its number
 * Returns 0; or -1: PIMG_USAGE if there is no such dump, PIMG_BAD_DATA if dump is null and there are several.
 */
int pimg_input_find(const struct pimg_input *input, const char *dump, size_t *number,
		    struct pimg_error *error);
/*
 * Opens a dump, or the single image, which can be opened once. The image may outlive the input, but images of
 * one input must not be used in different threads at the same time.
 * Returns null if it cannot be read, or has no queue image.
 */
struct pimg_image *pimg_input_image(struct pimg_input *input, size_t number,
				    struct pimg_error *error);

/*
 * Sets the callback that is asked when a signal handler interrupts pimg_image_read() or pimg_image_load(). There is
 * none after pimg_image_open().
 * @progress: null removes the callback; its context must live as long as the image
 */
void pimg_image_set_progress(struct pimg_image *image, const struct pimg_progress *progress);

/* The path that was opened, or "standard input". */
const char *pimg_image_name(const struct pimg_image *image);
/* The path of the dump in its input, see struct pimg_input; or "". */
const char *pimg_image_dump(const struct pimg_image *image);
/* For a directory, that of the first image in it. 0 if no image was read. */
enum pimg_byte_order pimg_image_byte_order(const struct pimg_image *image);
/* True for a CRIU directory, also in an archive. */
bool pimg_image_is_directory(const struct pimg_image *image);
/* What is wrong with the image, or null if it is complete. */
const struct pimg_error *pimg_image_damage(const struct pimg_image *image);

/*
 * The container that was checkpointed into an archive, or into a directory that was unpacked from such an archive.
 * The container engine describes it next to the CRIU images, in config.dump and spec.dump; a container image made of
 * a checkpoint has annotations. Each field is the text that was found there, or null.
 */
struct pimg_container {
	char *name, *id;
	char *image;		   /* the container image that it runs */
	char *engine;		   /* "Podman", "CRI-O" or "containerd" */
	char *runtime;		   /* such as "runc" */
	char *created;		   /* a time in RFC 3339 format */
	char *checkpointed;	   /* the same; checkpointedTime in config.dump */
	char *pod, *pod_namespace; /* in Kubernetes */
	char *reference; /* the container image that the checkpoint is in: "localhost/web:1" */
};

/* Frees a container that pimg_verify() returned. That of an image belongs to the image. Null is ignored. */
void pimg_container_free(struct pimg_container *container);
/* Returns null if there is no description of a container. */
const struct pimg_container *pimg_image_container(const struct pimg_image *image);

/* Pipes come first, then FIFOs, then sockets, each in the order in which they first appear in the image. */
size_t pimg_image_queue_count(const struct pimg_image *image);

/* What an image says about a queue, without payload. */
struct pimg_queue_info {
	enum pimg_type type;
	uint32_t id;
	uint32_t capacity; /* 0 if the image does not say */
	enum pimg_mode mode;
	enum pimg_layout layout;
	uint64_t bytes;
	size_t chunks;
	size_t packets;
	/*
	 * A write end had O_DIRECT, but the single plain record has no boundaries: packets were merged,
	 * and the only chunk of the queue is a guess.
	 */
	bool boundaries_lost;
	size_t end_count;
	/* From the record, or else from other images in the directory. */
	const struct pimg_ends *ends;
	/*
	 * The paths by which a FIFO was opened, from other images in the directory. Several paths are links
	 * to one FIFO, or FIFOs on different file systems with the same inode number, of which CRIU
	 * saved only one. At most PIMG_PATHS_MAX are listed.
	 */
#define PIMG_PATHS_MAX 32
	size_t path_count;
	const char *const *paths;
	enum pimg_socket socket; /* type of a socket, if other images in the directory have it */
	bool saved_by_hook;	 /* saved by pipeimg-criu-hook(1), not from CRIU's own image */
	/* Set only by pimg_image_unsaved(): the image that may have the record of the queue is damaged. */
	bool unreadable;
};

/* @queue: from 0, less than the count. */
const struct pimg_queue_info *pimg_image_queue(const struct pimg_image *image, size_t queue);

/* Where a queue came from. @queue: from 0, less than the count */
const struct pimg_origin *pimg_image_origin(const struct pimg_image *image, size_t queue);

/*
 * Pipes and FIFOs of which the dump has ends, but no record: CRIU saves nothing of a pipe or FIFO if only write
 * ends of it are in the dump. Only type, id, ends, paths and unreadable are meaningful. The order is that
 * in which the dump names them.
 */
size_t pimg_image_unsaved_count(const struct pimg_image *image);
/* @number: from 0, less than the count. */
const struct pimg_queue_info *pimg_image_unsaved(const struct pimg_image *image, size_t number);

/* A descriptor in flight: sent with SCM_RIGHTS, and not yet received. */
struct pimg_passed {
	uint32_t file;	/* its id among the open files of the dump */
	bool known;	/* false if the other images of the dump do not say what it is */
	bool has_queue; /* it is an end of the queue that type and id name */
	enum pimg_type type;
	uint32_t id;
	uint32_t flags;	  /* open(2) flags */
	const char *path; /* of a FIFO or a file, or null */
};

/*
 * A descriptor that is in flight with a chunk of the queue of a socket.
 * @queue, @chunk: from 0, less than their counts
 * @number: from 0
 * Returns null if number is not less than the number of descriptors.
 */
const struct pimg_passed *pimg_image_passed(const struct pimg_image *image, size_t queue,
					    size_t chunk, size_t number);

/* The state of a process when it was dumped. */
enum pimg_task_state {
	PIMG_TASK_UNKNOWN,
	PIMG_TASK_ALIVE, /* running or sleeping: images do not distinguish these */
	PIMG_TASK_STOPPED,
	PIMG_TASK_ZOMBIE, /* it has ended, but its parent has not waited for it */
};

/* "unknown", "alive", "stopped", "zombie". */
const char *pimg_task_state_name(enum pimg_task_state state);

/* A process of a dump. Pids are those in the PID namespace in which the dump was made. */
struct pimg_task {
	uint32_t size;
	uint32_t pid;
	uint32_t parent; /* its pid; 0 if there is none. It need not be in the dump. */
	uint32_t depth;	 /* how many of its ancestors are in the dump */
	enum pimg_task_state state;
	const char *comm; /* name in the kernel; any byte except the null byte; may be empty */
	/*
	 * The arguments, each followed by a null byte, of at most 4096 bytes; null if they are not known. They
	 * are in the memory of the process, which is read only from a directory on a disk.
	 */
	const char *command;
	size_t command_bytes;
	size_t descriptor_count; /* descriptors of pipes, FIFOs and unix sockets */
};

/*
 * The processes of a dump that was opened with PIMG_OPEN_TASKS, in the order of their tree: each process follows
 * its parent, and processes with one parent are in the order of their pids. A process whose parent is not in the dump
 * has depth 0. If parents form a circle, which only a damaged dump has, its process with the lowest pid has
 * depth 0.
 * The count is 0 for any other image.
 */
size_t pimg_image_task_count(const struct pimg_image *image);
/*
 * @number: from 0, less than the count
 * @task: filled, up to its size. Strings are valid as long as the image.
 */
void pimg_image_task(const struct pimg_image *image, size_t number, struct pimg_task *task);

/* A descriptor of a pipe, FIFO or unix socket that a process of a dump has. O_PATH descriptors do not count. */
struct pimg_descriptor {
	uint32_t size;
	uint32_t fd;
	uint32_t
		file; /* id among the open files of the dump: descriptors with one id share an open file */
	enum pimg_type type;
	uint32_t id; /* of the queue */
	uint32_t
		flags; /* open(2) flags, with this machine's value of O_DIRECT; see pimg_end_reads() */
	uint32_t inode;		 /* of a socket, or 0 if it is not known */
	enum pimg_socket socket; /* type of a socket */
	const char *path;	 /* by which a FIFO was opened, or null */
	/* Whether the dump has a descriptor of the pipe or FIFO that reads, and one that writes. */
	bool has_reader, has_writer;
	/*
	 * The queue, also if it has no record; see pimg_image_queue() and pimg_image_unsaved(). Null for a socket
	 * with nothing unread.
	 */
	const struct pimg_queue_info *queue;
	bool has_record; /* the queue is one of pimg_image_queue() */
};

/*
 * @number: as for pimg_image_task()
 * @index: from 0, less than descriptor_count of that task; in the order of the image
 * @descriptor: filled, up to its size. Strings and the queue are valid as long as the image.
 */
void pimg_image_task_descriptor(const struct pimg_image *image, size_t number, size_t index,
				struct pimg_descriptor *descriptor);

/* Enough for any resource. */
#define PIMG_RESOURCE_SIZE 4200
/*
 * Writes the name by which criu restore takes another file in place of the descriptor: RESOURCE in --inherit-fd
 * fd[N]:RESOURCE, where N is a descriptor of criu. It is "pipe:[4711]", "socket:[4711]", or the path of a FIFO without
 * its leading slash. All descriptors of that pipe are replaced, and CRIU does not put what was unread into
 * the file that replaces it.
 * @size: of text, in bytes
 * Returns text; or null if CRIU has no name for it, or text is too short.
 */
char *pimg_descriptor_resource(const struct pimg_descriptor *descriptor, char *text, size_t size);

/* What pipeimg-criu-hook(1) left in a CRIU directory. */
enum pimg_hook {
	PIMG_HOOK_NONE,
	PIMG_HOOK_SAVED, /* the original queues: the image has these, and a restore needs the hook */
	PIMG_HOOK_UNUSABLE, /* incomplete, or of a failed or different dump; pimg_verify() reports it */
	PIMG_HOOK_NEEDED, /* nothing, but the dump lists packets, which CRIU merges without the hook */
};

enum pimg_hook pimg_image_hook(const struct pimg_image *image);

/* @queue, @chunk: from 0, less than their counts */
struct pimg_chunk pimg_image_chunk(const struct pimg_image *image, size_t queue, size_t chunk);

/*
 * Reads bytes of a chunk. Checksums are not compared.
 * @offset: in the chunk, from 0
 * @length: all bytes must be in that chunk
 * Returns 0 when length bytes are in buffer, or -1.
 */
int pimg_image_read(struct pimg_image *image, size_t queue, size_t chunk, uint32_t offset,
		    void *buffer, size_t length, struct pimg_error *error);

/*
 * Reads a complete queue of up to 64 MiB into memory, and compares its checksums if the image has them.
 * Returns a queue that the caller frees, or null.
 */
struct pimg_queue *pimg_image_load(struct pimg_image *image, size_t queue,
				   struct pimg_error *error);

/*
 * ---- 4. Verifying images ---------------------------------------------------------------------
 */

enum pimg_severity {
	PIMG_NOTE,    /* worth knowing */
	PIMG_WARNING, /* valid, but will lose data or cause a failure later */
	PIMG_ERROR,   /* damage */
};

/* "note", "warning", "error". */
const char *pimg_severity_name(enum pimg_severity severity);

/* One thing that can be wrong with an image. */
struct pimg_check {
	const char *id; /* such as "PI001"; never changes */
	enum pimg_severity severity;
	const char *title;
	const char *explanation; /* what it means, and what to do */
};

/*
 * The table of checks.
 * @number: from 1 to the count. Ids have gaps. Numbers do not, and change between releases.
 * pimg_check() returns null for any other number, including 0.
 */
size_t pimg_check_count(void);
const struct pimg_check *pimg_check(size_t number);
/* The number of a check that pimg_check() returned or pimg_verify() found. */
size_t pimg_check_number(const struct pimg_check *check);
/* The check with that id, such as the one in struct pimg_error; null if there is none. */
const struct pimg_check *pimg_check_by_id(const char *id);

/*
 * Called for each finding, in the calling thread. If it returns a value other than 0, the work stops.
 * @check: what is wrong
 * @finding: where it is, with status PIMG_BAD_DATA; valid only during the call
 * @type: of the queue, if finding->pipe is not PIMG_NONE
 */
typedef int (*pimg_finding_fn)(void *context, const struct pimg_check *check,
			       const struct pimg_error *finding, enum pimg_type type);

/* What was read, and what was found. */
struct pimg_verify_summary {
	uint32_t size;
	bool is_directory;
	uint64_t queues;
	uint64_t records;
	uint64_t bytes;	      /* of payload */
	uint64_t checksums;   /* payload checksums that were compared */
	uint64_t findings[8]; /* number of findings by severity, with room for later severities */
	bool skipped; /* with PIMG_VERIFY_IF_IMAGE: the file does not look like a checkpoint */
	/* With PIMG_VERIFY_CONTAINER: the container, which the caller frees with pimg_container_free(), or null. */
	struct pimg_container *container;
};

/* By default (all zeros), everything is checked. */
struct pimg_verify_options {
	uint32_t size;
	unsigned flags;	       /* PIMG_VERIFY_*; unknown bits are PIMG_USAGE */
	pimg_finding_fn found; /* or null; called with context */
	void *context;
	const struct pimg_progress *progress; /* or null */
	/* The path of the only dump to be checked, in an input that contains several; or null. */
	const char *dump;
	/*
	 * Called before each dump, unless it is null; not if the input cannot be opened.
	 * @dump: its path in the input, see struct pimg_input; valid during the call
	 * @count: of dumps in the input
	 */
	void (*begin)(void *context, const char *dump, size_t count);
	/*
	 * Called after each dump, also if that failed, unless it is null.
	 * @summary: of this dump only. If the callback sets its container to null, it frees that itself
	 */
	void (*checked)(void *context, struct pimg_verify_summary *summary);
};

/* Skip what depends on this machine and user: limits and the page size. */
#define PIMG_VERIFY_ANYWHERE (1U << 0)
/*
 * The path was found by a search. A file that does not look like a checkpoint, or no longer exists, is skipped.
 * pipeimg-verify(1) lists what looks like a checkpoint (--recursive).
 */
#define PIMG_VERIFY_IF_IMAGE (1U << 1)
/* Also read the description of the container. */
#define PIMG_VERIFY_CONTAINER (1U << 2)

/*
 * Checks an image: the file or archive, every record, payloads against their checksums, complete queues, and in a
 * CRIU directory the images around them. Memory use does not grow with the image, except by a few bytes for
 * each queue. Of an input with several dumps, all are checked, and the layers of container images are compared
 * with their digests. Everything that pimg_image_damage() reports, or that makes pimg_image_load() fail, is among
 * the findings.
 * @path: as for pimg_image_open()
 * @options: may be null
 * @summary: may be null; filled even if the image is bad
 * Returns 0 when everything was checked, whatever was found, or -1 if the image cannot be read. A file that is not
 *	an image is a finding.
 */
int pimg_verify(const char *path, const struct pimg_verify_options *options,
		struct pimg_verify_summary *summary, struct pimg_error *error);

/* What a path is, according to the first bytes of a file or the names in a directory. */
enum pimg_content {
	PIMG_CONTENT_OTHER,
	PIMG_CONTENT_QUEUES, /* a queue image */
	PIMG_CONTENT_DIRECTORY, /* a directory with CRIU images or queue images, or an archive of one */
	PIMG_CONTENT_LAYOUT, /* a directory that is a container image, perhaps of a checkpoint */
};

/*
 * Finds out what a path is. Does not follow a symbolic link. A path that does not exist is PIMG_CONTENT_OTHER. A
 * checkpoint that is too damaged to be opened is reported as what it looks like. To verify what a search
 * finds, use PIMG_VERIFY_IF_IMAGE, which opens a file only once.
 * Returns 0 and sets content, or -1 if the path cannot be read.
 */
int pimg_probe(const char *path, enum pimg_content *content, struct pimg_error *error);

/*
 * ---- 5. Writing images -----------------------------------------------------------------------
 *
 * Output goes to an unnamed or temporary file next to the target. pimg_writer_commit() flushes the file, reads it
 * back, compares it with what was put in, and only then gives it its final name. Whatever happens, the target
 * is the old file or the complete new one.
 */

/* CRIU image formats: with one magic number (before CRIU 1.6, 2015), or with two. */
enum pimg_format {
	PIMG_FORMAT_KEEP, /* that of the input; 1.1 for a new image */
	PIMG_FORMAT_1_0,
	PIMG_FORMAT_1_1,
};

struct pimg_writer;

/* By default (all zeros), chunks are kept (the packets layout) and no file is replaced. */
struct pimg_writer_options {
	uint32_t size;
	enum pimg_layout layout; /* an unknown layout is PIMG_USAGE */
	bool replace;		 /* replace an existing file; otherwise it is an error */
	/*
	 * How many queues will be put, or 0 if that is not known. The first record of the image has the number,
	 * so that a copy that lacks queues can be detected. pimg_directory_write() sets it.
	 */
	uint32_t queue_count;
	enum pimg_format format;
	enum pimg_byte_order byte_order; /* 0 for that of this machine */
	/* Called when a signal handler has interrupted the writer, until it is committed or aborted. */
	struct pimg_progress progress;
};

/*
 * Starts an image file for queues of one type: PIMG_PIPE or PIMG_FIFO.
 * @path: the target, or "-" for standard output
 * @options: may be null
 */
struct pimg_writer *pimg_writer_open(const char *path, enum pimg_type type,
				     const struct pimg_writer_options *options,
				     struct pimg_error *error);

/*
 * Adds a queue of the writer's type, with its capacity, origin, ends and checksums. The spliced layout is the
 * record that CRIU writes: it keeps bytes and capacity, and merges packets. After a failure, the writer must
 * be aborted.
 */
int pimg_writer_put(struct pimg_writer *writer, const struct pimg_queue *queue,
		    struct pimg_error *error);

/* Completes the image and gives it its final name. Frees the writer, even after a failure. */
int pimg_writer_commit(struct pimg_writer *writer, struct pimg_error *error);
/* Discards the image and frees the writer. No file remains. Null is ignored. */
void pimg_writer_abort(struct pimg_writer *writer);

/*
 * Writes queues of several types to a new directory, with the file names that CRIU uses (pipes-data.img,
 * fifo-data.img). If several queues have the same type and id, the second is in a separate image
 * (fifo-data-2.img), and so on. When the directory is opened, they are different queues.
 * The directory gets its final name when everything is written and compared, or not at all.
 * @path: must not exist, or must be an empty directory
 * @queues: remain the caller's
 * @options: may be null
 */
int pimg_directory_write(const char *path, const struct pimg_queue *const *queues, size_t count,
			 const struct pimg_writer_options *options, struct pimg_error *error);

/*
 * ---- 6. Converting images --------------------------------------------------------------------
 */

/*
 * A rule that finds the packets in a stream run that they were merged into. It is written as text, such as
 * "u32le+4", "fixed:304" or "delim:\\n". A rule must fit exactly to the end of the run, and no packet can be
 * longer than a page.
 */
struct pimg_frame_rule {
	const char *name;      /* such as "u32le" */
	const char *arguments; /* their syntax, such as "[+N]" */
	const char *summary;
};

/* @number: from 0, less than the count */
size_t pimg_frame_rule_count(void);
const struct pimg_frame_rule *pimg_frame_rule(size_t number);
/* Checks that text is a rule. Returns the number of the rule, for pimg_frame_rule(), or -1 (PIMG_USAGE). */
int pimg_frame_parse(const char *text, struct pimg_error *error);

/*
 * Returns a copy of a queue, with its stream runs divided into packets by a rule. Existing packets stay as they
 * are. If the origin of the queue has a page size, no packet is longer.
 * @progress: may be null; called with the bytes of the queue, which are processed twice
 * Returns a queue that the caller frees, or null: PIMG_BAD_DATA if the rule does not fit a run or gives more
 *	packets than the pipe has slots, PIMG_USAGE if it finds more packets than an image record can list (some millions).
 */
struct pimg_queue *pimg_queue_frame(const struct pimg_queue *queue, const char *rule,
				    const struct pimg_progress *progress, struct pimg_error *error);

/* A rule for one pipe, or for all pipes that have no other rule. */
struct pimg_frame_choice {
	bool for_all;
	uint32_t id;
	const char *rule;
};

/* How a queue was converted. */
struct pimg_converted {
	enum pimg_type type;
	uint32_t id;
	enum pimg_layout from, to;
	bool had_kinds;	      /* the input distinguishes packets from stream runs */
	bool boundaries_lost; /* as in struct pimg_queue_info */
	uint64_t bytes;
	uint64_t packets_before, packets;
	const char *rule;   /* the rule that found the packets, or null */
	bool by_boundaries; /* found with the boundaries of the other image */
};

/* A FIFO that was in packet mode when it was dumped, so that CRIU could not reopen it. */
struct pimg_repaired {
	enum pimg_type type;
	uint32_t id;
	const char *path; /* null if the dump does not have it */
};

/* What an image is converted to. */
enum pimg_output {
	PIMG_TO_IMAGE,
	PIMG_TO_JSON, /* as `crit decode` prints it; it can be opened like an image */
	PIMG_TO_PCAPNG, /* for wireshark(1): an interface for each pipe, a packet block for each chunk */
};

/* By default (all zeros), the output is an image, its records stay as they are, and no file is replaced. */
struct pimg_convert_options {
	uint32_t size;
	enum pimg_output output;
	bool has_layout; /* use layout. Otherwise records stay as they are; if boundaries are to be */
			 /* found, the layout is packets, or indexed in a CRIU directory */
	enum pimg_layout layout;
	enum pimg_format format;
	bool replace; /* replace an existing file; otherwise it is an error */
	/*
	 * Compress the output with zstd, in its seekable format, which any zstd decompresses. A
	 * directory becomes an archive. Otherwise the output is plain, except that archives and
	 * images that replace themselves stay plain or compressed as they were.
	 */
	bool compress;
	int level;	 /* zstd level; 0 means 3 */
	bool keep_times; /* keep the times of the file that is replaced */
	/*
	 * Rules for queues that are a single stream run. A rule for one pipe must fit it. The rule
	 * for all must fit each such queue that has no other rule.
	 */
	const struct pimg_frame_choice *frames;
	size_t frame_count;
	/*
	 * An image with the same queues, or null. It provides the boundaries for queues that are a
	 * single stream run. The bytes must be the same.
	 */
	const char *boundaries;
	/*
	 * JSON output contains a single image file. If a directory or archive has several queue images, the
	 * only one with unread data is converted; it is an error (PIMG_USAGE) if several have unread data.
	 * If the target is a directory, or its name ends in '/', JSON and pcapng are written to a new
	 * directory instead, with a file for each image.
	 * Called with context and both names if such a choice was made; may be null.
	 */
	void (*chosen)(void *context, const char *image, const char *file);
	/* Called with context for each queue after it is written; may be null. */
	void (*converted)(void *context, const struct pimg_converted *queue);
	/*
	 * In a CRIU directory, repair the files image, so that CRIU can restore FIFOs that were in
	 * packet mode; see PI314 in pipeimg-verify(1). pimg_upgrade() always does so.
	 */
	bool repair;
	/* Called with context for each such FIFO before it is repaired; may be null. */
	void (*repaired)(void *context, const struct pimg_repaired *fifo);
	/*
	 * If the output would be what it replaces, the input itself, keep that file, and return 1.
	 * The content counts, not how it is compressed. pimg_upgrade() in place always does so.
	 */
	bool keep_current;
	/* Convert only images of this type. Of a directory or archive, the output is then a single image. */
	bool has_type;
	enum pimg_type type;
	void *context;	  /* for chosen, converted and repaired */
	const char *dump; /* the path of a dump in an input that contains several; or null */
};

/*
 * Writes an image in another layout, format version or file format. Queues keep their chunks, except in the
 * spliced layout, which merges packets. A queue whose boundaries are lost and were not found stays as it is,
 * because it is not a stream. Fields that the library does not know are copied byte for byte. Queues of
 * sockets have only one layout, and are copied. From a directory, queue images are converted and
 * everything else is copied.
 *
 * An image that is created from JSON, which can have been edited by hand, is verified, and rejected if an error
 * is found.
 *
 * The output is read back and compared with the input before it gets its final name. Memory use does not grow with
 * the image, except by 8 bytes for each chunk of a queue that becomes one indexed record.
 * @from: an image; it is an error if it is damaged. A CRIU directory must stay one that CRIU can restore: it
 *	cannot get the packets layout or another format version.
 * @to: a file, or "-" for standard output, which cannot be read back. For a directory, a directory that does
 *	not exist or is empty. If damage is found after output to a stream began, that output ends so that
 *	no reader takes it for complete.
 * @options: may be null
 */
int pimg_convert(const char *from, const char *to, const struct pimg_convert_options *options,
		 const struct pimg_progress *progress, struct pimg_error *error);

/*
 * Writes a legacy image (from CRIU, or from an early pipeimg) in the current layout, with kinds and checksums:
 * packets for a file, and indexed in a CRIU directory, from which an unmodified CRIU still restores all
 * bytes. Boundaries come from the rules or the other image in options. Without them, a queue becomes a
 * stream. In a CRIU directory, the files image is repaired if it has FIFOs in packet mode.
 * @to: the output, or null to upgrade path in place. Then each image file is replaced atomically: at any moment,
 *	it is the complete old file or the complete new one. A file in which nothing would change is kept.
 * @options: may be null; layout, has_layout, format, repair and keep_current are ignored
 * Returns 0; 1 if in place nothing was changed, because the image is up to date; or -1.
 */
int pimg_upgrade(const char *path, const char *to, const struct pimg_convert_options *options,
		 const struct pimg_progress *progress, struct pimg_error *error);

/* The lowest and highest zstd level that pimg_compress() accepts. 0, which means 3, is always allowed. */
void pimg_compress_levels(int *lowest, int *highest);

/*
 * Compresses an image like pimg_convert() with compress set. Records stay as they are: zstd -dc outputs the plain
 * file, byte for byte. JSON becomes the image that it describes, and a directory becomes an archive (pax).
 * @path: an image, an archive or a directory. If it is compressed, it is compressed again.
 * @to: the output, "-", or null to compress path in place, which keeps its mode, owner and times
 * @level: zstd level; 0 means 3
 * @replace: replace an existing file
 */
int pimg_compress(const char *path, const char *to, int level, bool replace,
		  const struct pimg_progress *progress, struct pimg_error *error);

/* A rule that fits all stream runs of a queue. */
struct pimg_proposal {
	uint32_t id;
	char text[32]; /* the rule, for pimg_frame_parse() */
	uint64_t packets;
	uint32_t shortest, longest; /* bytes */
};

/*
 * Tries all rules on the stream runs of a queue, and proposes each rule that fits every run. The rule must find at
 * least two packets in total, none longer than the page size in the origin of the queue, or else 4096 bytes.
 * Packets between the runs are not counted.
 * @propose: called with context for each rule, the most likely first
 */
int pimg_frame_propose(struct pimg_image *image, size_t queue,
		       void (*propose)(void *context, const struct pimg_proposal *proposal),
		       void *context, struct pimg_error *error);

/*
 * ---- 7. Comparing images ---------------------------------------------------------------------
 */

/*
 * Creates an image of queues in memory, in an unnamed temporary file.
 * @queues: of pipes, FIFOs or both; they remain the caller's
 */
struct pimg_image *pimg_image_of_queues(const struct pimg_queue *const *queues, size_t count,
					struct pimg_error *error);

enum pimg_difference_kind {
	PIMG_SAME,
	PIMG_ONLY_IN_FIRST,
	PIMG_ONLY_IN_SECOND,
	PIMG_CAPACITY_DIFFERS, /* the content is the same */
	PIMG_CHUNKS_DIFFER,    /* in kind, length or number */
	PIMG_BYTES_DIFFER,
	/*
	 * One image is a dump that has only write ends of the pipe, and so none of its content. This is not a
	 * difference: a restored process has another pipe there, such as that of its new standard output.
	 */
	PIMG_NOT_SAVED,
};

/* The most chunks of each side that struct pimg_difference has. */
#define PIMG_DIFFERENCE_CHUNKS 4

/* How a queue differs between two images. Index 0 is the first image, and index 1 the second. */
struct pimg_difference {
	enum pimg_difference_kind kind;
	const struct pimg_queue_info *queue[2]; /* null if the image does not have the queue */
	/* Where chunks or bytes first differ. */
	uint64_t chunk_number[2]; /* from 1 */
	bool ended[2];		  /* there is no such chunk */
	struct pimg_chunk chunk[2];
	uint64_t offset; /* in the bytes of the queue */
	/* Bytes around the difference. The first is at bytes_offset in the queue. */
	uint64_t bytes_offset;
	size_t byte_count[2];
	uint8_t bytes[2][32];
	/* For PIMG_CHUNKS_DIFFER: */
	bool same_bytes; /* of the whole queue, so that only boundaries differ */
	size_t next_count
		[2]; /* chunks from the different one on, at most as many as the array has */
	bool has_more_next[2]; /* others follow these */
	struct pimg_chunk next[2][PIMG_DIFFERENCE_CHUNKS];
};

/*
 * Compares two images, queue by queue: what a reader would see, and capacities.
 *
 * Two queues correspond if they have the same type and id. A restored pipe has another id, so the remaining queues
 * correspond if both have the same descriptor of the same process as an end. A process is the same if its
 * PID is, or its PID in its PID namespace, which container checkpoints record. Finally, if each image has only
 * one queue of a type left, these two correspond.
 * @tell: called with context for each queue; may be null
 * @progress: may be null; called with the number of queues, and with bytes while it compares a queue
 * Returns 0 if the images are the same, 1 if they differ, or -1 after a failure or if an image is damaged.
 */
int pimg_diff(struct pimg_image *first, struct pimg_image *second,
	      void (*tell)(void *context, const struct pimg_difference *difference), void *context,
	      const struct pimg_progress *progress, struct pimg_error *error);

/*
 * ---- 8. Live pipes ---------------------------------------------------------------------------
 */

/* The pipes and FIFOs that processes have open, as found by one scan of /proc. */
struct pimg_live;

/* One pipe or FIFO found in /proc. */
struct pimg_live_pipe {
	enum pimg_type type;
	uint64_t device, inode; /* identify it on this machine */
	uint32_t id;		/* low 32 bits of inode, as in images */
	const char *path;	/* of a FIFO, from the /proc link of an end; null for a pipe */
	size_t end_count;
	const struct pimg_ends *ends;
};

#define PIMG_LIVE_SELF	(1U << 0) /* include the calling process */
#define PIMG_LIVE_WAITS (1U << 1) /* collect during the scan what pimg_live_waits() reports */

/*
 * Scans /proc. Processes that end during the scan are skipped.
 * @flags: PIMG_LIVE_*
 */
struct pimg_live *pimg_live_scan(unsigned flags, struct pimg_error *error);
void pimg_live_free(struct pimg_live *live);

/* The number of processes that were seen, and of those whose descriptors this user may not inspect. */
size_t pimg_live_process_count(const struct pimg_live *live);
size_t pimg_live_hidden_count(const struct pimg_live *live);
/* The PIDs of the processes, in ascending order. @process: from 0, less than the count */
pid_t pimg_live_process(const struct pimg_live *live, size_t process);
/* True if the process was seen, even if its descriptors are hidden. */
bool pimg_live_has_process(const struct pimg_live *live, pid_t pid);
/* True if this user may not inspect the descriptors of the process. */
bool pimg_live_is_hidden(const struct pimg_live *live, pid_t pid);
/* True if pid is ancestor or a descendant of it. */
bool pimg_live_descends(const struct pimg_live *live, pid_t pid, pid_t ancestor);

/* Pipes come first, then FIFOs, by id. */
size_t pimg_live_pipe_count(const struct pimg_live *live);
const struct pimg_live_pipe *pimg_live_pipe(const struct pimg_live *live, size_t pipe);
/*
 * Returns an end of a pipe with its inner_pid, which is 0 in the list of pimg_live_pipe(). The first call for a
 * process reads /proc/PID/status.
 * @end: from 0, less than end_count of the pipe
 * Returns an end that is valid until the next call.
 */
const struct pimg_end *pimg_live_end(struct pimg_live *live, size_t pipe, size_t end);
/*
 * Find a pipe by its device and inode, or by a descriptor that is an end of it. Return the number of the pipe, or -1
 * if none was found. pimg_live_find_end() also returns -1 if there is not enough memory.
 */
ssize_t pimg_live_find(const struct pimg_live *live, uint64_t device, uint64_t inode);
ssize_t pimg_live_find_end(struct pimg_live *live, pid_t pid, uint32_t fd);

/* What the kernel reports about a pipe, without copying its content. */
struct pimg_fill {
	uint32_t size;
	uint32_t bytes;	   /* unread (FIONREAD) */
	uint32_t capacity; /* in bytes (F_GETPIPE_SZ) */
	bool full;	   /* no slot is free: a write that needs a new buffer waits */
	char reserved[3];
};

/*
 * Asks the kernel how full a pipe is. Consumes nothing. If no end can be copied with pidfd_getfd(2), a read end is
 * opened for a moment.
 */
int pimg_live_fill(const struct pimg_live *live, size_t pipe, struct pimg_fill *fill,
		   struct pimg_error *error);

/* A thread that waits in a system call on a pipe. */
struct pimg_wait {
	uint32_t pid, tid;
	uint32_t fd;
	bool writes; /* waits to write; otherwise to read */
	/*
	 * In poll(2), select(2), epoll_wait(2) or a similar call, on this descriptor among others.
	 * Otherwise in read(2), write(2) or a similar call.
	 */
	bool polls;
	/* As long as this number is the same for a thread, the thread has not run; see proc_pid_status(5). */
	uint64_t switches;
};

/* Why a process does not run, whatever it waits for. Several fields can be true at the same time. */
struct pimg_halt {
	bool stopped;	      /* by a signal, until SIGCONT */
	bool traced;	      /* stopped by a tracer, such as a debugger */
	bool frozen;	      /* its cgroup is frozen */
	int signal;	      /* that stopped it, or 0 if it cannot be determined */
	pid_t tracer;	      /* its PID, or 0 if it is in another PID namespace */
	char tracer_comm[32]; /* its name, which can contain any byte */
};

/*
 * Reports why a process that was seen does not run. If its parent has already collected the stop, the signal is
 * determined by a brief ptrace(2); the process executes nothing in the meantime, and its parent does not
 * notice.
 * Returns null if the process runs or waits as usual; otherwise a pointer that is valid as long as live.
 */
const struct pimg_halt *pimg_live_halt(struct pimg_live *live, pid_t pid);
/* Writes "stopped by SIGTSTP", "frozen with its cgroup" or similar text. @size: of text, in bytes */
void pimg_halt_describe(const struct pimg_halt *halt, char *text, size_t size);
/*
 * Lists the threads that wait on a pipe in a system call. Reads /proc/PID/syscall and, if they poll, their memory or
 * /proc/PID/fdinfo, which requires the right to trace them. Threads that this user may not inspect are
 * skipped. At most 4096 descriptors of one call are checked. Threads that do not run (see pimg_live_halt())
 * do not wait.
 * @fill: of the pipe, or null if it is not known. Waits that contradict it are not listed: no thread waits to
 *	read while there are bytes, or to write while there is room.
 * Returns the number of threads, for pimg_live_wait().
 */
size_t pimg_live_waits(struct pimg_live *live, size_t pipe, const struct pimg_fill *fill);
/*
 * Returns one of the threads that the last call of pimg_live_waits() listed, valid until the next call.
 * @number: from 0, less than what pimg_live_waits() returned
 */
const struct pimg_wait *pimg_live_wait(const struct pimg_live *live, size_t number);

/*
 * Captures the queue of a pipe in one atomic snapshot (one tee(2)). Packets and stream runs are then told apart in
 * the copy. Consumes nothing, and adds no reader if a read end can be copied with pidfd_getfd(2).
 * @flags: PIMG_CAPTURE_*
 * Returns a queue that the caller frees, with capacity, owner, mode, time and ends; or null.
 */
struct pimg_queue *pimg_live_capture(const struct pimg_live *live, size_t pipe, unsigned flags,
				     struct pimg_error *error);

/*
 * Fail instead of opening the pipe for reading if only its write ends can be reached. While it is open, a writer
 * whose readers are all gone would not get EPIPE.
 */
#define PIMG_CAPTURE_NO_READER (1U << 0)

/*
 * Captures the queue of a descriptor of the calling process.
 * @fd: either end of a pipe or FIFO; it stays open and keeps its flags
 * Returns a queue without ends, which the caller frees; or null.
 */
struct pimg_queue *pimg_capture_fd(int fd, struct pimg_error *error);

/*
 * Stops processes with ptrace(2) (PTRACE_SEIZE, PTRACE_INTERRUPT), so that several captures see the same moment.
 * The kernel resumes them when the calling process ends, however it ends. Unlike with SIGSTOP, their
 * parents do not notice. System calls that are not restarted after a stop (see signal(7)) fail with EINTR.
 * @pids: the processes, which are stopped with all their threads. The calling process and processes that have
 *	ended are skipped.
 * @progress: may be null; called when a signal handler has interrupted the wait
 * Returns a handle for pimg_stop_release(); or null, and then no process is stopped. Fails if a thread does not stop
 *	within ten seconds, such as one that waits for its vfork(2) child.
 */
struct pimg_stop;
struct pimg_stop *pimg_stop_processes(const pid_t *pids, size_t count,
				      const struct pimg_progress *progress,
				      struct pimg_error *error);
void pimg_stop_release(struct pimg_stop *stop);

/* What could not be restored, although the content is exact. */
struct pimg_refill_report {
	uint32_t size;
	uint32_t capacity;     /* of the pipe now, in bytes */
	bool capacity_differs; /* that of the queue was not allowed, or is too small on this machine */
	bool owner_differs;    /* the owner or mode of the inode could not be set */
	/*
	 * The limit that did not allow the capacity of the queue, with its value, such as
	 * "fs.pipe-user-pages-soft (16384 pages)", or an empty string.
	 */
	char limit[64];
	char reserved[2];
};

/*
 * Creates a pipe with the content, capacity, owner and mode of a queue, captures it, and compares the result with
 * the queue.
 * @ends: set to the read end and the write end, both blocking and close-on-exec. The write end is in packet
 *	mode if the queue has packets. The caller closes them. They are not changed if the function fails.
 * @report: may be null
 */
int pimg_refill(const struct pimg_queue *queue, int ends[2], struct pimg_refill_report *report,
		struct pimg_error *error);

/*
 * Fills an existing, empty pipe or FIFO by one tee(2): its reader sees nothing, or all of the content. Its owner and
 * mode do not change. Raises SIGPIPE, as write(2) does, if it has no reader.
 * @fd: either end of it, in the calling process
 * @report: may be null
 * Fails if the pipe is not empty, and leaves its content unchanged. A process that writes to it at the same moment is
 * detected only if not everything fits: stop the writers if that matters.
 */
int pimg_refill_fd(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report,
		   struct pimg_error *error);

/*
 * Copies a descriptor of another process with pidfd_getfd(2) or, if that is not allowed, opens it through /proc.
 * Returns a close-on-exec descriptor that the caller closes, or -1.
 */
int pimg_live_get_fd(pid_t pid, int fd, struct pimg_error *error);

#ifdef __cplusplus
}
#endif
#endif
