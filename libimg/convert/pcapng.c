// SPDX-License-Identifier: LGPL-2.1-or-later
#include "convert/pcapng.h"

#include "base/error.h"
#include "convert/boundaries.h"
#include "exchange/pcapng.h"

static ssize_t next_of_cursor(void *context, size_t most, const uint8_t **data,
			      struct pimg_error *error)
{
	return cursor_read_up_to(context, most, data, error);
}

static int write_chunks(struct convert *convert, size_t queue, struct cursor *cursor,
			struct pimg_error *error)
{
	struct pcapng_data data = {next_of_cursor, cursor};
	struct pcapng_chunk chunk = {
		.queue = &cursor->queue->info,
		.captured_at_ns = cursor->queue->origin.captured_at_ns,
		.interface = (uint32_t)queue,
	};
	int result;

	while ((result = cursor_next_chunk(cursor, &chunk.kind, &chunk.length, error)) > 0) {
		chunk.number++;
		if (pcapng_write_chunk(convert->to, &chunk, &data, error) < 0 ||
		    convert_report_progress(convert, cursor->reader.source, error) < 0)
			return -1;
	}
	return result;
}

static int write_queue(struct convert *convert, size_t queue, struct pimg_error *error)
{
	_cleanup_cursor_ struct cursor cursor = {0};

	if (convert_check_reference(convert, queue, error) < 0 ||
	    convert_open_cursor(convert, &cursor, queue, error) < 0 ||
	    pcapng_write_interface(convert->to, &cursor.queue->info, error) < 0)
		return -1;
	return write_chunks(convert, queue, &cursor, error);
}

int convert_write_pcapng(struct convert *convert, struct pimg_error *error)
{
	if (pcapng_write_section(convert->to, pimg_image_name(convert->from), error) < 0)
		return -1;
	for (size_t i = 0; i < convert->from->queue_count; i++) {
		if (write_queue(convert, i, error) < 0)
			return error_of_queue(error, convert->from->queues[i].info.type,
					      convert->from->queues[i].info.id);
	}
	return sink_check(convert->to, error);
}
