# SPDX-License-Identifier: GPL-2.0-or-later
# The pipeimg command as users run it. The programs create and read pipes with known content.
command_tests = \
	tests/commands/archive-writing.bats \
	tests/commands/archives.bats \
	tests/commands/byte-order.bats \
	tests/commands/capture-restore.bats \
	tests/commands/checkpointctl.bats \
	tests/commands/choice.bats \
	tests/commands/completion.bats \
	tests/commands/compress.bats \
	tests/commands/container-host.bats \
	tests/commands/container-image-writing.bats \
	tests/commands/container-images.bats \
	tests/commands/convert.bats \
	tests/commands/convert-directory.bats \
	tests/commands/criu.bats \
	tests/commands/criu-containers.bats \
	tests/commands/criu-hook.bats \
	tests/commands/criu-plugin.bats \
	tests/commands/criu-processes.bats \
	tests/commands/diff.bats \
	tests/commands/diff-containers.bats \
	tests/commands/errors.bats \
	tests/commands/exports.bats \
	tests/commands/fixtures.bats \
	tests/commands/foreign.bats \
	tests/commands/image-engines.bats \
	tests/commands/install.bats \
	tests/commands/json.bats \
	tests/commands/library-manual.bats \
	tests/commands/list.bats \
	tests/commands/live-ends.bats \
	tests/commands/manual.bats \
	tests/commands/namespaces.bats \
	tests/commands/output.bats \
	tests/commands/pcapng.bats \
	tests/commands/readme.bats \
	tests/commands/processes.bats \
	tests/commands/show-many.bats \
	tests/commands/show.bats \
	tests/commands/upgrade.bats \
	tests/commands/verify-output.bats \
	tests/commands/verify-recursive.bats \
	tests/commands/verify.bats \
	tests/commands/waits.bats
TESTS += $(command_tests)
# Sanitizers do not work with valgrind or without /proc, and need more memory than these tests allow.
if !SANITIZERS
TESTS += tests/commands/bare-root.bats tests/commands/bounds.bats tests/commands/valgrind.bats
endif
EXTRA_DIST += \
	$(command_tests) \
	tests/commands/bare-root.bats \
	tests/commands/bounds.bats \
	tests/commands/valgrind.bats \
	tests/commands/broken-checkpoints.py \
	tests/commands/byte-order.py \
	tests/commands/check-layout.py \
	tests/commands/container-images.py \
	tests/commands/compression.bash \
	tests/commands/conversion.bash \
	tests/commands/damage.py \
	tests/commands/damage-index.py \
	tests/commands/deny-getfd.py \
	tests/commands/hanging-fuse.py \
	tests/commands/helpers.bash \
	tests/commands/installed.bash \
	tests/commands/live-pipes.bash \
	tests/commands/hostile.py \
	tests/commands/hostile-archives.py \
	tests/commands/images.py \
	tests/commands/tar-members.py \
	tests/commands/json-images.py \
	tests/commands/library-manual.py \
	tests/commands/process-tree.py \
	tests/commands/random-images.py \
	tests/commands/synthetic.py \
	tests/programs/wait-32.c \
	tests/commands/watch-opens.py \
	tests/criu/compile-plugin.sh \
	tests/criu/container.bash \
	tests/criu/container-images.bash \
	tests/criu/criu.bash \
	tests/criu/hook.bash \
	tests/criu/reap.py \
	tests/criu/request.py \
	tests/criu/streamer.py \
	tests/criu/unpack-criu.sh \
	testdata/criu-4.1.1 \
	testdata/criu-4.2 \
	testdata/field \
	testdata/podman \
	tests/programs/criu-neighbour.c \
	tests/programs/not-criu.c \
	tests/programs/packet-jobs.c

if CROSS_COMPILING
# These only create and read pipes, so they are built for the host: an emulated program could not start them.
native_programs = tests/programs/packet-exchange tests/programs/pipe-holder tests/programs/read-log
check_SCRIPTS = $(native_programs)
CLEANFILES += $(native_programs)
compile_native = $(AM_V_GEN)$(MKDIR_P) tests/programs && \
	$(CC_FOR_BUILD) $(CFLAGS_FOR_BUILD) -std=gnu11 -D_GNU_SOURCE -o $@ $(top_srcdir)/$@.c
tests/programs/packet-exchange: $(top_srcdir)/tests/programs/packet-exchange.c
	$(compile_native)
tests/programs/pipe-holder: $(top_srcdir)/tests/programs/pipe-holder.c
	$(compile_native)
tests/programs/read-log: $(top_srcdir)/tests/programs/read-log.c
	$(compile_native)
EXTRA_DIST += $(native_programs:=.c)
else
check_PROGRAMS += tests/programs/packet-exchange tests/programs/pipe-holder tests/programs/read-log
# Without sanitizers: a process that forked crashes when CRIU restores it with its shadow memory.
tests_programs_packet_exchange_SOURCES = tests/programs/packet-exchange.c
tests_programs_packet_exchange_CFLAGS = $(plain_cflags)
tests_programs_pipe_holder_SOURCES = tests/programs/pipe-holder.c
tests_programs_pipe_holder_CFLAGS = $(plain_cflags)
tests_programs_read_log_SOURCES = tests/programs/read-log.c
endif

# CRIU, which its tests unpack on their first run, unless PIPEIMG_CRIU_ROOT names another directory.
clean-local:
	rm -rf tests/criu-root tests/criu-root.* tests/repeat.*
