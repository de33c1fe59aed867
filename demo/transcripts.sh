#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints a transcript for README.md, by running its commands on this machine. A test compares it with the page,
# except for numbers, which differ in each run.
set -euo pipefail

readonly usage='usage: demo/transcripts.sh BUILDDIR hang|save|checkpoint|merged'
source=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
readonly source
# shellcheck source=demo/live.bash
source "$source/demo/live.bash"

# Prints a command as you would type it, and its output.
run() {
	printf '$ %s\n' "$*"
	timeout --foreground 60 "$@" </dev/null 2>&1 || [[ $? -eq 1 ]]
}

transcript_hang() {
	start_stopped_reader
	run pipeimg list --pid "$writer"
}

transcript_save() {
	start_packet_writer
	run pipeimg capture --pid "$packet_writer" -o queue.img
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
	start_work "$1"
	cd -- "$work"
	"transcript_$2"
}

main "$@"
