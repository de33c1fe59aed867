/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Description of a command, and the options common to all commands. */
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
	const char *synopsis; /* after the name */
	const char *options;  /* of this command only, one per line */
	const char *no_json;  /* error message for --json, or null if supported */
};

/* The common options, for getopt_long(3). */
enum {
	OPTION_JSON = 1000,
	OPTION_COLOR,
	OPTION_HELP,
	OPTION_VERSION,
	OPTION_OWN, /* first value for the long options of a command */
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

/* Prints the --help text. */
void print_help(const struct command *command);
void print_version(void);

/*
 * Handles a common option; --help and --version end the program.
 * Returns 0, or PIMG_USAGE after printing an error.
 */
int common_option(const struct command *command, int option, char **argv);

/* Prints an error and a hint to --help. Returns PIMG_USAGE. */
int usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
