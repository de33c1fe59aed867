# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# A terminal of a known size for programs that draw: a tmux server of the test's own, without anybody's
# configuration. To be loaded after helpers.bash. SC2154: program and started are set there.

# What open_terminal gives to its program.
terminal_type=tmux-256color
terminal_locale=C.UTF-8

teardown() {
	close_terminal
	stop_started
}

# The server's socket is in the test's directory, so that no other server is ever meant.
terminal_tmux() {
	env -u TMUX -u TMUX_PANE TMUX_TMPDIR="$BATS_TEST_TMPDIR" LC_ALL=C.UTF-8 \
		tmux -u -f /dev/null -L terminal "$@"
}

# What runs in the terminal: the program; and then nothing, so that what it left there can be seen.
# Beside it are its exit status and what it did to the terminal's settings.
# shellcheck disable=SC2016 # it is the script that expands these
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
		# The server outlives this command, and must not keep what bats waits for.
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
	# Until they are gone, they may write into the directory that bats removes.
	for ((tries = 0; tries < 200; tries++)); do
		for pid in "$terminal_server" "$terminal_pid"; do
			! kill -0 "$pid" 2>/dev/null || { sleep 0.05; continue 2; }
		done
		break
	done
	terminal_server=
}

# open_browser COLUMNS ROWS ARGUMENT...: of "pipeimg browse"
open_browser() {
	open_terminal "$1" "$2" "${as_user[@]}" "$program" browse "${@:3}"
}

resize_terminal() {
	terminal_tmux resize-window -x "$1" -y "$2"
}

# The browser itself, below the shell of the terminal.
browser_pid() {
	pgrep -P "$terminal_pid" -x pipeimg
}

has_size() {
	[[ $(stty -F "$(terminal_tmux display-message -p '#{pane_tty}')" size) == "$2 $1" ]]
}

# It waits for a key, and has written more than so many bytes.
has_drawn() {
	[[ $(sed 's/.*) //' "/proc/$(browser_pid)/stat") == S* ]] &&
		(($(stat -c %s "$BATS_TEST_TMPDIR/drawn") > $1))
}

# resize_and_draw COLUMNS ROWS: until the browser has drawn it. tmux tells sizes late, and not each of many.
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

# press KEY...: by tmux's names (Enter, Escape, Up, C-l, F1), or a character each
press() {
	terminal_tmux send-keys -- "$@"
}

# type_text TEXT: as it is
type_text() {
	terminal_tmux send-keys -l -- "$1"
}

# types TEXT: after ":", and Enter
types() {
	type_text ":$1"
	press Enter
}

# The bytes of a press and a release at COLUMN and ROW, as an xterm tells them (SGR, from 1), in hex.
# BUTTON 64 and 65 are the wheel.
mouse_bytes() {
	printf '\033[<%d;%d;%dM\033[<%d;%d;%dm' "$1" "$2" "$3" "$1" "$2" "$3" | od -An -v -tx1
}

# mouse BUTTON COLUMN ROW
mouse() {
	# shellcheck disable=SC2046 # a word a byte
	terminal_tmux send-keys -H $(mouse_bytes "$@")
}

# ---- what it shows -------------------------------------------------------------------------------

# All rows, without the blanks at their ends.
screen() {
	terminal_tmux capture-pane -p
}

# The same with escape sequences for colours and the like.
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

# until_screen CONDITION...: waits until it is so, at most a minute
until_screen() {
	local end=$((SECONDS + 60))
	while ((SECONDS < end)); do
		! "$@" || return 0
		sleep 0.02
	done
	fail "waited in vain for: $*" "--- the screen" "$(screen)" "---"
}

# wait_for_screen TEXT...: until it shows all of them
wait_for_screen() {
	until_screen screen_has "$@"
}

# wait_for_regex REGEX: one of bash's [[ =~ ]], over all rows
wait_for_regex() {
	until_screen screen_matches "$1"
}

screen_lacks() {
	! screen_has "$1"
}

# wait_until_gone TEXT: until it shows it no more
wait_until_gone() {
	until_screen screen_lacks "$1"
}

# record_output FILE: what the program writes to its terminal from now on, byte by byte
record_output() {
	terminal_tmux pipe-pane -O "cat >>$(printf '%q' "$1")"
}

# ---- how it ended --------------------------------------------------------------------------------

# wait_for_end STATUS: the program ends so, and leaves the terminal's settings as they were
wait_for_end() {
	local found
	until_screen test -s "$BATS_TEST_TMPDIR/terminal.status"
	found=$(<"$BATS_TEST_TMPDIR/terminal.status")
	[[ $found == "$1" ]] || fail "expected status $1, found $found" "$(screen)"
	assert_same_file "$BATS_TEST_TMPDIR/terminal.before" "$BATS_TEST_TMPDIR/terminal.after"
}
