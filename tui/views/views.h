/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All views, and the requests that open them. Each is null when memory is short. */
#ifndef TUI_VIEWS_VIEWS_H
#define TUI_VIEWS_VIEWS_H

#include "data/live-pipes.h"
#include "frame/browser.h"

/* Queues of an image. */
struct view *view_queues_new(struct browser *browser, struct model *model);
/* Opens the packets of the queue with that id as soon as it is there. */
void view_queues_want(struct view *view, uint32_t id);
/* Packets of the queue that is looked at. */
struct view *view_packets_new(struct browser *browser, struct model *model);
/*
 * Opens the packets of an image that was made here, which is taken over.
 * @name, @note: of its model
 * Returns the model, or null when memory is short, which is told.
 */
struct model *view_packets_open(struct browser *browser, struct pimg_image *image, const char *name,
				const char *note);
/* Bytes of the packet that is looked at. */
struct view *view_payload_new(struct browser *browser, struct model *model);
/* Opens the rules that fit the queue that is looked at, or tells why they cannot be tried. */
void view_rules_open(struct browser *browser, struct model *model);
/* Ends of the queue that is looked at, or of all. */
struct view *view_holders_new(struct browser *browser, struct model *model, bool of_all);
/* Of all live pipes. @pipe: the one to begin with, or null */
struct view *view_holders_live_new(struct browser *browser, struct live *live,
				   const struct live_identity *pipe);
/* What pimg_verify() finds in the image's file, or in what it would be as a file. */
struct view *view_findings_new(struct browser *browser, struct model *model);
/* Pipes of this machine's processes. */
struct view *view_live_new(struct browser *browser);
/* Takes a snapshot of that pipe once pipes were looked at. */
void view_live_want(struct view *view, uint32_t id);
struct view *view_help_new(struct browser *browser);

/* Says that an id is that of several queues, of which one was gone to. */
void views_say_several(struct browser *browser, size_t count, uint64_t id);

/* Does requests that open a view. Returns false for others. */
bool views_request(struct browser *browser, enum request request, const char *argument);

#endif
