// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Replaces the unread data in a pipe that another process has open: CRIU has written the bytes of its
 * packets as a stream, or nothing. Any other content belongs to other processes, and stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "live/live.h"
#include "live/no-proc.h"
#include "pipeimg-private.h"

/*
 * The content that CRIU wrote. If another process kept a FIFO open, it still has its content from the dump,
 * and CRIU has written the same content again.
 */
static bool has_same_bytes(const struct pimg_queue *wanted, const struct pimg_queue *found)
{
	uint64_t bytes = pimg_queue_bytes(wanted), there = pimg_queue_bytes(found);
	const uint8_t *data = pimg_queue_data(found);

	if (there != bytes && !(pimg_queue_type(wanted) == PIMG_FIFO && there == 2 * bytes))
		return false;
	for (uint64_t at = 0; at < there; at += bytes) {
		if (memcmp(pimg_queue_data(wanted), data + at, bytes) != 0)
			return false;
	}
	return true;
}

/* Reads a pipe to its end, through a separate nonblocking description. */
static int drain(int fd, struct pimg_error *error)
{
	char bytes[65536];
	ssize_t got;

	do {
		got = RETRIED(read(fd, bytes, sizeof(bytes)));
	} while (got > 0);
	if (got < 0 && errno != EAGAIN)
		return error_system(error, errno, "cannot empty a pipe");
	return 0;
}

/*
 * Empties the pipe if its content may be replaced. Returns 1 if the pipe is empty now, 0 if its content is
 * right.
 */
static int make_way(const struct pimg_queue *queue, int read_end, struct pimg_error *error)
{
	struct pimg_queue *found = pimg_capture_fd(read_end, error);
	bool equal, replaceable;
	uint64_t bytes;

	if (!found)
		return -1;
	equal = pimg_queue_equal(queue, found, NULL);
	bytes = pimg_queue_bytes(found);
	replaceable = !bytes || has_same_bytes(queue, found);
	pimg_queue_free(found);
	if (equal)
		return 0;
	if (!replaceable) {
		error_refused(error, EBUSY,
			      "has %" PRIu64 " unread byte%s, not the expected %" PRIu64, bytes,
			      PLURAL_S(bytes), pimg_queue_bytes(queue));
		return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
	}
	return drain(read_end, error) < 0 ? -1 : 1;
}

static int replace(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report,
		   struct pimg_error *error)
{
	_cleanup_close_ int read_end = descriptor_reopen(fd, O_RDONLY | O_NONBLOCK);
	struct stat status;
	int empty;

	if (read_end < 0 || descriptor_status(read_end, &status) < 0)
		return error_proc(error, errno, "cannot open the target for reading");
	if (!S_ISFIFO(status.st_mode))
		return error_refused(error, EINVAL, "the target is neither a pipe nor a FIFO");
	empty = make_way(queue, read_end, error);
	if (empty < 0)
		return -1;
	/* If no other read end is open, this one keeps the content. */
	if (empty ? refill_existing(queue, fd, report, error) < 0
		  : refill_set_capacity(queue, fd, report, error) < 0)
		return -1;
	if (pimg_queue_type(queue) == PIMG_PIPE)
		refill_set_owner(queue, fd, report);
	return 0;
}

int pimg_refill_replace(const struct pimg_queue *queue, int fd, struct pimg_refill_report *given,
			struct pimg_error *error)
{
	struct pimg_refill_report report = {0};
	int result = replace(queue, fd, &report, error);

	refill_give_report(given, &report);
	return result;
}
