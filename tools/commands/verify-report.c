// SPDX-License-Identifier: GPL-2.0-or-later
#include "commands/verify-report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "commands/verify-checks.h"
#include "commands/verify-table.h"
#include "commands/verify-turns.h"
#include "shared/container.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/options.h"
#include "shared/text.h"

/* Maximum size of a report that is buffered until its turn. */
#define KEPT_MAX (1024 * 1024)

struct report {
	size_t index;
	const char *image;
	char *dump; /* of which something is reported, or null */
	char *name; /* of the image and the dump */
	bool has_row;
	uint64_t limit;
	uint64_t *told; /* reported findings, by check */
	FILE *kept;
	char *text;
	size_t length;
};

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

/* Prints the buffered report; call it only in its turn. */
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
	report->name = strdup(image);
	if (!report->name)
		out_of_memory();
	keep_anew(report);
	return report;
}

void report_dump(struct report *report, const char *dump, bool is_one_of_several)
{
	free(report->dump);
	free(report->name);
	report->dump = strdup(dump);
	if (!is_one_of_several)
		report->name = strdup(report->image);
	else if (asprintf(&report->name, "%s:%s", report->image, dump) < 0)
		report->name = NULL;
	if (!report->dump || !report->name)
		out_of_memory();
	memset(report->told, 0, (pimg_check_count() + 1) * sizeof(*report->told));
}

const char *report_name(const struct report *report)
{
	return report->name;
}

/* ---- one finding ---- */

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
	fprintf(to, "%s%s%s: ", style(check_style(check)), pimg_severity_name(check->severity),
		style(STYLE_PLAIN));
	print_escaped(to, finding->sentence);
	fprintf(to, " %s[%s]%s\n", style(STYLE_DIM), check->id, style(STYLE_PLAIN));
}

static void write_json_place(struct json *json, const struct report *report)
{
	json_string(json, "image", report->image);
	if (report->dump && *report->dump)
		json_string(json, "dump", report->dump);
}

static void write_json_finding(struct report *report, const struct pimg_check *check,
			       const struct pimg_error *finding, enum pimg_type type)
{
	struct json json = json_start_line(report->kept);

	json_open_object(&json, NULL);
	json_string(&json, "event", "finding");
	write_json_place(&json, report);
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

/* Notes are reported only on request; with --quiet, warnings too. */
static bool is_wanted(const struct pimg_check *check)
{
	return settings.json || settings.verbose ||
	       check->severity > (settings.quiet ? PIMG_WARNING : PIMG_NOTE);
}

int report_finding(void *context, const struct pimg_check *check, const struct pimg_error *finding,
		   enum pimg_type type)
{
	struct report *report = context;
	uint64_t *told = &report->told[pimg_check_number(check)];

	if (interrupted() || ferror(stdout))
		return 1;
	if (!is_wanted(check) || ((*told)++ >= report->limit && report->limit))
		return 0;
	if (settings.json) {
		write_json_finding(report, check, finding, type);
	} else {
		print_finding(report->kept, check, finding);
		if (settings.verbose && *told == 1)
			print_explanation(report->kept, check);
	}
	if (ftello(report->kept) < KEPT_MAX)
		return 0;
	turns_wait(report->index);
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
		print_escaped(report->kept, report->name);
		fprintf(report->kept, ": and %" PRIu64 " more: %s [%s]; --limit=0 reports all\n",
			told - report->limit, pimg_check(i)->title, pimg_check(i)->id);
	}
}

static void write_json_counts(struct json *json, const struct pimg_verify_summary *summary)
{
	json_number(json, "queues", summary->queues);
	json_number(json, "records", summary->records);
	json_number(json, "bytes", summary->bytes);
	json_number(json, "checksums", summary->checksums);
	json_number(json, "errors", summary->findings[PIMG_ERROR]);
	json_number(json, "warnings", summary->findings[PIMG_WARNING]);
	json_number(json, "notes", summary->findings[PIMG_NOTE]);
}

static void write_json_summary(struct report *report, const struct pimg_verify_summary *summary,
			       const struct pimg_error *failure)
{
	struct json json = json_start_line(report->kept);

	json_open_object(&json, NULL);
	json_string(&json, "event", "summary");
	write_json_place(&json, report);
	json_bool(&json, "complete", !failure);
	json_bool(&json, "directory", summary->is_directory);
	json_container(&json, summary->container);
	write_json_counts(&json, summary);
	if (failure) {
		json_string(&json, "file", failure->file);
		json_string(&json, "message", failure->sentence);
	}
	json_close_object(&json);
}

/* "IMAGE: container web ..." */
static void print_container_of(const struct report *report, const struct pimg_container *container)
{
	if (!container)
		return;
	print_escaped(report->kept, report->name);
	fputs(": ", report->kept);
	print_container(report->kept, container);
}

static struct pimg_error *copy_of(const struct pimg_error *failure)
{
	struct pimg_error *copy = malloc(sizeof(*copy));

	if (!copy)
		out_of_memory();
	*copy = *failure;
	return copy;
}

void report_result(struct report *report, const struct pimg_verify_summary *summary,
		   const struct pimg_error *failure, bool with_row)
{
	struct table_row row = {report->name, *summary, failure != NULL};

	if (settings.json) {
		write_json_summary(report, summary, failure);
	} else {
		print_left_out(report);
		print_container_of(report, summary->container);
	}
	if (with_row)
		table_row(report->kept, &row, TABLE_WIDTH);
	report->has_row |= with_row;
}

void report_end(struct report *report, const struct pimg_error *failure)
{
	struct turn turn = {.has_row = report->has_row};

	if (fclose(report->kept) < 0)
		out_of_memory();
	turn.text = report->text;
	turn.length = report->length;
	turn.failure = failure ? copy_of(failure) : NULL;
	turns_end(report->index, turn);
	free(report->told);
	free(report->dump);
	free(report->name);
	free(report);
}

void report_skipped(size_t index, const char *image)
{
	struct turn turn = {0};
	FILE *kept = image && settings.json && settings.verbose
			     ? open_memstream(&turn.text, &turn.length)
			     : NULL;

	if (kept) {
		struct json json = json_start_line(kept);

		json_open_object(&json, NULL);
		json_string(&json, "event", "skipped");
		json_string(&json, "image", image);
		json_close_object(&json);
		if (fclose(kept) < 0)
			out_of_memory();
	}
	turns_end(index, turn);
}

/* ---- all images ---- */

void report_total(const struct table_row *all, size_t images, size_t skipped)
{
	struct json json = json_start_line(stdout);
	const struct pimg_verify_summary *summary = &all->summary;

	json_open_object(&json, NULL);
	json_string(&json, "event", "total");
	json_number(&json, "images", images);
	json_number(&json, "skipped", skipped);
	json_bool(&json, "complete", !all->failed);
	write_json_counts(&json, summary);
	json_close_object(&json);
}
