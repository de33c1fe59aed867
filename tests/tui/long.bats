#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Chunks and lists in which it takes long to find something: keys are answered meanwhile, and what is
# asked for meanwhile is done when it can be.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# make_image FILE PART...: a queue 7 of packets; each is a number of zeros, in a hole of the file, or a text
# with \n for line feeds
make_image() {
	"$python" - "$@" <<-'END'
		import sys
		def varint(value):
		    out = bytearray()
		    while value > 127:
		        out.append(value & 127 | 128)
		        value >>= 7
		    return bytes(out) + bytes([value])
		with open(sys.argv[1], "wb") as file:
		    file.write(bytes.fromhex("1943565409374556"))
		    for part in sys.argv[2:]:
		        text = part.replace("\\n", "\n").encode()
		        length = int(part) if part.isdigit() else len(text)
		        message = b"\x08\x07\x10" + varint(length) + b"\x18" + varint(1 << 20)
		        message += varint(1001 << 3) + b"\x01"
		        file.write(len(message).to_bytes(4, "little") + message)
		        if part.isdigit():
		            file.seek(length, 1)
		        else:
		            file.write(text)
		    file.truncate()
	END
}

# repeat TEXT TIMES
repeat() {
	printf "%0.s$1" $(seq "$2")
}

browse_queue() {
	open_browser 80 24 "$1" --pipe 7
	wait_for_screen LENGTH
}

@test "a filter that takes long is ended by Escape while it is typed" {
	make_image hole.img $((3 << 30)) text
	browse_queue hole.img
	type_text fr:zz
	wait_for_screen 'filter: r:zz'
	press Escape
	wait_for_screen '/2 '
	wait_until_gone 'filter: '
	press Q
	wait_for_end 0
}

@test "while a filter takes long, keys do not wait for it, nor does an interrupt" {
	make_image hole.img $((3 << 30)) text
	browse_queue hole.img
	types 'filter r:zz'
	wait_for_screen 'filtering 0%'
	# shellcheck disable=SC2046 # many keys
	press $(repeat 'j ' 150) h
	wait_for_screen Moving
	press q
	# Keys that waited for it would have come to its end.
	wait_for_regex 'filtering [0-9]+%'
	press C-c
	until_screen test -s "$BATS_TEST_TMPDIR/terminal.status"
}

@test "a search in a chunk that takes long is stopped by a key, forward and backward" {
	make_image hole.img text $((3 << 30)) text
	browse_queue hole.img
	type_text '/r:(zz|y)x'
	press Enter
	wait_for_screen 'searching for'
	press Escape
	assert_row last 'search stopped'
	type_text '?r:(zz|y)x'
	press Enter
	wait_for_screen 'searching for'
	# That the list is left too would be too much.
	press q
	assert_row last 'search stopped'
	wait_for_screen 'packets  hole.img'
}

@test "q while a search goes on in the first list stops it, and leaves nothing" {
	make_image hole.img $((3 << 30)) text
	open_browser 80 24 hole.img
	wait_for_screen HOLDERS
	type_text '/r:(zz|y)x'
	press Enter
	wait_for_screen 'searching for'
	press q
	assert_row last 'search stopped'
	press q
	wait_for_end 0
}

@test "a search in a list that is being filtered waits for it" {
	make_image hole.img some text $((256 << 20)) 'needle payload' last
	browse_queue hole.img
	types 'filter r:needle|some'
	type_text /payl
	press Enter
	wait_for_screen "searching for 'payl'" filtering
	wait_for_selected '^ *4 packet .*needle payload'
	wait_for_screen ' 2/2 '
}

# In one go, as to a terminal that was slow: entry 42 is by far the longest, entry 7 the shortest.
@test "a key that is typed ahead waits for the order of a small image" {
	browse_packets 80 24 4715
	types 'sort length'
	until_screen first_is_42
	press S g
	wait_for_selected 'entry 7 '
}

@test "a key that is typed ahead waits for a search in a small image" {
	browse_packets 80 24 4715
	press / n e e d l e 4 Enter Space
	wait_for_screen '1 marked'
	wait_for_selected 'entry 5 '
}

first_is_42() {
	press g
	selected_matches 'entry 42 '
}

# ---- where pieces meet -------------------------------------------------------------------------------

@test "text is found where it lies across the pieces that are read, both ways, and by a filter" {
	make_image pieces.img first "$(repeat x 65533)needle$(repeat x 9000)" "$(repeat x 70000)" last
	browse_queue pieces.img
	type_text /needle
	press Enter
	wait_for_selected '^ *2 packet'
	press G
	wait_for_selected last
	type_text '?needle'
	press Enter
	wait_for_selected '^ *2 packet'
	press g
	types 'filter needle'
	wait_for_screen ' 1/1 '
	wait_for_selected '^ *2 packet'
}

@test "the beginning of a line is found where a piece begins" {
	make_image lines.img first "$(repeat '1234567\\n' 32)needle$(repeat '\\n1234567' 8200)" last
	browse_queue lines.img
	type_text '/r:^needle'
	press Enter
	wait_for_selected '^ *2 packet'
	press G
	wait_for_selected last
	types 'filter r:^needle'
	wait_for_screen ' 1/1 '
	wait_for_selected '^ *2 packet'
}
