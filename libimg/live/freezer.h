/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Whether the cgroup of a process is frozen, according to the mounted cgroup file systems. */
#ifndef LIBIMG_LIVE_FREEZER_H
#define LIBIMG_LIVE_FREEZER_H

#include <stdbool.h>
#include <sys/types.h>

struct freezer;

/*
 * Returns null if no cgroup file system is mounted, or memory is short: then no process counts as frozen.
 */
struct freezer *freezer_open(void);
void freezer_close(struct freezer *freezer);

/* Each cgroup is read once. @freezer: or null */
bool freezer_holds(struct freezer *freezer, pid_t pid);

#endif
