/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin in a restore: adds the hook if the images have packets. */
#ifndef TOOLS_CRIU_PLUGIN_RESTORE_H
#define TOOLS_CRIU_PLUGIN_RESTORE_H

#include "criu/plugin-host.h"

void plugin_start_restore(void) HIDDEN;

#endif
