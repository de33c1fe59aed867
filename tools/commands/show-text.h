/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMMANDS_SHOW_TEXT_H
#define TOOLS_COMMANDS_SHOW_TEXT_H

#include "commands/show-pieces.h"

/* The path of a dump among several. @is_next: it is not the first */
void show_text_dump(const struct show *show, bool is_next);
void show_text_hook(const struct show *show);
void show_text_queue(const struct show *show, size_t queue);
/* A pipe or FIFO without a record in the dump. */
void show_text_unsaved(const struct pimg_queue_info *info);
int show_text_chunk(struct show *show, size_t queue, size_t number, struct pimg_error *error);

#endif
