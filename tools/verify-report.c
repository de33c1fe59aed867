// SPDX-License-Identifier: GPL-2.0-or-later
#include "verify-report.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "json.h"
#include "message.h"
#include "text.h"

/* Bytes of a report that are kept while others are due. */
#define KEPT_MAX (1024 * 1024)

struct report {
	size_t index;
	const char *image;
	uint64_t limit;
	uint64_t *told; /* findings, by check */
	FILE *kept;
	char *text;
	size_t length;
};

/* Whose turn it is: reports with a lower index are all printed. */
static struct {
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	size_t due;
} turns = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};

static void wait_for_turn(const struct report *report)
{
	pthread_mutex_lock(&turns.mutex);
	while (turns.due != report->index)
		pthread_cond_wait(&turns.changed, &turns.mutex);
	pthread_mutex_unlock(&turns.mutex);
}

static void pass_turn(void)
{
	pthread_mutex_lock(&turns.mutex);
	turns.due++;
	pthread_cond_broadcast(&turns.changed);
	pthread_mutex_unlock(&turns.mutex);
}

bool report_is_due(const struct report *report)
{
	bool due;

	pthread_mutex_lock(&turns.mutex);
	due = turns.due == report->index;
	pthread_mutex_unlock(&turns.mutex);
	return due;
}

static void out_of_memory(void)
{
	exit(refuse(PIMG_SYSTEM, "out of memory"));
}

static void keep_anew(struct report *report)
{
	report->kept = open_memstream(&report->text, &report->length);
	if (!report->kept)
		out_of_memory();
}

/* Prints what is kept; to be called when it is due. */
static void print_kept(struct report *report)
{
	if (fclose(report->kept) < 0)
		out_of_memory();
	fwrite(report->text, 1, report->length, stdout);
	fflush(stdout);
	free(report->text);
}

struct report *report_start(size_t index, const char *image, uint64_t limit)
{
	struct report *report = calloc(1, sizeof(*report));

	if (report)
		report->told = calloc(pimg_check_count() + 1, sizeof(*report->told));
	if (!report || !report->told)
		out_of_memory();
	report->index = index;
	report->image = image;
	report->limit = limit;
	keep_anew(report);
	return report;
}

/* ---- one finding ---- */

static enum style style_of(enum pimg_severity severity)
{
	return severity == PIMG_ERROR	  ? STYLE_ALARM
	       : severity == PIMG_WARNING ? STYLE_HEADING
					  : STYLE_DIM;
}

static void print_escaped(FILE *to, const char *text)
{
	print_bytes(to, text, strlen(text), SIZE_MAX, false);
}

/* "FILE: record 17 (pipe 4711) at 0x1f40: error: sentence [PI201]" */
static void print_finding(FILE *to, const struct pimg_check *check,
			  const struct pimg_error *finding)
{
	struct pimg_error place = *finding;
	char text[sizeof(finding->file) + 128];

	place.sentence[0] = '\0';
	print_escaped(to, pimg_error_format(&place, text, sizeof(text)));
	fprintf(to, "%s%s%s: ", style(style_of(check->severity)),
		pimg_severity_name(check->severity), style(STYLE_PLAIN));
	print_escaped(to, finding->sentence);
	fprintf(to, " %s[%s]%s\n", style(STYLE_DIM), check->id, style(STYLE_PLAIN));
}

/* Breaks text into lines that end before the terminal does. */
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

static void print_explanation(FILE *to, const struct pimg_check *check)
{
	fprintf(to, "%s  %s.\n", style(STYLE_DIM), check->title);
	print_wrapped(to, check->explanation, 2);
	fputs(style(STYLE_PLAIN), to);
}

static void write_json_finding(FILE *to, const char *image, const struct pimg_check *check,
			       const struct pimg_error *finding, enum pimg_type type)
{
	struct json json = json_start_line(to);

	json_open_object(&json, NULL);
	json_string(&json, "event", "finding");
	json_string(&json, "image", image);
	json_string(&json, "file", finding->file);
	json_string(&json, "check", check->id);
	json_string(&json, "severity", pimg_severity_name(check->severity));
	json_string(&json, "title", check->title);
	if (finding->record != PIMG_NONE)
		json_number(&json, "record", (uint64_t)finding->record);
	if (finding->pipe != PIMG_NONE) {
		json_string(&json, "type", pimg_type_name(type));
		json_number(&json, "id", (uint64_t)finding->pipe);
	}
	if (finding->offset != PIMG_NONE)
		json_number(&json, "offset", (uint64_t)finding->offset);
	json_string(&json, "message", finding->sentence);
	json_close_object(&json);
}

/* Notes are for those who ask for them; with --quiet, so are warnings. */
static bool is_wanted(const struct pimg_check *check)
{
	return settings.json || settings.verbose ||
	       check->severity > (settings.quiet ? PIMG_WARNING : PIMG_NOTE);
}

int report_finding(void *context, const struct pimg_check *check, const struct pimg_error *finding,
		   enum pimg_type type)
{
	struct report *report = context;

	if (interrupted() || ferror(stdout))
		return 1;
	if (!is_wanted(check) || (report->told[finding->check]++ >= report->limit && report->limit))
		return 0;
	if (settings.json) {
		write_json_finding(report->kept, report->image, check, finding, type);
	} else {
		print_finding(report->kept, check, finding);
		if (settings.verbose && report->told[finding->check] == 1)
			print_explanation(report->kept, check);
	}
	if (ftello(report->kept) < KEPT_MAX)
		return 0;
	wait_for_turn(report);
	print_kept(report);
	keep_anew(report);
	return 0;
}

/* ---- one image ---- */

static void print_left_out(struct report *report)
{
	for (size_t i = 1; report->limit && i <= pimg_check_count(); i++) {
		uint64_t told = report->told[i];

		if (told <= report->limit)
			continue;
		print_escaped(report->kept, report->image);
		fprintf(report->kept, ": and %" PRIu64 " more: %s [%s]; --limit=0 tells all\n",
			told - report->limit, pimg_check(i)->title, pimg_check(i)->id);
	}
}

static void write_json_summary(struct report *report, const struct pimg_verify_summary *summary,
			       const struct pimg_error *failure)
{
	struct json json = json_start_line(report->kept);

	json_open_object(&json, NULL);
	json_string(&json, "event", "summary");
	json_string(&json, "image", report->image);
	json_bool(&json, "complete", !failure);
	json_bool(&json, "directory", summary->is_directory);
	json_number(&json, "queues", summary->queues);
	json_number(&json, "records", summary->records);
	json_number(&json, "bytes", summary->bytes);
	json_number(&json, "checksums", summary->checksums);
	json_number(&json, "errors", summary->findings[PIMG_ERROR]);
	json_number(&json, "warnings", summary->findings[PIMG_WARNING]);
	json_number(&json, "notes", summary->findings[PIMG_NOTE]);
	if (failure) {
		json_string(&json, "file", failure->file);
		json_string(&json, "message", failure->sentence);
	}
	json_close_object(&json);
}

void report_end(struct report *report, const struct pimg_verify_summary *summary,
		const struct pimg_error *failure)
{
	if (settings.json)
		write_json_summary(report, summary, failure);
	else
		print_left_out(report);
	wait_for_turn(report);
	print_kept(report);
	/* That the output took no more ended the work: that is told at the end. */
	if (failure && (interrupted() || !ferror(stdout)))
		complain(failure);
	pass_turn();
	free(report->told);
	free(report);
}

/* ---- all images ---- */

static void print_count(char *text, size_t size, uint64_t count, const char *one)
{
	size_t used = strlen(text);

	if (count)
		snprintf(text + used, size - used, "%s%" PRIu64 " %s%s", used ? ", " : "", count,
			 one, count == 1 ? "" : "s");
}

/* "2 errors, 1 warning", or "ok". */
static const char *result_of(const struct report_row *row, char *text, size_t size)
{
	const uint64_t *findings = row->summary.findings;

	text[0] = '\0';
	if (row->failed)
		snprintf(text, size, row->summary.records ? "not read to its end" : "not read");
	print_count(text, size, findings[PIMG_ERROR], "error");
	print_count(text, size, findings[PIMG_WARNING], "warning");
	/* Without checksums, changed bytes could not be found. */
	if (!text[0])
		snprintf(text, size,
			 row->summary.bytes && !row->summary.checksums ? "ok, no checksums" : "ok");
	if (settings.verbose)
		print_count(text, size, findings[PIMG_NOTE], "note");
	return text;
}

static void print_row(const struct report_row *row, int width)
{
	const struct pimg_verify_summary *summary = &row->summary;
	bool bad = row->failed || summary->findings[PIMG_ERROR];
	char text[128];

	printf("%s%-*s%s %7" PRIu64 " %9" PRIu64 " %12" PRIu64 " %9" PRIu64 "  ",
	       style(bad ? STYLE_ALARM : STYLE_PLAIN), width, result_of(row, text, sizeof(text)),
	       style(STYLE_PLAIN), summary->queues, summary->records, summary->bytes,
	       summary->checksums);
	print_escaped(stdout, row->image);
	putchar('\n');
}

static void add_summary(struct pimg_verify_summary *sum, const struct pimg_verify_summary *add)
{
	sum->queues += add->queues;
	sum->records += add->records;
	sum->bytes += add->bytes;
	sum->checksums += add->checksums;
	for (size_t i = 0; i < 3; i++)
		sum->findings[i] += add->findings[i];
}

void report_table(const struct report_row *rows, size_t count)
{
	char all_name[64];
	struct report_row all = {.image = all_name};
	int width = (int)strlen("RESULT");
	char text[128];

	for (size_t i = 0; i < count; i++) {
		add_summary(&all.summary, &rows[i].summary);
		all.failed |= rows[i].failed;
	}
	for (size_t i = 0; i <= count; i++) {
		const struct report_row *row = i < count ? &rows[i] : &all;
		int needed = (int)strlen(result_of(row, text, sizeof(text)));

		width = needed > width ? needed : width;
	}
	snprintf(all_name, sizeof(all_name), "%zu images", count);
	printf("%s%-*s %7s %9s %12s %9s  IMAGE%s\n", style(STYLE_DIM), width, "RESULT", "QUEUES",
	       "RECORDS", "BYTES", "CHECKSUMS", style(STYLE_PLAIN));
	for (size_t i = 0; i < count; i++)
		print_row(&rows[i], width);
	if (count > 1)
		print_row(&all, width);
}

/* ---- the checks themselves ---- */

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
	       style(style_of(check->severity)), pimg_severity_name(check->severity),
	       style(STYLE_PLAIN), check->title);
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
			return refuse(PIMG_USAGE, "no check '%s'; --list-checks lists them all",
				      ids[i]);
		print(check);
	}
	for (size_t i = 1; !count && i <= pimg_check_count(); i++)
		print(pimg_check(i));
	return PIMG_OK;
}
