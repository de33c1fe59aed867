#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Marking packets, writing them to files and copying them; and nothing else is ever written.
load ../commands/helpers.bash
load terminal.bash
load screens.bash

# ---- marks ------------------------------------------------------------------------------------------

@test "Space marks and moves down; marks are counted" {
	browse_packets 80 24 4711
	press Space j Space
	assert_screen marked-80x24
}

@test "Space again removes the mark" {
	browse_packets 80 24 4711
	press Space
	wait_for_screen '1 marked'
	press k Space
	wait_until_gone marked
}

@test "v marks from the last mark to the cursor" {
	browse_packets 80 24 4715
	types 10
	press Space
	types 20
	press v
	assert_row last '11 marked'
}

@test "v without a mark says what to do" {
	browse_packets 80 24 4715
	press v
	assert_row last 'mark the start of the range first, with Space'
}

@test "t marks what the filter shows, and U unmarks all" {
	browse_packets 80 24 4715
	types 'filter needle4 '
	press t
	assert_row last '6 marked'
	press Escape
	wait_for_screen '6 marked'
	press U
	assert_row last 'nothing is marked'
}

@test "marks of several queues are kept" {
	browse_packets 80 24 4711
	press Space
	wait_for_screen '1 marked'
	press J Space
	wait_for_screen '2 marked'
	press K
	wait_for_screen 'pipe 4711' '2 marked'
}

@test "a queue is marked with all its packets" {
	browse_sample 80 24
	press Space
	wait_for_selected '^ *4712'
	press k Enter
	wait_for_screen '7 marked'
}

@test "marking an empty queue reports that it has no packets" {
	browse_sample 80 24
	types 4714
	wait_for_selected '^ *4714'
	press Space
	assert_row last 'no packet to mark: this queue is empty'
}

# ---- writing ----------------------------------------------------------------------------------------

shown() {
	pipeimg show sample.img --pipe "$@"
}

@test "the packet under the cursor is written as raw bytes, as show --raw prints them" {
	browse_packets 80 24 4711
	types 4
	press e
	assert_row last 'write 1 packet as  r raw bytes  h hex  p pcapng  i an image  j JSON'
	press r
	assert_row last 'to: pipe-4711.bin'
	press Enter
	assert_row last 'wrote 1 packet to pipe-4711.bin, as raw bytes'
	assert_same_file <(shown 4711 --packet 4 --raw) pipe-4711.bin
}

@test "t marks the packets of all queues shown, and unmarks them" {
	browse_sample 80 24
	type_text ':filter packet'
	press Enter
	wait_for_screen ' 1/2 '
	press t
	assert_row last '76 marked'
	press t
	assert_row last '0 marked'
}

@test "v marks queues from the last marked one to the cursor" {
	browse_sample 80 24
	press v
	assert_row last 'mark the start of the range first, with Space'
	press Space
	wait_for_selected '^ *4712 '
	press v
	assert_row last '8 marked'
	press j v
	assert_row last '24 marked'
}

@test "marked packets are written in sequence" {
	browse_packets 80 24 4711
	press Space Space
	types 4
	press Space
	wait_for_screen '3 marked'
	types 'export three.bin'
	assert_row last 'wrote 3 packets to three.bin, as raw bytes'
	assert_same_file <(shown 4711 --packet 1-2 --raw && shown 4711 --packet 4 --raw) three.bin
}

@test "verify accepts marked packets written as an image or JSON" {
	browse_packets 80 24 4711
	press Space Space
	types 4
	press Space
	wait_for_screen '3 marked'
	types 'export three.img'
	assert_row last 'wrote 3 packets to three.img, as an image'
	types 'export three.json'
	assert_row last 'wrote 3 packets to three.json, as JSON'
	for file in three.img three.json; do
		pipeimg verify -q "$file"
		[[ $(pipeimg show --json "$file" | jq -c '.queues[] | [.id, .chunk_count]') == '[4711,3]' ]]
		assert_same_file <(shown 4711 --packet 1-2 --raw && shown 4711 --packet 4 --raw) \
			<(pipeimg show --raw "$file")
	done
}

@test "the question offers an image and JSON, and the answer selects the file name" {
	local key file
	browse_packets 80 24 4711
	types 4
	for key in i j; do
		file=pipe-4711.img
		[[ $key == i ]] || file=pipe-4711.json
		press e
		assert_row last 'write 1 packet as  r raw bytes  h hex  p pcapng  i an image  j JSON'
		press "$key"
		assert_row last "to: $file"
		press Enter
		wait_for_screen "wrote 1 packet to $file, as"
		pipeimg verify -q "$file"
		assert_same_file <(shown 4711 --packet 4 --raw) <(pipeimg show --raw "$file")
	done
}

@test "packets written as hex have the bytes that show --hex prints" {
	browse_packets 80 24 4711
	press t
	types 'export all.hex'
	assert_row last 'wrote 7 packets to all.hex, as hex'
	assert_same_text <(shown 4711 --hex | hex_lines) <(hex_lines <all.hex)
}

# The offsets and bytes of a hex dump, without the line about each chunk.
hex_lines() {
	grep -o '0x[0-9a-f]*:  [0-9a-f ]*' | sed 's/ *$//'
}

@test "pcapng has the same packets as from convert" {
	need_program tshark
	browse_packets 80 24 4711
	press t
	types 'export all.pcapng'
	assert_row last 'wrote 7 packets to all.pcapng, as pcapng'
	pipeimg convert sample.img converted.pcapng --to pcapng
	assert_same_text <(packets_of converted.pcapng | head -n 7) <(packets_of all.pcapng)
}

packets_of() {
	tshark -r "$1" -T fields -e frame.number -e frame.len -e data.data 2>/dev/null
}

@test "packets of several queues are in one pcapng" {
	need_program capinfos
	browse_packets 80 24 4711
	press t
	wait_for_screen '7 marked'
	press J t
	wait_for_screen '8 marked'
	types 'export both.pcapng'
	assert_row last 'wrote 8 packets to both.pcapng, as pcapng'
	run capinfos -c -M both.pcapng
	assert_output_has 'Number of packets:   8'
}

# open_flipped: a queue of two packets, with a changed byte in the second one
open_flipped() {
	synthetic image pipe 'id=7 size=65536 kind=1 payload=first' 'id=7 size=65536 kind=1 payload=second' >right
	pipeimg convert right flipped.img --layout packets
	printf X | dd of=flipped.img bs=1 seek="$(($(stat -c %s flipped.img) - 2))" conv=notrunc status=none
	open_browser 200 24 flipped.img --pipe 7
	wait_for_screen PREVIEW secoXd
}

@test "writing packets reports bytes that changed since the image was written" {
	local form
	open_flipped
	press t
	for form in bin hex pcapng; do
		types "export two.$form"
		wait_for_screen "wrote 2 packets to two.$form, as " '; wrong checksum: flipped.img: ' \
			'bytes of the payload changed since it was written'
		[[ -s two.$form ]]
	done
	[[ $(<two.bin) == firstsecoXd ]]
	press U
	types 1
	types 'export one.bin'
	assert_row last 'wrote 1 packet to one.bin, as raw bytes'
}

@test "the payload view reports a wrong checksum" {
	open_flipped
	press Enter
	wait_for_screen 'packet 1  5 bytes' 'hex  1/1'
	screen_lacks checksum
	press J
	wait_for_screen 'packet 2  6 bytes' 'checksum wrong  hex  1/1'
}

@test "~/ at the beginning of a path is expanded to HOME" {
	mkdir home
	export HOME=$PWD/home
	browse_packets 120 24 4711
	types 'export ~/one.bin'
	wait_for_screen "wrote 1 packet to $HOME/one.bin, as raw bytes"
	assert_same_file <(shown 4711 --packet 1 --raw) home/one.bin
	press e r
	wait_for_screen 'to: pipe-4711.bin'
	press C-u
	# shellcheck disable=SC2088 # the browser expands it
	type_text '~/two.bin'
	press Enter
	wait_for_screen "wrote 1 packet to $HOME/two.bin"
	types 'save-screen ~/screen'
	wait_for_screen "screen saved to $HOME/screen"
	[[ -s home/two.bin && -s home/screen ]]
}

@test "an existing file is replaced only after a question" {
	browse_packets 80 24 4711
	echo precious >out.bin
	types 'export out.bin'
	assert_row last 'out.bin exists. Replace it?  y yes  n no'
	press n
	assert_row last 'nothing was written'
	[[ $(<out.bin) == precious ]]
	types 'export out.bin'
	assert_row last 'out.bin exists. Replace it?  y yes  n no'
	press y
	assert_row last 'wrote 1 packet to out.bin, as raw bytes'
	assert_same_file <(shown 4711 --packet 1 --raw) out.bin
}

@test "no image in the open directory is replaced" {
	browsable sample sample.img
	mkdir d
	mv sample.img d/pipes-data.img
	before=$(sha256sum d/pipes-data.img)
	open_browser 120 24 d --pipe 4711
	wait_for_screen LENGTH
	types 'export d/pipes-data.img'
	assert_row last 'd/pipes-data.img: belongs to the image and would be overwritten'
	types 'save-screen d/pipes-data.img'
	assert_row last 'd/pipes-data.img: belongs to the image and would be overwritten'
	[[ $(sha256sum d/pipes-data.img) == "$before" ]]
}

@test "packets made by a rule do not replace the image that they came from" {
	browse_packets 120 24 4712
	before=$(sha256sum sample.img)
	types 'frame u16le'
	wait_for_screen 'framed by u16le'
	types 'export sample.img'
	assert_row last 'sample.img: is the image itself and would be overwritten'
	[[ $(sha256sum sample.img) == "$before" ]]
}

@test "a long export shows its progress, and ^C ends only the export" {
	browsable many many.img
	open_browser 80 24 many.img --pipe 4740
	wait_for_screen PREVIEW '1/1048576 '
	press t
	wait_for_screen '1048576 marked'
	types 'export all.hex'
	wait_for_regex 'writing all.hex  [0-9]+%  Esc stops it'
	press C-c
	assert_row last 'writing all.hex cancelled; nothing was written'
	[[ ! -e all.hex ]]
	press q q
	wait_for_end 0
}

@test "Escape cancels the questions" {
	browse_packets 80 24 4711
	press e
	wait_for_screen 'write 1 packet'
	press Escape
	wait_until_gone 'write 1 packet'
	press e r
	wait_for_screen 'to: pipe-4711.bin'
	press Escape
	wait_until_gone 'to: '
	[[ ! -e pipe-4711.bin ]]
}

@test "a missing directory is reported" {
	browse_packets 80 24 4711
	types 'export nowhere/out.bin'
	wait_for_screen nowhere/out.bin 'No such file or directory'
}

@test "a directory without write permission is reported" {
	use_plain_user
	browse_packets 80 24 4711
	mkdir locked
	chmod 555 locked
	types 'export locked/out.bin'
	wait_for_screen locked/out.bin 'Permission denied'
}

@test "a full disk is reported, and no file is left" {
	need_root 'to mount a small file system'
	mkdir small
	mount -t tmpfs -o size=4k none small || skip 'no tmpfs can be mounted here'
	browse_packets 80 24 4713
	press t
	types 'export small/out.bin'
	wait_for_screen small/out.bin 'No space left on device'
	run ls -A small
	assert_output ''
}

# Unmounts even if the test failed.
teardown() {
	close_terminal
	stop_started
	! mountpoint -q "$BATS_TEST_TMPDIR/small" || umount "$BATS_TEST_TMPDIR/small"
}

@test "an empty queue has no packet to write" {
	browse_packets 80 24 4714
	press e
	assert_row last 'no packet to write'
}

# ---- copying -----------------------------------------------------------------------------------------

@test "y copies the packet as hex to the terminal's clipboard" {
	browse_packets 80 24 4711
	record_output output
	types 4
	press y
	assert_row last 'copied 10 bytes to the clipboard, as hex'
	wait_until grep -q "]52;c;$(printf 0100000005deadbeef7f | base64)" output
}

@test "in tmux, y copies the packet to a tmux buffer" {
	open_terminal 80 24 true
	socket=$(terminal_tmux display-message -p '#{socket_path}')
	close_terminal
	browsable sample sample.img
	open_terminal 80 24 env TMUX="$socket,1,0" "$program" browse sample.img --pipe 4711
	wait_for_screen PREVIEW
	types 4
	press y
	assert_row last 'copied 10 bytes to the clipboard, as hex'
	[[ $(terminal_tmux show-buffer) == 0100000005deadbeef7f ]]
}

@test "y reports that the terminal has no clipboard" {
	terminal_type=vt100
	browse_packets 80 24 4711
	press y
	assert_row last 'this terminal has no clipboard; e writes a file'
}

# ---- read-only --------------------------------------------------------------------------------------

@test "browsing changes neither the bytes nor the times of the image" {
	browsable sample sample.img
	touch -d '2001-01-01 01:01:01.123456789' sample.img
	before=$(stat -c '%i %s %y %z' sample.img && sha256sum sample.img)
	open_browser 80 24 sample.img
	wait_for_screen 4711
	press Enter
	wait_for_screen PREVIEW
	press t s S Space Enter 2
	types 'filter x'
	types 'export out.bin'
	wait_for_screen 'out.bin, as raw'
	press F Escape Q
	wait_for_end 0
	[[ $(stat -c '%i %s %y %z' sample.img && sha256sum sample.img) == "$before" ]]
	assert_same_text <(printf '%s\n' out.bin sample.img) <(ls ./*.img ./*.bin | cut -c 3-)
}
