#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Moving with keys and mouse, going to places by number, sorting and filtering.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# goes KEY ENTRY: in the list of sixty packets, the key moves to that one
goes() {
	press "$1"
	wait_for_selected "entry $2 "
}

# ---- keys ------------------------------------------------------------------------------------------

@test "vi's keys move" {
	browse_packets 80 24 4715
	goes j 2
	goes j 3
	goes k 2
	goes G 60
	goes g 1
}

@test "arrow keys, Home and End move the same way" {
	browse_packets 80 24 4715
	goes Down 2
	goes Down 3
	goes Up 2
	goes End 60
	goes Home 1
}

@test "control keys move the same way" {
	browse_packets 80 24 4715
	goes C-n 2
	goes C-n 3
	goes C-p 2
}

@test "page and half-page keys move in both directions" {
	browse_packets 80 24 4715
	press O
	wait_until_gone TYPE
	# 19 lines are shown, and pages overlap by one.
	goes PageDown 19
	goes C-f 37
	goes C-b 19
	goes PageUp 1
	goes C-d 10
	goes C-u 1
}

@test "the cursor stops at the first line and at the last" {
	browse_packets 80 24 4715
	goes k 1
	goes PageUp 1
	goes G 60
	goes j 60
	goes PageDown 60
}

@test "Right and Left scroll long lines" {
	browse_packets 80 24 4711
	press Right
	assert_screen sideways-80x24
	press Left
	assert_screen packets-80x24
	press Left
	assert_screen packets-80x24
}

# ---- the mouse --------------------------------------------------------------------------------------

# Repeated, because on a busy machine the second click can be too late for a double click.
double_click_shows() {
	# shellcheck disable=SC2046
	terminal_tmux send-keys -H $(mouse_bytes 0 "$1" "$2") ';' run-shell 'sleep 0.1' ';' \
		send-keys -H $(mouse_bytes 0 "$1" "$2")
	sleep 0.5
	screen_has "$3"
}

@test "a click selects a line" {
	terminal_type=xterm-256color
	browse_sample 80 24
	mouse 0 10 5
	wait_for_selected '^ *4713 '
}

@test "a click in the other view moves the focus there" {
	terminal_type=xterm-256color
	browse_packets 80 24 4711
	mouse 0 10 4
	wait_for_selected '^ *4712 '
	wait_for_screen 'packets  sample.img  pipe 4712'
}

@test "a double click opens" {
	terminal_type=xterm-256color
	browse_sample 80 24
	until_screen double_click_shows 10 5 'packets  sample.img  pipe 4713'
}

@test "the wheel moves" {
	terminal_type=xterm-256color
	browse_packets 80 24 4715
	mouse 65 10 20
	wait_for_selected 'entry 4 '
	mouse 65 10 20
	wait_for_selected 'entry 7 '
	mouse 64 10 20
	wait_for_selected 'entry 4 '
}

@test "M leaves the mouse to the terminal" {
	terminal_type=xterm-256color
	browse_sample 80 24
	until_screen mouse_is_taken 1
	press M
	assert_row last "the mouse is left to the terminal"
	until_screen mouse_is_taken 0
	press M
	until_screen mouse_is_taken 1
}

mouse_is_taken() {
	[[ $(terminal_tmux display-message -p '#{mouse_any_flag}') == "$1" ]]
}

# ---- places ----------------------------------------------------------------------------------------

@test ":NUMBER goes to a packet among packets" {
	browse_packets 80 24 4715
	types 17
	wait_for_selected 'entry 17 '
	types 60
	wait_for_selected 'entry 60 '
	types 61
	assert_row last 'there is no packet 61 here'
}

@test ":ID goes to a queue" {
	browse_sample 80 24
	types 4714
	wait_for_selected '^ *4714 '
	types 'pipe:[4712]'
	wait_for_selected '^ *4712 '
	types 'pipe:[99]'
	assert_row last 'there is no queue 99 here'
}

@test "a number above 32 bits does not match its lower half" {
	browse_sample 80 24
	types $(((1 << 32) + 4713))
	assert_row last 'there is no queue 4294972009 here'
	wait_for_selected '^ *4711 '
	press H
	wait_for_screen 'holders'
	types $(((1 << 32) + 4713))
	wait_for_screen '4294972009 here'
}

@test ":ID goes to another queue from packets too" {
	browse_packets 80 24 4711
	types 4715
	wait_for_screen 'packets  sample.img  pipe 4715'
}

@test ":NUMBER goes to the line of a queue if no queue has that ID" {
	browse_sample 80 24
	types 3
	wait_for_selected '^ *4713 '
	types 7
	assert_row last 'there is no queue 7 here'
}

@test ":0xOFFSET goes to a byte of a payload" {
	browse_packets 80 24 4713
	press Enter
	wait_for_screen 'payload  sample.img'
	types 0xffe
	wait_for_selected '^00000ff0 '
	types 0x1000
	assert_row last 'the packet ends before 0x1000'
}

@test "a number that is too large is reported" {
	browse_packets 80 24 4715
	types 99999999999999999999999
	wait_for_screen "'99999999999999999999999' is not a number, queue ID or request"
}

@test "an unknown request is reported" {
	browse_sample 80 24
	types frobnicate
	wait_for_screen "'frobnicate' is not a number, queue ID or request"
}

@test "requests can be typed by name, and abbreviated as long as they are unique" {
	browse_sample 80 24
	types hel
	wait_for_screen Moving
	types back
	assert_screen queues-80x24
	types se
	wait_for_screen "'se' is not a number"
	# The letter of a key also works.
	types s
	wait_for_screen 'sorted by ID, ascending'
}

@test "Up recalls what was typed, and Escape cancels it" {
	browse_packets 80 24 4715
	types 17
	wait_for_selected 'entry 17 '
	press g
	wait_for_selected 'entry 1 '
	press : Up
	assert_row last ':17'
	press Escape
	wait_until_gone :17
	wait_for_selected 'entry 1 '
}

# ---- sorting and filtering --------------------------------------------------------------------------

@test "s and :sort sort queues by a column, and S reverses the order" {
	browse_sample 80 24
	press s
	assert_row last 'sorted by ID, ascending'
	types 'sort bytes'
	assert_screen sorted-queues-80x24
	press S
	assert_row last 'sorted by BYTES, ascending'
	wait_for_regex $'\n *4714 .*\n *4712 .*\n *4711 '
	types 'sort '
	assert_row last 'not sorted'
}

# Lines are sorted between keys, and the cursor follows its packet.
first_is() {
	press g
	selected_matches "$1"
}

@test "packets are sorted by length: the outlier comes first" {
	browse_packets 80 24 4715
	types 'sort length'
	until_screen first_is 'entry 42 '
	press S
	until_screen first_is 'entry 7 '
}

@test "an unknown column is reported" {
	browse_sample 80 24
	types 'sort colour'
	assert_row last "no sortable column begins with 'colour'"
}

@test "S without a sort says what to do" {
	browse_sample 80 24
	press S
	assert_row last 'not sorted; press s to sort by a column'
}

@test "a filter shows lines with a text while it is typed; Escape clears it" {
	browse_packets 80 24 4715
	type_text 'fneedle4 '
	wait_for_screen '1/6'
	press Enter
	wait_for_screen 'filter needle4'
	press O
	assert_screen filtered-80x24
	press Escape
	wait_for_screen '/60'
}

@test "Escape while a filter is typed shows all lines again" {
	browse_packets 80 24 4715
	type_text fneedle4
	wait_for_screen '1/6'
	press Escape
	wait_for_screen '4/60'
}

@test "packets are filtered by length" {
	browse_packets 80 24 4715
	types 'filter >100'
	wait_for_screen '1/1 ' 'entry 42'
	types 'filter =16'
	wait_for_screen 'entry 7 needle7'
	types 'filter <16'
	wait_for_screen 'nothing matches the filter; Esc clears it'
}

@test "queues are filtered by their bytes, and an invalid size is reported" {
	browse_sample 100 24
	types 'filter >=64K'
	wait_for_selected '^ *4713 '
	wait_for_screen ' 1/1 '
	types 'filter <1K'
	wait_for_screen 'filter <1K  1/4 '
	types 'filter >50x'
	wait_for_screen "'>50x' is not a comparison with a size" 'filter <1K  1/4 '
}

@test "a filter without matches says how to clear it" {
	browse_packets 80 24 4715
	types 'filter nothing like this'
	wait_for_screen 'nothing matches the filter; Esc clears it' '0/0'
	press Escape
	wait_for_screen '/60'
}

@test "an invalid regular expression is reported when it is complete" {
	browse_packets 80 24 4715
	type_text 'fr:('
	press Enter
	wait_for_screen 'regular expression: '
}

@test "queues are filtered by what their lines show" {
	browse_sample 80 24
	types 'filter packet'
	wait_for_screen '1/2'
	types 'filter mixed'
	wait_for_screen '1/1'
}

@test "going to a packet that the filter hides reports that" {
	browse_packets 80 24 4715
	types 'filter needle4 '
	wait_for_screen '1/6'
	types 5
	assert_row last 'the filter hides that packet; Esc clears it'
}

@test "the cursor moves to a visible line when a filter hides the last ones" {
	browsable lengths lengths.img
	open_browser 80 24 lengths.img --pipe 4720
	wait_for_screen ' 1/12 '
	types 'sort length'
	# The cursor is on the shortest one.
	wait_for_screen ' 12/12 '
	types 'filter >1'
	wait_for_screen ' 11/11 '
	wait_for_selected '^ *2 packet +2 '
	press e
	assert_row last 'write 1 packet as  r raw bytes  h hex  p pcapng  i an image  j JSON'
	press r C-u
	type_text two.bin
	press Enter
	wait_for_screen 'wrote 1 packet to two.bin'
	[[ $(<two.bin) == == ]]
}

@test "hidden packets are not written, marked or copied" {
	local key
	browse_packets 80 24 4715
	types 'filter nothing like this'
	wait_for_screen ' 0/0 '
	press e
	assert_row last 'no packet to write'
	for key in Space y v; do
		press "$key"
		assert_row last 'no packet is shown'
		press g
		wait_until_gone 'no packet is shown'
	done
}

@test "packets keep their order and filter while findings open them a second time" {
	synthetic image pipe 'id=7 size=4096 kind=1 payload=one' 'id=7 size=4096 kind=1 payload=three' \
		'id=7 size=4096 kind=1 payload=four' 'id=7 size=8192 kind=1 payload=six' >odd.img
	open_browser 80 24 odd.img --pipe 7
	wait_for_screen LENGTH
	types 'filter >3'
	wait_for_screen ' 1/2 '
	types 'sort length'
	wait_for_regex 'three.*four'
	press V
	wait_for_regex 'findings .*PI[0-9]+ '
	press o
	wait_for_regex 'findings .*packets .*filter >3'
	press q
	wait_for_regex 'packets .*findings '
	press q
	wait_until_gone 'findings  '
	wait_for_screen 'filter >3' ' 1/2 '
	wait_for_regex 'three.*four'
}
