#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# How the browser starts and ends: missing terminals, signals, stops, crashes.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

browser_pid() {
	pgrep -P "$terminal_pid" -x pipeimg-browse
}

pane_is() {
	[[ $(terminal_tmux display-message -p "$1") == "$2" ]]
}

# The terminal is as a shell expects it: normal screen, cursor, keys and mouse.
assert_terminal_is_back() {
	until_screen pane_is '#{alternate_on} #{cursor_flag} #{keypad_cursor_flag} #{mouse_any_flag}' '0 1 0 0'
}

assert_terminal_is_taken() {
	until_screen pane_is '#{alternate_on} #{cursor_flag}' '1 0'
}

# ends_by SIGNAL STATUS: the signal ends the browser, which restores the terminal
ends_by() {
	browse_packets 80 24 4711
	assert_terminal_is_taken
	kill -s "$1" "$(browser_pid)"
	wait_for_end "$2"
	assert_terminal_is_back
}

# ---- ending ----------------------------------------------------------------------------------------

@test "q restores the terminal" {
	browse_sample 80 24
	assert_terminal_is_taken
	press q
	wait_for_end 0
	assert_terminal_is_back
}

@test "SIGTERM ends the browser and restores the terminal" {
	ends_by TERM 3
	wait_for_screen 'pipeimg: interrupted'
}

@test "SIGINT ends the browser and restores the terminal" {
	ends_by INT 3
}

@test "SIGHUP ends the browser and restores the terminal" {
	ends_by HUP 3
}

@test "^C ends the browser" {
	browse_sample 80 24
	press C-c
	wait_for_end 3
	assert_terminal_is_back
}

@test "a crash restores the terminal" {
	local status=139
	# A sanitizer catches this signal, and ends the process with a different status.
	[[ -z ${PIPEIMG_SANITIZED-} ]] || status=1
	ends_by SEGV "$status"
}

@test "an abort restores the terminal" {
	ends_by ABRT 134
}

@test "every signal that ends a process restores the terminal" {
	# The status is 128 plus the signal number.
	for signal in QUIT USR1 USR2 ALRM VTALRM PROF IO XCPU TRAP PIPE PWR STKFLT SYS ILL; do
		ends_by "$signal" $((128 + $(kill -l "$signal")))
		close_terminal
	done
}

@test "exceeding the file size limit is an error of the export" {
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

@test "the browser ends when its terminal disappears" {
	browse_sample 80 24
	pid=$(browser_pid)
	terminal_tmux kill-session
	wait_until is_gone "$pid"
}

is_gone() {
	! kill -0 "$1" 2>/dev/null
}

# ---- stops ------------------------------------------------------------------------------------------

# A shell with job control.
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

@test "^Z stops the browser and returns the terminal to the shell; fg restores the screen" {
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

@test "the terminal's size changes while the browser is stopped" {
	open_shell
	press C-z
	assert_stopped
	resize_terminal 60 20
	type_text fg
	press Enter
	assert_screen continued-60x20
}

@test "SIGTSTP from another process stops the browser too" {
	open_shell
	kill -TSTP "$(pgrep -f "^pipeimg-browse sample.img" -s "$(shell_session)")"
	assert_stopped
}

shell_session() {
	ps -o sid= -p "$terminal_pid" | tr -d ' '
}

# ---- no terminal -------------------------------------------------------------------------------------

@test "the error for standard output that is not a terminal says what to use instead" {
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

@test "an unknown terminal is refused" {
	browsable sample sample.img
	terminal_type=no-such-terminal
	open_browser 80 24 sample.img
	wait_for_end 3
	wait_for_screen 'pipeimg: TERM names an unknown terminal' xterm-256color
}

@test "an empty TERM is refused" {
	browsable sample sample.img
	terminal_type=
	open_browser 80 24 sample.img
	wait_for_end 3
}

@test "no image is a usage error" {
	assert_fails 2 'browse takes one image or --live, not 0 images' pipeimg browse
}

@test "two images are a usage error" {
	assert_fails 2 'browse takes one image or --live, not 2 images' pipeimg browse a b
}

@test "a missing image is reported without changing the screen" {
	open_browser 80 24 nowhere.img
	wait_for_end 3
	wait_for_screen 'pipeimg: nowhere.img: ' 'No such file or directory'
}

@test "a file that is not an image is reported" {
	echo nothing >text
	open_browser 80 24 text
	wait_for_end 1
	wait_for_screen 'pipeimg: text: '
}

@test "an image on standard input is browsed with keys from the terminal" {
	browsable sample sample.img
	open_terminal 80 24 bash -c 'cat sample.img | "$0" browse -' "$program"
	wait_for_screen 4716
	press G
	wait_for_selected '^ *4716 '
	press q
	wait_for_end 0
	assert_terminal_is_back
}
