/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the views of findings and of one of them share. */
#ifndef TUI_VIEWS_FINDINGS_H
#define TUI_VIEWS_FINDINGS_H

#include "data/verifying.h"
#include "frame/browser.h"

enum role finding_role(enum pimg_severity severity);
/* Opens the packets of the queue that a finding is about. */
void finding_open_queue(struct browser *browser, struct model *model, int64_t pipe,
			enum pimg_type type);
/* The view of one, with the whole explanation. Copies what it needs. */
struct view *view_finding_new(struct browser *browser, struct model *model,
			      const struct finding *finding);

#endif
