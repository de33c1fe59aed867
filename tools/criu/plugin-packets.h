/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pipes and FIFOs CRIU cannot dump correctly. */
#ifndef TOOLS_CRIU_PLUGIN_PACKETS_H
#define TOOLS_CRIU_PLUGIN_PACKETS_H

#include "criu/plugin-host.h"

/*
 * True if an end is in packet mode, or packets are unread though none is: it was left, or the writer is the kernel, as for
 * autofs.
 * @type: as in fdinfo.proto
 * @flags: of the end
 */
bool is_packet_pipe(unsigned type, int fd, unsigned flags) HIDDEN;

#endif
