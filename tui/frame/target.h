/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are written: where they may go, and how far they are. */
#ifndef TUI_FRAME_TARGET_H
#define TUI_FRAME_TARGET_H

#include "frame/browser.h"

/* What was typed as a path, with HOME in the place of "~" in a "~/" at its beginning, as shells do. */
void target_expand(char *path, size_t size);
/*
 * Asks before an existing file is replaced, and refuses what an open image is from: that of any view, for
 * one that was made of another has its bytes from there. What was in the way is told.
 * @replace: set to whether there is a file
 */
bool target_ask(struct browser *browser, const char *path, bool *replace);

/* Work that can last: then the last row says how far it is, and Esc, q or ^C stops it. */
struct lasting {
	struct browser *browser;
	const char *what; /* "writing all.hex" */
	uint64_t began_ns, drawn_ns;
};

void lasting_begin(struct lasting *lasting, struct browser *browser, const char *what);
/* A pimg_progress_fn. */
int lasting_tell(void *lasting, uint64_t done, uint64_t total);
/* Tells why it failed; that it was stopped is no failure, and is over with that. */
void lasting_complain(struct lasting *lasting, const struct pimg_error *error);

#endif
