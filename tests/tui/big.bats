#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Large images: what has been read is shown immediately, keys work during indexing, and memory is bounded.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

readonly packets=800000 packet_bytes=256

# 220 MB: queues of 1000 packets each, one record for each packet.
make_big_image() {
	"$python" - "$packets" "$packet_bytes" >big.img <<-'END'
		import sys
		packets, length = map(int, sys.argv[1:])
		def varint(value):
		    out = bytearray()
		    while value > 127:
		        out.append(value & 127 | 128)
		        value >>= 7
		    return bytes(out) + bytes([value])
		out = sys.stdout.buffer
		out.write(bytes.fromhex("1943565409374556"))
		for queue in range(packets // 1000):
		    message = b"\x08" + varint(1000000 + queue) + b"\x10" + varint(length)
		    message += b"\x18" + varint(1048576) + varint(1001 << 3) + b"\x01"
		    record = len(message).to_bytes(4, "little") + message
		    out.write((record + b"%08d" % queue * (length // 8)) * 1000)
	END
}

# Until the image has been read completely.
wait_until_indexed() {
	until_screen screen_has "/$((packets / 1000)) "
	wait_until_gone indexing
}

# browse_slowly: big.img from a slow pipe, which gets the rest only when the file "go" exists
browse_slowly() {
	mkfifo slow
	(head -c 30000000 big.img; until [[ -e go ]]; do sleep 0.05; done; tail -c +30000001 big.img) \
		>slow 3>&- &
	started+=($!)
	open_terminal 80 24 bash -c 'exec "$0" browse - <slow' "$program"
	wait_for_screen 1000000 indexing
}

# The browser is asleep in each of many checks.
rests() {
	local pid times
	pid=$(browser_pid)
	for ((times = 0; times < 20; times++)); do
		[[ $(sed 's/.*) //' "/proc/$pid/stat") == S* ]] || return 1
		sleep 0.02
	done
}

@test "the first frame is shown while the image is indexed, and keys work" {
	make_big_image
	browse_slowly
	press j
	wait_for_selected '^ *1000001 '
	press Enter
	wait_for_screen 'pipe 1000001' '/1000 '
	press G
	wait_for_selected '^ *1000 packet'
	press Enter
	wait_for_screen 'payload  standard input' '1/16 '
	press q q
	wait_until_gone 'packets  '
	wait_for_screen indexing
	touch go
	wait_until_indexed
	press G
	wait_for_selected "^ *$((1000000 + packets / 1000 - 1)) "
	press q
	wait_for_end 0
}

@test "a search sleeps until more data arrives, and finds it" {
	make_big_image
	browse_slowly
	type_text /00000799
	press Enter
	wait_for_screen "searching for '00000799'"
	until_screen rests
	screen_has "searching for '00000799'"
	touch go
	wait_for_selected '^ *1000799 '
}

@test "all rows of a long text are found without another key" {
	"$python" - >log.img <<-'END'
		import sys
		log = b"".join(b"line %07d\n" % number for number in range(500000))
		message = b"\x08\x07\x10" + bytes([len(log) & 127 | 128, len(log) >> 7 & 127 | 128,
		        len(log) >> 14 & 127 | 128, len(log) >> 21]) + b"\x18\x80\x80\x04"
		sys.stdout.buffer.write(bytes.fromhex("1943565409374556"))
		sys.stdout.buffer.write(len(message).to_bytes(4, "little") + message + log)
	END
	open_browser 80 24 log.img --pipe 7
	wait_for_screen LENGTH
	press Enter
	wait_for_screen 'payload  '
	press 2
	wait_for_screen ' 1/500000 '
	press G
	wait_for_selected 'line 0499999'
}

@test "an image of many packets needs 24 bytes of memory for each, plus a constant" {
	local peak bound
	make_big_image
	open_browser 80 24 big.img
	wait_until_indexed
	press G Enter
	wait_for_screen 'pipe 1000799'
	press s s G Enter m q S
	type_text /nowhere
	press Enter
	wait_for_screen "'nowhere' not found"
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$(browser_pid)/status")
	bound=$((packets * 24 / 1024 + 24 * 1024))
	((peak <= bound)) || fail "used $peak KiB, the limit is $bound"
}

@test "q quits immediately during indexing" {
	make_big_image
	open_browser 80 24 big.img
	wait_for_screen 1000000
	press q
	wait_for_end 0
}
