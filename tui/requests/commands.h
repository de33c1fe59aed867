/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed after ":": places, and requests by name. */
#ifndef TUI_REQUESTS_COMMANDS_H
#define TUI_REQUESTS_COMMANDS_H

#include "frame/browser.h"

void commands_ask(struct browser *browser);
void commands_do(struct browser *browser, const char *line);

#endif
