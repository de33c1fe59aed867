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
	return source_report(source, convert->progress, &convert->reported, error);
}

void convert_release(struct convert *convert)
{
	free(convert->unknown);
	convert_drop_origin(convert);
	cursor_close(&convert->reference);
	checksum_release(&convert->checksum);
	queue_index_release(&convert->index);
}
