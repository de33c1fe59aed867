// SPDX-License-Identifier: GPL-2.0-or-later
#include "shared/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/message.h"
#include "shared/output.h"

static const char common_options_text[] =
	"      --color=WHEN     auto, always or never (NO_COLOR is honoured)\n"
	"  -q, --quiet          print only errors\n"
	"  -v, --verbose        print more details\n"
	"      --help           show this help\n"
	"      --version        show the version\n";

void print_help(const struct command *command)
{
	printf("Usage: pipeimg %s %s\n\n%c%s.\n\nOptions:\n%s%s%s", command->name,
	       command->synopsis, command->summary[0] & ~0x20, command->summary + 1,
	       command->options,
	       command->no_json ? "" : "      --json           machine-readable output\n",
	       common_options_text);
}

void print_version(void)
{
	printf("pipeimg %s\n", pimg_version());
}

int usage_error(const struct command *command, const char *format, ...)
{
	char text[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	refuse(PIMG_USAGE, "%s", text);
	fprintf(stderr, "Usage: pipeimg %s %s\nTry 'pipeimg %s --help' for more information.\n",
		command->name, command->synopsis, command->name);
	return PIMG_USAGE;
}

static int set_color(const struct command *command, const char *when)
{
	if (!strcmp(when, "auto")) {
		settings_start();
	} else if (!strcmp(when, "always") || !strcmp(when, "never")) {
		settings.color_stdout = settings.color_stderr = when[0] == 'a';
	} else {
		return usage_error(command, "--color takes auto, always or never, not '%s'", when);
	}
	return 0;
}

int common_option(const struct command *command, int option, char **argv)
{
	switch (option) {
	case OPTION_JSON:
		if (command->no_json)
			return usage_error(command, "%s", command->no_json);
		settings.json = true;
		return 0;
	case OPTION_COLOR:
		return set_color(command, optarg);
	case 'q':
		settings.quiet = true;
		return 0;
	case 'v':
		settings.verbose = true;
		return 0;
	case OPTION_HELP:
		print_help(command);
		exit(finish_output(PIMG_OK));
	case OPTION_VERSION:
		print_version();
		exit(finish_output(PIMG_OK));
	case ':':
		return usage_error(command, "%s requires an argument", argv[optind - 1]);
	default:
		/* optopt is a letter, or the value of a long option. */
		if (optopt > 0 && optopt < OPTION_JSON)
			return usage_error(command, "unknown option '-%c'", optopt);
		return usage_error(command,
				   "option '%s' is unknown, ambiguous or takes no argument",
				   argv[optind - 1]);
	}
}
