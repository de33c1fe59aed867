/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands after ":": places, and requests by name. */
#ifndef TUI_REQUESTS_COMMANDS_H
#define TUI_REQUESTS_COMMANDS_H

#include "frame/browser.h"

/*
 * Asks for a line. Goes to the place if it is one, and reports an unknown request.
 * @argument: set to the text after the request's name, or null
 * Returns the request to run, or REQUEST_NONE.
 */
enum request commands_ask(struct browser *browser, char *line, size_t size, const char **argument);

#endif
