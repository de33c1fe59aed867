// SPDX-License-Identifier: GPL-2.0-or-later
/* The program pipeimg-browse, which pipeimg browse runs: browses an image or live pipes in the terminal. */
#include <stdlib.h>

#include "shared/message.h"
#include "shared/output.h"
#include "shared/program.h"
#include "shared/text.h"
#include "tui/browse.h"

enum { OPTION_LIVE = OPTION_OWN, OPTION_PIPE, OPTION_DUMP };

static const struct option long_options[] = {
	{"live", no_argument, NULL, OPTION_LIVE},
	{"pipe", required_argument, NULL, OPTION_PIPE},
	{"dump", required_argument, NULL, OPTION_DUMP},
	COMMON_LONG_OPTIONS,
};

static int run(int argc, char **argv);

static const struct command command_browse = {
	.name = "browse",
	.run = run,
	.summary = "browse an image or live pipes on the terminal",
	.synopsis = "IMAGE [--dump PATH] [--pipe ID] | --live [--pipe ID]",
	.options = "      --live           browse live pipes, updated every second\n"
		   "      --dump=PATH      open this dump of an input that has several\n"
		   "      --pipe=ID        start with this queue\n",
	.no_json = "browse does not support --json; use list, show or verify",
};

static int take_option(struct browse_options *browse, int option, char **argv)
{
	uint64_t id;

	switch (option) {
	case OPTION_LIVE:
		browse->live = true;
		return 0;
	case OPTION_PIPE:
		if (!parse_queue_id(optarg, &id))
			return usage_error(&command_browse, "invalid pipe id '%s'", optarg);
		browse->has_pipe = true;
		browse->pipe = (uint32_t)id;
		return 0;
	case OPTION_DUMP:
		browse->dump = optarg;
		return 0;
	default:
		return common_option(&command_browse, option, argv);
	}
}

static int check_usage(const struct browse_options *browse, int count)
{
	if (browse->live && count)
		return usage_error(&command_browse, "--live and IMAGE are mutually exclusive");
	if (browse->live && browse->dump)
		return usage_error(&command_browse, "--live and --dump are mutually exclusive");
	if (!browse->live && count != 1)
		return usage_error(&command_browse,
				   "browse takes one image or --live, not %d images", count);
	return 0;
}

static int run(int argc, char **argv)
{
	struct browse_options browse = {0};
	struct pimg_error error;
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":" COMMON_SHORT_OPTIONS, long_options,
						NULL)) != -1)
		status = take_option(&browse, option, argv);
	if (!status)
		status = check_usage(&browse, argc - optind);
	if (status)
		return status;
	browse.image = argv[optind];
	browse.color = settings.color_stdout;
	/* The browser handles signals itself. */
	release_interrupts();
	/* Curses needs the descriptor of its terminal. */
	output_release();
	return browse_run(&browse, &error) < 0 ? complain(&error) : PIMG_OK;
}

int main(int argc, char **argv)
{
	program_start();
	return program_run(&command_browse, argc, argv);
}
