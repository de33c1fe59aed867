// SPDX-License-Identifier: GPL-2.0-or-later
/* Images: what is written is read back, in every layout, and damage is reported. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "pipeimg-private.h"
#include "same-queue.h"
#include "scratch.h"

/* A queue of five chunks with all attributes. */
static struct pimg_queue *sample_queue(enum pimg_type type, uint32_t id)
{
	struct pimg_queue *queue = pimg_queue_new(type, id, 65536);
	struct pimg_origin origin = {
		.known = PIMG_ORIGIN_TIME | PIMG_ORIGIN_PAGE | PIMG_ORIGIN_OWNER | PIMG_ORIGIN_MODE,
		.captured_at_ns = UINT64_C(1700000000123456789),
		.page_size = 4096,
		.uid = 1000,
		.gid = 100,
		.mode = 0640,
	};
	struct pimg_end end = {
		.pid = 4711, .fd = 5, .flags = O_WRONLY | O_DIRECT, .comm = "wr\xff (x)"};

	pimg_queue_append(queue, PIMG_STREAM, "run", 3, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "one", 3, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "\0two\n", 5, NULL);
	pimg_queue_append(queue, PIMG_STREAM, "more", 4, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "3", 1, NULL);
	pimg_queue_set_origin(queue, &origin);
	pimg_queue_add_end(queue, &end, NULL);
	return queue;
}

static void write_image(const char *name, enum pimg_layout layout, bool format_10,
			struct pimg_queue **queues, size_t count)
{
	struct pimg_writer_options options = {
		.layout = layout,
		.replace = true,
		.format = format_10 ? PIMG_FORMAT_1_0 : PIMG_FORMAT_1_1,
		.queue_count = (uint32_t)count,
	};
	struct pimg_error error;
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path(name), pimg_queue_type(queues[0]), &options, &error);

	assert_non_null(writer);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pimg_writer_put(writer, queues[i], &error), 0);
	if (pimg_writer_commit(writer, &error) < 0)
		fail_msg("%s", error.sentence);
}

static struct pimg_image *open_whole(const char *name)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(scratch_path(name), NULL, &error);

	if (!image)
		fail_msg("%s", error.sentence);
	if (pimg_image_damage(image))
		fail_msg("%s", pimg_image_damage(image)->sentence);
	return image;
}

static void a_queue_comes_back_from(enum pimg_layout layout, enum pimg_type type, bool format_10)
{
	struct pimg_queue *queues[] = {sample_queue(type, 7), pimg_queue_new(type, 8, 4096),
				       sample_queue(type, UINT32_MAX)};
	struct pimg_image *image;
	struct pimg_error error;

	write_image("image", layout, format_10, queues, 3);
	image = open_whole("image");
	assert_int_equal(pimg_image_queue_count(image), 3);
	for (size_t i = 0; i < 3; i++) {
		struct pimg_queue *read = pimg_image_load(image, i, &error);

		assert_non_null(read);
		/* An empty queue is one record in either layout. */
		if (pimg_queue_bytes(queues[i]))
			assert_int_equal(pimg_image_queue(image, i)->layout, layout);
		assert_same_attributes(queues[i], read);
		if (!pimg_queue_equal(queues[i], read, &error))
			fail_msg("%s", error.sentence);
		pimg_queue_free(read);
		pimg_queue_free(queues[i]);
	}
	pimg_image_close(image);
}

static void the_packets_layout_keeps_everything(void **state)
{
	(void)state;
	a_queue_comes_back_from(PIMG_LAYOUT_PACKETS, PIMG_PIPE, false);
	a_queue_comes_back_from(PIMG_LAYOUT_PACKETS, PIMG_FIFO, true);
}

static void the_indexed_layout_keeps_everything(void **state)
{
	(void)state;
	a_queue_comes_back_from(PIMG_LAYOUT_INDEXED, PIMG_PIPE, true);
	a_queue_comes_back_from(PIMG_LAYOUT_INDEXED, PIMG_FIFO, false);
}

static void the_spliced_layout_keeps_the_bytes_and_no_boundary(void **state)
{
	struct pimg_queue *queue = sample_queue(PIMG_PIPE, 7), *read;
	struct pimg_image *image;

	(void)state;
	write_image("image", PIMG_LAYOUT_SPLICED, false, &queue, 1);
	image = open_whole("image");
	read = pimg_image_load(image, 0, NULL);
	assert_int_equal(pimg_queue_mode(read), PIMG_MODE_STREAM);
	assert_int_equal(pimg_queue_bytes(read), pimg_queue_bytes(queue));
	assert_memory_equal(pimg_queue_data(read), pimg_queue_data(queue), pimg_queue_bytes(queue));
	assert_int_equal(pimg_queue_capacity(read), 65536);
	pimg_queue_free(read);
	pimg_queue_free(queue);
	pimg_image_close(image);
}

/* An image in CRIU's container format, written by hand. */
static void records_of_one_pipe_need_not_be_adjacent(void **state)
{
	static const char bytes[] = "\x19\x43\x56\x54\x09\x37\x45\x56"
				    "\x04\0\0\0\x08\x01\x10\x02"
				    "aa"
				    "\x04\0\0\0\x08\x02\x10\x01"
				    "b"
				    "\x04\0\0\0\x08\x01\x10\x03"
				    "ccc"
				    "\x04\0\0\0\x08\x02\x10\x01"
				    "d";
	struct pimg_image *image;
	struct pimg_queue *queue;

	(void)state;
	scratch_write("image", bytes, sizeof(bytes) - 1);
	image = open_whole("image");
	assert_int_equal(pimg_image_queue_count(image), 2);
	queue = pimg_image_load(image, 0, NULL);
	assert_int_equal(pimg_queue_chunk_count(queue), 2);
	assert_memory_equal(pimg_queue_data(queue), "aaccc", 5);
	/* Several plain records of a pipe are packets. */
	assert_int_equal(pimg_queue_mode(queue), PIMG_MODE_PACKETS);
	pimg_queue_free(queue);
	queue = pimg_image_load(image, 1, NULL);
	assert_memory_equal(pimg_queue_data(queue), "bd", 2);
	pimg_queue_free(queue);
	pimg_image_close(image);
}

static size_t read_file(const char *name, uint8_t *bytes, size_t size)
{
	FILE *file = fopen(scratch_path(name), "re");
	size_t length = fread(bytes, 1, size, file);

	fclose(file);
	return length;
}

/* True for damage that only the complete image reveals: a cut between two records. */
static bool is_cut_between_records(const struct pimg_error *damage)
{
	const char *id = damage->check;

	return !strcmp(id, "PI212") || !strcmp(id, "PI213");
}

/* Every truncation is an error or damage, nearly always with an offset. */
static void an_image_cut_anywhere_says_so_and_shows_the_rest(enum pimg_layout layout)
{
	struct pimg_queue *queues[] = {sample_queue(PIMG_PIPE, 7), sample_queue(PIMG_PIPE, 8)};
	size_t whole_chunks = 0, length, clean = 0;
	uint8_t bytes[2048];

	write_image("image", layout, false, queues, 2);
	length = read_file("image", bytes, sizeof(bytes));
	for (size_t cut = 0; cut < length; cut++) {
		struct pimg_error error = {0};
		struct pimg_image *image;
		size_t chunks = 0;

		scratch_write("cut", bytes, cut);
		image = pimg_image_open(scratch_path("cut"), NULL, &error);
		if (!image) {
			assert_true(cut < 8);
			assert_int_equal(error.status, PIMG_BAD_DATA);
			continue;
		}
		for (size_t i = 0; i < pimg_image_queue_count(image); i++) {
			size_t there = pimg_image_queue(image, i)->chunks;

			assert_int_equal(pimg_image_queue_may_be_cut(image, i), there < 5);
			chunks += there;
		}
		assert_true(chunks >= whole_chunks);
		whole_chunks = chunks;
		if (pimg_image_damage(image)) {
			assert_int_equal(pimg_image_damage(image)->status, PIMG_BAD_DATA);
			if (!is_cut_between_records(pimg_image_damage(image))) {
				assert_true(pimg_image_damage(image)->record > 0);
				assert_true(pimg_image_damage(image)->offset >= 8);
			}
		} else {
			clean++;
		}
		pimg_image_close(image);
	}
	/* After only magic numbers, nobody can tell whether something followed. */
	assert_int_equal(clean, 1);
	pimg_queue_free(queues[0]);
	pimg_queue_free(queues[1]);
}

/* Records without counts or checksums, of one byte each: two of pipe 1, two of pipe 2. */
static void without_record_counts_the_last_queue_may_be_cut(void **state)
{
	static const char bytes[] = "\x19\x43\x56\x54\x09\x37\x45\x56"
				    "\x04\0\0\0\x08\x01\x10\x01"
				    "a"
				    "\x04\0\0\0\x08\x01\x10\x01"
				    "b"
				    "\x04\0\0\0\x08\x02\x10\x01"
				    "c"
				    "\x04\0\0\0\x08\x02\x10\x01"
				    "d";

	(void)state;
	for (size_t cut = 8 + 9; cut < sizeof(bytes); cut++) {
		size_t records = (cut - 8) / 9, rest = (cut - 8) % 9;
		/* After its message it is known to which queue the record belongs. */
		bool known = rest == 8, of_first = known && records < 2;
		struct pimg_image *image;

		scratch_write("cut", bytes, cut);
		image = pimg_image_open(scratch_path("cut"), NULL, NULL);
		assert_non_null(image);
		assert_int_equal(!pimg_image_damage(image), !rest);
		assert_int_equal(pimg_image_queue_may_be_cut(image, 0),
				 rest && (known ? of_first : records <= 2));
		if (pimg_image_queue_count(image) == 2)
			assert_int_equal(pimg_image_queue_may_be_cut(image, 1), rest != 0);
		pimg_image_close(image);
	}
}

static void a_cut_image_of_packets_says_so(void **state)
{
	(void)state;
	an_image_cut_anywhere_says_so_and_shows_the_rest(PIMG_LAYOUT_PACKETS);
}

static void a_cut_indexed_image_says_so(void **state)
{
	(void)state;
	an_image_cut_anywhere_says_so_and_shows_the_rest(PIMG_LAYOUT_INDEXED);
}

/* In these layouts each payload has a checksum, which is compared on load. */
static void a_changed_payload_byte_is_found_on_loading(enum pimg_layout layout)
{
	struct pimg_queue *queue = sample_queue(PIMG_PIPE, 7);
	struct pimg_error error;
	struct pimg_image *image;
	uint8_t bytes[2048];
	size_t length;
	uint8_t *two;

	write_image("image", layout, false, &queue, 1);
	length = read_file("image", bytes, sizeof(bytes));
	two = memmem(bytes, length, "two", 3);
	assert_non_null(two);
	*two ^= 1;
	scratch_write("image", bytes, length);
	image = open_whole("image");
	assert_null(pimg_image_load(image, 0, &error));
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_int_equal(error.pipe, 7);
	assert_non_null(strstr(error.sentence, "XXH3"));
	pimg_image_close(image);
	pimg_queue_free(queue);
}

static void a_changed_byte_in_packets_is_detected(void **state)
{
	(void)state;
	a_changed_payload_byte_is_found_on_loading(PIMG_LAYOUT_PACKETS);
}

static void a_changed_byte_in_an_indexed_record_is_detected(void **state)
{
	(void)state;
	a_changed_payload_byte_is_found_on_loading(PIMG_LAYOUT_INDEXED);
}

/* Sizes that a file only claims. They must be refused without being allocated. */
static void false_sizes_are_not_trusted(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *says;
	} cases[] = {
		{"\xff\xff\xff\xff\x08\x01", 6, "a message of 4294967295 bytes"},
		{"\x00\x00\x70\x00\x08\x01", 6, "2 of 7340032 bytes of a message"},
		{"\x08\0\0\0\x08\x01\x10\xff\xff\xff\xff\x0f", 12,
		 "0 of 4294967295 bytes of a payload"},
		{"\x0b\0\0\0\x08\x01\x10\x02\xc2\x3e\x04\xfe\xff\xff\x0f"
		 "ab",
		 17, "2 of the record's 2 are left"},
		{"\x08\0\0\0\x08\x01\x10\x02\xc2\x3e\x01\x02"
		 "ab",
		 14, "chunks of 1 byte in total in a record of 2"},
		{"\x08\0\0\0\x08\x01\x10\x02\xc2\x3e\x01\x01"
		 "ab",
		 14, "an empty chunk after 0 of 2 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct pimg_error *damage;
		struct pimg_error error;
		struct pimg_image *image;
		char bytes[64] = "\x19\x43\x56\x54\x09\x37\x45\x56";

		memcpy(bytes + 8, cases[i].bytes, cases[i].length);
		scratch_write("lie", bytes, 8 + cases[i].length);
		image = pimg_image_open(scratch_path("lie"), NULL, &error);
		assert_non_null(image);
		damage = pimg_image_damage(image);
		assert_non_null(damage);
		if (!strstr(damage->sentence, cases[i].says))
			fail_msg("case %zu: %s", i, damage->sentence);
		assert_int_equal(damage->record, 1);
		assert_int_equal(damage->offset, 8);
		pimg_image_close(image);
	}
}

static void files_that_are_not_queue_images_are_refused(void **state)
{
	static const struct {
		const char *bytes;
		size_t length;
		const char *says;
	} cases[] = {
		{"", 0, "is empty"},
		{"abc", 3, "ends within its magic number"},
		{"#!/bin/sh\n", 10, "is not a CRIU image"},
		{"\x19\x43\x56\x54\x01\x02\x03\x04", 8, "unknown type"},
		{"\x19\x43\x56\x54\x30\x30\x27\x50", 8, "PSTREE records, which contain no queues"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct pimg_error error;

		scratch_write("foreign", cases[i].bytes, cases[i].length);
		assert_null(pimg_image_open(scratch_path("foreign"), NULL, &error));
		assert_int_equal(error.status, PIMG_BAD_DATA);
		assert_non_null(strstr(error.file, "foreign"));
		if (!strstr(error.sentence, cases[i].says))
			fail_msg("case %zu: %s", i, error.sentence);
	}
}

/* A process with one packet pipe; its write end has the O_DIRECT of that machine. */
static void write_criu_directory(uint32_t mtype, const char *flags_varint)
{
	char path[512], bytes[128];
	size_t length = strlen(flags_varint);

	snprintf(path, sizeof(path), "%s/criu", scratch);
	mkdir(path, 0700);
	scratch_write("criu/pipes-data.img", "\x09\x37\x45\x56\x04\0\0\0\x08\x63\x10\x02xy", 14);
	scratch_write("criu/pstree.img", "\x30\x30\x27\x50\x02\0\0\0\x08\x05", 10);
	scratch_write("criu/inventory.img", "\x16\x31\x31\x58\x04\0\0\0\x08\x01\x10\x01", 12);
	memcpy(bytes, "\x47\x38\x05\x55\x06\0\0\0\x08\0\x1a\x02\x32\0", 14);
	bytes[9] = (char)mtype;
	scratch_write("criu/core-5.img", bytes, 14);
	scratch_write("criu/ids-5.img", "\x30\x20\x43\x54\x02\0\0\0\x10\x09", 10);
	scratch_write("criu/fdinfo-9.img",
		      "\x32\x37\x21\x56\x08\0\0\0\x08\x21\x10\0\x18\x02\x20\x04", 16);
	/* files.img: type PIPE, id 33, pipe{id 33, pipe_id 99, flags} */
	memcpy(bytes, "\x38\x31\x30\x56\0\0\0\0\x08\x02\x10\x21\x92\x01\0\x08\x21\x10\x63\x18", 20);
	bytes[4] = (char)(12 + length);
	bytes[14] = (char)(5 + length);
	memcpy(bytes + 20, flags_varint, length);
	scratch_write("criu/files.img", bytes, 20 + length);
}

static void packet_mode_is_decoded_for_every_dumped_machine(void **state)
{
	static const struct {
		uint32_t mtype;
		const char *flags; /* O_WRONLY and one bit, as a varint */
		bool packet_mode;
	} cases[] = {
		{1, "\x81\x80\x01", true},  /* x86_64, 0o40000 */
		{5, "\x81\x80\x01", true},  /* s390 */
		{3, "\x81\x80\x04", true},  /* aarch64, 0o200000 */
		{3, "\x81\x80\x01", false}, /* where 0o40000 is O_DIRECTORY */
		{4, "\x81\x80\x08", true},  /* ppc64, 0o400000 */
		{4, "\x81\x80\x04", false}, /* where 0o200000 is O_LARGEFILE */
		{6, "\x81\x80\x02", true},  /* MIPS, 0o100000 */
		{1, "\x01", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct pimg_queue_info *info;
		struct pimg_image *image;

		write_criu_directory(cases[i].mtype, cases[i].flags);
		image = open_whole("criu");
		assert_int_equal(pimg_image_queue_count(image), 1);
		info = pimg_image_queue(image, 0);
		assert_int_equal(info->end_count, 1);
		assert_int_equal(pimg_end_at(info->ends, 0)->pid, 5);
		assert_int_equal(pimg_end_at(info->ends, 0)->fd, 4);
		assert_int_equal(pimg_end_packet_mode(pimg_end_at(info->ends, 0)),
				 cases[i].packet_mode);
		assert_int_equal(info->boundaries_lost, cases[i].packet_mode);
		pimg_image_close(image);
	}
}

static void a_directory_is_written_completely_or_not_at_all(void **state)
{
	struct pimg_queue *queues[] = {sample_queue(PIMG_PIPE, 7), sample_queue(PIMG_FIFO, 7)};
	const struct pimg_queue *const *constant = (const struct pimg_queue *const *)queues;
	struct pimg_writer_options options = {.layout = PIMG_LAYOUT_INDEXED};
	struct pimg_image *image;
	struct pimg_error error;
	size_t before;

	(void)state;
	assert_int_equal(pimg_directory_write(scratch_path("dir/"), constant, 2, &options, NULL),
			 0);
	image = open_whole("dir");
	assert_int_equal(pimg_image_queue_count(image), 2);
	assert_true(pimg_image_is_directory(image));
	pimg_image_close(image);

	before = scratch_count();
	assert_int_equal(pimg_directory_write(scratch_path("dir"), constant, 2, &options, &error),
			 -1);
	assert_int_equal(error.errno_value, EEXIST);
	assert_int_equal(scratch_count(), before);
	pimg_queue_free(queues[0]);
	pimg_queue_free(queues[1]);
}

/* FIFOs on two file systems can have the same inode number. */
static void two_queues_with_one_id_are_refused(void **state)
{
	struct pimg_queue *queue = sample_queue(PIMG_FIFO, 2);
	struct pimg_writer_options options = {.layout = PIMG_LAYOUT_PACKETS, .replace = true};
	struct pimg_error error;
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path("twice"), PIMG_FIFO, &options, &error);

	(void)state;
	assert_int_equal(pimg_writer_put(writer, queue, &error), 0);
	assert_int_equal(pimg_writer_put(writer, queue, &error), -1);
	assert_int_equal(error.pipe, 2);
	pimg_writer_abort(writer);
	pimg_queue_free(queue);
}

static void a_directory_of_sockets_is_refused(void **state)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_SOCKET, 1, 0);
	const struct pimg_queue *constant = queue;
	struct pimg_writer_options options = {.layout = PIMG_LAYOUT_INDEXED};
	struct pimg_error error;
	size_t before = scratch_count();

	(void)state;
	assert_int_equal(
		pimg_directory_write(scratch_path("sockets"), &constant, 1, &options, &error), -1);
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(scratch_count(), before);
	pimg_queue_free(queue);
}

/* Otherwise a reader would show bytes of the wrong file. */
static void an_image_under_the_name_of_another_is_damage(void **state)
{
	struct pimg_error error;
	struct pimg_image *image;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/names", scratch);
	mkdir(path, 0700);
	scratch_write("names/pipes-data.img",
		      "\x19\x43\x56\x54\x54\x30\x33\x59\x04\0\0\0\x08\x07\x10\x02"
		      "AA",
		      18);
	scratch_write("names/fifo-data.img",
		      "\x19\x43\x56\x54\x54\x30\x33\x59\x04\0\0\0\x08\x07\x10\x02"
		      "BB",
		      18);
	image = pimg_image_open(scratch_path("names"), NULL, &error);
	assert_non_null(image);
	assert_non_null(pimg_image_damage(image));
	assert_non_null(strstr(pimg_image_damage(image)->file, "pipes-data.img"));
	assert_int_equal(pimg_image_queue_count(image), 1);
	pimg_image_close(image);
}

static void a_fifo_in_place_of_an_image_does_not_block(void **state)
{
	struct pimg_error error;
	char path[512];

	(void)state;
	snprintf(path, sizeof(path), "%s/hang", scratch);
	mkdir(path, 0700);
	assert_int_equal(mkfifo(scratch_path("hang/pipes-data.img"), 0600), 0);
	assert_null(pimg_image_open(path, NULL, &error));
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_non_null(strstr(error.sentence, "not a regular file"));
}

/* A sparse file costs nothing: a queue of 3 GiB is listed, but never loaded. */
static void a_queue_larger_than_any_pipe_is_not_loaded(void **state)
{
	static const char head[] = "\x19\x43\x56\x54\x09\x37\x45\x56"
				   "\x08\0\0\0\x08\x01\x10\x80\x80\x80\x80\x0c";
	struct pimg_error error;
	struct pimg_image *image;

	(void)state;
	scratch_write("sparse", head, sizeof(head) - 1);
	assert_int_equal(truncate(scratch_path("sparse"), 20 + (3LL << 30)), 0);
	image = open_whole("sparse");
	assert_true(pimg_image_queue(image, 0)->bytes == 3ULL << 30);
	assert_null(pimg_image_load(image, 0, &error));
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_non_null(strstr(error.sentence, "3221225472 bytes"));
	pimg_image_close(image);
}

/* protobuf-c would need hundreds of megabytes for an origin full of unknown fields. */
static void an_origin_of_megabytes_is_damage(void **state)
{
	enum { ORIGIN = 2 * 1024 * 1024 };
	uint8_t *bytes = malloc(ORIGIN + 64);
	struct pimg_error error;
	struct pimg_image *image;

	(void)state;
	assert_non_null(bytes);
	/* Length of the message: 4 bytes of id and bytes, 6 of the field's key and length. */
	memcpy(bytes, "\x19\x43\x56\x54\x09\x37\x45\x56\x0a\0\x20\0\x08\x01\x10\0", 16);
	memcpy(bytes + 16, "\xda\x3e\x80\x80\x80\x01", 6);
	for (size_t i = 0; i < ORIGIN; i += 2)
		memcpy(bytes + 22 + i, "\x78\x01", 2);
	scratch_write("origin", bytes, 22 + ORIGIN);
	free(bytes);
	image = pimg_image_open(scratch_path("origin"), NULL, &error);
	assert_non_null(image);
	assert_non_null(pimg_image_damage(image));
	assert_non_null(strstr(pimg_image_damage(image)->sentence, "origin) has 2097152 bytes"));
	pimg_image_close(image);
}

static void a_file_that_shrinks_after_opening_is_reported_as_changed(void **state)
{
	struct pimg_queue *queue = sample_queue(PIMG_PIPE, 1);
	struct pimg_error error;
	struct pimg_image *image;

	(void)state;
	write_image("shrinks", PIMG_LAYOUT_PACKETS, false, &queue, 1);
	image = open_whole("shrinks");
	assert_int_equal(truncate(scratch_path("shrinks"), 20), 0);
	assert_null(pimg_image_load(image, 0, &error));
	assert_string_equal(error.check, "PI014");
	pimg_image_close(image);
	pimg_queue_free(queue);
}

static void an_empty_queue_has_data_of_no_length(void **state)
{
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 7, 65536), *read;
	struct pimg_image *image;

	(void)state;
	assert_non_null(pimg_queue_data(queue));
	write_image("empty", PIMG_LAYOUT_PACKETS, false, &queue, 1);
	image = open_whole("empty");
	read = pimg_image_load(image, 0, NULL);
	assert_non_null(read);
	assert_int_equal(pimg_queue_bytes(read), 0);
	assert_non_null(pimg_queue_data(read));
	pimg_queue_free(read);
	pimg_image_close(image);
	pimg_queue_free(queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_packets_layout_keeps_everything),
		cmocka_unit_test(the_indexed_layout_keeps_everything),
		cmocka_unit_test(the_spliced_layout_keeps_the_bytes_and_no_boundary),
		cmocka_unit_test(records_of_one_pipe_need_not_be_adjacent),
		cmocka_unit_test(without_record_counts_the_last_queue_may_be_cut),
		cmocka_unit_test(a_cut_image_of_packets_says_so),
		cmocka_unit_test(a_cut_indexed_image_says_so),
		cmocka_unit_test(a_changed_byte_in_packets_is_detected),
		cmocka_unit_test(a_changed_byte_in_an_indexed_record_is_detected),
		cmocka_unit_test(false_sizes_are_not_trusted),
		cmocka_unit_test(files_that_are_not_queue_images_are_refused),
		cmocka_unit_test(packet_mode_is_decoded_for_every_dumped_machine),
		cmocka_unit_test(a_directory_is_written_completely_or_not_at_all),
		cmocka_unit_test(two_queues_with_one_id_are_refused),
		cmocka_unit_test(a_directory_of_sockets_is_refused),
		cmocka_unit_test(an_image_under_the_name_of_another_is_damage),
		cmocka_unit_test(a_fifo_in_place_of_an_image_does_not_block),
		cmocka_unit_test(a_queue_larger_than_any_pipe_is_not_loaded),
		cmocka_unit_test(an_origin_of_megabytes_is_damage),
		cmocka_unit_test(a_file_that_shrinks_after_opening_is_reported_as_changed),
		cmocka_unit_test(an_empty_queue_has_data_of_no_length),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
