# SPDX-License-Identifier: GPL-2.0-or-later
# The pipeimg command as its users run it. The programs make and read pipes with a known content.
command_tests = \
	tests/commands/capture-restore.bats \
	tests/commands/errors.bats \
	tests/commands/fixtures.bats \
	tests/commands/install.bats \
	tests/commands/list.bats \
	tests/commands/namespaces.bats \
	tests/commands/show.bats
TESTS += $(command_tests)
# Sanitizers and valgrind exclude each other.
if !SANITIZERS
TESTS += tests/commands/valgrind.bats
endif
EXTRA_DIST += \
	$(command_tests) \
	tests/commands/valgrind.bats \
	tests/commands/damage.py \
	tests/commands/helpers.bash \
	tests/commands/images.py \
	testdata/criu-4.1.1 \
	testdata/criu-4.2

check_PROGRAMS += tests/programs/pipe-holder tests/programs/read-log
tests_programs_pipe_holder_SOURCES = tests/programs/pipe-holder.c
tests_programs_read_log_SOURCES = tests/programs/read-log.c
