// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipeimg criu-hook: CRIU's action script. CRIU runs it without arguments at each action, and passes the name
 * of the action in the environment.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "criu/dump.h"
#include "criu/explain.h"
#include "criu/files.h"
#include "criu/keeper.h"
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

/* All ends in packet mode are open at the same time, and there can be thousands. */
static void allow_many_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
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
	/* A criu service passes a directory that it has not opened yet, with the pid of another process. */
	if (hook_open_directory(&hook, directory) < 0)
		return refuse(PIMG_SYSTEM,
			      "%s: cannot open the image directory: %s (criu service does not pass "
			      "it to its action script; run criu directly)",
			      directory, strerror(errno));
	hook.criu = criu_of_directory(directory);
	hook.init = init ? (pid_t)strtol(init, NULL, 10) : 0;
	allow_many_descriptors();
	return actions[number].run(&hook);
}

enum {
	OPTION_EXPLAIN = OPTION_OWN,
	OPTION_REPAIR,
};

static const struct option long_options[] = {
	{"explain", required_argument, NULL, OPTION_EXPLAIN},
	{"repair", required_argument, NULL, OPTION_REPAIR},
	COMMON_LONG_OPTIONS,
};

static int run(int argc, char **argv)
{
	const char *action = getenv("CRTOOLS_SCRIPT_ACTION"), *explained = NULL, *repaired = NULL;
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options,
						NULL)) != -1) {
		if (option == OPTION_EXPLAIN)
			explained = optarg;
		else if (option == OPTION_REPAIR)
			repaired = optarg;
		else
			status = common_option(&command_criu_hook, option, argv);
	}
	if (status)
		return status;
	if (optind < argc)
		return usage_error(&command_criu_hook, "unexpected argument '%s'", argv[optind]);
	if (explained && repaired)
		return usage_error(&command_criu_hook,
				   "--explain and --repair are mutually exclusive");
	if (explained)
		return hook_explain(explained);
	if (repaired)
		return hook_repair(repaired);
	if (!action)
		return usage_error(&command_criu_hook,
				   "this is an action script for CRIU (criu --action-script "
				   "pipeimg-criu-hook); otherwise, use --explain or --repair");
	return run_action(action);
}

const struct command command_criu_hook = {
	.name = "criu-hook",
	.run = run,
	.summary = "dump and restore packet pipes, as an action script for CRIU",
	.synopsis = "[--explain DIRECTORY | --repair DIRECTORY]",
	.options = "      --explain=DIR    report what the hook did in an image directory\n"
		   "      --repair=DIR     set packet mode again after CRIU and the hook were "
		   "killed\n",
};
