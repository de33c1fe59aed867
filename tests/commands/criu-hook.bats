#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Packet pipes through an unmodified CRIU, which refuses them: dumped and restored with our plugin, which adds our hook as
# an action script. The processes themselves report the content of the queues by reading them.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load ../criu/criu.bash
load ../criu/hook.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_criu
	install_plugin
}

teardown() {
	local mounted
	end_restored
	stop_started
	for mounted in one two mounted; do
		! mountpoint -q "$mounted" || umount "$mounted"
	done
}

# ---- one process ---------------------------------------------------------------------------------

@test "without the hook, CRIU refuses the same process" {
	hold_session p:one p:two
	try_dump images && fail "CRIU accepted the dump"
	grep -q 'The packetized mode for pipes is not supported yet' images/dump.log
}

@test "a restored process reads its packets one by one and is in packet mode again" {
	hold_session p:one p:two p:three
	dump_with_hook images
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\n5 7468726565\nempty' ]]
	is_in_packet_mode "$holder" "$write_fd"
}

# Prints what each pipe of the holder returns to read(2), and empties it. Pipes without a read end are skipped.
all_reads() {
	local line
	for line in "${holder_lines[@]}"; do
		read -r holder pipe read_fd write_fd child <<<"$line"
		[[ ! -e /proc/$holder/fd/$read_fd ]] || reads_of "$holder" "$read_fd"
	done
}

# comes_back ARGUMENT...: all queues of such a holder are the same after two rounds of dump and restore, and return the
# same reads as those of a holder that was never dumped
comes_back() {
	local wanted
	hold "$@"
	wanted=$(all_reads)
	# The FIFO must be free again.
	stop_started
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
	[[ $(all_reads) == "$wanted" ]] || fail "wanted:" "$wanted" "found:" "$(all_reads)"
}

# Prints the flags of ends, capacity, owner and mode of each queue.
ends_of() {
	pipeimg show --json "$1" | jq -c '.queues | sort_by(.ends[0].fd)[] |
		[.type, .capacity, .uid, .gid, .permissions, [.ends[] | [.comm, .fd, .flags]]]'
}

@test "one packet of one byte and many of them survive two dumps in a row" {
	comes_back p:a --new p:a p:b p:c p:d
}

@test "a mixed queue with a tail of stream bytes survives two dumps in a row" {
	comes_back s:head p:packet p:@4096 s:middle p:@7 s:tail
}

@test "a pipe full of packets survives two dumps in a row" {
	comes_back --capacity 16384 p:@4096 p:@1 p:@100 p:@4096
}

@test "a pipe with a one-byte packet in every slot comes back" {
	comes_back p:a p:b p:c p:d p:e p:f p:g p:h p:i p:j p:k p:l p:m p:n p:o p:p
}

@test "a read end in packet mode is in packet mode again" {
	comes_back p:one --packet-reader --new s:stream --packet-reader
}

@test "a full pipe of stream bytes in packet mode comes back" {
	comes_back s:@65536 --new --capacity 8192 p:@4096 p:@1
}

@test "an empty pipe in packet mode is in packet mode again" {
	comes_back p: --new --capacity 4096 p:
}

@test "packets come back as packets even if their write end has left packet mode, and it stays out of it" {
	comes_back p:one p:two p:three s:
}

@test "a pipe of ordinary bytes next to a packet pipe comes back unchanged" {
	comes_back s:stream --new p:packet
}

@test "a task that also has a FIFO open with O_PATH comes back, and no image lists that descriptor as an end" {
	mkfifo fifo
	hold_session --fifo fifo p:one p:two --handle fifo
	dump_with_hook images
	for image in images images/pipeimg-fifos.img; do
		[[ $(pipeimg show --json "$image" | jq -c '[.queues[].ends[].fd]') == "[$read_fd,$write_fd]" ]] ||
			fail "$image"
	done
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
}

@test "packets in a FIFO come back" {
	mkfifo fifo
	comes_back --fifo fifo p:one p:two s:tail --new p:x
}

@test "owner and mode of a pipe come back, although CRIU would make it root's" {
	comes_back --owner 65534 --mode 640 p:one p:two --new --owner 1234 s:stream --new --owner 5
	[[ $(stat -L -c '%u %g %a' "/proc/$holder/fd/$read_fd") == '65534 65534 640' ]]
	use_pipe 2
	[[ $(stat -L -c %u "/proc/$holder/fd/$read_fd") == 5 ]]
}

@test "both ends come back if each is open twice, also in a child" {
	comes_back p:one p:two --dup --fork
}

# ---- what is in the directory --------------------------------------------------------------------

@test "a restore without the plugin fails, instead of merging the packets" {
	hold_session p:one p:two p:three
	dump_with_hook images
	# CRIU checks its list of plugins only if it has a directory of plugins.
	mkdir empty
	fails_to_restore images --libdir "$PWD/empty"
	grep -q 'Missing required plugin: pipeimg' images/restore.log
}

@test "a dump without packet pipes needs no plugin to be restored, runs no hook and leaves no file" {
	hold_session s:one --new s:
	dump_with_hook images
	! compgen -G 'images/pipeimg-*' || fail "the hook was run"
	restore images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\nempty' ]]
}

@test "packets are found in a pipe that has no end in packet mode" {
	for content in 'p:one s:two' 'p:@4096' 's:ab p:c' 's:@60000 p:x' 'p:a p:b p:c p:d p:e p:f p:g p:h p:i p:j p:k p:l p:m p:n s:o'; do
		# shellcheck disable=SC2086 # several words
		hold_session $content s:
		rm -rf images
		dump_and_leave_running images "${with_hook[@]}"
		[[ $(pipeimg show --json images | jq '[.queues[].packets] | add') -eq $(grep -o p: <<<"$content" | wc -l) ]] ||
			fail "$content" "$(pipeimg show images)"
	done
}

@test "verify of the dump reports only that a restore needs the hook" {
	hold_session p:one p:two s:tail --new --close-read p:lost
	dump_with_hook images
	run --separate-stderr pipeimg verify --strict images
	assert_status 0
	run --separate-stderr pipeimg verify -v --json images
	[[ $(jq -r 'select(.event == "finding").check' <<<"$output") == PI408 ]] || fail "$(show_run)"
}

@test "show has what the hook saved: packets, write ends in packet mode, and data that only those hold" {
	hold_session p:one p:two --new --close-read p:lost
	dump_with_hook images
	run --separate-stderr pipeimg show images
	assert_status 0
	[[ ${lines[0]} == "dumped with pipeimg-criu-hook; a restore needs the hook, too" ]] || fail "$(show_run)"
	assert_output_lacks "not in the dump"
	pipeimg show --json images | jq -e '.needs_hook and
		(.queues | map([.packets, .bytes, .kept_by_hook]) | sort) == [[1, 4, true], [2, 6, true]] and
		([.queues[].ends[] | select(.writes) | .packet_mode] | all)'
}

@test "diff, restore and convert use what the hook saved" {
	hold_session p:one p:two s:tail --new --close-read p:lost
	pipeimg capture -q --pid "$holder" -o captured
	dump_with_hook images
	pipeimg diff captured images
	use_pipe 1
	[[ $(pipeimg restore images --pipe "$pipe" -- "$read_log") == $'4 6c6f7374\nend' ]]
	pipeimg convert images new.pcapng --to pcapng
	pipeimg convert captured other.pcapng --to pcapng
	[[ $(pipeimg convert images - --to json | jq '[.entries[] | select(.kind == "PACKET")] | length') -eq 3 ]]
}

@test "crit decodes the directory's images" {
	need_program crit
	hold_session p:one p:two
	dump_with_hook images
	[[ $(crit decode -i images/pipes-data.img | jq -r '.entries[].bytes') == 6 ]]
}

@test "--explain reports what the hook saved and what stock CRIU would restore" {
	hold_session p:one p:two --new --close-read p:lost
	dump_with_hook images
	run --separate-stderr pipeimg criu-hook --explain images
	assert_status 0
	assert_output_has "2 packets, 6 bytes"
	assert_output_has "all bytes, merged; later writes merge too"
	assert_output_has "CRIU does not dump a pipe without a read end"
	run --separate-stderr pipeimg criu-hook --json --explain images
	[[ $(jq -r '.queues | map(.packets) | add' <<<"$output") == 3 ]]
}

# ---- writers that never pause --------------------------------------------------------------------

# goes_on_exchanging OPTION...: dumped and left running three times, then dumped and restored twice
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

# bats test_tags=race
@test "writers that never pause: no packet is lost, duplicated or merged" {
	goes_on_exchanging --writers 3
}

# bats test_tags=race
@test "writers that share a descriptor table: no packet is lost, duplicated or merged" {
	goes_on_exchanging --writers 2 --share-files
}

# bats test_tags=race
@test "nonblocking writers: no packet is lost, duplicated or merged" {
	goes_on_exchanging --writers 2 --nonblock
}

# bats test_tags=race
@test "a parent and a child that send each packet back and forth: no packet is lost, duplicated or merged" {
	goes_on_exchanging --loop
}

# bats test_tags=race
@test "a dump that fails merges no packet, and its images are not restored" {
	exchange --undumpable
	for round in 1 2 3; do
		try_dump "images$round" "${with_hook[@]}" && fail "the dump succeeded"
		exchanges_on
	done
	[[ ! -e images1/inventory.img ]]
	fails_to_restore images1 "${with_hook[@]}"
}

# bats test_tags=race
@test "killing CRIU at any moment of a dump merges no packet, and leaves images that are not restored or complete" {
	rounds_of "${PIPEIMG_CRIU_KILLS:-5}" kill_dump --idle 300 --writers 3
}

# bats test_tags=race
@test "killing CRIU at any moment of a restore changes no image: a restore afterwards loses, duplicates or merges nothing" {
	exchange --writers 3 --unread 2
	for ((round = 1; round <= ${PIPEIMG_CRIU_KILLS:-5}; round++)); do
		ask_exchange
		before=$packets_read
		dump_with_hook "images$round"
		kill_restore "images$round"
		restore_with_hook "images$round"
		ask_exchange
		[[ $packets_read -ge $before && $packets_bad -eq 0 ]] || fail "packets: $before, then $packets_read; wrong: $packets_bad"
		exchanges_on
		rm -r "images$round"
	done
}

# bats test_tags=race
@test "if the hook is killed at any moment of a dump, the tasks continue and the images are marked as failed" {
	local limit
	exchange --idle 50 --unread 2
	wrap_hook
	# A file of the hook that gets longer than that ends it with SIGXFSZ.
	failed=0
	for limit in 0 1 64 200 1000 4096 20000; do
		printf 'trap "" XFSZ; trap - XFSZ; exec prlimit --fsize=%d "$0.real"\n' "$limit" >limit.sh
		rm -rf images
		! try_dump images --leave-running "${with_hook[@]}" || continue
		[[ -e images/pipeimg-hook.failed ]] || fail "no mark with a limit of $limit"
		failed=$((failed + 1))
		exchanges_on
	done
	[[ $failed -ge 3 ]] || fail "the hook was killed $failed times"
	for delay in 0 .002 .005 .01 .015 .02 .03; do
		printf '"$0.real" & sleep %s; kill -KILL $!; wait $!\n' "$delay" >limit.sh
		rm -rf images
		if try_dump images --leave-running "${with_hook[@]}"; then
			[[ ! -e images/pipeimg-hook.failed ]] && pipeimg verify images >/dev/null
		else
			[[ -e images/pipeimg-hook.failed ]] || fail "no mark after $delay s"
		fi
		exchanges_on
	done
	echo 'kill -KILL $$' >limit.sh
	rm -rf images
	! try_dump images --leave-running "${with_hook[@]}" || fail "the dump succeeded"
	[[ -e images/pipeimg-hook.failed ]]
	exchanges_on
}

# wrap_hook: limit.sh, if it exists, runs the hook
wrap_hook() {
	mv pipeimg-criu-hook pipeimg-criu-hook.real
	cat >pipeimg-criu-hook <<-'END_OF_HOOK'
		#!/bin/bash
		. "${0%/*}/limit.sh"
	END_OF_HOOK
	chmod +x pipeimg-criu-hook
}

# hold_autofs: a daemon that has mounted autofs at the directory mounted, with three requests that it has not read. The
# kernel has the write end, in packet mode.
hold_autofs() {
	mkdir mounted
	setsid "$python" -c 'if True:
		import ctypes, os, sys, time
		libc = ctypes.CDLL(None, use_errno=True)
		reader, writer = os.pipe()
		options = f"fd={writer},pgrp={os.getpgrp()},minproto=5,maxproto=5,indirect".encode()
		if libc.mount(b"pipeimg", b"mounted", b"autofs", 0, options):
			sys.exit("cannot mount autofs: " + os.strerror(ctypes.get_errno()))
		os.close(writer)
		print(os.getpid(), os.fstat(reader).st_ino, reader, flush=True)
		time.sleep(1000)' </dev/null >holding 2>&1 3>&- &
	started+=($!)
	wait_until test -s holding
	read -r holder pipe read_fd <holding
	[[ $holder == "$!" ]] || skip "$(<holding)"
	for name in a b c; do
		stat "mounted/$name" >/dev/null 2>&1 3>&- &
		started+=($!)
	done
	wait_until has_unread "$pipe" 3
}

# has_unread PIPE COUNT
has_unread() {
	[[ $(pipeimg list --json --pid "$holder" | jq ".pipes[] | select(.id == $1) | .packets") -eq $2 ]]
}

@test "unread requests on the pipe of an autofs daemon come back one by one" {
	local wanted
	hold_autofs
	pipeimg capture -q --pid "$holder" --pipe "$pipe" -o before.img
	dump_with_hook images
	restore_with_hook images
	pipeimg capture -q --pid "$holder" -o after.img
	pipeimg diff before.img after.img
	[[ $(reads_of "$holder" "$read_fd" | cut -d " " -f 1 | paste -s -d " ") == "304 304 304 end" ]]
}

# bats test_tags=race
@test "tasks that are left stopped keep their packet mode and continue with it" {
	exchange --writers 2
	try_dump images --leave-stopped "${with_hook[@]}" || fail_dump images
	kill -CONT "$holder" $(pgrep -P "$holder")
	exchanges_on
}

@test "packet pipes are dumped if CRIU is traced" {
	need_program strace
	hold_session p:one p:two
	mkdir images
	# LeakSanitizer does not work in a traced process.
	env ASAN_OPTIONS=detect_leaks=0 strace -o /dev/null "${criu[@]}" dump --tree "$holder" --images-dir images \
		--log-file dump.log -v4 "${with_hook[@]}" </dev/null >images/output 2>&1 3>&- || fail_dump images
	forget_holder || true
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
}

# ---- pipes that the tree shares with others ------------------------------------------------------

@test "packets that only a write end holds come back, although CRIU drops them" {
	comes_back --close-read p:one p:two s:tail
}

@test "packets that only a read end holds come back" {
	comes_back --close-write p:one p:two p:three
}

# exchanges_across OPTION...: dumped and left running three times, with one side outside the tree
exchanges_across() {
	exchange_apart "$@"
	for round in 1 2 3; do
		try_dump "left$round" --leave-running "${with_hook[@]}" || fail_dump "left$round"
		exchanges_on
	done
}

# bats test_tags=race
@test "a reader outside the dumped tree that shares its ends reads every packet" {
	exchanges_across --apart
}

# bats test_tags=race
@test "a writer outside the dumped tree that shares its ends never pauses, and merges nothing" {
	exchanges_across --apart-reader --unread 2
	unread_packets_are_kept left1
}

# packet_numbers IMAGE PIPE: prints the numbers in the packets of an exchange, one per line
packet_numbers() {
	pipeimg show --raw --pipe "$2" "$1" | "$python" -c 'if True:
		import struct, sys
		data = sys.stdin.buffer.read()
		while data:
			writer, length, number = struct.unpack_from("=IIQ", data)
			print(number)
			data = data[length:]'
}

# is_consecutive: standard input is a sequence of numbers without a gap
is_consecutive() {
	awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 } END { if (!NR) exit 1 }'
}

is_full() {
	pipeimg list --json --pid "$holder" | jq -e 'any(.pipes[]; .full)' >/dev/null
}

# exchange_pipe IMAGE|--pid: prints the id of the pipe that the exchange uses, which is the first of the task's two
exchange_pipe() {
	"$@" | jq -r '[.queues[]? // .pipes[] | select(any(.ends[]; .fd == 3))][0].id'
}

# Asks until two answers are the same: nobody writes to the pipe any longer.
exchange_has_drained() {
	local before=$packets_read
	ask_exchange || return
	[[ $packets_read -eq $before ]]
}

# bats test_tags=race
@test "a reader outside the tree that never pauses: what is restored continues with the next packet of the writer" {
	local saved
	for round in 1 2 3; do
		exchange_apart --apart
		exchanges_on
		dump_with_hook "images$round"
		# The reader empties the pipe that it still has: it gets all packets that the writer wrote before the dump.
		wait_until exchange_has_drained
		[[ $packets_bad -eq 0 ]] || fail "wrong: $packets_bad"
		saved=$(pipeimg show --json "images$round" | jq '[.queues[].packets] | add // 0')
		restore_with_hook "images$round"
		# Nobody reads the restored pipe, so it gets full.
		wait_until is_full
		pipeimg capture -q --pid "$holder" -o "restored$round"
		pipe=$(exchange_pipe pipeimg show --json "restored$round")
		packet_numbers "restored$round" "$pipe" >"numbers$round"
		is_consecutive <"numbers$round" || fail "$(<"numbers$round")"
		[[ $(head -n 1 "numbers$round") -eq $((packets_read - saved)) ]] ||
			fail "$packets_read written, $saved saved; restored:" "$(<"numbers$round")"
		end_restored
		stop_started
	done
}

# bats test_tags=race
@test "a writer outside the tree that never pauses: the restored reader gets exactly the packets of the dump, next" {
	local before
	for round in 1 2 3; do
		exchange_apart --apart-reader
		exchanges_on
		dump_with_hook "images$round"
		pipe=$(exchange_pipe pipeimg show --json "images$round")
		packet_numbers "images$round" "$pipe" >"numbers$round"
		is_consecutive <"numbers$round" || fail "$(<"numbers$round")"
		restore_with_hook "images$round"
		wait_until has_read_all
		ask_exchange
		# The first number counts the packets before it.
		[[ $packets_read -eq $(($(tail -n 1 "numbers$round") + 1)) && $packets_bad -eq 0 ]] ||
			fail "$packets_read read, $packets_bad wrong" "$(<"numbers$round")"
		end_restored
		stop_started
	done
}

has_read_all() {
	pipeimg list --json --pid "$holder" | jq -e 'all(.pipes[]; .bytes == 0)' >/dev/null
}

@test "a process outside the dumped tree that has a FIFO open with O_PATH shares nothing" {
	mkfifo fifo
	hold --handle fifo s:other
	hold_session --fifo fifo p:one p:two
	dump_and_leave_running images "${with_hook[@]}"
	[[ $(pipeimg show --json images/pipeimg-fifos.img |
		jq -c '[.queues[] | .packets, [.ends[].fd]]') == "[2,[$read_fd,$write_fd]]" ]]
}

# bats test_tags=race
@test "a process outside the dumped tree that starts a child for each packet merges nothing" {
	exchange_apart --apart-forks
	for round in 1 2 3 4 5; do
		try_dump "left$round" --leave-running "${with_hook[@]}" || fail_dump "left$round"
		exchanges_on
	done
}

@test "a pipe that the restore replaces by a passed-in file is not touched" {
	hold_session p:packet --close-read
	dump_with_hook images
	exec 9>file
	restore_with_hook images --inherit-fd "fd[9]:pipe:[$pipe]"
	exec 9>&-
	grep -q "pipe $pipe: .* NOT restored" images/pipeimg-hook.log
	[[ $(readlink "/proc/$holder/fd/$write_fd") == "$PWD/file" ]]
}

@test "a write end that is passed to the restored process is in packet mode again" {
	hold_session --close-read p:one
	dump_with_hook images
	mkfifo passed
	exec 9<>passed
	restore_with_hook images --inherit-fd "fd[9]:pipe:[$pipe]"
	is_in_packet_mode "$holder" "$write_fd"
	exec 9<&-
}

# bats test_tags=race
@test "packets come back in a FIFO that another process has open" {
	mkfifo fifo
	hold_session --fifo fifo p:one s:tail p:two
	dump_with_hook images
	sleep 600 <>fifo >/dev/null 2>&1 3>&- &
	started+=("$!")
	wait_until grep -q sleep "/proc/$!/comm"
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n7 7461696c74776f\nempty' ]]
	is_in_packet_mode "$holder" "$write_fd"
}

# bats test_tags=race
@test "packets come back once in a FIFO that another process kept open all the time" {
	mkfifo fifo
	sleep 600 <>fifo >/dev/null 2>&1 3>&- &
	started+=("$!")
	wait_until grep -q sleep "/proc/$!/comm"
	hold_session --fifo fifo p:one s:tail p:two
	dump_with_hook images
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n7 7461696c74776f\nempty' ]]
}

# A process that waits in open(2) of the FIFO for a reader, and then writes to "opened".
wait_for_reader() {
	"$python" -c 'open("fifo", "wb", 0); open("opened", "w")' </dev/null >/dev/null 2>&1 3>&- &
	started+=($!)
	opener=$!
	wait_until waits_in_open
}

# 257 is openat(2).
waits_in_open() {
	grep -qs '^257 ' "/proc/$opener/syscall"
}

@test "a dump does not end the open(2) of a process that waits for a reader of a FIFO" {
	mkfifo fifo
	for content in s: s:stream p:; do
		hold_session --fifo fifo "$content" --close-read --new p:packet
		wait_for_reader
		rm -rf images
		dump_and_leave_running images "${with_hook[@]}"
		[[ ! -e opened ]] || fail "$content"
		waits_in_open
		stop_started
	done
}

@test "a dump fails if the packets of a FIFO have no reader, because reading them would end another open(2)" {
	mkfifo fifo
	hold_session --fifo fifo p:packet --close-read
	wait_for_reader
	! try_dump images "${with_hook[@]}" || fail "the dump succeeded"
	grep -q 'FIFO .*: 6 bytes are unread, but no process has it open for reading' images/pipeimg-hook.log || fail_dump images
	[[ ! -e opened && -e images/pipeimg-hook.failed ]]
}

@test "packets of a FIFO come back if the only reader is outside the tree" {
	mkfifo fifo
	sleep 600 <>fifo >/dev/null 2>&1 3>&- &
	started+=("$!")
	wait_until grep -q sleep "/proc/$!/comm"
	hold_session --fifo fifo p:packet --close-read
	dump_with_hook images
	[[ $(pipeimg show --json images | jq '.queues[].packets') -eq 1 ]]
	restore_with_hook images
	is_in_packet_mode "$holder" "$write_fd"
}

# make_two_fifos: one/fifo and two/fifo, with the same inode number
make_two_fifos() {
	mkdir one two
	mount -t tmpfs tmpfs one
	mount -t tmpfs tmpfs two
	mkfifo one/fifo two/fifo
	[[ $(stat -c %i one/fifo) == $(stat -c %i two/fifo) ]]
}

# dump_names_both OPTION...: the dump of the holder fails, and the log says that CRIU confuses these two
dump_names_both() {
	! try_dump images --leave-running "$@" || fail "CRIU accepted the dump"
	grep -q "$BATS_TEST_TMPDIR/one/fifo and $BATS_TEST_TMPDIR/two/fifo have the same inode number" \
		images/pipeimg-hook.log || grep -q \
		"$BATS_TEST_TMPDIR/two/fifo and $BATS_TEST_TMPDIR/one/fifo have the same inode number" \
		images/pipeimg-hook.log || fail "$(<images/pipeimg-hook.log)"
	[[ -e images/pipeimg-hook.failed ]]
}

@test "a dump fails if it loses one of two ordinary FIFOs with the same inode number, and both stay unchanged" {
	make_two_fifos
	hold_session --fifo one/fifo s:first --fifo two/fifo s:second
	dump_names_both "${with_script[@]}"
	[[ $(reads_of "$holder" "$read_fd") == $'5 6669727374\nempty' ]]
	use_pipe 1
	[[ $(reads_of "$holder" "$read_fd") == $'6 7365636f6e64\nempty' ]]
}

@test "a dump of two FIFOs with the same inode number fails even if only one has unread data" {
	make_two_fifos
	hold_session --fifo one/fifo s: --fifo two/fifo s:second
	dump_names_both "${with_script[@]}"
}

@test "a dump of two packet-mode FIFOs with the same inode number fails, and both keep packet mode" {
	make_two_fifos
	hold_session --fifo one/fifo p:first --fifo two/fifo p:second
	dump_names_both "${with_hook[@]}"
	is_in_packet_mode "$holder" "$write_fd"
	[[ $(reads_of "$holder" "$read_fd") == $'5 6669727374\nempty' ]]
}

@test "two empty ordinary FIFOs with the same inode number do not prevent a dump" {
	make_two_fifos
	hold_session --fifo one/fifo s: --new --fifo two/fifo s: --new p:packet
	try_dump images --leave-running "${with_hook[@]}" || fail_dump images
	[[ ! -e images/pipeimg-fifos.img ]]
}

@test "a packet pipe that is passed in at restore is not touched, and the hook says so" {
	hold_session --close-write p:one p:two
	dump_with_hook images
	mkfifo passed
	exec 9<>passed
	printf other >&9
	# bash has it open, and CRIU passes it in.
	restore_with_hook images --inherit-fd "fd[9]:pipe:[$pipe]"

	grep -q "pipe $pipe: .* were NOT restored: .* passed to CRIU" images/pipeimg-hook.log
	[[ $(reads_of "$holder" "$read_fd") == $'5 6f74686572\nempty' ]]
	exec 9<&-
}

# A monitor, outside the tree, opens the write end and the read end of the holder before the hook restores the queues.
# These are separate open file descriptions.
watch_restore() {
	wrap_hook
	cat >limit.sh <<-END_OF_MONITOR
		if [[ \$CRTOOLS_SCRIPT_ACTION == post-restore ]]; then
			sleep 600 8</proc/\$CRTOOLS_INIT_PID/fd/$read_fd 9>/proc/\$CRTOOLS_INIT_PID/fd/$write_fd \
				</dev/null >/dev/null 2>&1 &
			echo \$! >"$BATS_TEST_TMPDIR/monitor"
			until grep -q sleep /proc/\$!/comm; do :; done
		fi
		exec "\$0.real"
	END_OF_MONITOR
}

@test "packets come back in a pipe of which a process outside the tree has got a copy during the restore" {
	hold_session p:one p:two
	watch_restore
	dump_with_hook images
	restore_with_hook images
	started+=("$(<monitor)")
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]] || fail "$(<images/pipeimg-hook.log)"
	is_in_packet_mode "$holder" "$write_fd"
	[[ $(state_of "$(<monitor)") != [tT] ]]
}

@test "without the plugin, a pipe of which a process outside the tree has got a copy is restored, too" {
	local with_hook=("${with_script[@]}")
	hold_session --owner 65534 s:text
	watch_restore
	dump_with_hook images
	restore_with_hook images
	started+=("$(<monitor)")
	[[ $(stat -L -c %u "/proc/$holder/fd/$read_fd") -eq 65534 ]] || fail "$(<images/pipeimg-hook.log)"
}

# pass_pipe COMMAND: restores images; descriptor 9 of criu is the read end of a pipe with 5 bytes, which COMMAND has
# opened in the shell that becomes criu
pass_pipe() {
	bash -c "$1"'; exec "${@:2}" --inherit-fd "fd[9]:pipe:[$1]"' bash "$pipe" "${criu[@]}" restore --images-dir images \
		--log-file restore.log -v4 "${with_hook[@]}" </dev/null >images/output 2>&1 3>&- &
	restorer=$!
	wait_until restore_has_ended images
	grep -q 'Restore finished successfully' images/restore.log || fail "$(tail -n 20 images/restore.log)"
}

@test "a pipe that is passed in at restore is not touched, also if nobody else has it open" {
	hold_session --close-write p:one p:two
	dump_with_hook images
	pass_pipe 'exec 9< <(printf other); exec 63<&-'
	grep -q "pipe $pipe: .* were NOT restored: .* passed to CRIU" images/pipeimg-hook.log ||
		fail "$(<images/pipeimg-hook.log)"
	[[ $(reads_of "$holder" "$read_fd") == $'5 6f74686572\nend' ]]
}

@test "without the plugin, a pipe that CRIU has open counts as passed in, and the message names who may have passed it" {
	local with_hook=("${with_script[@]}")
	hold_session --close-write s:text
	dump_with_hook images
	pass_pipe 'exec 9< <(printf other)'
	grep -q "pipe $pipe: .* were NOT restored: .* is also open in process [0-9]* (.*), which may have passed it" \
		images/pipeimg-hook.log || fail "$(<images/pipeimg-hook.log)"
	[[ $(reads_of "$holder" "$read_fd") == $'5 6f74686572\nend' ]]
}

# bats test_tags=race
@test "tasks in a pid namespace are found by their pids in it" {
	hold_in_pid_namespace p:one p:two s:tail
	mkdir images
	"${criu[@]}" dump --tree "$holder" --images-dir images --log-file dump.log -v4 "${with_hook[@]}" \
		</dev/null >images/output 2>&1 3>&- || fail_dump images
	[[ $(pipeimg show --json images/pipeimg-pipes.img | jq -r '.queues[].ends[].pid' | uniq) -eq 1 ]]
	wait_until has_gone "$holder"
	restore_with_hook images
	# The hook's last process may still exist.
	wait_until has_one_child "$restorer"
	holder=$(pgrep -P "$restorer")
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\n4 7461696c\nempty' ]]
}

has_one_child() {
	[[ $(pgrep -c -P "$1") -eq 1 ]]
}

# send_ends EXPRESSION: starts a holder of a packet pipe with two packets, which sends these descriptors to a socket that
# nobody reads, and closes them
send_ends() {
	setsid "$python" -c 'if True:
		import os, socket, sys, time
		reader, writer = os.pipe2(os.O_DIRECT)
		os.write(writer, b"one")
		os.write(writer, b"two")
		sockets = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
		sent = eval(sys.argv[1])
		socket.send_fds(sockets[0], [b"x"], sent)
		print(os.getpid(), os.fstat(reader).st_ino, flush=True)
		for fd in sent:
			os.close(fd)
		time.sleep(1000)' "$1" </dev/null >holding 2>&1 3>&- &
	started+=($!)
	wait_until test -s holding
	read -r holder pipe <holding
}

@test "packets come back in a pipe whose read end is in flight in a socket" {
	send_ends '[reader]'
	dump_with_hook images
	[[ $(pipeimg show --json images | jq ".queues[] | select(.id == $pipe) | .packets") -eq 2 ]]
	restore_with_hook images
	grep -q 'restored 1 queue with 2 packets' images/pipeimg-hook.log
}

@test "the dump of a packet pipe that is only in flight in a socket fails, and says why" {
	send_ends '[reader, writer]'
	! try_dump images "${with_hook[@]}" || fail "the dump succeeded"
	grep -q "pipe $pipe: no task has this packet pipe open" images/pipeimg-hook.log || fail_dump images
	[[ -e images/pipeimg-hook.failed && $(state_of "$holder") == S ]]
}

@test "the dump of a pipe whose end in packet mode is only in flight in a socket fails, and says why" {
	send_ends '[writer]'
	! try_dump images "${with_hook[@]}" || fail "the dump succeeded"
	grep -q "pipe $pipe: no task has its end in packet mode open" images/pipeimg-hook.log || fail_dump images
	[[ -e images/pipeimg-hook.failed && $(state_of "$holder") == S ]]
}

@test "images without a list of plugins, of a CRIU before 4.1, are restored" {
	hold_session s:one
	dump_with_hook images
	need_program crit
	crit decode -i images/inventory.img | jq 'del(.entries[0].plugins_entry)' >inventory.json
	crit encode -i inventory.json -o images/inventory.img
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\nempty' ]]
}

@test "a dump that fails early leaves an older dump in the directory as it was" {
	hold_session p:one p:two
	dump_and_leave_running images "${with_hook[@]}"
	ls -l images/pipeimg-* >before
	! "${criu[@]}" dump --tree 4194303 --images-dir images --log-file other.log "${with_hook[@]}" \
		>output 2>&1 </dev/null 3>&- || fail "CRIU dumped nothing"
	ls -l images/pipeimg-* >after
	assert_same_text before after
}

@test "a dump without packet pipes removes what another dump has left" {
	hold_session p:one s:
	dump_and_leave_running images "${with_hook[@]}"
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\nempty' ]]
	rm images/dump.log images/output
	"${criu[@]}" dump --tree "$holder" --images-dir images --log-file dump.log -v4 "${with_hook[@]}" \
		</dev/null >images/output 2>&1 3>&-
	forget_holder || true
	! compgen -G 'images/pipeimg-*' || fail "files of the first dump"
	restore images
}

# bats test_tags=race
@test "the hook's later copy is restored even if CRIU's has other bytes" {
	for taken in 1 2; do
		[[ $taken -eq 1 ]] && wanted=$'3 74776f\nempty' || wanted=empty
		hold_session p:one p:two
		# Between CRIU's copy and the hook's, a process outside the tree reads packets.
		exec 8<"/proc/$holder/fd/$read_fd"
		[[ -e pipeimg-criu-hook.real ]] || wrap_hook
		printf 'dd bs=4096 count=%d status=none of=/dev/null <%q; exec "$0.real"\n' "$taken" \
			"/proc/$$/fd/8" >limit.sh
		rm -rf images
		dump_with_hook images
		exec 8<&-
		echo 'exec "$0.real"' >limit.sh
		restore_with_hook images
		[[ $(reads_of "$holder" "$read_fd") == "$wanted" ]] || fail "$taken taken:" "$(<images/pipeimg-hook.log)"
		is_in_packet_mode "$holder" "$write_fd"
		end_restored
	done
}

# bats test_tags=race
@test "if CRIU is killed while the hook saves the queues, the images stay marked as failed" {
	hold_session p:one p:two
	wrap_hook
	# The hook starts to capture after CRIU has ended.
	printf ': >%q; sleep 1; exec "$0.real"' "$PWD/begun" >limit.sh
	start_dump images --leave-running
	wait_until test -e begun
	kill_dumper
	wait_until grep -qs 'CRIU has ended before the queues were saved\|cannot open the image directory' \
		images/pipeimg-hook.log images/dump.log
	[[ -e images/pipeimg-hook.failed ]]
}

# ---- what can happen to a dump before its restore ------------------------------------------------

@test "a dump that went through upgrade, compress and an archive restores its packets" {
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

@test "a dump copied by convert restores its packets" {
	hold_session p:one p:two
	dump_with_hook images
	pipeimg convert images converted
	restore_with_hook converted
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
}

@test "images of another dump make the restore fail, and no task runs" {
	hold_session p:one p:two
	dump_with_hook images
	other=$(mktemp -d "$BATS_TEST_TMPDIR/other.XXXXXX")
	hold_session p:else p:where
	pipeimg capture -q --pid "$holder" -o "$other/queues.img"
	cp "$other/queues.img" images/pipeimg-pipes.img
	fails_to_restore images "${with_hook[@]}"
	grep -q 'do these images belong together' images/pipeimg-hook.log
}

# bats test_tags=race
@test "restore fails if a file that the hook saved is missing" {
	hold_session p:one p:two
	dump_with_hook images
	cp -r images other
	rm images/pipeimg-pipes.img
	fails_to_restore images "${with_hook[@]}"
	grep -q 'pipeimg-pipes.img is missing' images/pipeimg-hook.log
	run pipeimg verify images
	[[ $output == *"[PI311]"* ]]
	run --separate-stderr pipeimg criu-hook --explain images
	assert_output_has "refuses to restore these images"
	# CRIU's inventory lists the plugin.
	rm other/pipeimg-*
	run pipeimg verify other
	[[ $output == *"[PI311]"* ]]
	fails_to_restore other "${with_hook[@]}"
	grep -q 'its files are missing' other/pipeimg-hook.log
}

# bats test_tags=race
@test "the hook restores packets that upgrade found in a pipe whose read end is also in flight" {
	setsid "$python" -c 'if True:
		import os, socket, time
		reader, writer = os.pipe()
		os.write(writer, b"one+two+three+")
		sockets = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
		socket.send_fds(sockets[0], [b"x"], [reader])
		print(os.getpid(), os.fstat(reader).st_ino, flush=True)
		time.sleep(1000)' </dev/null >holding 2>&1 3>&- &
	started+=($!)
	wait_until test -s holding
	read -r holder pipe <holding
	dump images
	pipeimg upgrade -q --frame "$pipe=delim:+" images -o upgraded
	restore_with_hook upgraded
	grep -q 'restored 1 queue with 3 packets' upgraded/pipeimg-hook.log
}

# bats test_tags=race
@test "packets that upgrade found in a dump without the hook are restored by the hook" {
	hold_session s:one+two+three+
	dump images
	pipeimg show --json images | jq -e '.needs_hook | not'
	pipeimg upgrade -q --frame "$pipe=delim:+" images -o upgraded
	pipeimg show upgraded | grep -x 'CRIU restores the packets only with pipeimg-criu-hook'
	pipeimg show --json upgraded | jq -e .needs_hook
	restore_with_hook upgraded
	grep -q 'restored 1 queue with 3 packets' upgraded/pipeimg-hook.log
	pipeimg capture -q --pid "$holder" -o restored.img
	[[ $(pipeimg show restored.img | grep -c ' packet ') -eq 3 ]]
	pipeimg diff upgraded restored.img
}

@test "--explain also opens an archive" {
	hold_session p:one p:two
	dump_with_hook images
	mkdir export
	mv images export/checkpoint
	tar -czf export.tar.gz -C export .
	for dump in export export.tar.gz; do
		run --separate-stderr pipeimg criu-hook --explain "$dump"
		assert_status 0
		assert_output_has "2 packets, 6 bytes"
		assert_output_has "post-dump: saved 1 queue with 2 packets"
	done
	run --separate-stderr pipeimg criu-hook --json --explain - <export.tar.gz
	[[ $(jq -c '[.queues[0].packets, (.log | length)]' <<<"$output") == "[2,1]" ]] || fail "$(show_run)"
}

@test "--explain of a dump whose saved queues are damaged reports the damage, and not that there are none" {
	hold_session p:one p:two
	dump_and_leave_running images "${with_hook[@]}"
	truncate -s 60 images/pipeimg-pipes.img
	run --separate-stderr pipeimg criu-hook --explain images
	assert_status 1
	assert_error_has "PI005"
	assert_output_lacks "saved no queues"
	assert_output_has "post-dump: saved 1 queue with 2 packets"
}

@test "--explain reads an archive once, also to find FIFOs that CRIU cannot restore" {
	need_program strace
	tar -C "$fixtures/field/packet-fifo-without-hook" -cf export.tar .
	pipeimg criu-hook --explain export.tar | grep -q 'cannot open FIFOs in packet mode; run: pipeimg upgrade export.tar --in-place'
	pipeimg criu-hook --explain - <export.tar | grep -q 'cannot open FIFOs in packet mode; run: pipeimg upgrade - -o OUT'
	[[ $(ASAN_OPTIONS=detect_leaks=0 strace -f -e trace=openat -o /dev/stderr "$program" criu-hook --explain export.tar 2>&1 >/dev/null | grep -c 'export[.]tar", ') -eq 1 ]]
}

@test "--explain of a single image says so, and not that there are no queues" {
	run --separate-stderr pipeimg criu-hook --explain "$fixtures/criu-4.2/pipeline/pipes-data.img"
	assert_status 0
	assert_output_has "This is a single image"
	assert_output_lacks "saved no queues"
}

@test "--explain of something without CRIU images is an error" {
	run --separate-stderr pipeimg criu-hook --explain /etc
	assert_status 1
	assert_error_has "is not a CRIU directory"
	run --separate-stderr pipeimg criu-hook --explain nothing
	assert_status 3
}

# ---- directories in an unexpected state -----------------------------------------------------------

@test "data that another dump saved in the directory is not restored" {
	hold_session p:one s:
	try_dump images --leave-running "${with_hook[@]}" || fail_dump images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\nempty' ]]
	rm -r images/dump.log images/output
	"${criu[@]}" dump --tree "$holder" --images-dir images --log-file dump.log -v4 \
		</dev/null >images/output 2>&1 3>&-
	forget_holder || true
	fails_to_restore images "${with_hook[@]}"
	grep -q 'belong to a different dump than the other images' images/pipeimg-hook.log
}

@test "a dump fails if files of an earlier dump cannot be removed" {
	hold_session p:one
	mkdir -p images/pipeimg-pipes.img
	start_dump images
	! wait "$dumper" || fail "the dump succeeded"
	grep -q 'pipeimg-pipes.img: cannot remove' images/pipeimg-hook.log
	is_in_packet_mode "$holder" "$write_fd"
}

@test "a failed dump is not restored" {
	hold_session p:one p:two
	dump_with_hook images
	: >images/pipeimg-hook.failed
	fails_to_restore images "${with_hook[@]}"
	grep -q 'the dump of these images failed' images/pipeimg-hook.log
	run --separate-stderr pipeimg criu-hook --explain images
	assert_output_has "refuses to restore these images"
}

# run_action ACTION: runs the hook on the images as CRIU does, for the holder
run_action() {
	run --separate-stderr env CRTOOLS_SCRIPT_ACTION="$1" CRTOOLS_IMAGE_DIR="$PWD/images" CRTOOLS_INIT_PID="$holder" \
		./pipeimg-criu-hook
}

@test "saved queues with invented ends, types and processes neither crash the hook nor fill another pipe" {
	hold_session p:one p:two
	dump_and_leave_running images "${with_hook[@]}"
	pipeimg convert images/pipeimg-pipes.img saved.json
	for change in 'ends([])' 'ends([{pid: 1, fd: 0, flags: 1}])' 'ends([{pid: 0, fd: 0, flags: 0}])' \
		'ends([{pid: 4294967295, fd: 4294967295, flags: 4294967295}])' \
		'ends([{pid: 2147483648, fd: 2147483648, flags: 16385}])' \
		'ends([{pid: $holder, fd: 4294967295, flags: 16385}])' 'ends([{pid: $holder, fd: 1000, flags: 16385}])' \
		'ends([{pid: $holder, fd: 0, flags: 16385}])' 'ends([range(5000) | {pid: $holder, fd: ., flags: 16385}])' \
		'.entries[].pipe_id = 4294967295' '.entries[].size = 4294967295' '.entries = []'; do
		jq --argjson holder "$holder" "def ends(list): .entries[0].origin.end = list;
			$change | del(.. | .message_xxh3?)" saved.json >changed.json
		rm images/pipeimg-pipes.img
		pipeimg convert changed.json images/pipeimg-pipes.img 2>/dev/null || cp changed.json images/pipeimg-pipes.img
		run_action post-restore
		[[ $status -le 3 ]] || fail "$change" "$(show_run)"
		kill -0 "$holder"
	done
	[[ $(reads_of "$holder" "$read_fd" | head -n 1) == '3 6f6e65' ]]
}

@test "a saved image that is compressed, has two names or another owner is refused" {
	hold_session p:one p:two
	dump_and_leave_running images "${with_hook[@]}"
	cp images/pipeimg-pipes.img saved.img
	ln images/pipeimg-pipes.img other
	run_action post-restore
	assert_status 3
	assert_error_has "it has several names"
	rm other
	ln images/inventory.img other
	run_action post-restore
	assert_status 1
	assert_error_has "inventory.img: cannot open: it has several names"
	rm other
	chown 12345 images/pipeimg-pipes.img
	run_action post-restore
	assert_status 3
	assert_error_has "it belongs to another user than the directory"
	chown -R 12345 images
	run_action post-restore
	assert_status 0
	zstd -q saved.img -o saved.zst
	cp saved.zst images/pipeimg-pipes.img
	run_action post-restore
	assert_status 3
	assert_error_has "not an uncompressed image"
}

# act_unreachably ACTION DIRECTORY: runs the hook on the images in a directory that has no path any longer, and copies it back
act_unreachably() {
	local result=0
	mkdir mounted
	mount -t tmpfs tmpfs mounted
	mkdir mounted/inner
	cp "$2"/*.* mounted/inner
	exec 9<mounted/inner
	umount --lazy mounted
	env CRTOOLS_SCRIPT_ACTION="$1" CRTOOLS_IMAGE_DIR="/proc/$$/fd/9" CRTOOLS_INIT_PID="$holder" \
		./pipeimg-criu-hook >act.log 2>&1 || result=$?
	cp /proc/self/fd/9/* "$2"
	exec 9<&-
	[[ $result -eq 0 ]] || fail "$(<act.log)"
}

@test "every file is found by one descriptor of the directory, whose name may be another directory: dump" {
	hold_session p:one p:two
	dump_and_leave_running images "${with_hook[@]}"
	rm images/pipeimg-*
	act_unreachably post-dump images
	[[ $(pipeimg show --json images | jq '.queues[] | select(.kept_by_hook) | .packets') -eq 2 ]] ||
		fail "$(pipeimg show images)"
}

@test "every file is found by one descriptor of the directory, whose name may be another directory: restore" {
	hold_session s:one+two+three+
	dump_and_leave_running images
	pipeimg upgrade -q --frame "$pipe=delim:+" images -o upgraded
	act_unreachably post-restore upgraded
	grep -q 'restored 1 queue with 3 packets' upgraded/pipeimg-hook.log
	[[ $(reads_of "$holder" "$read_fd" | head -n 1) == '4 6f6e652b' ]]
}

@test "the log and the mark are not written if they have another name, owner or type" {
	hold_session p:one p:two
	dump_and_leave_running images "${with_hook[@]}"
	for name in pipeimg-hook.log pipeimg-hook.failed; do
		for problem in link owner directory; do
			rm -rf images/pipeimg-* victim
			echo untouched >victim
			case $problem in
			link) ln victim "images/$name" ;;
			owner) cp victim "images/$name" && chown 12345 "images/$name" ;;
			directory) mkdir "images/$name" ;;
			esac
			run_action post-dump
			[[ $name == *.log ]] || assert_status 3
			[[ $(<victim) == untouched ]] || fail "$name" "$problem"
			[[ $problem != owner || $(<"images/$name") == untouched || ! -e images/$name ]] || fail "$name" "$problem"
		done
	done
	rm -rf images/pipeimg-*
	ln victim images/pipeimg-hook.failed
	run_action post-dump
	assert_error_has "pipeimg-hook.failed: cannot create: it has several names"
}

# bats test_tags=race
@test "links and FIFOs with the hook's file names are not followed, and opening them does not block" {
	hold_session p:one p:two
	dump_with_hook images
	rm images/pipeimg-hook.log
	ln -s "$PWD/victim" images/pipeimg-hook.log
	cp -r images other
	restore_with_hook images
	[[ ! -e victim ]]
	kill -KILL "$holder"
	end_restored
	wait_until has_gone "$holder"
	rm other/pipeimg-hook.log other/pipeimg-pipes.img
	mkfifo other/pipeimg-hook.log other/pipeimg-pipes.img
	fails_to_restore other "${with_hook[@]}"
}

@test "process names are escaped in the log" {
	hold_session --name $'a\n\e[31mb' --close-read p:one
	dump_with_hook images
	exec 9>file
	restore_with_hook images --inherit-fd "fd[9]:pipe:[$pipe]"
	exec 9>&-
	grep -qF 'a\n\x1b[31mb' images/pipeimg-hook.log
	! grep -q $'\e' images/pipeimg-hook.log
}

@test "a directory that cannot be opened is reported" {
	run --separate-stderr env CRTOOLS_SCRIPT_ACTION=pre-dump CRTOOLS_IMAGE_DIR=/proc/self/fd/-1 \
		CRTOOLS_INIT_PID=1 ./pipeimg-criu-hook
	assert_status 3
	assert_error_has "criu service"
	run --separate-stderr env CRTOOLS_SCRIPT_ACTION=pre-resume CRTOOLS_IMAGE_DIR=/proc/self/fd/-1 \
		./pipeimg-criu-hook
	assert_status 0
}
