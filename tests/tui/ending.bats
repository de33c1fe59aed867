#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# How the browser begins and ends: terminals that are none, signals, stops, crashes.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

browser_pid() {
	pgrep -P "$terminal_pid" -x pipeimg
}

pane_is() {
	[[ $(terminal_tmux display-message -p "$1") == "$2" ]]
}

# The terminal as a shell expects it: its own screen, the cursor, keys and mouse as usual.
assert_terminal_is_back() {
	until_screen pane_is '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{mouse_any_flag}' '0 1 0 0'
}

assert_terminal_is_taken() {
	until_screen pane_is '#{alternate_on} #{cursor_flag}' '1 0'
}

# ends_by SIGNAL STATUS: the browser, and leaves all as it was
ends_by() {
	browse_packets 80 24 4711
	assert_terminal_is_taken
	kill -s "$1" "$(browser_pid)"
	wait_for_end "$2"
	assert_terminal_is_back
}

# ---- the end ----------------------------------------------------------------------------------------

@test "q leaves the terminal as it was" {
	browse_sample 80 24
	assert_terminal_is_taken
	press q
	wait_for_end 0
	assert_terminal_is_back
}

@test "SIGTERM ends it, and the terminal is as it was" {
	ends_by TERM 3
	wait_for_screen 'pipeimg: interrupted'
}

@test "SIGINT ends it, and the terminal is as it was" {
	ends_by INT 3
}

@test "SIGHUP ends it, and the terminal is as it was" {
	ends_by HUP 3
}

@test "^C ends it" {
	browse_sample 80 24
	press C-c
	wait_for_end 3
	assert_terminal_is_back
}

@test "a crash leaves the terminal as it was" {
	local status=139
	# A sanitizer catches this one itself, and ends the process in a way of its own.
	[[ -z ${PIPEIMG_SANITIZED-} ]] || status=1
	ends_by SEGV "$status"
}

@test "an abort leaves the terminal as it was" {
	ends_by ABRT 134
}

@test "every signal that ends a process leaves the terminal as it was" {
	# As kill -l numbers them: 128 and that number.
	for signal in QUIT USR1 USR2 ALRM VTALRM PROF IO XCPU TRAP PIPE PWR STKFLT SYS ILL; do
		ends_by "$signal" $((128 + $(kill -l "$signal")))
		close_terminal
	done
}

@test "a limit on the size of files is an error of the export" {
	browsable sample sample.img
	open_terminal 80 24 bash -c 'ulimit -c 0 -f 4; "$0" browse sample.img --pipe 4713; exit' "$program"
	wait_for_screen LENGTH
	press t
	wait_for_screen '16 marked'
	type_text ':export all.bin'
	press Enter
	wait_for_screen 'all.bin' 'File too large'
	[[ ! -e all.bin ]]
	press q q
	wait_for_end 0
	assert_terminal_is_back
}

@test "a terminal that goes away ends it" {
	browse_sample 80 24
	pid=$(browser_pid)
	terminal_tmux kill-session
	wait_until is_gone "$pid"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# ---- stops ------------------------------------------------------------------------------------------

# A shell that has jobs.
open_shell() {
	browsable sample sample.img
	open_terminal 80 24 bash --norc --noprofile -i
	wait_for_screen bash-
	type_text "PS1='shell> '; stty -g >shell.before; clear"
	press Enter
	wait_for_regex '^shell>'
	type_text "$program browse sample.img"
	press Enter
	wait_for_screen 4711 HOLDERS
}

assert_stopped() {
	wait_for_screen Stopped 'shell>'
	assert_terminal_is_back
}

@test "^Z stops it and gives the shell its terminal; fg brings all back" {
	open_shell
	press C-z
	assert_stopped
	type_text fg
	press Enter
	assert_screen queues-80x24
	assert_terminal_is_taken
	press j
	wait_for_selected '^ *4712 '
	press q
	wait_for_regex 'shell>$'
	assert_terminal_is_back
	type_text 'stty -g >shell.after'
	press Enter
	wait_until test -s shell.after
	assert_same_file shell.before shell.after
}

@test "stopped and continued at another size" {
	open_shell
	press C-z
	assert_stopped
	resize_terminal 60 20
	type_text fg
	press Enter
	assert_screen continued-60x20
}

@test "SIGTSTP from elsewhere stops it too" {
	open_shell
	kill -TSTP "$(pgrep -f "^$program browse sample.img" -s "$(shell_session)")"
	assert_stopped
}

shell_session() {
	ps -o sid= -p "$terminal_pid" | tr -d ' '
}

# ---- no terminal -------------------------------------------------------------------------------------

@test "standard output that is no terminal is an error that says what to use" {
	browsable sample sample.img
	assert_fails 2 "standard output is not a terminal" pipeimg browse sample.img
	assert_error_has 'pipeimg show'
}

@test "a terminal that cannot move its cursor is refused" {
	browsable sample sample.img
	terminal_type=dumb
	open_browser 80 24 sample.img
	wait_for_end 3
	wait_for_screen 'pipeimg: TERM names an unknown terminal, or one that cannot move its cursor'
}

@test "a terminal that nobody knows is refused" {
	browsable sample sample.img
	terminal_type=no-such-terminal
	open_browser 80 24 sample.img
	wait_for_end 3
	wait_for_screen 'pipeimg: TERM names an unknown terminal' xterm-256color
}

@test "TERM that is empty is refused" {
	browsable sample sample.img
	terminal_type=
	open_browser 80 24 sample.img
	wait_for_end 3
}

@test "no image is wrong usage" {
	assert_fails 2 'browse takes one image, not 0, or --live' pipeimg browse
}

@test "two images are wrong usage" {
	assert_fails 2 'browse takes one image, not 2, or --live' pipeimg browse a b
}

@test "an image that is not there is told on the terminal, which is never taken" {
	open_browser 80 24 nowhere.img
	wait_for_end 3
	wait_for_screen 'pipeimg: nowhere.img: ' 'No such file or directory'
}

@test "what is no image is told" {
	echo nothing >text
	open_browser 80 24 text
	wait_for_end 1
	wait_for_screen 'pipeimg: text: '
}

@test "an image from standard input is browsed by keys of the terminal" {
	browsable sample sample.img
	open_terminal 80 24 bash -c 'cat sample.img | "$0" browse -' "$program"
	wait_for_screen 4716
	press G
	wait_for_selected '^ *4716 '
	press q
	wait_for_end 0
	assert_terminal_is_back
}
