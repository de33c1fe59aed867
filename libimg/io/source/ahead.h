/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Reads a file ahead in a separate thread, block by block, while the caller works on the block before: on two
 * processors, the kernel's copy of a large file then takes no time. A few blocks are read ahead, so the memory does
 * not depend on the file.
 */
#ifndef LIBIMG_IO_SOURCE_AHEAD_H
#define LIBIMG_IO_SOURCE_AHEAD_H

#include <sys/types.h>

#include "pipeimg.h"

#define AHEAD_BLOCK_BYTES (512 * 1024)
/* Waking a thread takes 20 us in a virtual machine, so it reads several blocks at a time. */
#define AHEAD_BLOCKS 4
/* In front of a block, room for what is left of the one before, so that a record can be in one piece. */
#define AHEAD_ROOM_BYTES (64 * 1024)
/* Of each buffer. */
#define AHEAD_BYTES (AHEAD_ROOM_BYTES + AHEAD_BLOCK_BYTES)

struct ahead;

/*
 * Starts to read the block at offset.
 * @fd: stays the caller's
 * Returns null if that is not possible, or not useful because there is only one processor.
 */
struct ahead *ahead_start(int fd, uint64_t offset);
/* Null is fine. Does not wait for a file server that does not answer. */
void ahead_stop(struct ahead *ahead);

/*
 * Exchanges a buffer of AHEAD_BYTES for the one with the next block, and starts to read the block after it.
 * @offset: where the caller continues
 * @buffer: of malloc(3); the block is at AHEAD_ROOM_BYTES
 * @rest: bytes in that buffer, at most AHEAD_ROOM_BYTES, that are copied right in front of the block
 * Returns the length of the block; 0 if the caller must read by itself from now on, at the end of the file, at
 * another offset, or after an error, which it will see too; or -1 with errno set if the wait was interrupted. Then
 * the buffer is unchanged.
 */
ssize_t ahead_exchange(struct ahead *ahead, uint64_t offset, uint8_t **buffer, const uint8_t *rest,
		       size_t rest_bytes);

#endif
