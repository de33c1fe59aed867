// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints a table of the library as a part of a man page: print-table checks|frames */
#include <stdio.h>
#include <string.h>

#include "pipeimg.h"

/* Hyphens, apostrophes and backslashes as they are typed, for those who copy them. */
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

static void print_frames(void)
{
	for (size_t i = 0; i < pimg_frame_rule_count(); i++) {
		const struct pimg_frame_rule *rule = pimg_frame_rule(i);

		printf(".TP\n.BI %s \"", rule->name);
		print_roff(rule->arguments);
		puts("\"");
		print_line(rule->summary);
	}
}

int main(int argc, char **argv)
{
	const char *table = argc == 2 ? argv[1] : "";

	if (!strcmp(table, "checks"))
		print_checks();
	else if (!strcmp(table, "frames"))
		print_frames();
	else
		return 2;
	return 0;
}
