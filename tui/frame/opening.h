/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens an image. If that takes long, shows the progress, and q cancels it. */
#ifndef TUI_FRAME_OPENING_H
#define TUI_FRAME_OPENING_H

#include <stdbool.h>

#include "pipeimg.h"

struct opening {
	const char *path;
	bool color;
	bool is_open;
	bool was_stopped; /* by the user; this is not a failure */
	bool has_failed;  /* because the terminal cannot be used */
	struct pimg_error error;
	uint64_t began_ns, drawn_ns;
};

/*
 * Returns an image that is still growing, or null.
 * @opening: path and color must be set; must outlive the image
 */
struct pimg_image *opening_open(struct opening *opening, struct pimg_error *error);

#endif
