/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identifies the dump that the files of the hook belong to. */
#ifndef TOOLS_CRIU_INVENTORY_H
#define TOOLS_CRIU_INVENTORY_H

#include "criu/files.h"

/*
 * Both return 0, or an exit status after printing an error.
 * @counts: number of saved queues, by type
 */
int hook_keep_inventory(const struct hook *hook, const size_t counts[2]);
int hook_check_inventory(const struct hook *hook);

/* True if the queues of exactly this dump are saved. */
bool hook_is_saved(const struct hook *hook);

#endif
