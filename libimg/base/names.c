// SPDX-License-Identifier: LGPL-2.1-or-later
/* Below everything else in the library, so that errors can name the type of a queue. */
#include "base/names.h"

#include "pipeimg-private.h"

const char *pimg_type_name(enum pimg_type type)
{
	static const char *const names[] = {
		[PIMG_PIPE] = "pipe",
		[PIMG_FIFO] = "fifo",
		[PIMG_SOCKET] = "socket",
	};

	return NAME_IN(names, type);
}

const char *pimg_type_word(enum pimg_type type)
{
	return type == PIMG_FIFO ? "FIFO" : pimg_type_name(type);
}

const char *pimg_socket_name(enum pimg_socket socket)
{
	static const char *const names[] = {
		[PIMG_SOCKET_UNKNOWN] = "unknown",
		[PIMG_SOCKET_STREAM] = "stream",
		[PIMG_SOCKET_SEQPACKET] = "seqpacket",
		[PIMG_SOCKET_DATAGRAM] = "datagram",
	};

	return NAME_IN(names, socket);
}

const char *pimg_task_state_name(enum pimg_task_state state)
{
	static const char *const names[] = {
		[PIMG_TASK_UNKNOWN] = "unknown",
		[PIMG_TASK_ALIVE] = "alive",
		[PIMG_TASK_STOPPED] = "stopped",
		[PIMG_TASK_ZOMBIE] = "zombie",
	};

	return NAME_IN(names, state);
}

const char *pimg_kind_name(enum pimg_kind kind)
{
	static const char *const names[] = {
		[PIMG_STREAM] = "stream",
		[PIMG_PACKET] = "packet",
	};

	return NAME_IN(names, kind);
}

const char *pimg_mode_name(enum pimg_mode mode)
{
	static const char *const names[] = {
		[PIMG_MODE_EMPTY] = "empty",
		[PIMG_MODE_STREAM] = "stream",
		[PIMG_MODE_PACKETS] = "packets",
		[PIMG_MODE_MIXED] = "mixed",
	};

	return NAME_IN(names, mode);
}
