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

/* Whether that is all there is. A process that kept a FIFO open can have its content twice: see below. */
static bool has_same_bytes(const struct pimg_queue *wanted, const struct pimg_queue *found)
{
	uint64_t bytes = pimg_queue_bytes(wanted), there = pimg_queue_bytes(found);
	const uint8_t *data = pimg_queue_data(found);

	if (!bytes)
		return !there;
	if (there != bytes && !(pimg_queue_type(wanted) == PIMG_FIFO && there == 2 * bytes))
		return false;
	for (uint64_t at = 0; at < there; at += bytes) {
		if (memcmp(pimg_queue_data(wanted), data + at, bytes) != 0)
			return false;
	}
	return true;
}

/*
 * Whether the pipe's content may be replaced: if it is what CRIU has put there. If another process kept a FIFO open, it
 * still has its content from the dump, and CRIU has written the same content again.
 * @put: CRIU's copy of the queue, or null if it has none
 * @bytes: set to its length
 * Returns 1; 0 if the content is right already; or -1.
 */
static int may_be_replaced(const struct pimg_queue *queue, const struct pimg_queue *put,
			   int read_end, uint64_t *bytes, struct pimg_error *error)
{
	struct pimg_queue *found = pimg_capture_fd(read_end, error);
	bool equal, replaceable;

	if (!found)
		return -1;
	equal = pimg_queue_equal(queue, found, NULL);
	*bytes = pimg_queue_bytes(found);
	replaceable =
		!*bytes || has_same_bytes(queue, found) || (put && has_same_bytes(put, found));
	pimg_queue_free(found);
	if (equal)
		return 0;
	if (replaceable)
		return 1;
	error_refused(error, EBUSY, "has %" PRIu64 " unread byte%s, not the expected %" PRIu64,
		      *bytes, PLURAL_S(*bytes), pimg_queue_bytes(queue));
	return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
}

static int replace(const struct pimg_queue *queue, const struct pimg_queue *put, int fd,
		   struct pimg_refill_report *report, struct pimg_error *error)
{
	_cleanup_close_ int read_end = descriptor_reopen(fd, O_RDONLY | O_NONBLOCK);
	struct stat status;
	uint64_t bytes;
	int replaceable;

	if (read_end < 0 || descriptor_status(read_end, &status) < 0)
		return error_proc(error, errno, "cannot open the target for reading");
	if (!S_ISFIFO(status.st_mode))
		return error_refused(error, EINVAL, "the target is neither a pipe nor a FIFO");
	replaceable = may_be_replaced(queue, put, read_end, &bytes, error);
	if (replaceable < 0)
		return -1;
	/* If no other read end is open, this one keeps the content. */
	if (replaceable ? refill_existing(queue, fd, read_end, bytes, report, error) < 0
			: refill_set_capacity(queue, fd, report, error) < 0)
		return -1;
	if (pimg_queue_type(queue) == PIMG_PIPE)
		refill_set_owner(queue, fd, report);
	return 0;
}

int pimg_refill_replace(const struct pimg_queue *queue, const struct pimg_queue *put, int fd,
			struct pimg_refill_report *given, struct pimg_error *error)
{
	struct pimg_refill_report report = {0};
	int result = replace(queue, put, fd, &report, error);

	refill_give_report(given, &report);
	return result;
}
