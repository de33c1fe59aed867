/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CRIU_EXPLAIN_H
#define TOOLS_CRIU_EXPLAIN_H

/* What --explain and --repair do for a dump. Each returns an exit status. */
int hook_explain(const char *directory);
/* Sets packet mode again of what a keeper left that was killed. */
int hook_repair(const char *directory);

#endif
