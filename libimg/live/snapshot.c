// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Copies a pipe's content and distinguishes its packets and stream runs.
 *
 * tee(2) holds the locks of both pipes for the entire call, so one call copies the source at one moment,
 * buffer by buffer, with lengths and packet flags, and leaves the source unchanged. Everything that follows
 * works on copies that no other process can reach.
 *
 * A read(2) continues through stream buffers, and ends after a packet. So if one ordinary byte is appended
 * to a copy, large reads return it in pieces: each piece except the last ends with a packet, and the last
 * one is stream bytes up to the appended byte. Within a piece, the reads do not show where a stream run
 * ends and the packet after it begins.
 *
 * But runs and packets are buffers, and buffers can be counted: if a pipe of S slots has room for F
 * one-byte buffers, it had S - F buffers. If there are as many buffers as pieces, each piece is one packet;
 * so the usual queues (only packets, or only stream bytes) need two tees, one read per packet, and a fixed
 * number of other calls.
 *
 * If there are more buffers, some piece is a run and a packet. tee(2) to a pipe of one slot tells the length
 * of a piece's first buffer. If that is less than the piece, the piece has at least two buffers; and if these
 * least numbers add up to the number of buffers, each piece has exactly that many, so the first buffer is the
 * run. Pieces that may have more are moved from a second copy through a pipe of one slot: each splice(2)
 * moves one buffer, and returns its length.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/array.h"
#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "live/live.h"
#include "live/private-pipe.h"
#include "queue/queue.h"

/* What one read of the copy returned. */
struct piece {
	size_t length;
	size_t first; /* length of its first buffer, or 0 if that was not asked */
};

struct snapshot {
	uint32_t page_size;
	/* Kept for the next snapshot; each is made when it is first needed. */
	struct private_pipe copy;   /* to be read */
	struct private_pipe second; /* to be counted and split */
	struct private_pipe slot;   /* of one slot */
	int drain;		    /* /dev/null: splice(2) to there copies nothing */
	struct piece *pieces;
	size_t piece_room;

	struct pimg_queue *queue;
	uint32_t capacity; /* of the source, bytes */
	size_t bytes;
	bool appended; /* a byte, to the copy */
	size_t piece_count;
	size_t tail; /* bytes of the last piece if no packet ends it, else 0 */
};

static int pipe_failed(struct pimg_error *error, uint32_t capacity)
{
	return error_pipe_limit(error, errno, "cannot create a pipe to copy into", capacity);
}

/* ---- single buffers ---- */

static int open_drain(struct snapshot *snapshot)
{
	if (snapshot->drain < 0)
		snapshot->drain = RETRIED(open("/dev/null", O_WRONLY | O_CLOEXEC));
	return snapshot->drain < 0 ? -1 : 0;
}

/* Makes what the following functions need. */
static int open_slot(struct snapshot *snapshot, struct pimg_error *error)
{
	if (open_drain(snapshot) < 0)
		return error_pipe_limit(error, errno, "cannot open /dev/null", 0);
	if (snapshot->slot.read < 0 && private_pipe_make(&snapshot->slot, snapshot->page_size) < 0)
		return pipe_failed(error, snapshot->page_size);
	return 0;
}

/* Removes bytes whose content is known already from a pipe. */
static int drop(const struct snapshot *snapshot, const struct private_pipe *from, size_t length)
{
	ssize_t dropped =
		RETRIED(splice(from->read, NULL, snapshot->drain, NULL, length, SPLICE_F_NONBLOCK));

	if (dropped == (ssize_t)length)
		return 0;
	if (dropped >= 0)
		errno = EIO;
	return -1;
}

/* Returns the length of the first buffer of a pipe, which stays there; or -1 with errno set. */
static ssize_t first_buffer(const struct snapshot *snapshot, const struct private_pipe *from)
{
	ssize_t length = tee_now(&snapshot->slot, from->read, INT_MAX);

	if (length == 0)
		errno = EIO;
	return length > 0 && drop(snapshot, &snapshot->slot, (size_t)length) == 0 ? length : -1;
}

/*
 * Moves the next buffer of a pipe into the pipe of one slot, which is empty.
 * @limit: bytes that are left, at least the buffer's
 * Returns its length, or -1 with errno set.
 */
static ssize_t move_buffer(const struct snapshot *snapshot, const struct private_pipe *from,
			   size_t limit)
{
	ssize_t length = RETRIED(
		splice(from->read, NULL, snapshot->slot.write, NULL, limit, SPLICE_F_NONBLOCK));

	if (length == 0)
		errno = EIO;
	return length > 0 ? length : -1;
}

static int split_failed(struct pimg_error *error)
{
	return error_system(error, errno, "cannot split a pipe's copy");
}

/* Makes a pipe, or empties the one of the snapshot before. Returns -1 with errno set. */
static int empty_pipe(struct snapshot *snapshot, struct private_pipe *pipe)
{
	int left;

	if (pipe->read >= 0) {
		if (ioctl(pipe->read, FIONREAD, &left) == 0 &&
		    (!left ||
		     (open_drain(snapshot) == 0 && drop(snapshot, pipe, (size_t)left) == 0)))
			return 0;
		private_pipe_close(pipe);
	}
	return private_pipe_make_default(pipe);
}

/* ---- the copy ---- */

/*
 * Twice the slots of the source, so that the copy has free slots. If limits do not allow that, as many
 * slots as the source; if they do not allow that either, this user's default: the content may still fit.
 */
static int make_copy_pipe(struct snapshot *snapshot, struct pimg_error *error)
{
	if (empty_pipe(snapshot, &snapshot->copy) < 0)
		return pipe_failed(error, snapshot->capacity);
	if (snapshot->capacity <= INT_MAX / 2 &&
	    private_pipe_resize(&snapshot->copy, snapshot->capacity * 2) == 0)
		return 0;
	if (private_pipe_resize(&snapshot->copy, snapshot->capacity) == 0 || errno == EPERM)
		return 0;
	return pipe_failed(error, snapshot->capacity);
}

static int get_capacity(int fd, uint32_t *capacity, struct pimg_error *error)
{
	int got = fcntl(fd, F_GETPIPE_SZ);

	if (got < 0)
		return error_system(error, errno, "cannot get a pipe's capacity");
	*capacity = (uint32_t)got;
	return 0;
}

/*
 * Copies the source at one moment, and appends a byte. If there was a slot for the byte, the content had
 * room, so the copy is complete. Otherwise it is complete only if it has exactly as many slots as the
 * source had, before and after: a source that was enlarged between the query and the tee could have more.
 * Returns 1 if the copy is complete, 0 if that is not known, -1 on failure.
 */
static int try_to_copy(struct snapshot *snapshot, int fd, struct pimg_error *error)
{
	uint32_t after = 0;
	ssize_t copied;

	if (get_capacity(fd, &snapshot->capacity, error) < 0 || make_copy_pipe(snapshot, error) < 0)
		return -1;
	copied = tee_now(&snapshot->copy, fd, INT_MAX);
	if (copied < 0)
		return error_system(error, errno, "cannot copy a pipe's content (tee)");
	snapshot->bytes = (size_t)copied;
	snapshot->appended = RETRIED(write(snapshot->copy.write, "", 1)) == 1;
	if (snapshot->appended)
		return 1;
	if (snapshot->copy.slots < snapshot->capacity / snapshot->page_size)
		return error_pipe_limit(error, EPERM, "cannot create a pipe to copy into",
					snapshot->capacity);
	if (get_capacity(fd, &after, error) < 0)
		return -1;
	return after == snapshot->capacity &&
	       snapshot->copy.slots == snapshot->capacity / snapshot->page_size;
}

static int copy_source(struct snapshot *snapshot, int fd, struct pimg_error *error)
{
	enum { ATTEMPTS = 16 };

	for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
		int whole = try_to_copy(snapshot, fd, error);

		if (whole)
			return whole < 0 ? -1 : 0;
	}
	return error_refused(error, EBUSY, "the pipe's capacity keeps changing");
}

/* ---- reading the copy into pieces ---- */

static int note_piece(struct snapshot *snapshot, size_t length, size_t first,
		      struct pimg_error *error)
{
	if (array_make_room(&snapshot->pieces, &snapshot->piece_room, snapshot->piece_count + 1,
			    sizeof(*snapshot->pieces), error) < 0)
		return -1;
	snapshot->pieces[snapshot->piece_count++] = (struct piece){length, first};
	return 0;
}

/*
 * Whether to ask for the first buffer of the next piece, which takes two calls. A piece longer than a page is
 * more than a packet, and the next one is probably like it; this decides only how fast the answer is found.
 */
static bool is_run_likely(const struct snapshot *snapshot)
{
	const struct piece *last;

	if (!snapshot->piece_count)
		return false;
	last = &snapshot->pieces[snapshot->piece_count - 1];
	return last->first ? last->first < last->length : last->length > snapshot->page_size;
}

/*
 * Reads everything into data, which has room for one extra byte.
 * Returns 1 if the appended byte was read, which shows how the last piece ends; 0 if there was never a free
 * slot for it.
 */
static int read_pieces(struct snapshot *snapshot, uint8_t *data, struct pimg_error *error)
{
	bool appended = snapshot->appended;
	size_t done = 0;

	while (done < snapshot->bytes) {
		ssize_t first = 0, got;

		if (is_run_likely(snapshot)) {
			if (open_slot(snapshot, error) < 0)
				return -1;
			first = first_buffer(snapshot, &snapshot->copy);
			if (first < 0)
				return split_failed(error);
		}
		got = RETRIED(read(snapshot->copy.read, data + done, snapshot->bytes - done + 1));
		if (got <= 0)
			return error_system(error, got ? errno : EIO, "cannot read a pipe's copy");
		done += (size_t)got;
		if (done > snapshot->bytes) {
			snapshot->tail = (size_t)got - 1;
			return 1;
		}
		if (note_piece(snapshot, (size_t)got, (size_t)first, error) < 0)
			return -1;
		/* A copy that was full has free slots after its first piece. */
		if (!appended) {
			ssize_t written = RETRIED(write(snapshot->copy.write, "", 1));

			appended = written == 1 && done < snapshot->bytes;
		}
	}
	return appended;
}

/* ---- telling packets from runs ---- */

static size_t least_buffers(const struct piece *piece)
{
	return piece->first && piece->first < piece->length ? 2 : 1;
}

/* What a piece's packet is if it has only least_buffers(). */
static size_t least_packet(const struct piece *piece)
{
	return least_buffers(piece) == 2 ? piece->length - piece->first : piece->length;
}

/*
 * Moves a piece out of the second copy, buffer by buffer.
 * @packet: length of the last buffer
 * Returns the number of buffers, or -1 with errno set.
 */
static ssize_t move_piece(const struct snapshot *snapshot, size_t left, size_t *packet)
{
	ssize_t buffers = 0;

	for (; left; left -= *packet) {
		ssize_t length = move_buffer(snapshot, &snapshot->second, left);

		if (length < 0 || drop(snapshot, &snapshot->slot, (size_t)length) < 0)
			return -1;
		*packet = (size_t)length;
		buffers++;
	}
	return buffers;
}

/* If the buffers cannot be counted, all pieces are moved. */
#define BUFFERS_UNKNOWN SIZE_MAX

/*
 * Finds the length of the packet that ends each piece: its last buffer.
 * @buffers: of all pieces, or BUFFERS_UNKNOWN
 */
static int find_packets(struct snapshot *snapshot, size_t buffers, size_t *packets,
			struct pimg_error *error)
{
	size_t least = 0;

	for (size_t i = 0; i < snapshot->piece_count; i++)
		least += least_buffers(&snapshot->pieces[i]);
	if (least != buffers && open_slot(snapshot, error) < 0)
		return -1;
	for (size_t i = 0; i < snapshot->piece_count; i++) {
		const struct piece *piece = &snapshot->pieces[i];
		ssize_t moved;

		packets[i] = least_packet(piece);
		/* If there are no more buffers than the least, this and all further pieces are known. */
		if (least == buffers)
			continue;
		moved = move_piece(snapshot, piece->length, &packets[i]);
		if (moved < 0)
			return split_failed(error);
		least += (size_t)moved - least_buffers(piece);
	}
	if (least == buffers || buffers == BUFFERS_UNKNOWN)
		return 0;
	return error_refused(error, EIO, "a pipe's copy has %zu buffers instead of %zu", least,
			     buffers);
}

/* ---- building the queue ---- */

static int adopt_pieces(struct snapshot *snapshot, const size_t *packets, struct pimg_error *error)
{
	for (size_t i = 0; i < snapshot->piece_count; i++) {
		size_t length = snapshot->pieces[i].length;
		size_t packet = packets ? packets[i] : length;

		if (queue_adopt(snapshot->queue, PIMG_STREAM, length - packet, error) < 0 ||
		    queue_adopt(snapshot->queue, PIMG_PACKET, packet, error) < 0)
			return -1;
	}
	return queue_adopt(snapshot->queue, PIMG_STREAM, snapshot->tail, error);
}

/* Truncates the second copy to the pieces that end with a packet. */
static int cut_tail(struct snapshot *snapshot, struct pimg_error *error)
{
	struct private_pipe cut;

	if (!snapshot->tail)
		return 0;
	if (private_pipe_make(&cut, snapshot->second.slots * snapshot->page_size) < 0)
		return pipe_failed(error, snapshot->capacity);
	if (tee_now(&cut, snapshot->second.read, snapshot->bytes - snapshot->tail) !=
	    (ssize_t)(snapshot->bytes - snapshot->tail)) {
		private_pipe_close(&cut);
		return error_system(error, errno, "cannot copy a pipe's copy (tee)");
	}
	private_pipe_close(&snapshot->second);
	snapshot->second = cut;
	return 0;
}

/* Some seccomp profiles refuse vmsplice(2). */
static int count_buffers(const struct snapshot *snapshot, size_t *buffers, struct pimg_error *error)
{
	int64_t counted = private_pipe_count_buffers(&snapshot->second);

	if (counted < 0 && errno != EPERM && errno != EACCES && errno != ENOSYS)
		return error_system(error, errno,
				    "cannot count the buffers of a pipe's copy (vmsplice)");
	*buffers = counted < 0 ? BUFFERS_UNKNOWN : (size_t)counted;
	return 0;
}

static int tell_packets_from_runs(struct snapshot *snapshot, struct pimg_error *error)
{
	_cleanup_free_ size_t *packets = NULL;
	size_t buffers = 0;

	if (!snapshot->piece_count)
		return adopt_pieces(snapshot, NULL, error);
	if (cut_tail(snapshot, error) < 0)
		return -1;
	if (count_buffers(snapshot, &buffers, error) < 0)
		return -1;
	if (buffers == snapshot->piece_count)
		return adopt_pieces(snapshot, NULL, error);
	packets = calloc(snapshot->piece_count, sizeof(*packets));
	if (!packets)
		return error_memory(error);
	/* The bytes that were appended for counting follow all pieces, and are not reached. */
	if (find_packets(snapshot, buffers, packets, error) < 0)
		return -1;
	return adopt_pieces(snapshot, packets, error);
}

/*
 * Appends a byte to a pipe with this many bytes, and empties it.
 * Returns 1 if a read of the last byte also returned the appended one, 0 if not, -1 on failure.
 */
static int appended_byte_is_taken_along(const struct snapshot *snapshot,
					const struct private_pipe *pair, size_t bytes,
					struct pimg_error *error)
{
	uint8_t last[2];
	ssize_t got;

	if (RETRIED(write(pair->write, "", 1)) != 1)
		return error_system(error, errno, "cannot write to a pipe's copy");
	if (bytes > 1 && drop(snapshot, pair, bytes - 1) < 0)
		return split_failed(error);
	got = RETRIED(read(pair->read, last, sizeof(last)));
	if (got < 0)
		return error_system(error, errno, "cannot read a pipe's copy");
	return got == sizeof(last);
}

/*
 * Finds out how a copy ends that had no free slot for the appended byte, and that one read returned
 * completely. Its first buffer is moved away; then the rest, or the moved buffer if it was the only one,
 * has room for the byte.
 * Returns 1 if the last buffer is stream bytes, 0 if it is a packet, -1 on failure.
 */
static int last_buffer_is_stream(struct snapshot *snapshot, struct pimg_error *error)
{
	_cleanup_pipe_ struct private_pipe rest = NO_PIPE;
	ssize_t first;
	int is_stream;

	if (open_slot(snapshot, error) < 0)
		return -1;
	if (private_pipe_make(&rest, snapshot->second.slots * snapshot->page_size) < 0)
		return pipe_failed(error, snapshot->capacity);
	if (tee_now(&rest, snapshot->second.read, INT_MAX) != (ssize_t)snapshot->bytes)
		return error_system(error, errno, "cannot copy a pipe's copy (tee)");
	first = move_buffer(snapshot, &rest, snapshot->bytes);
	if (first < 0)
		return split_failed(error);
	if ((size_t)first < snapshot->bytes) {
		if (drop(snapshot, &snapshot->slot, (size_t)first) < 0)
			return split_failed(error);
		return appended_byte_is_taken_along(snapshot, &rest,
						    snapshot->bytes - (size_t)first, error);
	}
	if (private_pipe_resize(&snapshot->slot, 2 * snapshot->page_size) < 0)
		return pipe_failed(error, 2 * snapshot->page_size);
	is_stream = appended_byte_is_taken_along(snapshot, &snapshot->slot, (size_t)first, error);
	/* It has two slots now, and perhaps the byte; nothing else of this snapshot needs it. */
	private_pipe_close(&snapshot->slot);
	return is_stream;
}

/*
 * First with the copy's size, because the source may have been enlarged right before it was copied; if
 * limits do not allow that, with the source's former size.
 */
static int make_second_copy(struct snapshot *snapshot, struct pimg_error *error)
{
	if (empty_pipe(snapshot, &snapshot->second) < 0 ||
	    (private_pipe_resize(&snapshot->second, snapshot->copy.slots * snapshot->page_size) <
		     0 &&
	     private_pipe_resize(&snapshot->second, snapshot->capacity) < 0))
		return pipe_failed(error, snapshot->capacity);
	if (tee_now(&snapshot->second, snapshot->copy.read, snapshot->bytes) !=
	    (ssize_t)snapshot->bytes)
		return error_system(error, errno, "cannot copy a pipe's copy (tee)");
	return 0;
}

static int take_apart(struct snapshot *snapshot, struct pimg_error *error)
{
	uint8_t *data = queue_reserve(snapshot->queue, snapshot->bytes + 1, error);
	int told;

	if (!data)
		return -1;
	if (make_second_copy(snapshot, error) < 0)
		return -1;
	told = read_pieces(snapshot, data, error);
	if (told == 0)
		told = last_buffer_is_stream(snapshot, error);
	else if (told > 0)
		told = 0;
	if (told < 0)
		return -1;
	if (told)
		snapshot->tail = snapshot->pieces[--snapshot->piece_count].length;
	return tell_packets_from_runs(snapshot, error);
}

struct snapshot *snapshot_new(struct pimg_error *error)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot) {
		error_memory(error);
		return NULL;
	}
	snapshot->page_size = (uint32_t)sysconf(_SC_PAGESIZE);
	snapshot->copy = snapshot->second = snapshot->slot = NO_PIPE;
	snapshot->drain = -1;
	return snapshot;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (!snapshot)
		return;
	private_pipe_close(&snapshot->copy);
	private_pipe_close(&snapshot->second);
	private_pipe_close(&snapshot->slot);
	cleanup_close(&snapshot->drain);
	free(snapshot->pieces);
	free(snapshot);
}

int snapshot_take(struct snapshot *snapshot, int fd, struct pimg_queue *queue,
		  struct pimg_error *error)
{
	int result;

	snapshot->queue = queue;
	snapshot->bytes = snapshot->piece_count = snapshot->tail = 0;
	if (copy_source(snapshot, fd, error) < 0)
		return -1;
	pimg_queue_set_capacity(queue, snapshot->capacity);
	result = snapshot->bytes ? take_apart(snapshot, error) : 0;
	/* It must be empty when it is used, and may not be now. */
	if (result < 0)
		private_pipe_close(&snapshot->slot);
	return result;
}

int snapshot_take_once(int fd, struct pimg_queue *queue, struct pimg_error *error)
{
	struct snapshot *snapshot = snapshot_new(error);
	int result = snapshot ? snapshot_take(snapshot, fd, queue, error) : -1;

	snapshot_free(snapshot);
	return result;
}
