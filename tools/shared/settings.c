// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/settings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings settings;

/* Colour is used on a terminal that supports it, unless NO_COLOR is set. */
static bool wants_color(int fd)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(fd) && !(no_color && *no_color) && term && strcmp(term, "dumb");
}

void settings_start(void)
{
	settings.color_stdout = wants_color(STDOUT_FILENO);
	settings.color_stderr = wants_color(STDERR_FILENO);
}
