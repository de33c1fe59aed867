#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pipeimg convert --to pcapng, as read by Wireshark's programs.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load conversion.bash

# Tests compare a work directory before and after, so their own files go elsewhere.
setup() {
	need_program tshark
	need_program capinfos
	mkdir "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

make_image() {
	hold "${@:2}"
	pipeimg capture -q --pid "$holder" -o "$1"
}

# fields FILE NAME...: prints these fields of each packet in one line, separated by "|"
fields() {
	local options=() name
	for name in "${@:2}"; do
		options+=(-e "$name")
	done
	tshark -r "$1" -T fields -E separator='|' "${options[@]}" 2>../tshark-errors ||
		fail "tshark cannot read $1" "$(<../tshark-errors)"
	! grep -v -e '^Running as user' ../tshark-errors
}

# infos FILE NAME: prints what capinfos reports under that name
infos() {
	capinfos -M "$1" >../infos || fail "capinfos cannot read $1"
	sed -n "s/^$2 *[:=] *//p" ../infos
}

# has_bytes CAPTURE IMAGE: the packets of the capture have all payloads of the image's queues
has_bytes() {
	fields "$1" data | tr -d '\n' >../found
	pipeimg show --raw "$2" | od -An -v -tx1 | tr -d ' \n' >../wanted
	assert_same_file ../wanted ../found
}

# ---- queues and chunks ---------------------------------------------------------------------------

@test "each chunk becomes a packet with its bytes, and each queue an interface" {
	make_image image "${mixed_queue[@]}" --new --new p:other
	pipeimg convert --to pcapng image out
	[[ $(infos out "Number of packets") -eq 14 ]] || fail "$(<../infos)"
	[[ $(infos out "Number of interfaces in file") -eq 3 ]]
	[[ $(infos out "File type") == *pcapng* ]]
	has_bytes out image
	fields out frame.len >../found
	pipeimg show --json image | jq '.queues[].chunks[].length' >../wanted
	assert_same_text ../wanted ../found
}

@test "an interface has the pipe's name, capacity and unread amount" {
	make_image image --capacity 16384 p:one s:stream --new p:other
	pipeimg convert --to pcapng image out
	fields out frame.interface_id frame.interface_name frame.interface_description >../found
	cat >../wanted <<-END
		0|pipe:[$pipe]|capacity 16384 bytes, 9 unread
		0|pipe:[$pipe]|capacity 16384 bytes, 9 unread
		1|pipe:[$(use_pipe 1 && echo "$pipe")]|capacity 65536 bytes, 5 unread
	END
	assert_same_text ../wanted ../found
}

@test "an empty queue is an interface without packets" {
	make_image image
	pipeimg convert --to pcapng image out
	[[ $(infos out "Number of packets") -eq 0 ]]
	[[ $(infos out "Number of interfaces in file") -eq 1 ]]
	[[ $(infos out $'[ \t]*Description') == "capacity 65536 bytes, 0 unread" ]] || fail "$(<../infos)"
}

@test "comments distinguish packets, stream runs and datagrams, and number them" {
	make_image image p:one s:stream p:two
	pipeimg convert --to pcapng image out
	fields out frame.comment >../found
	printf '%s\n' "packet (chunk 1)" "stream run (chunk 2)" "packet (chunk 3)" >../wanted
	assert_same_text ../wanted ../found
	pipeimg convert --to pcapng "$fixtures/criu-4.2/fifo-and-dgram/sk-queues.img" sockets
	fields sockets frame.comment | sort -u >../found
	grep -qx "datagram (chunk 1)" ../found || fail "$(<../found)"
	[[ $(grep -cv '^datagram ' ../found) -eq 0 ]]
	has_bytes sockets "$fixtures/criu-4.2/fifo-and-dgram/sk-queues.img"
}

@test "the interface's comment lists the holders, with special characters masked" {
	make_image image --name $'n\e\xff"x' --dup p:one
	pipeimg convert --to pcapng image out
	capinfos out >../infos
	grep -aqF "n??\"x[$holder]:${read_fd}r n??\"x[$holder]:${write_fd}w (packet mode)" out ||
		fail "$(strings out)"
	[[ $(LC_ALL=C grep -ac $'\e\|\xff' ../infos) -eq 0 ]]
}

@test "many holders are given only as a count" {
	local i options=()
	for ((i = 0; i < 30; i++)); do
		options+=(--dup)
	done
	make_image image p:one "${options[@]}"
	pipeimg convert --to pcapng image out
	[[ $(infos out "Number of packets") -eq 1 ]]
	grep -aqE ' and [0-9]+ more' out
}

@test "a packet's time is the time of the capture, in nanoseconds" {
	local time
	make_image image p:one s:two
	pipeimg convert --to pcapng image out
	# Without jq, which rounds such numbers.
	time=$(pipeimg show --json image | sed -n 's/.*"captured_at_ns": \([0-9]*\).*/\1/p')
	[[ ${#time} -eq 19 && $(fields out frame.time_epoch | sort -u | tr -d .) == "$time" ]] ||
		fail "$time" "$(fields out frame.time_epoch)"
	[[ $(infos out "File timestamp precision") == "nanoseconds (9)" ]]
	pipeimg convert --to pcapng "$fixtures/criu-4.2/sizes/pipes-data.img" no-time
	[[ $(fields no-time frame.time_epoch | sort -u) == 0.000000000 ]]
}

@test "the section header names the writer and the source" {
	make_image image p:one
	pipeimg convert --to pcapng image out
	[[ $(infos out "Capture application") == "$(pipeimg --version)" ]]
	[[ $(infos out "Capture comment") == "unread in pipes: image" ]]
}

# ---- sizes ---------------------------------------------------------------------------------------

@test "a run longer than Wireshark's limit is split into parts, and the comments say so" {
	make_image image --capacity 1048576 p:x s:@600000 p:y
	pipeimg convert --to pcapng image out
	fields out frame.len frame.comment >../found
	cat >../wanted <<-'END'
		1|packet (chunk 1)
		262144|stream run (chunk 2), from byte 0 of 600000
		262144|stream run (chunk 2), from byte 262144 of 600000
		75712|stream run (chunk 2), from byte 524288 of 600000
		1|packet (chunk 3)
	END
	assert_same_text ../wanted ../found
	has_bytes out image
}

@test "a run of exactly Wireshark's limit is not split, and one byte more gives two parts" {
	synthetic image pipe "id=7 payload=@262144" "id=8 payload=@262145" "id=9 payload=@524288" >image
	pipeimg convert --to pcapng image out
	fields out frame.interface_id frame.len >../found
	printf '%s\n' "0|262144" "1|262144" "1|1" "2|262144" "2|262144" >../wanted
	assert_same_text ../wanted ../found
	has_bytes out image
}

@test "packets of every length modulo four and empty datagrams stay aligned" {
	local length records=()
	for length in 0 1 2 3 4 5 6 7 8 4095 4096; do
		records+=("id=5 payload=@$length")
	done
	synthetic image socket "${records[@]}" >image
	pipeimg convert --to pcapng image out
	[[ $(fields out frame.len | tr '\n' ' ') == "0 1 2 3 4 5 6 7 8 4095 4096 " ]]
	has_bytes out image
	[[ $(($(stat -c %s out) % 4)) -eq 0 ]]
}

@test "fixtures and images in every layout are readable, with all bytes" {
	local image layout
	for image in "$fixtures"/criu-4.2/{merged-packets,pipeline}/pipes-data.img; do
		pipeimg convert --force --to pcapng "$image" out
		[[ $(infos out "Number of packets") -gt 0 ]]
		has_bytes out "$image"
	done
	make_image image "${mixed_queue[@]}"
	fields <(pipeimg convert --to pcapng image -) frame.len frame.comment data >../wanted-chunks
	pipeimg convert image indexed --layout indexed
	pipeimg convert --force --to pcapng indexed out
	fields out frame.len frame.comment data >../found-chunks
	assert_same_text ../wanted-chunks ../found-chunks
	pipeimg convert image spliced --layout spliced
	pipeimg convert --force --to pcapng spliced out
	[[ $(fields out frame.comment) == "stream run (chunk 1)" ]]
	has_bytes out spliced
}

# ---- inputs, outputs and options -----------------------------------------------------------------

@test "a directory becomes one capture with all of its queues" {
	local directory=$fixtures/criu-4.2/fifo-and-dgram
	pipeimg convert --to pcapng "$directory" out
	fields out frame.interface_name | sort -u >../found
	pipeimg show --json "$directory" |
		jq -r '.queues[] | select(.chunk_count > 0) | "\(.type):[\(.id)]"' | sort -u >../wanted
	assert_same_text ../wanted ../found
	has_bytes out "$directory"
	# Holders come from other images of the dump.
	grep -aqE '\[[0-9]+\]:[0-9]+r' out
}

@test "rules split runs, and a rule that does not fit writes nothing" {
	local image=$fixtures/criu-4.2/length-prefixed/pipes-data.img
	pipeimg convert --to pcapng --frame u32le "$image" out
	[[ $(fields out frame.len | tr '\n' ' ') == "5 9 4 704 4096 37 " ]]
	[[ $(fields out frame.comment | head -n 1) == "packet (chunk 1)" ]]
	has_bytes out "$image"
	assert_fails_cleanly 1 "does not fit at byte" \
		pipeimg convert --to pcapng --frame u16be "$image" other
	assert_fails_cleanly 1 "does not fit at byte" \
		pipeimg convert --force --to pcapng --frame u16be "$image" out
}

@test "--boundaries splits runs too" {
	make_image image p:one p:two p:three
	pipeimg convert image merged --layout spliced
	pipeimg convert --to pcapng --boundaries image merged out
	[[ $(fields out frame.len | tr '\n' ' ') == "3 3 5 " ]]
}

@test "pcapng is written from standard input to standard output" {
	make_image image "${mixed_queue[@]}"
	pipeimg convert --to pcapng - - <image | cat >out
	[[ $(infos out "Capture comment") == *"standard input" ]] || fail "$(<../infos)"
	has_bytes out image
	pipeimg convert --to pcapng image - | tshark -r - 2>/dev/null | wc -l >../count
	[[ $(<../count) -eq 13 ]]
}

@test "existing files are not replaced, and damaged images are refused" {
	make_image image p:one p:two
	printf precious >out
	assert_fails_cleanly 3 "--force" pipeimg convert --to pcapng image out
	head -c -1 image >cut-off
	assert_fails_cleanly 1 "cut-off: " pipeimg convert --force --to pcapng cut-off out
	assert_fails_cleanly 1 "cut-off: " pipeimg convert --to pcapng cut-off new
	[[ $(<out) == precious ]]
}

@test "a payload that does not match its checksum is not written" {
	make_image image p:one p:two
	sed 's/two/tWo/' image >changed
	assert_fails_cleanly 1 "[PI201]" pipeimg convert --to pcapng changed out
}
