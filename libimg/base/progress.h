/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reporting progress to the caller, which may stop the work. */
#ifndef LIBIMG_BASE_PROGRESS_H
#define LIBIMG_BASE_PROGRESS_H

#include "pipeimg.h"

/*
 * Reports how far the work is, and asks whether to continue.
 * @progress: or null: then nothing is asked
 * Returns 0; or -1, with error_interrupted(), if the callback stops the work.
 */
int progress_report(const struct pimg_progress *progress, uint64_t done, uint64_t total,
		    struct pimg_error *error);

/*
 * Whether a report is due: once every 64 KiB.
 * @reported: the value of done at the last report, updated here; 0 at first, or UINT64_MAX for an immediate
 *	report. The work may also start again from the beginning.
 */
static inline bool progress_is_due(uint64_t *reported, uint64_t done)
{
	enum { EVERY_BYTES = 64 * 1024 };

	if (done >= *reported && done - *reported < EVERY_BYTES)
		return false;
	*reported = done;
	return true;
}

/* Calls progress_report() if a report is due. */
int progress_report_now_and_then(const struct pimg_progress *progress, uint64_t *reported,
				 uint64_t done, uint64_t total, struct pimg_error *error);

#endif
