#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Live pipes in the browser whose processes do not run, that may not be asked, or that share a number.
# shellcheck disable=SC2154 # hold sets variables
load ../commands/helpers.bash
load ../commands/live-pipes.bash
load terminal.bash
load live.bash

teardown() {
	close_terminal
	remove_group
	stop_started
	unmount_all
}

# ---- processes that do not run -------------------------------------------------------------------

# state_becomes WORD TEXT: of the holder's pipe, and above the list what it is about
state_becomes() {
	wait_for_regex "$pipe $1 "
	wait_for_screen "pipe-holder[$holder] is $2"
}

# Only the holder's pipe is shown.
open_on_holder() {
	open_live "$@"
	types "filter [$holder]"
	wait_for_screen ' 1/1 '
}

@test "a pipe with unread bytes whose reader is stopped or traced says so as its state" {
	need_tracing
	hold s:unread
	open_on_holder 80 24
	wait_for_regex "$pipe unread "
	kill -TSTP "$holder"
	state_becomes stopped "stopped by SIGTSTP"
	wait_for_screen ' 1 halted'
	kill -CONT "$holder"
	wait_for_regex "$pipe unread "
	trace "$holder"
	state_becomes traced "held by its tracer $(<"/proc/$tracer/comm")[$tracer]"
	kill "$tracer"
	wait_for_regex "$pipe unread "
}

@test "a pipe with unread bytes whose reader is frozen says so as its state" {
	make_group cgroup2
	[[ -e $group/cgroup.freeze ]] || skip "this kernel's cgroups cannot be frozen"
	hold s:unread
	freeze "$holder" cgroup.freeze 1 "frozen 1" cgroup.events
	open_on_holder 80 24
	state_becomes frozen "frozen with its cgroup"
}

@test "the state is found by a filter" {
	hold s:unread
	kill -STOP "$holder"
	open_live
	types 'filter r:stopped .*pipe-holder'
	wait_for_regex "$pipe stopped "
}

@test "a stuck pipe stays so though its reader is stopped, which the line says" {
	start_pipeline
	kill -STOP "$reader"
	open_live 100 24
	types "filter yes[$writer]"
	wait_for_regex "$pipe STUCK "
	wait_for_screen ', which is stopped by SIGSTOP'
}

@test "a pipe of which another reader runs is not called stopped" {
	hold --fork s:unread
	kill -STOP "$child"
	open_on_holder
	wait_for_screen "pipe-holder[$child] is stopped by SIGSTOP"
	wait_for_regex "$pipe unread "
	kill -CONT "$child"
}

@test "holders that do not run are listed so, with the signal above the list" {
	need_tracing
	hold s:unread
	kill -TTIN "$holder"
	open_on_holder 80 24
	select_pipe "$pipe"
	press H
	wait_for_regex "pipe-holder +$holder +$read_fd reads, stopped +$pipe pipe +6/65536"
	wait_for_screen " pipe $pipe  pipe-holder[$holder] is stopped by SIGTTIN"
	kill -CONT "$holder"
	wait_until_gone 'is stopped by SIGTTIN'
	wait_for_regex "pipe-holder +$holder +$read_fd reads +$pipe pipe +6/65536"
}

# ---- pipes that may not be asked -----------------------------------------------------------------

open_without_getfd() {
	open_terminal "$1" "$2" "${as_user[@]}" "$python" plain/deny-getfd.py "$program" browse --live
	wait_for_screen 'live pipes' STATE
}

@test "a pipe that may not be asked says why, in its line and in full above the list" {
	hold_roots_pipe s:own
	open_without_getfd 80 24
	types "filter permission denied"
	select_pipe "$roots_pipe"
	wait_for_regex "$roots_pipe \? .* \? +\? permission denied: needs"
	wait_for_screen ' fill level unknown: permission denied: needs the right to trace one of its'
}

@test "a holder of a pipe that may not be asked says why" {
	hold_roots_pipe s:own
	open_without_getfd 80 24
	select_pipe "$roots_pipe"
	press H
	wait_for_regex "pipe-holder +$holder +0 reads +$roots_pipe pipe +\? permission"
	wait_for_screen " pipe $roots_pipe  fill level unknown: permission denied: needs the right"
}

# ---- two of one number ---------------------------------------------------------------------------

@test "two FIFOs of one number have a line each, and their number goes from one to the other" {
	local first
	hold_two_of_one_number
	open_live 100 24
	types "filter $BATS_TEST_TMPDIR/"
	wait_for_screen ' 1/2 '
	types "$pipe"
	wait_for_screen "2 queues have the ID $pipe; enter :$pipe again for the next"
	wait_for_regex " fifo $pipe: .*$BATS_TEST_TMPDIR/(a|b)/q"
	first=$(screen | sed -n "s,^ fifo $pipe: .*$BATS_TEST_TMPDIR/\(.\)/q.*,\1,p")
	types "$pipe"
	if [[ $first == a ]]; then first=b; else first=a; fi
	wait_for_regex " fifo $pipe: [^"$'\n'"]*$BATS_TEST_TMPDIR/$first/q"
	# What the filter hides is not in the turn.
	types "filter $BATS_TEST_TMPDIR/$first/q"
	wait_for_screen ' 1/1 '
	types "$pipe"
	wait_for_regex " fifo $pipe: [^"$'\n'"]*$BATS_TEST_TMPDIR/$first/q"
	[[ $(screen) != *"the filter hides that pipe"* ]] || fail "$(screen)"
}

@test "of two FIFOs of one number, the snapshot is of the one that is selected" {
	hold_two_of_one_number
	open_live 100 24
	types "filter $BATS_TEST_TMPDIR/b/q"
	wait_for_screen ' 1/1 '
	press Enter
	wait_for_screen snapshot other
	press R
	wait_for_screen 'a new snapshot was taken' other
	press q
	wait_for_screen STATE
	types "filter $BATS_TEST_TMPDIR/a/q"
	wait_for_screen ' 1/1 '
	press Enter
	wait_for_screen snapshot one two
}

@test "--pipe with a number that two FIFOs have opens neither, and says so" {
	hold_two_of_one_number
	open_browser 100 24 --live --pipe "$pipe"
	wait_for_screen "2 queues have the ID $pipe; enter :$pipe again for the next"
	screen_lacks snapshot
}

@test "holders of two FIFOs of one number are told apart by the path" {
	hold_two_of_one_number
	open_live 100 24
	types "filter $BATS_TEST_TMPDIR/b/q"
	wait_for_screen ' 1/1 '
	press H
	types "filter $BATS_TEST_TMPDIR/b/q"
	wait_for_regex "pipe-holder +$holder .*5/65536"
	wait_for_screen " fifo $pipe  $BATS_TEST_TMPDIR/b/q"
	screen_lacks '6/65536'
}

# ---- file servers that hang ----------------------------------------------------------------------

@test "a FIFO whose file server hangs is shown and opened as any other" {
	hold_on_hanging_server
	open_live 100 24
	types "filter $BATS_TEST_TMPDIR/hanging/f"
	wait_for_regex ' unread .* 2 +64K .*:[0-9]+rw'
	press Enter
	wait_for_screen snapshot hi
	press q H
	wait_for_screen holders
	press q q
	wait_for_end 0
}
