// SPDX-License-Identifier: GPL-2.0-or-later
/* Prints the queues of an image as text. */
#include "commands/show-text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "pipeimg-private.h"
#include "shared/options.h"
#include "shared/text.h"

static void print_count(size_t count, const char *one)
{
	printf("%zu %s%s", count, one, PLURAL_S(count));
}

static const char *packet_word(const struct pimg_queue_info *info)
{
	if (info->type != PIMG_SOCKET)
		return "packet";
	return info->socket == PIMG_SOCKET_SEQPACKET ? "message" : "datagram";
}

/* "3 packets, 1 stream run" */
static void print_chunk_counts(const struct pimg_queue_info *info)
{
	size_t runs = info->chunks - info->packets;

	if (info->packets)
		print_count(info->packets, packet_word(info));
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

/* "fifo 4711", "socket 29 (stream)" */
static void print_queue_name(const struct pimg_queue_info *info)
{
	printf("%s%s %" PRIu32 "%s", style(STYLE_HEADING), pimg_type_name(info->type), info->id,
	       style(STYLE_PLAIN));
	if (info->socket != PIMG_SOCKET_UNKNOWN)
		printf(" (%s)", pimg_socket_name(info->socket));
}

static void print_path(const char *path)
{
	print_bytes(stdout, path, strlen(path), SIZE_MAX, false);
}

static void print_holders(const struct pimg_queue_info *info)
{
	if (info->end_count) {
		fputs("  ", stdout);
		print_ends(stdout, info->ends, info->end_count, 32);
	}
	/* A single path is on the same line. */
	if (info->path_count == 1) {
		fputs("  ", stdout);
		print_path(info->paths[0]);
	}
	putchar('\n');
	if (info->path_count < 2)
		return;
	printf("  %sseveral FIFOs with one inode number:%s CRIU saved the data of only one\n",
	       style(STYLE_ALARM), style(STYLE_PLAIN));
	for (size_t i = 0; i < info->path_count; i++) {
		fputs("    ", stdout);
		print_path(info->paths[i]);
		putchar('\n');
	}
}

static void print_queue_line(const struct pimg_queue_info *info)
{
	print_queue_name(info);
	printf("  %s  ", pimg_mode_name(info->mode));
	print_fill(info);
	if (info->chunks) {
		fputs("  ", stdout);
		print_chunk_counts(info);
	}
	print_holders(info);
	if (info->boundaries_lost)
		printf("  %sboundaries lost:%s its write end was in packet mode, but this record "
		       "contains the packets merged into one\n",
		       style(STYLE_ALARM), style(STYLE_PLAIN));
}

static void print_details(const struct pimg_queue_info *info, const struct pimg_origin *origin)
{
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

static const char *kind_word(const struct pimg_queue_info *info, enum pimg_kind kind)
{
	if (info->type != PIMG_SOCKET || kind == PIMG_STREAM)
		return pimg_kind_name(kind);
	return info->socket == PIMG_SOCKET_SEQPACKET ? "seqpkt" : "dgram";
}

/* "pipe 4711 r", "fifo 4712 w /run/fifo", "file 12 /etc/motd" */
static void print_passed(const struct pimg_passed *passed)
{
	const struct pimg_end end = {.flags = passed->flags};

	if (passed->has_queue)
		printf("%s %" PRIu32 " %s", pimg_type_name(passed->type), passed->id,
		       end_letters(&end));
	else
		printf("file %" PRIu32, passed->file);
	if (passed->path) {
		putchar(' ');
		print_path(passed->path);
	}
}

static void print_all_passed(const struct show *show, size_t queue, size_t chunk)
{
	const struct pimg_passed *passed = pimg_image_passed(show->image, queue, chunk, 0);

	if (!passed)
		return;
	printf("         %sin flight with it (SCM_RIGHTS):%s ", style(STYLE_DIM),
	       style(STYLE_PLAIN));
	for (size_t i = 0; passed; passed = pimg_image_passed(show->image, queue, chunk, ++i)) {
		fputs(i ? ", " : "", stdout);
		print_passed(passed);
	}
	putchar('\n');
}

/* Reads enough bytes to fill the line, even if each character has four bytes. */
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

int show_text_chunk(struct show *show, size_t queue, size_t number, struct pimg_error *error)
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
	print_all_passed(show, queue, number);
	if (show->form == FORM_HEX)
		return show_pieces(show, queue, number, UINT32_MAX, put_hex, error);
	if (show->form == FORM_TEXT) {
		if (show_pieces(show, queue, number, UINT32_MAX, put_text, error) < 0)
			return -1;
		putchar('\n');
	}
	return 0;
}

void show_text_queue(const struct show *show, size_t queue)
{
	const struct pimg_queue_info *info = pimg_image_queue(show->image, queue);

	print_queue_line(info);
	print_details(info, pimg_image_origin(show->image, queue));
	if (info->chunks && show->form == FORM_LINES)
		printf("%s%7s  %-6s %8s %10s  %s%s\n", style(STYLE_DIM), "#", "kind", "length",
		       "offset", "preview", style(STYLE_PLAIN));
}

void show_text_unsaved(const struct pimg_queue_info *info)
{
	print_queue_name(info);
	fputs(info->unreadable ? "  unreadable: its image is damaged" : "  not in the dump",
	      stdout);
	print_holders(info);
}

void show_text_dump(const struct show *show, bool is_next)
{
	const char *path = pimg_image_dump(show->image);

	printf("%s%sdump%s ", is_next ? "\n" : "", style(STYLE_HEADING), style(STYLE_PLAIN));
	print_bytes(stdout, path, strlen(path), SIZE_MAX, false);
	putchar('\n');
}

void show_text_hook(const struct show *show)
{
	switch (pimg_image_hook(show->image)) {
	case PIMG_HOOK_NONE:
		break;
	case PIMG_HOOK_SAVED:
		puts("dumped with pipeimg-criu-hook; a restore needs the hook, too");
		break;
	case PIMG_HOOK_NEEDED:
		puts("CRIU restores the packets only with pipeimg-criu-hook");
		break;
	case PIMG_HOOK_UNUSABLE:
		printf("%sthe files saved by pipeimg-criu-hook are unusable;%s pipeimg verify "
		       "reports why\n",
		       style(STYLE_ALARM), style(STYLE_PLAIN));
		break;
	}
}
