#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Packet pipes through an unmodified CRIU, which refuses them: dumped and restored with our hook as its
# action script. What the queues have, the processes tell themselves, by reading them.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load ../criu/criu.bash
load ../criu/hook.bash

setup_file() {
	unpack_criu
}

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_criu
	install_hook
}

teardown() {
	end_restored
	stop_started
}

# ---- one process ---------------------------------------------------------------------------------

@test "without the hook CRIU refuses the same process" {
	hold_session p:one p:two
	try_dump images && fail "CRIU has dumped it"
	grep -q 'The packetized mode for pipes is not supported yet' images/dump.log
}

@test "a process reads its packets one by one after dump and restore, and is in packet mode again" {
	hold_session p:one p:two p:three
	dump_with_hook images
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\n5 7468726565\nempty' ]]
	is_in_packet_mode "$holder" "$write_fd"
}

# comes_back ARGUMENT...: all queues of such a holder are the same after dump and restore, twice
comes_back() {
	hold_session "$@"
	pipeimg capture -q --pid "$holder" -o before/
	for round in 1 2; do
		dump_with_hook "images$round"
		restore_with_hook "images$round"
		pipeimg capture -q --pid "$holder" -o "after$round/"
		run --separate-stderr pipeimg diff before "after$round"
		assert_status 0
		assert_same_text <(ends_of before) <(ends_of "after$round")
	done
}

# Flags of ends, capacity, owner and mode of each queue.
ends_of() {
	pipeimg show --json "$1" | jq -c '.queues | sort_by(.ends[0].fd)[] |
		[.type, .capacity, .uid, .gid, .permissions, [.ends[] | [.comm, .fd, .flags]]]'
}

@test "one packet of one byte, and many, come back twice in a row" {
	comes_back p:a --new p:a p:b p:c p:d
}

@test "a mixed queue comes back twice in a row, its tail of stream bytes included" {
	comes_back s:head p:packet p:@4096 s:middle p:@7 s:tail
}

@test "a full pipe of packets comes back twice in a row" {
	comes_back --capacity 16384 p:@4096 p:@1 p:@100 p:@4096
}

@test "a full pipe of stream bytes in packet mode comes back" {
	comes_back s:@65536 --new --capacity 8192 p:@4096 p:@1
}

@test "an empty pipe in packet mode is in packet mode again" {
	comes_back p: --new --capacity 4096 p:
}

@test "packets whose write end has left packet mode come back as packets, and it stays out of it" {
	comes_back p:one p:two p:three s:
}

@test "a pipe of ordinary bytes is as it was, beside one of packets" {
	comes_back s:stream --new p:packet
}

@test "packets in a FIFO come back" {
	mkfifo fifo
	comes_back --fifo fifo p:one p:two s:tail --new p:x
}

@test "owner and mode of a pipe come back, which CRIU leaves to root" {
	comes_back --owner 65534 --mode 640 p:one p:two --new --owner 1234 s:stream --new --owner 5
	[[ $(stat -L -c '%u %g %a' "/proc/$holder/fd/$read_fd") == '65534 65534 640' ]]
	use_pipe 2
	[[ $(stat -L -c %u "/proc/$holder/fd/$read_fd") == 5 ]]
}

@test "both ends held twice, and by a child too, come back" {
	comes_back p:one p:two --dup --fork
}

# ---- what is in the directory --------------------------------------------------------------------

@test "stock CRIU restores all bytes without the hook, merged" {
	hold_session p:one p:two p:three
	dump_with_hook images
	restore images
	[[ $(reads_of "$holder" "$read_fd") == $'11 6f6e6574776f7468726565\nempty' ]]
}

@test "verify finds nothing in the directory, whose packets show reads from CRIU's own image" {
	hold_session p:one p:two s:tail
	dump_with_hook images
	run --separate-stderr pipeimg verify --strict images
	assert_status 0
	[[ $(pipeimg show --json images | jq -r '.queues[] | "\(.layout) \(.packets) \(.bytes)"') == \
		"indexed 2 10" ]]
}

@test "crit decodes the directory's images" {
	need_program crit
	hold_session p:one p:two
	dump_with_hook images
	[[ $(crit decode -i images/pipes-data.img | jq -r '.entries[].bytes') == 6 ]]
}

@test "--explain says what it kept, and what stock CRIU would restore" {
	hold_session p:one p:two --new --close-read p:lost
	dump_with_hook images
	run --separate-stderr pipeimg criu-hook --explain images
	assert_status 0
	assert_output_has "2 packets, 6 bytes"
	assert_output_has "its bytes, merged"
	assert_output_has "CRIU dumps no pipe without a read end"
	run --separate-stderr pipeimg criu-hook --json --explain images
	[[ $(jq -r '.queues | map(.packets) | add' <<<"$output") == 3 ]]
}

# ---- writers that never rest ---------------------------------------------------------------------

# exchanges_on: what the exchange says of itself: that it has read more packets, and none wrongly
exchanges_on() {
	local before after bad
	read -r before _ < <(ask_exchange)
	sleep 0.1
	read -r after bad < <(ask_exchange)
	[[ $after -gt $before && $bad -eq 0 ]] || fail "packets: $before, then $after; wrong: $bad"
}

# goes_on_exchanging OPTION...: left running three times, then dumped and restored, twice
goes_on_exchanging() {
	exchange "$@"
	for round in 1 2 3; do
		try_dump "left$round" --leave-running "${with_hook[@]}" || fail_dump "left$round"
		exchanges_on
	done
	for round in 1 2; do
		dump_with_hook "images$round"
		restore_with_hook "images$round"
		exchanges_on
	done
}

@test "no packet of writers that never rest is lost, doubled or merged" {
	goes_on_exchanging --writers 3
}

@test "nor of writers that share the table of descriptors" {
	goes_on_exchanging --writers 2 --share-files
}

@test "nor of those whose write end does not block" {
	goes_on_exchanging --writers 2 --nonblock
}

@test "nor of a parent and a child that send each packet to and fro" {
	goes_on_exchanging --loop
}

@test "a dump that fails while ends are out of packet mode merges no packet" {
	exchange --undumpable
	for round in 1 2 3; do
		try_dump "images$round" "${with_hook[@]}" && fail "it was dumped"
		exchanges_on
	done
	[[ ! -e images1/pipeimg-hook.paused ]]
}

@test "CRIU that is killed while ends are out of packet mode merges no packet" {
	exchange --writers 3
	for round in 1 2 3; do
		kill_dump "images$round"
		exchanges_on
	done
}

@test "a keeper that is killed makes the dump fail, and packet mode is set again" {
	hold_session p:one
	kill_keeper images
	grep -q 'the keeper was killed' images/pipeimg-hook.log
	is_in_packet_mode "$holder" "$write_fd"
}

# ---- pipes that are not the tree's alone ---------------------------------------------------------

@test "packets that only a write end holds come back, which CRIU drops" {
	comes_back --close-read p:one p:two s:tail
}

@test "packets that only a read end holds come back" {
	comes_back --close-write p:one p:two p:three
}

# exchanges_across OPTION: left running three times, with the other side outside of the tree
exchanges_across() {
	exchange_apart "$1"
	for round in 1 2 3; do
		try_dump "left$round" --leave-running "${with_hook[@]}" || fail_dump "left$round"
		exchanges_on
	done
	grep -q 'outside of the tree, which shared its packet pipes, stood still' left1/pipeimg-hook.log
}

@test "a reader outside of the tree, which shares its ends, reads every packet of a tree that is dumped" {
	exchanges_across --apart
}

@test "a writer outside of the tree, which shares its ends, is stopped meanwhile, and merges nothing" {
	exchanges_across --apart-reader
	[[ $(pipeimg show --json left1 | jq -r '.queues[] | "\(.layout) \(.packets > 0)"') == \
		"indexed true" ]]
}

@test "a pipe that is passed to the restored process is left alone, and that is said" {
	hold_session --close-write p:one p:two
	dump_with_hook images
	mkfifo passed
	exec 9<>passed
	printf other >&9
	# bash has it open, and CRIU passes it on.
	restore_with_hook images --inherit-fd "fd[9]:pipe:[$pipe]"

	grep -q "pipe $pipe: its content is left alone, .* passed to CRIU" images/pipeimg-hook.log
	[[ $(reads_of "$holder" "$read_fd") == $'5 6f74686572\nempty' ]]
	exec 9<&-
}

@test "the tasks of a pid namespace are found by the pids that they have in it" {
	hold_in_pid_namespace p:one p:two s:tail
	mkdir images
	"${criu[@]}" dump --tree "$holder" --images-dir images --log-file dump.log -v4 "${with_hook[@]}" \
		</dev/null >images/output 2>&1 3>&- || fail_dump images
	[[ $(pipeimg show --json images/pipeimg-pipes.img | jq -r '.queues[].ends[].pid' | uniq) -eq 1 ]]
	wait_until has_gone "$holder"
	restore_with_hook images
	holder=$(pgrep -P "$restorer")
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\n4 7461696c\nempty' ]]
}

# ---- what a directory goes through before its restore --------------------------------------------

@test "a directory that was moved through upgrade, compress and an archive restores its packets" {
	hold_session p:one p:two p:three
	dump_with_hook images
	pipeimg upgrade -q images --in-place
	tar -C images -cf images.tar .
	pipeimg compress -q images.tar -o images.tar.zst
	mkdir moved
	zstd -dc images.tar.zst | tar -C moved -x
	restore_with_hook moved
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\n5 7468726565\nempty' ]]
	is_in_packet_mode "$holder" "$write_fd"
}

@test "a directory that convert copied restores its packets" {
	hold_session p:one p:two
	dump_with_hook images
	pipeimg convert images converted
	restore_with_hook converted
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
}

@test "images of another dump make the restore fail, and nothing runs" {
	hold_session p:one p:two
	dump_with_hook images
	other=$(mktemp -d "$BATS_TEST_TMPDIR/other.XXXXXX")
	hold_session p:else p:where
	pipeimg capture -q --pid "$holder" -o "$other/queues.img"
	cp "$other/queues.img" images/pipeimg-pipes.img
	run restore_with_hook images
	assert_status 1
	grep -q 'are these the images that belong together' images/pipeimg-hook.log
}
