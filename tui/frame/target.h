/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files to write: where they may be, and the progress of writing. */
#ifndef TUI_FRAME_TARGET_H
#define TUI_FRAME_TARGET_H

#include "frame/browser.h"

/* Expands "~/" at the beginning of a path that was typed, as shells do. */
void target_expand(char *path, size_t size);
/*
 * Asks before an existing file is replaced, and refuses files that the image of any view is read from,
 * because images derived from it read their bytes there. Reports why a path is refused.
 * @replace: set to whether the file exists
 */
bool target_ask(struct browser *browser, const char *path, bool *replace);

/* Work that can take long: the last row then shows the progress, and Esc, q or ^C cancels it. */
struct lasting {
	struct browser *browser;
	const char *what; /* "writing all.hex" */
	uint64_t began_ns, drawn_ns;
};

void lasting_begin(struct lasting *lasting, struct browser *browser, const char *what);
/* A pimg_progress_fn. */
int lasting_tell(void *lasting, uint64_t done, uint64_t total);
/* Reports why it failed. If the user cancelled it, forgets the interrupt. */
void lasting_complain(struct lasting *lasting, const struct pimg_error *error);

#endif
