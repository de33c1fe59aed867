/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A finding: where it is, what was found, and the explanation and remedies of its check. */
#ifndef TUI_VIEWS_FINDING_H
#define TUI_VIEWS_FINDING_H

#include "data/verifying.h"
#include "frame/browser.h"

enum role finding_role(enum pimg_severity severity);
/* Opens the packets of the queue of a finding. */
void finding_open_queue(struct browser *browser, struct model *model, int64_t pipe,
			enum pimg_type type);
/*
 * The view of one finding, with the complete explanation. Copies what it needs. Returns null if memory is short.
 */
struct view *view_finding_new(struct browser *browser, struct model *model,
			      const struct finding *finding);

#endif
