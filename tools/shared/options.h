/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command is, and the options that all of them have. */
#ifndef TOOLS_SHARED_OPTIONS_H
#define TOOLS_SHARED_OPTIONS_H

#include <getopt.h>
#include <stdbool.h>

#include "pipeimg.h"
#include "shared/settings.h"

struct command {
	const char *name;
	int (*run)(int argc, char **argv); /* returns the exit status */
	const char *summary;
	const char *synopsis; /* what follows the name */
	const char *options;  /* the command's own, one a line */
	const char *no_json;  /* why it has no --json, or null */
};

/* The common options, for the array that a command gives to getopt_long(3). */
enum {
	OPTION_JSON = 1000,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_OWN, /* first value for a command's own long options */
};

#define COMMON_SHORT_OPTIONS "qv"
#define COMMON_LONG_OPTIONS                                                                        \
	{"json", no_argument, NULL, OPTION_JSON},                                                  \
		{"color", required_argument, NULL, OPTION_COLOR},                                  \
		{"quiet", no_argument, NULL, 'q'}, {"verbose", no_argument, NULL, 'v'},            \
		{"help", no_argument, NULL, OPTION_HELP},                                          \
		{"version", no_argument, NULL, OPTION_VERSION},                                    \
	{                                                                                          \
		NULL, 0, NULL, 0                                                                   \
	}

/* Prints what --help prints. */
void print_help(const struct command *command);
void print_version(void);

/*
 * Handles an option that is not the command's own; --help and --version end the program.
 * Returns 0, or PIMG_USAGE after saying what is wrong.
 */
int common_option(const struct command *command, int option, char **argv);

/* Says that a command was used wrongly, and where to read how. Returns PIMG_USAGE. */
int usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
