/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The report of verify on one image, while several are checked in parallel. */
#ifndef TOOLS_COMMANDS_VERIFY_REPORT_H
#define TOOLS_COMMANDS_VERIFY_REPORT_H

#include "commands/verify-table.h"
#include "pipeimg.h"

/*
 * Images are reported in order (verify-turns.h). A report is buffered until its turn; if it gets too large,
 * its writer waits for the turn.
 */
struct report;

/* @limit: maximum findings per check and image, 0 for all */
struct report *report_start(size_t index, const char *image, uint64_t limit);
/* A pimg_finding_fn. */
int report_finding(void *report, const struct pimg_check *check, const struct pimg_error *finding,
		   enum pimg_type type);
/*
 * What follows is about a dump in the input.
 * @dump: its path, or "" if it is the input itself
 * @is_one_of_several: its path belongs to its name
 */
void report_dump(struct report *report, const char *dump, bool is_one_of_several);
/* "IMAGE", or "IMAGE:DUMP" if it is one of several. */
const char *report_name(const struct report *report);
/*
 * The result for a dump, or for an input that cannot be opened.
 * @failure: why it could not be checked, or null
 * @with_row: also print its row of the table
 */
void report_result(struct report *report, const struct pimg_verify_summary *summary,
		   const struct pimg_error *failure, bool with_row);
/*
 * Ends a report: prints it in its turn, and frees it.
 * @failure: why the last dump could not be checked, or null
 */
void report_end(struct report *report, const struct pimg_error *failure);
/* Replaces the report of a file that is not an image. Printed with --json --verbose. @image: null to print nothing */
void report_skipped(size_t index, const char *image);

/* Prints the JSON line for all images. */
void report_total(const struct table_row *all, size_t images, size_t skipped);

#endif
