// SPDX-License-Identifier: LGPL-2.1-or-later
#include "live/freezer.h"

#include <fcntl.h>
#include <limits.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "live/proc-file.h"

/* cgroup v2, and the freezer of v1. */
enum { UNIFIED, LEGACY, HIERARCHIES };

static const struct {
	const char *file, *frozen;
} answers[HIERARCHIES] = {
	[UNIFIED] = {"cgroup.events", "frozen 1\n"},
	[LEGACY] = {"freezer.state", "FROZEN\n"},
};

struct group {
	bool frozen;
	char path[]; /* of the file with the state */
};

struct freezer {
	struct {
		char *directory; /* its mount point, or null */
		char *root;	 /* the cgroup that is mounted there */
	} hierarchies[HIERARCHIES];
	void *groups; /* a tree of the cgroups read so far */
};

/* ---- mounts ---- */

/* Mount points have space, tab, newline and backslash as three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] && from[2] && from[3]) {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + from[3] - '0');
			from += 4;
		} else
			*to = *from++;
	}
	*to = '\0';
}

static int hierarchy_of(const char *type, const char *options)
{
	if (!strcmp(type, "cgroup2"))
		return UNIFIED;
	if (!strcmp(type, "cgroup") && strstr(options, "freezer"))
		return LEGACY;
	return -1;
}

/* "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw". The first mount is used. */
static void look_at_mount(struct freezer *freezer, const char *line)
{
	char root[PATH_MAX], directory[PATH_MAX], type[32], options[256] = "";
	const char *rest = strstr(line, " - cgroup");
	int hierarchy;

	if (!rest || sscanf(rest, " - %31s %*s %255s", type, options) < 1 ||
	    sscanf(line, "%*s %*s %*s %4095s %4095s", root, directory) != 2)
		return;
	hierarchy = hierarchy_of(type, options);
	if (hierarchy < 0 || freezer->hierarchies[hierarchy].directory)
		return;
	unescape(root);
	unescape(directory);
	freezer->hierarchies[hierarchy].root = strdup(strcmp(root, "/") ? root : "");
	freezer->hierarchies[hierarchy].directory = strdup(directory);
}

struct freezer *freezer_open(void)
{
	struct freezer *freezer = calloc(1, sizeof(*freezer));
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;

	while (freezer && mounts && getline(&line, &size, mounts) > 0)
		look_at_mount(freezer, line);
	free(line);
	if (mounts)
		fclose(mounts);
	return freezer;
}

void freezer_close(struct freezer *freezer)
{
	if (!freezer)
		return;
	for (int i = 0; i < HIERARCHIES; i++) {
		free(freezer->hierarchies[i].directory);
		free(freezer->hierarchies[i].root);
	}
	tdestroy(freezer->groups, free);
	free(freezer);
}

/* ---- cgroups ---- */

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct group *)a)->path, ((const struct group *)b)->path);
}

static bool ask_group(const char *path, const char *frozen)
{
	char text[256];

	return procfs_read(AT_FDCWD, path, text, sizeof(text)) >= 0 && strstr(text, frozen);
}

/* If memory is too short to store a result, it is read again. */
static bool is_frozen(struct freezer *freezer, const char *path, const char *frozen)
{
	size_t size = sizeof(struct group) + strlen(path) + 1;
	struct group *group = malloc(size), **found;
	bool answer;

	if (!group)
		return ask_group(path, frozen);
	memcpy(group->path, path, size - sizeof(struct group));
	found = tsearch(group, &freezer->groups, by_path);
	if (found && *found != group) {
		free(group);
		return (*found)->frozen;
	}
	answer = group->frozen = ask_group(path, frozen);
	if (!found)
		free(group);
	return answer;
}

/* @group: from /proc/PID/cgroup. A cgroup outside the mounted hierarchy cannot be read. */
static bool look_at_group(struct freezer *freezer, int hierarchy, const char *group)
{
	const char *directory = freezer->hierarchies[hierarchy].directory,
		   *root = freezer->hierarchies[hierarchy].root;
	char path[PATH_MAX];

	if (!directory || !root || strncmp(group, root, strlen(root)) != 0 || strstr(group, "/.."))
		return false;
	group += strlen(root);
	if (*group && *group != '/')
		return false;
	if ((size_t)snprintf(path, sizeof(path), "%s%s/%s", directory, group,
			     answers[hierarchy].file) >= sizeof(path))
		return false;
	return is_frozen(freezer, path, answers[hierarchy].frozen);
}

/* "0::/system.slice" of cgroup v2, "6:freezer:/docker/…" of v1. */
static bool look_at_line(struct freezer *freezer, char *line)
{
	char *controllers = strchr(line, ':'), *group = NULL;

	if (controllers)
		group = strchr(++controllers, ':');
	if (!group)
		return false;
	*group++ = '\0';
	if (!*controllers)
		return look_at_group(freezer, UNIFIED, group);
	return strstr(controllers, "freezer") && look_at_group(freezer, LEGACY, group);
}

bool freezer_holds(struct freezer *freezer, pid_t pid)
{
	char path[64], text[8192], *save = NULL;

	if (!freezer ||
	    (!freezer->hierarchies[UNIFIED].directory && !freezer->hierarchies[LEGACY].directory))
		return false;
	snprintf(path, sizeof(path), "/proc/%ld/cgroup", (long)pid);
	if (procfs_read(AT_FDCWD, path, text, sizeof(text)) < 0)
		return false;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (look_at_line(freezer, line))
			return true;
	}
	return false;
}
