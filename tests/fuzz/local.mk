# SPDX-License-Identifier: GPL-2.0-or-later
# In every build the targets replay their corpora; with --enable-fuzzers libFuzzer drives them.
fuzz_targets = \
	tests/fuzz/fuzz-convert \
	tests/fuzz/fuzz-directory \
	tests/fuzz/fuzz-image \
	tests/fuzz/fuzz-json \
	tests/fuzz/fuzz-layout \
	tests/fuzz/fuzz-record
EXTRA_DIST += tests/fuzz/README.md tests/fuzz/corpus tests/fuzz/run.sh

fuzz_common = tests/fuzz/target.h tests/fuzz/nameless.c
fuzz_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/unit -I$(top_builddir)/proto \
	-I$(top_builddir)
fuzz_libs = libimg/libpipeimg-internal.la $(fuzz_engine)

if FUZZERS
noinst_PROGRAMS += $(fuzz_targets)
fuzz_image_main = tests/fuzz/mutate.c
fuzz_main =
fuzz_engine = $(LIB_FUZZING_ENGINE)
else
check_PROGRAMS += $(fuzz_targets)
TESTS += $(fuzz_targets)
fuzz_image_main = tests/fuzz/replay.c
fuzz_main = tests/fuzz/replay.c
fuzz_engine =
endif

tests_fuzz_fuzz_convert_SOURCES = tests/fuzz/fuzz-convert.c tests/fuzz/agree.c \
	tests/fuzz/agree.h tests/unit/scratch.h $(fuzz_common) $(fuzz_main)
tests_fuzz_fuzz_convert_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_convert_LDADD = $(fuzz_libs)

tests_fuzz_fuzz_directory_SOURCES = tests/fuzz/fuzz-directory.c tests/fuzz/agree.c \
	tests/fuzz/agree.h tests/unit/scratch.h $(fuzz_common) $(fuzz_main)
tests_fuzz_fuzz_directory_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_directory_LDADD = $(fuzz_libs)

tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz-image.c tests/fuzz/agree.c tests/fuzz/agree.h \
	$(fuzz_common) $(fuzz_image_main)
tests_fuzz_fuzz_image_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_image_LDADD = $(fuzz_libs)

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c tests/fuzz/agree.c tests/fuzz/agree.h \
	$(fuzz_common) $(fuzz_main)
tests_fuzz_fuzz_json_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_json_LDADD = $(fuzz_libs)

tests_fuzz_fuzz_layout_SOURCES = tests/fuzz/fuzz-layout.c tests/fuzz/agree.c tests/fuzz/agree.h \
	tests/unit/scratch.h $(fuzz_common) $(fuzz_main)
tests_fuzz_fuzz_layout_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_layout_LDADD = $(fuzz_libs)

tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz-record.c $(fuzz_common) $(fuzz_image_main)
tests_fuzz_fuzz_record_CPPFLAGS = $(fuzz_cppflags)
tests_fuzz_fuzz_record_LDADD = $(fuzz_libs)
