// SPDX-License-Identifier: LGPL-2.1-or-later
/* Exports chunks of an image to a separate file. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/interrupt.h"
#include "base/progress.h"
#include "convert/export-image.h"
#include "exchange/pcapng.h"
#include "image/chunk-check.h"
#include "image/image.h"
#include "image/target.h"
#include "io/sink/sink.h"
#include "pipeimg-private.h"

/* Payload is read in pieces of this size, a multiple of 16 for complete lines of hex. */
#define PIECE_BYTES (48 * 1024)

struct exporting {
	struct pimg_image *image;
	const struct pimg_chunk_id *ids;
	size_t count;
	struct sink *to;
	const struct pimg_progress *progress; /* or null */
	uint64_t done, total;		      /* bytes of payload written */
	uint64_t reported_at;		      /* value of done at the last report */
	unsigned untold;		      /* chunks since the last report */
	struct chunk_check check;
	bool differs; /* a checksum */
	struct pimg_error difference;
	uint8_t piece[PIECE_BYTES];
};

/* ---- progress ---- */

/* After this much, progress is reported and the callback can cancel. */
#define TELL_BYTES  (64 * 1024)
#define TELL_CHUNKS 1024

static int tell(struct exporting *export, struct pimg_error *error)
{
	export->reported_at = export->done;
	export->untold = 0;
	if (progress_report(export->progress, export->done, export->total * 2, error) < 0)
		return error_in_file(error, sink_name(export->to));
	return 0;
}

/* Counts a piece, or a chunk without any. */
static int passed(struct exporting *export, uint32_t bytes, struct pimg_error *error)
{
	export->done += bytes;
	if (export->done - export->reported_at < TELL_BYTES && ++export->untold < TELL_CHUNKS)
		return 0;
	return tell(export, error);
}

/* Reading the output back counts as much as writing it, whatever its length. */
static int tell_of_check(void *context, uint64_t done, uint64_t total)
{
	struct exporting *export = context;
	double part = total ? (double)done / (double)total : 0;

	return progress_report(export->progress,
			       export->total + (uint64_t)((double)export->total * part),
			       export->total * 2, NULL);
}

/* ---- checksums ---- */

/* Bytes with a wrong checksum are written too, so that damaged images can be examined. */
static int end_check(struct exporting *export, struct pimg_error *error)
{
	struct pimg_error difference;

	if (chunk_check_end(&export->check, &difference) >= 0)
		return 0;
	if (difference.status != PIMG_BAD_DATA)
		return error_copy(error, &difference);
	if (!export->differs)
		export->difference = difference;
	export->differs = true;
	return 0;
}

/* ---- a chunk, piece by piece ---- */

typedef int (*piece_fn)(struct sink *to, const uint8_t *bytes, size_t length, uint64_t offset,
			struct pimg_error *error);

static int for_each_piece(struct exporting *export, const struct pimg_chunk_id *id, piece_fn put,
			  struct pimg_error *error)
{
	uint32_t length = pimg_image_chunk(export->image, id->queue, id->chunk).length;

	if (chunk_check_begin(&export->check, id->queue, id->chunk, error) < 0)
		return -1;
	for (uint32_t done = 0; done < length;) {
		uint32_t count = length - done < PIECE_BYTES ? length - done : PIECE_BYTES;

		if (pimg_image_read(export->image, id->queue, id->chunk, done, export->piece, count,
				    error) < 0 ||
		    put(export->to, export->piece, count, done, error) < 0 ||
		    passed(export, count, error) < 0)
			return -1;
		chunk_check_add(&export->check, export->piece, count);
		done += count;
	}
	if (end_check(export, error) < 0)
		return -1;
	return length ? 0 : passed(export, 0, error);
}

static int put_raw(struct sink *to, const uint8_t *bytes, size_t length, uint64_t offset,
		   struct pimg_error *error)
{
	(void)offset;
	return sink_write(to, bytes, length, error);
}

static int write_raw(struct exporting *export, struct pimg_error *error)
{
	for (size_t i = 0; i < export->count; i++) {
		if (for_each_piece(export, &export->ids[i], put_raw, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- hex ---- */

/* Lines as pipeimg show --hex prints them. */
static int put_hex(struct sink *to, const uint8_t *bytes, size_t length, uint64_t offset,
		   struct pimg_error *error)
{
	char columns[PIMG_HEX_LINE_SIZE], line[PIMG_HEX_LINE_SIZE + 32];

	for (size_t at = 0; at < length; at += PIMG_HEX_LINE_BYTES) {
		size_t count =
			length - at < PIMG_HEX_LINE_BYTES ? length - at : PIMG_HEX_LINE_BYTES;
		int used = snprintf(line, sizeof(line), "\t0x%04" PRIx64 ": %s\n", offset + at,
				    pimg_hex_line(columns, bytes + at, count));

		if (sink_write(to, line, (size_t)used, error) < 0)
			return -1;
	}
	return 0;
}

/* The line of pipeimg show (number, kind, length, offset), preceded by the queue. */
static int write_headline(struct exporting *export, const struct pimg_chunk_id *id,
			  struct pimg_error *error)
{
	const struct pimg_queue_info *info = pimg_image_queue(export->image, id->queue);
	struct pimg_chunk chunk = pimg_image_chunk(export->image, id->queue, id->chunk);
	char line[128];
	int used = snprintf(line, sizeof(line),
			    "%s %" PRIu32 " %7zu  %-6s %8" PRIu32 " %10" PRIu64 "\n",
			    pimg_type_name(info->type), info->id, id->chunk + 1,
			    info->type == PIMG_SOCKET ? "dgram" : pimg_kind_name(chunk.kind),
			    chunk.length, chunk.offset);

	return sink_write(export->to, line, (size_t)used, error);
}

static int write_hex(struct exporting *export, struct pimg_error *error)
{
	for (size_t i = 0; i < export->count; i++) {
		if (write_headline(export, &export->ids[i], error) < 0 ||
		    for_each_piece(export, &export->ids[i], put_hex, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- pcapng ---- */

/* Interfaces by queue: number + 1, or 0 if no chunk of the queue was written yet. */
struct interfaces {
	uint32_t *by_queue;
	uint32_t count;
};

/* Each is written before the first chunk of its queue, as in pimg_convert(). */
static int write_interface(struct exporting *export, struct interfaces *interfaces, size_t queue,
			   struct pimg_error *error)
{
	if (interfaces->by_queue[queue])
		return 0;
	interfaces->by_queue[queue] = ++interfaces->count;
	return pcapng_write_interface(export->to, pimg_image_queue(export->image, queue), error);
}

/* A chunk that is read piece by piece. */
struct reading {
	struct exporting *export;
	const struct pimg_chunk_id *id;
	uint32_t done;
};

static ssize_t next_of_chunk(void *context, size_t most, const uint8_t **data,
			     struct pimg_error *error)
{
	struct reading *reading = context;
	struct exporting *export = reading->export;
	size_t count = most < PIECE_BYTES ? most : PIECE_BYTES;

	if (pimg_image_read(export->image, reading->id->queue, reading->id->chunk, reading->done,
			    export->piece, count, error) < 0)
		return -1;
	chunk_check_add(&export->check, export->piece, count);
	reading->done += (uint32_t)count;
	if (passed(export, (uint32_t)count, error) < 0)
		return -1;
	*data = export->piece;
	return (ssize_t)count;
}

static int write_chunk(struct exporting *export, const struct pimg_chunk_id *id, uint32_t interface,
		       struct pimg_error *error)
{
	struct pimg_chunk chunk = pimg_image_chunk(export->image, id->queue, id->chunk);
	struct reading reading = {.export = export, .id = id};
	struct pcapng_data data = {next_of_chunk, &reading};
	struct pcapng_chunk block = {
		.queue = pimg_image_queue(export->image, id->queue),
		.captured_at_ns = pimg_image_origin(export->image, id->queue)->captured_at_ns,
		.interface = interface,
		.number = id->chunk + 1,
		.kind = chunk.kind,
		.length = chunk.length,
	};

	if (chunk_check_begin(&export->check, id->queue, id->chunk, error) < 0 ||
	    pcapng_write_chunk(export->to, &block, &data, error) < 0)
		return -1;
	return end_check(export, error);
}

static int write_pcapng(struct exporting *export, struct pimg_error *error)
{
	_cleanup_free_ uint32_t *by_queue =
		calloc(pimg_image_queue_count(export->image), sizeof(*by_queue));
	struct interfaces interfaces = {.by_queue = by_queue};

	if (!by_queue)
		return error_memory(error);
	if (pcapng_write_section(export->to, pimg_image_name(export->image), error) < 0)
		return -1;
	for (size_t i = 0; i < export->count; i++) {
		const struct pimg_chunk_id *id = &export->ids[i];

		if (write_interface(export, &interfaces, id->queue, error) < 0 ||
		    write_chunk(export, id, by_queue[id->queue] - 1, error) < 0)
			return -1;
	}
	return 0;
}

/* ---- exporting ---- */

static int (*const writers[])(struct exporting *export, struct pimg_error *error) = {
	[PIMG_EXPORT_RAW] = write_raw,
	[PIMG_EXPORT_HEX] = write_hex,
	[PIMG_EXPORT_PCAPNG] = write_pcapng,
};

static int check_ids(const struct exporting *export, struct pimg_error *error)
{
	if (export->image->unindexed)
		return error_usage(error, "the image was opened without its index");
	if (!export->count)
		return error_usage(error, "no chunks to export");
	for (size_t i = 0; i < export->count; i++) {
		const struct pimg_chunk_id *id = &export->ids[i];

		if (id->queue >= pimg_image_queue_count(export->image) ||
		    id->chunk >= pimg_image_queue(export->image, id->queue)->chunks)
			return error_usage(error, "a chunk that the image does not have");
	}
	return 0;
}

static int write_file(struct exporting *export, enum pimg_export_form form, const char *to,
		      bool replace, struct pimg_error *error)
{
	const struct pimg_progress checking = {tell_of_check, export};

	export->to = sink_open(to, replace, error);
	if (!export->to)
		return -1;
	if (writers[form](export, error) == 0 &&
	    sink_check_telling(export->to, &checking, error) == 0)
		return sink_commit(export->to, error);
	sink_abort(export->to);
	return -1;
}

int pimg_export(struct pimg_image *image, const struct pimg_chunk_id *ids, size_t count,
		enum pimg_export_form form, const char *to, bool replace,
		const struct pimg_progress *progress, struct pimg_error *error)
{
	struct exporting export = {
		.image = image,
		.ids = ids,
		.count = count,
		.progress = progress,
		.check = {.image = image},
	};
	int result;

	ASK_WHEN_INTERRUPTED(progress);
	if (form != PIMG_EXPORT_IMAGE && form != PIMG_EXPORT_JSON &&
	    (size_t)form >= sizeof(writers) / sizeof(*writers))
		return error_usage(error, "unknown export format");
	if (check_ids(&export, error) < 0 || target_check(image, to, replace, error) < 0)
		return -1;
	if (form == PIMG_EXPORT_IMAGE || form == PIMG_EXPORT_JSON)
		return export_image(image, ids, count, form, to, replace, progress, error);
	for (size_t i = 0; i < count; i++)
		export.total += pimg_image_chunk(image, ids[i].queue, ids[i].chunk).length;
	result = write_file(&export, form, to, replace, error);
	chunk_check_release(&export.check);
	if (result == 0 && export.differs && error)
		*error = export.difference;
	return result == 0 ? export.differs : result;
}
