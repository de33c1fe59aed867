// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/work.h"

#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"

void convert_drop_origin(struct convert *convert)
{
	if (convert->origin)
		pipe_origin__free_unpacked(convert->origin, NULL);
	convert->origin = NULL;
	free(take_pointer(convert->origin_bytes));
}

int convert_report_progress(struct convert *convert, const struct source *source,
			    struct pimg_error *error)
{
	enum { EVERY_BYTES = 256 * 1024 };
	uint64_t done = source_offset(source);

	/* It goes back for the next pass, too. */
	if (!convert->progress ||
	    (done >= convert->progress_done && done - convert->progress_done < EVERY_BYTES))
		return 0;
	convert->progress_done = done;
	if (!convert->progress(convert->progress_context, done, source_length(source)))
		return 0;
	return error_interrupted(error);
}

void convert_release(struct convert *convert)
{
	free(convert->unknown);
	convert_drop_origin(convert);
	cursor_close(&convert->model);
	checksum_release(&convert->checksum);
	queue_places_release(&convert->places);
}
