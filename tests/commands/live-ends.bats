#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Which descriptors are ends of a pipe, and what happens with pipes that cannot be inspected.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load live-pipes.bash

teardown() {
	stop_started
	unmount_all
}

# hold_by_handle PIECE...: a FIFO with this unread data, which its holder first opened with O_PATH, as container shims
# do. Sets handle to that descriptor.
hold_by_handle() {
	mkfifo fifo
	hold --handle fifo --fifo fifo "$@"
	handle=$(find "/proc/$holder/fd" -lname "*/fifo" -printf '%f\n' | sort -n | sed -n 1p)
	(($(sed -n 's/^flags:\t//p' "/proc/$holder/fdinfo/$handle") & 010000000))
	[[ $handle -lt $read_fd ]]
}

@test "list shows no O_PATH descriptors" {
	hold_by_handle s:unread
	run --separate-stderr pipeimg list --json --pid "$holder"
	assert_status 0
	[[ $(jq -c '[.pipes[] | .bytes, [.ends[].fd]]' <<<"$output") == "[6,[$read_fd,$write_fd]]" ]] ||
		fail "$(show_run)"
}

# captures_it OPTION...: captures the queue of the FIFO, with its real ends
captures_it() {
	run --separate-stderr pipeimg capture "$@" -o image/
	assert_status 0
	[[ $(pipeimg show --json image | jq -c --argjson pid "$holder" '[.queues[] |
		select(any(.ends[]; .pid == $pid)) | .bytes, [.ends[].fd]]') == "[6,[$read_fd,$write_fd]]" ]] ||
		fail "$(show_run)" "$(pipeimg show --json image)"
	rm -r image
}

@test "every form of capture saves a FIFO that also has O_PATH descriptors" {
	hold_by_handle s:unread
	captures_it --pid "$holder"
	captures_it --pid "$holder" --fd "$read_fd"
	captures_it --pid "$holder" --fd "$write_fd"
	captures_it --pipe "$pipe"
	captures_it --fifo fifo
	captures_it --fifo fifo --stop
	captures_it --all
}

@test "a FIFO that is open only with O_PATH is reported as not open in any process" {
	need_root "to see all processes"
	mkfifo fifo
	hold --handle fifo p:other
	assert_fails 3 "fifo: no process has it open" pipeimg capture --fifo fifo -o image
}

@test "an O_PATH descriptor is refused by name, because it is not an end" {
	hold_by_handle s:unread
	assert_fails 3 "descriptor $handle of process $holder is not an end of a pipe or FIFO" \
		pipeimg capture --pid "$holder" --fd "$handle" -o image
	pipeimg capture -q --pid "$holder" -o image
	assert_fails 3 "descriptor $handle of process $holder was opened with O_PATH" \
		pipeimg restore image --into "$holder:$handle"
	assert_fails 3 "descriptor 9 was opened with O_PATH" \
		"$python" -c 'import os, sys
os.dup2(os.open("fifo", os.O_PATH), 9)
os.execv(sys.argv[1], sys.argv[1:])' "$program" capture --fd 9 -o other
	[[ ! -e other ]]
}

# ---- pipes without permission ----------------------------------------------------------------------

@test "--pid skips a pipe inherited from another user, and names it" {
	hold_roots_pipe s:own
	run --separate-stderr without_getfd capture --pid "$holder" -o out/image
	assert_status 0
	assert_error_has "skipped pipe $roots_pipe: permission denied"
	assert_error_has "captured 1 queue, 0 packets, 3 bytes into out/image; skipped 1"
	[[ $(pipeimg show --json out/image | jq -c '[.queues[].id]') == "[$pipe]" ]]
}

@test "JSON lists what was skipped, with the reason" {
	hold_roots_pipe s:own
	run --separate-stderr without_getfd capture --json --pid "$holder" -o out/image
	assert_status 0
	[[ $(jq -c '.skipped[] | [.type, .id, .reason[:17]]' <<<"$output") == \
		"[\"pipe\",$roots_pipe,\"permission denied\"]" ]] || fail "$(show_run)"
	[[ $(jq '.gone' <<<"$output") == 0 ]]
}

@test "an explicitly requested pipe is not skipped" {
	hold_roots_pipe s:own
	for request in "--pid $holder --fd 0" "--pipe $roots_pipe" "--pid $holder --pipe $roots_pipe" \
		"--pipe pipe:[$roots_pipe] --all"; do
		# shellcheck disable=SC2086 # several options
		run --separate-stderr without_getfd capture $request -o out/image
		assert_status 3
		assert_error_has "pipe $roots_pipe: permission denied"
		[[ ! -e out/image ]]
	done
}

@test "--all skips and names pipes without permission, and counts the processes without permission" {
	hold_roots_pipe s:own
	run --separate-stderr without_getfd capture --json --all -o out/all/
	assert_status 0
	assert_error_has "skipped pipe $roots_pipe: permission denied"
	assert_error_has "skipped the pipes of "
	[[ $(jq "[.skipped[] | select(.id == $roots_pipe)] | length" <<<"$output") == 1 ]]
	[[ $(jq .hidden_processes <<<"$output") -ge 1 ]]
	[[ $(pipeimg show --json out/all | jq "[.queues[] | select(.id == $pipe)] | length") == 1 ]]
}

@test "if every pipe is skipped, nothing is written" {
	hold_roots_pipe --close s:own
	run --separate-stderr without_getfd capture --pid "$holder" -o out/image
	assert_status 3
	assert_error_has "nothing was captured: the only pipe was skipped"
	[[ ! -e out/image ]]
}

@test "diff needs permission only for the pipes that are in the image" {
	hold_roots_pipe s:own
	pipeimg capture -q --pid "$holder" --fd "$read_fd" -o out/image
	run --separate-stderr without_getfd diff --json out/image --pid "$holder"
	assert_status 0
	assert_error_has "skipped pipe $roots_pipe: permission denied"
	[[ $(jq -c '[.same, [.skipped[].id]]' <<<"$output") == "[true,[$roots_pipe]]" ]] || fail "$(show_run)"
}

@test "diff fails for a pipe of the image without permission" {
	hold_roots_pipe s:own
	pipeimg capture -q --pid "$holder" -o out/image
	run --separate-stderr without_getfd diff out/image --pid "$holder"
	assert_status 3
	assert_error_has "pipe $roots_pipe: permission denied"
}

# ---- two FIFOs with the same number ----------------------------------------------------------------

@test "--pipe with a number that two FIFOs share fails, and lists both with their paths" {
	hold_two_of_one_number
	run --separate-stderr pipeimg capture --pipe "$pipe" -o image
	assert_status 2
	assert_error_has "more than one pipe or FIFO has the number $pipe"
	assert_error_has "FIFO $pipe on device $(stat -c '%Hd:%Ld' a/q), $BATS_TEST_TMPDIR/a/q, --pid $holder --fd "
	assert_error_has "FIFO $pipe on device $(stat -c '%Hd:%Ld' b/q), $BATS_TEST_TMPDIR/b/q, --pid $holder --fd "
	[[ ! -e image ]]
}

@test "--fifo and --pid --fd capture the right one of two FIFOs with the same number" {
	hold_two_of_one_number
	pipeimg capture -q --fifo b/q -o by-path
	[[ $(pipeimg show --raw by-path) == other ]]
	use_pipe 0
	pipeimg capture -q --pid "$holder" --fd "$read_fd" -o by-fd
	[[ $(pipeimg show --json by-fd | jq -c '[.queues[].packets]') == "[2]" ]]
}

@test "a directory keeps two FIFOs with the same number apart: show, verify, diff and restore see both" {
	hold_two_of_one_number
	run --separate-stderr pipeimg capture --pid "$holder" -o both/
	assert_status 0
	assert_error_has "captured 2 queues, 2 packets, 11 bytes"
	found=$(pipeimg show --json both | jq -c "[.queues[] | [.id, .bytes, .packets]] | sort")
	[[ $found == "[[$pipe,5,0],[$pipe,6,2]]" ]] || fail "$found"
	[[ $(pipeimg show --raw both) =~ ^(onetwoother|otheronetwo)$ ]]
	run --separate-stderr pipeimg verify both
	assert_status 0
	[[ $output =~ ok\ +2\ +2\ +11\ +2\ +both ]] || fail "$(show_run)"
	run --separate-stderr pipeimg diff both --pid "$holder"
	assert_status 0
	pipeimg capture -q --all -o all/
	[[ $(pipeimg show --json all | jq "[.queues[] | select(.type == \"fifo\" and .id == $pipe)] | length") -ge 2 ]]
}

@test "diff finds which of two FIFOs with the same number changed" {
	hold_two_of_one_number
	pipeimg capture -q --pid "$holder" -o both/
	use_pipe 0
	"$read_log" <"/proc/$holder/fd/$read_fd" >/dev/null
	run --separate-stderr pipeimg diff --json both --pid "$holder"
	assert_status 1
	[[ $(jq -c '[.queues[].difference] | sort' <<<"$output") == *same* ]] || fail "$(show_run)"
	[[ $(jq -c '[.queues[] | select(.difference == "same") | .first.bytes]' <<<"$output") == "[5]" ]] || fail "$(show_run)"
}

@test "restore asks for the file if a directory has two queues with the same number" {
	hold_two_of_one_number
	pipeimg capture -q --pid "$holder" -o both/
	run --separate-stderr pipeimg restore both --pipe "$pipe" -- cat
	assert_status 2
	assert_error_has "contains 2 queues with id $pipe; open the files in the directory one at a time"
	for image in both/fifo-data.img both/fifo-data-2.img; do
		pipeimg restore "$image" -- "$read_log"
	done | sort >reads
	assert_same_text reads <(printf '%s\n' '3 6f6e65' '3 74776f' '5 6f74686572' end end)
}

@test "one file cannot contain two FIFOs with the same number, and the error suggests a directory" {
	hold_two_of_one_number
	run --separate-stderr pipeimg capture --pid "$holder" -o image
	assert_status 2
	assert_error_has "a file can contain only one; write to a directory"
	[[ ! -e image ]]
}

@test "verify finds a damaged second FIFO file" {
	hold_two_of_one_number
	pipeimg capture -q --pid "$holder" -o both/
	truncate -s -2 both/fifo-data-2.img
	run --separate-stderr pipeimg verify both
	assert_status 1
	assert_output_has "fifo-data-2.img"
}

# ---- file servers that hang --------------------------------------------------------------------------

# answers COMMAND...: the command finishes, because it does not ask that server; the limit allows for a busy machine
answers() {
	run --separate-stderr timeout --kill-after=1 20 "$program" "$@"
	assert_status 0
}

# Other programs that stop processes, such as the CRIU hook in another test, may trace the holder for a while.
is_captured_stopped() {
	run --separate-stderr timeout --kill-after=1 20 "$program" capture --pid "$holder" --stop -o by-pid/
	[[ $stderr != *"is already tracing it"* ]]
}

@test "a FIFO whose file server hangs is listed and captured like any other" {
	hold_on_hanging_server
	answers list --json --pid "$holder"
	[[ $(jq -c '[.pipes[] | select(.type == "fifo") | .bytes, .path]' <<<"$output") == \
		"[2,\"$BATS_TEST_TMPDIR/hanging/f\"]" ]] || fail "$(show_run)"
	answers list
	wait_until is_captured_stopped
	assert_status 0
	[[ $(pipeimg show --json by-pid | jq -c '[.queues[] | select(.type == "fifo") | .bytes]') == "[2]" ]]
	answers capture --all -o all/
	answers diff by-pid --pid "$holder"
	answers capture --fifo hanging/f -o by-path
	[[ $(pipeimg show --json by-path | jq -c '[.queues[] | .type, .bytes]') == '["fifo",2]' ]]
	run --separate-stderr timeout --kill-after=1 20 "$program" restore by-path --fifo hanging/f
	assert_status 3
	assert_error_has "hanging/f: the target is not empty: it has 2 unread bytes"
}
