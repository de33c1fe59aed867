// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the table of checks as a part of a man page. */
#include <stdio.h>

#include "pipeimg.h"

/* Hyphens and apostrophes as they are typed, for those who copy them. */
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
	putchar('\n');
}

int main(void)
{
	for (size_t i = 1; i <= pimg_check_count(); i++) {
		const struct pimg_check *check = pimg_check(i);

		printf(".TP\n.BR %s \" (%s)\"\n", check->id, pimg_severity_name(check->severity));
		print_roff(check->title);
		puts(".br");
		print_roff(check->explanation);
	}
	return 0;
}
