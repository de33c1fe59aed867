/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin in a dump: hides packet mode from CRIU's check, and adds the hook. */
#ifndef TOOLS_CRIU_PLUGIN_DUMP_H
#define TOOLS_CRIU_PLUGIN_DUMP_H

#include "criu/plugin-host.h"

void plugin_start_dump(void) HIDDEN;
void plugin_end_dump(bool succeeded) HIDDEN;

#endif
