// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Conversions that must fail: damaged images, queues that no record can hold, input files that
 * change, and interruptions. Each gives an error, and leaves neither output nor temporary files.
 * Also tests that a conversion's memory does not grow with the image.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "child.h"
#include "image-bytes.h"
#include "pipeimg.h"
#include "scratch.h"

/* The layouts, and none: records stay as they are. */
enum { AS_IT_IS = PIMG_LAYOUT_INDEXED + 1, LAYOUTS };

static bool exists(const char *name)
{
	return access(scratch_path(name), F_OK) == 0;
}

static bool has_content(const char *name, const struct bytes *wanted)
{
	struct bytes found = read_file(name);
	bool same =
		found.length == wanted->length && !memcmp(found.data, wanted->data, wanted->length);

	bytes_release(&found);
	return same;
}

static int convert_to(const char *from, const char *to, int layout, pimg_progress_fn progress,
		      void *context, struct pimg_error *error)
{
	struct pimg_convert_options options = {
		.has_layout = layout != AS_IT_IS,
		.layout = layout != AS_IT_IS ? (enum pimg_layout)layout : PIMG_LAYOUT_SPLICED,
		.replace = true,
	};

	return pimg_convert(scratch_path(from), scratch_path(to), &options,
			    &(struct pimg_progress){progress, context}, error);
}

/* Fails with that status, and leaves the directory unchanged. */
static void assert_refused(const char *from, int layout, enum pimg_status status,
			   struct pimg_error *error)
{
	size_t before = scratch_count();

	assert_int_equal(convert_to(from, "refused", layout, NULL, NULL, error), -1);
	if (error->status != status)
		fail_msg("status %d: %s", (int)error->status, error->sentence);
	assert_int_equal(scratch_count(), before);
	assert_false(exists("refused"));
}

/* ---- samples ---- */

/* Two queues with packets and runs of at most piece bytes each. */
static void write_sample(const char *name, enum pimg_layout layout, size_t pieces, size_t piece)
{
	struct pimg_writer_options options = {.layout = layout, .replace = true, .queue_count = 2};
	struct pimg_origin origin = {.known = PIMG_ORIGIN_PAGE, .page_size = 4096};
	struct pimg_writer *writer =
		pimg_writer_open(scratch_path(name), PIMG_PIPE, &options, NULL);
	uint8_t *bytes = malloc(piece);

	assert_non_null(writer);
	assert_non_null(bytes);
	for (uint32_t id = 1; id <= 2; id++) {
		struct pimg_queue *queue = pimg_queue_new(PIMG_PIPE, id, 0);

		pimg_queue_set_origin(queue, &origin);
		for (size_t i = 0; i < pieces; i++) {
			memset(bytes, (int)('a' + i % 26), piece);
			pimg_queue_append(queue, i % 3 ? PIMG_PACKET : PIMG_STREAM, bytes,
					  piece - i % 2, NULL);
		}
		assert_int_equal(pimg_writer_put(writer, queue, NULL), 0);
		pimg_queue_free(queue);
	}
	assert_int_equal(pimg_writer_commit(writer, NULL), 0);
	free(bytes);
}

/* ---- damage ---- */

/* A file cut after a complete record is just a smaller image. */
static bool can_be_opened_whole(const char *name)
{
	struct pimg_image *image = pimg_image_open(scratch_path(name), NULL, NULL);
	bool whole = image && !pimg_image_damage(image);

	pimg_image_close(image);
	return whole;
}

static void an_image_cut_anywhere_is_refused(void **state)
{
	struct pimg_error error;

	(void)state;
	for (int from = 0; from < AS_IT_IS; from++) {
		struct bytes whole;
		size_t refused = 0;

		write_sample("whole", (enum pimg_layout)from, 3, 6);
		whole = read_file("whole");
		for (size_t cut = 0; cut < whole.length; cut++) {
			scratch_write("cut", whole.data, cut);
			if (can_be_opened_whole("cut"))
				continue;
			refused++;
			for (int to = 0; to < LAYOUTS; to++)
				assert_refused("cut", to, PIMG_BAD_DATA, &error);
		}
		/* A cut after the magic numbers is not detectable, nor is a spliced record. */
		assert_int_equal(refused, whole.length - (from == PIMG_LAYOUT_SPLICED ? 2 : 1));
		bytes_release(&whole);
	}
}

/* Whether readers get the same queues from both images, or cannot read the first. */
static bool readers_see_the_same(const char *from, const char *to, bool *readable)
{
	struct pimg_image *a = pimg_image_open(scratch_path(from), NULL, NULL), *b;
	bool same = true;

	*readable = a && !pimg_image_damage(a);
	for (size_t i = 0; *readable && i < pimg_image_queue_count(a); i++) {
		struct pimg_queue *queue = pimg_image_load(a, i, NULL);

		*readable = queue != NULL;
		pimg_queue_free(queue);
	}
	b = *readable && exists(to) ? pimg_image_open(scratch_path(to), NULL, NULL) : NULL;
	for (size_t i = 0; b && i < pimg_image_queue_count(a); i++) {
		struct pimg_queue *wanted = pimg_image_load(a, i, NULL);
		struct pimg_queue *found = pimg_image_load(b, i, NULL);

		same &= found && pimg_queue_equal(wanted, found, NULL) &&
			pimg_queue_id(wanted) == pimg_queue_id(found) &&
			pimg_queue_capacity(wanted) == pimg_queue_capacity(found);
		pimg_queue_free(wanted);
		pimg_queue_free(found);
	}
	pimg_image_close(a);
	pimg_image_close(b);
	return same;
}

static void check_changed_image(int to, size_t at)
{
	struct pimg_error error;
	size_t before;
	bool readable;
	int result;

	unlink(scratch_path("out"));
	before = scratch_count();
	result = convert_to("changed", "out", to, NULL, NULL, &error);
	if (result < 0) {
		assert_int_equal(error.status, PIMG_BAD_DATA);
		assert_int_equal(scratch_count(), before);
	} else if (!readers_see_the_same("changed", "out", &readable) || !readable) {
		fail_msg("with byte %zu changed, to layout %d: readers get different queues", at,
			 to);
	}
}

/* Changes that a reader would notice are refused; all others are invisible to readers. */
static void an_image_with_any_byte_changed_is_refused_or_read_the_same(void **state)
{
	static const uint8_t changes[] = {0x01, 0x80, 0xff};

	(void)state;
	for (int from = PIMG_LAYOUT_PACKETS; from < AS_IT_IS; from++) {
		struct bytes whole;

		write_sample("whole", (enum pimg_layout)from, 3, 6);
		whole = read_file("whole");
		for (size_t i = 0; i < whole.length * 3; i++) {
			whole.data[i / 3] ^= changes[i % 3];
			scratch_write("changed", whole.data, whole.length);
			check_changed_image(PIMG_LAYOUT_PACKETS, i / 3);
			check_changed_image(PIMG_LAYOUT_INDEXED, i / 3);
			check_changed_image(AS_IT_IS, i / 3);
			whole.data[i / 3] ^= changes[i % 3];
		}
		bytes_release(&whole);
	}
}

static void a_changed_payload_byte_is_reported_with_its_offset(void **state)
{
	struct pimg_error error;

	(void)state;
	for (int from = PIMG_LAYOUT_PACKETS; from < AS_IT_IS; from++) {
		struct bytes whole;
		uint8_t *payload;

		write_sample("whole", (enum pimg_layout)from, 3, 6);
		whole = read_file("whole");
		payload = memmem(whole.data, whole.length, "bbbbb", 5);
		assert_non_null(payload);
		payload[2] ^= 1;
		scratch_write("changed", whole.data, whole.length);
		for (int to = 0; to < LAYOUTS; to++) {
			assert_refused("changed", to, PIMG_BAD_DATA, &error);
			assert_int_equal(error.pipe, 1);
			assert_non_null(strstr(error.sentence, "XXH3"));
			if (!strstr(error.file, "changed"))
				fail_msg("from %d to %d the error names '%s'", from, to,
					 error.file);
		}
		bytes_release(&whole);
	}
}

/* ---- queues that no record can hold ---- */

static void put_claim(struct bytes *image, uint32_t id, uint32_t length)
{
	struct bytes message = {0};

	put_number(&message, 1, id);
	put_number(&message, 2, length);
	put_number(&message, 1001, PIMG_STREAM);
	put_record(image, &message, NULL, 0);
	bytes_release(&message);
}

/* Sparse files, so that nobody has to write or read six gigabytes. */
static void a_queue_of_more_than_4_gib_does_not_fit_into_one_record(void **state)
{
	const off_t half = 3LL << 30;
	struct bytes first = {0}, second = {0};
	struct pimg_error error;
	int fd;

	(void)state;
	put_magic(&first, MAGIC_PIPES_DATA);
	put_claim(&first, 7, (uint32_t)half);
	put_claim(&second, 7, (uint32_t)half);
	scratch_write("large", first.data, first.length);
	fd = open(scratch_path("large"), O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, second.data, second.length, (off_t)first.length + half),
			 second.length);
	assert_int_equal(ftruncate(fd, (off_t)(first.length + second.length) + 2 * half), 0);
	close(fd);
	for (int to = 0; to < AS_IT_IS; to++) {
		if (to == PIMG_LAYOUT_PACKETS)
			continue;
		assert_refused("large", to, PIMG_BAD_DATA, &error);
		assert_int_equal(error.pipe, 7);
		assert_non_null(strstr(error.sentence, "6442450944 bytes"));
	}
	unlink(scratch_path("large"));
	bytes_release(&first);
	bytes_release(&second);
}

/* A list that readers would refuse is not written. */
static void a_queue_with_too_many_chunks_is_not_indexed(void **state)
{
	enum { CHUNKS = 9 * 1024 * 1024 };
	struct pimg_error error;
	struct bytes record = {0}, image = {0};

	(void)state;
	put_fixed(&record, 7, 4);
	put_number(&record, 1, 7);
	put_number(&record, 2, 1);
	put_number(&record, 1001, PIMG_PACKET);
	put_bytes(&record, "x", 1);
	put_magic(&image, MAGIC_PIPES_DATA);
	for (size_t i = 0; i < CHUNKS; i++)
		put_bytes(&image, record.data, record.length);
	scratch_write("chunks", image.data, image.length);
	bytes_release(&image);
	bytes_release(&record);
	assert_refused("chunks", PIMG_LAYOUT_INDEXED, PIMG_BAD_DATA, &error);
	assert_int_equal(error.pipe, 7);
	assert_non_null(strstr(error.sentence, "chunks"));
	unlink(scratch_path("chunks"));
}

/* ---- interruptions ---- */

/* Counts the calls, and acts at one of them. */
struct moment {
	unsigned calls, at;
	void (*act)(void);
	int returns;
};

static int at_moment(void *context, uint64_t done, uint64_t total)
{
	struct moment *moment = context;

	if (total && done > total)
		fail_msg("%" PRIu64 " of %" PRIu64 " bytes", done, total);
	if (++moment->calls != moment->at)
		return 0;
	if (moment->act)
		moment->act();
	return moment->returns;
}

/* How often that conversion calls the progress callback. */
static unsigned count_calls(const char *from, int to)
{
	struct moment never = {0};
	struct pimg_error error;

	assert_int_equal(convert_to(from, "out", to, at_moment, &never, &error), 0);
	unlink(scratch_path("out"));
	return never.calls;
}

static void stop_at(const char *from, const char *to, int layout, unsigned at)
{
	struct moment moment = {.at = at, .returns = 1};
	size_t before = scratch_count();
	struct pimg_error error;

	assert_int_equal(convert_to(from, to, layout, at_moment, &moment, &error), -1);
	assert_int_equal(moment.calls, at);
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_int_equal(error.errno_value, EINTR);
	assert_int_equal(scratch_count(), before);
}

static void the_progress_callback_can_stop_a_conversion_at_any_time(void **state)
{
	struct bytes old = {0};

	(void)state;
	put_bytes(&old, "precious", 8);
	scratch_write("old", old.data, old.length);
	for (int from = 0; from < AS_IT_IS; from++) {
		write_sample("from", (enum pimg_layout)from, 20, 20000);
		for (int to = 0; to < LAYOUTS; to++) {
			unsigned calls = count_calls("from", to);

			assert_true(calls >= 4);
			for (unsigned at = 1; at <= calls; at++) {
				stop_at("from", "new", to, at);
				assert_false(exists("new"));
				stop_at("from", "old", to, at);
				assert_true(has_content("old", &old));
			}
		}
	}
	bytes_release(&old);
}

static void the_progress_callback_can_stop_a_directory_at_any_time(void **state)
{
	struct moment never = {0};
	struct pimg_error error;

	(void)state;
	mkdir(scratch_path("dir"), 0700);
	mkdir(scratch_path("dir/below"), 0700);
	write_sample("dir/pipes-data.img", PIMG_LAYOUT_PACKETS, 20, 20000);
	scratch_write("dir/inventory.img", "\x16\x31\x31\x58\x04\0\0\0\x08\x01\x10\x01", 12);
	scratch_write("dir/below/file", "text", 4);
	assert_int_equal(convert_to("dir", "copy", PIMG_LAYOUT_INDEXED, at_moment, &never, &error),
			 0);
	assert_true(exists("copy/below/file"));
	for (unsigned at = 1; at <= never.calls; at++) {
		stop_at("dir", "new", PIMG_LAYOUT_INDEXED, at);
		assert_false(exists("new"));
	}
}

/* ---- files that change ---- */

static void replace_input(void)
{
	scratch_write("another", "another", 7);
	assert_int_equal(rename(scratch_path("another"), scratch_path("from")), 0);
}

/* Even if the content stays the same, and only the time shows that the file was written. */
static void write_again(void)
{
	int fd = open(scratch_path("from"), O_WRONLY | O_CLOEXEC);
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 1}};

	assert_int_equal(pwrite(fd, "\x19", 1, 0), 1);
	assert_int_equal(futimens(fd, times), 0);
	close(fd);
}

/* Stays valid while other paths are requested. */
static const char *itself(void)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s", scratch_path("from"));
	return path;
}

static int upgrade_itself(struct moment *moment, struct pimg_error *error)
{
	const struct pimg_convert_options options = {0};

	return pimg_upgrade(itself(), NULL, &options, &(struct pimg_progress){at_moment, moment},
			    error);
}

static int compress_itself(struct moment *moment, struct pimg_error *error)
{
	return pimg_compress(itself(), NULL, 0, false, &(struct pimg_progress){at_moment, moment},
			     error);
}

static int rewrite_itself(struct moment *moment, struct pimg_error *error)
{
	const struct pimg_convert_options options = {.replace = true, .format = PIMG_FORMAT_1_0};

	return pimg_convert(itself(), itself(), &options,
			    &(struct pimg_progress){at_moment, moment}, error);
}

typedef int (*in_place_fn)(struct moment *moment, struct pimg_error *error);

/* Whenever another program changes the file, its changes are there afterwards. */
static void assert_change_is_kept(in_place_fn work, void (*change)(void))
{
	struct moment never = {0};
	struct pimg_error error;

	write_sample("from", PIMG_LAYOUT_INDEXED, 20, 20000);
	assert_int_equal(work(&never, &error), 0);
	for (unsigned at = 1; at <= never.calls; at++) {
		struct moment moment = {.at = at, .act = change};
		struct bytes changed;

		write_sample("from", PIMG_LAYOUT_INDEXED, 20, 20000);
		change();
		changed = read_file("from");
		write_sample("from", PIMG_LAYOUT_INDEXED, 20, 20000);
		if (work(&moment, &error) == 0)
			fail_msg("call %u of %u did not fail", at, never.calls);
		assert_int_equal(error.status, PIMG_BAD_DATA);
		assert_true(has_content("from", &changed));
		bytes_release(&changed);
	}
}

static void changes_by_others_to_a_file_converted_in_place_are_not_lost(void **state)
{
	static const in_place_fn works[] = {upgrade_itself, compress_itself, rewrite_itself};

	(void)state;
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		assert_change_is_kept(works[i], replace_input);
		assert_change_is_kept(works[i], write_again);
	}
	unlink(scratch_path("from"));
}

/* Larger than the read-ahead. */
enum { CHANGING_PIECES = 300, CHANGING_PIECE = 4096 };

static void truncate_input(void)
{
	struct stat status;

	assert_int_equal(stat(scratch_path("from"), &status), 0);
	assert_int_equal(truncate(scratch_path("from"), status.st_size / 2), 0);
}

static void overwrite_input(void)
{
	int fd = open(scratch_path("from"), O_WRONLY | O_CLOEXEC);
	char bytes[100];
	struct stat status;

	memset(bytes, '!', sizeof(bytes));
	assert_int_equal(fstat(fd, &status), 0);
	for (off_t at = 10000; at < status.st_size - 100; at += 10000)
		assert_int_equal(pwrite(fd, bytes, sizeof(bytes), at), sizeof(bytes));
	close(fd);
}

/* An error without output; after all input was read, the output may be that of the old file. */
static bool changes_at(void (*act)(void), int to, unsigned at, const struct bytes *original,
		       const struct bytes *wanted)
{
	struct moment moment = {.at = at, .act = act};
	struct pimg_error error;
	size_t before;
	int result;

	scratch_write("from", original->data, original->length);
	unlink(scratch_path("out"));
	before = scratch_count();
	result = convert_to("from", "out", to, at_moment, &moment, &error);
	if (result == 0) {
		assert_true(has_content("out", wanted));
		return false;
	}
	assert_int_equal(error.status, PIMG_BAD_DATA);
	assert_int_equal(scratch_count(), before);
	return true;
}

static void a_file_that_changes_is_an_error(void (*act)(void), enum pimg_layout from)
{
	struct bytes original;

	write_sample("from", from, CHANGING_PIECES, CHANGING_PIECE);
	original = read_file("from");
	for (int to = 0; to < LAYOUTS; to++) {
		unsigned calls = count_calls("from", to), refused = 0, tries = 0;
		struct pimg_error error;
		struct bytes wanted;

		assert_int_equal(convert_to("from", "out", to, NULL, NULL, &error), 0);
		wanted = read_file("out");
		for (unsigned at = 1; at <= calls; at += 1 + calls / 24, tries++)
			refused += changes_at(act, to, at, &original, &wanted);
		/* The last calls come after the input was compared. */
		if (refused < tries / 2)
			fail_msg("to %d: %u of %u changes were detected", to, refused, tries);
		assert_true(changes_at(act, to, 1, &original, &wanted));
		bytes_release(&wanted);
		scratch_write("from", original.data, original.length);
	}
	bytes_release(&original);
}

static void a_file_truncated_during_conversion_is_an_error(void **state)
{
	(void)state;
	for (int from = 0; from < AS_IT_IS; from++)
		a_file_that_changes_is_an_error(truncate_input, (enum pimg_layout)from);
}

static void a_file_overwritten_during_conversion_is_an_error(void **state)
{
	(void)state;
	a_file_that_changes_is_an_error(overwrite_input, PIMG_LAYOUT_PACKETS);
	a_file_that_changes_is_an_error(overwrite_input, PIMG_LAYOUT_INDEXED);
}

/* ---- memory ---- */

static void write_packets(const char *name, size_t count)
{
	FILE *file = fopen(scratch_path(name), "we");
	uint8_t payload[256] = "packet";
	struct bytes head = {0}, record = {0};

	assert_non_null(file);
	put_magic(&head, MAGIC_PIPES_DATA);
	put_fixed(&record, 8, 4);
	put_number(&record, 1, 7);
	put_number(&record, 2, sizeof(payload));
	put_number(&record, 1001, PIMG_PACKET);
	put_bytes(&record, payload, sizeof(payload));
	assert_int_equal(fwrite(head.data, 1, head.length, file), head.length);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(fwrite(record.data, 1, record.length, file), record.length);
	fclose(file);
	bytes_release(&head);
	bytes_release(&record);
}

enum { VERIFY = LAYOUTS };

static bool work(const char *from, int what)
{
	struct pimg_verify_summary summary = {0};

	if (what == VERIFY)
		return pimg_verify(scratch_path(from),
				   &(struct pimg_verify_options){.flags = PIMG_VERIFY_ANYWHERE},
				   &summary, NULL) == 0;
	return convert_to(from, "out", what, NULL, NULL, NULL) == 0;
}

/* The peak memory of a process that does this work, in KiB. */
static long peak_of(const char *from, int what)
{
	struct rusage usage;
	pid_t pid = fork_child();
	int status;

	if (pid == 0)
		_exit(work(from, what) ? 0 : 1);
	assert_int_equal(wait4(pid, &status, 0, &usage), pid);
	assert_int_equal(status, 0);
	return usage.ru_maxrss;
}

/* AddressSanitizer keeps freed memory, so the test is skipped there. */
static void __attribute__((unused)) memory_does_not_grow_with_the_image(void **state)
{
	static const int works[] = {PIMG_LAYOUT_PACKETS, PIMG_LAYOUT_SPLICED, AS_IT_IS, VERIFY};
	enum { LARGE_BYTES = 64 * 1024 * 1024, ALLOWED_KIB = 8 * 1024 };

	(void)state;
	write_packets("small", 16);
	write_packets("large", LARGE_BYTES / 256);
	for (size_t i = 0; i < sizeof(works) / sizeof(*works); i++) {
		long small = peak_of("small", works[i]), large = peak_of("large", works[i]);

		if (large > small + ALLOWED_KIB)
			fail_msg("work %d: %ld KiB instead of %ld", works[i], large, small);
	}
	/* An indexed list needs eight bytes a chunk, plus the message built from it. */
	assert_true(peak_of("large", PIMG_LAYOUT_INDEXED) <
		    peak_of("small", PIMG_LAYOUT_INDEXED) + 2 * ALLOWED_KIB);
	unlink(scratch_path("large"));
	unlink(scratch_path("out"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#ifndef __SANITIZE_ADDRESS__
		cmocka_unit_test(memory_does_not_grow_with_the_image),
#endif
		cmocka_unit_test(an_image_cut_anywhere_is_refused),
		cmocka_unit_test(an_image_with_any_byte_changed_is_refused_or_read_the_same),
		cmocka_unit_test(a_changed_payload_byte_is_reported_with_its_offset),
		cmocka_unit_test(a_queue_of_more_than_4_gib_does_not_fit_into_one_record),
		cmocka_unit_test(a_queue_with_too_many_chunks_is_not_indexed),
		cmocka_unit_test(the_progress_callback_can_stop_a_conversion_at_any_time),
		cmocka_unit_test(the_progress_callback_can_stop_a_directory_at_any_time),
		cmocka_unit_test(changes_by_others_to_a_file_converted_in_place_are_not_lost),
		cmocka_unit_test(a_file_truncated_during_conversion_is_an_error),
		cmocka_unit_test(a_file_overwritten_during_conversion_is_an_error),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
