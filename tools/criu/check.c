// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg criu-hook --check: reports whether packet pipes can be dumped and restored on this machine. */
#include "criu/check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "criu/node.h"
#include "criu/trial.h"
#include "pipeimg.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/options.h"

enum result { OK, FAILED, UNKNOWN };

struct line {
	const char *name;
	enum result result;
	char text[1024];
};

enum { LINE_CRIU, LINE_PLUGIN, LINE_SYMBOLS, LINE_DUMP, LINE_RESTORE, LINE_COUNT };

struct report {
	struct line lines[LINE_COUNT];
};

static void __attribute__((format(printf, 3, 4)))
set(struct line *line, enum result result, const char *format, ...)
{
	va_list arguments;

	line->result = result;
	va_start(arguments, format);
	vsnprintf(line->text, sizeof(line->text), format, arguments);
	va_end(arguments);
}

/* ---- what is examined ---- */

enum { VERSION_SIZE = 32 };

/* Runs "criu --version". Returns 0 and sets version, or -1 with errno set. */
static int ask_version(const char *criu, char version[VERSION_SIZE])
{
	int ends[2], found = 0;
	char line[256];
	FILE *output;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		release_interrupts();
		dup2(ends[1], STDOUT_FILENO);
		execlp(criu, criu, "--version", (char *)NULL);
		_exit(127);
	}
	close(ends[1]);
	output = fdopen(ends[0], "r");
	while (output && fgets(line, sizeof(line), output))
		found += sscanf(line, "Version: %31s", version) == 1;
	if (output)
		fclose(output);
	if (pid > 0)
		waitpid(pid, NULL, 0);
	errno = ENOENT;
	return found ? 0 : -1;
}

/* Before 3.19, an action script beside those of an engine aborts criu. */
static void check_version(const char *criu, struct line *line)
{
	char version[VERSION_SIZE];
	unsigned major, minor;

	if (ask_version(criu, version) < 0 || sscanf(version, "%u.%u", &major, &minor) != 2)
		set(line, FAILED, "%s: cannot be run; install criu 3.19 or later", criu);
	else if (major < 3 || (major == 3 && minor < 19))
		set(line, FAILED, "version %s; packet pipes need 3.19 or later", version);
	else
		set(line, OK, "version %s%s", version,
		    major > 4 || (major == 4 && minor >= 1)
			    ? ""
			    : "; before 4.1, a restore without the plugin merges packets");
}

static void check_plugin(struct line *line)
{
	const char *directory = node_plugin_directory(0);

	if (node_has_plugin(0))
		set(line, OK, "%s/%s", directory, NODE_PLUGIN);
	else
		set(line, FAILED, "%s/%s does not exist; install the package, or link %s/%s there",
		    directory, NODE_PLUGIN, CRIU_PLUGIN_DIR, NODE_PLUGIN);
}

static int try_it(const char *criu, struct report *report)
{
	struct trial trial;
	int status = trial_run(criu, &trial);

	if (status)
		return status;
	/* A configuration file can name another directory. */
	if (trial.plugin_loaded && report->lines[LINE_PLUGIN].result != OK)
		set(&report->lines[LINE_PLUGIN], OK, "%s is loaded", NODE_PLUGIN);
	if (!trial.plugin_loaded && report->lines[LINE_PLUGIN].result == OK)
		set(&report->lines[LINE_PLUGIN], FAILED,
		    "%s/%s is not loaded by criu; link it into the plugin directory of criu, such "
		    "as "
		    "/usr/lib/criu",
		    node_plugin_directory(0), NODE_PLUGIN);
	set(&report->lines[LINE_SYMBOLS], trial.plugin_ready ? OK : FAILED, "%s",
	    trial.plugin_ready ? "the plugin knows this criu" : trial.plugin_problem);
	set(&report->lines[LINE_DUMP], trial.dumped ? OK : FAILED, "%s",
	    trial.dumped ? "a process with two packets" : trial.dump_problem);
	if (trial.dumped)
		set(&report->lines[LINE_RESTORE], *trial.restore_problem ? FAILED : OK, "%s",
		    *trial.restore_problem ? trial.restore_problem : "it read them one by one");
	return 0;
}

/* ---- output ---- */

static const char *const result_names[] = {
	[OK] = "ok", [FAILED] = "FAILED", [UNKNOWN] = "not tried"};

static bool is_ok(const struct report *report)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		if (report->lines[i].result != OK)
			return false;
	}
	return true;
}

static void print_text(const struct report *report)
{
	for (size_t i = 0; i < LINE_COUNT; i++) {
		const struct line *line = &report->lines[i];

		printf("%-8s %-9s%s%s\n", line->name, result_names[line->result],
		       *line->text ? "  " : "", line->text);
	}
	puts(is_ok(report) ? "CRIU on this machine can dump and restore packet pipes."
			   : "CRIU on this machine cannot dump and restore packet pipes.");
}

static void print_json(const struct report *report)
{
	struct json json = json_start(stdout);

	json_open_object(&json, NULL);
	json_bool(&json, "ok", is_ok(report));
	json_open_array(&json, "checks");
	for (size_t i = 0; i < LINE_COUNT; i++) {
		json_open_object(&json, NULL);
		json_string(&json, "name", report->lines[i].name);
		json_string(&json, "result", result_names[report->lines[i].result]);
		json_string(&json, "text", report->lines[i].text);
		json_close_object(&json);
	}
	json_close_array(&json);
	json_close_object(&json);
}

int hook_check_node(const char *criu)
{
	struct report report = {.lines = {
					[LINE_CRIU] = {.name = "criu"},
					[LINE_PLUGIN] = {.name = "plugin"},
					[LINE_SYMBOLS] = {.name = "symbols", .result = UNKNOWN},
					[LINE_DUMP] = {.name = "dump", .result = UNKNOWN},
					[LINE_RESTORE] = {.name = "restore", .result = UNKNOWN},
				}};
	int status = 0;

	if (geteuid() != 0)
		return refuse(PIMG_SYSTEM,
			      "--check dumps and restores a process, which needs root");
	check_version(criu, &report.lines[LINE_CRIU]);
	check_plugin(&report.lines[LINE_PLUGIN]);
	if (report.lines[LINE_CRIU].result == OK)
		status = try_it(criu, &report);
	if (status)
		return status;
	if (settings.json)
		print_json(&report);
	else
		print_text(&report);
	return is_ok(&report) ? 0 : PIMG_BAD_DATA;
}
