/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CRIU_EXPLAIN_H
#define TOOLS_CRIU_EXPLAIN_H

/* Implement --explain and --repair. Both return an exit status. */
int hook_explain(const char *directory);
/* Sets packet mode again on the ends that a killed keeper left without it. */
int hook_repair(const char *directory);

#endif
