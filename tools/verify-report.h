/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What verify says of one image, while several are looked at in parallel. */
#ifndef TOOLS_VERIFY_REPORT_H
#define TOOLS_VERIFY_REPORT_H

#include <stdio.h>

#include "pipeimg.h"

/*
 * Images are reported in the order in which they were named. A report that is not due yet is kept,
 * up to a bound; beyond it, its writer waits until it is.
 */
struct report;

/* @limit: findings told per check and image, 0 for all */
struct report *report_start(size_t index, const char *image, uint64_t limit);
/* A pimg_finding_fn, of the report. */
int report_finding(void *report, const struct pimg_check *check, const struct pimg_error *finding,
		   enum pimg_type type);
/* True while it is this report's turn to be seen. */
bool report_is_due(const struct report *report);
/*
 * Ends it: what is kept is printed as soon as it is due. Frees it.
 * @failure: why the image could not be looked at, or null
 */
void report_end(struct report *report, const struct pimg_verify_summary *summary,
		const struct pimg_error *failure);

/* One row of the table at the end: what an image came to, or all of them. */
struct report_row {
	const char *image;
	struct pimg_verify_summary summary;
	bool failed;
};

void report_table(const struct report_row *rows, size_t count);

/* The table of checks, or those named. Returns the exit status. */
int report_checks(char **ids, int count);

#endif
