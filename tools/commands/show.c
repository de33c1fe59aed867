// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg show: shows the queues of an image, chunk by chunk, or one line for each of several images. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/show-json.h"
#include "commands/show-processes.h"
#include "commands/show-table.h"
#include "commands/show-text.h"
#include "shared/choice.h"
#include "shared/commands.h"
#include "shared/container.h"
#include "shared/message.h"
#include "shared/text.h"

/* ---- pieces of a chunk ---- */

static void put_raw(struct show *show, const uint8_t *bytes, size_t length, uint64_t offset)
{
	(void)show;
	(void)offset;
	fwrite(bytes, 1, length, stdout);
}

/* ---- queues ---- */

static int show_chunk(struct show *show, size_t queue, size_t number, struct pimg_error *error)
{
	show->chunks_shown++;
	if (settings.json)
		return show_json_chunk(show, queue, number, error);
	if (show->form == FORM_RAW)
		return show_pieces(show, queue, number, UINT32_MAX, put_raw, error);
	return show_text_chunk(show, queue, number, error);
}

static int show_chunks(struct show *show, size_t queue, struct pimg_error *error)
{
	size_t count = pimg_image_queue(show->image, queue)->chunks;
	size_t first = show->some_chunks ? show->first - 1 : 0;
	size_t end = show->some_chunks && show->last < count ? show->last : count;

	for (size_t i = first; i < end; i++) {
		if (show_is_over())
			return show_stop(error);
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
		show_json_open_queue(show, queue);
		result = show_chunks(show, queue, error);
		show_json_close_queue(show);
		return result;
	}
	if (show->form != FORM_RAW)
		show_text_queue(show, queue);
	return show_chunks(show, queue, error);
}

/* CRIU does not save the content of a pipe that has only write ends in the dump. */
static void show_unsaved(struct show *show, const struct pimg_queue_info *info)
{
	show->shown++;
	if (settings.json)
		show_json_unsaved(show, info);
	else if (show->form != FORM_RAW)
		show_text_unsaved(info);
}

static bool is_wanted(const struct show *show, const struct pimg_queue_info *info)
{
	return !show->one_queue || info->id == show->queue_id;
}

static int show_queues(struct show *show, struct pimg_error *error)
{
	size_t count = pimg_image_queue_count(show->image);

	for (size_t i = 0; i < count; i++) {
		if (is_wanted(show, pimg_image_queue(show->image, i)) &&
		    show_queue(show, i, error) < 0)
			return -1;
	}
	for (size_t i = 0; i < pimg_image_unsaved_count(show->image); i++) {
		const struct pimg_queue_info *info = pimg_image_unsaved(show->image, i);

		if (is_wanted(show, info))
			show_unsaved(show, info);
	}
	return 0;
}

/* Reports a requested queue or chunk that was not found. Returns the exit status. */
static int check_found(const struct show *show)
{
	if (show->one_queue && !show->shown)
		return refuse(PIMG_BAD_DATA,
			      "%s: queue %" PRIu64 " not found; omit --pipe to show all queues",
			      pimg_image_name(show->image), show->queue_id);
	if (show->some_chunks && !show->chunks_shown)
		return refuse(PIMG_BAD_DATA, "%s: no queue has chunk %" PRIu64,
			      pimg_image_name(show->image), show->first);
	return PIMG_OK;
}

/* --raw does not separate the payloads, so a notice lists the queues. */
static void note_raw(const struct show *show)
{
	const struct choice choice = {show->image, show->one_queue, show->queue_id, true};

	note_joined(&choice);
}

/* Prints what precedes the queues. */
static void show_head(struct show *show)
{
	enum pimg_byte_order order = pimg_image_byte_order(show->image);

	if (settings.json) {
		show_json_open(show);
	} else if (show->form == FORM_RAW) {
		note_raw(show);
	} else {
		print_container(stdout, pimg_image_container(show->image));
		if (settings.verbose && order)
			printf("byte order: %s\n", pimg_byte_order_name(order));
		show_text_hook(show);
	}
}

static int show_all_processes(struct show *show)
{
	const struct pimg_error *damage = pimg_image_damage(show->image);

	show_head(show);
	show_processes(show);
	if (show_is_over())
		return interrupted() ? refuse(PIMG_SYSTEM, "interrupted") : PIMG_OK;
	if (settings.json)
		show_json_close(show, damage);
	fflush(stdout);
	if (damage)
		return complain(damage);
	return pimg_image_task_count(show->image)
		       ? PIMG_OK
		       : refuse(PIMG_BAD_DATA,
				"%s: no processes found; only a dump with pstree.img lists them",
				pimg_image_name(show->image));
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
		show_json_close(show, damage);
	} else if (!pimg_image_queue_count(show->image) && !show->shown && !show->one_queue &&
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

enum {
	OPTION_PIPE = OPTION_OWN,
	OPTION_PACKET,
	OPTION_HEX,
	OPTION_TEXT,
	OPTION_RAW,
	OPTION_DUMP,
	OPTION_PROCESSES
};

static const struct option long_options[] = {
	{"pipe", required_argument, NULL, OPTION_PIPE},
	{"packet", required_argument, NULL, OPTION_PACKET},
	{"hex", no_argument, NULL, OPTION_HEX},
	{"text", no_argument, NULL, OPTION_TEXT},
	{"raw", no_argument, NULL, OPTION_RAW},
	{"dump", required_argument, NULL, OPTION_DUMP},
	{"processes", no_argument, NULL, OPTION_PROCESSES},
	COMMON_LONG_OPTIONS,
};

static int set_form(struct show *show, enum form form)
{
	if (show->form != FORM_LINES && show->form != form)
		return usage_error(&command_show,
				   "--hex, --text, --raw and --processes are mutually exclusive");
	show->form = form;
	return 0;
}

static int take_option(struct show *show, int option, char **argv)
{
	switch (option) {
	case OPTION_PIPE:
		show->one_queue = true;
		if (!parse_queue_id(optarg, &show->queue_id))
			return usage_error(&command_show, "invalid pipe id '%s'", optarg);
		return 0;
	case OPTION_PACKET:
		show->some_chunks = true;
		if (!parse_range(optarg, &show->first, &show->last))
			return usage_error(
				&command_show,
				"--packet takes a number, counted from 1, or a range such as 3-7");
		return 0;
	case OPTION_DUMP:
		show->dump = optarg;
		return 0;
	case OPTION_HEX:
		return set_form(show, FORM_HEX);
	case OPTION_TEXT:
		return set_form(show, FORM_TEXT);
	case OPTION_RAW:
		return set_form(show, FORM_RAW);
	case OPTION_PROCESSES:
		return set_form(show, FORM_PROCESSES);
	default:
		return common_option(&command_show, option, argv);
	}
}

/* ---- images ---- */

/* Its callback is called while the input is opened, and while each of its dumps is. */
static struct progress reading = {.label = "reading"};
static const struct pimg_progress report_reading = {show_progress, &reading};

static struct pimg_input *open_input(const struct show *show, const char *path, unsigned flags,
				     struct pimg_error *error)
{
	struct pimg_open_options options = {
		.flags = PIMG_OPEN_TO_SHOW | flags,
		.queue_id = (uint32_t)show->queue_id,
		.progress = &report_reading,
	};
	struct pimg_input *input = pimg_input_open(path, &options, error);

	end_progress(&reading);
	return input;
}

static struct pimg_image *open_dump(struct pimg_input *input, size_t number,
				    struct pimg_error *error)
{
	struct pimg_image *image = pimg_input_image(input, number, error);

	end_progress(&reading);
	if (image)
		pimg_image_set_progress(image, &until_interrupted);
	return image;
}

/* The dumps of an input that are wanted: all, or the one that was chosen. */
static int choose_dumps(const struct show *show, const struct pimg_input *input, size_t *first,
			size_t *end, struct pimg_error *error)
{
	*first = 0;
	*end = pimg_input_dump_count(input);
	/* These options are for queues whose ids mean something only in one dump. */
	if (!show->dump && !show->one_queue && !show->some_chunks && show->form != FORM_RAW)
		return 0;
	if (pimg_input_find(input, show->dump, first, error) < 0)
		return -1;
	*end = *first + 1;
	return 0;
}

static int fail_to_show(const struct show *show, const char *path, const struct pimg_error *error)
{
	if (settings.json && show->one_of_many)
		show_json_failure(path, error);
	return complain(error);
}

static int show_dump(struct show *show, struct pimg_input *input, size_t number, const char *path)
{
	struct pimg_error error;
	int status;

	show->shown = show->chunks_shown = 0;
	show->image = open_dump(input, number, &error);
	if (!show->image)
		return fail_to_show(show, path, &error);
	if (show->one_of_many && !settings.json)
		show_text_dump(show, number > 0);
	status = show->form == FORM_PROCESSES ? show_all_processes(show) : show_image(show);
	pimg_image_close(show->image);
	return status;
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static unsigned flags_for(const struct show *show)
{
	if (show->form == FORM_PROCESSES)
		return PIMG_OPEN_TASKS | PIMG_OPEN_UNINDEXED;
	return show->one_queue ? PIMG_OPEN_ONE_QUEUE : 0;
}

static int show_in_full(struct show *show, const char *path)
{
	struct pimg_error error;
	struct pimg_input *input = open_input(show, path, flags_for(show), &error);
	int worst = PIMG_OK;
	size_t first, end;

	if (!input)
		return fail_to_show(show, path, &error);
	if (choose_dumps(show, input, &first, &end, &error) < 0) {
		pimg_input_close(input);
		return fail_to_show(show, path, &error);
	}
	show->one_of_many |= end - first > 1;
	/* If the user interrupted the opening, opening the first dump fails with that reason. */
	for (size_t i = first; i == first || (i < end && !show_is_over()); i++)
		worst = worse(worst, show_dump(show, input, i, path));
	pimg_input_close(input);
	return worst;
}

/* The name of a dump in the table: "pod.tar:web/checkpoint" if there are several. To be freed. */
static char *name_of(const char *path, const char *dump, size_t count)
{
	char *name;

	if (count == 1)
		return strdup(path);
	return asprintf(&name, "%s:%s", path, dump) < 0 ? NULL : name;
}

static int add_line(struct show_table *table, struct pimg_input *input, size_t number,
		    const char *path)
{
	struct pimg_error error;
	struct pimg_image *image = open_dump(input, number, &error);
	char *name = name_of(strcmp(path, "-") ? path : "standard input",
			     pimg_input_dump(input, number), pimg_input_dump_count(input));
	int status;

	if (!name)
		status = refuse(PIMG_SYSTEM, "out of memory");
	else
		status = image ? show_table_add(table, image, name) : complain(&error);
	if (!status && pimg_image_damage(image))
		status = complain(pimg_image_damage(image));
	pimg_image_close(image);
	free(name);
	return status;
}

/* Adds a line to the table for each dump of an input. */
static int add_lines(struct show_table *table, const struct show *show, const char *path)
{
	struct pimg_error error;
	struct pimg_input *input = open_input(show, path, PIMG_OPEN_UNINDEXED, &error);
	int worst = PIMG_OK;
	size_t first, end;

	if (!input || choose_dumps(show, input, &first, &end, &error) < 0) {
		pimg_input_close(input);
		return complain(&error);
	}
	for (size_t i = first; i == first || (i < end && !show_is_over()); i++)
		worst = worse(worst, add_line(table, input, i, path));
	pimg_input_close(input);
	return worst;
}

/* Shows each image that can be opened. Returns the worst status. */
static int show_many(struct show *show, char **paths, size_t count)
{
	struct show_table table = {0};
	int worst = PIMG_OK;

	show->one_of_many = true;
	for (size_t i = 0; i < count && !show_is_over(); i++) {
		int status = settings.json ? show_in_full(show, paths[i])
					   : add_lines(&table, show, paths[i]);

		worst = worse(worst, status);
	}
	show_table_print(&table);
	show_table_release(&table);
	return worst;
}

/* The option that goes with one image only, or null. */
static const char *option_for_one(const struct show *show)
{
	static const char *const forms[] = {
		[FORM_LINES] = NULL,
		[FORM_HEX] = "--hex",
		[FORM_TEXT] = "--text",
		[FORM_RAW] = "--raw",
		[FORM_PROCESSES] = "--processes",
	};

	if (show->one_queue)
		return "--pipe";
	return show->some_chunks ? "--packet" : forms[show->form];
}

static int run(int argc, char **argv)
{
	struct show show = {0};
	int option, status;

	while ((option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options, NULL)) !=
	       -1) {
		status = take_option(&show, option, argv);
		if (status)
			return status;
	}
	if (optind == argc)
		return usage_error(&command_show, "no image given");
	if (show.form == FORM_PROCESSES && (show.one_queue || show.some_chunks))
		return usage_error(&command_show,
				   "--processes shows all queues; omit --pipe and --packet");
	if (settings.json && show.form != FORM_LINES && show.form != FORM_PROCESSES)
		return usage_error(&command_show,
				   "--json includes the payload; omit --hex, --text and --raw");
	if (argc - optind == 1)
		return show_in_full(&show, argv[optind]);
	if (option_for_one(&show))
		return usage_error(&command_show,
				   "%s takes one image; several are shown as a table",
				   option_for_one(&show));
	return show_many(&show, argv + optind, (size_t)(argc - optind));
}

const struct command command_show = {
	.name = "show",
	.run = run,
	.summary = "show the queues of an image, chunk by chunk",
	.synopsis = "IMAGE... [--dump PATH] [--pipe ID] [--packet N[-M]] [--hex|--text|--raw] "
		    "[--json]\n"
		    "       pipeimg show --processes IMAGE [--dump PATH] [--json]",
	.options = "      --dump=PATH      only this dump of an input that has several\n"
		   "      --pipe=ID        only this queue\n"
		   "      --packet=N[-M]   only these chunks of each queue, counted from 1\n"
		   "      --hex            payloads as hex and text\n"
		   "      --text           payloads as text\n"
		   "      --raw            only the payloads, byte for byte\n"
		   "      --processes      the processes of a dump, and their pipes, FIFOs and "
		   "sockets\n",
};
