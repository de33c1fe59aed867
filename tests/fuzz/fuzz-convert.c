// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The first byte of the input selects the conversion of the rest, an image file. Damaged images are
 * refused; from others nothing is lost.
 */
#include <string.h>

#include "agree.h"
#include "scratch.h"
#include "target.h"

static const char *const rules[] = {NULL, "fixed:3", "u8", "u16be+1", "delim:a", "page"};

static void remove_scratch(void)
{
	scratch_remove(NULL);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	use_memory_for_temporary_files();
	if (scratch_make(NULL) < 0)
		abort();
	atexit(remove_scratch);
	return 0;
}

static struct pimg_image *open_image(const char *path)
{
	return pimg_image_open(path, &(struct pimg_open_options){.flags = PIMG_OPEN_UNINDEXED},
			       NULL);
}

static void something_is_wrong(const char *path, const struct pimg_error *error)
{
	CLAIM(verified(path).findings[PIMG_ERROR], "refused without an error in the image: %s",
	      error->sentence);
}

/* The same chunks; in the spliced layout, or with a rule, other chunks of the same bytes. */
static void nothing_is_lost(struct pimg_image *image, const char *target, bool chunks_too)
{
	struct pimg_image *found = open_image(target);
	struct pimg_error error;

	CLAIM(found, "%s cannot be opened", target);
	CLAIM(!pimg_image_damage(found), "%s", pimg_image_damage(found)->sentence);
	CLAIM(pimg_image_queue_count(image) == pimg_image_queue_count(found), "%s", target);
	for (size_t i = 0; i < pimg_image_queue_count(image); i++)
		CLAIM(pimg_image_queue(image, i)->bytes == pimg_image_queue(found, i)->bytes,
		      "queue %zu", i);
	if (chunks_too)
		CLAIM(pimg_diff(image, found, NULL, NULL, NULL, &error) == 0, "%s", target);
	pimg_image_close(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned choice = size ? data[0] : 0;
	const char *rule = rules[(choice >> 4) % (sizeof(rules) / sizeof(*rules))];
	struct pimg_frame_choice frame = {.for_all = true, .rule = rule};
	struct pimg_convert_options options = {
		.has_layout = (choice & 3) != 3,
		.layout = (enum pimg_layout)((choice & 3) % 3),
		.format = (enum pimg_format)((choice >> 2 & 3) % 3),
		.replace = true,
		.frames = &frame,
		.frame_count = rule != NULL,
	};
	const char *path = nameless_file(data + (size > 0), size - (size > 0));
	const char *target = scratch_path("target");
	struct pimg_image *image = open_image(path);
	struct pimg_error error;

	if (pimg_convert(path, target, &options, NULL, &error) == 0) {
		CLAIM(image && !pimg_image_damage(image), "a damaged image was converted");
		nothing_is_lost(
			image, target,
			!rule && !(options.has_layout && options.layout == PIMG_LAYOUT_SPLICED));
	} else if (!rule && !options.has_layout) {
		/* No option was impossible to satisfy. */
		something_is_wrong(path, &error);
	}
	pimg_image_close(image);
	return 0;
}
