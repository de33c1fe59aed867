#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Searching in the browser: text, bytes and regular expressions, across packets and queues.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# finds TEXT ENTRY: searching for it among sixty packets leads to this one
finds() {
	type_text "$1"
	press Enter
	wait_for_selected "entry $2 "
}

@test "text is found in later packets, and n and N go to the next and previous match" {
	browse_packets 80 24 4715
	finds /needle4 4
	press n
	wait_for_selected 'entry 14 '
	press n
	wait_for_selected 'entry 24 '
	press N
	wait_for_selected 'entry 14 '
}

@test "? searches backward, and n continues in that direction" {
	browse_packets 80 24 4715
	press G
	wait_for_selected 'entry 60 '
	finds '?needle4' 54
	press n
	wait_for_selected 'entry 44 '
	press N
	wait_for_selected 'entry 54 '
}

@test "bytes are found by their hex digits" {
	browse_packets 80 24 4711
	type_text '/x:dead BE ef'
	press Enter
	wait_for_selected '^ *4 +packet'
}

@test "invalid hex digits are reported" {
	browse_packets 80 24 4711
	type_text '/x:dead b'
	press Enter
	wait_for_regex 'hex'
}

@test "a regular expression is found" {
	browse_packets 80 24 4715
	finds '/r:entry [45]9' 49
	press n
	wait_for_selected 'entry 59 '
}

@test "an invalid regular expression is reported" {
	browse_packets 80 24 4715
	type_text '/r:['
	press Enter
	wait_for_screen 'regular expression: '
}

@test "lower-case text ignores case, and upper-case letters match only themselves" {
	browse_packets 80 24 4713
	type_text /cccc
	press Enter
	wait_for_selected 'CCCC'
	type_text /CcCC
	press Enter
	assert_row last "'CcCC' not found"
}

@test "a text that is not found is reported" {
	browse_packets 80 24 4715
	type_text '/no such text'
	press Enter
	assert_row last "'no such text' not found"
	wait_for_selected 'entry 1 '
}

@test "the search continues in the following queues" {
	browse_packets 80 24 4711
	type_text /outlier
	press Enter
	wait_for_screen 'packets  sample.img  pipe 4715'
	wait_for_selected 'entry 42 '
}

@test "the search wraps to the beginning or the end, and reports that" {
	browse_packets 80 24 4715
	press G
	wait_for_selected 'entry 60 '
	type_text /needle4
	press Enter
	wait_for_screen "'needle4': search wrapped to the beginning"
	wait_for_selected 'entry 4 '
	type_text '?needle4'
	press Enter
	wait_for_screen "'needle4': search wrapped to the end"
}

@test "a payload shows what was found in it" {
	browse_packets 80 24 4716
	press Enter
	wait_for_screen 'payload  sample.img'
	type_text '/line 33'
	press Enter
	wait_for_screen 'line 33'
	assert_styled_screen found-80x24
}

@test "in a payload, n goes to the next match, and to other packets" {
	browse_packets 80 24 4711
	press Enter
	wait_for_screen 'packet 1  56 bytes'
	type_text /level
	press Enter
	wait_for_selected '^00000000'
	press n
	wait_for_screen 'packet 2  60 bytes'
	press n
	wait_for_screen 'packet 5  53 bytes'
}

@test "a search among queues finds what their lines show" {
	browse_sample 80 24
	type_text /4715
	press Enter
	wait_for_selected '^ *4715 '
}

@test "a search among queues finds what is in their packets" {
	browse_sample 80 24
	type_text /outlier
	press Enter
	wait_for_selected '^ *4715 '
}

@test "the help can be searched" {
	browse_sample 80 24
	press h
	wait_for_screen Moving
	type_text /clipboard
	press Enter
	wait_for_selected 'copy the packet as hex to the clipboard'
}

@test "n without a search says what to do" {
	browse_sample 80 24
	press n
	assert_row last 'no previous search; press / to search'
}

@test "an empty search repeats the last one" {
	browse_packets 80 24 4715
	finds /needle4 4
	press / Enter
	wait_for_selected 'entry 14 '
}

@test "Escape cancels a search" {
	browse_packets 80 24 4715
	type_text /needle4
	press Escape
	assert_screen unsearched-80x24
}
