// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pipeimg criu-hook: CRIU's action script. CRIU runs it without arguments at each action; which one
 * it is, stands in the environment.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command.h"
#include "criu-hook.h"
#include "message.h"

static const struct {
	const char *name;
	int (*run)(const struct hook *hook);
} actions[] = {
	{"pre-dump", hook_pre_dump},
	{"post-dump", hook_post_dump},
	{"post-restore", hook_post_restore},
};

/* CRIU names the directory by its own descriptor, /proc/PID/fd/N. */
static pid_t criu_of_directory(const char *directory)
{
	int pid, fd;

	return sscanf(directory, "/proc/%d/fd/%d", &pid, &fd) == 2 ? pid : getppid();
}

/* By its own name a directory stands in messages, and can be reached when CRIU is gone. */
static void name_directory(struct hook *hook, const char *directory)
{
	char *real = realpath(directory, NULL);

	snprintf(hook->directory, sizeof(hook->directory), "%s", real ? real : directory);
	free(real);
}

/* Every end in packet mode is kept open for a while, and there may be thousands. */
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

	if (!directory)
		return refuse(PIMG_USAGE, "CRTOOLS_IMAGE_DIR is not set");
	hook.criu = criu_of_directory(directory);
	hook.init = init ? (pid_t)strtol(init, NULL, 10) : 0;
	name_directory(&hook, directory);
	allow_many_descriptors();
	for (size_t i = 0; i < sizeof(actions) / sizeof(*actions); i++) {
		if (!strcmp(action, actions[i].name))
			return actions[i].run(&hook);
	}
	return 0;
}

enum {
	OPTION_EXPLAIN = OPTION_OWN,
};

static const struct option long_options[] = {
	{"explain", required_argument, NULL, OPTION_EXPLAIN},
	COMMON_LONG_OPTIONS,
};

static int run(int argc, char **argv)
{
	const char *action = getenv("CRTOOLS_SCRIPT_ACTION"), *explained = NULL;
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options,
						NULL)) != -1) {
		if (option == OPTION_EXPLAIN)
			explained = optarg;
		else
			status = common_option(&command_criu_hook, option, argv);
	}
	if (status)
		return status;
	if (optind < argc)
		return usage_error(&command_criu_hook, "'%s' is one word too many", argv[optind]);
	if (explained)
		return hook_explain(explained);
	if (!action)
		return usage_error(&command_criu_hook, "CRIU runs this as its action script (criu "
						       "--action-script pipeimg-criu-hook); or "
						       "say --explain");
	return run_action(action);
}

const struct command command_criu_hook = {
	.name = "criu-hook",
	.run = run,
	.summary = "let CRIU dump and restore packet pipes, as its action script",
	.synopsis = "[--explain DIRECTORY]",
	.options = "      --explain=DIR    say what it did to a directory of images\n",
};
