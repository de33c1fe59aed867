// SPDX-License-Identifier: GPL-2.0-or-later
/* Exported chunks equal the output of show and convert, and the file is complete or not there. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "image-bytes.h"
#include "io/sink/sink.h"
#include "pipe-program.h"
#include "pipeimg-private.h"
#include "random-image.h"
#include "scratch.h"

/* ---- images ---- */

/* Opened by its name in the scratch directory, as the pipeimg program opens it. */
static struct pimg_image *make_image(const struct random_image *what, uint64_t *random)
{
	struct bytes bytes = random_image_make(what, random);
	struct pimg_image *image;

	scratch_write("image", bytes.data, bytes.length);
	bytes_release(&bytes);
	image = pimg_image_open(scratch_path("image"), NULL, NULL);
	assert_non_null(image);
	return image;
}

static struct pimg_image *make_small_image(void)
{
	static const struct random_image what = {PIMG_PIPE, 4, 40, 60};
	uint64_t random = 3;

	return make_image(&what, &random);
}

struct places {
	struct pimg_chunk_id *list;
	size_t count;
};

/* Every chunk of the image, in order. */
static struct places all_places(const struct pimg_image *image)
{
	struct places places = {0};
	size_t count = 0;

	for (size_t i = 0; i < pimg_image_queue_count(image); i++)
		count += pimg_image_queue(image, i)->chunks;
	places.list = calloc(count + 1, sizeof(*places.list));
	assert_non_null(places.list);
	for (size_t i = 0; i < pimg_image_queue_count(image); i++) {
		for (size_t j = 0; j < pimg_image_queue(image, i)->chunks; j++)
			places.list[places.count++] = (struct pimg_chunk_id){i, j};
	}
	return places;
}

static void export_to(const char *name, struct pimg_image *image, const struct places *places,
		      enum pimg_export_form form)
{
	struct pimg_error error;

	if (pimg_export(image, places->list, places->count, form, scratch_path(name), true, NULL,
			&error) < 0)
		fail_msg("%s", error.sentence);
}

static void assert_file_is(const char *name, const struct bytes *wanted)
{
	struct bytes found = read_file(name);

	assert_int_equal(found.length, wanted->length);
	assert_memory_equal(found.data, wanted->data, wanted->length);
	bytes_release(&found);
}

/* ---- formats ---- */

static void put_chunk(struct bytes *bytes, struct pimg_image *image,
		      const struct pimg_chunk_id *place)
{
	uint32_t length = pimg_image_chunk(image, place->queue, place->chunk).length;
	uint8_t *data = malloc(length + 1);

	assert_non_null(data);
	assert_int_equal(pimg_image_read(image, place->queue, place->chunk, 0, data, length, NULL),
			 0);
	put_bytes(bytes, data, length);
	free(data);
}

static void raw_has_the_bytes_of_the_chunks_in_the_given_order(void **state)
{
	struct pimg_image *image = make_small_image();
	struct places places = all_places(image);
	struct bytes wanted = {0};

	(void)state;
	/* In reverse, and one of them twice. */
	for (size_t i = 0; i < places.count / 2; i++) {
		struct pimg_chunk_id place = places.list[i];

		places.list[i] = places.list[places.count - 1 - i];
		places.list[places.count - 1 - i] = place;
	}
	places.list[places.count] = places.list[0];
	places.count++;
	for (size_t i = 0; i < places.count; i++)
		put_chunk(&wanted, image, &places.list[i]);
	export_to("raw", image, &places, PIMG_EXPORT_RAW);
	assert_file_is("raw", &wanted);
	free(places.list);
	bytes_release(&wanted);
	pimg_image_close(image);
}

/* The output of pipeimg show --hex, except that the line of each queue precedes each chunk. */
static struct bytes shown_as_hex(void)
{
	const char *build = getenv("PIPEIMG_BUILD");
	const char *emulator = getenv("PIPEIMG_EMULATOR");
	char command[1024], line[512], queue[64] = "";
	struct bytes bytes = {0};
	FILE *show;

	snprintf(command, sizeof(command), "%s %s/pipeimg show --hex --color=never %s 2>/dev/null",
		 emulator ? emulator : "", build ? build : ".", scratch_path("image"));
	show = popen(command, "re");
	assert_non_null(show);
	while (fgets(line, sizeof(line), show)) {
		if (line[0] != ' ' && line[0] != '\t') {
			/* "pipe 4711" */
			snprintf(queue, sizeof(queue), "%.*s ", (int)(strstr(line, "  ") - line),
				 line);
			continue;
		}
		if (line[0] == ' ')
			put_bytes(&bytes, queue, strlen(queue));
		put_bytes(&bytes, line, strlen(line));
	}
	/* show reports damage in an image with wrong record counts or checksums. */
	assert_true(pclose(show) >= 0);
	return bytes;
}

static void hex_equals_the_output_of_show(void **state)
{
	static const struct random_image images[] = {
		{PIMG_PIPE, 4, 40, 60},
		{PIMG_FIFO, 1, 3, 200000},
		{PIMG_SOCKET, 2, 10, 33},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(images) / sizeof(*images); i++) {
		uint64_t random = 3;
		struct pimg_image *image = make_image(&images[i], &random);
		struct places places = all_places(image);
		struct bytes wanted = shown_as_hex();

		assert_true(wanted.length > 0);
		export_to("hex", image, &places, PIMG_EXPORT_HEX);
		assert_file_is("hex", &wanted);
		free(places.list);
		bytes_release(&wanted);
		pimg_image_close(image);
	}
}

static void hex_has_a_heading_for_each_chunk(void **state)
{
	static const char bytes[] = "\x19\x43\x56\x54\x09\x37\x45\x56"
				    "\x07\0\0\0\x08\x07\x10\x02\xc8\x3e\x00"
				    "ab"
				    "\x07\0\0\0\x08\x07\x10\x13\xc8\x3e\x01"
				    "0123456789abcdef\0\n\xff";
	static const char wanted[] =
		"pipe 7       1  stream        2          0\n"
		"\t0x0000:  6162                                     ab\n"
		"pipe 7       2  packet       19          2\n"
		"\t0x0000:  3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef\n"
		"\t0x0010:  000a ff                                  ...\n";
	struct bytes file = {(uint8_t *)wanted, sizeof(wanted) - 1, 0};
	struct pimg_image *image;
	struct places places;

	(void)state;
	scratch_write("image", bytes, sizeof(bytes) - 1);
	image = pimg_image_open(scratch_path("image"), NULL, NULL);
	assert_non_null(image);
	places = all_places(image);
	export_to("hex", image, &places, PIMG_EXPORT_HEX);
	assert_file_is("hex", &file);
	free(places.list);
	pimg_image_close(image);
}

static void put_plain(struct bytes *image, uint32_t id, const uint8_t *payload, size_t length)
{
	struct bytes message = {0};

	put_number(&message, 1, id);
	put_number(&message, 2, length);
	put_record(image, &message, payload, length);
	bytes_release(&message);
}

/* From several queues, and with a chunk longer than Wireshark's limit. */
static void write_for_pcapng(void)
{
	enum { LONGEST = 600000 };
	static const size_t lengths[] = {1, 2, 3, 4, LONGEST, 5};
	uint8_t *payload = malloc(LONGEST);
	struct bytes image = {0};

	assert_non_null(payload);
	for (size_t i = 0; i < LONGEST; i++)
		payload[i] = (uint8_t)(i * 7);
	put_magic(&image, MAGIC_PIPES_DATA);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++)
		put_plain(&image, 7 + i % 2, payload, lengths[i]);
	scratch_write("image", image.data, image.length);
	bytes_release(&image);
	free(payload);
}

/* The output of convert for a file. */
static struct bytes converted(const char *name, enum pimg_output target)
{
	struct pimg_convert_options options = {.output = target, .replace = true};

	assert_int_equal(
		pimg_convert(scratch_path(name), scratch_path("wanted"), &options, NULL, NULL), 0);
	return read_file("wanted");
}

static void pcapng_of_all_chunks_equals_the_output_of_convert(void **state)
{
	struct pimg_image *image;
	struct places places;
	struct bytes wanted;

	(void)state;
	write_for_pcapng();
	image = pimg_image_open(scratch_path("image"), NULL, NULL);
	assert_non_null(image);
	places = all_places(image);
	wanted = converted("image", PIMG_TO_PCAPNG);
	export_to("found", image, &places, PIMG_EXPORT_PCAPNG);
	assert_file_is("found", &wanted);
	bytes_release(&wanted);
	free(places.list);
	pimg_image_close(image);
}

/* How many blocks of a type a pcapng file has. */
static size_t count_blocks(const struct bytes *file, uint32_t type)
{
	size_t count = 0;

	for (size_t at = 0; at + 8 <= file->length;) {
		uint32_t words[2];

		memcpy(words, file->data + at, sizeof(words));
		words[0] = le32toh(words[0]);
		words[1] = le32toh(words[1]);
		count += words[0] == type;
		assert_true(words[1] >= 12 && words[1] <= file->length - at);
		at += words[1];
	}
	return count;
}

static void pcapng_of_some_chunks_has_the_interfaces_of_their_queues(void **state)
{
	struct pimg_chunk_id list[] = {{1, 1}, {1, 0}};
	struct places places = {list, 2};
	struct pimg_image *image;
	struct bytes file;

	(void)state;
	write_for_pcapng();
	image = pimg_image_open(scratch_path("image"), NULL, NULL);
	assert_non_null(image);
	export_to("found", image, &places, PIMG_EXPORT_PCAPNG);
	file = read_file("found");
	assert_int_equal(count_blocks(&file, 1), 1);
	assert_int_equal(count_blocks(&file, 6), 2);
	assert_non_null(memmem(file.data, file.length, "pipe:[8]", 8));
	assert_null(memmem(file.data, file.length, "pipe:[7]", 8));
	assert_non_null(memmem(file.data, file.length, "packet (chunk 2)", 16));
	bytes_release(&file);
	pimg_image_close(image);
}

static void the_part_of_a_growing_image_that_was_read_is_exported(void **state)
{
	struct pimg_image *image;
	struct places places;
	struct bytes wanted = {0};

	(void)state;
	pimg_image_close(make_small_image());
	image = pimg_image_open(scratch_path("image"),
				&(struct pimg_open_options){.flags = PIMG_OPEN_GROWING}, NULL);
	while (!pimg_image_queue_count(image) || !pimg_image_queue(image, 0)->chunks)
		assert_int_equal(pimg_image_grow(image, 1, NULL, NULL, NULL), 1);
	places = all_places(image);
	for (size_t i = 0; i < places.count; i++)
		put_chunk(&wanted, image, &places.list[i]);
	export_to("raw", image, &places, PIMG_EXPORT_RAW);
	assert_file_is("raw", &wanted);
	bytes_release(&wanted);
	free(places.list);
	assert_int_equal(pimg_image_grow(image, UINT64_MAX, NULL, NULL, NULL), 0);
	pimg_image_close(image);
}

/* ---- images of chunks ---- */

/* Two pipes: a stream run and two packets, and one packet. */
static struct pimg_image *make_two_pipes(void)
{
	struct pimg_writer_options options = {.replace = true, .queue_count = 2};
	struct pimg_origin origin = {.known = PIMG_ORIGIN_MODE, .mode = 0600};
	struct pimg_end end = {.pid = 12, .fd = 3, .flags = 0, .comm = "reader"};
	struct pimg_queue *queues[] = {pimg_queue_new(PIMG_PIPE, 7, 65536),
				       pimg_queue_new(PIMG_PIPE, 8, 4096)};
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path("image"), PIMG_PIPE, &options, NULL);
	struct pimg_image *image;

	assert_non_null(writer);
	pimg_queue_append(queues[0], PIMG_STREAM, "run", 3, NULL);
	pimg_queue_append(queues[0], PIMG_PACKET, "one", 3, NULL);
	pimg_queue_append(queues[0], PIMG_PACKET, "two", 3, NULL);
	pimg_queue_append(queues[1], PIMG_PACKET, "other", 5, NULL);
	pimg_queue_set_origin(queues[0], &origin);
	pimg_queue_add_end(queues[0], &end, NULL);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(pimg_writer_put(writer, queues[i], NULL), 0);
		pimg_queue_free(queues[i]);
	}
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	image = pimg_image_open(scratch_path("image"), NULL, NULL);
	assert_non_null(image);
	return image;
}

static struct pimg_queue *load_exported(size_t queue)
{
	struct pimg_error error;
	struct pimg_image *image = pimg_image_open(scratch_path("found"), NULL, &error);
	struct pimg_queue *loaded = NULL;

	if (!image || pimg_image_damage(image))
		fail_msg("the exported image is damaged");
	loaded = pimg_image_load(image, queue, &error);
	assert_non_null(loaded);
	pimg_image_close(image);
	return loaded;
}

static void an_image_of_all_chunks_has_the_same_queues(void **state)
{
	struct pimg_image *image = make_two_pipes();
	struct places places = all_places(image);

	(void)state;
	export_to("found", image, &places, PIMG_EXPORT_IMAGE);
	for (size_t i = 0; i < 2; i++) {
		struct pimg_queue *wanted = pimg_image_load(image, i, NULL),
				  *found = load_exported(i);
		struct pimg_error error;

		if (!pimg_queue_equal(wanted, found, &error))
			fail_msg("%s", error.sentence);
		assert_int_equal(pimg_queue_id(found), pimg_queue_id(wanted));
		assert_int_equal(pimg_queue_capacity(found), pimg_queue_capacity(wanted));
		assert_int_equal(pimg_queue_end_count(found), pimg_queue_end_count(wanted));
		assert_int_equal(pimg_queue_origin(found)->mode, pimg_queue_origin(wanted)->mode);
		pimg_queue_free(wanted);
		pimg_queue_free(found);
	}
	free(places.list);
	pimg_image_close(image);
}

static void an_image_of_some_chunks_has_only_these_in_the_given_order(void **state)
{
	struct places places = {(struct pimg_chunk_id[]){{0, 2}, {0, 0}}, 2};
	struct pimg_image *image = make_two_pipes();
	struct pimg_queue *found;

	(void)state;
	export_to("found", image, &places, PIMG_EXPORT_IMAGE);
	found = load_exported(0);
	assert_int_equal(pimg_queue_id(found), 7);
	assert_int_equal(pimg_queue_chunk_count(found), 2);
	assert_int_equal(pimg_queue_chunk(found, 0).kind, PIMG_PACKET);
	assert_int_equal(pimg_queue_chunk(found, 1).kind, PIMG_STREAM);
	assert_memory_equal(pimg_queue_data(found), "tworun", 6);
	pimg_queue_free(found);
	pimg_image_close(image);
}

static void json_of_chunks_equals_convert_of_their_image(void **state)
{
	struct places places = {(struct pimg_chunk_id[]){{0, 1}, {1, 0}}, 2};
	struct pimg_image *image = make_two_pipes();
	struct bytes wanted;

	(void)state;
	export_to("found", image, &places, PIMG_EXPORT_IMAGE);
	wanted = converted("found", PIMG_TO_JSON);
	export_to("json", image, &places, PIMG_EXPORT_JSON);
	assert_file_is("json", &wanted);
	bytes_release(&wanted);
	pimg_image_close(image);
}

static void datagrams_of_sockets_are_not_exported_as_an_image(void **state)
{
	static const struct random_image what = {PIMG_SOCKET, 2, 10, 33};
	uint64_t random = 3;
	struct pimg_image *image = make_image(&what, &random);
	struct places places = all_places(image);
	struct pimg_error error;

	(void)state;
	for (int form = PIMG_EXPORT_IMAGE; form <= PIMG_EXPORT_JSON; form++) {
		assert_int_equal(pimg_export(image, places.list, places.count,
					     (enum pimg_export_form)form, scratch_path("new"),
					     false, NULL, &error),
				 -1);
		assert_int_equal(error.status, PIMG_USAGE);
		assert_int_equal(access(scratch_path("new"), F_OK), -1);
	}
	free(places.list);
	pimg_image_close(image);
}

/* ---- checksums ---- */

/* Two packets; a byte of the second one has changed since. */
static struct pimg_image *make_changed(enum pimg_layout layout)
{
	struct pimg_writer_options options = {.layout = layout, .replace = true, .queue_count = 1};
	struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, 7, 65536);
	struct pimg_writer *writer;
	struct pimg_image *image;
	struct bytes bytes;

	pimg_queue_append(queue, PIMG_PACKET, "first", 5, NULL);
	pimg_queue_append(queue, PIMG_PACKET, "second", 6, NULL);
	writer = pimg_writer_open(scratch_path("image"), PIMG_PIPE, &options, NULL);
	assert_non_null(writer);
	assert_int_equal(pimg_writer_put(writer, queue, NULL), 0);
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	pimg_queue_free(queue);
	bytes = read_file("image");
	bytes.data[bytes.length - 2] ^= 1;
	scratch_write("image", bytes.data, bytes.length);
	bytes_release(&bytes);
	image = pimg_image_open(scratch_path("image"), NULL, NULL);
	assert_non_null(image);
	return image;
}

static int export_chunks(struct pimg_image *image, size_t first, size_t count,
			 enum pimg_export_form form, struct pimg_error *error)
{
	static const struct pimg_chunk_id places[] = {{0, 0}, {0, 1}};

	return pimg_export(image, &places[first], count, form, scratch_path("out"), true, NULL,
			   error);
}

static void bytes_that_changed_are_written_and_told(enum pimg_layout layout, bool alone)
{
	struct pimg_image *image = make_changed(layout);
	struct pimg_error error;

	for (int form = PIMG_EXPORT_RAW; form <= PIMG_EXPORT_PCAPNG; form++) {
		assert_int_equal(export_chunks(image, 0, 2, form, &error), 1);
		assert_int_equal(error.status, PIMG_BAD_DATA);
		assert_int_equal(error.pipe, 7);
		assert_string_equal(error.check, "PI201");
		assert_int_equal(export_chunks(image, 0, 1, form, &error), 0);
		assert_int_equal(export_chunks(image, 1, 1, form, &error), alone);
	}
	assert_int_equal(export_chunks(image, 0, 2, PIMG_EXPORT_RAW, NULL), 1);
	assert_file_is("out", &(struct bytes){(uint8_t *)"firstsecood", 11, 0});
	assert_int_equal(pimg_image_check_chunk(image, 0, 0, &error), alone);
	assert_int_equal(pimg_image_check_chunk(image, 0, 1, &error), alone ? -1 : 0);
	pimg_image_close(image);
}

static void a_changed_record_of_a_chunk_is_reported(void **state)
{
	(void)state;
	bytes_that_changed_are_written_and_told(PIMG_LAYOUT_PACKETS, true);
}

static void a_changed_record_of_several_chunks_is_reported_after_all_are_written(void **state)
{
	(void)state;
	bytes_that_changed_are_written_and_told(PIMG_LAYOUT_INDEXED, false);
}

static void changed_bytes_do_not_get_a_new_checksum(void **state)
{
	struct pimg_image *image = make_changed(PIMG_LAYOUT_PACKETS);
	struct bytes old = {(uint8_t *)"12345", 5, 0};
	struct pimg_error error;

	(void)state;
	scratch_write("out", old.data, old.length);
	for (int form = PIMG_EXPORT_IMAGE; form <= PIMG_EXPORT_JSON; form++) {
		assert_int_equal(export_chunks(image, 0, 2, (enum pimg_export_form)form, &error),
				 -1);
		assert_string_equal(error.check, "PI201");
		assert_file_is("out", &old);
		assert_int_equal(export_chunks(image, 0, 1, (enum pimg_export_form)form, &error),
				 0);
		scratch_write("out", old.data, old.length);
	}
	pimg_image_close(image);
}

/* ---- failure ---- */

static void assert_refused(struct pimg_image *image, const char *to, bool replace, const char *says)
{
	static const struct pimg_chunk_id place = {0, 0};
	struct pimg_error error;

	assert_int_equal(pimg_export(image, &place, 1, PIMG_EXPORT_RAW, to, replace, NULL, &error),
			 -1);
	assert_int_equal(error.status, PIMG_USAGE);
	if (!strstr(error.sentence, says))
		fail_msg("%s", error.sentence);
}

static void an_existing_file_is_replaced_only_on_request(void **state)
{
	struct bytes old = {(uint8_t *)"12345", 5, 0}, found;
	struct pimg_image *image = make_small_image();
	struct places places = {(struct pimg_chunk_id[]){{0, 0}}, 1};

	(void)state;
	scratch_write("old", old.data, old.length);
	assert_refused(image, scratch_path("old"), false,
		       "already exists; use --force to replace it");
	assert_file_is("old", &old);
	export_to("old", image, &places, PIMG_EXPORT_RAW);
	found = read_file("old");
	assert_int_equal(found.length, pimg_image_chunk(image, 0, 0).length);
	bytes_release(&found);
	pimg_image_close(image);
}

static void exports_go_only_to_files_and_never_to_the_image(void **state)
{
	struct pimg_image *image = make_small_image();
	struct bytes before = read_file("image");

	(void)state;
	assert_refused(image, "-", true, "to standard output");
	assert_refused(image, scratch, true, "is a directory");
	assert_refused(image, "/dev/null", true, "is not a regular file");
	assert_int_equal(mkfifo(scratch_path("fifo"), 0600), 0);
	assert_refused(image, scratch_path("fifo"), true, "is not a regular file");
	assert_refused(image, scratch_path("image"), true, "is the image itself");
	assert_int_equal(symlink("image", scratch_path("link")), 0);
	assert_refused(image, scratch_path("link"), true, "is the image itself");
	assert_file_is("image", &before);
	bytes_release(&before);
	pimg_image_close(image);
}

static void no_image_of_a_directory_is_replaced(void **state)
{
	struct pimg_image *image;

	(void)state;
	pimg_image_close(make_small_image());
	assert_int_equal(mkdir(scratch_path("dir"), 0700), 0);
	assert_int_equal(rename(scratch_path("image"), scratch_path("dir/pipes-data.img")), 0);
	scratch_write("dir/files.img", "whatever", 8);
	scratch_write("dir/out.bin", "12345", 5);
	assert_int_equal(symlink("dir/pipes-data.img", scratch_path("part")), 0);
	image = pimg_image_open(scratch_path("dir"), NULL, NULL);
	assert_non_null(image);
	assert_true(pimg_image_can_be_reopened(image));
	assert_refused(image, scratch_path("dir/pipes-data.img"), true, "belongs to the image");
	assert_refused(image, scratch_path("part"), true, "belongs to the image");
	assert_refused(image, scratch_path("dir/files.img"), true, "belongs to the image");
	assert_refused(image, scratch_path("dir/out.bin"), false, "already exists");
	pimg_image_close(image);
}

/* However it is packed, and under whatever name. */
static void the_container_of_a_packed_image_is_not_replaced(void **state)
{
	struct sink *sink = sink_open(scratch_path("packed"), true, NULL);
	struct pimg_image *image;
	struct bytes bytes;

	(void)state;
	pimg_image_close(make_small_image());
	bytes = read_file("image");
	assert_non_null(sink);
	assert_int_equal(sink_compress(sink, COMPRESSION_GZIP, 0, NULL), 0);
	assert_int_equal(sink_write(sink, bytes.data, bytes.length, NULL), 0);
	assert_int_equal(sink_commit(sink, NULL), 0);
	bytes_release(&bytes);
	assert_int_equal(link(scratch_path("packed"), scratch_path("other-name")), 0);
	image = pimg_image_open(scratch_path("packed"), NULL, NULL);
	assert_non_null(image);
	assert_true(pimg_image_can_be_reopened(image));
	assert_refused(image, scratch_path("packed"), true, "is the image itself");
	assert_refused(image, scratch_path("other-name"), true, "is the image itself");
	pimg_image_close(image);
}

/* ---- progress ---- */

struct stopping {
	unsigned calls, stop_at;
	uint64_t done, total;
};

static int count_calls(void *context, uint64_t done, uint64_t total)
{
	struct stopping *stopping = context;

	assert_true(done >= stopping->done && done <= total);
	stopping->done = done;
	stopping->total = total;
	return ++stopping->calls == stopping->stop_at;
}

static void an_export_reports_progress_and_can_be_stopped_at_any_time(void **state)
{
	static const struct random_image what = {PIMG_PIPE, 2, 30, 60000};
	uint64_t random = 5;
	struct pimg_image *image = make_image(&what, &random);
	struct places places = all_places(image);
	size_t before = scratch_count();

	(void)state;
	for (int form = PIMG_EXPORT_RAW; form <= PIMG_EXPORT_JSON; form++) {
		struct stopping whole = {0};

		assert_int_equal(pimg_export(image, places.list, places.count,
					     (enum pimg_export_form)form, scratch_path("told"),
					     true, &(struct pimg_progress){count_calls, &whole},
					     NULL),
				 0);
		assert_true(whole.calls > 4 && whole.done == whole.total);
		unlink(scratch_path("told"));
		for (unsigned stop_at = 1; stop_at <= whole.calls; stop_at++) {
			struct stopping stopping = {.stop_at = stop_at};
			struct pimg_error error;

			assert_int_equal(
				pimg_export(image, places.list, places.count,
					    (enum pimg_export_form)form, scratch_path("told"), true,
					    &(struct pimg_progress){count_calls, &stopping},
					    &error),
				-1);
			assert_int_equal(error.errno_value, EINTR);
			assert_int_equal(scratch_count(), before);
		}
	}
	free(places.list);
	pimg_image_close(image);
}

static void chunks_that_do_not_exist_are_refused(void **state)
{
	struct pimg_image *image = make_small_image(), *unindexed;
	size_t chunks = pimg_image_queue(image, 0)->chunks;
	const struct pimg_chunk_id wrong[] = {{pimg_image_queue_count(image), 0}, {0, chunks}};
	const char *to = scratch_path("new");
	struct pimg_error error;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
			pimg_export(image, &wrong[i], 1, PIMG_EXPORT_RAW, to, false, NULL, &error),
			-1);
		assert_int_equal(error.status, PIMG_USAGE);
	}
	assert_int_equal(pimg_export(image, wrong, 0, PIMG_EXPORT_RAW, to, false, NULL, &error),
			 -1);
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(pimg_export(image, wrong, 1, (enum pimg_export_form)(PIMG_EXPORT_JSON + 1),
				     to, false, NULL, &error),
			 -1);
	assert_int_equal(error.status, PIMG_USAGE);
	assert_int_equal(access(to, F_OK), -1);
	unindexed =
		pimg_image_open(pimg_image_name(image),
				&(struct pimg_open_options){.flags = PIMG_OPEN_UNINDEXED}, NULL);
	assert_refused(unindexed, scratch_path("new"), false, "without its index");
	pimg_image_close(unindexed);
	pimg_image_close(image);
}

/* The image was cut while it was open. */
static void a_failed_export_leaves_nothing(void **state)
{
	struct pimg_image *image = make_small_image();
	struct places places = all_places(image);
	struct bytes old = {(uint8_t *)"12345", 5, 0};
	struct pimg_error error;
	size_t before;

	(void)state;
	scratch_write("old", old.data, old.length);
	before = scratch_count();
	assert_int_equal(truncate(scratch_path("image"), 100), 0);
	for (int form = PIMG_EXPORT_RAW; form <= PIMG_EXPORT_JSON; form++) {
		assert_int_equal(pimg_export(image, places.list, places.count,
					     (enum pimg_export_form)form, scratch_path("old"), true,
					     NULL, &error),
				 -1);
		assert_int_equal(error.status, PIMG_BAD_DATA);
		assert_file_is("old", &old);
	}
	assert_int_equal(scratch_count(), before);
	assert_int_equal(pimg_export(image, places.list, 1, PIMG_EXPORT_RAW,
				     scratch_path("none/new"), false, NULL, &error),
			 -1);
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_int_equal(error.errno_value, ENOENT);
	free(places.list);
	pimg_image_close(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(raw_has_the_bytes_of_the_chunks_in_the_given_order),
		cmocka_unit_test(hex_equals_the_output_of_show),
		cmocka_unit_test(hex_has_a_heading_for_each_chunk),
		cmocka_unit_test(pcapng_of_all_chunks_equals_the_output_of_convert),
		cmocka_unit_test(pcapng_of_some_chunks_has_the_interfaces_of_their_queues),
		cmocka_unit_test(the_part_of_a_growing_image_that_was_read_is_exported),
		cmocka_unit_test(an_image_of_all_chunks_has_the_same_queues),
		cmocka_unit_test(an_image_of_some_chunks_has_only_these_in_the_given_order),
		cmocka_unit_test(json_of_chunks_equals_convert_of_their_image),
		cmocka_unit_test(datagrams_of_sockets_are_not_exported_as_an_image),
		cmocka_unit_test(changed_bytes_do_not_get_a_new_checksum),
		cmocka_unit_test(a_changed_record_of_a_chunk_is_reported),
		cmocka_unit_test(
			a_changed_record_of_several_chunks_is_reported_after_all_are_written),
		cmocka_unit_test(an_existing_file_is_replaced_only_on_request),
		cmocka_unit_test(exports_go_only_to_files_and_never_to_the_image),
		cmocka_unit_test(no_image_of_a_directory_is_replaced),
		cmocka_unit_test(the_container_of_a_packed_image_is_not_replaced),
		cmocka_unit_test(an_export_reports_progress_and_can_be_stopped_at_any_time),
		cmocka_unit_test(chunks_that_do_not_exist_are_refused),
		cmocka_unit_test(a_failed_export_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
