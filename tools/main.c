// SPDX-License-Identifier: GPL-2.0-or-later
/* The pipeimg command: finds the subcommand in a table and runs it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/commands.h"
#include "shared/message.h"
#include "shared/program.h"

static int run_help(int argc, char **argv);

static const struct command command_help = {
	.name = "help",
	.run = run_help,
	.summary = "show help for a command",
	.synopsis = "[COMMAND]",
	.options = "",
};

static const struct command *const command_table[] = {
	&command_list,	  &command_capture,   &command_show,	 &command_verify,
	&command_convert, &command_upgrade,   &command_compress, &command_diff,
	&command_restore, &command_criu_hook, &command_browse,	 &command_help,
};

#define COMMAND_COUNT (sizeof(command_table) / sizeof(*command_table))

static void print_overview(FILE *to)
{
	fputs("Usage: pipeimg COMMAND [OPTION]...\n"
	      "Inspect, save and restore unread data in pipes.\n\nCommands:\n",
	      to);
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		fprintf(to, "  %-10s %s\n", command_table[i]->name, command_table[i]->summary);
	fputs("\nFor details, run 'pipeimg COMMAND --help' or see pipeimg-COMMAND(1).\n"
	      "Exit status: 0 success, 1 bad or differing data, 2 usage error, 3 system error.\n",
	      to);
}

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		if (!strcmp(command_table[i]->name, name))
			return command_table[i];
	}
	return NULL;
}

static int unknown_command(const char *name)
{
	if (name[0] == '-')
		return refuse(PIMG_USAGE, "options follow the command: pipeimg COMMAND %s", name);
	return refuse(PIMG_USAGE, "unknown command '%s'; pipeimg --help lists the commands", name);
}

/* "pipeimg help" has no common options; every other command explains itself. */
static int explain(const struct command *command)
{
	char name[32], option[] = "--help", *argv[] = {name, option, NULL};

	if (command != &command_help) {
		snprintf(name, sizeof(name), "%s", command->name);
		return command->run(2, argv);
	}
	puts("Usage: pipeimg help [COMMAND]\n\n"
	     "Show help for a command, as pipeimg COMMAND --help does; without COMMAND, "
	     "list all commands.");
	return PIMG_OK;
}

static int run_help(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_overview(stdout);
		return PIMG_OK;
	}
	if (!strcmp(argv[1], "--version")) {
		print_version();
		return PIMG_OK;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return explain(&command_help);
	if (argv[1][0] == '-')
		return usage_error(&command_help, "unknown option '%s'", argv[1]);
	if (argc > 2)
		return usage_error(&command_help, "unexpected argument '%s'", argv[2]);
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return explain(command);
}

/* CRIU passes no arguments to its action script: the program name or the environment identifies it. */
static bool is_criu_hook(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;

	if (argc == 1 && getenv("CRTOOLS_SCRIPT_ACTION"))
		return true;
	return argc && !strcmp(slash ? slash + 1 : argv[0], "pipeimg-criu-hook");
}

int main(int argc, char **argv)
{
	const struct command *command;

	program_start();
	if (is_criu_hook(argc, argv))
		return program_run(&command_criu_hook, argc, argv);
	if (argc < 2) {
		print_overview(stderr);
		return PIMG_USAGE;
	}
	if (!strcmp(argv[1], "--version")) {
		print_version();
		return finish_output(PIMG_OK);
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_overview(stdout);
		return finish_output(PIMG_OK);
	}
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	return program_run(command, argc - 1, argv + 1);
}
