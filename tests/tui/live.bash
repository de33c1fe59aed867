# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154
# The browser with live pipes. To be loaded after terminal.bash. SC2034: tests use the variables set here;
# SC2154: started is set in helpers.bash.

# open_live [COLUMNS ROWS [OPTION...]]
open_live() {
	open_browser "${1:-120}" "${2:-24}" --live "${@:3}"
	wait_for_screen 'live pipes' STATE
}

# select_pipe ID: selects a pipe, and waits until its ends are in the head of the view
select_pipe() {
	types "$1"
	wait_for_screen " $1: "
}

# start_pipeline: a FIFO from a waiting writer (yes) to a reader that does not read (sleep). "set -m" as in
# waits.bats: the kernel ignores SIGTSTP in some process groups.
start_pipeline() {
	mkfifo "$BATS_TEST_TMPDIR/stuck"
	set -m
	detached sleep 600 <"$BATS_TEST_TMPDIR/stuck" >/dev/null 2>&1 &
	reader=$!
	detached yes >"$BATS_TEST_TMPDIR/stuck" 2>/dev/null </dev/null &
	writer=$!
	set +m
	started+=("$reader" "$writer")
	wait_until grep -q yes "/proc/$writer/comm"
	wait_until grep -q sleep "/proc/$reader/comm"
	pipe=$(stat -c %i "$BATS_TEST_TMPDIR/stuck")
}
