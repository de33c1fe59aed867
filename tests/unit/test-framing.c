// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules that find packet boundaries: where they fit, where they do not, and how they are written.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "exchange/base64.h"
#include "format/magic.h"
#include "image-bytes.h"
#include "queue/framing.h"
#include "scratch.h"

static struct framing_rule parse(const char *text)
{
	struct framing_rule frame;
	struct pimg_error error;

	if (framing_parse(text, &frame, &error) < 0)
		fail_msg("%s: %s", text, error.sentence);
	return frame;
}

/* ---- splitting a run ---- */

/* Lengths of the packets as text, and where the rule did not fit. */
struct walk {
	char lengths[512];
	size_t used;
	uint64_t packets, at;
	bool fits;
	struct pimg_error error;
};

static void note_length(struct walk *walk, int64_t length)
{
	size_t room = sizeof(walk->lengths) - walk->used;
	int written = snprintf(walk->lengths + walk->used, room, "%s%" PRId64,
			       walk->packets ? " " : "", length);

	if ((size_t)written < room)
		walk->used += (size_t)written;
}

/* In a buffer of exactly that size, so that a sanitizer detects reads beyond it. */
static struct walk walk_run(const char *rule, const void *bytes, size_t length, uint32_t longest)
{
	uint8_t *data = malloc(length + !length);
	struct framing_rule frame = parse(rule);
	struct frame_limits limits = {.longest = longest, .page = 4096};
	struct walk walk = {.fits = true};

	memcpy(data, bytes, length);
	while (walk.at < length) {
		size_t left = length - walk.at;
		size_t there = left < FRAME_PACKET_MAX ? left : FRAME_PACKET_MAX;
		int64_t packet =
			frame_next(&frame, data + walk.at, there, left, &limits, &walk.error);

		if (packet < 0) {
			walk.fits = false;
			break;
		}
		/* Otherwise it would never end. */
		assert_in_range(packet, 1, left);
		note_length(&walk, packet);
		walk.packets++;
		walk.at += (uint64_t)packet;
	}
	free(data);
	return walk;
}

/* ---- every rule, by example ---- */

#define BYTES(text) text, sizeof(text) - 1

static const struct example {
	const char *rule, *bytes;
	size_t length;
	const char *lengths; /* offset of the packet that does not fit */
	const char *misfit;  /* the error there, or null */
} examples[] = {
	{"fixed:3", BYTES("abcdef"), "3 3", NULL},
	{"fixed:1", BYTES("abc"), "1 1 1", NULL},
	{"fixed:6", BYTES("abcdef"), "6", NULL},
	{"fixed:4", BYTES("abcdef"), "4", "a packet of 4 bytes, but only 2 are left"},
	{"fixed:7", BYTES("abcdef"), "", "a packet of 7 bytes, but only 6 are left"},

	{"u8",
	 BYTES("\x01"
	       "a\x03"
	       "bcd"),
	 "2 4", NULL},
	{"u8", BYTES("\0\0\1a"), "1 1 2", NULL},
	{"u8", BYTES("\1a\3bc"), "2", "a packet of 4 bytes, but only 3 are left"},
	{"u8+2", BYTES("\0ab\1cde"), "3 4", NULL},
	{"u8+2", BYTES("\0ab\1cd"), "3", "a packet of 4 bytes, but only 3 are left"},
	{"u8-1", BYTES("\2a\1\3bc"), "2 1 3", NULL},
	{"u8-1", BYTES("\2a\0b"), "2", "a length of 0 with -1 added leaves no packet"},
	{"u8-2", BYTES("\3a\1b"), "2", "a length of 1 with -2 added leaves no packet"},

	{"u16le", BYTES("\1\0a\0\0\2\0bc"), "3 2 4", NULL},
	{"u16le", BYTES("\1\0a\0\1"), "3", "a packet of 258 bytes, but only 2 are left"},
	{"u16le", BYTES("\1\0a\1"), "3", "1 byte is left, but a length needs 2"},
	{"u16le+1", BYTES("\1\0ab\0\0c"), "4 3", NULL},
	{"u16le-2", BYTES("\3\0a\2\0"), "3 2", NULL},
	{"u16le-2", BYTES("\3\0a\1\0"), "3", "a length of 1 with -2 added leaves no packet"},
	{"u16", BYTES("\1\0a\0\0\2\0bc"), "3 2 4", NULL},
	{"u16+3", BYTES("\1\0abcd\0\0efg"), "6 5", NULL},
	{"u16-1", BYTES("\1\0\2\0a"), "2 3", NULL},
	{"u16", BYTES("\0\0\0\1"), "2", "a packet of 258 bytes, but only 2 are left"},
	{"u16be", BYTES("\0\1a\0\0\0\2bc"), "3 2 4", NULL},
	{"u16be", BYTES("\0\1a\1\0"), "3", "a packet of 258 bytes, but only 2 are left"},
	{"u16be", BYTES("\0\1a\0"), "3", "1 byte is left, but a length needs 2"},
	{"u16be+1", BYTES("\0\1ab"), "4", NULL},
	{"u16be-2", BYTES("\0\3a\0\2"), "3 2", NULL},

	{"u32le", BYTES("\1\0\0\0a\0\0\0\0\2\0\0\0bc"), "5 4 6", NULL},
	{"u32le", BYTES("\1\0\0\0a\1\0\0"), "5", "3 bytes are left, but a length needs 4"},
	{"u32le", BYTES("\0\0\0\0\xff\xff\xff\xff"), "4",
	 "a packet of 4294967299 bytes, but only 4 are left"},
	{"u32le+8", BYTES("\1\0\0\0abcdefghi"), "13", NULL},
	{"u32le-4", BYTES("\5\0\0\0a\4\0\0\0"), "5 4", NULL},
	{"u32le-4", BYTES("\5\0\0\0a\3\0\0\0"), "5",
	 "a length of 3 with -4 added leaves no packet"},
	{"u32", BYTES("\1\0\0\0a\0\0\0\0"), "5 4", NULL},
	{"u32+1", BYTES("\0\0\0\0a"), "5", NULL},
	{"u32-4", BYTES("\5\0\0\0a"), "5", NULL},
	{"u32", BYTES("\1\0\0\0a\1\0\0\0"), "5", "a packet of 5 bytes, but only 4 are left"},
	{"u32be", BYTES("\0\0\0\1a\0\0\0\0\0\0\0\2bc"), "5 4 6", NULL},
	{"u32be", BYTES("\0\0\0\1a\0\0\1\0"), "5", "a packet of 260 bytes, but only 4 are left"},
	{"u32be", BYTES("\0\0\0\1a\0"), "5", "1 byte is left, but a length needs 4"},
	{"u32be+1", BYTES("\0\0\0\0a"), "5", NULL},
	{"u32be-4", BYTES("\0\0\0\5a"), "5", NULL},

	{"delim:;", BYTES("a;;bcd;"), "2 1 4", NULL},
	{"delim:;", BYTES("a;bc"), "2", "2 bytes are left, but no delimiter follows"},
	{"delim:ab", BYTES("aabbab"), "3 3", NULL},
	{"delim:ab", BYTES("aaba"), "3", "1 byte is left, but no delimiter follows"},
	{"delim:\\n", BYTES("one\ntwo\n"), "4 4", NULL},
	{"delim:\\r\\n", BYTES("a\nb\r\n\r\n"), "5 2", NULL},
	{"delim:\\t", BYTES("a\tb\t"), "2 2", NULL},
	{"delim:\\0", BYTES("ab\0\0c\0"), "3 1 2", NULL},
	{"delim:\\\\", BYTES("a\\b\\"), "2 2", NULL},
	{"delim:\\x7f\\xFf", BYTES("a\x7f\xff\x7f\x7f\xff"), "3 3", NULL},
	{"delim:\\x41b", BYTES("xAbAb"), "3 2", NULL},
	{"delim::", BYTES("a:"), "2", NULL},
};

static void every_example_is_split_as_expected(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		const struct example *example = &examples[i];
		struct walk walk =
			walk_run(example->rule, example->bytes, example->length, FRAME_PACKET_MAX);

		if (strcmp(walk.lengths, example->lengths) || walk.fits == !!example->misfit)
			fail_msg("example %zu (%s): %s, then %s", i, example->rule, walk.lengths,
				 walk.fits ? "the end" : walk.error.sentence);
		if (!example->misfit)
			continue;
		assert_int_equal(walk.error.status, PIMG_BAD_DATA);
		assert_string_equal(walk.error.sentence, example->misfit);
	}
}

static void autofs5_is_304_bytes(void **state)
{
	static const uint8_t bytes[304 * 3];
	struct walk walk = walk_run("autofs5", bytes, sizeof(bytes), FRAME_PACKET_MAX);

	(void)state;
	assert_true(walk.fits);
	assert_string_equal(walk.lengths, "304 304 304");
	walk = walk_run("autofs5", bytes, 304 * 2 + 303, FRAME_PACKET_MAX);
	assert_false(walk.fits);
	assert_int_equal(walk.at, 608);
	assert_string_equal(walk.error.sentence, "a packet of 304 bytes, but only 303 are left");
}

static void the_last_page_may_be_shorter(void **state)
{
	static const uint8_t bytes[4096 * 2 + 1];

	(void)state;
	assert_string_equal(walk_run("page", bytes, 1, FRAME_PACKET_MAX).lengths, "1");
	assert_string_equal(walk_run("page", bytes, 4096, FRAME_PACKET_MAX).lengths, "4096");
	assert_string_equal(walk_run("page", bytes, 8192, FRAME_PACKET_MAX).lengths, "4096 4096");
	assert_string_equal(walk_run("page", bytes, 8193, FRAME_PACKET_MAX).lengths, "4096 4096 1");
}

/* ---- the whole table ---- */

static void every_rule_has_examples(void **state)
{
	size_t count = pimg_frame_rule_count();
	bool fits[64] = {false}, fails[64] = {false};

	(void)state;
	assert_in_range(count, 1, 64);
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++)
		(examples[i].misfit ? fails : fits)[parse(examples[i].rule).number] = true;
	for (size_t i = 0; i < count; i++) {
		const char *name = pimg_frame_rule(i)->name;

		/* These two have separate tests, because their data is long. */
		if (!strcmp(name, "autofs5") || !strcmp(name, "page"))
			continue;
		if (!fits[i] || !fails[i])
			fail_msg("%s has no example that %s", name, fits[i] ? "fails" : "fits");
	}
}

static void every_name_is_parsed_as_the_right_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < pimg_frame_rule_count(); i++) {
		const struct pimg_frame_rule *rule = pimg_frame_rule(i);
		char text[64];

		assert_true(rule->summary[0]);
		snprintf(text, sizeof(text), "%s%s", rule->name,
			 !strcmp(rule->arguments, ":N")	       ? ":7"
			 : !strcmp(rule->arguments, ":STRING") ? ":x"
							       : "");
		assert_int_equal(parse(text).number, i);
	}
}

/* ---- the longest packet ---- */

static void assert_longest(const char *rule, const uint8_t *bytes, size_t packet)
{
	struct framing_rule frame = parse(rule);
	struct frame_limits fitting = {.longest = (uint32_t)packet, .page = 4096};
	struct frame_limits shorter = {.longest = (uint32_t)packet - 1, .page = 4096};
	struct pimg_error error;

	assert_int_equal(frame_next(&frame, bytes, packet, packet, &fitting, &error), packet);
	assert_int_equal(frame_next(&frame, bytes, packet, packet, &shorter, &error), -1);
	if (!strstr(error.sentence, "longer than a page ("))
		fail_msg("%s: %s", rule, error.sentence);
}

static void the_page_size_is_that_of_the_image(void **state)
{
	static const struct {
		uint32_t told, page;
	} cases[] = {{4096, 4096}, {16384, 16384}, {65536, 65536},
		     {0, 4096},	   {1, 4096},	   {1 << 30, 4096}};
	struct framing_rule frame = parse("page");
	struct pimg_origin untold = {0};
	struct frame_limits limits = frame_limits_of(&untold);
	struct pimg_error error;

	(void)state;
	assert_int_equal(frame_next(&frame, NULL, 0, 100000, &limits, &error), 4096);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pimg_origin origin = {.known = PIMG_ORIGIN_PAGE, .page_size = cases[i].told};

		limits = frame_limits_of(&origin);
		assert_int_equal(frame_next(&frame, NULL, 0, 100000, &limits, &error),
				 cases[i].page);
	}
}

static void no_packet_is_longer_than_a_page(void **state)
{
	static uint8_t bytes[FRAME_PACKET_MAX];
	static const struct {
		const char *rule, *head;
		size_t head_length, length;
	} cases[] = {
		{"fixed:300", BYTES(""), 300},
		{"fixed:65536", BYTES(""), 65536},
		{"u8", BYTES("\xff"), 256},
		{"u8+65000", BYTES("\x01"), 65002},
		{"u16le", BYTES("\x00\x10"), 4098},
		{"u16", BYTES("\x00\x10"), 4098},
		{"u16be", BYTES("\x10\x01"), 4099},
		{"u16le-2", BYTES("\x00\x10"), 4096},
		{"u32le", BYTES("\x00\x10\x00"), 4100},
		{"u32", BYTES("\x00\x10\x00"), 4100},
		{"u32be", BYTES("\x00\x00\x10\x01"), 4101},
		{"u32be-4", BYTES("\x00\x01\x00\x00"), 65536},
		{"delim:\\n", BYTES(""), 5000},
		{"autofs5", BYTES(""), 304},
		{"page", BYTES(""), 4096},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		memset(bytes, 0, sizeof(bytes));
		memcpy(bytes, cases[i].head, cases[i].head_length);
		if (cases[i].rule[0] == 'd')
			bytes[cases[i].length - 1] = '\n';
		assert_longest(cases[i].rule, bytes, cases[i].length);
	}
}

static void a_delimiter_beyond_the_packet_limit_is_not_found(void **state)
{
	static uint8_t bytes[FRAME_PACKET_MAX + 1];
	struct walk walk;

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	bytes[FRAME_PACKET_MAX - 1] = bytes[FRAME_PACKET_MAX] = '\n';
	assert_string_equal(walk_run("delim:\\n", bytes, sizeof(bytes), FRAME_PACKET_MAX).lengths,
			    "65536 1");
	bytes[FRAME_PACKET_MAX - 1] = 'x';
	walk = walk_run("delim:\\n", bytes, sizeof(bytes), FRAME_PACKET_MAX);
	assert_false(walk.fits);
	assert_string_equal(walk.error.sentence, "no delimiter within 65536 bytes");
}

/* ---- syntax of rules ---- */

static void arguments_are_parsed(void **state)
{
	struct framing_rule frame;

	(void)state;
	assert_int_equal(parse("fixed:1").length, 1);
	assert_int_equal(parse("fixed:65536").length, 65536);
	assert_int_equal(parse("u8").added, 0);
	assert_int_equal(parse("u16+7").added, 7);
	assert_int_equal(parse("u32be-12").added, -12);
	assert_int_equal(parse("u32le+65536").added, 65536);
	assert_int_equal(parse("u32le-65536").added, -65536);
	frame = parse("delim:a\\n\\r\\t\\0\\\\\\x1b\\xFFz");
	assert_int_equal(frame.length, 9);
	assert_memory_equal(frame.delimiter, "a\n\r\t\0\\\x1b\xffz", 9);
}

static void a_delimiter_may_have_64_bytes(void **state)
{
	struct framing_rule frame;
	struct pimg_error error;
	char text[128] = "delim:";

	(void)state;
	memset(text + 6, 'x', 65);
	assert_int_equal(framing_parse(text, &frame, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	text[6 + 64] = '\0';
	assert_int_equal(parse(text).length, 64);
}

static void an_invalid_rule_is_a_usage_error(void **state)
{
	static const char *const texts[] = {
		"",
		"x",
		"U8",
		"fix",
		"u",
		"u64",
		"auto",
		" u8",
		"u8 ",
		"fixed",
		"fixed:",
		"fixed:0",
		"fixed:65537",
		"fixed:+5",
		"fixed:-5",
		"fixed: 5",
		"fixed:5x",
		"fixed:5,6",
		"fixed:0x10",
		"fixed5",
		"fixed:99999999999999999999",
		"fixed:4294967297",
		"u8+",
		"u8-",
		"u8++1",
		"u8+-1",
		"u8+1x",
		"u8 +1",
		"u8:1",
		"u8+ 1",
		"u8+65537",
		"u8-65537",
		"u8+99999999999999999999",
		"u8le",
		"u16x",
		"u16e",
		"u16LE",
		"u16le:",
		"u16le+",
		"u16be1",
		"u16be+65537",
		"u16+x",
		"u32x",
		"u32l",
		"u32le=",
		"u32le+1.5",
		"u32be-",
		"u32be-65537",
		"u32-",
		"delim",
		"delim:",
		"delimx",
		"delim:\\",
		"delim:\\q",
		"delim:\\x",
		"delim:\\x1",
		"delim:\\xg1",
		"delim:\\x1g",
		"delim:a\\",
		"delim;",
		"autofs",
		"autofs5:",
		"autofs5+1",
		"autofs6",
		"page:",
		"page4096",
		"page+1",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct framing_rule frame;
		struct pimg_error error;

		if (framing_parse(texts[i], &frame, &error) == 0)
			fail_msg("'%s' is accepted as a rule", texts[i]);
		assert_int_equal(error.status, PIMG_USAGE);
		if (!strstr(error.sentence, texts[i]))
			fail_msg("'%s': %s", texts[i], error.sentence);
	}
}

/* ---- random packets ---- */

struct prefix {
	const char *rule;
	unsigned size;
	bool big;
	int added;
};

static void put_prefix(struct bytes *run, const struct prefix *prefix, size_t length)
{
	uint64_t value = length - prefix->size - (uint64_t)prefix->added;

	for (unsigned i = 0; i < prefix->size; i++) {
		unsigned shift = 8 * (prefix->big ? prefix->size - 1 - i : i);
		uint8_t byte = (uint8_t)(value >> shift);

		put_bytes(run, &byte, 1);
	}
}

/* Unless it is cut between packets, a run of length-prefixed packets does not fit. */
static void check_prefixed(const struct prefix *prefix, unsigned seed)
{
	unsigned random = seed;
	struct bytes run = {0};
	size_t ends[16], at = 0, count = 1 + (unsigned)rand_r(&random) % 16;

	for (size_t i = 0; i < count; i++) {
		size_t least = prefix->size + (prefix->added > 0 ? (unsigned)prefix->added : 0);
		size_t length = least + (unsigned)rand_r(&random) % 40;

		put_prefix(&run, prefix, length);
		while (run.length < at + length) {
			uint8_t byte = (uint8_t)rand_r(&random);

			put_bytes(&run, &byte, 1);
		}
		ends[i] = at += length;
	}
	for (size_t cut = 1, whole = 0; cut <= run.length; cut++) {
		struct walk walk = walk_run(prefix->rule, run.data, cut, FRAME_PACKET_MAX);
		bool on_end = cut == ends[whole];

		whole += on_end;
		if (walk.fits != on_end || walk.packets != whole ||
		    walk.at != (whole ? ends[whole - 1] : 0))
			fail_msg("%s, seed %u, cut at %zu of %zu", prefix->rule, seed, cut,
				 run.length);
	}
	bytes_release(&run);
}

static void random_packets_are_found_again(void **state)
{
	static const struct prefix prefixes[] = {
		{"u8", 1, false, 0},	   {"u8+5", 1, false, 5},     {"u8-1", 1, false, -1},
		{"u16", 2, false, 0},	   {"u16le", 2, false, 0},    {"u16le+300", 2, false, 300},
		{"u16le-2", 2, false, -2}, {"u16be", 2, true, 0},     {"u16be-2", 2, true, -2},
		{"u32", 4, false, 0},	   {"u32le", 4, false, 0},    {"u32le-4", 4, false, -4},
		{"u32be", 4, true, 0},	   {"u32be+12", 4, true, 12},
	};
	unsigned seed = (unsigned)time(NULL);

	(void)state;
	printf("# seed %u\n", seed);
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++) {
		for (unsigned j = 0; j < 10; j++)
			check_prefixed(&prefixes[i], seed + j);
	}
}

/* ---- errors of a conversion ---- */

static void write_run(const char *bytes, size_t length)
{
	struct bytes image = {0}, message = {0};

	put_magic(&image, MAGIC_PIPES_DATA);
	put_number(&message, 1, 4711);
	put_number(&message, 2, length);
	put_record(&image, &message, bytes, length);
	scratch_write("from", image.data, image.length);
	bytes_release(&message);
	bytes_release(&image);
}

static int upgrade_by(const char *rule, struct pimg_error *error)
{
	struct pimg_frame_choice choice = {.for_all = true, .rule = rule};
	struct pimg_convert_options options = {.frames = &choice, .frame_count = 1};
	char from[256];

	snprintf(from, sizeof(from), "%s", scratch_path("from"));
	return pimg_upgrade(from, scratch_path("to"), &options, NULL, error);
}

static void a_misfit_is_reported_with_its_offset(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		const struct example *example = &examples[i];
		struct pimg_error error;
		char wanted[256];
		int result;

		write_run(example->bytes, example->length);
		result = upgrade_by(example->rule, &error);
		if (!example->misfit) {
			assert_int_equal(result, 0);
			remove(scratch_path("to"));
			continue;
		}
		assert_int_equal(result, -1);
		snprintf(wanted, sizeof(wanted),
			 "%s does not fit at byte %" PRIu64 " of the queue: %s", example->rule,
			 walk_run(example->rule, example->bytes, example->length, FRAME_PACKET_MAX)
				 .at,
			 example->misfit);
		assert_string_equal(error.sentence, wanted);
		assert_int_equal(error.status, PIMG_BAD_DATA);
		assert_int_equal(error.pipe, 4711);
		assert_int_equal(scratch_count(), 1);
	}
}

/* ---- base64 ---- */

static void base64_of_known_vectors(void **state)
{
	/* RFC 4648, section 10, and the two digits that are neither letters nor numbers. */
	static const struct {
		const char *bytes, *text;
	} vectors[] = {
		{"f", "Zg=="},
		{"fo", "Zm8="},
		{"foo", "Zm9v"},
		{"foob", "Zm9vYg=="},
		{"fooba", "Zm9vYmE="},
		{"foobar", "Zm9vYmFy"},
		{"\xfb\xef\xbe", "++++"},
		{"\xff\xff\xff", "////"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		size_t length = strlen(vectors[i].bytes), text_length = strlen(vectors[i].text);
		uint8_t decoded[32];
		char text[32];

		assert_int_equal(
			base64_encode_json(text, (const uint8_t *)vectors[i].bytes, length),
			text_length + 2);
		assert_memory_equal(text, vectors[i].text, text_length);
		assert_memory_equal(text + text_length, "\\n", 2);
		assert_int_equal(base64_decode(decoded, vectors[i].text, text_length), length);
		assert_memory_equal(decoded, vectors[i].bytes, length);
	}
}

/* Bit by bit, keeping line feeds. */
static size_t encode_slowly(char *text, const uint8_t *data, size_t length)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t count = 0;

	for (size_t bit = 0; bit < length * 8; bit += 6) {
		unsigned value = 0;

		for (size_t i = bit; i < bit + 6; i++)
			value = value << 1 | (i < length * 8 && data[i / 8] >> (7 - i % 8) & 1);
		text[count++] = digits[value];
		if (count % 77 == 76)
			text[count++] = '\n';
	}
	while (count % 77 % 4)
		text[count++] = '=';
	if (count % 77 == 76 || count % 77)
		text[count++] = '\n';
	return count;
}

/* Decodes "\n" as JSON does. */
static size_t unescape(char *text, size_t length)
{
	size_t count = 0;

	for (size_t i = 0; i < length; i++) {
		bool escaped = text[i] == '\\';

		text[count++] = escaped ? '\n' : text[i];
		i += escaped;
	}
	return count;
}

static void assert_decodes(const char *text, size_t text_length, const uint8_t *data, size_t length)
{
	uint8_t *decoded = malloc(text_length / 4 * 3 + 3);
	char *exact = malloc(text_length + !text_length);

	memcpy(exact, text, text_length);
	assert_int_equal(base64_decode(decoded, exact, text_length), length);
	assert_memory_equal(decoded, data, length);
	free(decoded);
	free(exact);
}

static void every_length_survives_base64_and_back(void **state)
{
	uint8_t data[200];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 2654435761U >> 13);
	for (size_t length = 0; length <= sizeof(data); length++) {
		char *text = malloc(base64_json_room(length) + 1), wanted[512];
		size_t encoded = base64_encode_json(text, data, length);
		size_t plain;

		assert_in_range(encoded, 0, base64_json_room(length));
		plain = unescape(text, encoded);
		assert_int_equal(plain, encode_slowly(wanted, data, length));
		assert_memory_equal(text, wanted, plain);
		assert_decodes(text, plain, data, length);
		free(text);
	}
}

static void line_feeds_may_occur_anywhere_in_base64(void **state)
{
	static const char *const texts[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmFy"};
	static const uint8_t data[] = "foobar";

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		size_t length = strlen(texts[i]);
		size_t bytes = i < 4 ? i : i == 4 ? 4 : 6;

		for (size_t at = 0; at <= length; at++) {
			char text[32];
			int written = snprintf(text, sizeof(text), "%.*s\n\n%s", (int)at, texts[i],
					       texts[i] + at);

			assert_decodes(text, (size_t)written, data, bytes);
		}
	}
	assert_decodes("\nZ\nm\n9\nv\nY\ng\n=\n=\n", 17, data, 4);
}

static void invalid_base64_is_refused(void **state)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
		{BYTES("Z")},	     {BYTES("Zg")},	   {BYTES("Zm8")},
		{BYTES("Zg=")},	     {BYTES("Zg===")},	   {BYTES("Zm8==")},
		{BYTES("Zm9v=")},    {BYTES("Zm9v====")},  {BYTES("=")},
		{BYTES("==")},	     {BYTES("====")},	   {BYTES("Z===")},
		{BYTES("Zg=g")},     {BYTES("Zg==Zg==")},  {BYTES("Zm=v")},
		{BYTES("Zm8=Zm9v")}, {BYTES(" Zg==")},	   {BYTES("Zg== ")},
		{BYTES("Zm9v\r\n")}, {BYTES("Zm9-")},	   {BYTES("Zm9_")},
		{BYTES("Zm9\0")},    {BYTES("\0")},	   {BYTES("Zm9\x80")},
		{BYTES("Zm9\xff")},  {BYTES("Zm9vZ")},	   {BYTES("Zm9v.")},
		{BYTES("\\nZm9v")},  {BYTES("Zm9vYg\n=")}, {BYTES("Zm9v\tYmFy")},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t *decoded = malloc(cases[i].length / 4 * 3 + 3);

		if (base64_decode(decoded, cases[i].text, cases[i].length) != -1)
			fail_msg("case %zu: '%s' was decoded", i, cases[i].text);
		free(decoded);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_example_is_split_as_expected),
		cmocka_unit_test(autofs5_is_304_bytes),
		cmocka_unit_test(the_last_page_may_be_shorter),
		cmocka_unit_test(every_rule_has_examples),
		cmocka_unit_test(every_name_is_parsed_as_the_right_rule),
		cmocka_unit_test(the_page_size_is_that_of_the_image),
		cmocka_unit_test(no_packet_is_longer_than_a_page),
		cmocka_unit_test(a_delimiter_beyond_the_packet_limit_is_not_found),
		cmocka_unit_test(arguments_are_parsed),
		cmocka_unit_test(a_delimiter_may_have_64_bytes),
		cmocka_unit_test(an_invalid_rule_is_a_usage_error),
		cmocka_unit_test(random_packets_are_found_again),
		cmocka_unit_test(a_misfit_is_reported_with_its_offset),
		cmocka_unit_test(base64_of_known_vectors),
		cmocka_unit_test(every_length_survives_base64_and_back),
		cmocka_unit_test(line_feeds_may_occur_anywhere_in_base64),
		cmocka_unit_test(invalid_base64_is_refused),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
