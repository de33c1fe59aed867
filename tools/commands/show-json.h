/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMMANDS_SHOW_JSON_H
#define TOOLS_COMMANDS_SHOW_JSON_H

#include "commands/show-pieces.h"

void show_json_open(struct show *show);
/* One of several images that cannot be opened. */
void show_json_failure(const char *name, const struct pimg_error *failure);
void show_json_close(struct show *show, const struct pimg_error *damage);
void show_json_open_queue(struct show *show, size_t queue);
void show_json_close_queue(struct show *show);
void show_json_unsaved(struct show *show, const struct pimg_queue_info *info);
int show_json_chunk(struct show *show, size_t queue, size_t number, struct pimg_error *error);

#endif
