#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# What pipeimg list reports about processes that wait or are halted.
# shellcheck disable=SC2154,SC2030,SC2031 # helpers set variables; each test is a separate process
load helpers.bash
load live-pipes.bash

setup_file() {
	export WAIT_32=$BATS_FILE_TMPDIR/wait-32
	# shellcheck disable=SC2086 # a compiler and its arguments
	${PIPEIMG_CC:-cc} -m32 -static -nostdlib -ffreestanding -fno-stack-protector -fno-pie -no-pie \
		-o "$WAIT_32" "$PIPEIMG_SOURCE/tests/programs/wait-32.c" 2>/dev/null || true
}

# start COMMAND...: in the background, without bats' descriptors; its pid is in $!. Uses a separate process group ("set
# -m"), because the kernel ignores SIGTSTP, SIGTTIN and SIGTTOU in a group whose parents are all in another session, as
# the tests' parents may be.
start() {
	# A background command reads /dev/null by default.
	set -m
	detached "$@" <&0 2>/dev/null &
	set +m
	started+=($!)
}

# waits_of PID: prints what this process waits for according to list: "TO POLLS" on each line
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

# A FIFO that another process could write to.
make_silent_fifo() {
	mkfifo fifo
	start sleep 600 0<>fifo
}

@test "waits of a 32-bit process in 32-bit system calls are reported" {
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

@test "a 32-bit process that continues poll after a stop is still polling" {
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

# ---- processes that do not run ---------------------------------------------------------------------

# stuff_fifo: starts a reader that does not read (reader) and a writer that waits for it (writer)
stuff_fifo() {
	mkfifo fifo
	# Opening one end blocks until the other is opened.
	exec 9<>fifo
	start cat <fifo >/dev/null
	reader=$!
	wait_until grep -qx cat "/proc/$reader/comm"
	"$@"
	start yes >fifo
	writer=$!
	exec 9>&-
	wait_for_wait "$writer" "write false"
}

halted_of() {
	pipeimg list --json --pid "$writer" | jq -c --argjson pid "$reader" \
		'.pipes[] | select(.type == "fifo") | .halted[] | select(.pid == $pid) | del(.pid)'
}

# assert_halted TEXT JSON: only the writer waits, and the reader is reported with that text
assert_halted() {
	run --separate-stderr pipeimg list --pid "$writer"
	assert_output_has "yes[$writer] waits to write to cat[$reader]:0r"
	assert_output_has "cat[$reader] is $1"
	assert_output_lacks "to read"
	[[ $(halted_of) == "$2" ]] || fail "expected: $2" "$(halted_of)"
	[[ -z $(waits_of "$reader") ]]
}

stop_reader() {
	kill -s "$1" "$reader"
	wait_until grep -q '^State:.T' "/proc/$reader/status"
}

@test "a stopped reader is reported with the signal that stopped it, and the writer waits for it" {
	need_tracing
	local name
	for name in STOP TSTP; do
		rm -f fifo
		stuff_fifo stop_reader "$name"
		assert_halted "stopped by SIG$name" \
			"{\"comm\":\"cat\",\"stopped\":true,\"signal\":\"SIG$name\",\"traced\":false,\"frozen\":false}"
		grep -q '^State:.T' "/proc/$reader/status"
	done
}

# Other programs, such as another test, may inspect the same process at this moment.
is_listed_as_stopped() {
	pipeimg list --pid "$reader" | grep -q "cat\[$reader\] is stopped by SIGTTOU"
}

@test "the signal that stopped a process is known even after its parent has collected it" {
	need_tracing
	mkfifo fifo
	start "$python" -c '
import os, signal, subprocess
cat = subprocess.Popen(["cat"], stdout=subprocess.DEVNULL)
os.kill(cat.pid, signal.SIGTTOU)
os.waitpid(cat.pid, os.WUNTRACED)
print(cat.pid, flush=True)
# A scan does not change anything for the parent: it gets no further report until SIGCONT.
print(os.waitpid(cat.pid, os.WUNTRACED | os.WCONTINUED), flush=True)
cat.kill()' <>fifo >parent
	wait_until test -s parent
	reader=$(<parent)
	started+=("$reader")
	[[ $(sed 's/.* //' "/proc/$reader/stat") == 0 ]]
	for _ in 1 2 3; do
		wait_until is_listed_as_stopped
	done
	# To read the signal, a program briefly traces the process, which can seem to run then. Programs that read it at
	# the same time mistake this neither for a tracer nor for missing permission.
	local round asker asking
	for round in {1..20}; do
		asking=()
		for asker in {1..4}; do
			pipeimg list --pid "$reader" >"answer.$round.$asker" 3>&- &
			asking+=($!)
		done
		wait "${asking[@]}"
	done
	run grep -h "cat\[$reader\] is" answer.*
	[[ $(sort -u <<<"$output" | sed 's/^ *//') == "cat[$reader] is stopped by SIGTTOU" ]] || fail "$output"
	# The same holds for a program that stops it.
	for round in {1..10}; do
		pipeimg list --pid "$reader" >/dev/null 3>&- &
		asking=($!)
		pipeimg capture -q --pid "$reader" --stop -o "stopped.$round/" 3>&-
		wait "${asking[@]}"
	done
	[[ $(wc -l <parent) -eq 1 ]]
	kill -CONT "$reader"
	wait_until grep -q "($reader, 65535)" parent
}

@test "a process that a tracer has stopped is reported with the tracer" {
	need_tracing
	hold_reader() {
		trace "$reader"
	}
	stuff_fifo hold_reader
	local comm
	comm=$(<"/proc/$tracer/comm")
	assert_halted "held by its tracer ${comm}[$tracer]" \
		"{\"comm\":\"cat\",\"stopped\":false,\"traced\":true,\"tracer_pid\":$tracer,\"tracer_comm\":\"$comm\",\"frozen\":false}"
}

# freeze_reader FILE WORD ANSWER FILE: like freeze
freeze_reader() {
	freeze "$reader" "$@"
}

teardown() {
	remove_group
	stop_started
}

@test "a process in a frozen cgroup v2 is reported as frozen" {
	make_group cgroup2
	[[ -e $group/cgroup.freeze ]] || skip "this kernel's cgroups cannot be frozen"
	stuff_fifo freeze_reader cgroup.freeze 1 "frozen 1" cgroup.events
	assert_halted "frozen with its cgroup" \
		'{"comm":"cat","stopped":false,"traced":false,"frozen":true}'
}

@test "a process in a frozen cgroup v1 is reported as frozen" {
	make_group cgroup freezer
	stuff_fifo freeze_reader freezer.state FROZEN FROZEN freezer.state
	assert_halted "frozen with its cgroup" \
		'{"comm":"cat","stopped":false,"traced":false,"frozen":true}'
}

@test "a process that is both stopped and frozen is reported as both" {
	make_group cgroup2
	[[ -e $group/cgroup.freeze ]] || skip "this kernel's cgroups cannot be frozen"
	stop_and_freeze_reader() {
		stop_reader STOP
		freeze_reader cgroup.freeze 1 "frozen 1" cgroup.events
	}
	stuff_fifo stop_and_freeze_reader
	assert_halted "stopped by SIGSTOP and frozen with its cgroup" \
		'{"comm":"cat","stopped":true,"signal":"SIGSTOP","traced":false,"frozen":true}'
}

@test "unknown values of a pipe are reported with the reason" {
	hold --close-read p:packet
	run --separate-stderr pipeimg list --pid "$holder"
	assert_output_has "content unknown: only its write ends are accessible"
	pipeimg list --json --pid "$holder" |
		jq -e '.pipes[0] | .mode == null and (.content_error | startswith("only its write ends"))'
}

@test "--json --pid prints nothing on standard error if there are pipes" {
	hold p:packet
	run --separate-stderr pipeimg list --json --pid "$holder"
	assert_status 0
	assert_no_error
}
