/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets to a file. */
#ifndef TUI_REQUESTS_EXPORT_H
#define TUI_REQUESTS_EXPORT_H

#include "frame/browser.h"

/*
 * Writes the marked packets, or the one that is looked at: asks in which form, where to, and before it
 * replaces a file.
 * @path: or null; the form follows from its ending
 */
void export_ask(struct view *view, const char *path);

#endif
