/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMMANDS_LIST_JSON_H
#define TOOLS_COMMANDS_LIST_JSON_H

#include "commands/list-look.h"
#include "shared/json.h"

void row_write_json(struct json *json, const struct row *row);

#endif
