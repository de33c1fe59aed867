#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Images that take a while: what is there is shown at once, keys work meanwhile, memory is bounded.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

readonly packets=800000 packet_bytes=256

# 220 MB: one queue after the other of 1000 packets, one record for each.
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

# Until nothing is left to read.
wait_until_indexed() {
	until_screen screen_has "/$((packets / 1000)) "
	wait_until_gone indexing
}

# browse_slowly: big.img, as slow as a pipe that somebody fills by and by: the rest when "go" is there
browse_slowly() {
	mkfifo slow
	(head -c 30000000 big.img; until [[ -e go ]]; do sleep 0.05; done; tail -c +30000001 big.img) \
		>slow 3>&- &
	started+=($!)
	open_terminal 80 24 bash -c 'exec "$0" browse - <slow' "$program"
	wait_for_screen 1000000 indexing
}

# The browser sleeps whenever it is looked at.
rests() {
	local pid times
	pid=$(browser_pid)
	for ((times = 0; times < 20; times++)); do
		[[ $(sed 's/.*) //' "/proc/$pid/stat") == S* ]] || return 1
		sleep 0.02
	done
}

@test "the first frame is there while the image is indexed, and keys work meanwhile" {
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

@test "a search waits at rest for what comes later, and finds it" {
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

@test "the rows of a long text are all found without another key" {
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

@test "an image of many packets is browsed in 24 bytes for each, and a constant" {
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
	((peak <= bound)) || fail "$peak KiB were used, $bound are allowed"
}

@test "it is left at once while there is much to do" {
	make_big_image
	open_browser 80 24 big.img
	wait_for_screen 1000000
	press q
	wait_for_end 0
}
