/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State of pipeimg show, and how it reads payload. */
#ifndef TOOLS_COMMANDS_SHOW_PIECES_H
#define TOOLS_COMMANDS_SHOW_PIECES_H

#include "pipeimg.h"
#include "shared/json.h"

enum form {
	FORM_LINES, /* one line per chunk, with a preview */
	FORM_HEX,
	FORM_TEXT,
	FORM_RAW,
	FORM_PROCESSES, /* not the queues, but who has them */
};

struct show {
	struct pimg_image *image;
	const char *dump; /* the only one to show of an input that has several, or null */
	enum form form;
	bool one_queue;
	uint64_t queue_id;
	bool some_chunks;
	uint64_t first, last; /* chunk numbers, from 1 */
	size_t shown;	      /* queues */
	size_t chunks_shown;
	bool one_of_many; /* images: each is one line of JSON */
	struct json json;
};

/* Maximum size of a piece of payload: a multiple of 3 for base64, and of 16 for hex. */
#define PIECE_BYTES (48 * 1024)

typedef void (*piece_fn)(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset);

/* Reads up to limit bytes of a chunk, piece by piece. */
int show_pieces(struct show *show, size_t queue, size_t chunk, uint32_t limit, piece_fn put,
		struct pimg_error *error);
/* True if the user interrupted, or the output failed. */
bool show_is_over(void);
/* Stops without an error message. */
int show_stop(struct pimg_error *error);

#endif
