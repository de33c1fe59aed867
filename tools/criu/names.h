/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the hook and the plugin agree on: the names of the hook's files in an image directory, and the like. */
#ifndef TOOLS_CRIU_NAMES_H
#define TOOLS_CRIU_NAMES_H

#include <inttypes.h>

#define HOOK_LOG	"pipeimg-hook.log"
#define HOOK_STATE_PIPE "pipeimg-pipes.img"
#define HOOK_STATE_FIFO "pipeimg-fifos.img"
/* A copy of CRIU's inventory.img, which is unique to a dump: identifies the dump of the saved queues. */
#define HOOK_INVENTORY "pipeimg-hook.inventory"
/* What a complete dump consists of. */
#define HOOK_SAVED HOOK_STATE_PIPE, HOOK_STATE_FIFO, HOOK_INVENTORY
/*
 * The queues are not saved, though CRIU's images may be complete. Created first and removed last. The plugin writes a line
 * for each end of a packet pipe, in this format: the type as in fdinfo.proto, the pipe's number, and 1 if the end is in
 * packet mode.
 */
#define HOOK_FAILED "pipeimg-hook.failed"
#define PACKET_PIPE "%u %" PRIu32 " %u\n"
#define FDINFO_PIPE 2
#define FDINFO_FIFO 3

/* In the environment of the hook at a restore, if CRIU's inventory lists the plugin. */
#define HOOK_IS_LISTED "PIPEIMG_CRIU_PLUGIN_IS_LISTED"

/*
 * The same: the inode numbers of all pipes that criu had open when it started, each after a space. Among them are those
 * that were passed to it, and none that it has created since. Not set if they are not known.
 */
#define HOOK_PASSED "PIPEIMG_CRIU_PASSED_PIPES"

/* In CRIU's log, after "pipeimg: ": the plugin found everything that it relies on. */
#define PLUGIN_READY "packet pipes can be dumped"

/* CRIU's images of unread data. */
#define STOCK_PIPE "pipes-data.img"
#define STOCK_FIFO "fifo-data.img"

#endif
