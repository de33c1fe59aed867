// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Refills pipes, so that no sequence of reads can distinguish them from the captured ones.
 *
 * A packet is one write(2) in packet mode; a stream run is an ordinary write. One kernel rule gets in the
 * way: a write in packet mode that follows ordinary bytes in a page with room is merged into that page, and
 * loses its boundary. The kernel never merges a write into a buffer that arrived through tee(2). So if a packet
 * follows a stream run, the part of the run that does not fill a page is written to a pipe of one slot and teed
 * from there.
 *
 * Only write(2) and tee(2) are used: seccomp profiles block vmsplice(2), and splicing gifted pages is being
 * removed from the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/sized.h"
#include "live/live.h"
#include "live/no-proc.h"
#include "live/private-pipe.h"
#include "pipeimg-private.h"

/* Capacity of a new pipe (PIPE_DEF_BUFFERS), for images that do not have it. */
#define DEFAULT_SLOTS 16

struct refill {
	const struct pimg_queue *queue;
	uint32_t page_size;
	int read, write;
	int packet_write; /* the write end in packet mode, a separate open file description */
	struct private_pipe tail; /* of one slot */
};

static void refill_release(struct refill *refill)
{
	cleanup_close(&refill->read);
	cleanup_close(&refill->write);
	cleanup_close(&refill->packet_write);
	private_pipe_close(&refill->tail);
}

#define _cleanup_refill_ __attribute__((cleanup(refill_release)))

/* ---- capacity ---- */

/* How many slots the content needs, or -1 if this machine cannot represent it exactly. */
static int64_t slots_needed(const struct pimg_queue *queue, uint32_t page_size,
			    struct pimg_error *error)
{
	size_t count = pimg_queue_chunk_count(queue);
	int64_t slots = 0;

	for (size_t i = 0; i < count; i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(queue, i);

		if (chunk.kind == PIMG_PACKET && chunk.length > page_size) {
			error_refused(error, EMSGSIZE,
				      "chunk %zu is a packet of %" PRIu32
				      " bytes, but this machine's pipes split packets longer than "
				      "a page (%" PRIu32 ")",
				      i + 1, chunk.length, page_size);
			return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
		}
		slots += (chunk.length + (int64_t)page_size - 1) / page_size;
	}
	return slots;
}

/*
 * Tries capacities in order of preference; the content must fit. Returns the new capacity, or -1.
 * @refused: set to the errno value of the first refusal, else 0
 */
static int64_t set_capacity(int fd, uint64_t wanted, uint64_t needed, int *refused)
{
	uint64_t max = read_limit("/proc/sys/fs/pipe-max-size");
	uint64_t tries[] = {wanted, max < wanted ? max : wanted, needed};
	int now = fcntl(fd, F_GETPIPE_SZ), failed = EINVAL;

	*refused = 0;
	if (now < 0)
		return -1;
	for (size_t i = 0; i < sizeof(tries) / sizeof(*tries); i++) {
		int got;

		if (tries[i] < needed || tries[i] > INT_MAX || !tries[i])
			continue;
		got = (uint64_t)now == tries[i] ? now : fcntl(fd, F_SETPIPE_SZ, (int)tries[i]);
		if (got >= 0)
			return got;
		failed = errno;
		if (!i)
			*refused = failed;
	}
	if ((uint64_t)now >= needed)
		return now;
	errno = failed;
	return -1;
}

/*
 * Gives a pipe the image's capacity; or enough for the content, if that capacity is not allowed or has too
 * few slots on a machine with larger pages.
 */
int refill_set_capacity(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report,
			struct pimg_error *error)
{
	uint32_t page_size = (uint32_t)sysconf(_SC_PAGESIZE), recorded = pimg_queue_capacity(queue);
	int64_t slots = slots_needed(queue, page_size, error), got;
	uint64_t wanted = recorded ? recorded : DEFAULT_SLOTS * page_size, needed;
	int refused;

	if (slots < 0)
		return -1;
	needed = (uint64_t)slots * page_size;
	if (wanted < needed)
		wanted = needed;
	got = set_capacity(fd, wanted, needed, &refused);
	if (got < 0) {
		error_pipe_limit(error, errno, "cannot enlarge a pipe",
				 (uint32_t)(wanted > UINT32_MAX ? UINT32_MAX : wanted));
		return error_of_queue(error, pimg_queue_type(queue), pimg_queue_id(queue));
	}
	report->capacity = (uint32_t)got;
	report->capacity_differs = recorded && report->capacity != recorded;
	if (refused == EPERM)
		name_pipe_limit(wanted, report->limit, sizeof(report->limit));
	return 0;
}

/* ---- content ---- */

static int write_whole(int fd, const uint8_t *data, size_t length, struct pimg_error *error)
{
	ssize_t written = length ? RETRIED(write(fd, data, length)) : 0;

	if (written < 0 || (size_t)written != length)
		return error_system(error, written < 0 ? errno : ENOSPC, "cannot refill a pipe");
	return 0;
}

/* Writes less than a page, so that no later write is merged into it. */
static int put_unmergeable(struct refill *refill, const uint8_t *data, size_t length,
			   struct pimg_error *error)
{
	uint8_t drained[PIPE_BUF];
	size_t left = length;

	if (write_whole(refill->tail.write, data, length, error) < 0)
		return -1;
	if (RETRIED(tee(refill->tail.read, refill->write, length, SPLICE_F_NONBLOCK)) !=
	    (ssize_t)length)
		return error_system(error, errno, "cannot refill a pipe (tee)");
	while (left) {
		ssize_t got = RETRIED(read(refill->tail.read, drained, sizeof(drained)));

		if (got <= 0)
			return error_system(error, errno, "cannot refill a pipe");
		left -= (size_t)got;
	}
	return 0;
}

static int put_run(struct refill *refill, const uint8_t *data, size_t length, bool packet_follows,
		   struct pimg_error *error)
{
	size_t tail = packet_follows ? length % refill->page_size : 0;

	if (write_whole(refill->write, data, length - tail, error) < 0)
		return -1;
	return tail ? put_unmergeable(refill, data + length - tail, tail, error) : 0;
}

static int put_chunks(struct refill *refill, struct pimg_error *error)
{
	const uint8_t *data = pimg_queue_data(refill->queue);
	size_t count = pimg_queue_chunk_count(refill->queue);

	for (size_t i = 0; i < count; i++) {
		struct pimg_chunk chunk = pimg_queue_chunk(refill->queue, i);
		int result;

		/* Runs are maximal: only a packet can follow. */
		if (chunk.kind == PIMG_PACKET)
			result = write_whole(refill->packet_write, data + chunk.offset,
					     chunk.length, error);
		else
			result = put_run(refill, data + chunk.offset, chunk.length, i + 1 < count,
					 error);
		if (result < 0)
			return error_of_queue(error, pimg_queue_type(refill->queue),
					      pimg_queue_id(refill->queue));
	}
	return 0;
}

/* Captures the refilled pipe and compares. */
static int check_content(const struct refill *refill, struct pimg_error *error)
{
	uint32_t id = pimg_queue_id(refill->queue);
	struct pimg_queue *found = pimg_queue_new(PIMG_PIPE, id, 0);
	int result;

	if (!found)
		return error_memory(error);
	result = snapshot_take_once(refill->read, found, error);
	if (result == 0 && !pimg_queue_equal(refill->queue, found, error))
		result = error_of_queue(error, pimg_queue_type(refill->queue), id);
	pimg_queue_free(found);
	return result;
}

/* ---- the private pipe ---- */

static int open_pipes(struct refill *refill, struct pimg_error *error)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return error_pipe_limit(error, errno, "cannot create a pipe", 0);
	refill->read = ends[0];
	refill->write = ends[1];
	/* open(2) refuses O_DIRECT for a pipe (EINVAL); fcntl(2) sets it. */
	refill->packet_write = descriptor_reopen(refill->write, O_WRONLY | O_NONBLOCK);
	if (refill->packet_write < 0 ||
	    fcntl(refill->packet_write, F_SETFL, O_NONBLOCK | O_DIRECT) < 0)
		return error_proc(error, errno, "cannot set a pipe's packet mode");
	if (private_pipe_make(&refill->tail, refill->page_size) < 0)
		return error_pipe_limit(error, errno, "cannot create a pipe", 0);
	return 0;
}

static int fill_private_pipe(struct refill *refill, struct pimg_refill_report *report,
			     struct pimg_error *error)
{
	if (open_pipes(refill, error) < 0 ||
	    refill_set_capacity(refill->queue, refill->write, report, error) < 0 ||
	    put_chunks(refill, error) < 0)
		return -1;
	return check_content(refill, error);
}

/* Owner first, because changing it clears mode bits. */
void refill_set_owner(const struct pimg_queue *queue, int fd, struct pimg_refill_report *report)
{
	const struct pimg_origin *origin = pimg_queue_origin(queue);
	struct stat status;

	if (descriptor_status(fd, &status) < 0)
		return;
	if ((origin->known & PIMG_ORIGIN_OWNER) &&
	    (status.st_uid != origin->uid || status.st_gid != origin->gid) &&
	    fchown(fd, origin->uid, origin->gid) < 0)
		report->owner_differs = true;
	if ((origin->known & PIMG_ORIGIN_MODE) && (status.st_mode & 07777) != origin->mode &&
	    fchmod(fd, origin->mode) < 0)
		report->owner_differs = true;
}

static struct refill refill_start(const struct pimg_queue *queue)
{
	return (struct refill){
		.queue = queue,
		.page_size = (uint32_t)sysconf(_SC_PAGESIZE),
		.read = -1,
		.write = -1,
		.packet_write = -1,
		.tail = NO_PIPE,
	};
}

void refill_give_report(struct pimg_refill_report *given, const struct pimg_refill_report *report)
{
	sized_give(given, report, sizeof(*report), SIZE_TO(struct pimg_refill_report, reserved));
}

static int make_pipe(const struct pimg_queue *queue, int ends[2], struct pimg_refill_report *report,
		     struct pimg_error *error)
{
	_cleanup_refill_ struct refill refill = refill_start(queue);
	bool packets = pimg_queue_packet_count(queue) != 0;

	if (fill_private_pipe(&refill, report, error) < 0)
		return -1;
	refill_set_owner(queue, refill.write, report);
	if (fcntl(refill.read, F_SETFL, 0) < 0 ||
	    fcntl(refill.write, F_SETFL, packets ? O_DIRECT : 0) < 0)
		return error_system(error, errno, "cannot set a pipe's mode");
	ends[0] = take_fd(&refill.read);
	ends[1] = take_fd(&refill.write);
	return 0;
}

int pimg_refill(const struct pimg_queue *queue, int ends[2], struct pimg_refill_report *given,
		struct pimg_error *error)
{
	struct pimg_refill_report report = {0};
	int result = make_pipe(queue, ends, &report, error);

	refill_give_report(given, &report);
	return result;
}

/* ---- an existing pipe ---- */

static int check_target(int fd, struct pimg_error *error)
{
	struct stat status;
	int bytes;

	if (descriptor_status(fd, &status) < 0)
		return error_system(error, errno, "cannot inspect the target");
	if (!S_ISFIFO(status.st_mode))
		return error_refused(error, EINVAL, "the target is neither a pipe nor a FIFO");
	if (ioctl(fd, FIONREAD, &bytes) < 0)
		return error_system(error, errno,
				    "cannot get the number of unread bytes in the target");
	if (bytes)
		return error_refused(error, EBUSY,
				     "the target is not empty: it has %d unread byte%s", bytes,
				     PLURAL_S(bytes));
	return 0;
}

/* The target's own write end, or one that is opened only now. */
static int get_write_end(int fd, int *opened, struct pimg_error *error)
{
	int mode = fcntl(fd, F_GETFL);

	if (mode < 0)
		return error_system(error, errno, "cannot inspect the target");
	if ((mode & O_ACCMODE) != O_RDONLY)
		return fd;
	*opened = descriptor_reopen(fd, O_WRONLY | O_NONBLOCK);
	if (*opened < 0)
		return error_proc(error, errno, "cannot open the target for writing");
	return *opened;
}

static int deliver(const struct refill *refill, int target, struct pimg_error *error)
{
	size_t bytes = pimg_queue_bytes(refill->queue);
	ssize_t copied;

	if (!bytes)
		return 0;
	copied = RETRIED(tee(refill->read, target, INT_MAX, SPLICE_F_NONBLOCK));
	if (copied < 0)
		return error_system(error, errno, "cannot copy into the target (tee)");
	if ((size_t)copied != bytes)
		return error_refused(
			error, EBUSY,
			"the target accepted %zd of %zu byte%s: another process wrote to it",
			copied, bytes, PLURAL_S(bytes));
	return 0;
}

/* Removes bytes that have been seen already, unless there are others now: then nothing is removed. */
static int drop_content(int read_end, uint64_t left, struct pimg_error *error)
{
	char bytes[65536];
	int there;

	if (ioctl(read_end, FIONREAD, &there) < 0)
		return error_system(error, errno, "cannot empty a pipe");
	if ((uint64_t)there != left)
		return error_refused(error, EBUSY,
				     "has %d unread byte%s, %" PRIu64
				     " a moment ago: another process uses it",
				     there, PLURAL_S(there), left);

	while (left) {
		size_t wanted = left < sizeof(bytes) ? left : sizeof(bytes);
		ssize_t got = RETRIED(read(read_end, bytes, wanted));

		if (got < 0 && errno != EAGAIN)
			return error_system(error, errno, "cannot empty a pipe");
		if (got <= 0)
			break; /* another process has read the rest */
		left -= (uint64_t)got;
	}
	return 0;
}

int refill_existing(const struct pimg_queue *queue, int fd, int read_end, uint64_t bytes,
		    struct pimg_refill_report *report, struct pimg_error *error)
{
	_cleanup_refill_ struct refill refill = refill_start(queue);
	_cleanup_close_ int opened = -1;
	bool is_empty;
	int target;

	if (!bytes && check_target(fd, error) < 0)
		return -1;
	target = get_write_end(fd, &opened, error);
	if (target < 0 || fill_private_pipe(&refill, report, error) < 0 ||
	    refill_set_capacity(queue, target, report, error) < 0)
		return -1;
	if (!bytes)
		return check_target(fd, error) < 0 ? -1 : deliver(&refill, target, error);
	/*
	 * Only now is it certain that the queue fits. An empty pipe can also have a smaller capacity. What was
	 * removed is delivered in any case, even after bytes that another process has written since.
	 */
	if (drop_content(read_end, bytes, error) < 0 ||
	    refill_set_capacity(queue, target, report, error) < 0)
		return -1;
	is_empty = check_target(fd, NULL) == 0;
	if (deliver(&refill, target, error) < 0)
		return -1;
	if (is_empty)
		return 0;
	return error_refused(error, EBUSY,
			     "another process wrote to it in this moment; the restored data is "
			     "after those bytes");
}

int pimg_refill_fd(const struct pimg_queue *queue, int fd, struct pimg_refill_report *given,
		   struct pimg_error *error)
{
	struct pimg_refill_report report = {0};
	int result = refill_existing(queue, fd, -1, 0, &report, error);

	refill_give_report(given, &report);
	return result;
}
