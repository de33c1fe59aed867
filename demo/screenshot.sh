#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes the picture of README: captures the queues of live processes of this machine, opens the image
# with pipeimg browse in a terminal of tmux, and draws what that shows. Needs tmux and python3.
set -euo pipefail

readonly usage='usage: demo/screenshot.sh BUILDDIR OUT.svg'
readonly columns=100 rows=24
demo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly demo
work=
pids=()

die() {
	printf 'screenshot: %s\n' "$*" >&2
	exit 1
}

in_tmux() {
	env -u TMUX TMUX_TMPDIR="$work" LC_ALL=C.UTF-8 tmux -u -f /dev/null -L screenshot "$@"
}

# Ends nothing but what this script started.
clean_up() {
	local status=$? pid
	trap - EXIT
	in_tmux kill-server 2>/dev/null || true
	for pid in "${pids[@]}"; do
		kill "$pid" 2>/dev/null || true
	done
	rm -rf -- "$work"
	exit "$status"
}

wait_for() {
	local tries
	for ((tries = 0; tries < 200; tries++)); do
		! "$@" || return 0
		sleep 0.05
	done
	die "waited in vain for: $*"
}

# A process with unread packets; one whose writer filled its pipe and waits; one whose writer ended.
# shellcheck disable=SC2216 # that nobody reads is the point
start_processes() {
	packet-writer </dev/null >"$work/written" 2>&1 &
	pids+=($!)
	yes 'nobody reads this' 2>/dev/null | sleep 600 >/dev/null 2>&1 &
	pids+=($!)
	seq -f 'job %.0f done' 4711 6700 | sleep 600 >/dev/null 2>&1 &
	pids+=($!)
	wait_for grep -q '^pid ' "$work/written"
	wait_for lists "${pids[1]}" '/64K    full'
	wait_for lists "${pids[2]}" '-> sleep'
}

# lists PID REGEX
lists() {
	pipeimg list --pid "$1" | grep -q -- "$2"
}

shows() {
	in_tmux capture-pane -p | grep -qF -- "$1"
}

browse() {
	local command pipe
	pipe=$(pipeimg list --pid "${pids[0]}" | awk '$3 == "mixed" { print $1 }')
	printf -v command 'cd %q && exec pipeimg browse queues.img --pipe %s' "$work" "$pipe"
	in_tmux start-server ';' set-option -g status off ';' \
		set-option -g default-terminal tmux-256color ';' \
		new-session -d -x "$columns" -y "$rows" "$command"
	wait_for shows 'slow request'
	in_tmux send-keys j
	wait_for shows '2/7'
}

main() {
	if [[ $# -ne 2 || $1 == -* ]]; then
		printf '%s\n' "$usage" >&2
		exit 2
	fi
	PATH=$(cd -- "$1" && pwd):$(cd -- "$1" && pwd)/demo:$PATH
	work=$(mktemp -d "${TMPDIR:-/tmp}/pipeimg-screenshot.XXXXXX")
	trap clean_up EXIT
	start_processes
	pipeimg capture -q --pid "${pids[0]}" --pid "${pids[1]}" --pid "${pids[2]}" -o "$work/queues.img"
	browse
	in_tmux capture-pane -p -e -N >"$work/screen"
	python3 "$demo/terminal-svg.py" "$columns" "$rows" 'pipeimg browse queues.img' \
		<"$work/screen" >"$work/screen.svg"
	mv -- "$work/screen.svg" "$2"
}

main "$@"
