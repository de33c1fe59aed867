#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Live pipes whose processes do not run, whose fill level cannot be read, or that share an inode number.
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

# state_becomes WORD TEXT: waits for the state of the holder's pipe, and for the text above the list
state_becomes() {
	wait_for_regex "$pipe $1 "
	wait_for_screen "pipe-holder[$holder] is $2"
}

# Shows only the holder's pipe.
open_on_holder() {
	open_live "$@"
	types "filter [$holder]"
	wait_for_screen ' 1/1 '
}

@test "the state of a pipe with unread bytes shows that its reader is stopped or traced" {
	need_tracing
	hold s:unread
	open_on_holder 80 24
	wait_for_regex "$pipe unread "
	kill -TSTP "$holder"
	state_becomes stopped "stopped by SIGTSTP"
	# Other tests may have stopped processes too.
	wait_for_regex ' [1-9][0-9]* halted'
	kill -CONT "$holder"
	wait_for_regex "$pipe unread "
	trace "$holder"
	state_becomes traced "held by its tracer $(<"/proc/$tracer/comm")[$tracer]"
	kill "$tracer"
	wait_for_regex "$pipe unread "
}

@test "the state of a pipe with unread bytes shows that its reader is frozen" {
	make_group cgroup2
	[[ -e $group/cgroup.freeze ]] || skip "this kernel's cgroups cannot be frozen"
	hold s:unread
	freeze "$holder" cgroup.freeze 1 "frozen 1" cgroup.events
	open_on_holder 80 24
	state_becomes frozen "frozen with its cgroup"
}

@test "a filter finds the state" {
	hold s:unread
	kill -STOP "$holder"
	open_live
	types 'filter r:stopped .*pipe-holder'
	wait_for_regex "$pipe stopped "
}

@test "a pipe stays STUCK if its reader is stopped, and the line says so" {
	start_pipeline
	kill -STOP "$reader"
	open_live 100 24
	types "filter yes[$writer]"
	wait_for_regex "$pipe STUCK "
	wait_for_screen ', which is stopped by SIGSTOP'
}

@test "a pipe is not shown as stopped if another reader runs" {
	hold --fork s:unread
	kill -STOP "$child"
	open_on_holder
	wait_for_screen "pipe-holder[$child] is stopped by SIGSTOP"
	wait_for_regex "$pipe unread "
	kill -CONT "$child"
}

@test "holders that do not run are marked, with the signal above the list" {
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

# ---- pipes without permission -----------------------------------------------------------------

open_without_getfd() {
	open_terminal "$1" "$2" "${as_user[@]}" "$python" plain/deny-getfd.py "$program" browse --live
	wait_for_screen 'live pipes' STATE
}

@test "the reason for an unknown fill level is in the line, and in full above the list" {
	hold_roots_pipe s:own
	open_without_getfd 80 24
	types "filter permission denied"
	select_pipe "$roots_pipe"
	wait_for_regex "$roots_pipe \? .* \? +\? permission denied: needs"
	wait_for_screen ' fill level unknown: permission denied: needs the right to trace one of its'
}

@test "the line of a holder has the reason for an unknown fill level" {
	hold_roots_pipe s:own
	open_without_getfd 80 24
	select_pipe "$roots_pipe"
	press H
	wait_for_regex "pipe-holder +$holder +0 reads +$roots_pipe pipe +\? permission"
	wait_for_screen " pipe $roots_pipe  fill level unknown: permission denied: needs the right"
}

# ---- shared inode numbers ---------------------------------------------------------------------------

@test "two FIFOs with the same number have separate lines, and :NUMBER goes from one to the other" {
	local first
	hold_two_of_one_number
	open_live 100 24
	types "filter $BATS_TEST_TMPDIR/"
	wait_for_screen ' 1/2 '
	types "$pipe"
	# Another run of this test can have two more.
	wait_for_regex "[2-9] queues have the ID $pipe; enter :$pipe again for the next"
	wait_for_regex " fifo $pipe: .*$BATS_TEST_TMPDIR/(a|b)/q"
	first=$(screen | sed -n "s,^ fifo $pipe: .*$BATS_TEST_TMPDIR/\(.\)/q.*,\1,p")
	types "$pipe"
	if [[ $first == a ]]; then first=b; else first=a; fi
	wait_for_regex " fifo $pipe: [^"$'\n'"]*$BATS_TEST_TMPDIR/$first/q"
	# Hidden FIFOs are not selected.
	types "filter $BATS_TEST_TMPDIR/$first/q"
	wait_for_screen ' 1/1 '
	types "$pipe"
	wait_for_regex " fifo $pipe: [^"$'\n'"]*$BATS_TEST_TMPDIR/$first/q"
	[[ $(screen) != *"the filter hides that pipe"* ]] || fail "$(screen)"
}

@test "with two FIFOs of the same number, the snapshot is of the selected one" {
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

@test "--pipe with the number of two FIFOs opens neither, and says so" {
	hold_two_of_one_number
	open_browser 100 24 --live --pipe "$pipe"
	# Another run of this test can have two more.
	wait_for_regex "[2-9] queues have the ID $pipe; enter :$pipe again for the next"
	screen_lacks snapshot
}

@test "holders of two FIFOs with the same number are distinguished by path" {
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

@test "a FIFO on a hanging file server is shown and opened like any other" {
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
