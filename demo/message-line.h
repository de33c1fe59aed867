/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef DEMO_MESSAGE_LINE_H
#define DEMO_MESSAGE_LINE_H

#include <stddef.h>

/*
 * Prints "WORD NUMBER: LENGTH bytes: TEXT" to standard output. Text is printable ASCII only, so that
 * a line stands for exactly one message: other bytes are \n, \t, \\ or \xHH.
 */
void print_message_line(const char *word, unsigned number, const void *message, size_t length);

#endif
