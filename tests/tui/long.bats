#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Large chunks and long lists: keys are answered while they are searched, and requests made in the meantime are
# carried out later.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# make_image FILE PART...: queue 7 with one packet for each part: a number of zeros, in a hole of the file, or a
# text with \n for line feeds
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

@test "Escape cancels a slow filter while it is being typed" {
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

@test "keys and interrupts do not wait for a slow filter" {
	make_image hole.img $((3 << 30)) text
	browse_queue hole.img
	types 'filter r:zz'
	wait_for_screen 'filtering 0%'
	# shellcheck disable=SC2046 # many keys
	press $(repeat 'j ' 150) h
	wait_for_screen Moving
	press q
	# If keys had waited, filtering would be complete.
	wait_for_regex 'filtering [0-9]+%'
	press C-c
	until_screen test -s "$BATS_TEST_TMPDIR/terminal.status"
}

@test "a key stops a slow search in a chunk, forward and backward" {
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
	# The key must not also close the list.
	press q
	assert_row last 'search stopped'
	wait_for_screen 'packets  hole.img'
}

@test "q during a search in the first list only stops the search" {
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

@test "a search in a list that is being filtered waits for the filter" {
	make_image hole.img some text $((256 << 20)) 'needle payload' last
	browse_queue hole.img
	types 'filter r:needle|some'
	type_text /payl
	press Enter
	wait_for_screen "searching for 'payl'" filtering
	wait_for_selected '^ *4 packet .*needle payload'
	wait_for_screen ' 2/2 '
}

# Sent together, as from a slow terminal: entry 42 is by far the longest, entry 7 the shortest.
@test "a key that is typed ahead waits until a small image is sorted" {
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

# ---- boundaries between pieces -------------------------------------------------------------------------------

@test "text across the boundary of two pieces is found in both directions, and by a filter" {
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

@test "the beginning of a line is found at the beginning of a piece" {
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
