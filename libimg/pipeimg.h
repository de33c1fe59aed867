/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libpipeimg: the queues that sit unread in pipes, in live ones and in CRIU's images.
 *
 * This header is the reference of the library. Each function has a manual page too; libpipeimg(3) is the overview.
 * Its sections:
 *
 *	1. Errors		how every function fails
 *	2. Queues		one pipe's unread content, in memory
 *	3. Images		reading queues from files, CRIU directories and standard input
 *	4. Verifying images	all that is wrong with an image, by name
 *	5. Writing images	atomic output, checked before it takes its name
 *	6. Converting images	layouts and versions of the format
 *	7. Comparing images	queue by queue
 *	8. Live pipes		finding, capturing and refilling pipes of running processes
 *
 * Words. A queue is what is unread in one pipe, FIFO or datagram socket. It consists of chunks, in
 * order: a packet (one write(2) in packet mode, O_DIRECT, which one read(2) returns whole) or a
 * stream run (a maximal stretch of ordinary bytes; its inner boundaries mean nothing to a reader).
 * Two queues are equal when any sequence of read(2) sizes has the same results on both.
 *
 * Rules that hold everywhere:
 *	- Functions that can fail return -1 (or a null pointer) and fill struct pimg_error, if given.
 *	- The library never prints, never exits, keeps no global state and changes no signal handling.
 *	- A system call that a signal handler interrupts (EINTR) is called again, unless the progress
 *	  callback asks to stop. Its own threads leave all signals to the program's threads.
 *	  Different handles may be used from different threads; one handle from one thread at a time.
 *	- Strings and arrays returned by accessors belong to the handle and live as long as it does,
 *	  unless the function says otherwise.
 *	- Sizes are in bytes, times in nanoseconds since 1970 (CLOCK_REALTIME).
 *
 * What is stable. Within one soname no function, constant or field changes its meaning or goes away. What can be
 * added:
 *	- Functions, under a symbol version that is named after the release, such as LIBPIPEIMG_0.1.
 *	- Values of enums. Treat one that you do not know as "other"; the *_name() functions return
 *	  "unknown" for a value that they do not know.
 *	- Fields at the end of structs that the library returns a pointer to, or passes to a callback. Do not
 *	  copy such structs for later, other than field by field.
 *	- Fields at the end of structs that begin with size. The caller sets size to sizeof(the struct), or
 *	  leaves it 0 for the fields of release 0.1, and all else 0: that is the default of every option. The
 *	  library reads and writes no more than that, and refuses (PIMG_USAGE) fields that it does not know
 *	  and that are not 0.
 * struct pimg_error, pimg_chunk, pimg_progress and pimg_frame_choice never change their size.
 * PIPEIMG_VERSION and the other macros of pipeimg-version.h have the version of the header; pimg_version()
 * returns that of the library that runs.
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

/* The version of the library that runs, e.g. "0.1.0". */
const char *pimg_version(void);

/*
 * ---- 1. Errors -------------------------------------------------------------------------------
 */

/* What a queue is in. */
enum pimg_type {
	PIMG_PIPE,
	PIMG_FIFO,
	PIMG_SOCKET, /* a unix socket, from sk-queues.img; read only */
};

/* What kind of failure it was. The values are the exit status of the pipeimg command. */
enum pimg_status {
	PIMG_OK = 0,
	PIMG_BAD_DATA = 1, /* an image is damaged, or two things that must be equal differ */
	PIMG_USAGE = 2,	   /* the caller asked for something that makes no sense */
	PIMG_SYSTEM = 3,   /* the system refused: permission, no such process, disk full, limits */
};

/* Value of record, pipe and offset in struct pimg_error where they mean nothing. */
#define PIMG_NONE (-1)

/*
 * A failure, as data: what (status, errno, sentence) and where (file, record, pipe, offset).
 * The caller provides it, and need not initialise it. It is filled when a function fails, and left
 * alone when it succeeds.
 */
struct pimg_error {
	enum pimg_status status;
	int errno_value;     /* the errno behind a PIMG_SYSTEM, else 0 */
	char check[8];	     /* id of the check that failed, "PI201", or empty */
	int64_t record;	     /* number of the record within its file, from 1 */
	int64_t pipe;	     /* id of the pipe, FIFO or socket */
	enum pimg_type type; /* which of these it is */
	int64_t offset;	     /* byte in the (decompressed) file */
	char file[256];	     /* name of the file, or empty; a long one keeps its end */
	char sentence[768];  /* what was found, what was expected, what to do */
	char reserved[64];   /* for later fields: never read or written by callers */
};

/*
 * Writes "FILE: record 17 (pipe 4711) at 0x1f40: sentence", without what is not known, into text.
 * @size: bytes at text, which is always terminated. Returns text.
 */
char *pimg_error_format(const struct pimg_error *error, char *text, size_t size);

/*
 * Called while long work goes on, at most once for every 64 KiB, chunk or queue; and with 0 for both, when a signal
 * handler has interrupted a system call, and between the other images of a directory. Without a
 * callback nothing stops the work.
 * @done, @total: bytes, except where the function says otherwise; @total is 0 where it is not known
 * Returning non-zero stops the work: the function fails with errno_value EINTR, and output goes away.
 */
typedef int (*pimg_progress_fn)(void *context, uint64_t done, uint64_t total);

/*
 * The callback of a function that may take long, with its context. Functions take a pointer to one, or null
 * for none; it need not live longer than the call.
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

/* What the chunks of a queue are. */
enum pimg_mode {
	PIMG_MODE_EMPTY,
	PIMG_MODE_STREAM,
	PIMG_MODE_PACKETS,
	PIMG_MODE_MIXED,
};

/* Types of unix sockets, as far as their queues are concerned. */
enum pimg_socket {
	PIMG_SOCKET_UNKNOWN,
	PIMG_SOCKET_STREAM,
	PIMG_SOCKET_SEQPACKET,
	PIMG_SOCKET_DATAGRAM,
};

/*
 * Names, as in messages and JSON. Every function of this library that returns the name of a value
 * returns "unknown" for a value that the enum does not have, and never null.
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

/* One descriptor of one process on the queue. */
struct pimg_end {
	uint32_t size;
	uint32_t pid; /* 0 for a descriptor that no process has */
	/* In the process's own pid namespace; 0 if it is the same or not known. */
	uint32_t inner_pid;
	uint32_t fd;
	uint32_t flags; /* open(2)'s, with O_DIRECT where this machine has it */
	char comm[32];	/* name of the process, as the kernel has it: any byte but NUL */
	/* While no process has it: the id of the socket in whose queue it is in flight, or 0. */
	uint32_t socket;
};

/*
 * The ends of a queue, as a list that the library owns: its elements may be larger than struct pimg_end is in
 * this header.
 */
struct pimg_ends;

/*
 * @index: from 0, less than the number of ends that is given with the list
 * Returns an end that is valid as long as the list.
 */
const struct pimg_end *pimg_end_at(const struct pimg_ends *ends, size_t index);

/* What a descriptor may do, and whether its writes make packets (O_DIRECT). */
bool pimg_end_reads(const struct pimg_end *end);
bool pimg_end_writes(const struct pimg_end *end);
bool pimg_end_packet_mode(const struct pimg_end *end);

/* Where a queue came from. Each field counts only if its bit is in known. */
struct pimg_origin {
	uint32_t size;
	unsigned known;
#define PIMG_ORIGIN_TIME  (1U << 0)
#define PIMG_ORIGIN_PAGE  (1U << 1)
#define PIMG_ORIGIN_OWNER (1U << 2)
#define PIMG_ORIGIN_MODE  (1U << 3)
	uint64_t captured_at_ns;
	uint32_t page_size; /* of the machine captured: no packet is longer */
	uint32_t uid, gid;  /* owner of the inode */
	uint32_t mode;	    /* permission bits of the inode */
};

/* A queue in memory, with its payload. */
struct pimg_queue;

/*
 * Makes an empty queue.
 * @id: the pipe's inode number (its low 32 bits, as CRIU does)
 * @capacity: F_GETPIPE_SZ, or 0 where it is not known
 * Returns null when memory is short.
 */
struct pimg_queue *pimg_queue_new(enum pimg_type type, uint32_t id, uint32_t capacity);
void pimg_queue_free(struct pimg_queue *queue);

enum pimg_type pimg_queue_type(const struct pimg_queue *queue);
uint32_t pimg_queue_id(const struct pimg_queue *queue);
/* Capacity in bytes (slots times page size), 0 where the image did not say. */
uint32_t pimg_queue_capacity(const struct pimg_queue *queue);
void pimg_queue_set_capacity(struct pimg_queue *queue, uint32_t capacity);
enum pimg_mode pimg_queue_mode(const struct pimg_queue *queue);
/* Unread bytes. */
uint64_t pimg_queue_bytes(const struct pimg_queue *queue);
size_t pimg_queue_chunk_count(const struct pimg_queue *queue);
size_t pimg_queue_packet_count(const struct pimg_queue *queue);
/* @index: from 0, less than the count. Returns the chunk. */
struct pimg_chunk pimg_queue_chunk(const struct pimg_queue *queue, size_t index);
/* All bytes of the queue, in order; a chunk's are at its offset. Never null, even if there are none. */
const void *pimg_queue_data(const struct pimg_queue *queue);

/*
 * Adds a chunk at the end. Stream bytes after a stream run become part of that run.
 * @length: an empty packet is refused for pipes and FIFOs (they have none); empty stream bytes add
 *	nothing.
 */
int pimg_queue_append(struct pimg_queue *queue, enum pimg_kind kind, const void *data,
		      size_t length, struct pimg_error *error);

const struct pimg_origin *pimg_queue_origin(const struct pimg_queue *queue);
/* Fields that this release of the library does not know are ignored. */
void pimg_queue_set_origin(struct pimg_queue *queue, const struct pimg_origin *origin);

size_t pimg_queue_end_count(const struct pimg_queue *queue);
const struct pimg_end *pimg_queue_end(const struct pimg_queue *queue, size_t index);
int pimg_queue_add_end(struct pimg_queue *queue, const struct pimg_end *end,
		       struct pimg_error *error);

/*
 * Compares what a reader would see: chunks and bytes, not capacity, ends or origin.
 * Returns true if equal; otherwise error, if given, says where they first differ, with PIMG_BAD_DATA.
 */
bool pimg_queue_equal(const struct pimg_queue *wanted, const struct pimg_queue *found,
		      struct pimg_error *error);

/*
 * ---- 3. Images -------------------------------------------------------------------------------
 *
 * An image is recognized by its content, not by its name: a file of records (pipes-data, fifo-data,
 * sk-queues; CRIU's image formats v1.0 and v1.1), such a file as JSON, as CRIU's `crit decode` prints
 * it, a directory that CRIU wrote, a tar or zip archive of one, or "-", standard input. Files and
 * archives can be compressed: by zstd, gzip, xz,
 * bzip2 or lz4. In zstd's seekable format they are read where they are asked for; others are kept in
 * a temporary file while the image is open; of an archive only the images that are wanted.
 *
 * Opening reads every record's head once, and no payload, and keeps 24 bytes a chunk. Records of
 * one queue need not be adjacent.
 *
 * A damaged image opens, and what precedes the damage can be read. Callers that need a complete image must
 * check pimg_image_damage().
 */

/* How the chunks of a queue are stored. Options that are all zeros mean the first, which keeps them all. */
enum pimg_layout {
	PIMG_LAYOUT_PACKETS, /* a record for each chunk */
	PIMG_LAYOUT_INDEXED, /* one record with a list of its chunks */
	PIMG_LAYOUT_SPLICED, /* one plain record: no boundaries (what CRIU writes) */
};

/* "packets", "indexed", "spliced". */
const char *pimg_layout_name(enum pimg_layout layout);
/* Returns 0 and sets layout, or -1 where no layout has that name. */
int pimg_layout_by_name(const char *name, enum pimg_layout *layout);

/*
 * The order of the bytes in the words of an image file, its magic numbers and the lengths of messages. It is
 * that of the machine that wrote the image: big-endian on s390x, little-endian elsewhere.
 */
enum pimg_byte_order {
	PIMG_LITTLE_ENDIAN = 1,
	PIMG_BIG_ENDIAN,
};

/* "little-endian", "big-endian"; "unknown" for any other value. */
const char *pimg_byte_order_name(enum pimg_byte_order order);

struct pimg_image;

/* What pimg_image_open() reads. All zeros mean the whole image. */
struct pimg_open_options {
	uint32_t size;
	unsigned flags;			      /* PIMG_OPEN_*; others are PIMG_USAGE */
	uint32_t queue_id;		      /* with PIMG_OPEN_ONE_QUEUE */
	const struct pimg_progress *progress; /* or null; called while records are read */
};

/*
 * The image is only to be looked at. A compressed archive that cannot be sought is decompressed no further than
 * to the last image that is needed. Damage after that image is not reported, nor a checksum at the end
 * that does not match.
 */
#define PIMG_OPEN_TO_SHOW (1U << 0)
/*
 * Keep no index of the chunks, so that memory does not grow with the image. The image's queues can be listed
 * and compared (pimg_diff()); pimg_image_read() and pimg_image_load() fail (PIMG_USAGE), and
 * pimg_image_chunk() returns a chunk of length 0.
 */
#define PIMG_OPEN_UNINDEXED (1U << 1)
/*
 * Only the queue with id queue_id is needed. If the image is compressed and has an index of its queues
 * (pipeimg(5)), nothing else is read: the image has no other queue, and damage elsewhere is not reported. Any
 * other image is read in full. The queue itself may be missing. With PIMG_OPEN_UNINDEXED it is PIMG_USAGE.
 */
#define PIMG_OPEN_ONE_QUEUE (1U << 2)

/*
 * Opens an image.
 * @path: a file, a CRIU directory, or "-"
 * @options: may be null
 * Returns null if it cannot be read, or holds nothing that is a queue image.
 */
struct pimg_image *pimg_image_open(const char *path, const struct pimg_open_options *options,
				   struct pimg_error *error);
void pimg_image_close(struct pimg_image *image);

/*
 * Sets the callback that is asked when a signal handler interrupts reading from an open image
 * (pimg_image_read(), pimg_image_load()). After pimg_image_open() there is none.
 * @progress: null for none; its context must live as long as the image
 */
void pimg_image_set_progress(struct pimg_image *image, const struct pimg_progress *progress);

/* The name it was opened by; "standard input" for "-". */
const char *pimg_image_name(const struct pimg_image *image);
/* The order of its words; for a directory, that of its first image. 0 if no image was read yet. */
enum pimg_byte_order pimg_image_byte_order(const struct pimg_image *image);
/* True for a CRIU directory, one in an archive too. */
bool pimg_image_is_directory(const struct pimg_image *image);
/* What is wrong with the image, or null if it is whole. */
const struct pimg_error *pimg_image_damage(const struct pimg_image *image);

/*
 * The container that an archive, or a directory unpacked from one, was exported from, as its engine described it
 * beside the images of CRIU (config.dump, spec.dump). Text is as it was written there, or null.
 */
struct pimg_container {
	char *name, *id;
	char *image;		   /* that it runs */
	char *engine;		   /* "Podman", "CRI-O", "containerd" */
	char *runtime;		   /* "runc" */
	char *created;		   /* RFC 3339 */
	char *checkpointed;	   /* the same; config.dump's checkpointedTime */
	char *pod, *pod_namespace; /* of Kubernetes */
};

/* Frees a container that pimg_verify() returned; one of an image belongs to the image. Null is ignored. */
void pimg_container_free(struct pimg_container *container);
/* Null if nothing describes one. */
const struct pimg_container *pimg_image_container(const struct pimg_image *image);

/* Queues, in the order in which they first appear in the image: pipes, then FIFOs, then sockets. */
size_t pimg_image_queue_count(const struct pimg_image *image);

/* What an image says about a queue, without payload. */
struct pimg_queue_info {
	enum pimg_type type;
	uint32_t id;
	uint32_t capacity; /* 0 where the image does not say */
	enum pimg_mode mode;
	enum pimg_layout layout;
	uint64_t bytes;
	size_t chunks;
	size_t packets;
	/*
	 * A write end had O_DIRECT, but the one plain record keeps no boundaries: packets were merged
	 * and the chunk that is shown is a guess.
	 */
	bool boundaries_lost;
	size_t end_count;
	/* From the record, or else from the directory's other images. */
	const struct pimg_ends *ends;
	/*
	 * Of a FIFO: the paths by which it was opened, from the directory's other images. Several paths are
	 * links to one FIFO, or FIFOs of several file systems with the same number, of which CRIU
	 * saved only one. At most PIMG_PATHS_MAX are listed.
	 */
#define PIMG_PATHS_MAX 32
	size_t path_count;
	const char *const *paths;
	enum pimg_socket socket; /* of a socket, if the directory's other images have it */
	bool saved_by_hook; /* from what pipeimg-criu-hook(1) kept, not from CRIU's own image */
	/* Only of pimg_image_unsaved(): the image that may have its record is damaged. */
	bool unreadable;
};

/* @queue: from 0, less than the count. */
const struct pimg_queue_info *pimg_image_queue(const struct pimg_image *image, size_t queue);

/* Where a queue came from. @queue: from 0, less than the count. Valid as long as its info. */
const struct pimg_origin *pimg_image_origin(const struct pimg_image *image, size_t queue);

/*
 * Pipes and FIFOs that the dump has ends of, but no record: CRIU saves nothing of what has only write
 * ends in the dump. Of their infos only type, id, ends, paths and unreadable count. They are there once the image
 * is complete, in the order in which the dump names them.
 */
size_t pimg_image_unsaved_count(const struct pimg_image *image);
/* @number: from 0, less than the count. */
const struct pimg_queue_info *pimg_image_unsaved(const struct pimg_image *image, size_t number);

/* A descriptor in flight: sent with a datagram by SCM_RIGHTS, and not received yet. */
struct pimg_passed {
	uint32_t file;	/* its id among the open files of the dump */
	bool known;	/* else the dump's other images do not say what it is */
	bool has_queue; /* it is an end of a pipe, FIFO or socket */
	enum pimg_type type;
	uint32_t id; /* of the queue */
	uint32_t flags;
	const char *path; /* of a FIFO or a file, or null */
};

/*
 * The descriptors that are in flight with a chunk of a socket's queue, one by one.
 * @queue, @chunk: from 0, less than their counts
 * @number: from 0
 * Returns the descriptor, or null for a number from their count on.
 */
const struct pimg_passed *pimg_image_passed(const struct pimg_image *image, size_t queue,
					    size_t chunk, size_t number);

/* What pipeimg-criu-hook(1) left in a directory of CRIU. */
enum pimg_hook {
	PIMG_HOOK_NONE,
	PIMG_HOOK_SAVED, /* queues as they were: they are the image's. A restore needs the hook */
	PIMG_HOOK_UNUSABLE, /* incomplete, or of a dump that failed or is another: pimg_verify() reports it */
};

enum pimg_hook pimg_image_hook(const struct pimg_image *image);

/* @queue, @chunk: from 0, less than their counts. Returns the chunk. */
struct pimg_chunk pimg_image_chunk(const struct pimg_image *image, size_t queue, size_t chunk);

/*
 * Reads payload bytes of a queue.
 * @offset: in the chunk, from 0
 * @length: the bytes must lie within that chunk
 * Returns 0 once length bytes are in buffer, or -1.
 */
int pimg_image_read(struct pimg_image *image, size_t queue, size_t chunk, uint32_t offset,
		    void *buffer, size_t length, struct pimg_error *error);

/*
 * Reads a whole queue into memory, up to 64 MiB, and compares checksums where the image has them.
 * Returns a queue that the caller frees, or null.
 */
struct pimg_queue *pimg_image_load(struct pimg_image *image, size_t queue,
				   struct pimg_error *error);

/*
 * ---- 4. Verifying images ---------------------------------------------------------------------
 */

enum pimg_severity {
	PIMG_NOTE,    /* worth knowing */
	PIMG_WARNING, /* right in the format, but will cost data or a failure later */
	PIMG_ERROR,   /* damage */
};

/* "note", "warning", "error". */
const char *pimg_severity_name(enum pimg_severity severity);

/* One thing that can be wrong with an image. */
struct pimg_check {
	const char *id; /* "PI001": the same for ever */
	enum pimg_severity severity;
	const char *title;
	const char *explanation; /* what it means, and what to do */
};

/*
 * @number: from 1 to the count. Ids have gaps, numbers have not, and change between versions.
 * pimg_check() returns null for any other number, 0 too.
 */
size_t pimg_check_count(void);
const struct pimg_check *pimg_check(size_t number);
/* The number of a check that pimg_check() or a finding gave. */
size_t pimg_check_number(const struct pimg_check *check);
/* The check with that id, as in struct pimg_error; null if there is none. */
const struct pimg_check *pimg_check_by_id(const char *id);

/*
 * Called for each finding, with its check and where it is. Non-zero stops the work, as from progress.
 * @finding: of status PIMG_BAD_DATA; valid during the call
 * @type: of the queue, where finding->pipe is not PIMG_NONE
 */
typedef int (*pimg_finding_fn)(void *context, const struct pimg_check *check,
			       const struct pimg_error *finding, enum pimg_type type);

/* What was looked at, and what it came to. */
struct pimg_verify_summary {
	uint32_t size;
	bool is_directory;
	uint64_t queues;
	uint64_t records;
	uint64_t bytes;	      /* of payload */
	uint64_t checksums;   /* of payloads, compared */
	uint64_t findings[8]; /* by severity, with room for more of them */
	bool skipped;	      /* with PIMG_VERIFY_IF_IMAGE: it does not look like a checkpoint */
	/* With PIMG_VERIFY_CONTAINER: the caller's, for pimg_container_free(). Else null. */
	struct pimg_container *container;
};

/* All zeros are a good default. Callbacks are called in the calling thread. */
struct pimg_verify_options {
	uint32_t size;
	unsigned flags;	       /* PIMG_VERIFY_*; others are PIMG_USAGE */
	pimg_finding_fn found; /* or null; called with context */
	void *context;
	const struct pimg_progress *progress; /* or null */
};

/* Leave out what depends on this machine and user: its limits and page size. */
#define PIMG_VERIFY_ANYWHERE (1U << 0)
/*
 * The path was found by searching: a file that does not look like a checkpoint, or is gone, is skipped.
 * pipeimg-verify(1) lists what looks like one (--recursive).
 */
#define PIMG_VERIFY_IF_IMAGE (1U << 1)
/* Also read the description of the container. */
#define PIMG_VERIFY_CONTAINER (1U << 2)

/*
 * Checks an image: its container, every record, checksums against payloads, queues as wholes, and in
 * a CRIU directory the images around them. Memory does not grow with the image, but by some bytes a
 * queue. Whatever pimg_image_damage() reports, or makes pimg_image_load() fail, is among the findings.
 * @path: as of pimg_image_open()
 * @options: may be null
 * @summary: may be null; set also where the image is bad
 * Returns 0 once all was looked at, whatever was found; or -1 where it cannot be read.
 */
int pimg_verify(const char *path, const struct pimg_verify_options *options,
		struct pimg_verify_summary *summary, struct pimg_error *error);

/* What a path is, by its first bytes or by the names in it. */
enum pimg_content {
	PIMG_CONTENT_OTHER,
	PIMG_CONTENT_QUEUES,	/* an image file of queues */
	PIMG_CONTENT_DIRECTORY, /* a directory with images of CRIU, or of queues */
};

/*
 * Looks, without following a symbolic link. What is not there, or no longer, is PIMG_CONTENT_OTHER; what
 * looks like a checkpoint, but is damaged so that it cannot be opened, is what it may be. Verifying what
 * was found opens it again; PIMG_VERIFY_IF_IMAGE opens it once.
 * Returns 0 and sets content, or -1 (cannot be read).
 */
int pimg_probe(const char *path, enum pimg_content *content, struct pimg_error *error);

/*
 * ---- 5. Writing images -----------------------------------------------------------------------
 *
 * Output goes to a nameless or temporary file beside the target. pimg_writer_commit() flushes it,
 * reads it back, compares it with what was put in and only then gives it the target's name: whatever
 * happens, the target is the old file or the whole new one.
 */

/* CRIU's image formats: with one magic number (before CRIU 1.6, 2015), or with two. */
enum pimg_format {
	PIMG_FORMAT_KEEP, /* that of the input; of a new image 1.1 */
	PIMG_FORMAT_1_0,
	PIMG_FORMAT_1_1,
};

struct pimg_writer;

/* All zeros are a good default: the packets layout, and no file is replaced. */
struct pimg_writer_options {
	uint32_t size;
	enum pimg_layout layout; /* others than these are PIMG_USAGE */
	bool replace;		 /* an existing file may be replaced; else that is an error */
	/*
	 * How many queues will be put, or 0 if that is not known. The image's first record has the number, so
	 * that a copy that lacks some queues can be told from a whole one. pimg_directory_write() sets it
	 * itself.
	 */
	uint32_t queue_count;
	enum pimg_format format;
	enum pimg_byte_order byte_order; /* 0 for that of this machine */
	/*
	 * Called when a signal handler has interrupted opening or writing, until the writer is committed or
	 * aborted.
	 */
	struct pimg_progress progress;
};

/*
 * Starts an image file of one type.
 * @path: the target, or "-" for standard output
 * @options: may be null
 */
struct pimg_writer *pimg_writer_open(const char *path, enum pimg_type type,
				     const struct pimg_writer_options *options,
				     struct pimg_error *error);

/*
 * Adds a queue of the writer's type, with its capacity, origin, ends and checksums. The spliced
 * layout is CRIU's own record: it keeps bytes and capacity, and merges packets.
 */
int pimg_writer_put(struct pimg_writer *writer, const struct pimg_queue *queue,
		    struct pimg_error *error);

/* Finishes: after success the image has its name. The writer is freed in either case. */
int pimg_writer_commit(struct pimg_writer *writer, struct pimg_error *error);
/* Gives up: nothing is left behind. Null is fine. */
void pimg_writer_abort(struct pimg_writer *writer);

/*
 * Writes queues of several types into a new directory, named as CRIU names them (pipes-data.img,
 * fifo-data.img). Of queues with the same type and id, the second is in an image of its own
 * (fifo-data-2.img), and so on; opened as a directory, they are different queues.
 * It takes its name when all is written and compared, or not at all.
 * @path: must not exist, or be an empty directory
 * @options: may be null
 */
int pimg_directory_write(const char *path, const struct pimg_queue *const *queues, size_t count,
			 const struct pimg_writer_options *options, struct pimg_error *error);

/*
 * ---- 6. Converting images --------------------------------------------------------------------
 */

/*
 * Rules by which the boundaries of packets are found again in a stream run that was packets once, as text:
 * "u32le+4", "fixed:304", "delim:\\n". A rule must fit to the end of the run, and no packet may be longer than
 * a page.
 */
struct pimg_frame_rule {
	const char *name;      /* "u32le" */
	const char *arguments; /* as they are written: "[+N]" */
	const char *summary;
};

/* @number: from 0, less than the count. */
size_t pimg_frame_rule_count(void);
const struct pimg_frame_rule *pimg_frame_rule(size_t number);
/* Returns the number of the rule that text is written by, for pimg_frame_rule(); or -1 (PIMG_USAGE). */
int pimg_frame_parse(const char *text, struct pimg_error *error);

/*
 * Makes a copy of a queue with its stream runs taken apart into packets by a rule, to see what it would
 * become. Packets that are known stay as they are. A packet is at most one page long, if the
 * queue's origin has the page size.
 * @progress: may be null; called with the queue's bytes, which are passed twice
 * Returns a queue that the caller frees, or null: PIMG_BAD_DATA where the rule does not fit a run,
 *	PIMG_USAGE where it makes more packets than a record of an image can list (some millions).
 */
struct pimg_queue *pimg_queue_frame(const struct pimg_queue *queue, const char *rule,
				    const struct pimg_progress *progress, struct pimg_error *error);

/* A rule for one pipe, or for all that have none of their own. */
struct pimg_frame_choice {
	bool for_all;
	uint32_t id;
	const char *rule;
};

/* What became of a queue. */
struct pimg_converted {
	enum pimg_type type;
	uint32_t id;
	enum pimg_layout from, to;
	bool had_kinds;	      /* its chunks were told apart before */
	bool boundaries_lost; /* as in struct pimg_queue_info */
	uint64_t bytes;
	uint64_t packets_before, packets;
	const char *rule;   /* by which, or null */
	bool by_boundaries; /* of another image */
};

/* A FIFO that was in packet mode when it was dumped, so that CRIU could not open it again. */
struct pimg_repaired {
	enum pimg_type type;
	uint32_t id;
	const char *path; /* or null if the dump does not have it */
};

/* What an image becomes. */
enum pimg_output {
	PIMG_TO_IMAGE,
	PIMG_TO_JSON,	/* as `crit decode` prints it; opened again like an image */
	PIMG_TO_PCAPNG, /* for Wireshark: an interface a pipe, a packet block a chunk */
};

/* All zeros are a good default: an image whose records stay as they are, and no file is replaced. */
struct pimg_convert_options {
	uint32_t size;
	enum pimg_output output;
	bool has_layout; /* else records stay as they are, or where boundaries are to be found, */
			 /* packets; indexed in a directory of CRIU */
	enum pimg_layout layout;
	enum pimg_format format;
	bool replace; /* an existing file may be replaced; else that is an error */
	/*
	 * Compress a file that is written: as zstd in its seekable format, which any zstd
	 * decompresses. A directory becomes an archive. Without, the output is plain; an image that
	 * replaces itself and an archive stay as they were, plain or compressed by the same method.
	 */
	bool compress;
	int level;	 /* of zstd; 0 is 3 */
	bool keep_times; /* of the file that is replaced */
	/*
	 * Rules for queues that are one stream run. A rule for one pipe must fit it; the rule for
	 * all must fit each such queue.
	 */
	const struct pimg_frame_choice *frames;
	size_t frame_count;
	/*
	 * An image with the same queues, from which boundaries are taken for queues that are one
	 * stream run, or null. Their bytes must be the same.
	 */
	const char *boundaries;
	/*
	 * JSON is that of one file. Of a directory or archive that has several images of queues, it is made
	 * of the only one that has unread data; if several have, that is an error (PIMG_USAGE).
	 * Called with context and both names if such a choice was made; may be null.
	 */
	void (*chosen)(void *context, const char *image, const char *file);
	/* Called with context for each queue once it is written; may be null. */
	void (*converted)(void *context, const struct pimg_converted *queue);
	/*
	 * Of a directory of CRIU: repair the image of its files, so that CRIU can restore FIFOs that were
	 * in packet mode; see PI314. pimg_upgrade() does so.
	 */
	bool repair;
	/* Called with context for each such FIFO before it is done; may be null. */
	void (*repaired)(void *context, const struct pimg_repaired *fifo);
	void *context; /* of chosen, converted and repaired */
};

/*
 * Writes an image as another one: in another layout, in another version of the format. Queues keep
 * their chunks, except in the spliced layout, which merges packets; a queue whose boundaries are lost, and
 * not found again, stays as it is, because it is not a stream. Fields that are not known here are copied
 * byte for byte. Socket queues have only one layout, and are copied. Of a directory the images of queues are
 * converted, and everything else is copied, into a new directory.
 *
 * JSON can be edited by hand, so an image made from it is verified, and refused if that finds an error.
 *
 * The output is read back and compared with the input before it takes its name. Memory does not grow with the
 * image, except by 8 bytes for each chunk of a queue that becomes one indexed record.
 * @from: an image; damaged ones are refused. A directory of CRIU stays one that CRIU restores: not
 *	in the packets layout, and in its own version.
 * @to: the target: of a file a file, or "-", which cannot be read back; of a directory a directory
 *	that does not exist, or is empty. What went out on a stream before damage was found ends so
 *	that no reader takes it for whole.
 * @options: may be null
 */
int pimg_convert(const char *from, const char *to, const struct pimg_convert_options *options,
		 const struct pimg_progress *progress, struct pimg_error *error);

/*
 * Brings a legacy image (CRIU's, or of an early pipeimg) to today's layout, with kinds and checksums:
 * packets for a file, indexed in a directory of CRIU, where stock CRIU still restores all bytes.
 * Boundaries come from options' rules or other image, or are not known: then the queue is a stream.
 * In a directory, CRIU's image of files is repaired where it has FIFOs in packet mode.
 * @to: the target, or null for path itself. Then each image file is replaced at once: at any moment
 *	each is the old or the new one, whole.
 * @options: may be null; layout, has_layout, format and repair are ignored
 */
int pimg_upgrade(const char *path, const char *to, const struct pimg_convert_options *options,
		 const struct pimg_progress *progress, struct pimg_error *error);

/* The lowest and the highest level of zstd that pimg_compress() takes; 0 is always allowed. */
void pimg_compress_levels(int *lowest, int *highest);

/*
 * Compresses an image as pimg_convert() with compress does, with its records as they are: what zstd -dc
 * gives is the plain file, byte for byte; of JSON, the image that it describes; of a directory, an
 * archive (pax).
 * @path: an image or archive, or a directory; what is compressed already is compressed again
 * @to: the target, or "-", or null for path itself, which keeps its mode, owner and times
 * @level: of zstd, or 0 for 3
 * @replace: an existing file may be replaced
 */
int pimg_compress(const char *path, const char *to, int level, bool replace,
		  const struct pimg_progress *progress, struct pimg_error *error);

/* A rule that fits a queue's stream runs to their ends. */
struct pimg_proposal {
	uint32_t id;
	char text[32]; /* as pimg_frame_parse() takes it */
	uint64_t packets;
	uint32_t shortest, longest; /* bytes */
};

/*
 * Tries all rules on a queue's stream runs, and proposes those that fit each of them, as two packets or
 * more in all, none longer than the page size in the queue's origin, else 4096 bytes. Packets between
 * them stay, and are not counted.
 * @propose: called with context for each, the likeliest first
 */
int pimg_frame_propose(struct pimg_image *image, size_t queue,
		       void (*propose)(void *context, const struct pimg_proposal *proposal),
		       void *context, struct pimg_error *error);

/*
 * ---- 7. Comparing images ---------------------------------------------------------------------
 */

/*
 * Makes an image of queues in memory, by a nameless temporary file.
 * @queues: pipes, FIFOs or both; they stay the caller's
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
	 * One is a dump that has only write ends of the pipe, and so nothing of its content. Not a difference: a
	 * restored process has there what it was given, such as the pipe of its standard output.
	 */
	PIMG_NOT_SAVED,
};

/* How a queue of one image and one of the other compare; [0] is the first, [1] the second. */
struct pimg_difference {
	enum pimg_difference_kind kind;
	const struct pimg_queue_info *queue[2]; /* null where there is none */
	/* Where chunks or bytes first differ. */
	uint64_t chunk_number[2]; /* from 1 */
	bool ended[2];		  /* there is no such chunk */
	struct pimg_chunk chunk[2];
	uint64_t offset; /* in the bytes of the queue */
	/* Bytes around it: of the queue, from bytes_offset on. */
	uint64_t bytes_offset;
	size_t byte_count[2];
	uint8_t bytes[2][32];
};

/*
 * Compares two images, queue by queue: what a reader would see, and capacities. Queues belong
 * together by type and id; of those that are left, by a descriptor of one process that both have as
 * an end, because a restored pipe has another id; and last, if each image has only one queue of a type.
 * A process is the same by its pid, or by its pid in its own pid namespace, which a checkpoint of a
 * container has.
 * @tell: called with context for each queue; may be null
 * Returns 0 if they are the same, 1 if they differ, or -1, also for a damaged image.
 */
int pimg_diff(struct pimg_image *first, struct pimg_image *second,
	      void (*tell)(void *context, const struct pimg_difference *difference), void *context,
	      const struct pimg_progress *progress, struct pimg_error *error);

/*
 * ---- 8. Live pipes ---------------------------------------------------------------------------
 */

/* All pipes and FIFOs that processes have open, at one look through /proc. */
struct pimg_live;

/* One pipe or FIFO found in /proc. */
struct pimg_live_pipe {
	enum pimg_type type;
	uint64_t device, inode; /* identify it on this machine */
	uint32_t id;		/* as in images: low 32 bits of inode */
	const char *path;	/* of a FIFO, as its opener's link says; null for a pipe */
	size_t end_count;
	const struct pimg_ends *ends;
};

#define PIMG_LIVE_SELF	(1U << 0) /* look at the calling process too */
#define PIMG_LIVE_WAITS (1U << 1) /* look at once for what pimg_live_waits() reports */

/*
 * Looks through /proc. Processes that vanish meanwhile are left out.
 * @flags: PIMG_LIVE_*
 */
struct pimg_live *pimg_live_scan(unsigned flags, struct pimg_error *error);
void pimg_live_free(struct pimg_live *live);

/* Processes seen, and those of them whose descriptors this user may not look at. */
size_t pimg_live_process_count(const struct pimg_live *live);
size_t pimg_live_hidden_count(const struct pimg_live *live);
/* @process: from 0, less than the count. Returns its pid; they are in ascending order. */
pid_t pimg_live_process(const struct pimg_live *live, size_t process);
/* True if that process was seen; its descriptors may be hidden. */
bool pimg_live_has_process(const struct pimg_live *live, pid_t pid);
bool pimg_live_is_hidden(const struct pimg_live *live, pid_t pid);
/* True if pid is ancestor, or a descendant of it. */
bool pimg_live_descends(const struct pimg_live *live, pid_t pid, pid_t ancestor);

/* Pipes, then FIFOs, by id. */
size_t pimg_live_pipe_count(const struct pimg_live *live);
const struct pimg_live_pipe *pimg_live_pipe(const struct pimg_live *live, size_t pipe);
/*
 * An end of a pipe, with inner_pid, which is 0 in the list of pimg_live_pipe(): the first question about a process
 * reads /proc/PID/status.
 * @end: from 0, less than the pipe's end_count
 * Returns an end that is valid until the next call.
 */
const struct pimg_end *pimg_live_end(struct pimg_live *live, size_t pipe, size_t end);
/*
 * Find a pipe by what identifies it on this machine, or by a descriptor that is an end of it.
 * Return its number, or -1 where none was found (or, by a descriptor, memory was short).
 */
ssize_t pimg_live_find(const struct pimg_live *live, uint64_t device, uint64_t inode);
ssize_t pimg_live_find_end(struct pimg_live *live, pid_t pid, uint32_t fd);

/* What can be asked about a pipe without copying its content. */
struct pimg_fill {
	uint32_t size;
	uint32_t bytes;	   /* FIONREAD */
	uint32_t capacity; /* F_GETPIPE_SZ */
	bool full;	   /* no slot is free: a writer of a new buffer waits */
	char reserved[3];
};

/*
 * Asks the kernel how full a pipe is. Consumes nothing, and adds no reader where pidfd_getfd(2) is
 * allowed, or where none was.
 */
int pimg_live_fill(const struct pimg_live *live, size_t pipe, struct pimg_fill *fill,
		   struct pimg_error *error);

/* A thread that waits in a system call on a pipe. */
struct pimg_wait {
	uint32_t pid, tid;
	uint32_t fd;
	bool writes; /* to write; else to read */
	/*
	 * By poll(2), select(2), epoll_wait(2) or their kin, for this among others; else in read(2),
	 * write(2) or theirs.
	 */
	bool polls;
	/* While it is the same for a thread, the thread has not run (proc_pid_status(5)). */
	uint64_t switches;
};

/*
 * Why a process does not run, whatever it waits for. Several can be true at once.
 */
struct pimg_halt {
	bool stopped; /* by a signal, until SIGCONT comes */
	bool traced;  /* held by a tracer, such as a debugger, until that lets it go on */
	bool frozen;  /* with its cgroup */
	int signal;   /* that stopped it, or 0 if that may not be asked */
	pid_t tracer; /* or 0 if it is in another PID namespace */
	char tracer_comm[32];
};

/*
 * Says why a process that was seen does not run. If its parent has collected the stop, the signal is asked by a
 * short ptrace(2); the process executes nothing meanwhile, and its parent sees nothing.
 * Returns null if the process runs or waits as usual; else what stays valid as long as live.
 */
const struct pimg_halt *pimg_live_halt(struct pimg_live *live, pid_t pid);
/* Writes "stopped by SIGTSTP", "frozen with its cgroup" or the like. Names of tracers can have any bytes. */
void pimg_halt_describe(const struct pimg_halt *halt, char *text, size_t size);
/*
 * Lists the threads that wait on a pipe, from /proc/PID/syscall and, where they poll, from their memory
 * or /proc/PID/fdinfo (which needs the right to trace them; threads that may not be asked are left out). Of one
 * call no more than 4096 descriptors are looked at.
 * Threads that do not run (see pimg_live_halt()) do not wait.
 * @fill: of the pipe, or null if it is not known. Nobody waits to read while there are bytes, nor to write
 *	while there is room.
 * Returns how many there are, for pimg_live_wait().
 */
size_t pimg_live_waits(struct pimg_live *live, size_t pipe, const struct pimg_fill *fill);
/*
 * One of those that pimg_live_waits() listed last.
 * @number: from 0, less than what it returned
 * Returns a wait that is valid until the next call of pimg_live_waits().
 */
const struct pimg_wait *pimg_live_wait(const struct pimg_live *live, size_t number);

/*
 * Captures a pipe's queue: one atomic snapshot (one tee(2)), told apart into packets and stream runs
 * on the copy. Consumes nothing, and adds no reader where pidfd_getfd(2) is allowed.
 * @flags: PIMG_CAPTURE_*
 * Returns a queue that the caller frees, with capacity, owner, mode, time and ends; or null.
 */
struct pimg_queue *pimg_live_capture(const struct pimg_live *live, size_t pipe, unsigned flags,
				     struct pimg_error *error);

/*
 * Fail rather than open the pipe for reading where only its write ends can be reached: for that
 * moment a writer whose readers have all gone would see no EPIPE.
 */
#define PIMG_CAPTURE_NO_READER (1U << 0)

/*
 * Captures the queue behind a descriptor of the calling process.
 * @fd: either end of a pipe or FIFO; stays open and keeps its flags
 * Returns a queue without ends, which the caller frees; or null.
 */
struct pimg_queue *pimg_capture_fd(int fd, struct pimg_error *error);

/*
 * Stops processes with ptrace(2) (PTRACE_SEIZE, PTRACE_INTERRUPT), so that several captures see one
 * moment. The kernel lets them go when this process ends, however it ends. Their parents notice
 * nothing; system calls that are not restarted after a stop (see signal(7)) return EINTR.
 * @pids: processes, with all their threads
 * @progress: may be null; called when a signal handler has interrupted the wait, to ask whether to stop
 * Returns a handle for pimg_stop_release(), or null, and then no process is stopped. It gives up after ten
 * seconds, because a thread that waits for its vfork(2) child does not stop.
 */
struct pimg_stop;
struct pimg_stop *pimg_stop_processes(const pid_t *pids, size_t count,
				      const struct pimg_progress *progress,
				      struct pimg_error *error);
void pimg_stop_release(struct pimg_stop *stop);

/* What refilling could not do, though the content is exact. */
struct pimg_refill_report {
	uint32_t size;
	uint32_t capacity;     /* of the pipe, now */
	bool capacity_differs; /* the image's capacity was not allowed, or too small here */
	bool owner_differs;    /* owner or mode of the inode could not be set */
	/*
	 * The limit that did not allow the image's capacity, with its value, such as
	 * "fs.pipe-user-pages-soft (16384 pages)"; empty if none did.
	 */
	char limit[64];
	char reserved[2];
};

/*
 * Makes a new pipe with the queue's content, capacity, owner and mode; captures it again and
 * compares.
 * @ends: set to the read and the write end, both close-on-exec and blocking; the write end is in
 *	packet mode if the queue has packets. The caller closes them.
 * @report: may be null
 */
int pimg_refill(const struct pimg_queue *queue, int ends[2], struct pimg_refill_report *report,
		struct pimg_error *error);

/*
 * Fills an empty pipe or FIFO that exists, by one tee(2): its reader sees nothing or all of it.
 * Raises SIGPIPE, as a write would, if it has no reader (any more).
 * @fd: either end of it, in the calling process. Owner and mode stay: they are its processes'.
 * @report: may be null
 * Fails if it is not empty, and then leaves the content as it was. Somebody else who writes to it at
 * the same moment is noticed only if not everything fits: stop its writers where that matters.
 */
int pimg_refill_fd(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report,
		   struct pimg_error *error);

/*
 * Gets a copy of another process's descriptor (pidfd_getfd(2), else by opening it through /proc).
 * Returns a close-on-exec descriptor that the caller closes, or -1.
 */
int pimg_live_get_fd(pid_t pid, int fd, struct pimg_error *error);

#ifdef __cplusplus
}
#endif
#endif
