// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg criu-hook --explain: reports what the hook did with a dump. */
#include "criu/explain.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "criu/tree.h"
#include "pipeimg-private.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/options.h"
#include "shared/text.h"

/* ---- the queues ---- */

static bool has_read_end(const struct pimg_queue_info *info)
{
	for (size_t i = 0; i < info->end_count; i++) {
		if (pimg_end_reads(pimg_end_at(info->ends, i)))
			return true;
	}
	return false;
}

/* What CRIU restores of a queue without the hook, if it restores the dump at all. */
static const char *without_hook(const struct pimg_queue_info *info)
{
	bool packet_mode = any_in_packet_mode(info->ends, info->end_count);

	if (info->bytes && !has_read_end(info))
		return "nothing: CRIU does not dump a pipe without a read end";
	if (info->packets)
		return "all bytes, merged; later writes merge too";
	if (packet_mode)
		return info->bytes ? "all bytes; later writes merge" : "empty; later writes merge";
	return "the same";
}

static void print_queue(const struct pimg_queue_info *info)
{
	printf("%s%s %" PRIu32 "%s: %s, %zu packet%s, %" PRIu64 " byte%s\n", style(STYLE_HEADING),
	       pimg_type_name(info->type), info->id, style(STYLE_PLAIN), pimg_mode_name(info->mode),
	       info->packets, PLURAL_S(info->packets), info->bytes, PLURAL_S(info->bytes));
	fputs("  ends:         ", stdout);
	print_ends(stdout, info->ends, info->end_count, SIZE_MAX);
	printf("\n  without hook: %s\n", without_hook(info));
}

static void print_json_queue(struct json *json, const struct pimg_queue_info *info)
{
	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(info->type));
	json_number(json, "id", info->id);
	json_string(json, "mode", pimg_mode_name(info->mode));
	json_number(json, "packets", info->packets);
	json_number(json, "bytes", info->bytes);
	json_number(json, "capacity", info->capacity);
	json_string(json, "without_hook", without_hook(info));
	json_ends(json, info->ends, info->end_count);
	json_close_object(json);
}

/* Prints the queues that the hook saved. */
static void print_queues(const struct pimg_image *image, struct json *json)
{
	for (size_t i = 0; i < pimg_image_queue_count(image); i++) {
		const struct pimg_queue_info *info = pimg_image_queue(image, i);

		if (!info->saved_by_hook)
			continue;
		if (json)
			print_json_queue(json, info);
		else
			print_queue(info);
	}
}

/* ---- the messages ---- */

/* Each line is a message of one action. */
static void print_log(const struct pimg_image *image, struct json *json)
{
	char *log = pimg_image_hook_log(image), *rest = log, *line;

	while (log && (line = strsep(&rest, "\n"))) {
		if (!*line)
			continue;
		if (json) {
			json_string(json, NULL, line);
			continue;
		}
		print_bytes(stdout, line, strlen(line), SIZE_MAX, false);
		putchar('\n');
	}
	free(log);
}

/* ---- reasons why a restore would fail ---- */

static void print_refused_fifo(const struct pimg_image *image, const char *path)
{
	if (!pimg_image_has_refused_fifo(image))
		return;
	/* Standard input cannot be replaced. */
	printf("CRIU cannot open FIFOs in packet mode; run: pipeimg upgrade %s %s\n", path,
	       strcmp(path, "-") ? "--in-place" : "-o OUT");
}

static void print_state(const struct pimg_image *image, const char *path)
{
	if (!pimg_image_is_directory(image)) {
		puts("This is a single image. To see what the hook did, explain the directory or "
		     "archive that it belongs to.");
		return;
	}
	switch (pimg_image_hook(image)) {
	case PIMG_HOOK_SAVED:
		break;
	case PIMG_HOOK_UNUSABLE:
		puts("The hook refuses to restore these images; pipeimg verify reports why.");
		break;
	case PIMG_HOOK_NONE:
	case PIMG_HOOK_NEEDED:
		puts("The hook saved no queues here. At a restore, it uses the packets that CRIU's "
		     "own images list, if any.");
	}
	print_refused_fifo(image, path);
}

static void explain_as_text(const struct pimg_image *image, const char *path)
{
	print_queues(image, NULL);
	print_state(image, path);
	print_log(image, NULL);
}

static void explain_as_json(const struct pimg_image *image)
{
	struct json json = json_start(stdout);

	json_open_object(&json, NULL);
	json_string(&json, "directory", pimg_image_name(image));
	json_open_array(&json, "queues");
	print_queues(image, &json);
	json_close_array(&json);
	json_open_array(&json, "log");
	print_log(image, &json);
	json_close_array(&json);
	json_close_object(&json);
}

int hook_explain(const char *path)
{
	const struct pimg_open_options options = {.progress = &until_interrupted};
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(path, &options, &error);
	int status = 0;

	if (!image)
		return complain(&error);
	if (pimg_image_damage(image))
		status = complain(pimg_image_damage(image));
	if (settings.json)
		explain_as_json(image);
	else
		explain_as_text(image, path);
	pimg_image_close(image);
	return status;
}
