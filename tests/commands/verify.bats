#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The findings of pipeimg verify, and that it has none for intact images. Each check has a test whose name begins with
# its id, which the last test verifies. For the form of reports see verify-output.bats.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

readonly random_images_py=$PIPEIMG_SOURCE/tests/commands/random-images.py

# ---- findings ------------------------------------------------------------------------------------

# Prints the ids of the findings in the output, in order, separated by spaces.
found_ids() {
	local line ids=()
	for line in "${lines[@]}"; do
		[[ ! $line =~ \ \[(PI[0-9]+)\]$ ]] || ids+=("${BASH_REMATCH[1]}")
	done
	printf '%s' "${ids[*]}"
}

# finds STATUS IDS ARGUMENT...: exits with that status and reports exactly these findings, including notes. Uses
# --anywhere, so that this machine's limits do not matter; plainly_finds tests those.
finds() {
	plainly_finds "$1" "$2" --anywhere "${@:3}"
}

plainly_finds() {
	local ids
	run --separate-stderr pipeimg verify -v "${@:3}"
	assert_status "$1"
	assert_no_error
	ids=$(found_ids)
	[[ $ids == "$2" ]] || fail "expected these: $2" "found these: $ids" "$(show_run)"
}

# tells LINE: it is one of the output's lines
tells() {
	local line
	for line in "${lines[@]}"; do
		[[ $line != "$1" ]] || return 0
	done
	fail "no such line: $1" "$(show_run)"
}

# Captures the pipes of a process to the image of that name, with checksums.
capture_image() {
	hold "${@:2}"
	pipeimg capture -q --pid "$holder" -o "$1"
	stop_started
}

# Sets record, message, payload and end to their offsets in the file for record N.
# locate N FILE
locate() {
	read -r _ record message payload end < <(synthetic places "$2" | sed -n "${1}p")
}

# invert OFFSET FILE: inverts all bits of that byte
invert() {
	local byte
	byte=$(od -An -tu1 -j"$1" -N1 "$2")
	# shellcheck disable=SC2059 # an octal escape is made
	printf "$(printf '\\%o' $((byte ^ 255)))" | dd of="$2" bs=1 seek="$1" conv=notrunc status=none
}

# An intact dump of one pipe with both ends and an empty queue.
make_dump() {
	synthetic directory "$1" 100:pipe7:r 100:pipe7:w
	synthetic image pipe "id=7 size=65536" >"$1/pipes-data.img"
}

# ---- the container -------------------------------------------------------------------------------

@test "PI001: a file without a magic number" {
	printf '\x01ust some bytes\n' >image
	finds 1 PI001 image
	tells "image: error: is not a CRIU image: it begins with 0x74737501, not with 0x54564319 [PI001]"
}

@test "PI001: an unknown magic number after the common one" {
	printf '\x19\x43\x56\x54\x01\x02\x03\x04' >image
	finds 1 PI001 image
	tells "image: error: is a CRIU image of an unknown type: magic 0x04030201 after 0x54564319 [PI001]"
}

@test "PI002: an empty file" {
	: >image
	finds 1 PI002 image
	tells "image: error: is empty; a CRIU image begins with a magic number [PI002]"
}

@test "PI002: a file that ends within its magic numbers" {
	local length s=
	synthetic image pipe >whole
	for length in 1 2 3 4 5 6 7; do
		head -c "$length" whole >image
		finds 1 PI002 image
		tells "image: error: ends within its magic number, after $length byte$s [PI002]"
		s=s
	done
}

@test "PI003: a file that ends within a record's length" {
	synthetic image pipe "id=7 payload=abc" "raw=0801" >image
	finds 1 PI003 image
	tells "image: record 2 at 0x13: error: the file ends after 2 of 4 bytes of a record's length [PI003]"
}

@test "PI004: a message of 4 GiB" {
	synthetic image pipe "id=7 payload=abc" "id=8 length=0xffffffff" >image
	finds 1 PI004 image
	assert_output_has "image: record 2 at 0x13: error: a message of 4294967295 bytes, longer than any queue needs"
}

@test "PI004: a message of more than 1 MiB in an image other than the queues" {
	make_dump dump
	{ synthetic image PSTREE "length=1048577" && head -c 1048577 /dev/zero; } >dump/pstree.img
	finds 1 PI004 dump
	assert_output_has "dump/pstree.img: record 1 at 0x8: error: a message of 1048577 bytes, more than 1048576 [PI004]"
}

@test "PI005: a file that ends within a message" {
	synthetic image pipe "id=7 payload=abc" "id=8 length=9" >image
	finds 1 PI005 image
	tells "image: record 2 at 0x13: error: the file ends after 4 of 9 bytes of a message [PI005]"
}

@test "PI006: a file that ends within a payload" {
	synthetic image pipe "id=7 payload=abc" "id=8 bytes=9 payload=abc" >image
	finds 1 PI006 image
	tells "image: record 2 (pipe 8) at 0x13: error: the file ends after 3 of 9 bytes of a payload [PI006]"
}

@test "PI006: a file that ends within a payload with a checksum" {
	capture_image image s:@65536
	truncate -s -1 image
	finds 1 PI006 image
	tells "image: record 1 (pipe $pipe) at 0x8: error: the file ends after 65535 of 65536 bytes of a payload [PI006]"
}

@test "PI007: any number of zeros after the last record" {
	local count
	synthetic image pipe "id=7 payload=abc" >whole
	for count in 1 3 4 5 4096 1000000; do
		{ cat whole && head -c "$count" /dev/zero; } >image
		finds 1 PI007 image
		tells "image: record 2 at 0x13: error: the rest of the file, $count byte$([[ $count -eq 1 ]] || echo s), is zeros [PI007]"
	done
}

@test "PI007: not if something else follows the zeros" {
	synthetic image pipe "id=7 payload=abc" "raw=0000000000000001" >image
	finds 1 PI102 image
}

@test "PI008: an image that contains no queues" {
	finds 1 PI008 "$fixtures/criu-4.2/sizes/pstree.img"
	assert_output_has "sizes/pstree.img: error: is a CRIU image of PSTREE records, which contain no queues; give pipes-data.img"
}

@test "PI008: an image of other queues than its name says" {
	make_dump dump
	synthetic image socket "id=7 payload=abc" >dump/fifo-data.img
	finds 1 PI008 dump
	tells "dump/fifo-data.img: error: contains SK_QUEUES records, which do not match its name [PI008]"
}

@test "PI008: another image of a dump with a different type than its name says" {
	make_dump dump
	synthetic image IDS "1=1" >dump/core-100.img
	finds 1 PI008 dump
	tells "dump/core-100.img: error: contains IDS records, but CORE were expected [PI008]"
}

@test "PI008: a directory that is not a CRIU dump" {
	mkdir directory
	finds 1 PI008 directory
	assert_output_has "directory: error: contains no queue image"
}

@test "PI009: more queues than a machine can have" {
	hostile pipes 131072 image
	finds 0 "" image
	hostile pipes 131073 image
	finds 1 PI009 image
	tells "image: record 131073 (pipe 131072) at 0x160008: error: more than 131072 queues, which no machine can have [PI009]"
}

@test "PI010: one magic number, as before CRIU 1.6" {
	synthetic image --v1.0 pipe "id=7 payload=abc" >image
	finds 0 PI010 image
	tells "image: note: begins with one magic number, as in CRIU before 1.6 [PI010]"
}

@test "PI011: a directory in place of an image" {
	make_dump dump
	mkdir dump/fifo-data.img
	finds 1 PI011 dump
	tells "dump/fifo-data.img: error: is not a regular file [PI011]"
}

@test "PI011: a FIFO in place of an image does not block verify" {
	make_dump dump
	mkfifo dump/sk-queues.img
	rm dump/core-100.img
	mkfifo dump/core-100.img
	finds 1 "PI011 PI011" dump
	tells "dump/sk-queues.img: error: is not a regular file [PI011]"
	tells "dump/core-100.img: error: is not a regular file [PI011]"
}

@test "PI011: a symbolic link in place of an image, to a file that was not copied" {
	make_dump dump
	ln -s ../elsewhere/sk-queues.img dump/sk-queues.img
	finds 1 PI011 dump
	tells "dump/sk-queues.img: error: is a symbolic link to ../elsewhere/sk-queues.img, which does not exist; copy that file too [PI011]"
}

@test "a symbolic link in place of an image, to an existing file, is followed" {
	make_dump dump
	mv dump/pipes-data.img elsewhere.img
	ln -s ../elsewhere.img dump/pipes-data.img
	finds 0 "" dump
}

@test "PI012: an image that ends after its magic numbers" {
	synthetic image pipe >image
	finds 0 PI012 image
	tells "image: warning: ends after its magic number [PI012]"
}

@test "magic numbers without records are what CRIU wrote with v1.0 if there were no queues" {
	synthetic image pipe >image
	tail -c +5 image >old.img
	finds 0 PI010 old.img
}

@test "PI013: JSON that is not in the form of crit decode" {
	echo '{"magic": "PIPES_DATA", "entries": [{"pipe_id": 7, "bytes": 3, "extra": "YQ=="}]}' >image
	finds 1 PI013 image
	tells 'image: record 1 (pipe 7) at 0x24: error: 1 byte in "extra", but the entry says 3 [PI013]'
}

@test "PI013: text that only begins like JSON" {
	echo '{"magic": ' >image
	finds 1 PI013 image
}

@test "PI015: compressed data that is damaged" {
	make_dump dump
	gzip -n <dump/pipes-data.img >image
	invert $(($(stat -c %s image) - 6)) image
	finds 1 PI015 image
	tells "image: error: gzip data is damaged near byte $(($(stat -c %s image) - 4)): incorrect data check [PI015]"
}

@test "PI016: compressed data that is cut off" {
	make_dump dump
	gzip -n <dump/pipes-data.img | head -c -3 >image
	finds 1 PI016 image
}

@test "PI017: a seek table that does not fit" {
	make_dump dump
	pipeimg compress dump/pipes-data.img -o image
	cat image image >twice
	finds 1 "PI017 PI004" twice
	head -c -9 image >table-cut
	finds 1 PI016 table-cut
}

@test "PI018: too many layers of compression" {
	make_dump dump
	gzip <dump/pipes-data.img | gzip >image
	finds 0 "" image
	gzip <image >again
	finds 1 PI018 again
}

@test "PI019: an archive that is cut off" {
	make_dump dump
	tar -cf whole dump
	head -c 2000 whole >image
	pipeimg verify image >/dev/null || [[ $? -eq 1 ]]
	run --separate-stderr pipeimg verify --anywhere image
	assert_status 1
	[[ $(found_ids) == *PI019* ]]
}

@test "PI020: an archive without images" {
	echo text >readme
	tar -cf image readme
	finds 1 PI020 image
	tells "image: error: is an archive without queue images or CRIU images [PI020]"
}

@test "PI021: several dumps, for a command that takes one" {
	make_dump a
	make_dump b
	tar -cf image a b
	finds 0 "" image
	assert_fails 1 "image: contains 2 dumps, a and b; choose one with --dump [PI021]" pipeimg convert image out.json
}

@test "PI022: compressed with a window that needs too much memory" {
	head -c 1000000 /dev/urandom | zstd -q --ultra -22 --long=30 >image
	finds 1 PI022 image
}

@test "PI023: a queue index that is damaged or belongs to another image" {
	synthetic image pipe "id=7 size=65536 payload=one" "id=8 size=65536 payload=two" >plain
	synthetic image pipe "id=7 size=65536 payload=ones" "id=8 size=65536 payload=tw" >other
	pipeimg compress plain -o image
	pipeimg compress other -o other.zst
	pipeimg verify -q image other.zst
	"$python" "$PIPEIMG_SOURCE/tests/commands/damage-index.py" image other.zst
	finds 1 PI023 image.damaged
	finds 1 PI023 image.swapped
	# A damaged index is not used; one of another image is detected.
	[[ $(pipeimg show image.damaged --pipe 8 --raw) == two ]]
	run -1 pipeimg show image.swapped --pipe 8 --raw
}

# make_image KIND: writes a container image to the file image
make_image() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/container-images.py" "$1" "$fixtures/criu-4.2/pipeline" image
}

@test "PI025: a blob of a container image that does not match its digest" {
	make_image changed-layer
	finds 1 PI025 image
	make_image changed-manifest
	finds 1 PI025 image
	make_image long-layer
	finds 1 PI025 image
}

@test "PI026: a blob of a container image is missing" {
	make_image no-layer
	finds 1 PI026 image
	make_image no-manifest
	finds 1 PI026 image
}

# ---- messages ------------------------------------------------------------------------------------

# The files that cr_pre_dump_finish() in criu/cr-dump.c writes, which distinguish it from a dump.
@test "PI024: memory of a pre-dump, without the final dump" {
	mkdir pre
	cp "$fixtures/criu-4.2/sizes/inventory.img" pre
	printf '\x19\x43\x56\x54\x63\x13\x84\x56' >pre/pagemap-100.img
	printf '\x40\x59\x10\x55\x06\x33\x09\x57' >pre/stats-dump
	finds 0 PI024 pre
}

@test "PI101: a message that is not protobuf" {
	synthetic image pipe "id=7 payload=abc" "message=ff" >image
	finds 1 PI101 image
	assert_output_has "image: record 2 at 0x13: error: the message of 1 byte cannot be decoded [PI101]"
}

@test "PI101: a number that is longer than protobuf allows" {
	synthetic image pipe "message=08ffffffffffffffffffff01" >image
	finds 1 PI101 image
}

@test "PI101: a field that is longer than its message" {
	synthetic image pipe "message=080710007a7f" >image
	finds 1 PI101 image
}

@test "PI101: an image other than the queues" {
	local name first
	for name in files pstree inventory core-100 ids-100 fdinfo-2; do
		make_dump dump
		# An inventory has one magic number, the others have two.
		first=8
		[[ $name != inventory ]] || first=4
		printf '\x01\0\0\0\xff' | dd of="dump/$name.img" bs=1 seek="$first" conv=notrunc status=none
		run --separate-stderr pipeimg verify --anywhere dump
		assert_status 1
		assert_no_error
		tells "dump/$name.img: record 1 at 0x$first: error: the message cannot be decoded [PI101]"
	done
}

@test "PI102: a record without its pipe's id" {
	synthetic image pipe "id=none payload=abc" >image
	finds 1 PI102 image
	tells "image: record 1 at 0x8: error: the required field 1 (pipe_id) is missing [PI102]"
}

@test "PI102: a record without the length of its payload" {
	synthetic image pipe "id=7 bytes=none payload=abc" >image
	finds 1 PI102 image
	tells "image: record 1 (pipe 7) at 0x8: error: the required field 2 (bytes) is missing [PI102]"
}

@test "PI102: a datagram without its length" {
	synthetic image socket "id=7 bytes=none payload=abc" >image
	finds 1 PI102 image
	assert_output_has "error: the required field 2 (length) is missing [PI102]"
}

@test "PI103: a known field with another wire type, after which the image is read further" {
	synthetic image pipe "id=7 3=hex:41 payload=abc" "id=8 payload=abc" "message=ff" >image
	finds 1 "PI103 PI101" image
	tells "image: record 1 (pipe 7) at 0x8: error: field 3 (size) has wire type 2 instead of 0 [PI103]"
}

@test "PI104: a kind that is neither stream nor packet" {
	synthetic image pipe "id=7 kind=2 payload=abc" >image
	finds 1 PI104 image
	tells "image: record 1 (pipe 7) at 0x8: error: unknown chunk kind 2 [PI104]"
}

@test "PI105: an origin that is not protobuf" {
	synthetic image pipe "id=7 1003=hex:ff payload=abc" >image
	finds 1 "PI110 PI105" image
	tells "image: record 1 (pipe 7) at 0x8: error: field 1003 (origin) cannot be decoded [PI105]"
}

@test "PI106: a number of more than 32 bits" {
	synthetic image pipe "id=4294967303 payload=abc" >image
	finds 0 PI106 image
	tells "image: record 1 (pipe 7) at 0x8: warning: field 1 has more than 32 bits; the lower 32 count [PI106]"
}

@test "PI107: a field that occurs twice" {
	synthetic image pipe "id=6 1=7 payload=abc" >image
	finds 0 PI107 image
	tells "image: record 1 (pipe 7) at 0x8: warning: field 1 occurs more than once; the last one counts [PI107]"
}

@test "PI108: an unknown field is reported once a file" {
	synthetic image pipe "id=7 2000=1 payload=abc" "id=8 2000=2 payload=abc" "id=9 2001=hex:00" >image
	finds 0 "PI108 PI108" image
	tells "image: record 1 (pipe 7) at 0x8: note: unknown field 2000 (reported once per file) [PI108]"
	assert_output_has "record 3 (pipe 9)"
}

@test "PI108: an unknown group" {
	# Field 2000, from start to end.
	synthetic image pipe "message=08071003837d847d payload=abc" >image
	finds 0 PI108 image
}

@test "PI109: any changed byte of a message with a checksum is reported by some error" {
	local at missed=()
	capture_image whole p:one
	locate 1 whole
	for ((at = message; at < payload; at++)); do
		cp whole image
		invert "$at" image
		run --separate-stderr pipeimg verify -q image
		[[ $status -eq 1 && $output == *error:* ]] || missed+=("$at")
	done
	[[ ${#missed[@]} -eq 0 ]] || fail "not detected at: ${missed[*]}"
}

@test "PI109: a changed id" {
	capture_image image p:one
	locate 1 image
	# Changes the low bits of the first varint; the highest would change its length.
	printf "\\x$(printf %02x $((0x80 | (pipe & 0x7f ^ 1))))" |
		dd of=image bs=1 seek=$((message + 1)) conv=notrunc status=none
	finds 1 PI109 image
	[[ ${lines[0]} =~ ^"image: record 1 (pipe $((pipe ^ 1))) at 0x8: error: the message changed since it was written: its XXH3-64 is "[0-9a-f]{16}", not "[0-9a-f]{16}" [PI109]"$ ]] ||
		fail "$(show_run)"
}

@test "PI109: a field after the checksum of the message" {
	synthetic image pipe "id=7 kind=0 xxh3=1 message_xxh3=2 2000=1" >image
	finds 1 "PI109 PI108 PI201" image
	assert_output_has "after the message's checksum (field 1100), which must come last [PI109]"
}

@test "PI110: pipeimg's fields without checksums are reported once a file" {
	synthetic image pipe "id=7 kind=0 payload=abc" "id=8 kind=0 payload=abc" >image
	finds 1 PI110 image
	tells "image: record 1 (pipe 7) at 0x8: error: fields of pipeimg, but no checksum of the message (reported once per file) [PI110]"
}

# ---- queues --------------------------------------------------------------------------------------

@test "PI201: any changed byte of a payload with a checksum" {
	local at
	capture_image whole p:three s:bytes
	locate 2 whole
	for ((at = payload; at < end; at++)); do
		cp whole image
		invert "$at" image
		finds 1 "PI201 PI402" image
	done
	[[ ${lines[0]} =~ ^"image: record 2 (pipe $pipe) at $(printf '0x%x' "$record"): error: bytes of the payload changed since it was written: its XXH3-64 is "[0-9a-f]{16}", not "[0-9a-f]{16}" [PI201]"$ ]] ||
		fail "$(show_run)"
}

@test "PI201: a changed byte in the middle of a long payload" {
	capture_image image s:@65536
	locate 1 image
	invert $((payload + 40000)) image
	finds 1 PI201 image
}

@test "PI201: data after a changed payload is still verified" {
	capture_image image p:one p:two p:three
	locate 1 image
	invert "$payload" image
	locate 3 image
	invert "$payload" image
	finds 1 "PI201 PI201 PI402" image
	assert_output_has "image: record 3 (pipe $pipe)"
}

@test "PI202: chunks that add up to less than the payload" {
	synthetic image pipe "id=7 chunks=p3,s2 payload=abcdef" >image
	finds 1 "PI110 PI202" image
	tells "image: record 1 (pipe 7) at 0x8: error: chunks of 5 bytes in total in a record of 6 [PI202]"
}

@test "PI202: chunks that add up to more than the payload" {
	synthetic image pipe "id=7 chunks=p3,s9223372036854775807 payload=abcdef" >image
	finds 1 "PI110 PI202" image
	tells "image: record 1 (pipe 7) at 0x8: error: a chunk of 9223372036854775807 bytes, but only 3 of the record's 6 are left [PI202]"
}

@test "PI203: a list of chunks that ends within a number" {
	synthetic image pipe "id=7 1000=hex:0780 payload=abc" >image
	finds 1 "PI110 PI203" image
	tells "image: record 1 (pipe 7) at 0x8: error: field 1000 (chunks) cannot be decoded [PI203]"
}

@test "PI204: an empty chunk" {
	synthetic image pipe "id=7 chunks=p3,p0 payload=abc" >image
	finds 1 "PI110 PI204" image
	tells "image: record 1 (pipe 7) at 0x8: error: an empty chunk after 3 of 3 bytes [PI204]"
}

@test "PI205: a packet longer than a page of its machine" {
	synthetic image pipe "id=7 kind=1 page_size=4096 payload=@4096" \
		"id=8 kind=1 page_size=4096 payload=@4097" >image
	finds 1 "PI110 PI205" image
	tells "image: record 2 (pipe 8) at 0x101a: error: a packet of 4097 bytes, but a page has 4096 [PI205]"
}

@test "PI205: a packet longer than a page of any machine, in each layout" {
	local fields
	for fields in "kind=1" "chunks=p262145"; do
		synthetic image pipe "id=7 $fields payload=@262145" >image
		finds 1 "PI110 PI205" image
		tells "image: record 1 (pipe 7) at 0x8: error: a packet of 262145 bytes, but a page has at most 262144 [PI205]"
	done
	synthetic image pipe "id=7 payload=abc" "id=7 payload=@262145" >image
	finds 1 "PI205 PI402" image
}

@test "PI206: more packets than slots" {
	synthetic image pipe "id=7 size=8192 chunks=p1,p1,p1 payload=abc" >image
	finds 1 "PI110 PI206 PI403" image
	tells "image: record 1 (pipe 7) at 0x8: error: 3 chunks in a pipe of 8192 bytes, which has 2 slots [PI206]"
}

@test "PI206: not for stream bytes in several records" {
	synthetic image pipe "id=7 size=4096 kind=0 payload=a" "id=7 kind=0 payload=b" >image
	finds 1 "PI110 PI402" image
}

@test "PI207: more bytes than the capacity" {
	synthetic image pipe "id=7 size=4096 payload=@4096" "id=8 size=4096 payload=@4097" >image
	finds 0 PI207 image
	tells "image: record 2 (pipe 8) at 0x1014: warning: 4097 bytes in a pipe with a capacity of 4096 [PI207]"
}

@test "PI208: records of one pipe with different capacities" {
	synthetic image pipe "id=7 size=4096 payload=a" "id=7 size=65536 payload=b" >image
	finds 1 "PI208 PI402" image
	tells "image: record 2 (pipe 7) at 0x14: error: a capacity of 65536 bytes, but an earlier record has 4096 [PI208]"
}

@test "PI209: a capacity that is not a power of two, or less than a page" {
	local capacity
	for capacity in 5000 12288 2048 1 4294967295; do
		synthetic image pipe "id=7 size=$capacity" >image
		finds 0 PI209 image
		tells "image: record 1 (pipe 7) at 0x8: warning: a capacity of $capacity bytes, which is not a power-of-two number of pages [PI209]"
	done
}

@test "PI210: a record with both a list of chunks and a kind" {
	synthetic image pipe "id=7 chunks=p3 kind=1 payload=abc" >image
	finds 1 "PI110 PI210" image
	tells "image: record 1 (pipe 7) at 0x8: error: its chunks are described in different ways by 1 record [PI210]"
}

@test "PI210: records with and without a kind for one pipe" {
	synthetic image pipe "id=7 kind=1 payload=abc" "id=7 payload=abc" >image
	finds 1 "PI110 PI210 PI402" image
	tells "image: record 1 (pipe 7) at 0x8: error: its chunks are described in different ways by 2 records [PI210]"
}

@test "PI211: two lists of chunks for one pipe" {
	synthetic image pipe "id=7 chunks=p3 payload=abc" "id=7 chunks=p3 payload=abc" >image
	finds 1 "PI110 PI211 PI403" image
	tells "image: record 1 (pipe 7) at 0x8: error: 2 records, one of which contains the complete queue [PI211]"
}

@test "PI211: records that say that one queue is empty and is not" {
	synthetic image pipe "id=7 payload=abc" "id=7" >image
	finds 1 PI211 image
	tells "image: record 1 (pipe 7) at 0x8: error: one of 2 records says that the queue is empty [PI211]"
}

@test "PI212: an image cut between the records of a queue" {
	capture_image whole p:one p:two p:three
	synthetic keep 1-2 whole >image
	finds 1 "PI212 PI402" image
	tells "image: record 1 (pipe $pipe) at 0x8: error: 2 records, but the first one says 3 [PI212]"
}

@test "PI213: an image cut between its queues" {
	capture_image whole p:one --new p:two
	synthetic keep 1 whole >image
	finds 1 PI213 image
	tells "image: error: 1 queue, but the first record says 2 [PI213]"
}

@test "PI214: a queue of more than 1 TiB" {
	hostile sparse 257 4294967295 0 kind=0 image
	finds 1 "PI110 PI214 PI402" image
	tells "image: record 1 (pipe 7) at 0x8: error: 1103806594815 bytes, more than any pipe can hold [PI214]"
}

# ---- directories ---------------------------------------------------------------------------------

@test "an intact dump has no findings" {
	make_dump dump
	finds 0 "" dump
}

@test "ends that may be in the unreadable part of files.img cause no finding" {
	for size in 0 200 400 500; do
		rm -rf dump
		cp -r "$fixtures/criu-4.2/pipeline" dump
		chmod -R u+w dump
		truncate -s $size dump/files.img
		run --separate-stderr pipeimg verify dump
		assert_status 1
		assert_output_has "dump/files.img: "
		assert_output_lacks "PI30"
		assert_output_lacks "PI316"
	done
}

@test "PI301: a queue that no file is an end of" {
	make_dump dump
	synthetic image pipe "id=7 size=65536" "id=8 payload=abc" >dump/pipes-data.img
	finds 0 PI301 dump
	tells "dump/pipes-data.img: record 2 (pipe 8) at 0x14: warning: no open file in the dump is an end of it [PI301]"
}

@test "PI302: a pipe of which only a write end was dumped" {
	make_dump dump
	synthetic directory dump 100:pipe7:r 100:pipe7:w 100:pipe8:w
	finds 0 PI302 dump
	tells "dump: pipe 8: warning: only write ends are in the dump; the unread data is not [PI302]"
}

@test "PI302: not if the runtime passes the pipe in" {
	make_dump dump
	synthetic directory dump 100:pipe7:r 100:pipe7:w 100:pipe8:w
	printf '["/dev/null","pipe:[8]","pipe:[18]"]' >dump/descriptors.json
	finds 0 "" dump
}

@test "PI303: a pipe of which only a read end was dumped" {
	make_dump dump
	synthetic directory dump 100:pipe7:r
	finds 0 PI303 dump
	tells "dump/pipes-data.img: record 1 (pipe 7) at 0x8: note: only read ends are in the dump [PI303]"
}

@test "PI303: does not claim that nothing was lost, which is unknown" {
	pipeimg verify --list-checks --json | jq -r 'select(.check == "PI303").explanation' >explanation
	grep -q PI316 explanation
	! grep -i "nothing unread is lost" explanation
}

@test "PI304: a read end without its record" {
	make_dump dump
	synthetic directory dump 100:pipe7:r 100:pipe7:w 100:pipe8:r 100:pipe8:w
	finds 1 PI304 dump
	tells "dump: pipe 8: error: a read end is in the dump, but no record of the queue [PI304]"
}

@test "PI304: a dump without any queue image" {
	make_dump dump
	rm dump/pipes-data.img
	finds 1 PI304 dump
	tells "dump: pipe 7: error: a read end is in the dump, but no record of the queue [PI304]"
}

@test "PI305: a read end without its record, from before CRIU wrote records for empty pipes" {
	synthetic directory --v1.0 dump 100:pipe7:r 100:pipe7:w
	finds 0 PI305 dump
	tells "dump: pipe 7: note: a read end is in the dump, but no record of the queue [PI305]"
}

# Machines with different values of O_DIRECT.
readonly machines=(x86_64 aarch64 ppc64)

# packet_mode_dump MACHINE pipe|fifo [PAYLOAD]: queue 7 is one plain record, and its write end is in packet mode
packet_mode_dump() {
	local image=fifo-data.img
	[[ $2 == pipe ]] && image=pipes-data.img
	synthetic directory "--machine=$1" dump "100:${2}7:r" "100:${2}7:W"
	synthetic image "$2" "id=7 size=65536${3:+ payload=$3}" >"dump/$image"
}

@test "PI306: merged packets, on each machine with its value of O_DIRECT" {
	local machine
	for machine in "${machines[@]}"; do
		packet_mode_dump "$machine" pipe onetwo
		finds 0 PI306 dump
		tells "dump/pipes-data.img: record 1 (pipe 7) at 0x8: warning: a write end was in packet mode, but the 6 bytes are one plain record [PI306]"
	done
}

@test "PI306: not for a write end that is not in packet mode, and not for an empty pipe" {
	synthetic directory dump 100:pipe7:r 100:pipe7:w 100:pipe8:r 100:pipe8:W
	synthetic image pipe "id=7 size=65536 payload=onetwo" "id=8 size=65536" >dump/pipes-data.img
	finds 0 "" dump
}

@test "PI307: a FIFO without the record of its path" {
	synthetic directory --without-paths dump 100:fifo7:r
	synthetic image fifo "id=7 size=65536" >dump/fifo-data.img
	run --separate-stderr pipeimg verify --anywhere dump
	assert_status 0
	tells "dump: FIFO 7: warning: the path of the FIFO with file id 1 is in file id 2, which has no record [PI307]"
}

@test "PI314: a FIFO in packet mode, which CRIU cannot open" {
	cp -r "$fixtures/field/packet-fifo-without-hook" dump
	finds 1 "PI314 PI314 PI306 PI306" dump
	tells "dump: FIFO 11143531: error: /run/demo/nohook/plain.fifo was open in packet mode, and CRIU cannot open a FIFO in that mode [PI314]"
}

@test "PI314: with the machine's value of O_DIRECT" {
	local machine
	for machine in "${machines[@]}"; do
		packet_mode_dump "$machine" fifo
		finds 1 PI314 dump
	done
}

@test "PI315: two FIFOs with the same number, of which CRIU saved one" {
	cp -r "$fixtures/field/two-fifos-one-inode" dump
	finds 1 "PI314 PI315 PI306" dump
	tells "dump: FIFO 2: error: /run/demo/a/q and /run/demo/b/q have the same inode number: the content of one of them is lost [PI315]"
}

@test "PI316: unread data whose writers are outside the dump" {
	cp -r "$fixtures/field/autofs-merged" dump
	finds 0 "PI303 PI316" dump
	tells "dump/pipes-data.img: record 1 (pipe 3292555) at 0x8: warning: no writer is in the dump, so it is not known whether these 912 bytes were packets [PI316]"
}

@test "PI316: not for an empty pipe, and not for one that the runtime passes in" {
	make_dump dump
	synthetic directory dump 100:pipe7:r
	synthetic image pipe "id=7 size=65536" >dump/pipes-data.img
	finds 0 PI303 dump
	synthetic image pipe "id=7 size=65536 payload=onetwo" >dump/pipes-data.img
	printf '["pipe:[7]"]' >dump/descriptors.json
	finds 0 "" dump
}

@test "a FIFO with unknown flags does not need a queue" {
	synthetic directory --without-paths dump 100:pipe7:r 101:fifo9:w
	synthetic image pipe "id=7 size=65536" >dump/pipes-data.img
	run pipeimg verify dump
	[[ $output == *PI307* && $output != *PI304* ]] || fail "$(show_run)"
	run pipeimg show dump
	[[ $output != *PI304* ]] || fail "$(show_run)"
}

@test "PI307: not for a FIFO with all of its records" {
	synthetic directory dump 100:fifo7:rw
	synthetic image fifo "id=7 size=65536" >dump/fifo-data.img
	finds 0 "" dump
}

@test "PI308: each missing image that a dump needs" {
	local name
	for name in files.img pstree.img core-100.img fdinfo-2.img; do
		make_dump dump
		rm "dump/$name"
		finds 0 PI308 dump
		assert_output_has " no $name"
	done
}

@test "PI309: a dump that failed before its inventory was written" {
	make_dump dump
	rm dump/inventory.img dump/pstree.img
	finds 1 PI309 dump
	tells "dump: error: has CRIU images, but no inventory.img [PI309]"
}

# ---- fitness for a restore -----------------------------------------------------------------------

@test "PI401: several records of a pipe in a dump" {
	make_dump dump
	synthetic image pipe "id=7 size=65536 payload=abc" "id=7 payload=def" >dump/pipes-data.img
	finds 0 PI401 dump
	tells "dump/pipes-data.img: record 1 (pipe 7) at 0x8: warning: 2 records, of which stock CRIU would restore only the last [PI401]"
}

@test "PI402: several records of a pipe in a single file" {
	synthetic image pipe "id=7 size=65536 payload=abc" "id=7 payload=def" >image
	finds 0 PI402 image
	tells "image: record 1 (pipe 7) at 0x8: note: 2 records, of which stock CRIU would restore only the last [PI402]"
}

@test "PI403: packets in one record" {
	synthetic image pipe "id=7 size=65536 chunks=p3,p3 payload=abcdef" >image
	finds 1 "PI110 PI403" image
	tells "image: record 1 (pipe 7) at 0x8: note: stock CRIU would restore its 2 packets as stream bytes [PI403]"
}

pipe_max_size=$(</proc/sys/fs/pipe-max-size)
pages_soft=$(</proc/sys/fs/pipe-user-pages-soft)

@test "PI404: a capacity above the limit of an unprivileged user" {
	use_plain_user
	synthetic image pipe "id=7 size=$((pipe_max_size * 2))" >image
	chmod a+r image
	plainly_finds 0 PI404 image
	tells "image: record 1 (pipe 7) at 0x8: warning: a capacity of $((pipe_max_size * 2)) bytes; fs.pipe-max-size is $pipe_max_size [PI404]"
	plainly_finds 0 "" image --anywhere
}

# True if this user can create a pipe of that size, which exceeds the limit for unprivileged users.
can_make_pipe() {
	"$python" -c 'import fcntl, os, sys; fcntl.fcntl(os.pipe()[0], 1031, int(sys.argv[1]))' "$1" 2>/dev/null
}

@test "PI404: reported to root only if root cannot create such a pipe" {
	local wanted=PI404
	need_root "to have CAP_SYS_RESOURCE"
	! can_make_pipe $((pipe_max_size * 2)) || wanted=
	synthetic image pipe "id=7 size=$((pipe_max_size * 2))" >image
	plainly_finds 0 "$wanted" image
}

@test "PI405: more pages in total than an unprivileged user may have" {
	local count records=() page
	[[ $pages_soft -gt 0 ]] || skip "fs.pipe-user-pages-soft sets no limit here"
	page=$(getconf PAGESIZE)
	count=$((pages_soft * page / pipe_max_size + 1))
	mapfile -t records < <(seq -f "id=%.0f size=$pipe_max_size" "$count")
	use_plain_user
	synthetic image pipe "${records[@]}" >image
	chmod a+r image
	plainly_finds 0 PI405 image
	tells "image: warning: the pipes need $((count * pipe_max_size / page)) pages in total; this user may have $pages_soft [PI405]"
	plainly_finds 0 "" image --anywhere
}

@test "PI405: not for pipes that are just within the limit" {
	local records=() count
	[[ $pages_soft -gt 0 ]] || skip "fs.pipe-user-pages-soft sets no limit here"
	count=$((pages_soft * $(getconf PAGESIZE) / pipe_max_size))
	mapfile -t records < <(seq -f "id=%.0f size=$pipe_max_size" "$count")
	use_plain_user
	synthetic image pipe "${records[@]}" >image
	chmod a+r image
	plainly_finds 0 "" image
}

@test "PI406: a packet from a machine with larger pages" {
	local page
	page=$(getconf PAGESIZE)
	[[ $page -lt 65536 ]] || skip "the pages of this machine are as large"
	synthetic image pipe "id=7 kind=1 page_size=65536 payload=@$((page + 1))" >image
	plainly_finds 1 "PI110 PI406" image
	tells "image: record 1 (pipe 7) at 0x8: warning: a packet of $((page + 1)) bytes, but a page of this machine has $page [PI406]"
	finds 1 PI110 image
}

@test "PI407: a queue of more than 64 MiB" {
	hostile sparse 1 67108864 0 image
	finds 0 "" image
	hostile sparse 1 67108865 0 image
	finds 0 PI407 image
	tells "image: record 1 (pipe 7) at 0x8: warning: 67108865 bytes; at most 67108864 are read into memory [PI407]"
}

# ---- no false alarms -----------------------------------------------------------------------------

# Queue images in a directory.
queue_images() {
	find "$1" \( -name pipes-data.img -o -name fifo-data.img -o -name sk-queues.img \) | sort
}

# nothing_but LINE ARGUMENT...: reports no errors or warnings except this line, which can be empty
nothing_but() {
	run --separate-stderr pipeimg verify --anywhere "${@:2}"
	assert_status 0
	assert_no_error
	[[ $(grep '\[PI[0-9]*\]$' <<<"$output" || true) == "$1" ]] || fail "expected: $1" "$(show_run)"
}

@test "CRIU's directories have no findings except one pipe without its reader and one without its writer" {
	nothing_but "$fixtures/criu-4.2/sizes/pipes-data.img: record 5 (pipe 28174) at 0x41059: warning: no writer is in the dump, so it is not known whether these 13 bytes were packets [PI316]
$fixtures/criu-4.2/sizes: pipe 28175: warning: only write ends are in the dump; the unread data is not [PI302]" \
		"$fixtures"/criu-*/*
}

@test "CRIU's image files have no findings" {
	mapfile -t images < <(queue_images "$fixtures")
	[[ ${#images[@]} -ge 9 ]]
	nothing_but "" "${images[@]}"
}

@test "CRIU's image files, decoded and encoded by its library, have no findings" {
	local images pairs=() image
	need_program crit
	mapfile -t images < <(queue_images "$fixtures")
	for image in "${images[@]}"; do
		pairs+=("$image" "${#pairs[@]}.img")
	done
	"$python" "$random_images_py" again "${pairs[@]}"
	nothing_but "" ./*.img
}

@test "CRIU's image files with one magic number have no findings" {
	local number=0 image
	while read -r image; do
		number=$((number + 1))
		tail -c +5 -- "$image" >"$number.img"
	done < <(queue_images "$fixtures")
	nothing_but "" ./*.img
}

@test "250 random images from CRIU's library have no findings" {
	local seed=${PIPEIMG_SEED:-$RANDOM$RANDOM}
	need_program crit
	echo "PIPEIMG_SEED=$seed"
	"$python" "$random_images_py" make "$seed" 250 .
	nothing_but "" "$seed"-*.img
	[[ $(grep -c "$seed-[0-9]*\.img$" <<<"$output") -eq 250 ]]
}

# Captures a process with all kinds of pipes and a FIFO as a directory.
capture_all_sorts() {
	local layout=$1
	mkfifo fifo
	hold p:one s:stream p:@4096 p:@1 s:@5000 --new --new s:@65536 --new p:@4096 p:@5000 \
		--new --capacity 4096 p:x --new --capacity 1048576 s:@300000 p:@1 \
		--new s:text --close-write --fifo fifo p:fifo s:@100 p:packet
	pipeimg capture -q --pid "$holder" --layout "$layout" -o captured/
	stop_started
}

@test "images from capture have no findings: packets layout" {
	capture_all_sorts packets
	nothing_but "" captured captured/*.img
}

@test "images from capture have no findings: indexed layout" {
	capture_all_sorts indexed
	nothing_but "" captured captured/*.img
}

@test "images from capture have no findings: spliced layout" {
	capture_all_sorts spliced
	nothing_but "" captured captured/*.img
}

@test "the checksum of every payload from capture is compared" {
	capture_all_sorts packets
	run --separate-stderr pipeimg verify --json --anywhere captured
	jq -e '.checksums == .records and .records > 10' <<<"$output" >/dev/null || fail "$(show_run)"
}

# ---- the complete list of checks -----------------------------------------------------------------

@test "PI313: images with two byte orders are not from one dump, but show reads them" {
	copy_fixture criu-4.2/fifo-and-dgram mixed
	rm mixed/files.img
	in_other_order "$fixtures/criu-4.2/fifo-and-dgram/files.img" mixed/files.img
	run --separate-stderr pipeimg verify mixed
	assert_status 1
	[[ $(grep -c PI313 <<<"$output") -eq 1 ]] || fail "$(show_run)"
	assert_output_has "mixed/files.img: error: is big-endian, but the images before it are little-endian"
	pipeimg show "$fixtures/criu-4.2/fifo-and-dgram" >wanted
	run --separate-stderr pipeimg show mixed
	assert_status 1
	assert_output "$(<wanted)"
	assert_error_has PI313
}

@test "PI313: two queue images with different byte orders, and nothing else in the directory" {
	mkdir mixed
	copy_fixture criu-4.2/fifo-and-dgram/pipes-data.img mixed
	in_other_order "$fixtures/criu-4.2/fifo-and-dgram/fifo-data.img" mixed/fifo-data.img
	run --separate-stderr pipeimg verify mixed
	assert_status 1
	assert_output_has "mixed/fifo-data.img: error: is big-endian"
	assert_fails 1 PI313 pipeimg convert mixed out
	[[ ! -e out ]]
}

@test "every check has a test here whose name begins with its id" {
	# A file that changes while it is read (PI014) can be detected only by code that reads it twice: see
	# test-image.c.
	pipeimg verify --list-checks --json | jq -r .check | grep -vx PI014 >checks
	sed -n 's/^@test "\(PI[0-9]*\):.*/\1/p' "$BATS_TEST_FILENAME" | sort -u >tested
	[[ -s checks ]]
	sort -c checks
	assert_same_text checks tested
}

# ---- files that pipeimg-criu-hook saved -----------------------------------------------------------

# kept_directory DIRECTORY: a dump, with a pipe that the hook saved in it
kept_directory() {
	copy_fixture criu-4.2/merged-packets "$1"
	{
		printf '%-63s\n' "pipes 1 fifos 0"
		cat "$1/inventory.img"
	} >"$1/pipeimg-hook.inventory"
	synthetic image pipe "id=7 size=65536 kind=1 payload=abc" "id=7 kind=1 payload=d" >"$1.legacy"
	pipeimg upgrade -q "$1.legacy" -o "$1/pipeimg-pipes.img"
}

# tells_of CHECK: reported for the directory, and for an archive of it
tells_of() {
	local dump
	tar -cf dump.tar dump
	for dump in dump dump.tar; do
		run pipeimg verify "$dump"
		[[ $status -eq 1 && $output == *"[$1]"* ]] || fail "$(show_run)"
	done
}

@test "files that CRIU's hook saved are verified with the directory" {
	kept_directory dump
	run pipeimg verify dump
	[[ $output != *PI31* ]] || fail "$(show_run)"
	# Stock CRIU does not read it, so it cannot do anything wrong with it.
	finds 0 PI408 dump
	truncate -s -1 dump/pipeimg-pipes.img
	run -1 pipeimg verify dump
	[[ $output == *"dump/pipeimg-pipes.img: "* ]] || fail "$(show_run)"
}

@test "PI408: a dump written with the hook needs it for the restore" {
	kept_directory dump
	run --separate-stderr pipeimg verify --json dump
	jq -es 'map(select(.check == "PI408")) | length == 1 and .[0].severity == "note"' <<<"$output"
}

@test "PI310: a dump that the hook failed" {
	kept_directory dump
	: >dump/pipeimg-hook.failed
	tells_of PI310
}

@test "PI311: a file that the hook saved is missing" {
	kept_directory dump
	rm dump/pipeimg-pipes.img
	tells_of PI311
	kept_directory other
	rm -r dump
	mv other dump
	rm dump/pipeimg-hook.inventory
	tells_of PI311
}

@test "PI311: the inventory lists pipeimg's plugin, but no file that the hook saved is there" {
	copy_fixture criu-4.2/merged-packets dump
	list_plugin other
	run pipeimg verify dump
	[[ $output != *PI311* ]] || fail "$(show_run)"
	list_plugin pipeimg
	tells_of PI311
	[[ $output == *"has no files of pipeimg-criu-hook, but inventory.img lists its plugin"* ]] || fail "$(show_run)"
	run --separate-stderr pipeimg criu-hook --explain dump
	assert_output_has "refuses to restore these images"
}

# list_plugin NAME: adds it to the list of plugins in the inventory of the directory dump
list_plugin() {
	"$python" - dump/inventory.img "$1" <<-'END_OF_PROGRAM'
		import struct, sys
		path, name = sys.argv[1], sys.argv[2].encode()
		data = open(path, "rb").read()
		length, = struct.unpack_from("<I", data, 4)
		message = data[8:8 + length]
		plugins = bytes([12 << 3 | 2, len(name)]) + name
		message += bytes([12 << 3 | 2, len(plugins)]) + plugins
		open(path, "wb").write(data[:4] + struct.pack("<I", len(message)) + message)
	END_OF_PROGRAM
}

@test "PI312: files that the hook saved belong to another dump" {
	kept_directory dump
	printf x >>dump/pipeimg-hook.inventory
	tells_of PI312
	kept_directory other
	printf '%-63s\n' "fifos" | dd of=other/pipeimg-hook.inventory conv=notrunc status=none
	rm -r dump
	mv other dump
	tells_of PI312
}
