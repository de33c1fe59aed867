/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong with the image, as pimg_verify() finds it in its file. */
#ifndef TUI_VIEWS_FINDINGS_H
#define TUI_VIEWS_FINDINGS_H

#include "frame/browser.h"

/*
 * What pimg_verify() finds in the image's file, or in what it would be as a file. Returns null when memory is
 * short.
 */
struct view *view_findings_new(struct browser *browser, struct model *model);

#endif
