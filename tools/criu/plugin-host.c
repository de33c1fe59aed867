// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/plugin-host.h"

#include <unistd.h>

static char hook[] = HOOK;
static bool hook_is_set;

bool host_is_known(void)
{
	return rpc_query_external_files && add_script && criu_get_image_dir;
}

bool host_has_hook(void)
{
	if (access(hook, X_OK) == 0)
		return true;
	LOG(LEVEL_WARN, "%s is missing; packet pipes cannot be dumped\n", hook);
	return false;
}

bool host_set_hook(void)
{
	if (!hook_is_set && add_script(hook) == 0)
		hook_is_set = true;
	if (!hook_is_set)
		LOG(LEVEL_ERROR, "cannot add the action script %s\n", hook);
	return hook_is_set;
}
