// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints a table of the program as part of a man page: print-table checks|frames|keys
 * It runs on the build machine, so it links only the tables, not the library.
 */
#include <stdio.h>
#include <string.h>

#include "pipeimg.h"

/* Hyphens, apostrophes and backslashes are escaped so that they can be copied from the page. */
static void print_roff(const char *text)
{
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", stdout);
		else if (*text == '\'')
			fputs("\\(aq", stdout);
		else if (*text == '\\')
			fputs("\\e", stdout);
		else
			putchar(*text);
	}
}

static void print_line(const char *text)
{
	print_roff(text);
	putchar('\n');
}

static void print_checks(void)
{
	for (size_t i = 1; i <= pimg_check_count(); i++) {
		const struct pimg_check *check = pimg_check(i);

		printf(".TP\n.BR %s \" (%s)\"\n", check->id, pimg_severity_name(check->severity));
		print_line(check->title);
		puts(".br");
		print_line(check->explanation);
	}
}

static void print_rule(const char *name, const char *arguments, const char *summary)
{
	printf(".TP\n.BI %s \"", name);
	print_roff(arguments);
	puts("\"");
	print_line(summary);
}

static void print_frames(void)
{
#define FRAME_RULE(name, arguments, summary, parse, next) print_rule(name, arguments, summary);
#include "../libimg/queue/framing-rules.def"
}

/* Without @help, @name is the title of a group of requests. */
static void print_request(const char *name, const char *keys, const char *help)
{
	if (!help) {
		fputs(".SS ", stdout);
		print_line(name);
		return;
	}
	fputs(".TP\n.BR \"", stdout);
	while (*keys) {
		size_t length = strcspn(keys, " ");
		char key[16];

		snprintf(key, sizeof(key), "%.*s", (int)length, keys);
		print_roff(key);
		keys += length + (keys[length] == ' ');
		fputs(*keys ? "\" \", \" \"" : "", stdout);
	}
	fputs("\" \"\\0 (", stdout);
	print_roff(name);
	puts(")\"");
	print_line(help);
}

static void print_keys(void)
{
#define GROUP(title)			    print_request(title, NULL, NULL);
#define REQUEST(constant, name, keys, help) print_request(name, keys, help);
#include "../tui/terminal/requests.def"
}

int main(int argc, char **argv)
{
	const char *table = argc == 2 ? argv[1] : "";

	if (!strcmp(table, "checks"))
		print_checks();
	else if (!strcmp(table, "frames"))
		print_frames();
	else if (!strcmp(table, "keys"))
		print_keys();
	else
		return 2;
	return 0;
}
