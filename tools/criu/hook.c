// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipeimg criu-hook: CRIU's action script, which the plugin adds. CRIU runs it without arguments at each action, and
 * passes the name of the action in the environment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "criu/check.h"
#include "criu/dump.h"
#include "criu/explain.h"
#include "criu/files.h"
#include "criu/restore.h"
#include "shared/commands.h"
#include "shared/message.h"

static const struct {
	const char *name;
	int (*run)(const struct hook *hook);
} actions[] = {
	{"pre-dump", hook_pre_dump},
	{"post-dump", hook_post_dump},
	{"post-restore", hook_post_restore},
};

#define ACTION_COUNT (sizeof(actions) / sizeof(*actions))

/* CRIU passes the directory as /proc/PID/fd/N, where PID is that of CRIU. */
static pid_t criu_of_directory(const char *directory)
{
	int pid, fd;

	return sscanf(directory, "/proc/%d/fd/%d", &pid, &fd) == 2 ? pid : getppid();
}

static int run_action(const char *action)
{
	const char *directory = getenv("CRTOOLS_IMAGE_DIR"), *init = getenv("CRTOOLS_INIT_PID");
	struct hook hook = {.action = action};
	size_t number = 0;

	while (number < ACTION_COUNT && strcmp(action, actions[number].name) != 0)
		number++;
	if (number == ACTION_COUNT)
		return 0;
	if (!directory)
		return refuse(PIMG_USAGE, "CRTOOLS_IMAGE_DIR is not set");
	/*
	 * A criu service sets it before it has a directory, if it was started with an action script. One that the plugin
	 * adds gets the right one.
	 */
	if (hook_open_directory(&hook, directory) < 0)
		return refuse(PIMG_SYSTEM, "%s: cannot open the image directory: %s%s", directory,
			      strerror(errno),
			      strstr(directory, "/fd/-1")
				      ? "; criu service was started with this action script, and "
					"does not pass it the directory; the plugin adds the "
					"script itself, so start the service without it"
				      : "");
	hook.criu = criu_of_directory(directory);
	hook.init = init ? (pid_t)strtol(init, NULL, 10) : 0;
	return actions[number].run(&hook);
}

enum {
	OPTION_EXPLAIN = OPTION_OWN,
	OPTION_CHECK,
	OPTION_CRIU,
};

static const struct option long_options[] = {
	{"explain", required_argument, NULL, OPTION_EXPLAIN},
	{"check", no_argument, NULL, OPTION_CHECK},
	{"criu", required_argument, NULL, OPTION_CRIU},
	COMMON_LONG_OPTIONS,
};

static int run(int argc, char **argv)
{
	const char *action = getenv("CRTOOLS_SCRIPT_ACTION"), *explained = NULL;
	const char *criu = NULL;
	bool check = false;
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options,
						NULL)) != -1) {
		if (option == OPTION_EXPLAIN)
			explained = optarg;
		else if (option == OPTION_CHECK)
			check = true;
		else if (option == OPTION_CRIU)
			criu = optarg;
		else
			status = common_option(&command_criu_hook, option, argv);
	}
	if (status)
		return status;
	if (optind < argc)
		return usage_error(&command_criu_hook, "unexpected argument '%s'", argv[optind]);
	if (check && explained)
		return usage_error(&command_criu_hook,
				   "--check and --explain are mutually exclusive");
	if (criu && !check)
		return usage_error(&command_criu_hook, "--criu requires --check");
	if (check)
		return hook_check_node(criu ? criu : "criu");
	if (explained)
		return hook_explain(explained);
	if (!action)
		return usage_error(&command_criu_hook,
				   "CRIU runs this program as an action script; otherwise, use "
				   "--check or --explain");
	return run_action(action);
}

const struct command command_criu_hook = {
	.name = "criu-hook",
	.run = run,
	.summary = "dump and restore packet pipes with CRIU",
	.synopsis = "--check [--criu PROGRAM] | --explain DUMP",
	.options =
		"      --check          report whether CRIU on this machine can dump and restore "
		"packet pipes\n"
		"      --criu=PROGRAM   the criu to check\n"
		"      --explain=DUMP   report what the hook did with a dump\n",
};
