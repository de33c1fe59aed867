// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the table of framing rules as a part of a man page. */
#include <stdio.h>

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

int main(void)
{
	for (size_t i = 0; i < pimg_frame_rule_count(); i++) {
		const struct pimg_frame_rule *rule = pimg_frame_rule(i);

		printf(".TP\n.BI %s \"", rule->name);
		print_roff(rule->arguments);
		puts("\"");
		print_roff(rule->summary);
		putchar('\n');
	}
	return 0;
}
