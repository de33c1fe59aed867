#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Images from a pipe: what has arrived is shown, keys never wait, and missing data is not reported as damage.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# open_input: a browser on standard input, to which feed writes until end_input
open_input() {
	mkfifo input
	open_terminal 80 24 bash -c 'exec "$0" browse - <input' "$program"
	exec 7>input
}

feed() {
	cat >&7
}

end_input() {
	exec 7>&-
}

@test "the part of an image that has arrived is shown before the rest" {
	browsable sample sample.img
	open_input
	head -c 5000 sample.img | feed
	wait_for_screen 4711 4712
	press j
	wait_for_selected '^ *4712 '
	tail -c +5001 sample.img | feed
	wait_for_screen 4716
	# Nothing more is written, but the input is still open.
	press G
	wait_for_selected '^ *4716 '
	press Enter
	wait_for_screen 'pipe 4716' 'line 1'
	end_input
	press q q
	wait_for_end 0
}

@test "an image that stalls within a record header is shown up to there, and keys are answered" {
	browsable sample sample.img
	open_input
	# The beginning of a message of one megabyte.
	{
		cat sample.img
		printf '\0\0\020\0start'
	} | feed
	wait_for_screen 4716
	press G
	wait_for_selected '^ *4716 '
	press q
	wait_for_end 0
	end_input
}

@test "q ends the wait for input that does not arrive" {
	open_input
	wait_for_screen 'opening standard input' 'q stops it'
	press q
	wait_for_end 0
	end_input
}

@test "resizing the terminal during a wait for input is not reported as damage" {
	browsable sample sample.img
	open_input
	head -c 100 sample.img | feed
	wait_for_screen 'opening standard input'
	resize_terminal 90 24
	tail -c +101 sample.img | head -c 4900 | feed
	wait_for_screen 4711 4712
	resize_terminal 80 20
	tail -c +5001 sample.img | feed
	end_input
	wait_for_screen 4716
	press G
	wait_for_selected '^ *4716 '
	screen_lacks damaged
}

@test "^C that cancels a question does not end the reading" {
	browsable sample sample.img
	open_input
	head -c 5000 sample.img | feed
	wait_for_screen 4711 4712
	type_text :abc
	wait_for_screen ':abc'
	press C-c
	wait_until_gone ':abc'
	tail -c +5001 sample.img | feed
	end_input
	wait_for_screen 4716
	screen_lacks damaged
	screen_lacks interrupted
}
