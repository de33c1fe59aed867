// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/processors.h"

#include <sched.h>
#include <sys/sysinfo.h>

int processors(void)
{
	cpu_set_t set;

	/* Beyond 1024 processors, the set is too small for the kernel. */
	return sched_getaffinity(0, sizeof(set), &set) < 0 ? get_nprocs() : CPU_COUNT(&set);
}
