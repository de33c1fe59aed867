// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg convert: an image as another image. */
#include <string.h>

#include "command.h"
#include "message.h"

enum { OPTION_LAYOUT = OPTION_OWN, OPTION_VERSION_OF_IMAGE, OPTION_FORCE };

static const struct option long_options[] = {
	{"layout", required_argument, NULL, OPTION_LAYOUT},
	{"image-version", required_argument, NULL, OPTION_VERSION_OF_IMAGE},
	{"force", no_argument, NULL, OPTION_FORCE},
	COMMON_LONG_OPTIONS,
};

static int take_version(struct pimg_convert_options *options, const char *version)
{
	if (!strcmp(version, "1.0"))
		options->version = PIMG_VERSION_1_0;
	else if (!strcmp(version, "1.1"))
		options->version = PIMG_VERSION_1_1;
	else
		return usage_error(&command_convert, "--image-version is 1.0 or 1.1, not '%s'",
				   version);
	return 0;
}

static int take_option(struct pimg_convert_options *options, int option, char **argv)
{
	switch (option) {
	case OPTION_LAYOUT:
		options->has_layout = true;
		if (pimg_layout_by_name(optarg, &options->layout) < 0)
			return usage_error(&command_convert,
					   "no layout '%s'; there are packets, indexed and spliced",
					   optarg);
		return 0;
	case OPTION_VERSION_OF_IMAGE:
		return take_version(options, optarg);
	case OPTION_FORCE:
		options->replace = true;
		return 0;
	default:
		return common_option(&command_convert, option, argv);
	}
}

static int run(int argc, char **argv)
{
	struct pimg_convert_options options = {0};
	struct progress progress = {.label = "converting"};
	struct pimg_error error;
	int option, status;

	while ((option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options, NULL)) !=
	       -1) {
		status = take_option(&options, option, argv);
		if (status)
			return status;
	}
	if (argc - optind != 2)
		return usage_error(&command_convert, "convert takes an image and a target, not %d",
				   argc - optind);
	status = pimg_convert(argv[optind], argv[optind + 1], &options, show_progress, &progress,
			      &error);
	end_progress(&progress);
	return status < 0 ? complain(&error) : PIMG_OK;
}

const struct command command_convert = {
	.name = "convert",
	.run = run,
	.summary = "write an image in another layout or format",
	.synopsis = "IN OUT [--layout packets|indexed|spliced] [--image-version 1.0|1.1] [--force]",
	.options = "      --layout=L       packets, indexed or spliced; records stay as they are "
		   "without\n"
		   "      --image-version=V  1.0 (CRIU before 1.6) or 1.1; that of IN without\n"
		   "      --force          replace OUT if it exists\n",
};
