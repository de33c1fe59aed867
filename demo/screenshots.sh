#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Creates the screenshots in README.md: runs pipeimg list and pipeimg browse in tmux, on live processes of this
# machine, and draws the screen. Needs tmux and python3.
set -euo pipefail

readonly usage='usage: demo/screenshots.sh BUILDDIR OUTDIR'
demo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly demo
work=
pids=()

die() {
	printf 'screenshots: %s\n' "$*" >&2
	exit 1
}

in_tmux() {
	env -u TMUX TMUX_TMPDIR="$work" LC_ALL=C.UTF-8 tmux -u -f /dev/null -L screenshots "$@"
}

# Ends only processes that this script started.
clean_up() {
	local status=$? pid
	trap - EXIT
	in_tmux kill-server 2>/dev/null || true
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
	for ((tries = 0; tries < 200; tries++)); do
		! "$@" || return 0
		sleep 0.05
	done
	die "timed out waiting for: $*"
}

# lists PID TEXT
lists() {
	pipeimg list --pid "$1" | grep -qF -- "$2"
}

shows() {
	in_tmux capture-pane -p | grep -qF -- "$1"
}

# A process with unread packets; a writer whose reader is stopped; a writer that has ended.
# shellcheck disable=SC2216 # the pipe is intentionally not read
start_processes() {
	packet-writer </dev/null >"$work/written" 2>&1 &
	pids+=($!)
	exec 5> >(exec gzip >/dev/null 2>&1)
	pids+=($!)
	yes 'GET /health 200' </dev/null >&5 2>/dev/null 5>&- &
	pids+=($!)
	exec 5>&-
	wait_for lists "${pids[1]}" gzip
	kill -STOP "${pids[1]}"
	seq -f 'job %.0f done' 4711 6700 | sleep 600 >/dev/null 2>&1 &
	pids+=($!)
	wait_for grep -q '^pid ' "$work/written"
	wait_for lists "${pids[1]}" 'SIGSTOP'
	wait_for lists "${pids[1]}" 'waits to write'
	wait_for lists "${pids[3]}" '-> sleep'
}

# in_terminal COLUMNS ROWS COMMAND...
in_terminal() {
	local command
	printf -v command '%q ' "${@:3}"
	in_tmux start-server ';' set-option -g status off ';' \
		set-option -g default-terminal tmux-256color ';' \
		new-session -d -x "$1" -y "$2" -c "$work" "$command"
}

# draw COLUMNS ROWS TITLE FILE: draws the screen, and closes the terminal
draw() {
	in_tmux capture-pane -p -e -N >"$work/screen"
	python3 "$demo/terminal-svg.py" "$1" "$2" "$3" <"$work/screen" >"$work/screen.svg"
	mv -- "$work/screen.svg" "$4"
	in_tmux kill-server
}

draw_list() {
	local pid arguments=()
	for pid in "${pids[@]}"; do
		arguments+=(--pid "$pid")
	done
	in_terminal 100 7 sh -c 'pipeimg list "$@"; exec sleep 600' sh "${arguments[@]}"
	wait_for shows SIGSTOP
	draw 100 7 'pipeimg list' "$1"
}

draw_browse() {
	local pipe
	pipe=$(pipeimg list --pid "${pids[0]}" | awk '$3 == "mixed" { print $1 }')
	pipeimg capture -q --pid "${pids[0]}" --pid "${pids[1]}" --pid "${pids[3]}" -o "$work/queues.img"
	in_terminal 100 24 pipeimg browse queues.img --pipe "$pipe"
	wait_for shows 'slow request'
	in_tmux send-keys j
	wait_for shows '2/7'
	draw 100 24 'pipeimg browse queues.img' "$1"
}

main() {
	if [[ $# -ne 2 || $1 == -* ]]; then
		printf '%s\n' "$usage" >&2
		exit 2
	fi
	PATH=$(cd -- "$1" && pwd):$(cd -- "$1" && pwd)/demo:$PATH
	close_inherited_descriptors
	work=$(mktemp -d "${TMPDIR:-/tmp}/pipeimg-screenshots.XXXXXX")
	trap clean_up EXIT
	start_processes
	draw_list "$2/list.svg"
	draw_browse "$2/browse.svg"
}

main "$@"
