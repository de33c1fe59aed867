/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SHARED_SETTINGS_H
#define TOOLS_SHARED_SETTINGS_H

#include <stdbool.h>

/* What the common options said. One process runs one command, so there is one of it. */
struct settings {
	bool json;
	bool quiet;
	bool verbose;
	bool color_stdout, color_stderr; /* after --color, NO_COLOR and whether it is a terminal */
};

extern struct settings settings;

/* What holds without options: colour on terminals that know it. */
void settings_start(void);

#endif
