// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg diff: compares two images, or an image with the pipes of a process, queue by queue. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pipeimg-private.h"
#include "shared/commands.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/selection.h"
#include "shared/take.h"
#include "shared/text.h"

struct diff {
	const char *names[2];
	const char *dump; /* of each input that has several, or null */
	uint64_t pid;	  /* 0 if the second side is an image */
	bool tree;
	struct pimg_live *live;
	struct selection selection;
	struct taken taken; /* from the process */
	struct progress progress;
	struct json json;
};

/* ---- a live second side ---- */

/* A sorted list of pairs of 32-bit numbers, for lookup. */
struct numbers {
	uint64_t *list;
	size_t count;
};

static uint64_t pair(uint32_t high, uint32_t low)
{
	return (uint64_t)high << 32 | low;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool has_number(const struct numbers *numbers, uint64_t number)
{
	return numbers->count &&
	       bsearch(&number, numbers->list, numbers->count, sizeof(*numbers->list), by_number);
}

/* An image identifies a queue by type and id, or by its ends. */
static bool is_in_image(const struct numbers *ids, const struct numbers *ends,
			struct pimg_live *live, size_t index)
{
	const struct pimg_live_pipe *pipe = pimg_live_pipe(live, index);

	if (has_number(ids, pair(pipe->type, pipe->id)))
		return true;
	for (size_t i = 0; i < pipe->end_count; i++) {
		struct pimg_end end = *pimg_live_end(live, index, i);

		if (has_number(ends, pair(end.pid, end.fd)) ||
		    (end.inner_pid && has_number(ends, pair(end.inner_pid, end.fd))))
			return true;
	}
	return false;
}

static int list_numbers(const struct pimg_image *image, struct numbers *ids, struct numbers *ends)
{
	size_t queues = pimg_image_queue_count(image), end_count = 0;

	for (size_t i = 0; i < queues; i++)
		end_count += pimg_image_queue(image, i)->end_count;
	ids->list = calloc(queues + 1, sizeof(*ids->list));
	ends->list = calloc(end_count + 1, sizeof(*ends->list));
	if (!ids->list || !ends->list)
		return refuse(PIMG_SYSTEM, "out of memory");
	for (size_t i = 0; i < queues; i++) {
		const struct pimg_queue_info *info = pimg_image_queue(image, i);

		ids->list[ids->count++] = pair(info->type, info->id);
		for (size_t j = 0; j < info->end_count; j++)
			ends->list[ends->count++] = pair(pimg_end_at(info->ends, j)->pid,
							 pimg_end_at(info->ends, j)->fd);
	}
	qsort(ids->list, ids->count, sizeof(*ids->list), by_number);
	qsort(ends->list, ends->count, sizeof(*ends->list), by_number);
	return 0;
}

/* A pipe that the image does not contain may be unreadable. */
static int need_only(struct selection *selection, struct pimg_live *live,
		     const struct pimg_image *image)
{
	struct numbers ids = {0}, ends = {0};
	int status = list_numbers(image, &ids, &ends);

	for (size_t i = 0; !status && i < selection->count; i++) {
		struct selected *entry = &selection->entries[i];

		entry->wanted = is_in_image(&ids, &ends, live, entry->pipe) ? WANTED_UNLESS_GONE
									    : WANTED_BY_ALL;
	}
	free(ids.list);
	free(ends.list);
	return status;
}

static struct pimg_image *image_of_taken(const struct taken *taken, int *status)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_of_queues(
		(const struct pimg_queue *const *)taken->queues, taken->count, &error);

	*status = image ? PIMG_OK : complain(&error);
	return image;
}

static struct pimg_image *open_live(struct diff *diff, const struct pimg_image *first, int *status)
{
	struct selector selector = {.by = SELECT_PID, .number = diff->pid};
	struct pimg_image *image = NULL;
	struct pimg_error error;

	diff->live = pimg_live_scan(0, &error);
	diff->selection.tree = diff->tree;
	*status = diff->live ? selection_find(&diff->selection, diff->live, &selector, 1)
			     : complain(&error);
	if (!*status)
		*status = need_only(&diff->selection, diff->live, first);
	if (!*status)
		*status = take_selection(&diff->taken, diff->live, &diff->selection, NULL);
	if (!*status)
		image = image_of_taken(&diff->taken, status);
	return image;
}

/* ---- for people ---- */

static const struct pimg_queue_info *either(const struct pimg_difference *difference)
{
	return difference->queue[0] ? difference->queue[0] : difference->queue[1];
}

static void print_size(const struct pimg_queue_info *info)
{
	printf("%" PRIu64 " byte%s", info->bytes, PLURAL_S(info->bytes));
	if (info->packets)
		printf(", %zu packet%s", info->packets, PLURAL_S(info->packets));
}

static void print_chunk(const struct pimg_chunk *chunk, uint64_t number, int side)
{
	printf("%c chunk %" PRIu64 ": %s of %" PRIu32 " byte%s, at offset %" PRIu64 "\n",
	       side ? '+' : '-', number, chunk->kind == PIMG_PACKET ? "packet" : "stream run",
	       chunk->length, PLURAL_S(chunk->length), chunk->offset);
}

/* The different chunk, and if boundaries differ, those after it. */
static void print_chunks(const struct pimg_difference *difference, int side)
{
	uint64_t number = difference->chunk_number[side];

	if (difference->ended[side]) {
		printf("%c end of queue after %" PRIu64 " chunk%s\n", side ? '+' : '-', number - 1,
		       PLURAL_S(number - 1));
		return;
	}
	print_chunk(&difference->chunk[side], number, side);
	for (size_t i = 1; i < difference->next_count[side]; i++)
		print_chunk(&difference->next[side][i], number + i, side);
	if (difference->has_more_next[side])
		printf("%c ...\n", side ? '+' : '-');
}

/* Two equal dumps would show nothing. */
static bool shows_bytes(const struct pimg_difference *difference)
{
	return difference->byte_count[0] != difference->byte_count[1] ||
	       memcmp(difference->bytes[0], difference->bytes[1], difference->byte_count[0]) != 0;
}

static const char *what_differs(const struct pimg_difference *difference)
{
	if (difference->kind == PIMG_BYTES_DIFFER)
		return "bytes";
	return difference->same_bytes ? "chunks; all bytes are the same" : "chunks";
}

/* Two lines of one side: the line with the difference, and the next. */
static void print_bytes_around(const struct pimg_difference *difference, int side)
{
	enum { LINE = 16 };

	for (size_t at = 0; at < difference->byte_count[side]; at += LINE) {
		size_t left = difference->byte_count[side] - at;

		putchar(side ? '+' : '-');
		print_hex(stdout, difference->bytes[side] + at, left < LINE ? left : LINE,
			  difference->bytes_offset + at);
	}
}

static void print_heading(const struct pimg_difference *difference)
{
	const struct pimg_queue_info *info = either(difference);

	printf("%s%s %" PRIu32, style(STYLE_HEADING), pimg_type_name(info->type), info->id);
	if (difference->queue[0] && difference->queue[1] &&
	    difference->queue[0]->id != difference->queue[1]->id)
		printf(" and %" PRIu32, difference->queue[1]->id);
	printf("%s: ", style(STYLE_PLAIN));
}

static void print_only(const struct diff *diff, const struct pimg_difference *difference, int side)
{
	printf("only in ");
	print_bytes(stdout, diff->names[side], strlen(diff->names[side]), SIZE_MAX, false);
	printf(" (");
	print_size(difference->queue[side]);
	puts(")");
}

static void print_content(const struct pimg_difference *difference)
{
	printf("first difference at byte %" PRIu64 " of the queue (%s)\n", difference->offset,
	       what_differs(difference));
	for (int side = 0; side < 2; side++) {
		fputs(style(side ? STYLE_STREAM : STYLE_ALARM), stdout);
		print_chunks(difference, side);
		if (shows_bytes(difference))
			print_bytes_around(difference, side);
		fputs(style(STYLE_PLAIN), stdout);
	}
}

static void print_capacity(uint32_t capacity)
{
	if (capacity)
		printf("%" PRIu32, capacity);
	else
		fputs("unknown", stdout);
}

static void print_difference(const struct diff *diff, const struct pimg_difference *difference)
{
	bool counts = difference->kind != PIMG_SAME && difference->kind != PIMG_NOT_SAVED;

	if (settings.quiet || (!counts && !settings.verbose))
		return;
	print_heading(difference);
	switch (difference->kind) {
	case PIMG_SAME:
		fputs("identical, ", stdout);
		print_size(difference->queue[0]);
		putchar('\n');
		break;
	case PIMG_NOT_SAVED:
		puts("not compared: the dump has only its write ends, not its content");
		break;
	case PIMG_ONLY_IN_FIRST:
		print_only(diff, difference, 0);
		break;
	case PIMG_ONLY_IN_SECOND:
		print_only(diff, difference, 1);
		break;
	case PIMG_CAPACITY_DIFFERS:
		fputs("same content, different capacity: ", stdout);
		print_capacity(difference->queue[0]->capacity);
		fputs(" and ", stdout);
		print_capacity(difference->queue[1]->capacity);
		putchar('\n');
		break;
	case PIMG_CHUNKS_DIFFER:
	case PIMG_BYTES_DIFFER:
		print_content(difference);
		break;
	}
}

/* ---- for machines ---- */

/* The different chunk and those after it. */
static void write_json_chunks(struct json *json, const struct pimg_difference *difference, int side)
{
	json_open_array(json, "next_chunks");
	for (size_t i = 0; i < difference->next_count[side]; i++) {
		const struct pimg_chunk *chunk = &difference->next[side][i];

		json_open_object(json, NULL);
		json_string(json, "kind", pimg_kind_name(chunk->kind));
		json_number(json, "length", chunk->length);
		json_number(json, "offset", chunk->offset);
		json_close_object(json);
	}
	json_close_array(json);
}

static void write_json_side(struct json *json, const struct pimg_difference *difference, int side)
{
	const struct pimg_queue_info *info = difference->queue[side];
	bool content =
		difference->kind == PIMG_CHUNKS_DIFFER || difference->kind == PIMG_BYTES_DIFFER;

	if (!info)
		return;
	json_open_object(json, side ? "second" : "first");
	json_number(json, "id", info->id);
	if (difference->kind == PIMG_NOT_SAVED) {
		json_close_object(json);
		return;
	}
	json_number(json, "bytes", info->bytes);
	json_number(json, "packets", info->packets);
	json_number(json, "capacity", info->capacity);
	if (content && !difference->ended[side]) {
		json_number(json, "chunk", difference->chunk_number[side]);
		json_string(json, "kind", pimg_kind_name(difference->chunk[side].kind));
		json_number(json, "length", difference->chunk[side].length);
		json_number(json, "chunk_offset", difference->chunk[side].offset);
	}
	if (difference->kind == PIMG_CHUNKS_DIFFER)
		write_json_chunks(json, difference, side);
	if (content) {
		json_open_base64(json, "data");
		json_base64(json, difference->bytes[side], difference->byte_count[side]);
		json_close_base64(json);
	}
	json_close_object(json);
}

static void write_json_difference(struct json *json, const struct pimg_difference *difference)
{
	static const char *const names[] = {
		[PIMG_SAME] = "same",
		[PIMG_ONLY_IN_FIRST] = "only_in_first",
		[PIMG_ONLY_IN_SECOND] = "only_in_second",
		[PIMG_CAPACITY_DIFFERS] = "capacity",
		[PIMG_CHUNKS_DIFFER] = "chunks",
		[PIMG_BYTES_DIFFER] = "bytes",
		[PIMG_NOT_SAVED] = "not_saved",
	};
	bool content =
		difference->kind == PIMG_CHUNKS_DIFFER || difference->kind == PIMG_BYTES_DIFFER;

	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(either(difference)->type));
	json_string(json, "difference", names[difference->kind]);
	if (content) {
		json_number(json, "offset", difference->offset);
		json_number(json, "data_offset", difference->bytes_offset);
	}
	if (difference->kind == PIMG_CHUNKS_DIFFER)
		json_bool(json, "same_bytes", difference->same_bytes);
	write_json_side(json, difference, 0);
	write_json_side(json, difference, 1);
	json_close_object(json);
}

/* ---- the work ---- */

static void tell(void *context, const struct pimg_difference *difference)
{
	struct diff *diff = context;

	end_progress(&diff->progress);
	if (settings.json)
		write_json_difference(&diff->json, difference);
	else
		print_difference(diff, difference);
}

static int advance(void *context, uint64_t done, uint64_t total)
{
	struct diff *diff = context;

	return show_progress(&diff->progress, done, total);
}

static int compare(struct diff *diff, struct pimg_image *first, struct pimg_image *second)
{
	struct pimg_error error;
	int result;

	if (settings.json) {
		diff->json = json_start(stdout);
		json_open_object(&diff->json, NULL);
		json_string(&diff->json, "first", diff->names[0]);
		json_string(&diff->json, "second", diff->names[1]);
		json_open_array(&diff->json, "queues");
	}
	result = pimg_diff(first, second, tell, diff, &(struct pimg_progress){advance, diff},
			   &error);
	end_progress(&diff->progress);
	if (settings.json) {
		json_close_array(&diff->json);
		json_bool(&diff->json, "complete", result >= 0);
		json_bool(&diff->json, "same", result == 0);
		if (diff->pid)
			json_skipped(&diff->json, &diff->taken, &diff->selection);
		json_close_object(&diff->json);
	}
	fflush(stdout);
	return result < 0 ? complain(&error) : result;
}

static struct pimg_image *open_image(struct diff *diff, const char *name, int *status)
{
	const struct pimg_open_options options = {
		.flags = PIMG_OPEN_UNINDEXED,
		.progress = &(struct pimg_progress){advance, diff},
	};
	struct pimg_error error;
	struct pimg_input *input = pimg_input_open(name, &options, &error);
	struct pimg_image *image = NULL;
	size_t number = 0;

	if (input && (pimg_input_dump_count(input) == 1 ||
		      pimg_input_find(input, diff->dump, &number, &error) == 0))
		image = pimg_input_image(input, number, &error);
	pimg_input_close(input);
	end_progress(&diff->progress);
	*status = image ? PIMG_OK : complain(&error);
	return image;
}

static int run_diff(struct diff *diff)
{
	struct pimg_image *first, *second = NULL;
	int status;

	first = open_image(diff, diff->names[0], &status);
	if (first)
		second = diff->pid ? open_live(diff, first, &status)
				   : open_image(diff, diff->names[1], &status);
	if (second)
		status = compare(diff, first, second);
	pimg_image_close(first);
	pimg_image_close(second);
	taken_release(&diff->taken);
	selection_release(&diff->selection);
	pimg_live_free(diff->live);
	return status;
}

/* ---- options ---- */

enum { OPTION_PID = OPTION_OWN, OPTION_TREE, OPTION_DUMP };

static const struct option long_options[] = {
	{"pid", required_argument, NULL, OPTION_PID},
	{"tree", no_argument, NULL, OPTION_TREE},
	{"dump", required_argument, NULL, OPTION_DUMP},
	COMMON_LONG_OPTIONS,
};

static int take_option(struct diff *diff, int option, char **argv)
{
	switch (option) {
	case OPTION_PID:
		if (!parse_number(optarg, INT32_MAX, &diff->pid) || !diff->pid)
			return usage_error(&command_diff, "invalid pid '%s'", optarg);
		return 0;
	case OPTION_DUMP:
		diff->dump = optarg;
		return 0;
	case OPTION_TREE:
		diff->tree = true;
		return 0;
	default:
		return common_option(&command_diff, option, argv);
	}
}

static int check_usage(const struct diff *diff, char **names, int count)
{
	if (diff->pid && count != 1)
		return usage_error(&command_diff, "diff takes one image with --pid, not %d", count);
	if (!diff->pid && count != 2)
		return usage_error(&command_diff, "diff takes two images, or one image and --pid");
	if (diff->tree && !diff->pid)
		return usage_error(&command_diff, "--tree requires --pid");
	if (count == 2 && !strcmp(names[0], "-") && !strcmp(names[1], "-"))
		return usage_error(&command_diff, "standard input (-) can be read only once");
	return 0;
}

static int run(int argc, char **argv)
{
	struct diff diff = {.progress = {.label = "comparing"}};
	char live_name[32];
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options,
						NULL)) != -1)
		status = take_option(&diff, option, argv);
	if (!status)
		status = check_usage(&diff, argv + optind, argc - optind);
	if (status)
		return status;
	snprintf(live_name, sizeof(live_name), "process %" PRIu64, diff.pid);
	diff.names[0] = argv[optind];
	diff.names[1] = diff.pid ? live_name : argv[optind + 1];
	return run_diff(&diff);
}

const struct command command_diff = {
	.name = "diff",
	.run = run,
	.summary = "compare two images, or an image with the pipes of a process",
	.synopsis = "A B [--dump PATH] | IMAGE [--dump PATH] --pid PID [--tree]",
	.options = "      --dump=PATH      this dump of each input that has several\n"
		   "      --pid=PID        compare with the live pipes of this process\n"
		   "      --tree           also with those of its descendants\n",
};
