// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/progress.h"

#include "base/error.h"

int progress_report(const struct pimg_progress *progress, uint64_t done, uint64_t total,
		    struct pimg_error *error)
{
	if (progress && progress->report && progress->report(progress->context, done, total))
		return error_interrupted(error);
	return 0;
}

int progress_report_now_and_then(const struct pimg_progress *progress, uint64_t *reported,
				 uint64_t done, uint64_t total, struct pimg_error *error)
{
	return progress_is_due(reported, done) ? progress_report(progress, done, total, error) : 0;
}
