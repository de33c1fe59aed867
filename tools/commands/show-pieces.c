// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/show-pieces.h"

#include <stdio.h>

#include "shared/message.h"

bool show_is_over(void)
{
	return interrupted() || ferror(stdout);
}

int show_stop(struct pimg_error *error)
{
	error->status = PIMG_OK;
	return -1;
}

int show_pieces(struct show *show, size_t queue, size_t chunk, uint32_t limit, piece_fn put,
		struct pimg_error *error)
{
	static uint8_t piece[PIECE_BYTES];
	uint32_t length = pimg_image_chunk(show->image, queue, chunk).length;

	if (length > limit)
		length = limit;
	for (uint32_t done = 0; done < length;) {
		uint32_t count = length - done < PIECE_BYTES ? length - done : PIECE_BYTES;

		if (show_is_over())
			return show_stop(error);
		if (pimg_image_read(show->image, queue, chunk, done, piece, count, error) < 0)
			return -1;
		put(show, piece, count, done);
		done += count;
	}
	return 0;
}
