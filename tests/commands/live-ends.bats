#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Which descriptors are ends of a pipe, and what is done about those that cannot be asked.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

# hold_by_handle PIECE...: a FIFO in which they are unread, whose holder has it open by O_PATH first, as
# container shims do. Sets handle, that descriptor.
hold_by_handle() {
	mkfifo fifo
	hold --handle fifo --fifo fifo "$@"
	handle=$(find "/proc/$holder/fd" -lname "*/fifo" -printf '%f\n' | sort -n | sed -n 1p)
	(($(sed -n 's/^flags:\t//p' "/proc/$holder/fdinfo/$handle") & 010000000))
	[[ $handle -lt $read_fd ]]
}

@test "list shows no descriptor that was opened with O_PATH" {
	hold_by_handle s:unread
	run --separate-stderr pipeimg list --json --pid "$holder"
	assert_status 0
	[[ $(jq -c '[.pipes[] | .bytes, [.ends[].fd]]' <<<"$output") == "[6,[$read_fd,$write_fd]]" ]] ||
		fail "$(show_run)"
}

# captures_it OPTION...: the queue of the FIFO, with its true ends
captures_it() {
	run --separate-stderr pipeimg capture "$@" -o image/
	assert_status 0
	[[ $(pipeimg show --json image | jq -c --argjson pid "$holder" '[.queues[] |
		select(any(.ends[]; .pid == $pid)) | .bytes, [.ends[].fd]]') == "[6,[$read_fd,$write_fd]]" ]] ||
		fail "$(show_run)" "$(pipeimg show --json image)"
	rm -r image
}

@test "every form of capture saves what is unread in a FIFO that is held by O_PATH too" {
	hold_by_handle s:unread
	captures_it --pid "$holder"
	captures_it --pid "$holder" --fd "$read_fd"
	captures_it --pid "$holder" --fd "$write_fd"
	captures_it --pipe "$pipe"
	captures_it --fifo fifo
	captures_it --fifo fifo --stop
	captures_it --all
}

@test "a FIFO that is open by O_PATH only is open in no process" {
	need_root "it sees all processes"
	mkfifo fifo
	hold --handle fifo p:other
	assert_fails 3 "fifo: no process has it open" pipeimg capture --fifo fifo -o image
}

@test "an O_PATH descriptor is refused by name, as no end" {
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
