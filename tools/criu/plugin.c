// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A plugin for CRIU (criu-plugin.h), which lets it dump pipes and FIFOs in packet mode.
 *
 * CRIU refuses a pipe with O_DIRECT, and dumps a FIFO with O_DIRECT although it cannot restore it. It calls the functions
 * that do so through its tables of file types, where this plugin puts a wrapper, which hides the flag. No flag of any
 * task changes, so there is nothing to undo if CRIU is killed. When the wrapper sees the first packet pipe, it
 * registers pipeimg-criu-hook as an action script, which saves the queues and restores them. A dump without packet
 * pipes is not affected.
 *
 * This uses symbols that criu exports, although they are not an interface. So each is weak, and every assumption about
 * them is checked before use. If a check fails, one line is logged, and CRIU refuses packet pipes as usual. CRIU aborts
 * a dump if a plugin cannot be loaded or initialised; so init always succeeds, and no library except libc is needed.
 *
 * This plugin stays loaded until criu exits (-z nodelete), because the tables refer to it, and so does the script.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu/plugin-dump.h"
#include "criu/plugin-host.h"
#include "criu/plugin-restore.h"

/* ---- criu-plugin.h, version 0.2; later versions only append hooks ---- */

enum { STAGE_DUMP, STAGE_PRE_DUMP, STAGE_RESTORE };
#define PLUGIN_VERSION (0 << 16 | 2 << 8 | 0)
/* The number of hooks in 3.17. CRIU refuses a plugin with more hooks than it has. */
#define MAX_HOOKS 10

struct cr_plugin_desc {
	const char *name;
	int (*init)(int stage);
	void (*exit)(int stage, int result);
	unsigned version, max_hooks;
	void *hooks[MAX_HOOKS];
};

static bool is_off(void)
{
	const char *value = getenv("PIPEIMG_CRIU_PLUGIN");

	return (value && !strcmp(value, "0")) || access(OFF_FILE, F_OK) == 0;
}

static int start(int stage)
{
	/* An earlier dump of this process may have ended without exit. */
	plugin_end_dump(false);
	if (is_off())
		LOG(LEVEL_INFO, "switched off\n");
	else if (stage == STAGE_DUMP)
		plugin_start_dump();
	else if (stage == STAGE_RESTORE)
		plugin_start_restore();
	return 0;
}

static void end(int stage, int result)
{
	if (stage == STAGE_DUMP)
		plugin_end_dump(result == 0);
}

struct cr_plugin_desc CR_PLUGIN_DESC = {
	.name = PLUGIN_NAME,
	.init = start,
	.exit = end,
	.version = PLUGIN_VERSION,
	.max_hooks = MAX_HOOKS,
};
