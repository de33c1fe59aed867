/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which queues a model has, and how they are found. */
#ifndef TUI_DATA_MODEL_QUEUES_H
#define TUI_DATA_MODEL_QUEUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct model;
struct pattern;
struct pimg_queue_info;

/*
 * Queues of the image; and after them, once it is read, pipes of which the dump has no record: those count
 * as empty ones.
 */
size_t model_queue_count(const struct model *model);
/* @queue: less than the count */
const struct pimg_queue_info *model_queue_at(const struct model *model, size_t queue);
/* Whether it is one of which the dump has no record; and the word for that. */
bool model_is_unsaved(const struct model *model, size_t queue);
const char *model_unsaved_word(const struct pimg_queue_info *queue);
/*
 * The index of a queue with that id, or SIZE_MAX. Queues of several types, or FIFOs of several file systems,
 * can have the same.
 * @before: one of them, after which the next is wanted, the first after the last; or SIZE_MAX
 * @count: set to how many there are
 */
size_t model_find_queue(const struct model *model, uint64_t id, size_t before, size_t *count);

/* Whether a pattern finds something in what the line of a queue shows. */
bool model_queue_matches(const struct model *model, size_t index, const struct pattern *pattern);

#endif
