/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Converts arbitrary bytes to text that cannot control a terminal: printable characters of the locale are
 * unchanged, the rest become \n, \0, \x1b.
 */
#ifndef TUI_TERMINAL_ESCAPE_H
#define TUI_TERMINAL_ESCAPE_H

#include <limits.h>
#include <stddef.h>

#define ESCAPE_SIZE (MB_LEN_MAX + 8)

/*
 * Converts the next character or byte to text.
 * @length: of bytes, not 0
 * @columns: set to the width of text, never 0
 * Returns how many bytes were converted.
 */
size_t escape_next(const void *bytes, size_t length, char text[ESCAPE_SIZE], size_t *columns);

/* How many of the bytes fit into that many columns. */
size_t escape_fitting(const void *bytes, size_t length, size_t columns);

#endif
