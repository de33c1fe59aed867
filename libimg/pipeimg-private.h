/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Functions of the library that only pipeimg(1), its browser and its CRIU hook use. This header is not installed. Its
 * functions are exported under the symbol version LIBPIPEIMG_PRIVATE, and can change in any release.
 */
#ifndef PIPEIMG_PRIVATE_H
#define PIPEIMG_PRIVATE_H

#include "pipeimg.h"

/* ---- words ---- */

/* The ending of a noun after a number: "%zu packet%s", count, PLURAL_S(count) */
#define PLURAL_S(count) ((count) == 1 ? "" : "s")
/* "%zu process%s" */
#define PLURAL_ES(count) ((count) == 1 ? "" : "es")
/* "%zu byte%s %s left" */
#define PLURAL_VERB(count) ((count) == 1 ? "is" : "are")

/* The number of characters that pimg_base64_encode() writes. */
#define PIMG_BASE64_ROOM(length) (((length) + 2) / 3 * 4)
/* Writes data as base64, without line breaks or a terminating null byte. Returns the number of characters. */
size_t pimg_base64_encode(char *text, const void *data, size_t length);
/* The type as a word in a sentence: "pipe", "FIFO", "socket". */
const char *pimg_type_word(enum pimg_type type);
/* "SIGSTOP", "SIGTSTP", "SIGTTIN" or "SIGTTOU"; null for any other signal. */
const char *pimg_stop_signal_name(int number);

/* ---- hex ---- */

/* Returns the byte that the first two hex digits of text encode, or -1. */
int pimg_hex_byte(const char *text);

#define PIMG_HEX_LINE_BYTES 16
#define PIMG_HEX_LINE_SIZE  (PIMG_HEX_LINE_BYTES / 2 * 5 + 2 + PIMG_HEX_LINE_BYTES + 1)
/*
 * Formats bytes as tcpdump -X prints them after the offset: " 6865 6c6c 6f0a ...  hello."
 * @count: at most PIMG_HEX_LINE_BYTES
 * Returns line.
 */
const char *pimg_hex_line(char line[PIMG_HEX_LINE_SIZE], const uint8_t *bytes, size_t count);

/* ---- images that are shown while they are read ---- */

/*
 * Flag of pimg_image_open(): do not read the records; pimg_image_grow() reads them. The image has no queues at first.
 * All functions for images can be called at any time, and return what was read so far. Only functions that need
 * the complete image, such as pimg_diff(), fail (PIMG_USAGE) until everything is read.
 *
 * Input without an index (JSON, archives that are not seekable) is read in full by pimg_image_open(), which also
 * reports input that is not an image. pimg_image_grow() reports a directory without images, as damage.
 *
 * Progress is called during that, while the directory around the queues is read (the last steps of
 * pimg_image_grow()), and during a wait for input, which signals do not end unless progress asks to stop. Its
 * context must live as long as the image grows. This flag implies PIMG_OPEN_TO_SHOW.
 */
#define PIMG_OPEN_GROWING (1U << 16)

/*
 * Reads more of the image. The number of queues, and the number of chunks and bytes of each, never decrease. Anything
 * else about a queue can change with each of its records: a single record without kind is a stream run, but
 * several are packets. Lost boundaries, missing records, and ends that only the directory has are known after
 * the last step. Infos (pimg_image_queue()) are valid until the next call.
 * @bytes: how many to read, approximately, including payloads and anything else that is skipped. At least one
 *	byte is read. A record is added only when it is complete.
 * @done, @total: may be null; set to bytes of the image, or of the compressed file if it is not seekable;
 *	total is 0 if it is not known
 * Returns 1 while there is more; 0 once the image is complete (see pimg_image_damage()); or -1 if the system failed
 *	or progress stopped it. What was read until then remains available; later calls fail again.
 */
int pimg_image_grow(struct pimg_image *image, uint64_t bytes, uint64_t *done, uint64_t *total,
		    struct pimg_error *error);
/*
 * Like pimg_image_grow(), but does not wait for input, such as from a pipe.
 * @waits_for: set to a descriptor of the image if there is no input yet, or else to -1. Poll it for POLLIN before
 *	the next call. It is valid until then.
 */
int pimg_image_grow_available(struct pimg_image *image, uint64_t bytes, uint64_t *done,
			      uint64_t *total, int *waits_for, struct pimg_error *error);
/* Whether the image can be opened again by its name. An image from a pipe, or of queues in memory, cannot. */
bool pimg_image_can_be_reopened(const struct pimg_image *image);
/*
 * Whether a damaged image may have more of a queue than could be read: damage cut one of its records, or fewer records
 * were read than its first record says. If that does not say how many there are, the function returns true
 * for the queue whose record was the last before the damage.
 * @queue: from 0, less than the count
 */
bool pimg_image_queue_may_be_cut(const struct pimg_image *image, size_t queue);

/*
 * Reads a chunk that has a separate record, and compares the checksum of the record.
 * @queue, @chunk: from 0, less than their counts
 * Returns 1 if the checksum matches, 0 if the chunk has no separate checksum, or -1 if the bytes changed
 *	(PIMG_BAD_DATA, check PI201) or cannot be read.
 */
int pimg_image_check_chunk(struct pimg_image *image, size_t queue, size_t chunk,
			   struct pimg_error *error);

/* ---- tables with one line for each dump ---- */

/* The line of a dump, without its names, which pimg_image_container() has. */
struct pimg_image_line {
	uint64_t queues, packets, bytes, boundaries_lost;
	const char *
		hook; /* whether restoring it needs the hook: "yes", "no"; "bad" if it cannot be used */
	char checkpointed
		[128]; /* "2026-11-23 06:50" in UTC, or as the engine wrote it; "-" if it is not known */
};

/* Fills a line from what has been read of the image so far. */
void pimg_image_line(const struct pimg_image *image, struct pimg_image_line *line);

/* ---- files that the browser writes ---- */

/*
 * Checks that writing a file does not destroy what an image was opened from: the file, the compressed file, the
 * archive, or an image in the directory. Links are followed.
 * @image: may be null
 * @to: the file to write
 * @exists: set to true if there is a file, which would be replaced
 * Returns 0; or -1 (PIMG_USAGE) if to is one of these, or not a regular file. A directory that does not exist or is
 *	not writable is not an error here: writing the file fails.
 */
int pimg_check_target(const struct pimg_image *image, const char *to, bool *exists,
		      struct pimg_error *error);

/*
 * Writes data to a file, which gets its final name when everything is written and compared, or not at all.
 * @to: the target; PIMG_USAGE if pimg_check_target() rejects it
 * @replace: replace an existing file; otherwise it is an error (PIMG_USAGE)
 */
int pimg_write_file(const char *to, const void *data, size_t length, bool replace,
		    struct pimg_error *error);

/* The format that chunks of an image are written in. */
enum pimg_export_form {
	PIMG_EXPORT_RAW, /* only their bytes */
	PIMG_EXPORT_HEX, /* a headline for each chunk, and its bytes as pipeimg show --hex prints them */
	PIMG_EXPORT_PCAPNG, /* as PIMG_TO_PCAPNG, with interfaces only for their queues */
	/*
	 * An image of their queues with only these chunks. It has id, capacity, origin and ends, but no fields
	 * that the library does not know. The chunks must all be of pipes, or all of FIFOs, and have at most
	 * 64 MiB; anything else is PIMG_USAGE.
	 */
	PIMG_EXPORT_IMAGE,
	PIMG_EXPORT_JSON, /* such an image as PIMG_TO_JSON */
};

/* A chunk of an image, as in pimg_image_chunk(). */
struct pimg_chunk_id {
	size_t queue, chunk;
};

/*
 * Writes chunks of an image, in the given order, to a new file, which gets its final name when everything is written
 * and compared, or not at all.
 * The checksum of a record is compared if all its chunks are among them, in sequence.
 * @image: must have an index; can still be growing
 * @ids, @count: at least one chunk
 * @to: the target, a regular file; PIMG_USAGE for standard output ("-"), for a device, and if pimg_check_target()
 *	rejects it
 * @replace: replace an existing file; otherwise it is an error (PIMG_USAGE)
 * @progress: may be null; called with bytes of payload, including those that are read back
 * Returns 0; 1 if everything is written, but the bytes of a record do not match its checksum, and then error reports
 *	the first such record; or -1, and then there is no file. An image or JSON would get new checksums for
 *	bytes that changed, so in these formats a mismatch is -1.
 */
int pimg_export(struct pimg_image *image, const struct pimg_chunk_id *ids, size_t count,
		enum pimg_export_form form, const char *to, bool replace,
		const struct pimg_progress *progress, struct pimg_error *error);

/* ---- processes ---- */

/*
 * Begins a pimg_live_scan() in steps, for callers that must stay responsive even if there are thousands of processes.
 * The pipes are available only after the last pimg_live_step().
 */
struct pimg_live *pimg_live_begin(unsigned flags, struct pimg_error *error);
/*
 * Looks at more processes.
 * @processes: how many, approximately; at least one. A process with many descriptors or threads takes longer.
 * Returns 1 while there are more, 0 after the last one, or -1, and then the handle can only be freed.
 */
int pimg_live_step(struct pimg_live *live, size_t processes, struct pimg_error *error);
/*
 * Scans only a process and its descendants, in a time that does not depend on other processes. They should not run,
 * because a child that one of them starts in the meantime may be missing, with its descendants.
 * Returns a handle that lists ends of these processes only, or null.
 */
struct pimg_live *pimg_live_scan_tree(pid_t root, struct pimg_error *error);

/* The current state of a process, from /proc/PID/status. */
struct pimg_process {
	pid_t pid, parent;
	pid_t tracer;	 /* the process that traces it by ptrace(2), or 0 */
	pid_t inner_pid; /* its PID in its innermost PID namespace */
	char state;	 /* 'R', 'S', 't', 'Z' ..., as in proc_pid_status(5) */
};

/* Returns 0 and fills process, or -1: PIMG_SYSTEM with ESRCH if there is no such process. */
int pimg_process_look(pid_t pid, struct pimg_process *process, struct pimg_error *error);

/* ---- packet pipes through CRIU ---- */

/*
 * The messages that pipeimg-criu-hook(1) left in a CRIU directory or archive, or the first 16 KiB of them. Names of
 * processes in them can contain any byte.
 * Returns a string that the caller frees, or null if there are none.
 */
char *pimg_image_hook_log(const struct pimg_image *image);
/* True if CRIU cannot restore a FIFO of the dump, because it would open it in packet mode. */
bool pimg_image_has_refused_fifo(const struct pimg_image *image);

/*
 * Like pimg_writer_open(), for a new file in the directory of a descriptor, which stays the caller's.
 * @shown_name: for messages
 * @options: may be null; no file is replaced
 */
struct pimg_writer *pimg_writer_open_at(int directory, const char *name, const char *shown_name,
					enum pimg_type type,
					const struct pimg_writer_options *options,
					struct pimg_error *error);

/*
 * Replaces the unread data of an existing pipe or FIFO with the queue. CRIU must have restored its bytes there as one
 * stream; or nothing, because CRIU drops a queue of which only a write end is in the dump; or, in a FIFO that
 * another process kept open, the bytes a second time. Also sets the capacity and, of a pipe, owner and mode.
 * A pipe that already has the queue keeps it.
 * @put: CRIU's copy of the queue, which can have other bytes, because it was made at another moment; or null
 * @fd: either end of it, in the calling process; processes that have it open must not run
 * @report: may be null
 * Fails with EBUSY if anything else is unread in it, which stays. After any other failure the pipe may be empty. Never
 * raises SIGPIPE, because a reader is open in the meantime.
 */
int pimg_refill_replace(const struct pimg_queue *queue, const struct pimg_queue *put, int fd,
			struct pimg_refill_report *report, struct pimg_error *error);

/*
 * Sets or clears packet mode (O_DIRECT) of a descriptor of another process, and of all descriptors that share its open
 * file description. Requires the right to trace the process (pidfd_getfd(2)).
 */
int pimg_live_set_packet_mode(pid_t pid, int fd, bool packets, struct pimg_error *error);

#endif
