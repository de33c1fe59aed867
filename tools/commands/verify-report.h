/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What verify says of one image, while several are looked at in parallel. */
#ifndef TOOLS_COMMANDS_VERIFY_REPORT_H
#define TOOLS_COMMANDS_VERIFY_REPORT_H

#include "commands/verify-table.h"
#include "pipeimg.h"

/*
 * Images are reported in the order of their numbers (verify-turns.h). A report that is not due yet is
 * kept, up to a bound; beyond it, its writer waits until it is.
 */
struct report;

/* @limit: findings told per check and image, 0 for all */
struct report *report_start(size_t index, const char *image, uint64_t limit);
/* A pimg_finding_fn, of the report. */
int report_finding(void *report, const struct pimg_check *check, const struct pimg_error *finding,
		   enum pimg_type type);
/*
 * Ends it: what is kept is printed as soon as it is due. Frees it.
 * @failure: why the image could not be looked at, or null
 * @with_row: its row of the table is printed with it
 */
void report_end(struct report *report, const struct pimg_verify_summary *summary,
		const struct pimg_error *failure, bool with_row);
/* In place of a report, for a file that is not an image. In JSON, and with --verbose. @image: or null: not printed */
void report_skipped(size_t index, const char *image);

/* The line of JSON for all of them. */
void report_total(const struct table_row *all, size_t images, size_t skipped);

#endif
