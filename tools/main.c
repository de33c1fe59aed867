// SPDX-License-Identifier: GPL-2.0-or-later
/* The pipeimg command: finds the subcommand in a table and runs it. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/commands.h"
#include "shared/message.h"
#include "shared/output.h"

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

/* "pipeimg help" has no common options. */
static void explain(const struct command *command)
{
	if (command == &command_help)
		puts("Usage: pipeimg help [COMMAND]\n\n"
		     "Show help for a command, as pipeimg COMMAND --help does; without COMMAND, "
		     "list all commands.");
	else
		print_help(command);
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
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		explain(&command_help);
		return PIMG_OK;
	}
	if (argv[1][0] == '-')
		return usage_error(&command_help, "unknown option '%s'", argv[1]);
	if (argc > 2)
		return usage_error(&command_help, "unexpected argument '%s'", argv[2]);
	command = find_command(argv[1]);
	if (!command)
		return unknown_command(argv[1]);
	explain(command);
	return PIMG_OK;
}

/*
 * The next file opened would get the number of a closed descriptor 0, 1 or 2. Replace these with descriptors
 * on which reads and writes still fail, so that no image is written to a closed standard output.
 */
static void open_standard_descriptors(void)
{
	static const int modes[] = {O_WRONLY, O_RDONLY, O_RDWR};

	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		int opened = fcntl(fd, F_GETFD) < 0 ? open("/dev/null", modes[fd]) : fd;

		if (opened < 0)
			return;
	}
}

/* CRIU passes no arguments to its action script: the program name or the environment identifies it. */
static bool is_criu_hook(int argc, char **argv)
{
	const char *slash = argc ? strrchr(argv[0], '/') : NULL;

	if (argc == 1 && getenv("CRTOOLS_SCRIPT_ACTION"))
		return true;
	return argc && !strcmp(slash ? slash + 1 : argv[0], "pipeimg-criu-hook");
}

static int run_command(const struct command *command, int argc, char **argv)
{
	settings_start();
	catch_interrupts();
	opterr = 0;
	return end_by_signal(finish_output(command->run(argc, argv)));
}

int main(int argc, char **argv)
{
	const struct command *command;

	open_standard_descriptors();
	output_start();
	setlocale(LC_ALL, "");
	if (is_criu_hook(argc, argv))
		return run_command(&command_criu_hook, argc, argv);
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
	return run_command(command, argc - 1, argv + 1);
}
