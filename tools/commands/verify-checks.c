// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/verify-checks.h"

#include <string.h>
#include <strings.h>

#include "shared/json.h"
#include "shared/message.h"
#include "shared/options.h"

enum style check_style(const struct pimg_check *check)
{
	return check->severity == PIMG_ERROR	 ? STYLE_ALARM
	       : check->severity == PIMG_WARNING ? STYLE_HEADING
						 : STYLE_DIM;
}

/* Wraps text to the width of the terminal. */
static void print_wrapped(FILE *to, const char *text, size_t indent)
{
	size_t columns = output_columns() > indent + 40 ? output_columns() : indent + 40, at = 0;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (!at || at + 1 + length > columns)
			at = (size_t)fprintf(to, "%s%*s", at ? "\n" : "", (int)indent, "");
		else
			at += (size_t)fprintf(to, " ");
		fwrite(text, 1, length, to);
		at += length;
		text += length + (text[length] == ' ');
	}
	fputc('\n', to);
}

void print_explanation(FILE *to, const struct pimg_check *check)
{
	fprintf(to, "%s  %s.\n", style(STYLE_DIM), check->title);
	print_wrapped(to, check->explanation, 2);
	fputs(style(STYLE_PLAIN), to);
}

static void write_json_check(const struct pimg_check *check)
{
	struct json json = json_start_line(stdout);

	json_open_object(&json, NULL);
	json_string(&json, "check", check->id);
	json_string(&json, "severity", pimg_severity_name(check->severity));
	json_string(&json, "title", check->title);
	json_string(&json, "explanation", check->explanation);
	json_close_object(&json);
}

static void print_check(const struct pimg_check *check)
{
	printf("%s%s%s  %s%-7s%s  %s\n", style(STYLE_HEADING), check->id, style(STYLE_PLAIN),
	       style(check_style(check)), pimg_severity_name(check->severity), style(STYLE_PLAIN),
	       check->title);
	print_wrapped(stdout, check->explanation, 7);
}

static const struct pimg_check *find_check(const char *id)
{
	for (size_t i = 1; i <= pimg_check_count(); i++) {
		if (!strcasecmp(pimg_check(i)->id, id))
			return pimg_check(i);
	}
	return NULL;
}

int report_checks(char **ids, int count)
{
	void (*print)(const struct pimg_check *) = settings.json ? write_json_check : print_check;

	for (int i = 0; i < count; i++) {
		const struct pimg_check *check = find_check(ids[i]);

		if (!check)
			return refuse(PIMG_USAGE,
				      "unknown check '%s'; --list-checks lists all checks", ids[i]);
		print(check);
	}
	for (size_t i = 1; !count && i <= pimg_check_count(); i++)
		print(pimg_check(i));
	return PIMG_OK;
}
