#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Images that come through a pipe: what has come is shown, keys never wait, and nothing is damage that is none.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# open_input: a browser of standard input, to which feed writes until end_input
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

@test "what has come of an image is shown while the rest is still to come" {
	browsable sample sample.img
	open_input
	head -c 5000 sample.img | feed
	wait_for_screen 4711 4712
	press j
	wait_for_selected '^ *4712 '
	tail -c +5001 sample.img | feed
	wait_for_screen 4716
	# Nothing follows, but the end has not come either.
	press G
	wait_for_selected '^ *4716 '
	press Enter
	wait_for_screen 'pipe 4716' 'line 1'
	end_input
	press q q
	wait_for_end 0
}

@test "an image that stalls within the head of a record is shown up to there, and keys are answered" {
	browsable sample sample.img
	open_input
	# A message of a megabyte, of which little comes.
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

@test "an input that gives nothing is waited for, and q ends that" {
	open_input
	wait_for_screen 'opening standard input' 'q stops it'
	press q
	wait_for_end 0
	end_input
}

@test "another size of the terminal is no damage to what is waited for" {
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

@test "^C that ends a question does not end the reading" {
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
