# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# A terminal of a known size for programs that draw: a separate tmux server for each test, without
# configuration. To be loaded after helpers.bash. SC2154: program and started are set there.

# The environment of programs in open_terminal.
terminal_type=tmux-256color
terminal_locale=C.UTF-8

teardown() {
	close_terminal
	stop_started
}

# The server's socket is in the test's directory, so that no other server is ever addressed.
terminal_tmux() {
	env -u TMUX -u TMUX_PANE TMUX_TMPDIR="$BATS_TEST_TMPDIR" LC_ALL=C.UTF-8 \
		tmux -u -f /dev/null -L terminal "$@"
}

# The script that runs in the terminal: the program, and then cat, so that the final screen stays. It records
# the exit status, and the terminal's settings before and after.
# shellcheck disable=SC2016 # the script expands these
write_terminal_script() {
	printf 'export TERM=%q LC_ALL=%q\n' "$terminal_type" "$terminal_locale"
	printf 'unset TMUX TMUX_PANE COLORTERM\n'
	printf 'cd -- %q\n' "$PWD"
	printf 'stty -g >%q\n' "$BATS_TEST_TMPDIR/terminal.before"
	printf '%q ' "$@"
	printf '\nstatus=$?\n'
	printf 'stty -g >%q\n' "$BATS_TEST_TMPDIR/terminal.after"
	printf 'echo "$status" >%q\n' "$BATS_TEST_TMPDIR/terminal.status"
	printf 'exec cat >/dev/null\n'
}

# open_terminal COLUMNS ROWS COMMAND [ARG...]
open_terminal() {
	local script=$BATS_TEST_TMPDIR/terminal.sh
	need_program tmux
	rm -f "$BATS_TEST_TMPDIR"/terminal.{before,after,status}
	write_terminal_script "${@:3}" >"$script"
	(
		# The server outlives this command, so it must not inherit the descriptors that bats waits for.
		detached env TMUX_TMPDIR="$BATS_TEST_TMPDIR" LC_ALL=C.UTF-8 tmux -u -f /dev/null \
			-L terminal start-server ';' \
			set-option -g status off ';' set-option -g default-terminal tmux-256color ';' \
			set-option -s escape-time 0 ';' \
			new-session -d -x "$1" -y "$2" bash "$script" </dev/null
	) || fail "tmux does not start"
	terminal_pid=$(terminal_tmux display-message -p '#{pane_pid}')
	terminal_server=$(terminal_tmux display-message -p '#{pid}')
}

close_terminal() {
	local tries pid
	[[ -n ${terminal_server-} ]] || return 0
	terminal_tmux kill-server 2>/dev/null || true
	# Until they have ended, they may write to the directory that bats removes.
	for ((tries = 0; tries < 200; tries++)); do
		for pid in "$terminal_server" "$terminal_pid"; do
			! kill -0 "$pid" 2>/dev/null || { sleep 0.05; continue 2; }
		done
		break
	done
	terminal_server=
}

# open_browser COLUMNS ROWS ARGUMENT...: runs "pipeimg browse"
open_browser() {
	open_terminal "$1" "$2" "${as_user[@]}" "$program" browse "${@:3}"
}

resize_terminal() {
	terminal_tmux resize-window -x "$1" -y "$2"
}

# The browser, a child of the terminal's shell.
browser_pid() {
	pgrep -P "$terminal_pid" -x pipeimg-browse
}

has_size() {
	[[ $(stty -F "$(terminal_tmux display-message -p '#{pane_tty}')" size) == "$2 $1" ]]
}

# The browser waits for a key, and has written more than that many bytes.
has_drawn() {
	[[ $(sed 's/.*) //' "/proc/$(browser_pid)/stat") == S* ]] &&
		(($(stat -c %s "$BATS_TEST_TMPDIR/drawn") > $1))
}

# resize_and_draw COLUMNS ROWS: waits until the browser has drawn it. tmux reports sizes late, and skips some.
resize_and_draw() {
	local before
	if [[ ! -e $BATS_TEST_TMPDIR/drawn ]]; then
		: >"$BATS_TEST_TMPDIR/drawn"
		record_output "$BATS_TEST_TMPDIR/drawn"
	fi
	until_screen has_drawn -1
	before=$(stat -c %s "$BATS_TEST_TMPDIR/drawn")
	resize_terminal "$@"
	until_screen has_size "$@"
	until_screen has_drawn "$before"
}

# press KEY...: tmux's names (Enter, Escape, Up, C-l, F1), or single characters
press() {
	terminal_tmux send-keys -- "$@"
}

# type_text TEXT: literally
type_text() {
	terminal_tmux send-keys -l -- "$1"
}

# types TEXT: types ":", the text and Enter
types() {
	type_text ":$1"
	press Enter
}

# The bytes in hex that xterm sends for a press and a release at COLUMN and ROW (SGR mode, counted from 1).
# BUTTON 64 and 65 are the wheel.
mouse_bytes() {
	printf '\033[<%d;%d;%dM\033[<%d;%d;%dm' "$1" "$2" "$3" "$1" "$2" "$3" | od -An -v -tx1
}

# mouse BUTTON COLUMN ROW
mouse() {
	# shellcheck disable=SC2046 # a word a byte
	terminal_tmux send-keys -H $(mouse_bytes "$@")
}

# ---- the screen -------------------------------------------------------------------------------

# All rows, without trailing blanks.
screen() {
	terminal_tmux capture-pane -p
}

# The same with escape sequences for colours and other attributes.
styled_screen() {
	terminal_tmux capture-pane -p -e
}

# screen_row NUMBER: from 1
screen_row() {
	screen | sed -n "$1p"
}

screen_has() {
	local text shown
	shown=$(screen)
	for text in "$@"; do
		[[ $shown == *"$text"* ]] || return 1
	done
}

screen_matches() {
	[[ $(screen) =~ $1 ]]
}

# until_screen CONDITION...: waits until the condition is true, at most a minute
until_screen() {
	local end=$((SECONDS + 60))
	while ((SECONDS < end)); do
		! "$@" || return 0
		sleep 0.02
	done
	fail "timed out waiting for: $*" "--- the screen" "$(screen)" "---"
}

# wait_for_screen TEXT...: until the screen contains all of them
wait_for_screen() {
	until_screen screen_has "$@"
}

# wait_for_regex REGEX: for bash's [[ =~ ]], applied to all rows
wait_for_regex() {
	until_screen screen_matches "$1"
}

screen_lacks() {
	! screen_has "$1"
}

# wait_until_gone TEXT: until the screen no longer contains it
wait_until_gone() {
	until_screen screen_lacks "$1"
}

# record_output FILE: records every byte that the program writes to its terminal from now on
record_output() {
	terminal_tmux pipe-pane -O "cat >>$(printf '%q' "$1")"
}

# ---- the end --------------------------------------------------------------------------------

# wait_for_end STATUS: the program ends with it, and the terminal's settings are restored
wait_for_end() {
	local found
	until_screen test -s "$BATS_TEST_TMPDIR/terminal.status"
	found=$(<"$BATS_TEST_TMPDIR/terminal.status")
	[[ $found == "$1" ]] || fail "expected status $1, found $found" "$(screen)"
	assert_same_file "$BATS_TEST_TMPDIR/terminal.before" "$BATS_TEST_TMPDIR/terminal.after"
}
