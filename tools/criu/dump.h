/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The actions of a dump. Each returns 0, or an exit status after printing an error: then CRIU aborts the dump. */
#ifndef TOOLS_CRIU_DUMP_H
#define TOOLS_CRIU_DUMP_H

#include "criu/files.h"

/* Before the tasks are frozen. Not run if the plugin added the hook, because that happens later. */
int hook_pre_dump(const struct hook *hook);
/* After CRIU's images are written, while the tasks are frozen: saves their queues. */
int hook_post_dump(const struct hook *hook);

#endif
