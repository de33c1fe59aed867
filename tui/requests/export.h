/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writes packets to a file. */
#ifndef TUI_REQUESTS_EXPORT_H
#define TUI_REQUESTS_EXPORT_H

#include "frame/browser.h"

/*
 * Writes the marked packets, or the current one. Asks for the form and the path, and before it replaces a
 * file.
 * @path: or null; its ending selects the form
 */
void export_ask(struct view *view, const char *path);

#endif
