#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Creates the screenshots in README.md: runs pipeimg list and pipeimg browse in tmux, on live processes of this
# machine, and draws the screen. Needs tmux and python3.
set -euo pipefail

readonly usage='usage: demo/screenshots.sh BUILDDIR OUTDIR'
demo=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
readonly demo
# shellcheck source=demo/live.bash
source "$demo/live.bash"

in_tmux() {
	env -u TMUX TMUX_TMPDIR="$work" LC_ALL=C.UTF-8 tmux -u -f /dev/null -L screenshots "$@"
}

shows() {
	in_tmux capture-pane -p | grep -qF -- "$1"
}

# A writer whose reader is stopped; a process with unread packets; a writer that has ended.
# shellcheck disable=SC2216 # the pipe is intentionally not read
start_processes() {
	start_stopped_reader
	start_packet_writer
	seq -f 'job %.0f done' 4711 6700 | sleep 600 >/dev/null 2>&1 &
	sleeper=$!
	pids+=("$sleeper")
	wait_for lists "$sleeper" '-> sleep'
	of_processes=(--pid "$writer" --pid "$packet_writer" --pid "$sleeper")
}

# in_terminal COLUMNS ROWS COMMAND...
in_terminal() {
	local command
	printf -v command '%q ' "${@:3}"
	in_tmux start-server ';' set-option -g status off ';' \
		set-option -g default-terminal tmux-256color ';' \
		new-session -d -x "$1" -y "$2" -c "$work" "$command"
	pids+=("$(in_tmux display-message -p '#{pid}')")
}

# draw COLUMNS ROWS TITLE FILE: draws the screen, and closes the terminal
draw() {
	in_tmux capture-pane -p -e -N >"$work/screen"
	python3 "$demo/terminal-svg.py" "$1" "$2" "$3" <"$work/screen" >"$work/screen.svg"
	mv -- "$work/screen.svg" "$4"
	in_tmux kill-server
}

draw_list() {
	in_terminal 100 7 sh -c 'pipeimg list "$@"; exec sleep 600' sh "${of_processes[@]}"
	wait_for shows SIGSTOP
	draw 100 7 'pipeimg list' "$1"
}

draw_browse() {
	local pipe
	pipe=$(pipeimg list --pid "$packet_writer" | awk '$3 == "mixed" { print $1 }')
	pipeimg capture -q "${of_processes[@]}" -o "$work/queues.img"
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
	start_work "$1"
	start_processes
	draw_list "$2/list.svg"
	draw_browse "$2/browse.svg"
}

main "$@"
