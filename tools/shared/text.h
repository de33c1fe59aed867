/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Formats untrusted bytes, ends, numbers and times as text. */
#ifndef TOOLS_SHARED_TEXT_H
#define TOOLS_SHARED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "pipeimg.h"
#include "tui/paint/ends.h"

enum style {
	STYLE_PLAIN,
	STYLE_HEADING,
	STYLE_PACKET,
	STYLE_STREAM,
	STYLE_DIM,
	STYLE_ALARM,
};

/* The escape sequence for a style on standard output, or "" without colour. */
const char *style(enum style style);

/* Width of the terminal on standard output; otherwise COLUMNS, or 80. */
size_t output_columns(void);

/*
 * Prints bytes without control characters: what the locale can print unchanged, the rest as \n, \0, \x1b.
 * @columns: maximum width; longer text ends in "…"
 * @keep_newlines: do not escape line feeds and tabs
 */
void print_bytes(FILE *to, const void *bytes, size_t length, size_t columns, bool keep_newlines);

/* The width of a string as print_bytes() prints it. */
size_t text_columns(const char *text);

/* Prints sixteen bytes per line as hex and text, like tcpdump -X. @offset: of the first byte */
void print_hex(FILE *to, const uint8_t *bytes, size_t length, uint64_t offset);

/* "python3[15550]:3r,4w other[17]:0r" */
void print_ends(FILE *to, const struct pimg_ends *ends, size_t count, size_t columns);

/* "pipe 4711", or "FIFO 2 on device 0:45, /run/log": inode numbers of FIFOs are not unique. */
void print_live_pipe(FILE *to, const struct pimg_live_pipe *pipe);

/* "2026-11-23T08:00:00.000000000Z" */
void print_time(FILE *to, uint64_t ns);

/* Parses a decimal number. Returns false if text is anything else, or the number is too large. */
bool parse_number(const char *text, uint64_t max, uint64_t *number);

/* Parses the id of a pipe: a number, or "pipe:[number]" as in /proc. */
bool parse_pipe_id(const char *text, uint64_t *id);

/* The same, but keeps only the low 32 bits, as images do. */
bool parse_queue_id(const char *text, uint64_t *id);

#endif
