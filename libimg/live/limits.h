/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What this machine allows the pipes of the current user. */
#ifndef LIBIMG_LIVE_LIMITS_H
#define LIBIMG_LIVE_LIMITS_H

#include "pipeimg.h"

struct pipe_limits {
	uint32_t page_size;
	uint64_t max_size; /* fs.pipe-max-size, bytes */
	uint64_t
		user_pages; /* the lower of fs.pipe-user-pages-soft and -hard; UINT64_MAX for none */
	bool exceed_max_size; /* this user may go above max_size */
};

/*
 * Reads four files of /proc and tries to make a pipe, so the answer is kept for up to a second, as long as this thread
 * has the same capabilities: it is the same for each of many small images.
 */
struct pipe_limits pipe_limits_read(void);

#endif
