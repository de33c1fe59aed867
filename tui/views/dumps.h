/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The dumps of an input, one line for each, and the views of the one that is opened. */
#ifndef TUI_VIEWS_DUMPS_H
#define TUI_VIEWS_DUMPS_H

#include "frame/browser.h"
#include "frame/opening.h"

/*
 * Makes the list.
 * @opening: opened the input; must outlive the view
 * @input: taken in any case, and closed with the view
 * Returns null if memory is short.
 */
struct view *view_dumps_new(struct browser *browser, struct opening *opening,
			    struct pimg_input *input);
/*
 * Makes the first view of a dump, a list of its queues that owns its model.
 * @image: taken in any case
 * @path: of the input; must outlive the view
 * @is_one_of_several: the titles name the dump
 * Returns null if memory is short.
 */
struct view *view_dump_new(struct browser *browser, struct pimg_image *image, const char *path,
			   bool is_one_of_several);

#endif
