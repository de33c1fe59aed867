#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# No command accesses invalid memory or leaks memory.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_program valgrind
	[[ -z ${PIPEIMG_SANITIZED-} ]] || skip "the build has sanitizers, which do not work with valgrind"
	hold p:one s:stream p:@4096 p:@100 s:@5000 p:end
	pipeimg capture -q --pid "$holder" -o image
}

# Valgrind 3.19 does not know pidfd_open(2) and pidfd_getfd(2), so they fail with ENOSYS, and pipes are opened through
# /proc instead. It prints five lines about each call.
without_unknown_pidfd_calls() {
	sed '/^--[0-9]*-- WARNING: unhandled .* syscall: 43[48]$/,+4d'
}

# clean STATUS ARGUMENT...: the command ends with that status, and valgrind reports nothing
clean() {
	run --separate-stderr timeout 120 valgrind --quiet --error-exitcode=99 --leak-check=full \
		--track-fds=no "$program" "${@:2}"
	assert_status "$1"
	stderr=$(without_unknown_pidfd_calls <<<"$stderr")
	[[ $stderr != *==* && $stderr != *--[0-9]* ]] || fail "$(show_run)"
}

@test "valgrind finds no error in list" {
	clean 0 list --pid "$holder"
	clean 0 list --json --pid "$holder"
}

@test "valgrind finds no error in list for a process that has ended" {
	stop_started
	clean 3 list --pid "$holder"
}

@test "valgrind finds no error in capture into a file" {
	clean 0 capture --pid "$holder" -o other
	assert_same_text <(pipeimg show --json image | jq .queues[].chunks) \
		<(pipeimg show --json other | jq .queues[].chunks)
}

@test "valgrind finds no error in capture into a directory and to standard output" {
	clean 0 capture --pid "$holder" -o directory/
	clean 0 capture -q --pid "$holder" --layout spliced -o -
}

@test "valgrind finds no error in capture of stopped processes" {
	need_tracing
	clean 0 capture --pid "$holder" --stop -o other
}

@test "valgrind finds no error in a capture that fails" {
	clean 3 capture --pid "$holder" -o image
	clean 3 capture --pid "$holder" -o missing/image
	clean 2 capture
}

@test "valgrind finds no error in show" {
	clean 0 show image
	clean 0 show --hex image
	clean 0 show --json image
	clean 0 show -v "$fixtures/criu-4.2/fifo-and-dgram"
}

@test "valgrind finds no error in show of truncated images" {
	local size
	size=$(stat -c %s image)
	for length in 3 10 30 $((size / 2)) $((size - 1)); do
		head -c "$length" image >short
		clean 1 show short
	done
}

@test "valgrind finds no error in restore to a command" {
	# Valgrind does not check the command that restore runs: everything must be in order at exec(2).
	clean 0 restore image -- true
	clean 3 restore image -- missing-command
}

@test "valgrind finds no error in restore into a pipe" {
	hold
	clean 0 restore image --into "$holder:$read_fd"
	clean 3 restore image --into "$holder:$read_fd"
}

@test "valgrind finds no error in a restore of a truncated image" {
	head -c -1 image >short
	clean 1 restore short -- true
}
