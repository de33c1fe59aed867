/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Pipes that no other process can reach, for copies and for counting. */
#ifndef LIBIMG_LIVE_PRIVATE_PIPE_H
#define LIBIMG_LIVE_PRIVATE_PIPE_H

#include <sys/types.h>

#include "pipeimg.h"

/* Both ends are nonblocking. */
struct private_pipe {
	int read, write;
	uint32_t slots;
};

#define NO_PIPE ((struct private_pipe){-1, -1, 0})

/* Makes a pipe of at least capacity bytes. Returns -1 with errno set: EPERM if limits forbid it. */
int private_pipe_make(struct private_pipe *pipe, uint32_t capacity);
/* Makes a pipe with this user's default capacity. Returns -1 with errno set. */
int private_pipe_make_default(struct private_pipe *pipe);
/* Gives it at least capacity bytes. Returns -1 with errno set (EPERM if limits forbid it), and the pipe as it was. */
int private_pipe_resize(struct private_pipe *pipe, uint32_t capacity);
void private_pipe_close(struct private_pipe *pipe);

#define _cleanup_pipe_ __attribute__((cleanup(private_pipe_close)))

/* Nonblocking tee(2); returns 0 if there is nothing to copy, or no room. Returns -1 with errno set. */
ssize_t tee_now(const struct private_pipe *to, int from, size_t length);

/*
 * Counts the buffers in a pipe, by filling its free slots with ordinary bytes.
 * Returns -1 with errno set.
 */
int64_t private_pipe_count_buffers(const struct private_pipe *pipe);

/* The number in a file such as /proc/sys/fs/pipe-max-size, or 0. */
uint64_t read_limit(const char *path);

/*
 * Names the limit that refused a pipe this capacity (bytes) with EPERM, and its value: "fs.pipe-max-size
 * (1048576 bytes)".
 */
#define PIPE_LIMIT_TEXT sizeof(((struct pimg_refill_report *)0)->limit)
void name_pipe_limit(uint64_t capacity, char *text, size_t size);

/* Reports the pipe limit that caused errno_value, and how to raise it. Returns -1. */
int error_pipe_limit(struct pimg_error *error, int errno_value, const char *what,
		     uint32_t capacity);

#endif
