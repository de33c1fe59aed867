/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SHARED_SETTINGS_H
#define TOOLS_SHARED_SETTINGS_H

#include <stdbool.h>

/* Values of the common options; global, because a process runs one command. */
struct settings {
	bool json;
	bool quiet;
	bool verbose;
	bool color_stdout, color_stderr; /* by --color, NO_COLOR and terminal */
};

extern struct settings settings;

/* Sets the defaults: colour on terminals that support it. */
void settings_start(void);

#endif
