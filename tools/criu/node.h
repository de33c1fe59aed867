/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where criu looks for plugins on this machine. */
#ifndef TOOLS_CRIU_NODE_H
#define TOOLS_CRIU_NODE_H

#include <stdbool.h>
#include <sys/types.h>

#define NODE_PLUGIN "pipeimg_plugin.so"

/*
 * The directory from which a criu process loads its plugins: as its options, its configuration files or its environment
 * say, of which its action scripts inherit the latter; otherwise the usual one of a criu that is installed there.
 * @criu: a pid, or 0 for a criu that is started without options
 * Returns a string that is valid until the next call.
 */
const char *node_plugin_directory(pid_t criu);
/* True if the plugin is there. */
bool node_has_plugin(pid_t criu);

#endif
