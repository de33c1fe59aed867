/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CRIU_DUMP_H
#define TOOLS_CRIU_DUMP_H

#include "criu/files.h"

/* An action of CRIU. Returns an exit status; any other than 0 makes CRIU fail. */
int hook_post_dump(const struct hook *hook);

#endif
