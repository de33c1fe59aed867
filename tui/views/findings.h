/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pimg_verify() finds in the image. */
#ifndef TUI_VIEWS_FINDINGS_H
#define TUI_VIEWS_FINDINGS_H

#include "frame/browser.h"

/*
 * Verifies the image's file, or the image as it would be written to a file. Returns null if memory is
 * short.
 */
struct view *view_findings_new(struct browser *browser, struct model *model);

#endif
