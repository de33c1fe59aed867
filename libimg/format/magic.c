// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/magic.h"

#include <string.h>

#include "format/foreign.h"
#include "io/decompress.h"
#include "io/error.h"

static const struct {
	const char *name;
	uint32_t magic;
	int type; /* enum pimg_type, or -1 */
} kinds[IMAGE_KINDS] = {
	[IMAGE_PIPES_DATA] = {"PIPES_DATA", 0x56453709, PIMG_PIPE},
	[IMAGE_FIFO_DATA] = {"FIFO_DATA", 0x59333054, PIMG_FIFO},
	[IMAGE_SK_QUEUES] = {"SK_QUEUES", 0x56264026, PIMG_SOCKET},
	[IMAGE_FILES] = {"FILES", 0x56303138, -1},
	[IMAGE_PIPES] = {"PIPES", 0x56513555, -1},
	[IMAGE_FIFO] = {"FIFO", 0x58364939, -1},
	[IMAGE_FDINFO] = {"FDINFO", 0x56213732, -1},
	[IMAGE_PSTREE] = {"PSTREE", 0x50273030, -1},
	[IMAGE_INVENTORY] = {"INVENTORY", 0x58313116, -1},
	[IMAGE_IDS] = {"IDS", 0x54432030, -1},
	[IMAGE_CORE] = {"CORE", 0x55053847, -1},
};

const char *image_kind_name(enum image_kind kind)
{
	return kinds[kind].name;
}

int image_kind_by_name(const char *name, enum image_kind *kind)
{
	for (int i = 0; i < IMAGE_KINDS; i++) {
		if (!strcmp(kinds[i].name, name)) {
			*kind = (enum image_kind)i;
			return 0;
		}
	}
	return -1;
}

bool image_kind_is_queues(enum image_kind kind, enum pimg_type *type)
{
	if (kinds[kind].type < 0)
		return false;
	*type = (enum pimg_type)kinds[kind].type;
	return true;
}

enum image_kind image_kind_of_queues(enum pimg_type type)
{
	static const enum image_kind by_type[] = {
		[PIMG_PIPE] = IMAGE_PIPES_DATA,
		[PIMG_FIFO] = IMAGE_FIFO_DATA,
		[PIMG_SOCKET] = IMAGE_SK_QUEUES,
	};

	return by_type[type];
}

static int kind_of_magic(uint32_t magic, enum image_kind *kind)
{
	for (int i = 0; i < IMAGE_KINDS; i++) {
		if (kinds[i].magic == magic) {
			*kind = (enum image_kind)i;
			return 0;
		}
	}
	return -1;
}

static int tell_foreign(struct source *source, bool version_10, uint32_t magic,
			struct pimg_error *error)
{
	const struct foreign *foreign = version_10 ? foreign_find(source) : NULL;

	if (foreign)
		return error_check(error, CHECK_MAGIC, "is not a CRIU image, but %s; %s",
				   foreign->what, foreign->advice);
	return error_check(
		error, CHECK_MAGIC,
		version_10 ? "is not a CRIU image: it begins with 0x%08x, not with 0x%08x"
			   : "is a CRIU image of an unknown type: magic 0x%08x after 0x%08x",
		magic, IMAGE_COMMON_MAGIC);
}

/* INVENTORY stands alone in every version: it is what tells CRIU the version. */
int magic_read(struct source *source, enum image_kind *kind, bool *version_10,
	       struct pimg_error *error)
{
	const uint8_t *data;
	ssize_t there = source_peek(source, 8, &data, error);
	uint32_t magic, common;

	if (there < 0)
		return -1;
	if (there == 0) {
		error_check(error, CHECK_MAGIC_CUT,
			    "is empty; a CRIU image begins with a magic number");
		return error_in_file(error, source_name(source));
	}
	common = there >= 4 ? load_u32(data) : 0;
	*version_10 = common != IMAGE_COMMON_MAGIC;
	if (there < (*version_10 ? 4 : 8)) {
		error_check(error, CHECK_MAGIC_CUT, "ends within its magic number, after %zd bytes",
			    there);
		return error_in_file(error, source_name(source));
	}
	if (compression_of(source, NULL) != COMPRESSION_NONE) {
		error_check(error, CHECK_MAGIC,
			    "is compressed, which images in a directory of CRIU must not be: "
			    "decompress it");
		return error_in_file(error, source_name(source));
	}
	source_peek(source, 8, &data, NULL);
	magic = *version_10 ? common : load_u32(data + 4);
	if (kind_of_magic(magic, kind) < 0) {
		tell_foreign(source, *version_10, magic, error);
		return error_in_file(error, source_name(source));
	}
	source_consume(source, *version_10 ? 4 : 8);
	return 0;
}

bool magic_is_of_queues(struct source *source)
{
	const uint8_t *data;
	ssize_t there = source_peek(source, 8, &data, NULL);
	bool version_10 = there >= 4 && load_u32(data) != IMAGE_COMMON_MAGIC;
	enum image_kind kind;

	if (there < (version_10 ? 4 : 8))
		return false;
	return kind_of_magic(load_u32(version_10 ? data : data + 4), &kind) == 0 &&
	       kinds[kind].type >= 0;
}

int magic_write(struct sink *sink, enum image_kind kind, bool version_10, struct pimg_error *error)
{
	uint8_t words[8];

	store_u32(words, IMAGE_COMMON_MAGIC);
	store_u32(words + 4, kinds[kind].magic);
	return version_10 ? sink_write(sink, words + 4, 4, error)
			  : sink_write(sink, words, sizeof(words), error);
}
