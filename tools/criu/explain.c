// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg criu-hook --explain: reports what the hook did in an image directory. */
#include "criu/explain.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "criu/files.h"
#include "criu/inventory.h"
#include "criu/tree.h"
#include "pipeimg-private.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/options.h"
#include "shared/text.h"

/* The hook's image of one type, and CRIU's image of the same queues. */
struct explained {
	const struct hook *hook;
	struct pimg_image *ours, *stock;
	size_t count;
};

static struct pimg_image *open_image(const struct hook *hook, const char *name, int *status)
{
	return hook_has(hook, name) ? hook_open_image(hook, name, status) : NULL;
}

/* What CRIU restores of a queue without the hook. */
static const char *without_hook(const struct explained *explained,
				const struct pimg_queue_info *info)
{
	for (size_t i = 0; explained->stock && i < pimg_image_queue_count(explained->stock); i++) {
		if (pimg_image_queue(explained->stock, i)->id != info->id)
			continue;
		if (info->packets)
			return "all bytes, merged; later writes merge too";
		return any_in_packet_mode(info->ends, info->end_count)
			       ? "all bytes; later writes merge"
			       : "the same";
	}
	if (info->bytes)
		return "nothing: CRIU does not dump a pipe without a read end";
	return any_in_packet_mode(info->ends, info->end_count) ? "empty; later writes merge"
							       : "the same";
}

static void print_queue(const struct explained *explained, const struct pimg_queue_info *info)
{
	printf("%s%s %" PRIu32 "%s: %s, %zu packet%s, %" PRIu64 " byte%s\n", style(STYLE_HEADING),
	       pimg_type_name(info->type), info->id, style(STYLE_PLAIN), pimg_mode_name(info->mode),
	       info->packets, PLURAL_S(info->packets), info->bytes, PLURAL_S(info->bytes));
	fputs("  ends:         ", stdout);
	print_ends(stdout, info->ends, info->end_count, SIZE_MAX);
	printf("\n  without hook: %s\n", without_hook(explained, info));
}

static void print_json(struct json *json, const struct explained *explained,
		       const struct pimg_queue_info *info)
{
	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(info->type));
	json_number(json, "id", info->id);
	json_string(json, "mode", pimg_mode_name(info->mode));
	json_number(json, "packets", info->packets);
	json_number(json, "bytes", info->bytes);
	json_number(json, "capacity", info->capacity);
	json_string(json, "without_hook", without_hook(explained, info));
	json_ends(json, info->ends, info->end_count);
	json_close_object(json);
}

static int explain_type(struct explained *explained, enum pimg_type type, struct json *json)
{
	int status = 0;

	explained->ours = open_image(explained->hook, hook_state_name(type), &status);
	explained->stock = open_image(explained->hook, hook_stock_name(type), &status);
	for (size_t i = 0; explained->ours && i < pimg_image_queue_count(explained->ours); i++) {
		const struct pimg_queue_info *info = pimg_image_queue(explained->ours, i);

		if (json)
			print_json(json, explained, info);
		else
			print_queue(explained, info);
		explained->count++;
	}
	pimg_image_close(explained->ours);
	pimg_image_close(explained->stock);
	return status;
}

/* Prints the log; each line is a message of one action. */
static void print_log(const struct hook *hook, struct json *json)
{
	int fd = hook_open(hook, HOOK_LOG, O_RDONLY);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[2048];

	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (json) {
			json_string(json, NULL, line);
			continue;
		}
		print_bytes(stdout, line, strlen(line), SIZE_MAX, false);
		putchar('\n');
	}
	if (file)
		fclose(file);
}

static int explain_as_json(struct explained *explained)
{
	struct json json = json_start(stdout);
	int status = 0;

	json_open_object(&json, NULL);
	json_string(&json, "directory", explained->hook->directory);
	json_open_array(&json, "queues");
	for (int type = PIMG_PIPE; !status && type <= PIMG_FIFO; type++)
		status = explain_type(explained, type, &json);
	json_close_array(&json);
	json_open_array(&json, "log");
	print_log(explained->hook, &json);
	json_close_array(&json);
	json_close_object(&json);
	return status;
}

/* An unpacked export of a container has its images in checkpoint/. */
static int refuse_other(const struct hook *hook)
{
	if (hook_has(hook, "checkpoint/inventory.img"))
		return refuse(PIMG_BAD_DATA, "%s: contains no CRIU images; use %s/checkpoint",
			      hook->directory, hook->directory);
	return refuse(PIMG_BAD_DATA, "%s: contains no CRIU images", hook->directory);
}

static int count_packet_fifo(void *context, const struct pimg_check *check,
			     const struct pimg_error *finding, enum pimg_type type)
{
	size_t *count = context;

	(void)finding;
	(void)type;
	*count += !strcmp(check->id, "PI314");
	return 0;
}

/* Counts FIFOs in packet mode that were dumped without the hook: CRIU cannot open them, even with the hook. */
static size_t count_packet_fifos(const struct hook *hook)
{
	size_t count = 0;
	const struct pimg_verify_options options = {
		.flags = PIMG_VERIFY_ANYWHERE,
		.found = count_packet_fifo,
		.context = &count,
	};
	struct pimg_error error;

	if (hook_has(hook, "inventory.img"))
		pimg_verify(hook->directory, &options, NULL, &error);
	return count;
}

/* Prints reasons why a restore would fail. */
static void print_state(const struct hook *hook)
{
	if (!hook_has(hook, "inventory.img"))
		puts("The dump is incomplete.");
	if (hook_has(hook, HOOK_FAILED))
		puts("The dump failed; the hook refuses to restore these images.");
	else if (hook_has(hook, HOOK_INVENTORY) && hook_check_inventory(hook))
		puts("The hook refuses to restore these images.");
	if (count_packet_fifos(hook))
		printf("CRIU cannot open FIFOs in packet mode; run: pipeimg upgrade %s "
		       "--in-place\n",
		       hook->directory);
}

int hook_explain(const char *directory)
{
	struct hook hook = {.action = "explain", .says_nothing = true};
	struct explained explained = {.hook = &hook};
	int status = 0;

	if (hook_open_directory(&hook, directory) < 0)
		return refuse(PIMG_SYSTEM, "%s: cannot open: %s", directory, strerror(errno));
	snprintf(hook.directory, sizeof(hook.directory), "%s", directory);
	if (!hook_has(&hook, "inventory.img") && !hook_has(&hook, HOOK_LOG))
		return refuse_other(&hook);
	if (settings.json)
		return explain_as_json(&explained);
	for (int type = PIMG_PIPE; !status && type <= PIMG_FIFO; type++)
		status = explain_type(&explained, type, NULL);
	if (!explained.count && !status)
		puts("The hook saved no queues here. At a restore, it uses the packets that CRIU's "
		     "own images list, if any.");
	print_state(&hook);
	print_log(&hook, NULL);
	return status;
}
