#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Processes in other namespaces, and hidden processes.
# shellcheck disable=SC2154

load helpers

# The first process of a pid namespace accepts no other signal, and unshare blocks signals while it waits.
teardown() {
	[[ -z ${outer-} ]] || kill -KILL "$outer" 2>/dev/null || true
	stop_started
}

# hold_in UNSHARE-OPTION... -- PIECE...: starts a holder in new namespaces. Sets outer to its pid here.
hold_in() {
	local options=() lines=$BATS_TEST_TMPDIR/holder
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	"${as_user[@]}" unshare "${options[@]}" "$holder_program" "$@" </dev/null >"$lines" 2>&1 3>&- &
	started+=($!)
	wait_until test -s "$lines"
	read -r inner pipe read_fd write_fd child <"$lines"
	[[ $inner =~ ^[0-9]+$ ]] || skip "unshare ${options[*]}: $(<"$lines")"
	# With --fork the holder is a child of unshare.
	outer=$(pgrep -P "${started[-1]}" || true)
	outer=${outer:-${started[-1]}}
}

@test "a process in another pid namespace is captured by its outer pid" {
	need_root "to create a pid namespace"
	hold_in --pid --fork -- p:one p:two
	[[ $inner -eq 1 ]]
	run --separate-stderr pipeimg capture --pid "$outer" -o queue.img
	assert_status 0
	run pipeimg show queue.img
	assert_output_has "2 packets"
	assert_output_has "[$outer]"
}

@test "inside a pid namespace only its processes are visible" {
	need_root "to create a pid namespace"
	hold p:one
	run --separate-stderr unshare --pid --fork --mount-proc "$program" capture --pid "$holder" -o queue.img
	assert_status 3
	assert_error_has "process $holder not found"
	[[ ! -e queue.img ]]
}

@test "root captures a process in a user namespace" {
	need_root "to reach another user's namespace"
	use_plain_user
	hold_in --user -- p:one s:tail
	as_user=()
	run --separate-stderr pipeimg capture --pid "$outer" -o queue.img
	assert_status 0
	run pipeimg show queue.img
	assert_output_has "1 packet + 1 stream run"
}

@test "an unprivileged user captures its process in a user namespace" {
	use_plain_user
	need_tracing
	make_plain_directory out
	hold_in --user -- p:one p:two
	run --separate-stderr pipeimg capture --pid "$outer" -o out/queue.img
	assert_status 0
	run pipeimg show out/queue.img
	assert_output_has "2 packets"
}

@test "if hidepid hides a process, the error gives that as one of the reasons" {
	need_root "to mount /proc"
	use_plain_user
	hold_as_root=$(mktemp)
	"$holder_program" p:one </dev/null >"$hold_as_root" 2>&1 3>&- &
	started+=($!)
	wait_until test -s "$hold_as_root"
	read -r holder pipe _ <"$hold_as_root"
	rm -f "$hold_as_root"
	# In a separate mount namespace, so that /proc changes for nobody else.
	run --separate-stderr unshare --mount sh -c '
		mount -t proc -o hidepid=2 proc /proc && exec "$@"' sh \
		"${as_user[@]}" "$program" capture --pid "$holder" -o queue.img
	[[ $stderr != mount:* ]] || skip "$stderr"
	assert_status 3
	assert_error_has "process $holder not found"
	assert_error_has hidepid
}
