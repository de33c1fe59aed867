/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opening an image, which can last: then a frame says how far it is, and q ends it. */
#ifndef TUI_FRAME_OPENING_H
#define TUI_FRAME_OPENING_H

#include <stdbool.h>

#include "pipeimg.h"

struct opening {
	const char *path;
	bool color;
	bool is_open;
	bool was_stopped; /* by the user; that is no failure */
	bool has_failed;  /* for the terminal cannot be used */
	struct pimg_error error;
	uint64_t began_ns, drawn_ns;
};

/*
 * Returns an image that is left to grow, or null.
 * @opening: with path and color; must live as long as the image
 */
struct pimg_image *opening_open(struct opening *opening, struct pimg_error *error);

#endif
