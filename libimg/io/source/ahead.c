// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/ahead.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"

/* The thread is woken when only this many of AHEAD_BLOCKS are left, and then reads until all are full again. */
#define WAKE_BLOCKS 1

struct block {
	uint8_t *buffer;
	ssize_t got;
};

struct ahead {
	int fd; /* a copy, because the thread can outlive the caller's */
	pthread_t thread;
	sem_t wake; /* the thread */
	sem_t full; /* blocks that the caller can take */
	atomic_bool stop;
	atomic_int users;  /* the thread and the caller; the last one frees everything */
	atomic_uint ready; /* as full, to be read by both */

	struct block blocks[AHEAD_BLOCKS]; /* each belongs to one of the two at a time */
	uint64_t offset;		   /* of the next block that the caller takes */
	unsigned next;			   /* its number */
};

static void release(struct ahead *ahead)
{
	if (atomic_fetch_sub(&ahead->users, 1) > 1)
		return;
	sem_destroy(&ahead->wake);
	sem_destroy(&ahead->full);
	close(ahead->fd);
	for (size_t i = 0; i < AHEAD_BLOCKS; i++)
		free(ahead->blocks[i].buffer);
	free(ahead);
}

static void *read_blocks(void *self)
{
	struct ahead *ahead = self;
	uint64_t offset = ahead->offset;
	unsigned number = 0;

	for (;;) {
		struct block *block = &ahead->blocks[number++ % AHEAD_BLOCKS];

		while (!ahead->stop && ahead->ready == AHEAD_BLOCKS)
			sem_wait(&ahead->wake);
		if (ahead->stop)
			break;
		block->got = pread(ahead->fd, block->buffer + AHEAD_ROOM_BYTES, AHEAD_BLOCK_BYTES,
				   (off_t)offset);
		if (block->got > 0)
			offset += (uint64_t)block->got;
		ahead->ready++;
		sem_post(&ahead->full);
		/* The caller reads by itself from here on. */
		if (block->got <= 0)
			break;
	}
	release(ahead);
	return NULL;
}

/* Returns 0, or -1 if there are no resources for it. */
static int start_thread(struct ahead *ahead)
{
	sigset_t before;
	int failed;

	signals_block_all(&before);
	failed = pthread_create(&ahead->thread, NULL, read_blocks, ahead);
	signals_unblock(&before);
	return failed ? -1 : 0;
}

static int make_buffers(struct ahead *ahead)
{
	for (size_t i = 0; i < AHEAD_BLOCKS; i++) {
		ahead->blocks[i].buffer = malloc(AHEAD_BYTES);
		if (!ahead->blocks[i].buffer)
			return -1;
	}
	return 0;
}

struct ahead *ahead_start(int fd, uint64_t offset)
{
	struct ahead *ahead;

	if (get_nprocs() < 2)
		return NULL;
	ahead = calloc(1, sizeof(*ahead));
	if (!ahead)
		return NULL;
	ahead->users = 2;
	ahead->offset = offset;
	ahead->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	sem_init(&ahead->wake, 0, 0);
	sem_init(&ahead->full, 0, 0);
	if (ahead->fd >= 0 && make_buffers(ahead) == 0 && start_thread(ahead) == 0)
		return ahead;
	ahead->users = 1;
	release(ahead);
	return NULL;
}

/* A thread that waits for a file server frees everything whenever that answers. */
void ahead_stop(struct ahead *ahead)
{
	enum { PATIENCE_MS = 200 };
	struct timespec until;
	pthread_t thread;

	if (!ahead)
		return;
	thread = ahead->thread;
	ahead->stop = true;
	sem_post(&ahead->wake);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PATIENCE_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	release(ahead);
	if (pthread_timedjoin_np(thread, NULL, &until) != 0)
		pthread_detach(thread);
}

ssize_t ahead_exchange(struct ahead *ahead, uint64_t offset, uint8_t **buffer, const uint8_t *rest,
		       size_t rest_bytes)
{
	struct block *block = &ahead->blocks[ahead->next % AHEAD_BLOCKS];
	uint8_t *taken;
	ssize_t got;

	if (ahead->offset != offset)
		return 0;
	if (RETRIED(sem_wait(&ahead->full)) < 0)
		return -1;
	got = block->got;
	if (got <= 0)
		return 0;
	taken = block->buffer;
	memcpy(taken + AHEAD_ROOM_BYTES - rest_bytes, rest, rest_bytes);
	block->buffer = *buffer;
	*buffer = taken;
	ahead->offset += (uint64_t)got;
	ahead->next++;
	if (--ahead->ready == WAKE_BLOCKS)
		sem_post(&ahead->wake);
	return got;
}
