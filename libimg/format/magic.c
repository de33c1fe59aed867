// SPDX-License-Identifier: LGPL-2.1-or-later
#include "format/magic.h"

#include <string.h>

#include "base/byte-order.h"
#include "base/error.h"
#include "format/foreign.h"
#include "io/compression/decompress.h"
#include "pipeimg-private.h"

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
	[IMAGE_UNIXSK] = {"UNIXSK", 0x54373943, -1},
	[IMAGE_REG_FILES] = {"REG_FILES", 0x50363636, -1},
	[IMAGE_FDINFO] = {"FDINFO", 0x56213732, -1},
	[IMAGE_PSTREE] = {"PSTREE", 0x50273030, -1},
	[IMAGE_INVENTORY] = {"INVENTORY", 0x58313116, -1},
	[IMAGE_IDS] = {"IDS", 0x54432030, -1},
	[IMAGE_CORE] = {"CORE", 0x55053847, -1},
	[IMAGE_MM] = {"MM", 0x57492820, -1},
	[IMAGE_PAGEMAP] = {"PAGEMAP", 0x56084025, -1},
};

const char *image_kind_name(enum image_kind kind)
{
	return kinds[kind].name;
}

uint32_t image_kind_magic(enum image_kind kind)
{
	return kinds[kind].magic;
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

static int tell_foreign(struct source *source, bool format_10, uint32_t magic,
			struct pimg_error *error)
{
	const struct foreign *foreign = format_10 ? foreign_find(source) : NULL;

	if (foreign)
		return error_check(error, CHECK_MAGIC, "is not a CRIU image, but %s; %s",
				   foreign->what, foreign->advice);
	return error_check(
		error, CHECK_MAGIC,
		format_10 ? "is not a CRIU image: it begins with 0x%08x, not with 0x%08x"
			  : "is a CRIU image of an unknown type: magic 0x%08x after 0x%08x",
		magic, IMAGE_COMMON_MAGIC);
}

/* No magic number with its bytes reversed equals itself or another one. */
static bool is_first_magic(uint32_t magic)
{
	enum image_kind kind;

	return magic == IMAGE_COMMON_MAGIC || kind_of_magic(magic, &kind) == 0;
}

static enum pimg_byte_order order_of_magic(const uint8_t *data)
{
	return is_first_magic(load_word(data, PIMG_BIG_ENDIAN)) ? PIMG_BIG_ENDIAN
								: PIMG_LITTLE_ENDIAN;
}

/* Returns -1 if the bytes end within the magic numbers. */
static int words_of(const uint8_t *data, ssize_t there, struct image_head *head, uint32_t *magic)
{
	head->byte_order = there >= 4 ? order_of_magic(data) : PIMG_LITTLE_ENDIAN;
	head->format_10 = there < 4 || load_word(data, head->byte_order) != IMAGE_COMMON_MAGIC;
	if (there < (head->format_10 ? 4 : 8))
		return -1;
	*magic = load_word(head->format_10 ? data : data + 4, head->byte_order);
	return 0;
}

/* INVENTORY has a single magic number in every version: its content tells CRIU the version. */
int magic_read(struct source *source, struct image_head *head, struct pimg_error *error)
{
	const uint8_t *data;
	ssize_t there = source_peek(source, 8, &data, error);
	uint32_t magic;

	if (there < 0)
		return -1;
	if (there == 0) {
		error_check(error, CHECK_MAGIC_CUT,
			    "is empty; a CRIU image begins with a magic number");
		return error_in_file(error, source_name(source));
	}
	if (words_of(data, there, head, &magic) < 0) {
		error_check(error, CHECK_MAGIC_CUT,
			    "ends within its magic number, after %zd byte%s", there,
			    PLURAL_S(there));
		return error_in_file(error, source_name(source));
	}
	if (compression_of(source) != COMPRESSION_NONE) {
		error_check(
			error, CHECK_MAGIC,
			"is compressed, which is not allowed in a CRIU directory; decompress it");
		return error_in_file(error, source_name(source));
	}
	if (kind_of_magic(magic, &head->kind) < 0) {
		tell_foreign(source, head->format_10, magic, error);
		return error_in_file(error, source_name(source));
	}
	source_consume(source, head->format_10 ? 4 : 8);
	return 0;
}

bool magic_is_of_queues(struct source *source)
{
	const uint8_t *data;
	ssize_t there = source_peek(source, 8, &data, NULL);
	struct image_head head;
	uint32_t magic;

	return words_of(data, there, &head, &magic) == 0 && kind_of_magic(magic, &head.kind) == 0 &&
	       kinds[head.kind].type >= 0;
}

int magic_write(struct sink *sink, const struct image_head *head, struct pimg_error *error)
{
	uint8_t words[8];

	store_word(words, IMAGE_COMMON_MAGIC, head->byte_order);
	store_word(words + 4, kinds[head->kind].magic, head->byte_order);
	return head->format_10 ? sink_write(sink, words + 4, 4, error)
			       : sink_write(sink, words, sizeof(words), error);
}

/* ---- byte orders ---- */

static const char *const byte_orders[] = {
	[PIMG_LITTLE_ENDIAN] = "little-endian",
	[PIMG_BIG_ENDIAN] = "big-endian",
};

const char *pimg_byte_order_name(enum pimg_byte_order order)
{
	bool known = order == PIMG_LITTLE_ENDIAN || order == PIMG_BIG_ENDIAN;

	return known ? byte_orders[order] : "unknown";
}

int byte_order_by_name(const char *name, enum pimg_byte_order *order)
{
	for (size_t i = PIMG_LITTLE_ENDIAN; i <= PIMG_BIG_ENDIAN; i++) {
		if (!strcmp(byte_orders[i], name)) {
			*order = (enum pimg_byte_order)i;
			return 0;
		}
	}
	return -1;
}
