/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Shared by the files of libimg/live. */
#ifndef LIBIMG_LIVE_LIVE_H
#define LIBIMG_LIVE_LIVE_H

#include <sys/stat.h>

#include "pipeimg.h"

/* What identifies a pipe or FIFO on this machine. */
struct pipe_identity {
	uint64_t device, inode;
};

/* ---- descriptor.c: access to other processes' descriptors ---- */

enum access {
	ACCESS_ANY, /* either end is enough */
	ACCESS_READ,
	ACCESS_WRITE,
};

/* A pidfd, kept for the next descriptor of the same process. */
struct handle {
	pid_t pid;
	int fd;
};

#define NO_HANDLE ((struct handle){0, -1})

void handle_close(struct handle *handle);

/*
 * Gets a descriptor of a pipe that the end's process has open.
 * @handle: of any process; replaced by that of this one
 * @access: what the descriptor must allow. If the end itself does not, the pipe is opened again through
 *	/proc, which adds a reader or a writer while it is open.
 * @may_open: whether that is allowed
 * Returns a close-on-exec descriptor of exactly that pipe, or -1 with errno set: ESTALE if the process now
 * has another file there.
 */
int descriptor_get(struct handle *handle, const struct pimg_end *end, struct pipe_identity identity,
		   enum access access, bool may_open);

/*
 * Copies a process's descriptor with pidfd_getfd(2), which shares its open file description.
 * Returns a close-on-exec descriptor of any kind of file, or -1 with errno set.
 */
int descriptor_share(pid_t pid, int fd);
int descriptor_share_by(struct handle *handle, pid_t pid, int fd);

/* Opens the pipe of fd again, with these flags. Returns -1 with errno set. */
int descriptor_reopen(int fd, int flags);

/*
 * Like fstat(2), but only from the kernel's knowledge: device, inode, mode and owner. fstat(2) asks the
 * file server of a FIFO, and a hanging server would make pipeimg hang, regardless of signals.
 */
int descriptor_status(int fd, struct stat *status);

/* ---- snapshot.c: one pipe's content, copied and split into chunks ---- */

struct snapshot;

/* What one snapshot after another uses: private pipes and the like. */
struct snapshot *snapshot_new(struct pimg_error *error);
/* Null is fine. */
void snapshot_free(struct snapshot *snapshot);
/*
 * Appends the unread data of fd, a pipe's read end, to queue, and sets the queue's capacity.
 */
int snapshot_take(struct snapshot *snapshot, int fd, struct pimg_queue *queue,
		  struct pimg_error *error);
int snapshot_take_once(int fd, struct pimg_queue *queue, struct pimg_error *error);

/* ---- capture.c ---- */

/* Sets owner, mode, page size and time of a queue from its inode. */
void origin_from_status(struct pimg_queue *queue, const struct stat *status);

/* ---- procfs.c ---- */

/* pimg_live_end() by value. */
struct pimg_end live_end(const struct pimg_live *live, size_t pipe, size_t index);

/* ---- refill.c ---- */

/*
 * Gives a pipe the queue's capacity; or enough for the content, if that capacity is not allowed or has too
 * few slots on a machine with larger pages.
 */
int refill_set_capacity(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report,
			struct pimg_error *error);
/*
 * pimg_refill_fd() with a report that is not null.
 * @bytes: that are in the pipe and are dropped, once it is certain that the queue fits; 0 if it must be empty
 * @read_end: to read them, nonblocking
 */
int refill_existing(const struct pimg_queue *queue, int fd, int read_end, uint64_t bytes,
		    struct pimg_refill_report *report, struct pimg_error *error);
/* Copies a report to that of the caller. @given: or null */
void refill_give_report(struct pimg_refill_report *given, const struct pimg_refill_report *report);
/* Sets owner and mode, if the queue has them. */
void refill_set_owner(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report);

#endif
