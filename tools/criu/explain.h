/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CRIU_EXPLAIN_H
#define TOOLS_CRIU_EXPLAIN_H

/* Reports what the hook did with a dump: a directory or an archive. Returns an exit status. */
int hook_explain(const char *path);

#endif
