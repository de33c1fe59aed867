/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a file ahead in a separate thread, block by block, while the caller works on the block before: on two
 * processors, the kernel's copy of a large file then takes no time. A few blocks are read ahead, so the memory does
 * not depend on the file.
 */
#ifndef LIBIMG_IO_SOURCE_READER_H
#define LIBIMG_IO_SOURCE_READER_H

#include <sys/types.h>

#include "pipeimg.h"

#define READER_BLOCK_BYTES (512 * 1024)
/* Waking a thread takes 20 us in a virtual machine, so it reads several blocks at a time. */
#define READER_BLOCKS 4
/* In front of a block, room for what is left of the one before, so that a record can be in one piece. */
#define READER_ROOM_BYTES (64 * 1024)
/* Of each buffer. */
#define READER_BUFFER_BYTES (READER_ROOM_BYTES + READER_BLOCK_BYTES)

struct reader;

/*
 * Starts to read the block at offset.
 * @fd: stays the caller's
 * Returns null if that is not possible, or not useful because there is only one processor.
 */
struct reader *reader_start(int fd, uint64_t offset);
/*
 * Null is fine. If a file server does not answer for 200 ms, the thread and its descriptor stay until it does, and
 * then free everything.
 */
void reader_stop(struct reader *reader);

/*
 * Exchanges a buffer of READER_BUFFER_BYTES for the one with the next block, and starts to read the block after it.
 * @offset: where the caller continues
 * @buffer: of malloc(3); the block is at READER_ROOM_BYTES
 * @rest: bytes in that buffer, at most READER_ROOM_BYTES, that are copied right in front of the block
 * Returns the length of the block; 0 if the caller must read by itself from now on, at the end of the file, at
 * another offset, or after an error, which it will see too; or -1 with errno set if the wait was interrupted. Then
 * the buffer is unchanged.
 */
ssize_t reader_exchange(struct reader *reader, uint64_t offset, uint8_t **buffer,
			const uint8_t *rest, size_t rest_bytes);

#endif
