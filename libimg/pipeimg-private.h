/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What pipeimg(1), its browser and its hook for CRIU need of the library beside pipeimg.h. This header is not
 * installed. Its functions are exported under the symbol version LIBPIPEIMG_PRIVATE, and may change with every
 * release.
 */
#ifndef PIPEIMG_PRIVATE_H
#define PIPEIMG_PRIVATE_H

#include "pipeimg.h"

/* ---- words ---- */

/* The end of a noun after its number: "%zu packet%s", count, PLURAL_S(count) */
#define PLURAL_S(count) ((count) == 1 ? "" : "s")
/* "%zu process%s" */
#define PLURAL_ES(count) ((count) == 1 ? "" : "es")
/* "%zu byte%s %s left" */
#define PLURAL_VERB(count) ((count) == 1 ? "is" : "are")

/* Characters that pimg_base64_encode() needs. */
#define PIMG_BASE64_ROOM(length) (((length) + 2) / 3 * 4)
/* Writes bytes as base64, without line breaks and without a NUL. Returns how many characters. */
size_t pimg_base64_encode(char *text, const void *data, size_t length);
/* As in a sentence: "pipe", "FIFO", "socket". */
const char *pimg_type_word(enum pimg_type type);
/* "SIGSTOP", "SIGTSTP", "SIGTTIN" or "SIGTTOU"; null for any other signal. */
const char *pimg_stop_signal_name(int number);

/* ---- hex ---- */

/* The byte that text begins with as two hex digits, or -1. */
int pimg_hex_byte(const char *text);

#define PIMG_HEX_LINE_BYTES 16
#define PIMG_HEX_LINE_SIZE  (PIMG_HEX_LINE_BYTES / 2 * 5 + 2 + PIMG_HEX_LINE_BYTES + 1)
/*
 * What tcpdump -X prints after the offset: " 6865 6c6c 6f0a ...  hello."
 * @count: up to PIMG_HEX_LINE_BYTES
 * Returns line.
 */
const char *pimg_hex_line(char line[PIMG_HEX_LINE_SIZE], const uint8_t *bytes, size_t count);

/* ---- images that are shown while they are read ---- */

/*
 * Flag of pimg_image_open(): leave the records to pimg_image_grow(). The image has no queues yet. Everything that
 * can be asked of an image can be asked of this one at any time, and is answered from what was read so far;
 * only what needs the whole image (pimg_diff()) is an error (PIMG_USAGE) before all is read.
 *
 * Input that has no records until it is read (JSON, archives that cannot be sought) is read in full while
 * it is opened. An input that is not an image is reported then; a directory without images, as damage, by
 * pimg_image_grow().
 *
 * Progress is reported during that, while the directory around the queues is read (the last steps of
 * pimg_image_grow()), and while an input has nothing to read, a wait that signals do not end unless it asks
 * to stop. Its context must live as long as the image grows. It implies PIMG_OPEN_TO_SHOW.
 */
#define PIMG_OPEN_GROWING (1U << 16)

/*
 * Reads on. The image's queues, and the chunks and bytes of each, only ever become more. Anything else about a
 * queue can change with each of its records: several records without kind are packets, and the first of them
 * on its own is a stream run. Lost boundaries, missing records, and ends that only the directory
 * knows come with the last step. Infos (pimg_image_queue()) are valid until the next call.
 * @bytes: how many to read, about; payloads, and what needs no reading, count too. At least one byte is
 *	read. A step that ends within a record adds nothing of it.
 * @done, @total: may be null; set to bytes of the image, or of the compressed file if it cannot be sought;
 *	total is 0 if it is not known
 * Returns 1 while there is more; 0 once the image is complete, see pimg_image_damage(); or -1 on a failure of
 *	the system, or when progress stopped it. What was read until then can still be asked for, and
 *	reading on fails again.
 */
int pimg_image_grow(struct pimg_image *image, uint64_t bytes, uint64_t *done, uint64_t *total,
		    struct pimg_error *error);
/*
 * The same for an image that comes through a pipe or the like, without waiting for input.
 * @waits_for: set to a descriptor of the image if there is no input yet, or else to -1. poll(2) reports when to
 *	call again (POLLIN). It is valid until the next call.
 */
int pimg_image_grow_available(struct pimg_image *image, uint64_t bytes, uint64_t *done,
			      uint64_t *total, int *waits_for, struct pimg_error *error);
/*
 * Whether the image can be opened by its name again. An image that came through a pipe cannot, nor an image of
 * queues in memory.
 */
bool pimg_image_can_be_reopened(const struct pimg_image *image);
/*
 * Whether a damaged image may have more of a queue than could be read: if damage cut one of its records, or if
 * fewer records were read than the first of them says. If it does not say how many there are, that
 * is possible for the queue whose record was read last before the damage.
 * @queue: from 0, less than the count
 */
bool pimg_image_queue_may_be_cut(const struct pimg_image *image, size_t queue);

/*
 * Reads a chunk that has a record to itself, and compares the record's checksum.
 * @queue, @chunk: from 0, less than their counts
 * Returns 1 if the bytes are those that were written, 0 if the chunk has no checksum to itself, or -1: the bytes
 *	changed (PIMG_BAD_DATA, check PI201), or cannot be read.
 */
int pimg_image_check_chunk(struct pimg_image *image, size_t queue, size_t chunk,
			   struct pimg_error *error);

/* ---- files that the browser writes ---- */

/*
 * Checks that writing a file does not destroy what an image was opened from: the file, the compressed file, the
 * archive, or an image in the directory. Links are followed.
 * @image: may be null
 * @to: the file that would be written
 * @exists: set to whether there is a file, which would be replaced
 * Returns 0; or -1 (PIMG_USAGE) if it is one of these, or not a regular file. A directory that does not exist or
 *	cannot be written to is no error here: writing the file fails.
 */
int pimg_check_target(const struct pimg_image *image, const char *to, bool *exists,
		      struct pimg_error *error);

/*
 * Writes bytes to a file, which takes its name when all is written and compared, or not at all.
 * @to: the target; what pimg_check_target() refuses is PIMG_USAGE
 * @replace: an existing file may be replaced; else that is an error (PIMG_USAGE)
 */
int pimg_write_file(const char *to, const void *data, size_t length, bool replace,
		    struct pimg_error *error);

/* What chunks of an image are written as. */
enum pimg_export_form {
	PIMG_EXPORT_RAW, /* their bytes, one chunk's after the other's */
	PIMG_EXPORT_HEX, /* a headline a chunk, and its bytes as pipeimg show --hex prints them */
	PIMG_EXPORT_PCAPNG, /* as PIMG_TO_PCAPNG, with the interfaces of their queues alone */
	/*
	 * An image of their queues with these chunks only; with id, capacity, origin and ends, but without
	 * fields that are not known here. All must be of pipes, or all of FIFOs; else, for sockets, and for
	 * more than 64 MiB, it is PIMG_USAGE.
	 */
	PIMG_EXPORT_IMAGE,
	PIMG_EXPORT_JSON, /* such an image as PIMG_TO_JSON */
};

/* A chunk of an image, as for pimg_image_chunk(). */
struct pimg_chunk_id {
	size_t queue, chunk;
};

/*
 * Writes chunks of an image, in the order given, to a new file. It takes its name when all is written
 * and compared, or not at all.
 * @image: one that is still growing too; opened with its index
 * @ids, @count: at least one
 * @to: the target, a regular file: standard output ("-"), a device, or what pimg_check_target()
 *	refuses are PIMG_USAGE
 * @replace: an existing file may be replaced; else that is an error (PIMG_USAGE)
 * @progress: may be null; called with bytes of payload, those that are read back too
 * Checksums are compared of records that are among them as a whole, their chunks one after another.
 * Returns 0; 1 if all is written, but bytes of a record changed since it was written, and error tells of
 *	the first such; or -1, and then there is no file. As an image or JSON, which get new checksums, bytes
 *	that changed are not written: that is -1 too.
 */
int pimg_export(struct pimg_image *image, const struct pimg_chunk_id *ids, size_t count,
		enum pimg_export_form form, const char *to, bool replace,
		const struct pimg_progress *progress, struct pimg_error *error);

/* ---- processes ---- */

/*
 * pimg_live_scan() in steps, for callers that some thousand processes must not keep waiting. It begins, and looks at
 * none yet. Pipes are there once pimg_live_step() has come to the end, and not before.
 */
struct pimg_live *pimg_live_begin(unsigned flags, struct pimg_error *error);
/*
 * Looks at some more.
 * @processes: about as many, at least one; one that has many descriptors or threads takes longer
 * Returns 1 while there are more; 0 once all were looked at; or -1, and then it can only be freed.
 */
int pimg_live_step(struct pimg_live *live, size_t processes, struct pimg_error *error);
/* What one process is at this moment, from /proc/PID/status. */
struct pimg_process {
	pid_t pid, parent;
	pid_t tracer;	 /* who traces it by ptrace(2), or 0 */
	pid_t inner_pid; /* its pid in the innermost of its pid namespaces */
	char state;	 /* 'R', 'S', 't', 'Z' ..., as proc_pid_status(5) has them */
};

/* Returns 0 and fills process, or -1: PIMG_SYSTEM with ESRCH if there is none of that pid. */
int pimg_process_look(pid_t pid, struct pimg_process *process, struct pimg_error *error);

/* ---- packet pipes through CRIU ---- */

/*
 * Replaces what is unread in a pipe or FIFO that exists, and in which CRIU restored the bytes of the
 * queue as one stream, or nothing (it drops what only a write end holds); or of a FIFO that somebody kept
 * open, a second time. Capacity is set as well, and of a pipe owner and mode. A pipe that has the queue already keeps it.
 * @fd: either end of it, in the calling process; its owners must not run
 * @report: may be null
 * Fails with EBUSY if something else is in it, which stays. After any other failure the pipe may be
 * empty. It never raises SIGPIPE: a reader is open meanwhile.
 */
int pimg_refill_replace(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report,
			struct pimg_error *error);

/*
 * Sets or clears packet mode (O_DIRECT) of another process's descriptor, and so of all descriptors
 * that share its open file description. Needs the right to trace the process (pidfd_getfd(2)).
 */
int pimg_live_set_packet_mode(pid_t pid, int fd, bool packets, struct pimg_error *error);

/*
 * Finds all ends in packet mode, of pipes and FIFOs, that some processes have open, to clear it for a while.
 * The handle can be in the hands of a forked process too, which can set it again if its parent is killed.
 * @pids: processes that were seen by the scan
 * Returns a handle for the functions below, or null. Nothing was changed yet.
 */
struct pimg_packet_pause;
struct pimg_packet_pause *pimg_packet_pause(const struct pimg_live *live, const pid_t *pids,
					    size_t count, struct pimg_error *error);
/*
 * Clears packet mode. What is written from now on is no packet: all who have these ends open must be stopped.
 * Returns 0, or -1 when some are cleared and others not: pimg_packet_pause_end() must follow.
 */
int pimg_packet_pause_begin(struct pimg_packet_pause *pause, struct pimg_error *error);
/* How many ends are without packet mode that had it; shared ones count once. */
size_t pimg_packet_pause_count(const struct pimg_packet_pause *pause);
/*
 * Sets it again on just these ends, and frees the handle. The kernel does not do that for a process
 * that ends: whoever pauses must come to this. Null is fine.
 */
int pimg_packet_pause_end(struct pimg_packet_pause *pause, struct pimg_error *error);

#endif
