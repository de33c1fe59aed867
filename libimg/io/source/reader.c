// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/source/reader.h"

#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/processors.h"

/* The thread is woken when only this many of READER_BLOCKS are left, and then reads until all are full again. */
#define WAKE_BLOCKS 1

struct block {
	uint8_t *buffer;
	ssize_t got;
};

struct reader {
	int fd; /* a copy, because the thread can outlive the caller's */
	pthread_t thread;
	sem_t wake; /* the thread */
	sem_t full; /* blocks that the caller can take */
	atomic_bool stop;
	atomic_int users;  /* the thread and the caller; the last one frees everything */
	atomic_uint ready; /* as full, to be read by both */

	struct block blocks[READER_BLOCKS]; /* each belongs to one of the two at a time */
	uint64_t offset;		    /* of the next block that the caller takes */
	unsigned next;			    /* its number */
};

static void release(struct reader *reader)
{
	if (atomic_fetch_sub(&reader->users, 1) > 1)
		return;
	sem_destroy(&reader->wake);
	sem_destroy(&reader->full);
	close(reader->fd);
	for (size_t i = 0; i < READER_BLOCKS; i++)
		free(reader->blocks[i].buffer);
	free(reader);
}

static void *read_blocks(void *self)
{
	struct reader *reader = self;
	uint64_t offset = reader->offset;
	unsigned number = 0;

	for (;;) {
		struct block *block = &reader->blocks[number++ % READER_BLOCKS];

		while (!reader->stop && reader->ready == READER_BLOCKS)
			sem_wait(&reader->wake);
		if (reader->stop)
			break;
		block->got = pread(reader->fd, block->buffer + READER_ROOM_BYTES,
				   READER_BLOCK_BYTES, (off_t)offset);
		if (block->got > 0)
			offset += (uint64_t)block->got;
		reader->ready++;
		sem_post(&reader->full);
		/* The caller reads by itself from here on. */
		if (block->got <= 0)
			break;
	}
	release(reader);
	return NULL;
}

/* Returns 0, or -1 if there are no resources for it. */
static int start_thread(struct reader *reader)
{
	sigset_t before;
	int failed;

	signals_block_all(&before);
	failed = pthread_create(&reader->thread, NULL, read_blocks, reader);
	signals_unblock(&before);
	return failed ? -1 : 0;
}

static int make_buffers(struct reader *reader)
{
	for (size_t i = 0; i < READER_BLOCKS; i++) {
		reader->blocks[i].buffer = malloc(READER_BUFFER_BYTES);
		if (!reader->blocks[i].buffer)
			return -1;
	}
	return 0;
}

struct reader *reader_start(int fd, uint64_t offset)
{
	struct reader *reader;

	if (processors() < 2)
		return NULL;
	reader = calloc(1, sizeof(*reader));
	if (!reader)
		return NULL;
	reader->users = 2;
	reader->offset = offset;
	reader->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	sem_init(&reader->wake, 0, 0);
	sem_init(&reader->full, 0, 0);
	if (reader->fd >= 0 && make_buffers(reader) == 0 && start_thread(reader) == 0)
		return reader;
	reader->users = 1;
	release(reader);
	return NULL;
}

void reader_stop(struct reader *reader)
{
	enum { PATIENCE_MS = 200 };
	struct timespec until;
	pthread_t thread;

	if (!reader)
		return;
	thread = reader->thread;
	reader->stop = true;
	sem_post(&reader->wake);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += PATIENCE_MS * 1000000L;
	until.tv_sec += until.tv_nsec / 1000000000L;
	until.tv_nsec %= 1000000000L;
	release(reader);
	if (pthread_timedjoin_np(thread, NULL, &until) != 0)
		pthread_detach(thread);
}

ssize_t reader_exchange(struct reader *reader, uint64_t offset, uint8_t **buffer,
			const uint8_t *rest, size_t rest_bytes)
{
	struct block *block = &reader->blocks[reader->next % READER_BLOCKS];
	uint8_t *taken;
	ssize_t got;

	if (reader->offset != offset)
		return 0;
	if (RETRIED(sem_wait(&reader->full)) < 0)
		return -1;
	got = block->got;
	if (got <= 0)
		return 0;
	taken = block->buffer;
	memcpy(taken + READER_ROOM_BYTES - rest_bytes, rest, rest_bytes);
	block->buffer = *buffer;
	*buffer = taken;
	reader->offset += (uint64_t)got;
	reader->next++;
	if (--reader->ready == WAKE_BLOCKS)
		sem_post(&reader->wake);
	return got;
}
