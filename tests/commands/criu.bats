#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Processes that a real CRIU dumps and restores. The processes report the content of their queues: on a signal, a
# process reads all of its pipes. Stock CRIU keeps the bytes, but not packet boundaries.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load ../criu/criu.bash

# Each kind of queue that CRIU dumps: a run, a full pipe, a full pipe with one slot, an empty one, packets whose write
# end has left packet mode, so that CRIU does not notice them, and a FIFO.
readonly every_queue=(
	s:stream s:@5000 --new s:@65536 --new --capacity 4096 s:@4096 --new --capacity 1048576
	--new p:packet p:@4096 p:@7 s: --fifo fifo s:fifo s:@9000
)

# These are also packets, of 3, 3 and 5 bytes.
readonly unnoticed_packets=(p:one p:two p:three s:)
readonly packet_reads=$'3 6f6e65\n3 74776f\n5 7468726565\nend'
readonly merged_reads=$'11 6f6e6574776f7468726565\nend'

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_criu
	mkfifo fifo
	cat >reader <<-END_OF_READER
		#!/bin/sh
		for fd in "\$@"; do '$read_log' --fd "\$fd"; done >reads
	END_OF_READER
	chmod +x reader
}

teardown() {
	end_restored
	stop_started
}

# hold_reader ARGUMENT...: on the signal it reads its pipes and exits
hold_reader() {
	hold_session --become "$PWD/reader" "$@"
}

# holder_reads FILE: records what it reads, before or after its dump
holder_reads() {
	kill -USR1 "$holder"
	wait_for_holder || fail "the process has not read its pipes"
	mv reads "$1"
}

restored_holder_reads() {
	restore "$1"
	holder_reads "$2"
}

# dump_and_read ARGUMENT...: puts what the process read after its dump in the file "original"
dump_and_read() {
	hold_reader "$@"
	dump_and_leave_running images
	holder_reads original
}

# ---- images from CRIU ----------------------------------------------------------------------------

# shows_what_is_read ARGUMENT...
shows_what_is_read() {
	local line
	dump_and_read "$@"
	for line in "${holder_lines[@]}"; do
		read -r _ pipe _ <<<"$line"
		pipeimg show --raw --pipe "$pipe" images >raw
		"$read_log" <raw >>shown
	done
	assert_same_text original shown
}

@test "show has the unread bytes of a dumped process" {
	shows_what_is_read s:stream s:@5000
	[[ $(pipeimg show --raw images | head -c 6) == stream ]]
}

@test "show has the bytes of a full pipe" {
	shows_what_is_read s:@65536
	grep -q '^65536 ' original
}

@test "show has the bytes of a full pipe of 1 MiB" {
	shows_what_is_read --capacity 1048576 s:@1048576
	grep -q '^1048576 ' original
}

@test "show has the bytes of each of several pipes" {
	shows_what_is_read s:first --new s:@3000 --new --new s:last
	[[ $(grep -c '^end$' original) -eq 4 ]]
}

@test "show has the bytes of a FIFO" {
	shows_what_is_read --fifo fifo s:fifo s:@9000
	[[ $(pipeimg show --json images | jq -r '.queues[].type') == fifo ]]
}

@test "show has packets that CRIU merged unnoticed as one stream run" {
	hold_session "${unnoticed_packets[@]}"
	dump images
	[[ $(pipeimg show --json images | jq -r '.queues[] | "\(.layout) \(.packets) \(.bytes)"') == \
		"spliced 0 11" ]]
	[[ $(pipeimg show --raw images) == onetwothree ]]
}

@test "verify finds nothing wrong in images from CRIU" {
	dump_and_read "${every_queue[@]}"
	run --separate-stderr pipeimg verify --strict --json images
	assert_status 0
	[[ $(jq -r '"\(.event) \(.queues) \(.errors + .warnings + .notes)"' <<<"$output") == "summary 6 0" ]]
}

@test "crit decode reads the same from images that CRIU wrote" {
	need_program crit
	dump_and_read "${every_queue[@]}"
	agrees_with_crit images
}

# ---- images converted from CRIU's ----------------------------------------------------------------

agrees_with_crit() {
	pipeimg show --json "$1" >shown.json
	python3 "$images_py" crit "$1/pipes-data.img" "$1/fifo-data.img" <shown.json
}

# restores_the_same [OPTION...]: options of convert
restores_the_same() {
	dump_and_read "${every_queue[@]}"
	pipeimg convert images converted "$@"
	restored_holder_reads images from-images
	restored_holder_reads converted from-converted
	assert_same_text from-images from-converted
}

@test "a process restored from the indexed layout reads the same" {
	restores_the_same --layout indexed
	[[ $(pipeimg show --json converted | jq -r '.queues[] | select(.bytes > 0).layout' | uniq) == \
		indexed ]]
}

@test "a process restored from the spliced layout reads the same" {
	restores_the_same --layout spliced
}

@test "a process restored from a directory copied by convert reads the same" {
	restores_the_same
}

@test "a process restored from a converted directory reads all of its unread bytes" {
	# Without the packets, which CRIU merges, the reads are also the same.
	dump_and_read s:stream s:@5000 --new s:@65536 --new --capacity 4096 s:@4096 --fifo fifo s:fifo
	pipeimg convert images converted --layout indexed
	restored_holder_reads converted restored
	assert_same_text original restored
}

@test "verify finds nothing wrong in a converted directory" {
	dump_and_read "${every_queue[@]}"
	for layout in indexed spliced; do
		pipeimg convert images "$layout" --layout "$layout"
		run --separate-stderr pipeimg verify --strict --json "$layout"
		assert_status 0
		[[ $(jq -r '.event' <<<"$output") == summary ]] || fail "(layout $layout)" "$(show_run)"
	done
}

@test "crit decode reads the same from a converted directory" {
	need_program crit
	dump_and_read "${every_queue[@]}"
	for layout in indexed spliced; do
		pipeimg convert images "$layout" --layout "$layout"
		agrees_with_crit "$layout"
	done
}

# ---- packets -------------------------------------------------------------------------------------

# capture_and_dump ARGUMENT...: "captured" has the packets, "images" has CRIU's bytes
capture_and_dump() {
	hold_reader "$@"
	pipeimg capture -q --pid "$holder" -o captured/
	dump images
}

@test "stock CRIU refuses a write end in packet mode, and the process keeps its packets" {
	hold_session p:one p:two
	try_dump images && fail "CRIU accepted the dump"
	grep -q 'The packetized mode for pipes is not supported yet' images/dump.log
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
}

@test "stock CRIU merges packets that it does not notice; a capture before the dump has them separate" {
	capture_and_dump "${unnoticed_packets[@]}"
	restored_holder_reads images restored
	[[ $(<restored) == "$merged_reads" ]]
	[[ $(pipeimg restore captured -- "$read_log") == "$packet_reads" ]]
}

@test "stock CRIU merges the packets of a read end whose writer is outside the dump" {
	hold_reader --close-write p:one p:two p:three
	dump images
	run --separate-stderr pipeimg verify --json images
	[[ $(jq -r 'select(.event == "finding").check' <<<"$output") == $'PI303\nPI316' ]] || fail "$(show_run)"
	restored_holder_reads images restored
	[[ $(<restored) == "$merged_reads" ]]
}

@test "a captured image in place of CRIU's has packets for pipeimg and bytes for stock CRIU" {
	capture_and_dump "${unnoticed_packets[@]}"
	cp captured/pipes-data.img images
	run --separate-stderr pipeimg verify --strict --json images
	assert_status 0
	[[ $(jq -r 'select(.event == "finding").check' <<<"$output") == PI403 ]] || fail "$(show_run)"
	restored_holder_reads images restored
	[[ $(<restored) == "$merged_reads" ]]
	[[ $(pipeimg restore images -- "$read_log") == "$packet_reads" ]]
}

@test "a dump upgraded with the boundaries of a capture has packets for pipeimg and bytes for stock CRIU" {
	capture_and_dump "${unnoticed_packets[@]}"
	pipeimg upgrade -q images -o upgraded --boundaries captured
	run --separate-stderr pipeimg verify --strict upgraded
	assert_status 0
	[[ $(pipeimg restore upgraded -- "$read_log") == "$packet_reads" ]]
	restored_holder_reads upgraded restored
	[[ $(<restored) == "$merged_reads" ]]
}

@test "a dump upgraded in place with a rule has packets for pipeimg and bytes for stock CRIU" {
	capture_and_dump p:abc p:def p:ghi s:
	pipeimg upgrade -q images --in-place --frame "$pipe=fixed:3"
	[[ $(pipeimg restore images -- "$read_log") == $'3 616263\n3 646566\n3 676869\nend' ]]
	restored_holder_reads images restored
	[[ $(<restored) == $'9 616263646566676869\nend' ]]
}

@test "stock CRIU loses every record of the packets layout except the last, as PI401 warns" {
	capture_and_dump "${unnoticed_packets[@]}"
	pipeimg convert captured/pipes-data.img packets.img --layout packets
	cp packets.img images/pipes-data.img
	run --separate-stderr pipeimg verify --json images
	[[ $(jq -r 'select(.event == "finding").check' <<<"$output") == PI401 ]] || fail "$(show_run)"
	restored_holder_reads images restored
	[[ $(<restored) == $'5 7468726565\nend' ]]
}

@test "a directory in the packets layout, converted as PI401 says, restores every byte" {
	capture_and_dump "${unnoticed_packets[@]}"
	pipeimg convert captured/pipes-data.img packets.img --layout packets
	cp packets.img images/pipes-data.img
	pipeimg convert images converted --layout indexed
	restored_holder_reads converted restored
	[[ $(<restored) == "$merged_reads" ]]
}

# ---- FIFOs in packet mode ------------------------------------------------------------------------

@test "stock CRIU cannot restore a FIFO in packet mode, as PI314 says; after upgrade it restores every byte" {
	hold_reader --fifo fifo p:one p:two p:three
	dump images
	run --separate-stderr pipeimg verify --json images
	[[ $(jq -r 'select(.event == "finding").check' <<<"$output") == $'PI314\nPI306' ]] || fail "$(show_run)"
	fails_to_restore images
	grep -q "Invalid argument" images/restore.log || fail "$(tail -n 20 images/restore.log)"
	pipeimg upgrade -q images --in-place --frame fixed:1
	pipeimg verify images
	restored_holder_reads images restored
	[[ $(<restored) == "$merged_reads" ]]
}

# ---- how CRIU treats ends and capacities ---------------------------------------------------------

@test "stock CRIU loses data that only a write end holds, as PI302 warns; a capture before the dump has it" {
	hold_session --close-read s:lost
	pipeimg capture -q --pid "$holder" -o captured
	dump images
	run --separate-stderr pipeimg verify --json images
	[[ $(jq -r 'select(.event == "finding").check' <<<"$output") == PI302 ]] || fail "$(show_run)"
	restore images
	[[ $(reads_of "$holder" "$write_fd") == empty ]]
	[[ $(pipeimg show --raw captured) == lost ]]
}

# Prints the capacity of each pipe of the holder.
holder_capacities() {
	printf '%s\n' "${holder_lines[@]}" | python3 -c '
import fcntl, sys
for line in sys.stdin:
    pid, _, read_end, _, _ = line.split()
    with open(f"/proc/{pid}/fd/{read_end}", "rb", buffering=0) as pipe:
        print(fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ))'
}

@test "a process restored from a converted directory has pipes of the same capacity" {
	need_program python3
	hold_session --capacity 4096 s:@4096 --new --capacity 1048576 --new s:stream --new --capacity 8192
	holder_capacities >original
	dump images
	pipeimg convert images converted --layout indexed
	restore converted
	holder_capacities >restored
	assert_same_text original restored
	[[ $(tr '\n' ' ' <restored) == '4096 1048576 65536 8192 ' ]]
}
