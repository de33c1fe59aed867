// SPDX-License-Identifier: GPL-2.0-or-later
/* Output is complete or does not exist. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "io/sink/sink.h"
#include "scratch.h"

static size_t file_size(const char *name)
{
	struct stat status;

	return stat(scratch_path(name), &status) < 0 ? SIZE_MAX : (size_t)status.st_size;
}

static void a_file_has_no_name_before_it_is_complete(void **state)
{
	struct sink *sink = sink_open(scratch_path("new"), false, NULL);

	(void)state;
	assert_non_null(sink);
	assert_int_equal(sink_write(sink, "abc", 3, NULL), 0);
	assert_int_equal(scratch_count(), 0);
	assert_int_equal(sink_commit(sink, NULL), 0);
	assert_int_equal(file_size("new"), 3);
	assert_int_equal(scratch_count(), 1);
	unlink(scratch_path("new"));
}

static void an_aborted_file_leaves_nothing(void **state)
{
	struct sink *sink = sink_open(scratch_path("new"), false, NULL);

	(void)state;
	assert_int_equal(sink_write(sink, "abc", 3, NULL), 0);
	sink_abort(sink);
	assert_int_equal(scratch_count(), 0);
}

static void an_existing_file_is_not_replaced_by_default(void **state)
{
	struct pimg_error error;

	(void)state;
	scratch_write("old", "12345", 5);
	assert_null(sink_open(scratch_path("old"), false, &error));
	assert_int_equal(error.status, PIMG_SYSTEM);
	assert_int_equal(error.errno_value, EEXIST);
	assert_non_null(strstr(error.sentence, "--force"));
	assert_int_equal(file_size("old"), 5);
	unlink(scratch_path("old"));
}

static void a_name_that_appears_before_commit_is_not_replaced(void **state)
{
	struct sink *sink = sink_open(scratch_path("raced"), false, NULL);
	struct pimg_error error;

	(void)state;
	assert_int_equal(sink_write(sink, "abc", 3, NULL), 0);
	scratch_write("raced", "12345", 5);
	assert_int_equal(sink_commit(sink, &error), -1);
	assert_int_equal(error.errno_value, EEXIST);
	assert_int_equal(file_size("raced"), 5);
	assert_int_equal(scratch_count(), 1);
	unlink(scratch_path("raced"));
}

static void a_replaced_file_keeps_its_mode(void **state)
{
	struct stat status;
	struct sink *sink;

	(void)state;
	scratch_write("old", "12345", 5);
	assert_int_equal(chmod(scratch_path("old"), 0640), 0);
	sink = sink_open(scratch_path("old"), true, NULL);
	assert_int_equal(sink_write(sink, "abc", 3, NULL), 0);
	assert_int_equal(file_size("old"), 5);
	assert_int_equal(sink_commit(sink, NULL), 0);
	assert_int_equal(stat(scratch_path("old"), &status), 0);
	assert_int_equal(status.st_size, 3);
	assert_int_equal(status.st_mode & 07777, 0640);
	assert_int_equal(scratch_count(), 1);
	unlink(scratch_path("old"));
}

static void a_new_file_does_not_inherit_times(void **state)
{
	struct sink *sink = sink_open(scratch_path("new-times"), false, NULL);
	struct stat status;

	(void)state;
	sink_keep_times(sink);
	assert_int_equal(sink_commit(sink, NULL), 0);
	assert_int_equal(stat(scratch_path("new-times"), &status), 0);
	assert_true(status.st_mtime > 0);
}

static void a_symbolic_link_to_a_file_stays_a_link(void **state)
{
	struct stat status;
	struct sink *sink;

	(void)state;
	scratch_write("real", "12345", 5);
	assert_int_equal(symlink("real", scratch_path("link")), 0);
	sink = sink_open(scratch_path("link"), true, NULL);
	assert_int_equal(sink_write(sink, "abc", 3, NULL), 0);
	assert_int_equal(sink_commit(sink, NULL), 0);
	assert_int_equal(lstat(scratch_path("link"), &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_int_equal(file_size("real"), 3);
	unlink(scratch_path("link"));
	unlink(scratch_path("real"));
}

static void new_files_are_private(void **state)
{
	struct sink *sink = sink_open(scratch_path("new"), false, NULL);
	struct stat status;

	(void)state;
	assert_int_equal(sink_commit(sink, NULL), 0);
	assert_int_equal(stat(scratch_path("new"), &status), 0);
	assert_int_equal(status.st_mode & 07777, 0600);
	unlink(scratch_path("new"));
}

static void a_full_device_is_an_error(void **state)
{
	struct sink *sink = sink_open("/dev/full", false, NULL);
	struct pimg_error error;

	(void)state;
	assert_non_null(sink);
	assert_int_equal(sink_write(sink, "abc", 3, &error), 0);
	assert_int_equal(sink_commit(sink, &error), -1);
	assert_int_equal(error.errno_value, ENOSPC);
	assert_string_equal(error.file, "/dev/full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_file_has_no_name_before_it_is_complete),
		cmocka_unit_test(an_aborted_file_leaves_nothing),
		cmocka_unit_test(an_existing_file_is_not_replaced_by_default),
		cmocka_unit_test(a_name_that_appears_before_commit_is_not_replaced),
		cmocka_unit_test(a_replaced_file_keeps_its_mode),
		cmocka_unit_test(a_new_file_does_not_inherit_times),
		cmocka_unit_test(a_symbolic_link_to_a_file_stays_a_link),
		cmocka_unit_test(new_files_are_private),
		cmocka_unit_test(a_full_device_is_an_error),
	};

	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
