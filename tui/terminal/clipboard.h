/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal's clipboard. */
#ifndef TUI_TERMINAL_CLIPBOARD_H
#define TUI_TERMINAL_CLIPBOARD_H

#include <stdbool.h>
#include <stddef.h>

/* Returns false if the terminal has no accessible clipboard. */
bool clipboard_put(const char *text, size_t length);

#endif
