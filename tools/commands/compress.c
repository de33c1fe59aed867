// SPDX-License-Identifier: GPL-2.0-or-later
/* pipeimg compress: compresses an image into seekable zstd frames. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "pipeimg-private.h"
#include "shared/commands.h"
#include "shared/level.h"
#include "shared/message.h"
#include "shared/name.h"

struct compress {
	const char *output;
	bool in_place;
	bool replace;
	int level;
};

enum { OPTION_IN_PLACE = OPTION_OWN, OPTION_LEVEL, OPTION_FORCE };

static const struct option long_options[] = {
	{"output", required_argument, NULL, 'o'},
	{"in-place", no_argument, NULL, OPTION_IN_PLACE},
	{"level", required_argument, NULL, OPTION_LEVEL},
	{"force", no_argument, NULL, OPTION_FORCE},
	COMMON_LONG_OPTIONS,
};

static int take_option(struct compress *compress, int option, char **argv)
{
	switch (option) {
	case 'o':
		compress->output = optarg;
		return 0;
	case OPTION_IN_PLACE:
		compress->in_place = true;
		return 0;
	case OPTION_LEVEL:
		return take_level(&command_compress, "--level", optarg, &compress->level);
	case OPTION_FORCE:
		compress->replace = true;
		return 0;
	default:
		return common_option(&command_compress, option, argv);
	}
}

static int check_usage(const struct compress *compress, int count)
{
	if (count != 1)
		return usage_error(&command_compress, "compress takes one image, not %d%s", count,
				   count == 2 ? "; name the output with -o OUT" : "");
	if (!compress->output == !compress->in_place)
		return usage_error(&command_compress, "use either -o OUT or --in-place");
	if (compress->output && !strcmp(compress->output, "-") && isatty(STDOUT_FILENO))
		return usage_error(&command_compress, "refusing to write an image to a terminal");
	return 0;
}

/* Size of a regular file, or 0. */
static uint64_t size_of(const char *path)
{
	struct stat status;

	return strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode)
		       ? (uint64_t)status.st_size
		       : 0;
}

/* @before: 0 if unknown */
static void say_what_was_done(const char *to, uint64_t before)
{
	uint64_t after = size_of(to);

	if (!after)
		return;
	if (!before)
		notice("compressed to %" PRIu64 " byte%s in %s", after, PLURAL_S(after), to);
	else
		notice("compressed %" PRIu64 " byte%s to %" PRIu64 " (%" PRIu64 "%%) in %s", before,
		       PLURAL_S(before), after, (after * 100 + before / 2) / before, to);
}

static int run_compress(const struct compress *compress, const char *path)
{
	/* The size of compressed or JSON input is not that of the image. */
	uint64_t before = is_plain_file(path) ? size_of(path) : 0;
	struct progress progress = {.label = "compressing"};
	struct pimg_error error;
	int result = pimg_compress(path, compress->output, compress->level, compress->replace,
				   &(struct pimg_progress){show_progress, &progress}, &error);

	end_progress(&progress);
	if (result < 0)
		return complain(&error);
	say_what_was_done(compress->output ? compress->output : path, before);
	if (compress->output)
		note_broken_promise(compress->output, PIMG_TO_IMAGE);
	return PIMG_OK;
}

static int run(int argc, char **argv)
{
	struct compress compress = {0};
	int option, status = 0;

	while (!status && (option = getopt_long(argc, argv, ":o:" COMMON_SHORT_OPTIONS,
						long_options, NULL)) != -1)
		status = take_option(&compress, option, argv);
	if (!status)
		status = check_usage(&compress, argc - optind);
	return status ? status : run_compress(&compress, argv[optind]);
}

const struct command command_compress = {
	.name = "compress",
	.run = run,
	.summary = "compress an image, keeping random access to its packets",
	.synopsis = "IMAGE (-o OUT | --in-place) [--level N] [--force]",
	.options = "  -o, --output=OUT     the compressed image, or - for standard output\n"
		   "      --in-place       replace IMAGE with the compressed image\n"
		   "      --level=N        zstd level: 1 to 22 (default 3), or negative for speed\n"
		   "      --force          replace OUT if it exists\n",
	.no_json = "compress does not support --json",
};
