# SPDX-License-Identifier: GPL-2.0-or-later
unit_tests = \
	tests/unit/test-base64 \
	tests/unit/test-compressor \
	tests/unit/test-convert \
	tests/unit/test-convert-failure \
	tests/unit/test-exact \
	tests/unit/test-export \
	tests/unit/test-format \
	tests/unit/test-framing \
	tests/unit/test-growing \
	tests/unit/test-hash \
	tests/unit/test-hostile \
	tests/unit/test-image \
	tests/unit/test-interrupted \
	tests/unit/test-limits \
	tests/unit/test-live \
	tests/unit/test-live-pipes \
	tests/unit/test-moving \
	tests/unit/test-mutations \
	tests/unit/test-queue-frame \
	tests/unit/test-replace \
	tests/unit/test-sink \
	tests/unit/test-sized \
	tests/unit/test-source \
	tests/unit/test-task-order \
	tests/unit/test-tui-keys \
	tests/unit/test-tui-lists \
	tests/unit/test-tui-rows \
	tests/unit/test-tui-search \
	tests/unit/test-tui-text \
	tests/unit/test-waits \
	tests/unit/test-writer

# Tests that kill processes, race with them or wait for them: see check-repeat.
racing_unit_tests = \
	tests/unit/test-interrupted \
	tests/unit/test-live \
	tests/unit/test-live-pipes \
	tests/unit/test-moving \
	tests/unit/test-replace \
	tests/unit/test-waits

if HAVE_CMOCKA
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests)
else
TESTS += tests/unit/no-cmocka.sh
endif
EXTRA_DIST += tests/unit/no-cmocka.sh tests/unit/corpus

unit_cppflags = $(AM_CPPFLAGS) -I$(top_builddir)/proto -I$(top_builddir)
unit_cflags = $(AM_CFLAGS) -Wno-missing-prototypes $(CMOCKA_CFLAGS)
unit_libs = libimg/libpipeimg-internal.la $(CMOCKA_LIBS)

tests_unit_test_task_order_SOURCES = tests/unit/test-task-order.c
tests_unit_test_task_order_CPPFLAGS = $(unit_cppflags)
tests_unit_test_task_order_CFLAGS = $(unit_cflags)
tests_unit_test_task_order_LDADD = $(unit_libs)
tests_unit_test_base64_SOURCES = tests/unit/test-base64.c
tests_unit_test_base64_CPPFLAGS = $(unit_cppflags)
tests_unit_test_base64_CFLAGS = $(unit_cflags)
tests_unit_test_base64_LDADD = $(unit_libs)
tests_unit_test_compressor_SOURCES = tests/unit/test-compressor.c tests/unit/child.h \
	tests/unit/scratch.h
tests_unit_test_compressor_CPPFLAGS = $(unit_cppflags)
tests_unit_test_compressor_CFLAGS = $(unit_cflags)
tests_unit_test_compressor_LDADD = $(unit_libs)

tests_unit_test_convert_SOURCES = tests/unit/test-convert.c tests/unit/image-bytes.h \
	tests/unit/same-queue.h \
	tests/unit/pipe-program.c tests/unit/pipe-program.h tests/unit/scratch.h
tests_unit_test_convert_CPPFLAGS = $(unit_cppflags)
tests_unit_test_convert_CFLAGS = $(unit_cflags)
tests_unit_test_convert_LDADD = $(unit_libs)

tests_unit_test_convert_failure_SOURCES = tests/unit/test-convert-failure.c tests/unit/child.h \
	tests/unit/image-bytes.h tests/unit/scratch.h
tests_unit_test_convert_failure_CPPFLAGS = $(unit_cppflags)
tests_unit_test_convert_failure_CFLAGS = $(unit_cflags)
tests_unit_test_convert_failure_LDADD = $(unit_libs)

tests_unit_test_exact_SOURCES = tests/unit/test-exact.c tests/unit/pipe-program.c \
	tests/unit/pipe-program.h tests/unit/scratch.h
tests_unit_test_exact_CPPFLAGS = $(unit_cppflags)
tests_unit_test_exact_CFLAGS = $(unit_cflags)
tests_unit_test_exact_LDADD = $(unit_libs)

tests_unit_test_export_SOURCES = tests/unit/test-export.c tests/unit/image-bytes.h \
	tests/unit/pipe-program.c tests/unit/pipe-program.h tests/unit/random-image.c \
	tests/unit/random-image.h tests/unit/scratch.h
tests_unit_test_export_CPPFLAGS = $(unit_cppflags)
tests_unit_test_export_CFLAGS = $(unit_cflags)
tests_unit_test_export_LDADD = $(unit_libs)

tests_unit_test_format_SOURCES = tests/unit/test-format.c
tests_unit_test_format_CPPFLAGS = $(unit_cppflags)
tests_unit_test_format_CFLAGS = $(unit_cflags)
tests_unit_test_format_LDADD = $(unit_libs)

tests_unit_test_framing_SOURCES = tests/unit/test-framing.c tests/unit/image-bytes.h \
	tests/unit/scratch.h
tests_unit_test_framing_CPPFLAGS = $(unit_cppflags)
tests_unit_test_framing_CFLAGS = $(unit_cflags)
tests_unit_test_framing_LDADD = $(unit_libs)

tests_unit_test_growing_SOURCES = tests/unit/test-growing.c tests/unit/image-bytes.h \
	tests/unit/pipe-program.c tests/unit/pipe-program.h tests/unit/random-image.c \
	tests/unit/random-image.h tests/unit/same-image.h tests/unit/scratch.h
tests_unit_test_growing_CPPFLAGS = $(unit_cppflags)
tests_unit_test_growing_CFLAGS = $(unit_cflags)
tests_unit_test_growing_LDADD = $(unit_libs)
tests_unit_test_hash_SOURCES = tests/unit/test-hash.c
tests_unit_test_hash_CPPFLAGS = $(unit_cppflags)
tests_unit_test_hash_CFLAGS = $(unit_cflags)
tests_unit_test_hash_LDADD = $(unit_libs)

tests_unit_test_hostile_SOURCES = tests/unit/test-hostile.c tests/unit/scratch.h
tests_unit_test_hostile_CPPFLAGS = $(unit_cppflags)
tests_unit_test_hostile_CFLAGS = $(unit_cflags)
tests_unit_test_hostile_LDADD = $(unit_libs)

tests_unit_test_image_SOURCES = tests/unit/test-image.c tests/unit/same-queue.h \
	tests/unit/scratch.h
tests_unit_test_image_CPPFLAGS = $(unit_cppflags)
tests_unit_test_image_CFLAGS = $(unit_cflags)
tests_unit_test_image_LDADD = $(unit_libs)

tests_unit_test_interrupted_SOURCES = tests/unit/test-interrupted.c tests/unit/child.h \
	tests/unit/scratch.h
tests_unit_test_interrupted_CPPFLAGS = $(unit_cppflags)
tests_unit_test_interrupted_CFLAGS = $(unit_cflags)
tests_unit_test_interrupted_LDADD = $(unit_libs)

tests_unit_test_live_SOURCES = tests/unit/test-live.c tests/unit/child.h
tests_unit_test_live_CPPFLAGS = $(unit_cppflags)
tests_unit_test_live_CFLAGS = $(unit_cflags)
tests_unit_test_live_LDADD = $(unit_libs)

tests_unit_test_live_pipes_SOURCES = tests/unit/test-live-pipes.c tests/unit/child.h
tests_unit_test_live_pipes_CPPFLAGS = $(tui_cppflags)
tests_unit_test_live_pipes_CFLAGS = $(unit_cflags) $(NCURSESW_CFLAGS)
tests_unit_test_live_pipes_LDADD = tui/libtui.la $(CMOCKA_LIBS)

tests_unit_test_queue_frame_SOURCES = tests/unit/test-queue-frame.c tests/unit/same-queue.h \
	tests/unit/scratch.h
tests_unit_test_queue_frame_CPPFLAGS = $(unit_cppflags)
tests_unit_test_queue_frame_CFLAGS = $(unit_cflags)
tests_unit_test_queue_frame_LDADD = $(unit_libs)

tests_unit_test_replace_SOURCES = tests/unit/test-replace.c
tests_unit_test_replace_CPPFLAGS = $(unit_cppflags)
tests_unit_test_replace_CFLAGS = $(unit_cflags)
tests_unit_test_replace_LDADD = $(unit_libs)

tests_unit_test_sink_SOURCES = tests/unit/test-sink.c tests/unit/scratch.h
tests_unit_test_sink_CPPFLAGS = $(unit_cppflags)
tests_unit_test_sink_CFLAGS = $(unit_cflags)
tests_unit_test_sink_LDADD = $(unit_libs)

tests_unit_test_moving_SOURCES = tests/unit/test-moving.c tests/unit/child.h
tests_unit_test_moving_CPPFLAGS = $(unit_cppflags)
tests_unit_test_moving_CFLAGS = $(unit_cflags)
tests_unit_test_moving_LDADD = $(unit_libs)

tests_unit_test_mutations_SOURCES = tests/unit/test-mutations.c tests/unit/scratch.h
tests_unit_test_mutations_CPPFLAGS = $(unit_cppflags)
tests_unit_test_mutations_CFLAGS = $(unit_cflags)
tests_unit_test_mutations_LDADD = $(unit_libs)

tests_unit_test_limits_SOURCES = tests/unit/test-limits.c tests/unit/child.h
tests_unit_test_limits_CPPFLAGS = $(unit_cppflags)
tests_unit_test_limits_CFLAGS = $(unit_cflags)
tests_unit_test_limits_LDADD = $(unit_libs)

tests_unit_test_sized_SOURCES = tests/unit/test-sized.c tests/unit/scratch.h
tests_unit_test_sized_CPPFLAGS = $(unit_cppflags)
tests_unit_test_sized_CFLAGS = $(unit_cflags)
tests_unit_test_sized_LDADD = $(unit_libs)

tests_unit_test_source_SOURCES = tests/unit/test-source.c tests/unit/child.h tests/unit/scratch.h
tests_unit_test_source_CPPFLAGS = $(unit_cppflags)
tests_unit_test_source_CFLAGS = $(unit_cflags)
tests_unit_test_source_LDADD = $(unit_libs)

tests_unit_test_waits_SOURCES = tests/unit/test-waits.c tests/unit/child.h
tests_unit_test_waits_CPPFLAGS = $(unit_cppflags)
tests_unit_test_waits_CFLAGS = $(unit_cflags)
tests_unit_test_waits_LDADD = $(unit_libs)

tests_unit_test_writer_SOURCES = tests/unit/test-writer.c tests/unit/scratch.h
tests_unit_test_writer_CPPFLAGS = $(unit_cppflags)
tests_unit_test_writer_CFLAGS = $(unit_cflags)
tests_unit_test_writer_LDADD = $(unit_libs)

# The parts of the browser that do not draw.
tui_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir) -I$(top_srcdir)/tui
tui_cflags = $(unit_cflags) $(NCURSESW_CFLAGS)
tui_libs = tui/libtui.la libimg/libpipeimg.la $(NCURSESW_LIBS) $(CMOCKA_LIBS)

tests_unit_test_tui_keys_SOURCES = tests/unit/test-tui-keys.c
tests_unit_test_tui_keys_CPPFLAGS = $(tui_cppflags)
tests_unit_test_tui_keys_CFLAGS = $(tui_cflags)
tests_unit_test_tui_keys_LDADD = $(tui_libs)

tests_unit_test_tui_lists_SOURCES = tests/unit/test-tui-lists.c
tests_unit_test_tui_lists_CPPFLAGS = $(tui_cppflags)
tests_unit_test_tui_lists_CFLAGS = $(tui_cflags)
tests_unit_test_tui_lists_LDADD = $(tui_libs)

tests_unit_test_tui_rows_SOURCES = tests/unit/test-tui-rows.c
tests_unit_test_tui_rows_CPPFLAGS = $(tui_cppflags)
tests_unit_test_tui_rows_CFLAGS = $(tui_cflags)
tests_unit_test_tui_rows_LDADD = $(tui_libs)

tests_unit_test_tui_search_SOURCES = tests/unit/test-tui-search.c
tests_unit_test_tui_search_CPPFLAGS = $(tui_cppflags)
tests_unit_test_tui_search_CFLAGS = $(tui_cflags)
tests_unit_test_tui_search_LDADD = $(tui_libs)

tests_unit_test_tui_text_SOURCES = tests/unit/test-tui-text.c
tests_unit_test_tui_text_CPPFLAGS = $(tui_cppflags)
tests_unit_test_tui_text_CFLAGS = $(tui_cflags)
tests_unit_test_tui_text_LDADD = $(tui_libs)
