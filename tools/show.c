// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg show: the queues of an image, chunk by chunk. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "container.h"
#include "json.h"
#include "message.h"
#include "plural.h"
#include "text.h"

enum form {
	FORM_LINES, /* a line a chunk, with a preview */
	FORM_HEX,
	FORM_TEXT,
	FORM_RAW,
};

struct show {
	struct pimg_image *image;
	enum form form;
	bool one_queue;
	uint64_t queue_id;
	bool some_chunks;
	uint64_t first, last; /* chunk numbers, from 1 */
	size_t shown;	      /* queues */
	size_t chunks_shown;
	struct json json;
};

/* Payload is read in pieces of this size: a multiple of 3, for base64, and of 16, for hex. */
#define PIECE_BYTES (48 * 1024)

/* ---- pieces of a chunk ---- */

typedef void (*piece_fn)(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset);

/* Nobody will see more: the user had enough, or the output takes no more. */
static bool output_is_over(void)
{
	return interrupted() || ferror(stdout);
}

/* Ends the work without an error of its own. */
static int error_stop(struct pimg_error *error)
{
	error->status = PIMG_OK;
	return -1;
}

/* Reads up to limit bytes of a chunk, piece by piece. */
static int for_each_piece(struct show *show, size_t queue, size_t chunk, uint32_t limit,
			  piece_fn put, struct pimg_error *error)
{
	static uint8_t piece[PIECE_BYTES];
	uint32_t length = pimg_image_chunk(show->image, queue, chunk).length;

	if (length > limit)
		length = limit;
	for (uint32_t done = 0; done < length;) {
		uint32_t count = length - done < PIECE_BYTES ? length - done : PIECE_BYTES;

		if (output_is_over())
			return error_stop(error);
		if (pimg_image_read(show->image, queue, chunk, done, piece, count, error) < 0)
			return -1;
		put(show, piece, count, done);
		done += count;
	}
	return 0;
}

static void put_raw(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset)
{
	(void)show;
	(void)offset;
	fwrite(bytes, 1, length, stdout);
}

static void put_text(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset)
{
	(void)show;
	(void)offset;
	print_bytes(stdout, bytes, length, SIZE_MAX, true);
}

static void put_hex(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset)
{
	(void)show;
	print_hex(stdout, bytes, length, offset);
}

static void put_base64(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset)
{
	(void)offset;
	json_base64(&show->json, bytes, length);
}

/* ---- for people ---- */

static void print_count(size_t count, const char *one)
{
	printf("%zu %s%s", count, one, PLURAL_S(count));
}

/* "3 packets, 1 stream run" */
static void print_chunk_counts(const struct pimg_queue_info *info)
{
	size_t runs = info->chunks - info->packets;

	if (info->packets)
		print_count(info->packets, info->type == PIMG_SOCKET ? "datagram" : "packet");
	if (info->packets && runs)
		fputs(" + ", stdout);
	if (runs)
		print_count(runs, "stream run");
}

/* "238/65536 bytes (<1%)" */
static void print_fill(const struct pimg_queue_info *info)
{
	uint64_t percent;

	if (!info->capacity) {
		printf("%" PRIu64 " byte%s", info->bytes, PLURAL_S(info->bytes));
		return;
	}
	percent = info->bytes * 100 / info->capacity;
	printf("%" PRIu64 "/%" PRIu32 " bytes (%s%" PRIu64 "%%)", info->bytes, info->capacity,
	       info->bytes && !percent ? "<" : "", info->bytes && !percent ? 1 : percent);
}

static void print_queue_line(const struct pimg_queue_info *info)
{
	printf("%s%s %" PRIu32 "%s  %s  ", style(STYLE_HEADING), pimg_type_name(info->type),
	       info->id, style(STYLE_PLAIN), pimg_mode_name(info->mode));
	print_fill(info);
	if (info->chunks) {
		fputs("  ", stdout);
		print_chunk_counts(info);
	}
	if (info->end_count) {
		fputs("  ", stdout);
		print_ends(stdout, info->ends, info->end_count, 32);
	}
	putchar('\n');
	if (info->boundaries_lost)
		printf("  %sboundaries lost:%s its write end was in packet mode, but this record "
		       "holds the packets merged into one\n",
		       style(STYLE_ALARM), style(STYLE_PLAIN));
}

static void print_details(const struct pimg_queue_info *info)
{
	const struct pimg_origin *origin = &info->origin;

	if (!settings.verbose || info->type == PIMG_SOCKET)
		return;
	printf("  layout %s", pimg_layout_name(info->layout));
	if (origin->known & PIMG_ORIGIN_OWNER)
		printf(", owner %" PRIu32 ":%" PRIu32, origin->uid, origin->gid);
	if (origin->known & PIMG_ORIGIN_MODE)
		printf(", mode %04" PRIo32, origin->mode);
	if (origin->known & PIMG_ORIGIN_PAGE)
		printf(", page %" PRIu32, origin->page_size);
	if (origin->known & PIMG_ORIGIN_TIME) {
		fputs(", captured ", stdout);
		print_time(stdout, origin->captured_at_ns);
	}
	putchar('\n');
}

static const char *kind_word(const struct pimg_queue_info *info, enum pimg_kind kind)
{
	return info->type == PIMG_SOCKET ? "dgram" : pimg_kind_name(kind);
}

/* A preview's bytes: as many as could fill the line, and as UTF-8 at most four times that. */
static int print_preview(struct show *show, size_t queue, size_t chunk, size_t columns,
			 struct pimg_error *error)
{
	uint8_t bytes[1024];
	struct pimg_chunk info = pimg_image_chunk(show->image, queue, chunk);
	uint32_t length = info.length < sizeof(bytes) ? info.length : sizeof(bytes);

	if (pimg_image_read(show->image, queue, chunk, 0, bytes, length, error) < 0)
		return -1;
	print_bytes(stdout, bytes, length, columns, false);
	return 0;
}

static int print_chunk(struct show *show, size_t queue, size_t number, struct pimg_error *error)
{
	enum { BEFORE_PREVIEW = 38, LEAST_PREVIEW = 20, MOST_PREVIEW = 250 };
	const struct pimg_queue_info *info = pimg_image_queue(show->image, queue);
	struct pimg_chunk chunk = pimg_image_chunk(show->image, queue, number);
	size_t columns = output_columns();

	printf("%7zu  %s%-6s%s %8" PRIu32 " %s%10" PRIu64 "%s", number + 1,
	       style(chunk.kind == PIMG_PACKET ? STYLE_PACKET : STYLE_STREAM),
	       kind_word(info, chunk.kind), style(STYLE_PLAIN), chunk.length, style(STYLE_DIM),
	       chunk.offset, style(STYLE_PLAIN));
	if (show->form == FORM_LINES) {
		fputs("  ", stdout);
		columns = columns > BEFORE_PREVIEW + LEAST_PREVIEW ? columns - BEFORE_PREVIEW
								   : LEAST_PREVIEW;
		if (print_preview(show, queue, number,
				  columns < MOST_PREVIEW ? columns : MOST_PREVIEW, error) < 0)
			return -1;
	}
	putchar('\n');
	if (show->form == FORM_HEX)
		return for_each_piece(show, queue, number, UINT32_MAX, put_hex, error);
	if (show->form == FORM_TEXT) {
		if (for_each_piece(show, queue, number, UINT32_MAX, put_text, error) < 0)
			return -1;
		putchar('\n');
	}
	return 0;
}

/* ---- for machines ---- */

static int write_json_chunk(struct show *show, size_t queue, size_t number,
			    struct pimg_error *error)
{
	struct pimg_chunk chunk = pimg_image_chunk(show->image, queue, number);
	struct json *json = &show->json;
	int result;

	json_open_object(json, NULL);
	json_number(json, "number", number + 1);
	json_string(json, "kind", pimg_kind_name(chunk.kind));
	json_number(json, "length", chunk.length);
	json_number(json, "offset", chunk.offset);
	json_open_base64(json, "data");
	result = for_each_piece(show, queue, number, UINT32_MAX, put_base64, error);
	json_close_base64(json);
	json_close_object(json);
	return result;
}

static void write_json_origin(struct json *json, const struct pimg_origin *origin)
{
	if (origin->known & PIMG_ORIGIN_TIME)
		json_number(json, "captured_at_ns", origin->captured_at_ns);
	if (origin->known & PIMG_ORIGIN_PAGE)
		json_number(json, "page_size", origin->page_size);
	if (origin->known & PIMG_ORIGIN_OWNER) {
		json_number(json, "uid", origin->uid);
		json_number(json, "gid", origin->gid);
	}
	if (origin->known & PIMG_ORIGIN_MODE)
		json_number(json, "permissions", origin->mode);
}

static void write_json_damage(struct json *json, const struct pimg_error *damage)
{
	json_bool(json, "damaged", damage != NULL);
	if (!damage)
		return;
	json_open_object(json, "damage");
	json_string(json, "file", damage->file);
	if (damage->check)
		json_string(json, "check", pimg_check(damage->check)->id);
	if (damage->record != PIMG_NONE)
		json_number(json, "record", (uint64_t)damage->record);
	if (damage->pipe != PIMG_NONE)
		json_number(json, "id", (uint64_t)damage->pipe);
	if (damage->offset != PIMG_NONE)
		json_number(json, "offset", (uint64_t)damage->offset);
	json_string(json, "message", damage->sentence);
	json_close_object(json);
}

static void open_json_queue(struct json *json, const struct pimg_queue_info *info)
{
	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(info->type));
	json_number(json, "id", info->id);
	json_string(json, "mode", pimg_mode_name(info->mode));
	if (info->type != PIMG_SOCKET)
		json_string(json, "layout", pimg_layout_name(info->layout));
	if (info->capacity)
		json_number(json, "capacity", info->capacity);
	json_number(json, "bytes", info->bytes);
	json_number(json, "packets", info->packets);
	json_number(json, "chunk_count", info->chunks);
	json_bool(json, "boundaries_lost", info->boundaries_lost);
	write_json_origin(json, &info->origin);
	json_ends(json, info->ends, info->end_count);
}

/* ---- queues ---- */

static int show_chunk(struct show *show, size_t queue, size_t number, struct pimg_error *error)
{
	show->chunks_shown++;
	if (settings.json)
		return write_json_chunk(show, queue, number, error);
	if (show->form == FORM_RAW)
		return for_each_piece(show, queue, number, UINT32_MAX, put_raw, error);
	return print_chunk(show, queue, number, error);
}

static int show_chunks(struct show *show, size_t queue, struct pimg_error *error)
{
	size_t count = pimg_image_queue(show->image, queue)->chunks;
	size_t first = show->some_chunks ? show->first - 1 : 0;
	size_t end = show->some_chunks && show->last < count ? show->last : count;

	for (size_t i = first; i < end; i++) {
		if (output_is_over())
			return error_stop(error);
		if (show_chunk(show, queue, i, error) < 0)
			return -1;
	}
	return 0;
}

static int show_queue(struct show *show, size_t queue, struct pimg_error *error)
{
	const struct pimg_queue_info *info = pimg_image_queue(show->image, queue);
	int result;

	show->shown++;
	if (show->some_chunks && show->first > info->chunks)
		return 0;
	if (settings.json) {
		open_json_queue(&show->json, info);
		json_open_array(&show->json, "chunks");
		result = show_chunks(show, queue, error);
		json_close_array(&show->json);
		json_close_object(&show->json);
		return result;
	}
	if (show->form != FORM_RAW) {
		print_queue_line(info);
		print_details(info);
		if (info->chunks && show->form == FORM_LINES)
			printf("%s%7s  %-6s %8s %10s  %s%s\n", style(STYLE_DIM), "#", "kind",
			       "length", "offset", "preview", style(STYLE_PLAIN));
	}
	return show_chunks(show, queue, error);
}

static int show_queues(struct show *show, struct pimg_error *error)
{
	size_t count = pimg_image_queue_count(show->image);

	for (size_t i = 0; i < count; i++) {
		if (show->one_queue && pimg_image_queue(show->image, i)->id != show->queue_id)
			continue;
		if (show_queue(show, i, error) < 0)
			return -1;
	}
	return 0;
}

/* What was asked for and is not there. Returns the exit status. */
static int check_found(const struct show *show)
{
	if (show->one_queue && !show->shown)
		return refuse(PIMG_BAD_DATA,
			      "%s: holds no queue %" PRIu64 "; without --pipe all are shown",
			      pimg_image_name(show->image), show->queue_id);
	if (show->some_chunks && !show->chunks_shown)
		return refuse(PIMG_BAD_DATA, "%s: no queue has a chunk %" PRIu64,
			      pimg_image_name(show->image), show->first);
	return PIMG_OK;
}

/* A JSON object or text before the queues. */
static void show_head(struct show *show)
{
	enum pimg_byte_order order = pimg_image_byte_order(show->image);

	if (settings.json) {
		show->json = json_start(stdout);
		json_open_object(&show->json, NULL);
		json_string(&show->json, "image", pimg_image_name(show->image));
		if (order)
			json_string(&show->json, "byte_order", pimg_byte_order_name(order));
		json_container(&show->json, pimg_image_container(show->image));
		json_open_array(&show->json, "queues");
	} else if (show->form != FORM_RAW) {
		print_container(stdout, pimg_image_container(show->image));
		if (settings.verbose && order)
			printf("byte order: %s\n", pimg_byte_order_name(order));
	}
}

static int show_image(struct show *show)
{
	const struct pimg_error *damage = pimg_image_damage(show->image);
	struct pimg_error error;
	int result;

	show_head(show);
	result = show_queues(show, &error);
	if (result < 0 && error.status == PIMG_OK)
		return interrupted() ? refuse(PIMG_SYSTEM, "interrupted") : PIMG_OK;
	if (settings.json) {
		json_close_array(&show->json);
		write_json_damage(&show->json, damage);
		json_close_object(&show->json);
	} else if (!pimg_image_queue_count(show->image) && !show->one_queue &&
		   show->form != FORM_RAW && !damage) {
		puts("no queues");
	}
	fflush(stdout);
	if (result < 0)
		return complain(&error);
	if (damage)
		return complain(damage);
	return check_found(show);
}

/* "7" or "7-9" or "7-" */
static bool parse_range(char *text, uint64_t *first, uint64_t *last)
{
	char *dash = strchr(text, '-');

	if (dash)
		*dash = '\0';
	if (!parse_number(text, SIZE_MAX, first) || !*first)
		return false;
	*last = *first;
	if (dash && !dash[1])
		*last = UINT64_MAX;
	else if (dash && !parse_number(dash + 1, SIZE_MAX, last))
		return false;
	return *first <= *last;
}

enum { OPTION_PIPE = OPTION_OWN, OPTION_PACKET, OPTION_HEX, OPTION_TEXT, OPTION_RAW };

static const struct option long_options[] = {
	{"pipe", required_argument, NULL, OPTION_PIPE},
	{"packet", required_argument, NULL, OPTION_PACKET},
	{"hex", no_argument, NULL, OPTION_HEX},
	{"text", no_argument, NULL, OPTION_TEXT},
	{"raw", no_argument, NULL, OPTION_RAW},
	COMMON_LONG_OPTIONS,
};

static int set_form(struct show *show, enum form form)
{
	if (show->form != FORM_LINES && show->form != form)
		return usage_error(&command_show, "--hex, --text and --raw exclude each other");
	show->form = form;
	return 0;
}

static int take_option(struct show *show, int option, char **argv)
{
	switch (option) {
	case OPTION_PIPE:
		show->one_queue = true;
		if (!parse_queue_id(optarg, &show->queue_id))
			return usage_error(&command_show, "'%s' is not the id of a pipe", optarg);
		return 0;
	case OPTION_PACKET:
		show->some_chunks = true;
		if (!parse_range(optarg, &show->first, &show->last))
			return usage_error(&command_show,
					   "--packet takes a number from 1, or a range like 3-7");
		return 0;
	case OPTION_HEX:
		return set_form(show, FORM_HEX);
	case OPTION_TEXT:
		return set_form(show, FORM_TEXT);
	case OPTION_RAW:
		return set_form(show, FORM_RAW);
	default:
		return common_option(&command_show, option, argv);
	}
}

static int run(int argc, char **argv)
{
	struct progress progress = {.label = "reading"};
	struct show show = {0};
	struct pimg_error error;
	int option, status;

	while ((option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options, NULL)) !=
	       -1) {
		status = take_option(&show, option, argv);
		if (status)
			return status;
	}
	if (argc - optind != 1)
		return usage_error(&command_show, "show takes one image, not %d", argc - optind);
	if (settings.json && show.form != FORM_LINES)
		return usage_error(&command_show,
				   "--json has all of the payload; no --hex, --text or --raw");
	show.image = show.one_queue ? pimg_image_open_queue(argv[optind], (uint32_t)show.queue_id,
							    show_progress, &progress, &error)
				    : pimg_image_open_to_show(argv[optind], show_progress,
							      &progress, &error);
	end_progress(&progress);
	if (!show.image)
		return complain(&error);
	pimg_image_set_progress(show.image, stop_when_interrupted, NULL);
	status = show_image(&show);
	pimg_image_close(show.image);
	return status;
}

const struct command command_show = {
	.name = "show",
	.run = run,
	.summary = "show the queues of an image, chunk by chunk",
	.synopsis = "IMAGE [--pipe ID] [--packet N[-M]] [--hex|--text|--raw|--json]",
	.options = "      --pipe=ID        only this queue\n"
		   "      --packet=N[-M]   only these chunks of each queue, counted from 1\n"
		   "      --hex            payloads as hex and text\n"
		   "      --text           payloads as text\n"
		   "      --raw            payloads alone, byte for byte\n",
};
