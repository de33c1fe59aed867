# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For scripts that show pipeimg on processes that they start. They set work, a directory, and add to pids.
work=
pids=()

die() {
	printf '%s: %s\n' "$(basename -- "$0")" "$*" >&2
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

# start_work BUILDDIR: finds the programs there, and creates the directory
start_work() {
	local build path fd
	build=$(cd -- "$1" && pwd)
	PATH=$build:$build/demo:$PATH
	# A caller can leave pipes open above standard error, and list would show their ends.
	for path in /proc/"$BASHPID"/fd/*; do
		fd=${path##*/}
		# Bash keeps the script itself open.
		[[ $fd -le 2 || $path -ef $0 ]] || eval "exec $fd>&-"
	done
	work=$(mktemp -d "${TMPDIR:-/tmp}/pipeimg-demo.XXXXXX")
	trap clean_up EXIT
}

wait_for() {
	local tries
	for ((tries = 0; tries < 600; tries++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	die "timed out waiting for: $*"
}

# lists PID TEXT
lists() {
	pipeimg list --pid "$1" | grep -F -- "$2"
}

# Starts a writer whose reader is stopped. Sets reader and writer.
start_stopped_reader() {
	exec 5> >(exec gzip >/dev/null 2>&1)
	reader=$!
	pids+=("$reader")
	yes 'GET /health 200' </dev/null >&5 2>/dev/null 5>&- &
	writer=$!
	pids+=("$writer")
	exec 5>&-
	wait_for lists "$writer" gzip
	kill -STOP "$reader"
	wait_for lists "$writer" SIGSTOP
	wait_for lists "$writer" 'waits to write'
}

# Starts a process with unread packets. Sets packet_writer.
start_packet_writer() {
	packet-writer </dev/null >"$work/written" 2>&1 &
	packet_writer=$!
	pids+=("$packet_writer")
	wait_for grep '^pid ' "$work/written"
}
