/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed after ":": places, and requests by name. */
#ifndef TUI_REQUESTS_COMMANDS_H
#define TUI_REQUESTS_COMMANDS_H

#include "frame/browser.h"

/*
 * Asks for a line of which a place is gone to, and another is told if it has no meaning.
 * @argument: set to what stands in the line behind the request's name, or null
 * Returns the request that is to be done, or REQUEST_NONE.
 */
enum request commands_ask(struct browser *browser, char *line, size_t size, const char **argument);

#endif
