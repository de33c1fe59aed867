// SPDX-License-Identifier: LGPL-2.1-or-later
#include "io/compression/decompress.h"

#include <stdlib.h>
#include <string.h>

#include "base/byte-order.h"
#include "base/error.h"
#include "io/compression/codec.h"
#include "io/compression/seekable.h"
#include "pipeimg-private.h"

/* ---- detection ---- */

static bool is_skippable(const uint8_t *head)
{
	return (load_le32(head) & 0xfffffff0) == 0x184d2a50;
}

static bool is_zstd(const uint8_t *head)
{
	return load_le32(head) == 0xfd2fb528 || is_skippable(head);
}

static bool is_gzip(const uint8_t *head)
{
	return head[0] == 0x1f && head[1] == 0x8b && head[2] == 8;
}

static bool is_xz(const uint8_t *head)
{
	return !memcmp(head,
		       "\xfd"
		       "7zXZ",
		       6);
}

static bool is_bzip2(const uint8_t *head)
{
	return !memcmp(head, "BZh", 3) && head[3] >= '1' && head[3] <= '9';
}

static bool is_lz4(const uint8_t *head)
{
	return load_le32(head) == 0x184d2204;
}

static const struct {
	enum compression method;
	ssize_t magic_bytes;
	bool (*is)(const uint8_t *head);
} methods[] = {
	{COMPRESSION_ZSTD, 4, is_zstd}, {COMPRESSION_GZIP, 3, is_gzip},
	{COMPRESSION_XZ, 6, is_xz},	{COMPRESSION_BZIP2, 4, is_bzip2},
	{COMPRESSION_LZ4, 4, is_lz4},
};

enum compression compression_of(struct source *source)
{
	enum { LONGEST_MAGIC_BYTES = 6 };
	const uint8_t *head;
	ssize_t there = source_peek(source, LONGEST_MAGIC_BYTES, &head, NULL);

	for (size_t i = 0; i < sizeof(methods) / sizeof(*methods); i++) {
		if (there < methods[i].magic_bytes || !methods[i].is(head))
			continue;
		return methods[i].method == COMPRESSION_ZSTD && seekable_has_table(source, NULL)
			       ? COMPRESSION_ZSTD_SEEKABLE
			       : methods[i].method;
	}
	return COMPRESSION_NONE;
}

/* ---- reading ---- */

/* No tape has more padding. It is skipped in one call, which cannot be interrupted. */
#define PADDING_MAX (64U << 20)

/*
 * Skipped data takes no room, but time. No method but bzip2 produces this much from one byte, and bzip2
 * only from zeros; layers of compression multiply.
 */
#define HARMLESS_BYTES (UINT64_C(4) << 30)
#define GROWTH_MAX     100000

struct decompressor {
	struct source *compressed;
	const struct codec *codec;
	void *state;
	bool within; /* inside a frame, whose end must follow */
	bool started;
	bool drained;	/* no more output until there is more input */
	uint64_t given; /* bytes produced */
};

static int failed(struct decompressor *decompressor, enum codec_result result, const char *why,
		  struct pimg_error *error)
{
	const char *name = decompressor->codec->name;
	unsigned long long at = source_offset(decompressor->compressed);

	if (result == CODEC_MEMORY)
		error_memory(error);
	else if (result == CODEC_WINDOW)
		error_check(error, CHECK_WINDOW,
			    "needs more than %u MiB of memory to decompress; if you trust the "
			    "file, use %s -dc%s FILE | pipeimg show -",
			    1U << (CODEC_WINDOW_LOG - 20), name,
			    strcmp(name, "zstd") ? "" : " --long=31");
	else
		error_check(error, CHECK_COMPRESSION, "%s data is damaged near byte %llu: %s", name,
			    at, why ? why : "invalid codes");
	return error_in_file(error, source_name(decompressor->compressed));
}

static size_t leading_zeros(const uint8_t *data, size_t length)
{
	size_t count = 0;

	while (count < length && !data[count])
		count++;
	return count;
}

/* Skips zeros, and shows what follows: how many bytes there are, 0 at the end, or -1. */
static ssize_t pass_padding(struct source *compressed, const uint8_t **data,
			    struct pimg_error *error)
{
	uint64_t passed = 0;

	while (passed <= PADDING_MAX) {
		ssize_t there = source_peek(compressed, 1, data, error);

		if (there <= 0 || **data)
			return there;
		there = (ssize_t)leading_zeros(*data, (size_t)there);
		source_consume(compressed, (size_t)there);
		passed += (uint64_t)there;
	}
	error_check(error, CHECK_ZEROS_AT_END,
		    "more than %u MiB of zero bytes follow the compressed data", PADDING_MAX >> 20);
	return error_in_file(error, source_name(compressed));
}

/* Between frames: zeros may follow, as padding from a tape, and then another frame. */
static ssize_t begin_frame(struct decompressor *decompressor, const uint8_t **data, ssize_t there,
			   struct pimg_error *error)
{
	if (decompressor->started)
		there = pass_padding(decompressor->compressed, data, error);
	if (there <= 0)
		return there;
	if (decompressor->started && decompressor->codec->again(decompressor->state) < 0)
		return error_memory(error);
	decompressor->started = decompressor->within = true;
	return there;
}

static int cut(struct decompressor *decompressor, struct pimg_error *error)
{
	error_check(error, CHECK_COMPRESSION_CUT, "%s data is truncated after %llu byte%s",
		    decompressor->codec->name,
		    (unsigned long long)source_offset(decompressor->compressed),
		    PLURAL_S(source_offset(decompressor->compressed)));
	return error_in_file(error, source_name(decompressor->compressed));
}

static int check_growth(const struct decompressor *decompressor, struct pimg_error *error)
{
	uint64_t taken = source_consumed_with(decompressor->compressed);

	if (decompressor->given <= HARMLESS_BYTES || decompressor->given / GROWTH_MAX <= taken)
		return 0;
	error_check(error, CHECK_BOMB,
		    "stopped after %llu bytes decompressed to more than %llu MiB; if that is "
		    "expected, decompress the file first",
		    (unsigned long long)taken, (unsigned long long)(decompressor->given >> 20));
	return error_in_file(error, source_name(decompressor->compressed));
}

static ssize_t decompressor_read(void *self, uint64_t offset, void *buffer, size_t length,
				 struct pimg_error *error)
{
	struct decompressor *decompressor = self;
	struct source *compressed = decompressor->compressed;

	(void)offset;
	for (;;) {
		struct codec_step step = {.out = buffer, .out_size = length};
		enum codec_result result;
		const char *why = NULL;
		ssize_t there = source_peek(compressed, 1, &step.in, error);
		/* While waiting for more input, the codec may still have output. */
		bool waits = there < 0 && decompressor->within && !decompressor->drained &&
			     error_is_waiting(error);

		if (waits)
			there = 0;
		else if (there >= 0 && !decompressor->within) {
			there = begin_frame(decompressor, &step.in, there, error);
			if (!there)
				return 0;
		}
		if (there < 0)
			return -1;
		step.in_size = (size_t)there;
		result = decompressor->codec->step(decompressor->state, &step, &why);
		source_consume(compressed, step.in_used);
		if (result > CODEC_END)
			return failed(decompressor, result, why, error);
		decompressor->within = result != CODEC_END;
		decompressor->given += step.out_used;
		decompressor->drained = waits && !step.out_used;
		if (step.out_used)
			return check_growth(decompressor, error) < 0 ? -1 : (ssize_t)step.out_used;
		if (waits)
			return -1;
		if (!there && decompressor->within)
			return cut(decompressor, error);
		if (!step.in_used && there && decompressor->within)
			return failed(decompressor, CODEC_DAMAGED, NULL, error);
	}
}

static int64_t decompressor_length(void *self, struct pimg_error *error)
{
	(void)self;
	(void)error;
	return 0;
}

static uint64_t decompressor_consumed(void *self)
{
	const struct decompressor *decompressor = self;

	return source_consumed_with(decompressor->compressed);
}

static uint64_t decompressor_length_below(void *self)
{
	const struct decompressor *decompressor = self;

	return source_length(decompressor->compressed);
}

static void decompressor_close(void *self)
{
	struct decompressor *decompressor = self;

	if (decompressor->state)
		decompressor->codec->close(decompressor->state);
	source_close(decompressor->compressed);
	free(decompressor);
}

static const struct source_backend decompressor_backend = {
	.read = decompressor_read,
	.length = decompressor_length,
	.consumed = decompressor_consumed,
	.length_below = decompressor_length_below,
	.close = decompressor_close,
};

static struct source *decompress_stream(struct source *compressed, enum compression method,
					struct pimg_error *error)
{
	struct decompressor *decompressor = calloc(1, sizeof(*decompressor));

	if (!decompressor) {
		source_close(compressed);
		error_memory(error);
		return NULL;
	}
	decompressor->compressed = compressed;
	decompressor->codec = codec_of(method);
	decompressor->state = codec_open(decompressor->codec, error);
	if (!decompressor->state) {
		decompressor_close(decompressor);
		return NULL;
	}
	return source_new(&decompressor_backend, decompressor, source_name(compressed), false, 0,
			  error);
}

struct source *source_decompress(struct source *compressed, struct pimg_error *error)
{
	enum compression method = compression_of(compressed);
	struct pimg_error problem = {0};
	struct source *source;

	if (method == COMPRESSION_ZSTD_SEEKABLE) {
		source = seekable_open(compressed, error);
		if (!source)
			source_close(compressed);
		return source;
	}
	if (method == COMPRESSION_ZSTD)
		seekable_has_table(compressed, &problem);
	source = decompress_stream(compressed, method, error);
	if (source && problem.check[0])
		source_set_problem(source, &problem);
	return source;
}

struct source *source_plain(struct source *source, struct pimg_error *error)
{
	/*
	 * Compressing twice happens by mistake; more layers are usually meant to exhaust memory, because
	 * each needs its share.
	 */
	enum { TIMES_MAX = 2 };

	for (int times = 0; source && compression_of(source) != COMPRESSION_NONE; times++) {
		if (times == TIMES_MAX) {
			error_check(error, CHECK_BOMB, "is compressed more than %d times",
				    TIMES_MAX);
			error_in_file(error, source_name(source));
			source_close(source);
			return NULL;
		}
		source = source_decompress(source, error);
	}
	return source;
}
