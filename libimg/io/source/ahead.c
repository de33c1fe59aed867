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

struct ahead {
	int fd; /* a copy, because the thread can outlive the caller's */
	pthread_t thread;
	sem_t wanted, done;
	atomic_bool stop;
	atomic_int users; /* the thread and the caller; the last one frees everything */

	/* The block that is being read, or that is done. */
	uint64_t offset;
	uint8_t *buffer;
	ssize_t got;
};

static void release(struct ahead *ahead)
{
	if (atomic_fetch_sub(&ahead->users, 1) > 1)
		return;
	sem_destroy(&ahead->wanted);
	sem_destroy(&ahead->done);
	close(ahead->fd);
	free(ahead->buffer);
	free(ahead);
}

static void *read_blocks(void *self)
{
	struct ahead *ahead = self;

	for (;;) {
		while (sem_wait(&ahead->wanted) < 0)
			;
		if (ahead->stop)
			break;
		ahead->got = pread(ahead->fd, ahead->buffer + AHEAD_ROOM_BYTES, AHEAD_BLOCK_BYTES,
				   (off_t)ahead->offset);
		sem_post(&ahead->done);
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
	ahead->buffer = malloc(AHEAD_BYTES);
	ahead->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	sem_init(&ahead->wanted, 0, 1);
	sem_init(&ahead->done, 0, 0);
	if (ahead->buffer && ahead->fd >= 0 && start_thread(ahead) == 0)
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
	sem_post(&ahead->wanted);
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
	uint8_t *block;
	ssize_t got;

	if (ahead->offset != offset)
		return 0;
	if (RETRIED(sem_wait(&ahead->done)) < 0)
		return -1;
	got = ahead->got;
	if (got <= 0)
		return 0;
	block = ahead->buffer;
	memcpy(block + AHEAD_ROOM_BYTES - rest_bytes, rest, rest_bytes);
	ahead->buffer = *buffer;
	ahead->offset += (uint64_t)got;
	*buffer = block;
	sem_post(&ahead->wanted);
	return got;
}
