// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/origin.h"

#include <fcntl.h>
#include <string.h>

#include "base/error.h"
#include "format/decode.h"
#include "format/record.h"

static void copy_origin(struct pimg_origin *origin, const PipeOrigin *message)
{
	*origin = (struct pimg_origin){
		.size = sizeof(*origin),
		.known = (message->has_captured_at_ns ? PIMG_ORIGIN_TIME : 0) |
			 (message->has_page_size ? PIMG_ORIGIN_PAGE : 0) |
			 (message->has_uid && message->has_gid ? PIMG_ORIGIN_OWNER : 0) |
			 (message->has_mode ? PIMG_ORIGIN_MODE : 0),
		.captured_at_ns = message->captured_at_ns,
		.page_size = message->page_size,
		.uid = message->uid,
		.gid = message->gid,
		.mode = message->mode & 07777,
	};
}

static void copy_end(struct pimg_end *end, const PipeEnd *message)
{
	size_t length = message->has_comm ? message->comm.len : 0;

	*end = (struct pimg_end){
		.size = sizeof(*end),
		.pid = message->pid,
		.inner_pid = message->inner_pid,
		.fd = message->fd,
	};
	end->flags = (message->flags & ~RECORDED_O_DIRECT) |
		     (message->flags & RECORDED_O_DIRECT ? O_DIRECT : 0);
	if (length >= sizeof(end->comm))
		length = sizeof(end->comm) - 1;
	if (length)
		memcpy(end->comm, message->comm.data, length);
}

PipeOrigin *origin_unpack(const uint8_t *message, uint32_t length, struct pimg_error *error)
{
	PipeOrigin *origin;

	if (length > DECODED_MESSAGE_MAX) {
		error_check(error, CHECK_ORIGIN, "field 1003 (origin) has %u bytes, more than %u",
			    length, DECODED_MESSAGE_MAX);
		return NULL;
	}
	origin = pipe_origin__unpack(NULL, length, message);
	if (!origin)
		error_check(error, CHECK_ORIGIN, "field 1003 (origin) cannot be decoded");
	return origin;
}

int origin_decode(const uint8_t *message, uint32_t length, struct pimg_origin *origin,
		  int (*add_end)(void *context, const struct pimg_end *end), void *context,
		  struct pimg_error *error)
{
	PipeOrigin *decoded = origin_unpack(message, length, error);
	int result = 0;

	if (!decoded)
		return -1;
	copy_origin(origin, decoded);
	for (size_t i = 0; add_end && i < decoded->n_end && !result; i++) {
		struct pimg_end end;

		copy_end(&end, decoded->end[i]);
		result = add_end(context, &end);
	}
	pipe_origin__free_unpacked(decoded, NULL);
	return result;
}
