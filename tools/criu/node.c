// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/node.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The default of criu depends on its packager. */
static const char *const usual_directories[] = {CRIU_PLUGIN_DIR, "/usr/lib/criu", "/usr/lib64/criu",
						"/usr/local/lib/criu"};

static bool has_plugin(const char *directory)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", directory, NODE_PLUGIN) < PATH_MAX &&
	       access(path, F_OK) == 0;
}

/* The value of -L or --libdir in a command line, or null. */
static const char *find_option(char *arguments, size_t length)
{
	for (char *at = arguments; at < arguments + length; at += strlen(at) + 1) {
		const char *next = at + strlen(at) + 1;

		if ((!strcmp(at, "-L") || !strcmp(at, "--libdir")) && next < arguments + length)
			return next;
		if (!strncmp(at, "-L", 2))
			return at + 2;
		if (!strncmp(at, "--libdir=", strlen("--libdir=")))
			return at + strlen("--libdir=");
	}
	return NULL;
}

static const char *directory_of_process(pid_t criu)
{
	static char arguments[64 * 1024];
	char path[64];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)criu);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	length = fread(arguments, 1, sizeof(arguments) - 1, file);
	arguments[length] = '\0';
	fclose(file);
	return find_option(arguments, length);
}

const char *node_plugin_directory(pid_t criu)
{
	const char *directory = criu ? directory_of_process(criu) : NULL;

	if (!directory)
		directory = getenv("CRIU_LIBS_DIR");
	if (directory)
		return directory;
	for (size_t i = 0; i < sizeof(usual_directories) / sizeof(*usual_directories); i++) {
		if (has_plugin(usual_directories[i]))
			return usual_directories[i];
	}
	return CRIU_PLUGIN_DIR;
}

bool node_has_plugin(pid_t criu)
{
	return has_plugin(node_plugin_directory(criu));
}
