// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg upgrade: upgrades a legacy image to the current layout, with boundaries and checksums. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pipeimg-private.h"
#include "shared/commands.h"
#include "shared/frames.h"
#include "shared/json.h"
#include "shared/message.h"
#include "shared/name.h"
#include "shared/text.h"

struct upgrade {
	struct frames frames;
	struct pimg_convert_options options;
	const char *output;
	bool in_place;
	bool unchanged; /* the image in place was up to date */
	struct progress progress;

	struct pimg_converted *told; /* one per written queue */
	size_t count, room;

	struct pimg_repaired *repaired; /* FIFOs; owns the paths */
	size_t repaired_count;
};

/* ---- reporting ---- */

static void remember(void *context, const struct pimg_converted *queue)
{
	struct upgrade *upgrade = context;

	if (upgrade->count == upgrade->room) {
		size_t room = upgrade->room ? upgrade->room * 2 : 16;
		struct pimg_converted *grown = reallocarray(upgrade->told, room, sizeof(*grown));

		if (!grown)
			return;
		upgrade->told = grown;
		upgrade->room = room;
	}
	upgrade->told[upgrade->count++] = *queue;
}

static void remember_repaired(void *context, const struct pimg_repaired *fifo)
{
	struct upgrade *upgrade = context;
	struct pimg_repaired *grown =
		reallocarray(upgrade->repaired, upgrade->repaired_count + 1, sizeof(*grown));

	if (!grown)
		return;
	upgrade->repaired = grown;
	grown[upgrade->repaired_count] = *fifo;
	grown[upgrade->repaired_count++].path = fifo->path ? strdup(fifo->path) : NULL;
}

static int advance(void *context, uint64_t done, uint64_t total)
{
	struct upgrade *upgrade = context;

	return show_progress(&upgrade->progress, done, total);
}

/* Where the boundaries come from, or why there are none. */
static const char *source_of_boundaries(const struct pimg_converted *queue)
{
	if (queue->rule)
		return "found by rule";
	if (queue->by_boundaries)
		return "taken from the other image";
	if (queue->packets_before)
		return "unchanged";
	if (!queue->bytes)
		return "empty";
	if (queue->boundaries_lost)
		return "boundaries lost; --frame or --boundaries may recover them";
	return queue->had_kinds ? "a stream, unchanged" : "assumed to be a stream";
}

static void print_queue(FILE *to, const struct pimg_converted *queue)
{
	fprintf(to, "%s%s %" PRIu32 "%s  %" PRIu64 " byte%s, ", style(STYLE_HEADING),
		pimg_type_name(queue->type), queue->id, style(STYLE_PLAIN), queue->bytes,
		PLURAL_S(queue->bytes));
	if (queue->packets)
		fprintf(to, "%" PRIu64 " packet%s: ", queue->packets, PLURAL_S(queue->packets));
	fputs(source_of_boundaries(queue), to);
	if (queue->rule)
		fprintf(to, " %s", queue->rule);
	fputc('\n', to);
}

static void write_json_queue(struct json *json, const struct pimg_converted *queue)
{
	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(queue->type));
	json_number(json, "id", queue->id);
	json_number(json, "bytes", queue->bytes);
	json_number(json, "packets_before", queue->packets_before);
	json_number(json, "packets", queue->packets);
	json_string(json, "layout_before", pimg_layout_name(queue->from));
	json_string(json, "layout", pimg_layout_name(queue->to));
	json_bool(json, "boundaries_lost", queue->boundaries_lost && !queue->packets);
	if (queue->rule)
		json_string(json, "rule", queue->rule);
	json_string(json, "message", source_of_boundaries(queue));
	json_close_object(json);
}

/* CRIU needs this for a restore; readers of the queue do not notice it. */
#define REPAIRED_MESSAGE "packet mode removed, so that CRIU can open it"

static void print_repaired(FILE *to, const struct pimg_repaired *fifo)
{
	fprintf(to, "%s%s %" PRIu32 "%s  ", style(STYLE_HEADING), pimg_type_name(fifo->type),
		fifo->id, style(STYLE_PLAIN));
	if (fifo->path) {
		print_bytes(to, fifo->path, strlen(fifo->path), SIZE_MAX, false);
		fputs(": ", to);
	}
	fprintf(to, "%s\n", REPAIRED_MESSAGE);
}

static void write_json_repaired(struct json *json, const struct pimg_repaired *fifo)
{
	json_open_object(json, NULL);
	json_string(json, "type", pimg_type_name(fifo->type));
	json_number(json, "id", fifo->id);
	if (fifo->path)
		json_string(json, "path", fifo->path);
	json_string(json, "message", REPAIRED_MESSAGE);
	json_close_object(json);
}

static void report(const struct upgrade *upgrade, const char *path)
{
	/* Standard output may contain the image. */
	bool piped = upgrade->output && !strcmp(upgrade->output, "-");
	FILE *to = piped ? stderr : stdout;

	if (settings.json) {
		struct json json = json_start(stdout);

		json_open_object(&json, NULL);
		json_open_array(&json, "queues");
		for (size_t i = 0; i < upgrade->count; i++)
			write_json_queue(&json, &upgrade->told[i]);
		json_close_array(&json);
		json_open_array(&json, "repaired");
		for (size_t i = 0; i < upgrade->repaired_count; i++)
			write_json_repaired(&json, &upgrade->repaired[i]);
		json_close_array(&json);
		json_bool(&json, "unchanged", upgrade->unchanged);
		json_close_object(&json);
		return;
	}
	for (size_t i = 0; i < upgrade->count && !settings.quiet; i++)
		print_queue(to, &upgrade->told[i]);
	for (size_t i = 0; i < upgrade->repaired_count && !settings.quiet; i++)
		print_repaired(to, &upgrade->repaired[i]);
	if (upgrade->unchanged && !settings.quiet) {
		print_bytes(to, path, strlen(path), SIZE_MAX, false);
		fputs(": unchanged, because it is up to date\n", to);
	}
}

/* ---- --frame auto ---- */

static void print_proposal(void *context, const struct pimg_proposal *proposal)
{
	bool *any = context;

	*any = true;
	printf("  --frame %" PRIu32 "=%-12s %" PRIu64 " packet%s of %" PRIu32, proposal->id,
	       proposal->text, proposal->packets, PLURAL_S(proposal->packets), proposal->shortest);
	if (proposal->longest != proposal->shortest)
		printf(" to %" PRIu32, proposal->longest);
	printf(" byte%s\n", PLURAL_S(proposal->longest));
}

static void write_json_proposal(void *context, const struct pimg_proposal *proposal)
{
	struct json *json = context;

	json_open_object(json, NULL);
	json_string(json, "rule", proposal->text);
	json_number(json, "packets", proposal->packets);
	json_number(json, "shortest", proposal->shortest);
	json_number(json, "longest", proposal->longest);
	json_close_object(json);
}

static int propose_for_queue(struct pimg_image *image, size_t queue, struct json *json,
			     struct pimg_error *error)
{
	const struct pimg_queue_info *info = pimg_image_queue(image, queue);
	bool any = false;
	int result;

	if (json) {
		json_open_object(json, NULL);
		json_string(json, "type", pimg_type_name(info->type));
		json_number(json, "id", info->id);
		json_number(json, "bytes", info->bytes);
		json_open_array(json, "rules");
		result = pimg_frame_propose(image, queue, write_json_proposal, json, error);
		json_close_array(json);
		json_close_object(json);
		return result;
	}
	printf("%s%s %" PRIu32 "%s  %" PRIu64 " byte%s\n", style(STYLE_HEADING),
	       pimg_type_name(info->type), info->id, style(STYLE_PLAIN), info->bytes,
	       PLURAL_S(info->bytes));
	result = pimg_frame_propose(image, queue, print_proposal, &any, error);
	if (!any && result >= 0)
		puts("  no rule fits all bytes; give one that you know (--frame help lists them), "
		     "or "
		     "use --boundaries CAPTURE");
	return result;
}

static int propose_for_queues(struct pimg_image *image, struct json *json, struct pimg_error *error)
{
	int result = 0;

	for (size_t i = 0; i < pimg_image_queue_count(image) && result >= 0; i++) {
		const struct pimg_queue_info *info = pimg_image_queue(image, i);

		if (info->type != PIMG_SOCKET && !info->packets && info->bytes)
			result = propose_for_queue(image, i, json, error);
	}
	return result;
}

static int propose(const char *path, const char *dump)
{
	struct progress progress = {.label = "reading"};
	const struct pimg_open_options options = {
		.progress = &(struct pimg_progress){show_progress, &progress},
		.dump = dump,
	};
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(path, &options, &error);
	const struct pimg_error *damage;
	struct json json = json_start(stdout);
	int result;

	end_progress(&progress);
	if (!image)
		return complain(&error);
	pimg_image_set_progress(image, &until_interrupted);
	damage = pimg_image_damage(image);
	if (damage) {
		result = complain(damage);
		pimg_image_close(image);
		return result;
	}
	if (settings.json) {
		json_open_object(&json, NULL);
		json_open_array(&json, "queues");
	}
	result = propose_for_queues(image, settings.json ? &json : NULL, &error);
	if (settings.json) {
		json_close_array(&json);
		json_close_object(&json);
	}
	pimg_image_close(image);
	return result < 0 ? complain(&error) : PIMG_OK;
}

/* ---- options ---- */

enum { OPTION_IN_PLACE = OPTION_OWN, OPTION_FRAME, OPTION_BOUNDARIES, OPTION_FORCE, OPTION_DUMP };

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"in-place", no_argument, NULL, OPTION_IN_PLACE},
	{"frame", required_argument, NULL, OPTION_FRAME},
	{"boundaries", required_argument, NULL, OPTION_BOUNDARIES},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"dump", required_argument, NULL, OPTION_DUMP},
	COMMON_LONG_OPTIONS,
};

static int take_option(struct upgrade *upgrade, int option, char **argv)
{
	switch (option) {
	case 'o':
		upgrade->output = optarg;
		return 0;
	case OPTION_IN_PLACE:
		upgrade->in_place = true;
		return 0;
	case OPTION_FRAME:
		return frames_take(&upgrade->frames, &command_upgrade, optarg);
	case OPTION_BOUNDARIES:
		upgrade->options.boundaries = optarg;
		return 0;
	case OPTION_DUMP:
		upgrade->options.dump = optarg;
		return 0;
	case OPTION_FORCE:
		upgrade->options.replace = true;
		return 0;
	default:
		return common_option(&command_upgrade, option, argv);
	}
}

static int check_usage(const struct upgrade *upgrade, int count)
{
	if (count != 1)
		return usage_error(&command_upgrade, "upgrade takes one image, not %d%s", count,
				   count == 2 ? "; name the output with -o OUT" : "");
	if (upgrade->frames.automatic && (upgrade->frames.count || upgrade->output ||
					  upgrade->in_place || upgrade->options.boundaries))
		return usage_error(&command_upgrade,
				   "--frame auto only lists the rules that fit and writes nothing; "
				   "omit -o, --in-place, --boundaries and other rules");
	if (upgrade->output && !strcmp(upgrade->output, "-") && settings.json)
		return usage_error(
			&command_upgrade,
			"--json and -o - are mutually exclusive: both write to standard output");
	if (!upgrade->frames.automatic && !upgrade->output == !upgrade->in_place)
		return usage_error(&command_upgrade, "use either -o OUT or --in-place");
	return 0;
}

static int run_upgrade(struct upgrade *upgrade, const char *path)
{
	struct pimg_error error;
	int result;

	upgrade->options.frames = upgrade->frames.choices;
	upgrade->options.frame_count = upgrade->frames.count;
	upgrade->options.converted = remember;
	upgrade->options.repaired = remember_repaired;
	upgrade->options.context = upgrade;
	result = pimg_upgrade(path, upgrade->output, &upgrade->options,
			      &(struct pimg_progress){advance, upgrade}, &error);
	end_progress(&upgrade->progress);
	if (result < 0)
		return complain(&error);
	upgrade->unchanged = result > 0;
	report(upgrade, path);
	if (upgrade->output)
		note_broken_promise(upgrade->output, PIMG_TO_IMAGE);
	return PIMG_OK;
}

static int run(int argc, char **argv)
{
	struct upgrade upgrade = {.progress = {.label = "upgrading"}};
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":o:" COMMON_SHORT_OPTIONS,
						long_options, NULL)) != -1)
		status = take_option(&upgrade, option, argv);
	if (!status)
		status = check_usage(&upgrade, argc - optind);
	if (!status)
		status = upgrade.frames.automatic ? propose(argv[optind], upgrade.options.dump)
						  : run_upgrade(&upgrade, argv[optind]);
	frames_release(&upgrade.frames);
	free(upgrade.told);
	for (size_t i = 0; i < upgrade.repaired_count; i++)
		free((char *)upgrade.repaired[i].path);
	free(upgrade.repaired);
	return status;
}

const struct command command_upgrade = {
	.name = "upgrade",
	.run = run,
	.summary = "upgrade a legacy image to the current layout, with boundaries and checksums",
	.synopsis = "IMAGE (-o OUT | --in-place) [--dump PATH] [--frame [ID=]RULE]... "
		    "[--boundaries CAPTURE] "
		    "[--force]",
	.options =
		"  -o, --output=OUT     the new image: packets layout, or indexed for a CRIU dump\n"
		"      --in-place       replace IMAGE with the new image\n"
		"      --dump=PATH      only this dump of an input that has several\n"
		"      --frame=RULE     how to split merged packets (help: list, auto: try all)\n"
		"      --boundaries=CAPTURE  get boundaries from this image of the same pipes\n"
		"      --force          replace OUT if it exists\n",
};
