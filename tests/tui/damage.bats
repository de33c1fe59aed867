#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Images that are damaged, truncated or empty: what can be read is shown, and the damage is reported.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

@test "a truncated image is shown up to its end, and the message says where that is" {
	browsable sample whole.img
	head -c 300 whole.img >cut.img
	open_browser 80 24 cut.img
	wait_for_screen damaged 4711
	assert_screen cut-80x24
	press Enter
	wait_for_screen PREVIEW
	assert_screen cut-packets-80x24
	press Q
	wait_for_end 0
}

@test "the message about damage is the same as that of show" {
	local sentence
	browsable sample whole.img
	head -c 300 whole.img >cut.img
	run --separate-stderr pipeimg show cut.img
	assert_status 1
	sentence=${stderr#pipeimg: }
	open_browser 200 24 cut.img
	wait_for_screen damaged 4711 "${sentence% \[PI*}"
}

@test "garbage after the records is reported, and the records are shown" {
	browsable sample damaged.img
	printf '\377\377\377\377garbage' >>damaged.img
	open_browser 80 24 damaged.img
	wait_for_screen damaged 4716 ' 1/6 '
}

@test "an image without records is shown as having no queues" {
	synthetic image pipe >empty.img
	open_browser 80 24 empty.img
	assert_screen empty-80x24
	press Enter j k G t e s
	wait_for_screen 'queues  empty.img'
	press q
	wait_for_end 0
}

@test "an empty file is not an image" {
	: >nothing.img
	open_browser 80 24 nothing.img
	wait_for_end 1
}

@test "a queue whose boundaries were lost is marked" {
	synthetic directory dump 100:pipe7:r 100:pipe7:W
	synthetic image pipe 'id=7 size=65536 payload=glued' >dump/pipes-data.img
	open_browser 80 24 dump
	wait_for_screen merged
	press Enter
	assert_screen merged-80x24
}

@test "the browser survives that another program truncates the image" {
	browsable sample sample.img
	open_browser 80 24 sample.img --pipe 4715
	wait_for_screen PREVIEW
	head -c 100 sample.img >shorter
	cat shorter >sample.img
	press G k Enter 2 3 1 q Q
	wait_for_end 0
}

# ---- payloads that cannot be read ------------------------------------------------------------------

# make_unreadable: a compressed stream run of 12 MiB with a damaged frame in the middle
make_unreadable() {
	"$python" - >run.img <<-'END'
		import random, sys
		def varint(value):
		    out = bytearray()
		    while value > 127:
		        out.append(value & 127 | 128)
		        value >>= 7
		    return bytes(out) + bytes([value])
		message = b"\x08\x07\x10" + varint(12 << 20) + b"\x18" + varint(1 << 24)
		sys.stdout.buffer.write(bytes.fromhex("1943565409374556"))
		sys.stdout.buffer.write(len(message).to_bytes(4, "little") + message)
		sys.stdout.buffer.write(random.Random(7).randbytes(12 << 20))
	END
	pipeimg compress run.img -o run.img.zst
	"$python" - run.img.zst <<-'END'
		import os, sys
		with open(sys.argv[1], "r+b") as file:
		    file.seek(os.path.getsize(sys.argv[1]) // 2)
		    bytes = file.read(64)
		    file.seek(-64, os.SEEK_CUR)
		    file.write(b"".join((byte ^ 0xff).to_bytes(1, "little") for byte in bytes))
	END
	open_browser 120 24 run.img.zst --pipe 7
	wait_for_screen LENGTH
}

count_reasons() {
	[[ $(screen | grep -c 'could not read: ') == "$1" ]]
}

@test "unreadable rows of a payload show the reason once, and the title says damaged" {
	make_unreadable
	press Enter
	wait_for_screen 'payload  '
	screen_lacks damaged
	type_text ':0x5fff00'
	press Enter
	wait_for_screen 'could not read: run.img.zst' ' damaged '
	wait_for_selected '^005fff00'
	until_screen count_reasons 1
	press 2
	wait_for_screen 'could not read: run.img.zst'
	press 1 g
	wait_for_selected '^00000000  [0-9a-f][0-9a-f] '
	until_screen count_reasons 0
}

@test "counts of a queue that damage truncates say that there may be more" {
	browsable sample whole.img
	head -c 300 whole.img >cut.img
	open_browser 80 24 cut.img
	wait_for_regex ' 4711 pipe .* 6[+] +194[+] '
}

# Selects the last packet, which can no longer be read.
open_large_that_shrinks() {
	make_large
	open_browser 80 24 large.img --pipe 7
	wait_for_screen ' 1/200 '
	head -c 1000000 large.img >shorter
	cat shorter >large.img
	press G
}

@test "an unreadable packet says so instead of its bytes" {
	open_large_that_shrinks
	wait_for_selected '^ *200 packet .*[(]unreadable[)]'
	press g
	wait_for_selected '^ *1 packet .*===='
}

@test "a search through unreadable data does not claim that the text was not found" {
	make_unreadable
	type_text '/no such text'
	press Enter
	wait_for_screen 'not found, but some data could not be read: run.img.zst'
}

# make_large [PAYLOAD]: one queue of 200 packets of 16 KiB; random bytes if PAYLOAD is "random"
make_large() {
	"$python" - "$@" >large.img <<-'END'
		import random, sys
		message = b"\x08\x07\x10\x80\x80\x01\x18\x80\x80\x40\xc8\x3e\x01"
		payload = random.Random(7).randbytes(16384) if sys.argv[1:] == ["random"] else b"=" * 16384
		sys.stdout.buffer.write(bytes.fromhex("1943565409374556"))
		for packet in range(200):
		    sys.stdout.buffer.write(len(message).to_bytes(4, "little") + message + payload)
	END
}

@test "a search in a truncated image does not claim that the text was not found" {
	make_large
	head -c 1000000 large.img >cut.img
	open_browser 200 24 cut.img
	wait_for_screen damaged HOLDERS
	type_text '/no such text'
	press Enter
	wait_for_screen 'not found, but some data could not be read: cut.img: record '
	press n
	wait_for_screen 'not found, but some data could not be read: cut.img: record '
	press Enter
	wait_for_screen PREVIEW
	type_text '?no such text'
	press Enter
	wait_for_screen 'not found, but some data could not be read: cut.img: record '
	screen_lacks "' not found"
}

@test "a search in an image damaged in the middle does not claim that the text was not found" {
	make_large random
	pipeimg compress large.img -o large.img.zst
	printf '\x55\xaa\x55\xaa' | dd of=large.img.zst bs=1 seek=$(($(stat -c %s large.img.zst) / 2)) \
		conv=notrunc status=none
	open_browser 200 24 large.img.zst
	wait_for_screen damaged HOLDERS
	type_text '/no such text'
	press Enter
	wait_for_screen 'not found, but some data could not be read: large.img.zst: '
	screen_lacks "' not found"
}

@test "readable data after a damaged frame is found" {
	make_unreadable
	press Enter
	type_text "/x:$(tail -c 20 run.img | od -An -v -tx1 | tr -d ' \n')"
	press Enter
	wait_for_selected '^00bfffe0 '
}

@test "an unreadable packet is not copied, and the reason is reported" {
	open_large_that_shrinks
	wait_for_selected '^ *200 packet'
	press y
	wait_for_screen 'nothing was copied: large.img' ' damaged '
}
