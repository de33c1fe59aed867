/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEMO_MESSAGE_LINE_H
#define DEMO_MESSAGE_LINE_H

#include <stddef.h>

/*
 * Prints "WORD NUMBER: LENGTH bytes: TEXT" to standard output. All bytes except printable
 * ASCII are escaped as \n, \t, \\ or \xHH, so that each line is exactly one message.
 */
void print_message_line(const char *word, unsigned number, const void *message, size_t length);

#endif
