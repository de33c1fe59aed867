/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text for people and for machines, out of bytes that may be anything. */
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

/* The escape sequence for a style on standard output, or "" where there is no colour. */
const char *style(enum style style);

/* Columns of the terminal on standard output; 80 where there is none, or COLUMNS. */
size_t output_columns(void);

/*
 * Prints bytes so that they cannot control a terminal: what the locale prints as it is, the rest as
 * \n, \0, \x1b.
 * @columns: no more than these; what is left out shows as "…"
 * @keep_newlines: line feeds and tabs as they are
 */
void print_bytes(FILE *to, const void *bytes, size_t length, size_t columns, bool keep_newlines);

/* Prints sixteen bytes a line as hex and text, as tcpdump -X does. @offset: of the first byte */
void print_hex(FILE *to, const uint8_t *bytes, size_t length, uint64_t offset);

/* "python3[15550]:3r,4w other[17]:0r" */
void print_ends(FILE *to, const struct pimg_ends *ends, size_t count, size_t columns);

/* "pipe 4711", or "FIFO 2 on device 0:45, /run/log", since others can have the same number. */
void print_live_pipe(FILE *to, const struct pimg_live_pipe *pipe);

/* "2026-11-23T08:00:00.000000000Z" */
void print_time(FILE *to, uint64_t ns);

/* Parses a whole number. Returns false if text is anything else, or too large. */
bool parse_number(const char *text, uint64_t max, uint64_t *number);

/* Parses a pipe's id: a number, or the kernel's own "pipe:[number]". */
bool parse_pipe_id(const char *text, uint64_t *id);

/* The same, as images have it: of a longer number its low 32 bits, as CRIU keeps them. */
bool parse_queue_id(const char *text, uint64_t *id);

#endif
