#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# What pipeimg list says of processes that wait, and of those that are held up.
load helpers.bash

setup_file() {
	export WAIT_32=$BATS_FILE_TMPDIR/wait-32
	# shellcheck disable=SC2086 # a compiler and its arguments
	${PIPEIMG_CC:-cc} -m32 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie \
		-o "$WAIT_32" "$PIPEIMG_SOURCE/tests/programs/wait-32.c" 2>/dev/null || true
}

# start COMMAND...: in the background, without descriptors of bats; its pid is in $!
start() {
	# What runs in the background reads /dev/null, unless it is told otherwise.
	detached "$@" <&0 2>/dev/null &
	started+=($!)
}

# waits_of PID: what list says that this process waits for: "TO POLLS", a line each
waits_of() {
	pipeimg list --json --pid "$1" |
		jq -r --argjson pid "$1" '.pipes[].waits[] | select(.pid == $pid) | "\(.to) \(.polls)"'
}

# wait_for_wait PID WANTED
wait_for_wait() {
	waits_so() {
		[[ $(waits_of "$1") == "$2" ]]
	}
	wait_until waits_so "$1" "$2"
}

# A FIFO that somebody else could write to.
make_silent_fifo() {
	mkfifo fifo
	start sleep 600 0<>fifo
}

@test "a 32-bit process waits in its own system calls" {
	need_tracing
	local call reader polls
	"$WAIT_32" none 2>/dev/null </dev/null || skip "32-bit programs cannot be built or run here"
	make_silent_fifo
	for call in read readv poll ppoll old-select select pselect epoll; do
		polls=true
		[[ $call != read* ]] || polls=false
		start "$WAIT_32" "$call" <fifo
		reader=$!
		wait_for_wait "$reader" "read $polls"
	done
}

@test "a 32-bit process that goes on with poll after a stop still polls" {
	need_tracing
	"$WAIT_32" none 2>/dev/null </dev/null || skip "32-bit programs cannot be built or run here"
	make_silent_fifo
	start "$WAIT_32" poll <fifo
	local reader=$!
	wait_for_wait "$reader" "read true"
	kill -STOP "$reader"
	wait_until grep -q '^State:.T' "/proc/$reader/status"
	kill -CONT "$reader"
	is_restarted() {
		[[ $(</proc/"$1"/syscall) == "0 "* ]]
	}
	wait_until is_restarted "$reader"
	[[ $(waits_of "$reader") == "read true" ]]
}
