// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/limits.h"

#include <inttypes.h>
#include <limits.h>
#include <linux/capability.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "live/private-pipe.h"

/* The effective capabilities of this thread. */
static uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {{0}};

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

/* In a user namespace, capabilities do not count against limits: only an attempt shows. */
static bool may_exceed(uint64_t max_size)
{
	_cleanup_pipe_ struct private_pipe pipe = NO_PIPE;

	return max_size < INT_MAX / 2 && private_pipe_make(&pipe, (uint32_t)max_size * 2) == 0;
}

/* False in the first user namespace, where all ids are mapped to themselves. */
static bool in_user_namespace(void)
{
	FILE *file = fopen("/proc/self/uid_map", "re");
	uint32_t inside = 1, outside = 1, count = 0;
	bool first = !file || (fscanf(file, "%" SCNu32 " %" SCNu32 " %" SCNu32, &inside, &outside,
				      &count) == 3 &&
			       !inside && !outside && count == UINT32_MAX);

	if (file)
		fclose(file);
	return !first;
}

/* fs/pipe.c: either capability lifts the limits of pages, except in a user namespace. */
static bool pages_are_limited(void)
{
	return in_user_namespace() ||
	       !(effective_capabilities() &
		 (UINT64_C(1) << CAP_SYS_RESOURCE | UINT64_C(1) << CAP_SYS_ADMIN));
}

static struct pipe_limits ask(void)
{
	uint64_t soft = read_limit("/proc/sys/fs/pipe-user-pages-soft");
	uint64_t hard = read_limit("/proc/sys/fs/pipe-user-pages-hard");
	struct pipe_limits limits = {
		.page_size = (uint32_t)sysconf(_SC_PAGESIZE),
		.max_size = read_limit("/proc/sys/fs/pipe-max-size"),
		.user_pages = UINT64_MAX,
	};

	if (pages_are_limited()) {
		if (soft)
			limits.user_pages = soft;
		if (hard && hard < limits.user_pages)
			limits.user_pages = hard;
	}
	limits.exceed_max_size = may_exceed(limits.max_size);
	return limits;
}

struct pipe_limits pipe_limits_read(void)
{
	static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	static struct pipe_limits limits;
	static uint64_t asked_with;
	static time_t asked_at;
	uint64_t capabilities = effective_capabilities();
	struct pipe_limits answer;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	pthread_mutex_lock(&mutex);
	if (!limits.page_size || now.tv_sec != asked_at || capabilities != asked_with) {
		limits = ask();
		asked_with = capabilities;
		asked_at = now.tv_sec;
	}
	answer = limits;
	pthread_mutex_unlock(&mutex);
	return answer;
}
