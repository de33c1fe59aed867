#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Demonstrates the main commands on a live pipe of this machine, and checks the result: captures the
# unread messages of a process, shows them, and passes them to another process.
set -euo pipefail

readonly usage='usage: demo/demo.sh BUILDDIR    (BUILDDIR: directory where pipeimg was built)'
work=
writer_pid=

die() {
	printf 'demo: %s\n' "$*" >&2
	exit 1
}

say() {
	printf '\n'
	printf '# %s\n' "$@"
}

# Kills only the writer that this script started.
clean_up() {
	local status=$?
	trap - EXIT
	if [[ -n $writer_pid ]]; then
		kill "$writer_pid" 2>/dev/null || true
		wait "$writer_pid" 2>/dev/null || true
	fi
	[[ -z $work ]] || rm -rf -- "$work"
	exit "$status"
}

# run FILE COMMAND...: prints a command as you would type it, then runs it. The output also goes to FILE.
# The time limit ends a reader that waits forever because a write end was left open.
run() {
	local output=$1 status=0
	shift
	printf '\n$ %s\n' "$*"
	timeout --foreground 60 "$@" </dev/null >"$output" || status=$?
	cat -- "$output"
	[[ $status -ne 124 ]] || die "'$*' did not end within 60 seconds"
	[[ $status -eq 0 ]] || die "'$*' failed with exit status $status"
}

use_build() {
	local build
	build=$(cd -- "$1" 2>/dev/null && pwd) || die "no such directory: $1"
	local program
	for program in pipeimg demo/packet-writer demo/packet-reader; do
		[[ -x $build/$program ]] || die "$build/$program is missing: run ./bootstrap build first"
	done
	PATH=$build:$build/demo:$PATH
}

# Standard streams are files, so that the writer has only one pipe open.
start_writer() {
	: >"$work/written"
	packet-writer </dev/null >"$work/written" 2>"$work/writer-errors" &
	writer_pid=$!
	local tries
	for ((tries = 0; tries < 100; tries++)); do
		grep -q "^pid $writer_pid\$" "$work/written" && return
		kill -0 "$writer_pid" 2>/dev/null || break
		sleep 0.05
	done
	cat -- "$work/writer-errors" >&2
	die 'packet-writer did not start'
}

# The reads that a reader must get: one for each packet, and one for the stream run at the end.
expect_reads() {
	sed -nE 's/^(packet|stream) /read /p' "$work/written" >"$work/expected"
	[[ -s $work/expected ]] || die 'packet-writer wrote nothing'
}

check_reads() {
	diff -u --label written --label 'read back' "$work/expected" "$1" ||
		die 'the reads above are not the messages that were written'
}

show_writer() {
	say "Process $writer_pid has a pipe in packet mode: one write(2) there is one packet for the reader." \
		'It wrote these messages, turned packet mode off, wrote ordinary bytes, and now waits. Nobody reads them.'
	grep -E '^(packet|stream) ' "$work/written"
}

show_list() {
	say 'What is unread in its pipe?'
	run "$work/list" pipeimg list --pid "$writer_pid"
	grep -qw -- "$writer_pid" "$work/list" || die "the list does not name process $writer_pid"
}

show_capture() {
	say 'Copy the unread data while the process waits:'
	run "$work/out" pipeimg capture --pid "$writer_pid" -o "$work/queue.img"
	[[ -s $work/queue.img ]] || die 'the capture left no image'
	run "$work/out" pipeimg show "$work/queue.img"
	[[ -s $work/out ]] || die 'the image shows nothing'
	run "$work/out" pipeimg verify "$work/queue.img"
}

show_restore() {
	say 'Fill a new pipe from the copy, and let a reader with a buffer of 1 MiB read it to the end:'
	run "$work/reads" pipeimg restore "$work/queue.img" -- packet-reader
	check_reads "$work/reads"
}

# A second capture of the same pipe has all messages only if the first one consumed nothing.
show_nothing_consumed() {
	say 'Did the capture consume anything? Capture the pipe again, and read the copy:'
	run "$work/out" pipeimg capture --pid "$writer_pid" -o "$work/again.img"
	run "$work/reads-again" pipeimg restore "$work/again.img" -- packet-reader
	check_reads "$work/reads-again"
	kill -0 "$writer_pid" 2>/dev/null || die "process $writer_pid is gone"
}

conclude() {
	local packets
	packets=$(grep -c '^packet ' "$work/written")
	say 'The queue was captured while its process waited, and nothing was consumed: the second capture' \
		"has the same messages. Each of the $packets packets came back from the restored pipe in a separate" \
		'read, byte for byte, and the stream after them in one read. All of this was checked.'
}

main() {
	if [[ $# -ne 1 || $1 == -* ]]; then
		printf '%s\n' "$usage" >&2
		exit 2
	fi
	use_build "$1"
	trap clean_up EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
	work=$(mktemp -d "${TMPDIR:-/tmp}/pipeimg-demo.XXXXXX")
	start_writer
	expect_reads
	show_writer
	show_list
	show_capture
	show_restore
	show_nothing_consumed
	conclude
}

main "$@"
