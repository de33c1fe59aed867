# SPDX-License-Identifier: GPL-2.0-or-later
# make bench: ratios to known tools. Nothing here is a test, so a busy machine cannot make it fail.
bench_programs = bench/browse bench/capture bench/frozen-clock bench/holders bench/image bench/start
bench_libraries = bench/slow-open.la
EXTRA_PROGRAMS = $(bench_programs)
EXTRA_LTLIBRARIES = $(bench_libraries)
CLEANFILES += $(bench_programs) $(bench_libraries)
EXTRA_DIST += bench/README.md bench/bench.py bench/criu-hook.sh

bench_browse_SOURCES = bench/browse.c
bench_frozen_clock_SOURCES = bench/frozen-clock.c
# CRIU restores no shadow memory of sanitizers.
bench_frozen_clock_CFLAGS = $(plain_cflags)
bench_holders_SOURCES = bench/holders.c
bench_image_SOURCES = bench/image.c
bench_image_LDADD = libimg/libpipeimg.la
bench_capture_SOURCES = bench/capture.c
bench_capture_LDADD = libimg/libpipeimg-internal.la
bench_slow_open_la_SOURCES = bench/slow-open.c
# With a directory, libtool makes a shared library; it is never installed.
bench_slow_open_la_LDFLAGS = -module -shared -avoid-version -rpath /nowhere
bench_start_SOURCES = bench/start.c

# make bench [ROWS='ROW...'] [JSON=FILE]
.PHONY: bench
bench: all $(bench_programs) $(bench_libraries)
	$(top_srcdir)/bench/bench.py $(if $(JSON),--json '$(JSON)') $(top_builddir) $(top_srcdir) $(ROWS)
