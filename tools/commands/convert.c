// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg convert: converts an image to another layout or format. */
#include <string.h>
#include <unistd.h>

#include "shared/commands.h"
#include "shared/frames.h"
#include "shared/level.h"
#include "shared/merged.h"
#include "shared/message.h"
#include "shared/name.h"

struct convert {
	struct pimg_convert_options options;
	bool has_target; /* --to was given */
	struct frames frames;
};

enum {
	OPTION_TO = OPTION_OWN,
	OPTION_TYPE,
	OPTION_LAYOUT,
	OPTION_VERSION_OF_IMAGE,
	OPTION_FRAME,
	OPTION_BOUNDARIES,
	OPTION_COMPRESS,
	OPTION_FORCE,
	OPTION_DUMP,
};

static const struct option long_options[] = {
	{"to", required_argument, NULL, OPTION_TO},
	{"type", required_argument, NULL, OPTION_TYPE},
	{"layout", required_argument, NULL, OPTION_LAYOUT},
	{"image-version", required_argument, NULL, OPTION_VERSION_OF_IMAGE},
	{"frame", required_argument, NULL, OPTION_FRAME},
	{"boundaries", required_argument, NULL, OPTION_BOUNDARIES},
	{"compress", optional_argument, NULL, OPTION_COMPRESS},
	{"force", no_argument, NULL, OPTION_FORCE},
	{"dump", required_argument, NULL, OPTION_DUMP},
	COMMON_LONG_OPTIONS,
};

static int take_version(struct pimg_convert_options *options, const char *version)
{
	if (!strcmp(version, "1.0"))
		options->format = PIMG_FORMAT_1_0;
	else if (!strcmp(version, "1.1"))
		options->format = PIMG_FORMAT_1_1;
	else
		return usage_error(&command_convert, "--image-version takes 1.0 or 1.1, not '%s'",
				   version);
	return 0;
}

static int take_target(struct convert *convert, const char *name)
{
	static const char *const names[] = {
		[PIMG_TO_IMAGE] = "img",
		[PIMG_TO_JSON] = "json",
		[PIMG_TO_PCAPNG] = "pcapng",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!strcmp(names[i], name)) {
			convert->options.output = (enum pimg_output)i;
			convert->has_target = true;
			return 0;
		}
	}
	return usage_error(&command_convert, "--to takes img, json or pcapng, not '%s'", name);
}

static int take_type(struct pimg_convert_options *options, const char *name)
{
	for (int type = PIMG_PIPE; type <= PIMG_SOCKET; type++) {
		if (!strcmp(pimg_type_name((enum pimg_type)type), name)) {
			options->has_type = true;
			options->type = (enum pimg_type)type;
			return 0;
		}
	}
	return usage_error(&command_convert, "--type takes pipe, fifo or socket, not '%s'", name);
}

static int take_option(struct convert *convert, int option, char **argv)
{
	struct pimg_convert_options *options = &convert->options;

	switch (option) {
	case OPTION_TO:
		return take_target(convert, optarg);
	case OPTION_TYPE:
		return take_type(options, optarg);
	case OPTION_LAYOUT:
		options->has_layout = true;
		if (pimg_layout_by_name(optarg, &options->layout) < 0)
			return usage_error(&command_convert,
					   "unknown layout '%s'; use packets, indexed or spliced",
					   optarg);
		return 0;
	case OPTION_VERSION_OF_IMAGE:
		return take_version(options, optarg);
	case OPTION_FRAME:
		return frames_take(&convert->frames, &command_convert, optarg);
	case OPTION_BOUNDARIES:
		options->boundaries = optarg;
		return 0;
	case OPTION_COMPRESS:
		options->compress = true;
		return optarg ? take_level(&command_convert, "--compress", optarg, &options->level)
			      : 0;
	case OPTION_DUMP:
		options->dump = optarg;
		return 0;
	case OPTION_FORCE:
		options->replace = true;
		return 0;
	default:
		return common_option(&command_convert, option, argv);
	}
}

static bool has_number(int count, char *const *names)
{
	bool found = false;

	for (int i = 0; i < count; i++)
		found |= names[i][0] && !names[i][strspn(names[i], "0123456789")];
	return found;
}

/* --to overrides the suffix. */
static void choose_by_name(struct convert *convert, const char *to)
{
	bool compressed;
	enum pimg_output target = target_of_name(to, &compressed);

	if (!convert->has_target)
		convert->options.output = target;
	convert->options.compress |= compressed;
}

static int check_usage(struct convert *convert, int count, char *const *names)
{
	const char *to;

	if (count != 2)
		return usage_error(&command_convert,
				   "convert takes two arguments, IN and OUT, not %d%s", count,
				   convert->options.compress && has_number(count, names)
					   ? "; write a level as --compress=LEVEL"
					   : "");
	to = names[1];
	choose_by_name(convert, to);
	if (convert->options.output != PIMG_TO_JSON && !strcmp(to, "-") && isatty(STDOUT_FILENO))
		return usage_error(&command_convert, "refusing to write an image to a terminal");
	if (convert->frames.automatic)
		return usage_error(&command_convert, "--frame auto works only with upgrade");
	return 0;
}

static void note_chosen(void *context, const char *image, const char *file)
{
	end_progress(context);
	notice("%s: using %s, the only one of its images with unread data", image, file);
}

static void note_converted(void *context, const struct pimg_converted *queue)
{
	end_progress(context);
	if (queue->to == PIMG_LAYOUT_SPLICED)
		note_merged(queue->type, queue->id, queue->packets_before);
}

static int run_convert(struct convert *convert, const char *from, const char *to)
{
	struct progress progress = {.label = "converting"};
	struct pimg_error error;
	int result;

	convert->options.frames = convert->frames.choices;
	convert->options.frame_count = convert->frames.count;
	convert->options.chosen = note_chosen;
	convert->options.converted = note_converted;
	convert->options.context = &progress;
	result = pimg_convert(from, to, &convert->options,
			      &(struct pimg_progress){show_progress, &progress}, &error);
	end_progress(&progress);
	if (result < 0)
		return complain(&error);
	note_broken_promise(to, convert->options.output);
	return PIMG_OK;
}

static int run(int argc, char **argv)
{
	struct convert convert = {0};
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options,
						NULL)) != -1)
		status = take_option(&convert, option, argv);
	if (!status)
		status = check_usage(&convert, argc - optind, argv + optind);
	if (!status)
		status = run_convert(&convert, argv[optind], argv[optind + 1]);
	frames_release(&convert.frames);
	return status;
}

const struct command command_convert = {
	.name = "convert",
	.run = run,
	.summary = "convert an image to another layout or format",
	.synopsis =
		"IN OUT [--dump PATH] [--to img|json|pcapng] [--type pipe|fifo|socket] [--layout "
		"packets|indexed|spliced] [--image-version "
		"1.0|1.1] "
		"[--frame [ID=]RULE]... [--boundaries CAPTURE] [--compress[=LEVEL]] [--force]",
	.options =
		"      --dump=PATH      only this dump of an input that has several\n"
		"      --to=FORM        img (an image), json, or pcapng (for Wireshark); the "
		"default\n"
		"                       depends on OUT's suffix: .json, .pcapng, otherwise img;\n"
		"                       if OUT is DIR/, a file for each image in a new directory\n"
		"      --type=TYPE      only the image of pipe, fifo or socket\n"
		"      --layout=L       packets, indexed or spliced (default: unchanged)\n"
		"      --image-version=V  1.0 (CRIU before 1.6) or 1.1 (default: that of IN)\n"
		"      --frame=RULE     how to split merged packets (help: list the rules)\n"
		"      --boundaries=CAPTURE  get boundaries from this image of the same pipes\n"
		"      --compress[=LEVEL]  compress OUT with zstd, level 1 to 22 (default 3);\n"
		"                       implied if OUT ends in .zst\n"
		"      --force          replace OUT if it exists\n",
	.no_json = "convert does not support --json; --to json writes the image as JSON",
};
