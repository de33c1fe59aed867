/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reporting progress to the caller, who may stop the work. */
#ifndef LIBIMG_BASE_PROGRESS_H
#define LIBIMG_BASE_PROGRESS_H

#include "pipeimg.h"

/*
 * Reports how far the work is, and asks whether to go on.
 * @progress: or null: then nobody is asked
 * Returns 0; or -1, with error_interrupted(), where the callback stops the work.
 */
int progress_report(const struct pimg_progress *progress, uint64_t done, uint64_t total,
		    struct pimg_error *error);

/*
 * The same, at most once every 64 KiB.
 * @reported: of done, at the last report; 0 at first. Work may also start from the beginning again.
 */
int progress_report_now_and_then(const struct pimg_progress *progress, uint64_t *reported,
				 uint64_t done, uint64_t total, struct pimg_error *error);

#endif
