// SPDX-License-Identifier: GPL-2.0-or-later
#include "criu/node.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[PATH_MAX];

static bool has_plugin(const char *in)
{
	char path[PATH_MAX + sizeof(NODE_PLUGIN)];

	snprintf(path, sizeof(path), "%s/%s", in, NODE_PLUGIN);
	return access(path, F_OK) == 0;
}

/* ---- what criu was told ---- */

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

static bool by_option(pid_t criu)
{
	static char arguments[64 * 1024];
	const char *value;
	char path[64];
	size_t length;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%ld/cmdline", (long)criu);
	file = fopen(path, "re");
	if (!file)
		return false;
	length = fread(arguments, 1, sizeof(arguments) - 1, file);
	arguments[length] = '\0';
	fclose(file);
	value = find_option(arguments, length);
	if (value)
		snprintf(directory, sizeof(directory), "%s", value);
	return value != NULL;
}

/* The form of a line: "libdir DIRECTORY" or "libdir \"DIRECTORY\"". */
static bool by_file(const char *path)
{
	FILE *file = path ? fopen(path, "re") : NULL;
	char line[PATH_MAX + 32], value[PATH_MAX];
	bool found = false;

	_Static_assert(PATH_MAX == 4096, "the widths below");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, " libdir \"%4095[^\"\n]", value) == 1 ||
		    sscanf(line, " libdir %4095[^ \t\n]", value) == 1) {
			memcpy(directory, value, sizeof(value));
			found = true;
		}
	}
	if (file)
		fclose(file);
	return found;
}

/* From the last that criu reads to the first. Its action scripts inherit its environment. */
static bool by_files(void)
{
	const char *home = getenv("HOME");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/.criu/default.conf", home ? home : "");
	return by_file(getenv("CRIU_CONFIG_FILE")) || (home && by_file(path)) ||
	       by_file("/etc/criu/default.conf");
}

static bool by_environment(void)
{
	const char *value = getenv("CRIU_LIBS_DIR");

	if (value)
		snprintf(directory, sizeof(directory), "%s", value);
	return value != NULL;
}

/* ---- its default ---- */

/* Where criu is installed: the prefix of PREFIX/sbin/criu, or /usr. */
static void find_prefix(pid_t criu, char prefix[PATH_MAX])
{
	char link[64], *end;
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/%ld/exe", (long)criu);
	length = criu ? readlink(link, prefix, PATH_MAX - 1) : 0;
	prefix[length > 0 ? length : 0] = '\0';
	end = strstr(prefix, "/sbin/criu");
	if (!end)
		end = strstr(prefix, "/bin/criu");
	if (end)
		*end = '\0';
	else
		strcpy(prefix, "/usr");
}

/* The default depends on the packager: that which has the plugin, else that which exists. */
static void by_default(pid_t criu)
{
	static const char *const names[] = {"lib", "lib64"};
	char prefix[PATH_MAX], candidate[PATH_MAX];
	bool exists = false;

	find_prefix(criu, prefix);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (snprintf(candidate, sizeof(candidate), "%s/%s/criu", prefix, names[i]) >=
		    PATH_MAX)
			return;
		if (!i || has_plugin(candidate) || (!exists && access(candidate, F_OK) == 0))
			memcpy(directory, candidate, sizeof(candidate));
		if (has_plugin(candidate))
			return;
		exists |= access(candidate, F_OK) == 0;
	}
}

const char *node_plugin_directory(pid_t criu)
{
	*directory = '\0';
	if (!(criu && by_option(criu)) && !by_files() && !by_environment())
		by_default(criu);
	return directory;
}

bool node_has_plugin(pid_t criu)
{
	return has_plugin(node_plugin_directory(criu));
}
