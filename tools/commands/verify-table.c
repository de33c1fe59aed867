// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/verify-table.h"

#include <inttypes.h>
#include <string.h>

#include "pipeimg-private.h"
#include "shared/options.h"
#include "shared/text.h"

static void print_count(char *text, size_t size, uint64_t count, const char *one)
{
	size_t used = strlen(text);

	if (count)
		snprintf(text + used, size - used, "%s%" PRIu64 " %s%s", used ? ", " : "", count,
			 one, PLURAL_S(count));
}

/* "2 errors, 1 warning", or "ok". */
static const char *result_of(const struct table_row *row, char *text, size_t size)
{
	const uint64_t *findings = row->summary.findings;

	text[0] = '\0';
	if (row->failed)
		snprintf(text, size, row->summary.records ? "not read to its end" : "not read");
	print_count(text, size, findings[PIMG_ERROR], "error");
	print_count(text, size, findings[PIMG_WARNING], "warning");
	/* Without checksums, changed bytes cannot be detected. */
	if (!text[0])
		snprintf(text, size,
			 row->summary.bytes && !row->summary.checksums ? "ok, no checksums" : "ok");
	if (settings.verbose)
		print_count(text, size, findings[PIMG_NOTE], "note");
	return text;
}

void table_row(FILE *to, const struct table_row *row, int width)
{
	const struct pimg_verify_summary *summary = &row->summary;
	bool bad = row->failed || summary->findings[PIMG_ERROR];
	char text[128];

	fprintf(to, "%s%-*s%s %7" PRIu64 " %9" PRIu64 " %12" PRIu64 " %9" PRIu64 "  ",
		style(bad ? STYLE_ALARM : STYLE_PLAIN), width, result_of(row, text, sizeof(text)),
		style(STYLE_PLAIN), summary->queues, summary->records, summary->bytes,
		summary->checksums);
	print_bytes(to, row->image, strlen(row->image), SIZE_MAX, false);
	fputc('\n', to);
}

void table_head(FILE *to, int width)
{
	fprintf(to, "%s%-*s %7s %9s %12s %9s  IMAGE%s\n", style(STYLE_DIM), width, "RESULT",
		"QUEUES", "RECORDS", "BYTES", "CHECKSUMS", style(STYLE_PLAIN));
}

void table_add(struct table_row *all, const struct table_row *row)
{
	struct pimg_verify_summary *sum = &all->summary;
	const struct pimg_verify_summary *add = &row->summary;

	all->failed |= row->failed;
	sum->queues += add->queues;
	sum->records += add->records;
	sum->bytes += add->bytes;
	sum->checksums += add->checksums;
	for (size_t i = 0; i < 3; i++)
		sum->findings[i] += add->findings[i];
}

static int width_of(const struct table_row *row)
{
	char text[128];

	return (int)strlen(result_of(row, text, sizeof(text)));
}

void table_print(const struct table_row *rows, size_t count, const struct table_row *all)
{
	int width = (int)strlen("RESULT");

	for (size_t i = 0; i <= count; i++) {
		int needed = width_of(i < count ? &rows[i] : all);

		width = needed > width ? needed : width;
	}
	table_head(stdout, width);
	for (size_t i = 0; i < count; i++)
		table_row(stdout, &rows[i], width);
	if (count > 1)
		table_row(stdout, all, width);
}
