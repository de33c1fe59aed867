// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: which are accepted, skipped and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "criu.pb-c.h"
#include "format/decode.h"
#include "format/fields.h"
#include "format/magic.h"
#include "pipe-data.pb-c.h"

#define DECODE(entry, bytes, error)                                                                \
	entry_decode(entry, PIMG_PIPE, (const uint8_t *)(bytes), sizeof(bytes) - 1, error)

static void crius_three_fields_are_read(void **state)
{
	struct entry entry;

	(void)state;
	assert_int_equal(DECODE(&entry, "\x08\xd3\xda\x01\x10\xc3\x22\x18\x80\x80\x04", NULL), 0);
	assert_int_equal(entry.id, 27987);
	assert_int_equal(entry.bytes, 4419);
	assert_int_equal(entry.size, 65536);
	assert_false(entry.has_kind);
	assert_false(entry.has_chunks);
	assert_false(entry.has_checksum);
}

static void messages_packed_by_protobuf_c_are_read(void **state)
{
	uint64_t chunks[] = {3 << 1 | 1, 70000 << 1, 1 << 1 | 1};
	PipeOrigin origin = PIPE_ORIGIN__INIT;
	PipeDataEntry message = PIPE_DATA_ENTRY__INIT;
	struct entry_chunks walk;
	struct entry entry;
	enum pimg_kind kind;
	uint64_t length;
	uint8_t bytes[256];
	size_t size;

	(void)state;
	message.pipe_id = 4294967295U;
	message.bytes = 70004;
	message.n_chunks = 3;
	message.chunks = chunks;
	message.has_xxh3 = 1;
	message.xxh3 = UINT64_C(0x8877665544332211);
	origin.has_uid = origin.has_gid = 1;
	origin.uid = 1000;
	message.origin = &origin;
	size = pipe_data_entry__pack(&message, bytes);

	assert_int_equal(entry_decode(&entry, PIMG_PIPE, bytes, (uint32_t)size, NULL), 0);
	assert_int_equal(entry.id, 4294967295U);
	assert_true(entry.has_checksum);
	assert_true(entry.checksum == UINT64_C(0x8877665544332211));
	assert_non_null(entry.origin);
	walk = entry_chunks_start(&entry);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(entry_chunks_next(&walk, &kind, &length), 1);
		assert_int_equal(length << 1 | (kind == PIMG_PACKET), chunks[i]);
	}
	assert_int_equal(entry_chunks_next(&walk, &kind, &length), 0);
}

static void a_list_of_chunks_may_be_unpacked(void **state)
{
	/* Field 1000 as two integers, and then packed with two. */
	static const char bytes[] = "\x08\x01\x10\x0a\xc0\x3e\x05\xc0\x3e\x02\xc2\x3e\x02\x07\x08";
	static const uint64_t lengths[] = {2, 1, 3, 4};
	struct entry_chunks walk;
	struct entry entry;
	enum pimg_kind kind;
	uint64_t length;

	(void)state;
	assert_int_equal(DECODE(&entry, bytes, NULL), 0);
	walk = entry_chunks_start(&entry);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(entry_chunks_next(&walk, &kind, &length), 1);
		assert_int_equal(length, lengths[i]);
		assert_int_equal(kind, i % 2 ? PIMG_STREAM : PIMG_PACKET);
	}
	assert_int_equal(entry_chunks_next(&walk, &kind, &length), 0);
}

static void unknown_fields_are_skipped(void **state)
{
	/* Field 50 as an integer, bytes, 64 and 32 bits, and a group inside a group. */
	static const char bytes[] = "\x90\x03\x07"
				    "\x92\x03\x03"
				    "abc"
				    "\x91\x03"
				    "12345678"
				    "\x95\x03"
				    "1234"
				    "\x93\x03\x93\x03\x08\x05\x94\x03\x94\x03"
				    "\x08\x01\x10\x02";
	struct entry entry;

	(void)state;
	assert_int_equal(DECODE(&entry, bytes, NULL), 0);
	assert_int_equal(entry.id, 1);
	assert_int_equal(entry.bytes, 2);
}

static void broken_messages_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *says;
	} cases[] = {
		{"", 0, "required field 1 (pipe_id)"},
		{"\x08\x01", 2, "required field 2 (bytes)"},
		{"\x10\x01", 2, "required field 1 (pipe_id)"},
		{"\x08\x01\x10", 3, "cannot be decoded"},
		{"\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01", 12, "cannot be decoded"},
		{"\x08\x01\x10\x02\x1a\x05", 6, "cannot be decoded"},
		{"\x08\x01\x10\x02\x00\x00", 6, "cannot be decoded"},
		{"\x08\x01\x10\x02\x0e", 5, "cannot be decoded"},
		{"\x08\x01\x10\x02\x94\x03", 6, "cannot be decoded"},
		{"\x08\x01\x10\x02\x93\x03\x93\x03\x94\x03", 10, "cannot be decoded"},
		{"\x0d\x01\x02\x03\x04\x10\x02", 7, "field 1 (pipe_id) has wire type 5"},
		{"\x08\x01\x10\x02\xc8\x3e\x02", 7, "unknown chunk kind 2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pimg_error error;
		struct entry entry;

		assert_int_equal(entry_decode(&entry, PIMG_PIPE, (const uint8_t *)cases[i].bytes,
					      (uint32_t)cases[i].length, &error),
				 -1);
		assert_int_equal(error.status, PIMG_BAD_DATA);
		if (!strstr(error.sentence, cases[i].says))
			fail_msg("case %zu: %s", i, error.sentence);
	}
}

static void nested_groups_of_any_depth_use_no_stack(void **state)
{
	enum { DEPTH = 1000000 };
	uint8_t *bytes = malloc(DEPTH * 4 + 4);
	struct entry entry;

	(void)state;
	assert_non_null(bytes);
	for (size_t i = 0; i < DEPTH; i++) {
		memcpy(bytes + i * 2, "\x93\x03", 2);
		memcpy(bytes + (DEPTH + i) * 2, "\x94\x03", 2);
	}
	memcpy(bytes + DEPTH * 4, "\x08\x01\x10\x02", 4);
	assert_int_equal(entry_decode(&entry, PIMG_PIPE, bytes, DEPTH * 4 + 4, NULL), 0);
	assert_int_equal(entry_decode(&entry, PIMG_PIPE, bytes, DEPTH * 4 - 1, NULL), -1);
	free(bytes);
}

/* Otherwise a magic number could be read in either byte order. */
static void no_magic_number_is_the_byte_swap_of_another(void **state)
{
	uint32_t magics[IMAGE_KINDS + 1] = {IMAGE_COMMON_MAGIC};

	(void)state;
	for (int i = 0; i < IMAGE_KINDS; i++)
		magics[i + 1] = image_kind_magic((enum image_kind)i);
	for (int i = 0; i <= IMAGE_KINDS; i++) {
		for (int j = 0; j <= IMAGE_KINDS; j++)
			assert_int_not_equal(magics[i], __builtin_bswap32(magics[j]));
	}
}

static void field_numbers_match_the_protobuf_descriptors(void **state)
{
	static const struct {
		const ProtobufCMessageDescriptor *message;
		const char *name;
		uint32_t number;
	} fields[] = {
		{&pipe_data_entry__descriptor, "pipe_id", FIELD_ID},
		{&pipe_data_entry__descriptor, "bytes", FIELD_BYTES},
		{&pipe_data_entry__descriptor, "size", FIELD_SIZE},
		{&pipe_data_entry__descriptor, "chunks", FIELD_CHUNKS},
		{&pipe_data_entry__descriptor, "kind", FIELD_KIND},
		{&pipe_data_entry__descriptor, "xxh3", FIELD_XXH3},
		{&pipe_data_entry__descriptor, "origin", FIELD_ORIGIN},
		{&pipe_data_entry__descriptor, "records", FIELD_RECORDS},
		{&pipe_data_entry__descriptor, "queues", FIELD_QUEUES},
		{&pipe_data_entry__descriptor, "message_xxh3", FIELD_MESSAGE_XXH3},
		{&sk_packet_entry__descriptor, "id_for", FIELD_ID},
		{&sk_packet_entry__descriptor, "length", FIELD_BYTES},
		{&sk_packet_entry__descriptor, "scm", FIELD_SCM},
		{&criu_file_entry__descriptor, "reg", FIELD_REG},
		{&criu_reg_file_entry__descriptor, "id", FIELD_REG_ID},
		{&criu_reg_file_entry__descriptor, "flags", FIELD_REG_FLAGS},
		{&criu_reg_file_entry__descriptor, "dumped_flags", FIELD_REG_DUMPED_FLAGS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) {
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field_by_name(fields[i].message,
									fields[i].name);

		assert_non_null(field);
		assert_int_equal(field->id, fields[i].number);
	}
}

/* The decoder uses them to remember which fields it has seen. */
static void field_numbers_of_a_record_differ_in_their_last_six_bits(void **state)
{
	uint64_t seen = 0;

	(void)state;
	for (unsigned i = 0; i < pipe_data_entry__descriptor.n_fields; i++) {
		uint64_t bit = UINT64_C(1) << pipe_data_entry__descriptor.fields[i].id % 64;

		assert_false(seen & bit);
		seen |= bit;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crius_three_fields_are_read),
		cmocka_unit_test(messages_packed_by_protobuf_c_are_read),
		cmocka_unit_test(a_list_of_chunks_may_be_unpacked),
		cmocka_unit_test(unknown_fields_are_skipped),
		cmocka_unit_test(broken_messages_are_refused),
		cmocka_unit_test(nested_groups_of_any_depth_use_no_stack),
		cmocka_unit_test(no_magic_number_is_the_byte_swap_of_another),
		cmocka_unit_test(field_numbers_match_the_protobuf_descriptors),
		cmocka_unit_test(field_numbers_of_a_record_differ_in_their_last_six_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
