#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Payloads in all forms, streams framed by rules, and payloads that try to control the terminal.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# open_payload WHICH ID PACKET FORM: full screen
open_payload() {
	browsable "$1" "$1.img"
	open_browser 80 24 "$1.img" --pipe "$2"
	wait_for_screen PREVIEW
	types "$3"
	press Enter
	wait_for_screen 'payload  '
	press O "$4"
}

# ---- forms -------------------------------------------------------------------------------------------

@test "as text, lines end at line feeds, and long ones are folded" {
	open_payload sample 4716 1 2
	wait_for_screen ' text  '
	assert_screen text-80x24
	press G
	assert_screen text-end-80x24
}

@test "as JSON, indented" {
	open_payload deep 4730 1 3
	assert_screen json-80x24
}

@test "JSON nested deeply" {
	open_payload deep 4730 2 3
	assert_screen json-deep-80x24
}

@test "a payload that is not JSON is shown as text, with the reason" {
	open_payload deep 4730 3 3
	wait_for_screen 'text (not JSON)'
}

@test "blanks in JSON are normalized" {
	open_payload deep 4730 4 3
	assert_screen json-blanks-80x24
}

@test "m switches between forms" {
	open_payload sample 4711 1 1
	wait_for_screen ' hex  '
	press m
	wait_for_screen ' text  '
	press m
	wait_for_screen ' JSON  '
	press F2
	wait_for_screen ' hex  '
}

@test "the next packet is shown in the same form" {
	open_payload sample 4711 1 3
	wait_for_screen '"listening on :8080"'
	press J
	wait_for_screen '"ms": 1840'
}

# ---- rules -------------------------------------------------------------------------------------------

@test "a typed rule splits a stream into packets" {
	browse_packets 80 24 4712
	types 'frame u16le'
	wait_for_screen 'framed by u16le'
	assert_screen framed-80x24
}

@test "a proposed rule splits it too" {
	browse_packets 80 24 4712
	press F
	assert_row last 'framing rule (Enter: list those that fit):'
	press Enter
	wait_for_screen 'rules that fit'
	types 1
	press Enter
	wait_for_screen 'framed by '
}

@test "rules are proposed for the streams of a queue that has packets too" {
	browsable mixed mixed.img
	open_browser 80 24 mixed.img --pipe 4741
	wait_for_screen PREVIEW
	# The rule would fit if the packet were part of the stream.
	types 'frame'
	wait_for_screen 'framing rule (Enter'
	press Enter
	wait_for_screen 'rules that fit' u8
	press Enter
	wait_for_screen 'framed by u8'
	wait_for_regex '4 packet +3 '
	press q q J
	types 'frame'
	wait_for_screen 'framing rule (Enter'
	press Enter
	wait_for_screen 'no rule fits'
}

@test "a queue that is too long for proposals is reported, and no list is opened" {
	browsable long long.img
	open_browser 120 24 long.img --pipe 4743
	wait_for_screen PREVIEW
	types 'frame'
	wait_for_screen 'framing rule (Enter'
	press Enter
	wait_for_screen 'long.img: ' 'at most 67108864'
	screen_lacks 'rules that fit'
	screen_lacks 'no rule fits'
}

@test "for a rule that does not fit, the message says where" {
	browse_packets 80 24 4712
	types 'frame fixed:7'
	assert_screen frame-does-not-fit-80x24
}

@test "an invalid rule is reported" {
	browse_packets 80 24 4712
	types 'frame nonsense'
	wait_for_screen nonsense
	wait_for_screen 'packets  sample.img  pipe 4712'
}

@test "framing a queue of packets reports that there is no stream" {
	browse_packets 80 24 4715
	press F
	assert_row last 'no stream to frame here'
}

@test "q closes a framed queue" {
	browse_packets 80 24 4712
	types 'frame u16le'
	wait_for_screen 'framed by u16le'
	press q
	wait_until_gone 'framed by'
	wait_for_screen 'pipe 4712'
}

@test "a rule is proposed for a merged queue of a dump, and its packets can be opened" {
	copy_fixture criu-4.2/length-prefixed dump
	open_browser 80 24 dump
	wait_for_screen queues
	press Enter F Enter
	wait_for_screen 'rules that fit'
	assert_screen proposals-80x24
	press Enter
	wait_for_screen 'framed by '
	press Enter
	wait_for_screen 'payload '
}

# ---- hostile payloads ------------------------------------------------------------------------------

# Shows every packet of the hostile image in all forms, as search results, and in a list filtered by some of
# their bytes.
browse_hostile() {
	local form
	browsable hostile hostile.img
	open_browser 80 24 hostile.img
	wait_for_screen 4718
	record_output output
	press Enter
	wait_for_screen PREVIEW
	type_text '/r:.'
	press Enter Enter O
	for form in 1 2 3; do
		press "$form"
		types 1
		wait_for_screen 'packet 1  '
		press J J J J J J J J J J J J J
		wait_for_screen 'packet 14  '
		press G
	done
	press q
	types 'filter x:1b'
	wait_for_screen 'filter x:1b'
	types 'filter \x1b[31m'
	wait_for_screen ' 1/1 '
	type_text $'f\u202e\u0085'
	press Escape
	wait_for_screen '/14 '
	press Right Right Left
	wait_for_screen PREVIEW
}

@test "payloads cannot control a terminal in UTF-8" {
	browse_hostile
	assert_screen hostile-80x24
	"$python" "$PIPEIMG_SOURCE/tests/tui/harmless.py" output utf-8
	press Q
	wait_for_end 0
}

@test "payloads cannot control a terminal in the C locale, which gets only ASCII" {
	terminal_locale=C
	browse_hostile
	assert_screen hostile-ascii-80x24
	"$python" "$PIPEIMG_SOURCE/tests/tui/harmless.py" output ascii
	press Q
	wait_for_end 0
}

@test "a payload cannot change the terminal's title" {
	browse_hostile
	[[ $(terminal_tmux display-message -p '#{pane_title}') != *title* ]]
}

@test "wide characters are never cut in two" {
	browsable hostile hostile.img
	open_browser 81 24 hostile.img --pipe 4718
	assert_screen wide-81x24
	resize_terminal 82 24
	assert_screen wide-82x24
}

@test "wide characters in text are folded at the end of the row" {
	open_payload hostile 4718 9 2
	wait_for_screen ' text  '
	assert_screen wide-text-80x24
}
