#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pipeimg diff: compares two images, or an image and the pipes of a process.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load conversion.bash

make_image() {
	hold "${@:2}"
	pipeimg capture -q --pid "$holder" -o "$1"
}

# same ARGUMENT...: there is no difference and no output
same() {
	run --separate-stderr pipeimg diff "$@"
	assert_status 0
	assert_output ""
	assert_no_error
}

# differs ARGUMENT...: there is a difference
differs() {
	run --separate-stderr pipeimg diff "$@"
	assert_status 1
	assert_no_error
}

# tells LINE...: the output is exactly these lines
tells() {
	printf '%s\n' "$@" >wanted.text
	printf '%s\n' "$output" >found.text
	assert_same_text wanted.text found.text
}

# ---- the same ------------------------------------------------------------------------------------

@test "an image equals itself and a copy" {
	make_image image "${mixed_queue[@]}" --new --new s:text
	same image image
	cp image copy
	same image copy
}

@test "layout, version, JSON and the order of queues make no difference" {
	make_image packets "${mixed_queue[@]}" --new s:text --new p:x
	pipeimg convert packets indexed --layout indexed
	pipeimg convert packets old --image-version 1.0
	pipeimg convert packets json --to json
	for other in indexed old json; do
		same packets "$other"
		same "$other" packets
	done
	synthetic image pipe "id=7 payload=abc" "id=8 payload=xyz" >one
	synthetic image pipe "id=8 payload=xyz" "id=7 payload=abc" >two
	same one two
}

@test "how a stream run is divided makes no difference, since no reader sees it" {
	synthetic image pipe "id=7 bytes=3 kind=0 payload=abc" "id=7 bytes=3 kind=0 payload=def" \
		"id=7 bytes=1 kind=1 payload=x" >pieces
	synthetic image pipe "id=7 bytes=6 kind=0 payload=abcdef" "id=7 bytes=1 kind=1 payload=x" >whole
	same pieces whole
	same whole pieces
}

@test "a directory equals itself, a copy and its converted copy" {
	local directory=$fixtures/criu-4.2/fifo-and-dgram
	pipeimg convert "$directory" copy --layout indexed
	same "$directory" "$directory"
	same "$directory" copy
}

@test "images without queues are equal" {
	synthetic image pipe >empty
	same empty empty
	make_image image
	differs empty image
	tells "pipe $pipe: only in image (0 bytes)"
}

@test "-v reports equal queues too" {
	make_image image p:one s:stream --new --new s:x
	run --separate-stderr pipeimg diff -v image image
	assert_status 0
	[[ ${lines[0]} == "pipe $pipe: identical, 9 bytes, 1 packet" ]] || fail "$(show_run)"
	[[ ${lines[1]} == *": identical, 0 bytes" ]]
	[[ ${lines[2]} == *": identical, 1 byte" ]]
}

# ---- what differs --------------------------------------------------------------------------------

@test "differing bytes are reported with their offset and in hex" {
	synthetic image pipe "id=7 payload=@40" >one
	synthetic image pipe "id=7 payload=@40" >two
	# Byte 21 of the payload, which is 0x15.
	printf '!' | dd of=two bs=1 seek=$(($(stat -c %s two) - 19)) conv=notrunc status=none
	differs one two
	tells "pipe 7: first difference at byte 21 of the queue (bytes)" \
		"- chunk 1: stream run of 40 bytes, at offset 0" \
		$'-\t0x0010:  1011 1213 1415 1617 1819 1a1b 1c1d 1e1f  ................' \
		$'-\t0x0020:  2021 2223 2425 2627                       !"#$%&\'' \
		"+ chunk 1: stream run of 40 bytes, at offset 0" \
		$'+\t0x0010:  1011 1213 1421 1617 1819 1a1b 1c1d 1e1f  .....!..........' \
		$'+\t0x0020:  2021 2223 2425 2627                       !"#$%&\''
}

# Finds the difference for each byte of a payload with three chunks.
@test "the offset is right for a difference at any byte" {
	local at text
	for at in 0 1 2 3 4 5 6 7 8 9 10; do
		text=abcdefghijk
		text=${text:0:at}!${text:at+1}
		synthetic image pipe "id=7 bytes=11 chunks=p3,s5,p3 payload=abcdefghijk" >one
		synthetic image pipe "id=7 bytes=11 chunks=p3,s5,p3 payload=$text" >two
		differs one two
		[[ ${lines[0]} == "pipe 7: first difference at byte $at of the queue (bytes)" ]] ||
			fail "at $at" "$(show_run)"
		pipeimg diff --json one two >json || true
		jq -e --argjson at "$at" '.queues[0] | .offset == $at and
			.first.chunk == (if $at < 3 then 1 elif $at < 8 then 2 else 3 end) and
			.second.chunk == .first.chunk' json >/dev/null || fail "at $at" "$(<json)"
	done
}

@test "a difference near the end of one of many chunks is reported" {
	synthetic image pipe "id=7 bytes=1048576 chunks=s500000,p4096,s544480 payload=@1048576" >one
	cp one two
	printf '!' | dd of=two bs=1 seek=$(($(stat -c %s two) - 48576)) conv=notrunc status=none
	differs one two
	[[ ${lines[0]} == "pipe 7: first difference at byte 1000000 of the queue (bytes)" ]] || fail "$(show_run)"
	[[ ${lines[1]} == "- chunk 3: stream run of 544480 bytes, at offset 504096" ]]
	assert_output_has $'-\t0xf4240:  '
	assert_output_has $'+\t0xf4240:  21'
}

@test "differing chunks are reported even if all bytes are equal" {
	synthetic image pipe "id=7 bytes=6 chunks=p3,p3 payload=abcdef" >one
	synthetic image pipe "id=7 bytes=6 chunks=p3,p2,p1 payload=abcdef" >two
	synthetic image pipe "id=7 bytes=6 chunks=p3,s3 payload=abcdef" >stream
	synthetic image pipe "id=7 bytes=6 payload=abcdef" >merged
	differs one two
	tells "pipe 7: first difference at byte 3 of the queue (chunks; all bytes are the same)" \
		"- chunk 2: packet of 3 bytes, at offset 3" \
		"+ chunk 2: packet of 2 bytes, at offset 3" \
		"+ chunk 3: packet of 1 byte, at offset 5"
	differs one stream
	[[ ${lines[0]} == "pipe 7: first difference at byte 3 of the queue (chunks; all bytes are the same)" ]]
	[[ ${lines[2]} == "+ chunk 2: stream run of 3 bytes, at offset 3" ]]
	differs one merged
	tells "pipe 7: first difference at byte 0 of the queue (chunks; all bytes are the same)" \
		"- chunk 1: packet of 3 bytes, at offset 0" \
		"- chunk 2: packet of 3 bytes, at offset 3" \
		"+ chunk 1: stream run of 6 bytes, at offset 0"
}

@test "differing boundaries are shown from the first on, at most four chunks of each side" {
	synthetic image pipe "id=7 bytes=9 chunks=p1,p1,p2,p1,p1,p1,p2 payload=abcdefghi" >one
	synthetic image pipe "id=7 bytes=9 chunks=p1,p1,p1,p6 payload=abcdefghi" >two
	differs one two
	tells "pipe 7: first difference at byte 2 of the queue (chunks; all bytes are the same)" \
		"- chunk 3: packet of 2 bytes, at offset 2" \
		"- chunk 4: packet of 1 byte, at offset 4" \
		"- chunk 5: packet of 1 byte, at offset 5" \
		"- chunk 6: packet of 1 byte, at offset 6" \
		"- ..." \
		"+ chunk 3: packet of 1 byte, at offset 2" \
		"+ chunk 4: packet of 6 bytes, at offset 3"
	run pipeimg diff --json one two
	[[ $(jq -c '.queues[0] | [.same_bytes, (.first.next_chunks | length)], (.second.next_chunks[] | [.kind, .length, .offset])' <<<"$output") == \
		$'[true,4]\n["packet",1,2]\n["packet",6,3]' ]] || fail "$(show_run)"
	# The bytes differ too, but later than two lines of hex show.
	synthetic image pipe "id=7 bytes=80 chunks=p1,p79 payload=@80" >one
	synthetic image pipe "id=7 bytes=80 chunks=p2,p78 payload=@80" >two
	printf '!' | dd of=two bs=1 seek=$(($(stat -c %s two) - 1)) conv=notrunc status=none
	differs one two
	[[ ${lines[0]} == "pipe 7: first difference at byte 0 of the queue (chunks)" ]] || fail "$(show_run)"
	[[ $(pipeimg diff --json one two | jq '.queues[0].same_bytes') == false ]]
}

@test "a queue that is longer in one image is reported" {
	synthetic image pipe "id=7 bytes=3 chunks=p3 payload=abc" >short
	synthetic image pipe "id=7 bytes=5 chunks=p3,p2 payload=abcde" >long
	differs short long
	tells "pipe 7: first difference at byte 3 of the queue (chunks)" \
		"- end of queue after 1 chunk" \
		$'-\t0x0000:  6162 63                                  abc' \
		"+ chunk 2: packet of 2 bytes, at offset 3" \
		$'+\t0x0000:  6162 6364 65                             abcde'
	differs long short
	[[ ${lines[1]} == "- chunk 2: packet of 2 bytes, at offset 3" ]]
	[[ ${lines[3]} == "+ end of queue after 1 chunk" ]]
	synthetic image pipe "id=7" >empty
	differs empty long
	[[ ${lines[0]} == "pipe 7: first difference at byte 0 of the queue (chunks)" ]]
	[[ ${lines[1]} == "- end of queue after 0 chunks" ]]
}

@test "a stream run that is longer in one image is reported" {
	synthetic image pipe "id=7 payload=abc" >short
	synthetic image pipe "id=7 payload=abcde" >long
	differs short long
	[[ ${lines[0]} == "pipe 7: first difference at byte 3 of the queue (chunks)" ]] || fail "$(show_run)"
	differs long short
	[[ ${lines[0]} == "pipe 7: first difference at byte 3 of the queue (chunks)" ]] || fail "$(show_run)"
}

@test "a queue that is only in one image is reported" {
	synthetic image pipe "id=7 payload=abc" "id=8 bytes=4 chunks=p4 payload=wxyz" "id=9 payload=x" >one
	synthetic image pipe "id=7 payload=abc" "id=6" "id=5 payload=y" >two
	differs one two
	tells "pipe 8: only in one (4 bytes, 1 packet)" "pipe 9: only in one (1 byte)" \
		"pipe 6: only in two (0 bytes)" "pipe 5: only in two (1 byte)"
}

@test "a different capacity is reported even if the bytes are equal" {
	synthetic image pipe "id=7 bytes=3 size=65536 payload=abc" >one
	synthetic image pipe "id=7 bytes=3 size=4096 payload=abc" >two
	differs one two
	tells "pipe 7: same content, different capacity: 65536 and 4096"
	synthetic image pipe "id=7 bytes=3 size=4096 payload=abX" >other
	differs one other
	[[ ${lines[0]} == "pipe 7: first difference at byte 2 of the queue (bytes)" ]]
}

@test "datagrams are compared, empty ones too" {
	synthetic image socket "id=5 payload=one" "id=5 payload=" "id=5 payload=two" >one
	same one one
	synthetic image socket "id=5 payload=one" "id=5 payload=two" >two
	differs one two
	[[ ${lines[0]} == "socket 5: first difference at byte 3 of the queue (chunks; all bytes are the same)" ]] || fail "$(show_run)"
	synthetic image socket "id=5 payload=one" "id=5 payload=" "id=5 payload=tWo" >three
	differs one three
	[[ ${lines[0]} == "socket 5: first difference at byte 4 of the queue (bytes)" ]] || fail "$(show_run)"
	synthetic image socket "id=5 payload=one" "id=5 payload=two" "id=5 payload=" >four
	differs one four
}

@test "the offset is right at many places in a long run" {
	local at
	synthetic image pipe "id=7 payload=@3000" >one
	for at in 0 15 16 17 255 256 1023 1024 2047 2991 2992 2999; do
		cp one two
		printf '\xff' | dd of=two bs=1 seek=$(($(stat -c %s two) - 3000 + at)) conv=notrunc status=none
		differs one two
		[[ ${lines[0]} == "pipe 7: first difference at byte $at of the queue (bytes)" ]] ||
			fail "at $at" "$(show_run)"
		[[ $(grep -c '^+.0x' <<<"$output") -eq $((at < 2992 ? 2 : 1)) ]] || fail "$(show_run)"
	done
}

# ---- matching queues -----------------------------------------------------------------------------

# dump DIRECTORY ID ID [BYTE]: two pipes of one process with these ids
dump() {
	synthetic directory "$1" "100:pipe$2:r" "100:pipe$2:w" "100:pipe$3:r" "100:pipe$3:w"
	synthetic image pipe "id=$2 bytes=5 size=65536 payload=first" \
		"id=$3 bytes=6 size=65536 payload=secon${4:-d}" >"$1/pipes-data.img"
}

@test "pipes with different ids are matched by their holders" {
	dump before 7 8
	dump after 1007 1008
	same before after
	run --separate-stderr pipeimg diff -v before after
	tells "pipe 7 and 1007: identical, 5 bytes" "pipe 8 and 1008: identical, 6 bytes"
	dump changed 1008 1007 !
	differs before changed
	[[ ${lines[0]} == "pipe 8 and 1007: first difference at byte 5 of the queue (bytes)" ]] ||
		fail "$(show_run)"
}

@test "an equal id takes precedence over an equal holder" {
	dump before 7 8
	dump after 8 7
	differs before after
	[[ ${lines[0]} == "pipe 7: first difference at byte 0 of the queue (bytes)" ]] || fail "$(show_run)"
}

@test "the only pipe of one image is compared with the only pipe of the other" {
	synthetic image pipe "id=7 payload=abc" >one
	synthetic image pipe "id=8 payload=abc" >two
	same one two
	synthetic image fifo "id=8 payload=abc" >fifo
	differs one fifo
	tells "pipe 7: only in one (3 bytes)" "fifo 8: only in fifo (3 bytes)"
}

# As for the standard output of a container: a restored container writes to another pipe.
@test "a pipe of which a dump has only write ends is not compared and is not a difference" {
	synthetic directory dump 100:pipe7:w 100:pipe8:r
	synthetic image pipe "id=8 payload=abc" >dump/pipes-data.img
	synthetic directory restored 100:pipe17:w 100:pipe18:r
	synthetic image pipe "id=17 payload=more" "id=18 payload=abc" >restored/pipes-data.img
	same dump restored
	same restored dump
	run --separate-stderr pipeimg diff -v dump restored
	tells "pipe 8 and 18: identical, 3 bytes" \
		"pipe 7 and 17: not compared: the dump has only its write ends, not its content"
	run --separate-stderr pipeimg diff --json restored dump
	jq -e '.same and (.queues[0] | .difference == "not_saved" and .first == {"id": 17} and
		.second == {"id": 7})' <<<"$output" >/dev/null || fail "$(show_run)"
	# It is not mistaken for another pipe that is missing.
	synthetic directory single 100:pipe17:w
	synthetic image pipe "id=17 payload=more" >single/pipes-data.img
	differs dump single
	tells "pipe 8: only in dump (3 bytes)"
}

# ---- live ----------------------------------------------------------------------------------------

# bats test_tags=race
@test "an image equals the process from which it was captured, until a packet is read" {
	make_image image p:one s:stream p:two --new --new s:text
	same image --pid "$holder"
	pipeimg convert image merged --layout spliced
	differs merged --pid "$holder"
	[[ ${lines[0]} == "pipe $pipe: first difference at byte 0 of the queue (chunks; all bytes are the same)" ]] || fail "$(show_run)"
	# Comparing does not consume anything.
	same image --pid "$holder"
	head -c 100 <"/proc/$holder/fd/$read_fd" >/dev/null &
	started+=($!)
	wait_until changed image
	differs image --pid "$holder"
	[[ ${lines[0]} == "pipe $pipe: "* ]] || fail "$(show_run)"
}

changed() {
	! pipeimg diff -q "$1" --pid "$holder"
}

# bats test_tags=race
@test "a pipe that the process has created since is reported" {
	make_image image p:one
	stop_started
	hold p:one --new s:other
	differs image --pid "$holder"
	assert_output_has "only in process $holder (5 bytes)"
}

# bats test_tags=race
@test "a pipe that a process has under another id is matched by its holder, or as the only one" {
	make_image image p:one
	stop_started
	hold p:one
	same image --pid "$holder"
}

@test "--tree compares the pipes of descendants too" {
	hold --fork p:one
	pipeimg capture -q --pid "$holder" --tree -o image
	same image --pid "$holder" --tree
	same image --tree --pid="$holder"
	same image --pid "$child"
}

@test "live differences in --json name the process" {
	make_image image p:one
	run --separate-stderr pipeimg diff --json image --pid "$holder"
	assert_status 0
	jq -e --arg name "process $holder" '.second == $name and .same' <<<"$output" >/dev/null ||
		fail "$(show_run)"
}

@test "a process that does not exist is a system error" {
	make_image image p:one
	stop_started
	run --separate-stderr pipeimg diff image --pid "$holder"
	assert_status 3
	assert_error_has "$holder"
}

# ---- output --------------------------------------------------------------------------------------

@test "--json reports everything" {
	synthetic image pipe "id=7 bytes=6 chunks=p3,p3 payload=abcdef" "id=8 payload=x" \
		"id=9 payload=same" "id=11 bytes=1 size=4096 payload=c" >one
	synthetic image pipe "id=7 bytes=6 chunks=p3,s3 payload=abcdef" "id=9 payload=same" \
		"id=10 payload=y" "id=11 bytes=1 size=8192 payload=c" >two
	differs --json one two
	jq -e '.first == "one" and .second == "two" and .same == false and
		([.queues[].difference] ==
			["chunks", "only_in_first", "same", "capacity", "only_in_second"]) and
		(.queues[0] | .type == "pipe" and .offset == 3 and .data_offset == 0 and
			.first == {"id": 7, "bytes": 6, "packets": 2, "capacity": 0, "chunk": 2,
				"kind": "packet", "length": 3, "chunk_offset": 3, "data": "YWJjZGVm",
				"next_chunks": [{"kind": "packet", "length": 3, "offset": 3}]} and
			.second.kind == "stream" and .second.packets == 1) and
		(.queues[1] | has("second") | not) and (.queues[4] | has("first") | not) and
		(.queues[3] | .first.capacity == 4096 and .second.capacity == 8192)' <<<"$output" \
		>/dev/null || fail "$(show_run)"
	run --separate-stderr pipeimg diff --json one one
	assert_status 0
	jq -e '.same and ([.queues[].difference] | unique == ["same"])' <<<"$output" >/dev/null
}

@test "-q prints nothing and only sets the exit status" {
	synthetic image pipe "id=7 payload=abc" "id=8 payload=x" >one
	synthetic image pipe "id=7 payload=abX" >two
	differs -q one two
	assert_output ""
	same -q one one
}

@test "payloads and file names cannot control the terminal" {
	local name=$'o\e[2Jne'
	synthetic image pipe "id=7 payload=abc" >one
	synthetic image pipe $'id=7 payload=a\e[2J' "id=8 payload=x" >"$name"
	differs one "$name"
	[[ $(printf %s "$output" | LC_ALL=C tr -d '\n\t -~' | wc -c) -eq 0 ]] || fail "$(od -c <<<"$output")"
	pipeimg diff --json one "$name" >json || true
	[[ $(LC_ALL=C tr -d '\n\t -~' <json | wc -c) -eq 0 ]]
	jq -e --arg name "$name" '.second == $name' json >/dev/null
}

@test "output has colour only on a terminal or on request" {
	synthetic image pipe "id=7 payload=abc" >one
	synthetic image pipe "id=7 payload=abX" >two
	differs one two
	assert_output_lacks $'\e'
	differs --color=always one two
	assert_output_has $'\e['
}

# ---- inputs --------------------------------------------------------------------------------------

@test "one of the two images may be standard input" {
	make_image image "${mixed_queue[@]}"
	pipeimg convert image other --layout indexed
	run --separate-stderr pipeimg diff - other <image
	assert_status 0
	cat image >piped
	pipeimg diff other - < <(cat piped)
	synthetic image pipe "id=7 payload=abc" >one
	synthetic image pipe "id=7 payload=abX" >two
	run --separate-stderr pipeimg diff one - <two
	assert_status 1
	[[ ${lines[0]} == "pipe 7: first difference at byte 2 of the queue (bytes)" ]]
	run --separate-stderr pipeimg diff - - <image
	assert_status 2
	assert_error_has "only once"
}

@test "damaged images cannot be compared, on either side" {
	synthetic image pipe "id=7 payload=abc" "id=8 payload=xyz" >image
	head -c -1 image >cut-off
	: >empty
	for bad in cut-off empty; do
		assert_fails 1 "$bad: " pipeimg diff image "$bad"
		assert_fails 1 "$bad: " pipeimg diff "$bad" image
		assert_fails 1 "$bad: " pipeimg diff "$bad" "$bad"
		assert_fails 1 "$bad: " pipeimg diff "$bad" --pid $$
	done
	assert_fails 3 "nowhere: " pipeimg diff image nowhere
	assert_fails 3 "nowhere: " pipeimg diff nowhere image
}

@test "a payload that does not match its checksum is damage, not a difference" {
	make_image image p:one p:two
	sed 's/two/tWo/' image >changed
	run --separate-stderr pipeimg diff image changed
	assert_status 1
	assert_error_has "[PI201]"
}

@test "damage is refused with --json too, and the output stays valid JSON" {
	make_image image p:one p:two
	sed 's/two/tWo/' image >changed
	run --separate-stderr pipeimg diff --json changed image
	assert_status 1
	assert_error_has "[PI201]"
	[[ -z $output ]] || jq -e '.same == false' <<<"$output" >/dev/null || fail "$(show_run)"
}

@test "nonsensical arguments are usage errors" {
	synthetic image pipe >image
	wrong() {
		run --separate-stderr pipeimg diff "$@"
		[[ $status -eq 2 && -z $output && $stderr == pipeimg:*--help* ]] || fail "$*" "$(show_run)"
	}
	wrong
	wrong image
	wrong image image image
	wrong image image --pid 1
	wrong --pid 1
	wrong image --pid 0
	wrong image --pid x
	wrong image --pid 1x
	wrong image --pid
	wrong image image --tree
	wrong image image --bogus
	run --separate-stderr pipeimg diff --help
	assert_status 0
	assert_output_has "Usage: pipeimg diff"
}
