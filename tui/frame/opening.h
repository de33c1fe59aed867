/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opens an input, and dumps in it. Most of them open immediately. Input without an index, like JSON or an archive
 * from a pipe, is read to the end first: then the screen shows how far it is, and q stops it.
 */
#ifndef TUI_FRAME_OPENING_H
#define TUI_FRAME_OPENING_H

#include <stdbool.h>

#include "pipeimg.h"

/* What the progress callback does. */
enum opening_state {
	OPENING_SHOWN,	/* shows the progress, and a key stops it */
	OPENING_UNSEEN, /* while a view is shown: any key stops it, and is then for the view */
	OPENING_OVER,	/* keys and signals belong to the views */
};

/* Must live as long as the input and the images. */
struct opening {
	const char *path;
	bool color;	  /* for the screen, if it has to be started */
	bool was_stopped; /* by the user; this is not a failure */
	bool has_failed;  /* the screen could not be started: error */
	enum opening_state state;
	struct pimg_error error;
	struct pimg_progress progress;
	uint64_t began_ns, drawn_ns;
};

/* Returns null if the input cannot be opened, or was_stopped. */
struct pimg_input *opening_input(struct opening *opening, struct pimg_error *error);
/* Opens a dump of the input. The same. */
struct pimg_image *opening_dump(struct opening *opening, struct pimg_input *input, size_t number,
				struct pimg_error *error);
/* Between these, a dump can be opened while a view is shown. */
void opening_begin_unseen(struct opening *opening);
void opening_end(struct opening *opening);

#endif
