// SPDX-License-Identifier: LGPL-2.1-or-later
/* Information about one process from /proc/PID/status. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "live/no-proc.h"
#include "live/proc-file.h"
#include "pipeimg-private.h"

/* Finds "Name:" at the start of a line. Returns the text after it, or null. */
static const char *find_field(const char *text, const char *name)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && line[length] == ':')
			return line + length + 1;
	}
	return NULL;
}

static pid_t pid_field(const char *text, const char *name)
{
	const char *field = find_field(text, name);

	return field ? (pid_t)strtol(field, NULL, 10) : 0;
}

/* The last number of the line is the pid in the innermost namespace. */
static pid_t last_number(const char *field)
{
	long number = 0;

	while (*field && *field != '\n') {
		char *end;
		long value = strtol(field, &end, 10);

		if (end == field)
			break;
		number = value;
		field = end + strspn(end, " \t");
	}
	return (pid_t)number;
}

static void parse_status(const char *text, pid_t pid, struct pimg_process *process)
{
	const char *state = find_field(text, "State"), *pids = find_field(text, "NSpid");

	*process = (struct pimg_process){
		.pid = pid,
		.parent = pid_field(text, "PPid"),
		.tracer = pid_field(text, "TracerPid"),
		.inner_pid = pids ? last_number(pids) : pid,
	};
	if (state)
		process->state = state[strspn(state, " \t")];
}

int pimg_process_look(pid_t pid, struct pimg_process *process, struct pimg_error *error)
{
	char path[64], text[4096];

	snprintf(path, sizeof(path), "/proc/%ld/status", (long)pid);
	if (procfs_read(AT_FDCWD, path, text, sizeof(text)) < 0) {
		if (errno == ENOENT && !proc_is_mounted())
			return error_no_proc(error, "cannot get the state of a process");
		if (errno == ENOENT || errno == ESRCH)
			return error_refused(error, ESRCH, "no process %ld", (long)pid);
		return error_system(error, errno, "cannot get the state of process %ld", (long)pid);
	}
	parse_status(text, pid, process);
	return 0;
}
