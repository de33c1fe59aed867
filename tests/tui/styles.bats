#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Colours, terminals with few or none of them, the C locale, and the table of keys.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# A terminal with 16 colours, whatever descriptions are installed.
use_sixteen_colors() {
	printf 'sixteen|16 colours,\n\tcolors#16, pairs#256, use=xterm-256color,\n' >sixteen.ti
	tic -x -o "$BATS_TEST_TMPDIR/terminfo" sixteen.ti
	export TERMINFO_DIRS=$BATS_TEST_TMPDIR/terminfo:
	terminal_type=sixteen
}

# browse_styled [ARGUMENT...]: shows a mark, a search match and a stream
browse_styled() {
	browsable sample sample.img
	open_browser 80 24 sample.img --pipe 4711 "$@"
	wait_for_screen PREVIEW
	press Space
	wait_for_screen '1 marked'
	type_text /level
	press Enter
	wait_for_selected '"level":"error"'
	press g
	wait_for_selected '"level":"info"'
}

@test "256 colours" {
	browse_styled
	assert_styled_screen styled-80x24
}

@test "16 colours look the same" {
	use_sixteen_colors
	browse_styled
	assert_styled_screen styled-80x24
}

@test "8 colours look the same" {
	terminal_type=xterm
	browse_styled
	assert_styled_screen styled-80x24
}

@test "--color=never uses only bold, underlined and reverse text" {
	browse_styled --color=never
	assert_styled_screen mono-80x24
}

@test "NO_COLOR has the same effect" {
	browsable sample sample.img
	open_terminal 80 24 env NO_COLOR=1 "$program" browse sample.img --pipe 4711
	wait_for_screen PREVIEW
	press Space
	wait_for_screen '1 marked'
	type_text /level
	press Enter
	wait_for_selected '"level":"error"'
	press g
	assert_styled_screen mono-80x24
}

@test "a terminal without colours" {
	terminal_type=vt100
	browse_styled
	assert_styled_screen mono-vt100-80x24
}

@test "the background is always the terminal's default" {
	browse_sample 80 24
	record_output output
	press Enter
	wait_for_screen PREVIEW
	press Enter
	wait_for_screen 'payload '
	press Space / l Enter q Tab
	wait_for_selected '4711'
	[[ -s output ]]
	! grep -aqE $'\e\\[([0-9;]*;)?(4[0-8]|10[0-7])(;[0-9;]*)?m' output
}

@test "JSON in colours" {
	browse_packets 80 24 4711
	press Enter
	wait_for_screen 'payload '
	press 3
	wait_for_screen '"unit": "web"'
	assert_styled_screen json-styled-80x24
}

@test "the focused view is distinguished from the other one" {
	browse_packets 80 24 4711
	press Tab
	assert_styled_screen other-styled-80x24
}

@test "the C locale: rules, bars and strips of ASCII" {
	terminal_locale=C
	browse_packets 80 24 4715
	assert_screen ascii-80x24
}

# ---- keys --------------------------------------------------------------------------------------------

# The table as the help view should show it: "keys name help", with single blanks.
requests_of_table() {
	sed -n -e 's/^GROUP("\(.*\)")$/\1/p' \
		-e 's/^REQUEST([A-Z_]*, "\(.*\)", "\(.*\)", "\(.*\)")$/\2 \1 \3/p' \
		"$PIPEIMG_SOURCE/tui/terminal/requests.def" | squeezed
}

squeezed() {
	sed -e 's/  */ /g' -e 's/^ //' -e 's/ $//'
}

@test "help has every request of the table, with its keys" {
	browse_sample 120 100
	press h
	wait_for_screen Moving :save-screen
	assert_same_text <(requests_of_table) <(screen | sed -e '1d' -e '$d' -e '/^$/d' | squeezed)
}

@test "no key has two requests" {
	run bash -c "sed -n 's/^REQUEST([A-Z_]*, \"[^\"]*\", \"\([^\"]*\)\".*/\1/p' '$PIPEIMG_SOURCE/tui/terminal/requests.def' |
		tr ' ' '\n' | grep . | sort | uniq -d"
	assert_output ''
}
