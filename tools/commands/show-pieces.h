/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pipeimg show works on, and how it reads payload. */
#ifndef TOOLS_COMMANDS_SHOW_PIECES_H
#define TOOLS_COMMANDS_SHOW_PIECES_H

#include "pipeimg.h"
#include "shared/json.h"

enum form {
	FORM_LINES, /* a line a chunk, with a preview */
	FORM_HEX,
	FORM_TEXT,
	FORM_RAW,
};

struct show {
	struct pimg_image *image;
	enum form form;
	bool one_queue;
	uint64_t queue_id;
	bool some_chunks;
	uint64_t first, last; /* chunk numbers, from 1 */
	size_t shown;	      /* queues */
	size_t chunks_shown;
	struct json json;
};

/* Payload is read in pieces of at most this size: a multiple of 3, for base64, and of 16, for hex. */
#define PIECE_BYTES (48 * 1024)

typedef void (*piece_fn)(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset);

/* Reads up to limit bytes of a chunk, piece by piece. */
int show_pieces(struct show *show, size_t queue, size_t chunk, uint32_t limit, piece_fn put,
		struct pimg_error *error);
/* Nobody will see more: the user had enough, or the output takes no more. */
bool show_is_over(void);
/* Ends the work without an error of its own. */
int show_stop(struct pimg_error *error);

#endif
