#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints a transcript for README.md, by running its commands on this machine. A test compares it with the page,
# except for numbers, which differ in each run.
set -euo pipefail

readonly usage='usage: demo/transcripts.sh BUILDDIR hang|save|checkpoint|merged'
source=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
readonly source
work=
pids=()

die() {
	printf 'transcripts: %s\n' "$*" >&2
	exit 1
}

# Ends only processes that this script started.
clean_up() {
	local status=$? pid
	trap - EXIT
	for pid in "${pids[@]}"; do
		kill -KILL "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	done
	rm -rf -- "$work"
	exit "$status"
}

# A caller can leave pipes open above standard error, and list would show their ends.
close_inherited_descriptors() {
	local path fd
	for path in /proc/"$BASHPID"/fd/*; do
		fd=${path##*/}
		# Bash keeps the script itself open.
		[[ $fd -le 2 || $path -ef ${BASH_SOURCE[0]} ]] || eval "exec $fd>&-"
	done
}

wait_for() {
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	die "timed out waiting for: $*"
}

# Prints a command as you would type it, and its output.
run() {
	printf '$ %s\n' "$*"
	timeout --foreground 60 "$@" </dev/null 2>&1 || [[ $? -eq 1 ]]
}

# lists PID TEXT
lists() {
	pipeimg list --pid "$1" | grep -F -- "$2"
}

transcript_hang() {
	exec 5> >(exec gzip >log.gz 2>/dev/null)
	pids+=($!)
	yes 'GET /health 200' </dev/null >&5 2>/dev/null 5>&- &
	pids+=($!)
	exec 5>&-
	wait_for lists "${pids[1]}" gzip
	kill -STOP "${pids[0]}"
	wait_for lists "${pids[1]}" SIGSTOP
	wait_for lists "${pids[1]}" 'waits to write'
	run pipeimg list --pid "${pids[1]}"
}

transcript_save() {
	packet-writer </dev/null >written 2>&1 &
	pids+=($!)
	wait_for grep '^pid ' written
	run pipeimg capture --pid "${pids[0]}" -o queue.img
	echo
	run pipeimg show queue.img
	echo
	run pipeimg show queue.img --packet 4 --hex
	echo
	run pipeimg restore queue.img -- packet-reader
}

transcript_checkpoint() {
	cp -- "$source/testdata/podman/checkpoint.tar.zst" checkpoint.tar.zst
	run pipeimg show checkpoint.tar.zst
	echo
	run pipeimg verify checkpoint.tar.zst
}

transcript_merged() {
	cp -r --no-preserve=mode -- "$source/testdata/criu-4.2/length-prefixed" dump
	run pipeimg upgrade --frame auto dump
	echo
	run pipeimg upgrade --frame 30740=u32le dump -o upgraded
	echo
	run pipeimg show upgraded
}

main() {
	if [[ $# -ne 2 || $1 == -* ]] || ! declare -F "transcript_$2" >/dev/null; then
		printf '%s\n' "$usage" >&2
		exit 2
	fi
	local build
	build=$(cd -- "$1" && pwd)
	PATH=$build:$build/demo:$PATH
	close_inherited_descriptors
	work=$(mktemp -d "${TMPDIR:-/tmp}/pipeimg-transcripts.XXXXXX")
	trap clean_up EXIT
	cd -- "$work"
	"transcript_$2"
}

main "$@"
