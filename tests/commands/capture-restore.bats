#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Live pipes to images and back. Two queues are equal if the same reads return the same results.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

# Includes stream runs before packets, ending on page boundaries and elsewhere.
readonly mixed_queue=(
	p:first s:run p:after-run p:@4096 s:@4096 p:x s:@5000 p:@4095 s:ab p:@2 s:@8192 p:last s:end
)

# Captures one pipe into an image, through its read end.
capture_holder() {
	pipeimg capture -q --pid "$holder" -o "$1"
}

# comes_back PIECE...: reads of the original after its capture, and of the restored pipe, return the same for all read
# sizes.
comes_back() {
	local sizes
	for sizes in 1048576 3,1,7 4096,5 4097; do
		hold "$@"
		rm -f image
		capture_holder image
		reads_of "$holder" "$read_fd" --sizes "$sizes" >original
		restored_reads image --sizes "$sizes" >restored
		diff -u original restored || fail "(read in sizes $sizes)" "pieces: $*"
		stop_started
	done
}

# ---- exactness -----------------------------------------------------------------------------------

@test "a mixed queue comes back read for read" {
	comes_back "${mixed_queue[@]}"
	[[ $(wc -l <original) -ge 5 ]]
}

@test "a capture of a mixed queue has the chunks that were written" {
	hold "${mixed_queue[@]}"
	capture_holder image
	pipeimg show --json image >shown
	jq -r '.queues[].chunks[] | "\(.kind) \(.length)"' shown >chunks
	cat >wanted <<-'END'
		packet 5
		stream 3
		packet 9
		packet 4096
		stream 4096
		packet 1
		stream 5000
		packet 4095
		stream 2
		packet 2
		stream 8192
		packet 4
		stream 3
	END
	assert_same_text wanted chunks
}

@test "a single packet, a single byte and a single run come back read for read" {
	comes_back p:single
	comes_back p:1
	comes_back s:1
	comes_back s:@5000
}

@test "an empty pipe comes back empty" {
	comes_back
	hold --capacity 8192
	capture_holder empty
	run --separate-stderr pipeimg restore empty -- "$read_log"
	assert_output end
	assert_status 0
}

@test "packets after a run that fills its pages come back read for read" {
	comes_back s:@4096 p:after
	comes_back s:@8192 p:after s:@4096
	comes_back s:@4095 p:after s:@1 p:after
}

@test "a pipe full of stream bytes comes back read for read" {
	comes_back s:@65536
}

@test "a pipe full of packets comes back read for read" {
	local pieces=() number
	for ((number = 0; number < 16; number++)); do
		pieces+=(p:@4096)
	done
	comes_back "${pieces[@]}"
}

@test "a pipe full of small packets comes back read for read" {
	local pieces=() number
	for ((number = 1; number <= 16; number++)); do
		pieces+=("p:@$number")
	done
	comes_back "${pieces[@]}"
}

@test "a full pipe that ends with a run comes back read for read" {
	local pieces=() number
	for ((number = 0; number < 14; number++)); do
		pieces+=(p:@4096)
	done
	comes_back "${pieces[@]}" s:@4096 s:@100
	comes_back s:@4000 "${pieces[@]}" p:@5
}

@test "a pipe of one slot comes back read for read" {
	comes_back --capacity 4096 p:packet
	comes_back --capacity 4096 s:stream
	comes_back --capacity 4096 p:@4096
	comes_back --capacity 4096 s:@4096
	comes_back --capacity 4096
}

@test "256 packets in a pipe of 1 MiB come back read for read" {
	local pieces=() number
	for ((number = 0; number < 256; number++)); do
		pieces+=(p:@4096)
	done
	comes_back --capacity 1048576 "${pieces[@]}"
}

@test "thirty random queues come back read for read" {
	local seed=${PIPEIMG_SEED:-$$} queue pieces piece
	printf 'PIPEIMG_SEED=%d gives these queues again\n' "$seed"
	RANDOM=$seed
	for ((queue = 0; queue < 30; queue++)); do
		pieces=()
		for ((piece = RANDOM % 16; piece >= 0; piece--)); do
			case $((RANDOM % 4)) in
			0) pieces+=("p:@$((RANDOM % 4096 + 1))") ;;
			1) pieces+=("p:@$((RANDOM % 20 + 1))") ;;
			2) pieces+=("s:@$((RANDOM % 20 + 1))") ;;
			3) pieces+=("s:@$((RANDOM % 9000 + 1))") ;;
			esac
		done
		comes_back --capacity 262144 "${pieces[@]}"
	done
}

@test "the output of capture -o - comes back through a pipe" {
	hold "${mixed_queue[@]}"
	capture_holder image
	pipeimg capture -q --pid "$holder" -o - | pipeimg restore - --fds 0,9 -- "$read_log" >piped
	restored_reads image >restored
	assert_same_text restored piped
	pipeimg capture -q --pid "$holder" -o - | pipeimg show - >shown
	pipeimg show image >wanted
	assert_same_text wanted shown
}

@test "capture always writes an image, and says so if the file name suggests another format" {
	hold p:one
	for name in x.img.zst x.json x.gz; do
		run --separate-stderr pipeimg capture --pid "$holder" -o "$name"
		assert_status 0
		assert_error_has "pipeimg: $name: not "
		pipeimg verify -q "$name"
	done
	run --separate-stderr pipeimg capture --pid "$holder" -o x.img
	assert_status 0
	[[ $stderr != *"despite its name"* ]] || fail "$(show_run)"
}

@test "the packets and indexed layouts come back read for read, the spliced layout with all bytes" {
	local layout
	hold "${mixed_queue[@]}"
	for layout in packets indexed spliced; do
		pipeimg capture -q --pid "$holder" --layout "$layout" -o "$layout"
		[[ $(pipeimg show --json "$layout" | jq -r '.queues[].layout') == "$layout" ]]
		restored_reads "$layout" >"$layout.reads"
	done
	reads_of "$holder" "$read_fd" >original
	assert_same_text original packets.reads
	assert_same_text original indexed.reads
	pipeimg show --raw packets >bytes
	pipeimg show --raw spliced >spliced-bytes
	assert_same_file bytes spliced-bytes
	[[ $(wc -l <spliced.reads) -eq 2 ]]
}

@test "capture says that the spliced layout merges packets" {
	hold p:one p:two
	run --separate-stderr pipeimg capture --pid "$holder" --layout spliced -o image
	assert_status 0
	assert_error_has "pipe $pipe: boundaries lost: the spliced layout merges its 2 packets"
}

# ---- capture -------------------------------------------------------------------------------------

@test "a capture consumes nothing" {
	hold "${mixed_queue[@]}"
	capture_holder once
	capture_holder twice
	restored_reads once >first
	restored_reads twice >second
	reads_of "$holder" "$read_fd" >original
	assert_same_text original first
	assert_same_text original second
}

@test "a capture leaves the flags of the ends unchanged" {
	hold p:packet
	grep flags: "/proc/$holder/fdinfo/$read_fd" "/proc/$holder/fdinfo/$write_fd" >before
	capture_holder image
	pipeimg list --pid "$holder" >listed
	grep flags: "/proc/$holder/fdinfo/$read_fd" "/proc/$holder/fdinfo/$write_fd" >after
	assert_same_text before after
}

@test "a queue of which only the write end is open is captured" {
	hold --close-read "${mixed_queue[@]}"
	[[ $read_fd == - ]]
	capture_holder image
	reads_of "$holder" "$write_fd" >original
	restored_reads image >restored
	assert_same_text original restored
}

@test "a queue of which only the read end is open is captured" {
	hold --close-write "${mixed_queue[@]}"
	[[ $write_fd == - ]]
	capture_holder image
	reads_of "$holder" "$read_fd" >original
	pipeimg restore image -- "$read_log" >restored
	assert_same_text original restored
	[[ $(tail -n 1 restored) == end ]]
}

@test "a pipe held by several processes and descriptors is captured once, with every holder" {
	hold --dup --fork p:packet
	capture_holder image
	pipeimg show --json image >shown
	[[ $(jq '.queues | length' shown) -eq 1 ]]
	jq -r '.queues[0].ends[] | "\(.pid) \(.reads) \(.writes) \(.comm)"' shown | sort >ends
	for pid in "$holder" "$child"; do
		printf "$pid %s pipe-holder\n" 'true false' 'true false' 'false true' 'false true'
	done | sort >wanted
	assert_same_text wanted ends
}

@test "a capture through one holder lists the holders in other processes" {
	hold --fork p:packet
	pipeimg capture -q --pid "$child" --fd "$read_fd" -o image
	[[ $(pipeimg show --json image | jq -r '[.queues[0].ends[].pid] | unique | length') -eq 2 ]]
}

@test "--pid captures all pipes of a process" {
	hold p:one --new p:two --new s:three
	capture_holder image
	[[ $(pipeimg show --raw image) == onetwothree ]]
	pipeimg show --json image | jq -r '.queues[].id' >found
	cut -d ' ' -f 2 <<<"$(printf '%s\n' "${holder_lines[@]}")" >wanted
	assert_same_text wanted found
}

@test "--pid with --fd captures the pipe of that descriptor" {
	hold p:one --new p:two
	use_pipe 1
	pipeimg capture -q --pid "$holder" --fd "$write_fd" -o image
	[[ $(pipeimg show --raw image) == two ]]
}

@test "--pid with several --fd captures each of these pipes" {
	local first
	hold p:one --new p:two --new p:three
	first=$read_fd
	use_pipe 2
	pipeimg capture -q --pid "$holder" --fd "$first" --fd "$read_fd" -o image
	[[ $(pipeimg show --raw image) == onethree ]]
}

@test "--pipe accepts an id as a number or in the kernel's form" {
	hold p:one --new p:two
	use_pipe 1
	pipeimg capture -q --pipe "$pipe" -o number
	pipeimg capture -q --pipe "pipe:[$pipe]" -o link
	[[ $(pipeimg show --raw number) == two ]]
	[[ $(pipeimg show --raw link) == two ]]
}

@test "a pipe that is given twice is captured once" {
	hold p:one
	pipeimg capture -q --pipe "$pipe" --pid "$holder" --pipe "$pipe" -o image
	[[ $(pipeimg show --raw image) == one ]]
}

@test "--fd captures from the command's own descriptors, read end or write end" {
	hold p:one s:run p:two
	pipeimg capture -q --fd 0 -o by-read <"/proc/$holder/fd/$read_fd"
	pipeimg capture -q --fd 9 -o by-write 9>"/proc/$holder/fd/$write_fd"
	reads_of "$holder" "$read_fd" >original
	restored_reads by-read >restored
	assert_same_text original restored
	restored_reads by-write >restored
	assert_same_text original restored
}

@test "a FIFO is captured as a FIFO, with its holders" {
	mkfifo fifo
	hold --fifo fifo "${mixed_queue[@]}"
	pipeimg capture -q --fifo fifo -o image
	[[ $(pipeimg show --json image | jq -r '.queues[] | "\(.type) \(.id) \(.ends | length)"') == \
		"fifo $(stat -c %i fifo) 2" ]]
	reads_of "$holder" "$read_fd" >original
	restored_reads image >restored
	assert_same_text original restored
}

# bats test_tags=race
@test "--tree captures the pipes of descendants too" {
	detached bash -c '"$1" p:inner >inner & "$1" s:second >second & wait' _ "$holder_program" \
		</dev/null >outer 2>&1 &
	tree=$!
	wait_until test -s inner
	wait_until test -s second
	started+=("$(cut -d ' ' -f 1 inner)" "$(cut -d ' ' -f 1 second)" "$tree")
	run --separate-stderr pipeimg capture --pid "$tree" --tree -o image
	assert_status 0
	[[ $(pipeimg show --json image | jq -r '.queues[] | select(.bytes > 0) | .id' | sort) == \
		"$(cut -d ' ' -f 2 inner second | sort)" ]]
}

# bats test_tags=race
@test "--all captures all pipes and FIFOs into a directory" {
	mkfifo fifo
	hold p:needle --fifo fifo s:hay
	run --separate-stderr pipeimg capture -q --all -o all/
	[[ $EUID -eq 0 || $stderr != *"permission denied"* ]] ||
		skip "processes of this user have pipes of others open"
	assert_status 0
	pipeimg show --json all >shown
	use_pipe 0
	[[ $(jq ".queues[] | select(.type == \"pipe\" and .id == $pipe) | .bytes" shown) -eq 6 ]]
	use_pipe 1
	[[ $(jq ".queues[] | select(.type == \"fifo\" and .id == $pipe) | .bytes" shown) -eq 3 ]]
}

@test "a capture without anything to capture is an error, and leaves no file" {
	need_program unshare
	for output in image all/; do
		# shellcheck disable=SC2016 # that is for the shell which closes its other descriptors
		run -1 bash -c 'for fd in /proc/$$/fd/*; do
				[[ ${fd##*/} -le 2 ]] || eval "exec ${fd##*/}>&-"
			done
			exec unshare --user --map-root-user --pid --fork --mount-proc "$@" </dev/null >out 2>err' \
			- "$program" capture --all -o "$output"
		[[ $(<err) == "pipeimg: nothing was captured, and no file was written: no process that you may inspect has a pipe or FIFO open" ]]
	done
	[[ ! -e image && ! -e all ]]
}

@test "a directory has CRIU's file names and the indexed layout, and nobody else may read it" {
	mkfifo fifo
	hold p:one p:two --fifo fifo s:three
	pipeimg capture -q --pid "$holder" -o directory/
	[[ $(ls -A directory) == $'fifo-data.img\npipes-data.img' ]]
	[[ $(pipeimg show --json directory | jq -r '.queues[].layout' | uniq) == indexed ]]
	[[ $(stat -c %a directory directory/* | tr '\n' ' ') == '700 600 600 ' ]]
}

@test "a new image is readable only by its owner" {
	hold p:secret
	capture_holder image
	[[ $(stat -c %a image) == 600 ]]
}

# bats test_tags=race
@test "--stop resumes the processes afterwards" {
	need_tracing
	hold --fork "${mixed_queue[@]}"
	pipeimg capture -q --pid "$holder" --tree --stop -o image
	for pid in "$holder" "$child"; do
		[[ $(sed 's/.*) //' "/proc/$pid/stat") == S* ]]
		grep -qx $'TracerPid:\t0' "/proc/$pid/status"
	done
	reads_of "$holder" "$read_fd" >original
	restored_reads image >restored
	assert_same_text original restored
}

# bats test_tags=race
@test "--stop resumes the processes if the capture fails" {
	need_tracing
	hold p:packet
	run --separate-stderr pipeimg capture --pid "$holder" --stop -o missing/image
	assert_status 3
	[[ $(sed 's/.*) //' "/proc/$holder/stat") == S* ]]
	grep -qx $'TracerPid:\t0' "/proc/$holder/status"
}

# bats test_tags=race
@test "--stop does not resume a process that was already stopped" {
	need_tracing
	hold p:packet
	kill -STOP "$holder"
	pipeimg capture -q --pid "$holder" --stop -o image
	[[ $(sed 's/.*) //' "/proc/$holder/stat") == T* ]]
	kill -CONT "$holder"
	[[ $(pipeimg show --raw image) == packet ]]
}

# bats test_tags=race
@test "--stop captures two pipes at the same moment while a token moves between them" {
	need_tracing
	cat >mover.py <<-'END'
		import os, sys
		first, second = os.pipe(), os.pipe()
		os.write(first[1], b"token")
		print(*first, *second, flush=True)
		while True:
		    os.write(second[1], os.read(first[0], 5))
		    os.write(first[1], os.read(second[0], 5))
	END
	detached python3 mover.py </dev/null >mover 2>&1 &
	started+=($!)
	wait_until test -s mover
	for ((attempt = 0; attempt < 10; attempt++)); do
		# It may be stopped while it has the token, but the token is never in both pipes.
		pipeimg capture -q --pid "$!" --stop --force -o image
		[[ $(pipeimg show --raw image) =~ ^(token)?$ ]]
	done
}

# bats test_tags=race
@test "--all captures what is there while processes start, write, exec and exit" {
	# Each process lives for some milliseconds and has a pipe.
	churn() {
		local round
		for ((round = 0; ; round++)); do
			printf x | sleep "0.00$((round % 5))"
		done
	}
	hold p:one p:two
	churn </dev/null >/dev/null 2>&1 3>&- &
	started+=($!)
	for ((attempt = 0; attempt < 15; attempt++)); do
		run --separate-stderr pipeimg capture --all -o "all-$attempt/"
		assert_status 0
		assert_errors_are_ours
		pipeimg show --json "all-$attempt" >all.json
		jq -e --argjson id "$pipe" '.queues[] | select(.id == $id) | .packets == 2' all.json >/dev/null
	done
}

@test "capture reports what it captured" {
	hold p:one p:two s:three
	run --separate-stderr pipeimg capture --pid "$holder" -o image
	assert_status 0
	assert_output ""
	[[ $stderr == "pipeimg: captured 1 queue, 2 packets, 11 bytes into image" ]] || fail "$(show_run)"
}

@test "--quiet prints nothing" {
	hold p:one
	run --separate-stderr pipeimg capture --quiet --pid "$holder" -o image
	assert_status 0
	assert_output ""
	assert_no_error
}

# ---- restore -------------------------------------------------------------------------------------

@test "restore sets the recorded capacity" {
	for capacity in 4096 8192 65536 1048576; do
		hold --capacity "$capacity" s:content
		rm -f image
		capture_holder image
		[[ $(pipeimg restore image -- python3 -c 'import fcntl; print(fcntl.fcntl(0, 1032))') -eq \
			$capacity ]]
		stop_started
	done
}

@test "restore sets the mode of the pipe's inode" {
	hold --mode 0640 p:packet
	capture_holder image
	[[ $(pipeimg restore image -- stat -L -c %a /dev/stdin) == 640 ]]
}

@test "restore sets the owner of the pipe's inode" {
	need_root "to give a pipe to another user"
	need_program setpriv
	use_plain_user
	hold p:packet
	as_user=()
	capture_holder image
	[[ $(pipeimg restore image -- stat -L -c %u:%g /dev/stdin) == 65534:65534 ]]
	[[ $(pipeimg show --json image | jq -r '.queues[0] | "\(.uid):\(.gid)"') == 65534:65534 ]]
}

@test "an unprivileged user can restore a pipe that belonged to another user" {
	need_root "to create a pipe of another user"
	hold p:packet s:run p:packet
	capture_holder image
	use_plain_user
	make_plain_directory here
	cp image here
	chmod a+r here/image
	reads_of "$holder" "$read_fd" >original
	pipeimg restore here/image --fds 0,9 -- "$BATS_TEST_TMPDIR/plain/read-log" >restored
	assert_same_text original restored
}

@test "an unprivileged user can capture and restore its own pipes" {
	use_plain_user
	make_plain_directory here
	hold "${mixed_queue[@]}"
	pipeimg capture -q --pid "$holder" -o here/image
	run --separate-stderr pipeimg restore here/image --fds 0,9 -- "$read_log"
	assert_status 0
	assert_no_error
	reads_of "$holder" "$read_fd" >original
	assert_output "$(cat original)"
}

@test "without a write end the command reads end of file after the last chunk" {
	hold p:one s:two
	capture_holder image
	run --separate-stderr pipeimg restore image -- "$read_log"
	assert_status 0
	assert_output $'3 6f6e65\n3 74776f\nend'
}

@test "the write end is in packet mode if the queue has packets" {
	hold p:one s:two
	capture_holder packets
	hold s:two
	capture_holder stream
	[[ $(restored_reads packets --write 9 | tail -n 2) == $'empty\nwrites are packets' ]]
	[[ $(restored_reads stream --write 9 | tail -n 2) == $'empty\nwrites are a stream' ]]
}

@test "the command gets the ends at the requested descriptors, and no others" {
	hold p:one
	capture_holder image
	bash -c 'ls /proc/$$/fd' </dev/null 3>&- 5>&- 7>&- | sort >before
	pipeimg restore image --fds 5,7 -- bash -c 'ls /proc/$$/fd' </dev/null 3>&- 5>&- 7>&- |
		sort >after
	[[ $(comm -3 before after) == $'\t5\n\t7' ]]
	pipeimg restore image --fds 5,7 -- readlink /proc/self/fd/5 /proc/self/fd/7 >found
	[[ $(uniq found) =~ ^pipe:\[[0-9]+\]$ ]]
}

@test "several pipes get the descriptors requested for each" {
	local ids=() number
	hold p:one --new p:two --new s:three
	for number in 0 1 2; do
		use_pipe "$number"
		ids+=("$pipe")
	done
	capture_holder image
	pipeimg restore image --pipe "${ids[2]}" --fds 0 --pipe "${ids[0]}" --fds 4,0x 2>/dev/null -- true ||
		[[ $? -eq 2 ]]
	# The pipes themselves could get these numbers when they are created.
	pipeimg restore image --pipe "${ids[2]}" --fds 4 --pipe "${ids[0]}" --fds 5,3 \
		--pipe "${ids[1]}" --fds 0,6 -- bash -c 'for fd in 4 5 0; do "$1" --fd $fd; done' _ \
		"$read_log" >found
	printf '%s\n' '5 7468726565' end '3 6f6e65' empty '3 74776f' empty >wanted
	assert_same_text wanted found
}

@test "restore returns the exit status of the command" {
	hold p:one
	capture_holder image
	run --separate-stderr pipeimg restore image -- bash -c 'exit 42'
	assert_status 42
	run --separate-stderr pipeimg restore image -- bash -c 'kill -TERM $$'
	assert_status 143
	assert_no_error
}

@test "options after the command are passed to it" {
	hold p:one
	capture_holder image
	run --separate-stderr pipeimg restore image -- echo --fds --quiet -- -x
	assert_status 0
	assert_output "--fds --quiet -- -x"
}

# bats test_tags=race
@test "the command inherits ignored and blocked signals unchanged" {
	hold p:one
	capture_holder image
	# Without the shell function, because its timeout(1) does not let a signal stay ignored as nohup(1) would.
	[[ $("$program" restore image -- sed -n 's/^SigIgn:\t//p' /proc/self/status) == \
		$(sed -n 's/^SigIgn:\t//p' /proc/self/status) ]]
	[[ $("$program" restore image -- sed -n 's/^SigBlk:\t//p' /proc/self/status) == \
		$(sed -n 's/^SigBlk:\t//p' /proc/self/status) ]]
}

@test "an image with several queues needs --pipe to choose one" {
	hold p:one --new p:two
	capture_holder image
	run --separate-stderr pipeimg restore image -- cat
	assert_status 2
	assert_error_has "pipeimg: image: contains 2 queues"
	assert_error_has "--pipe $pipe"
	[[ $(pipeimg restore image --pipe "$pipe" -- cat) == one ]]
}

@test "a queue from a CRIU directory is restored" {
	[[ $(pipeimg restore "$fixtures/criu-4.2/fifo-and-dgram" --pipe 30376 -- cat) == "plain pipe" ]]
}

@test "--into fills the empty pipe of a process exactly" {
	hold "${mixed_queue[@]}"
	capture_holder image
	restored_reads image >wanted
	for end in read write; do
		hold
		[[ $end == read ]] && fd=$read_fd || fd=$write_fd
		run --separate-stderr pipeimg restore image --into "$holder:$fd"
		assert_status 0
		assert_errors_are_ours
		reads_of "$holder" "$read_fd" >found
		assert_same_text wanted found
	done
}

@test "--into sets the recorded capacity and changes neither owner nor mode" {
	hold --capacity 262144 --mode 0640 p:one
	capture_holder image
	hold
	pipeimg restore -q image --into "$holder:$read_fd"
	[[ $(stat -L -c %a "/proc/$holder/fd/$read_fd") == 600 ]]
	[[ $(pipeimg list --json --pid "$holder" | jq '.pipes[0].capacity') -eq 262144 ]]
}

@test "--into refuses a pipe that is not empty, and leaves it unchanged" {
	hold p:new
	capture_holder image
	hold --capacity 8192 p:old s:content
	pipeimg list --json --pid "$holder" 2>/dev/null | jq .pipes >before
	assert_fails 3 "not empty" pipeimg restore image --into "$holder:$read_fd"
	assert_error_has "$holder:$read_fd"
	pipeimg list --json --pid "$holder" 2>/dev/null | jq .pipes >after
	assert_same_text before after
	reads_of "$holder" "$read_fd" >found
	printf '%s\n' '3 6f6c64' '7 636f6e74656e74' empty >wanted
	assert_same_text wanted found
}

@test "--fifo fills an empty FIFO exactly" {
	hold "${mixed_queue[@]}"
	capture_holder image
	restored_reads image >wanted
	mkfifo fifo
	hold --fifo fifo
	run --separate-stderr pipeimg restore image --fifo fifo
	assert_status 0
	reads_of "$holder" "$read_fd" >found
	assert_same_text wanted found
}

# bats test_tags=race
@test "--fifo waits for a reader, as a shell redirection does" {
	hold p:one s:two
	capture_holder image
	mkfifo fifo
	pipeimg restore -q image --fifo fifo </dev/null >log 2>&1 3>&- &
	started+=($!)
	# Two reads, neither of a complete block.
	LC_ALL=C dd if=fifo bs=64K of=found 2>blocks
	wait "$!"
	[[ $(cat found) == onetwo && $(head -n 1 blocks) == "0+2 records in" ]] ||
		fail "$(cat found blocks)"
	[[ ! -s log ]]
}

@test "--fifo refuses a FIFO that is not empty, and leaves it unchanged" {
	hold p:new
	capture_holder image
	mkfifo fifo
	hold --fifo fifo s:old
	assert_fails 3 "not empty" pipeimg restore image --fifo fifo
	assert_error_has "pipeimg: fifo: "
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6c64\nempty' ]]
}

@test "--into refuses a descriptor that is not a pipe" {
	hold p:new
	capture_holder image
	run --separate-stderr pipeimg restore image --into "$holder:1"
	[[ $status -eq 2 || $status -eq 3 ]] || fail "$(show_run)"
	assert_error_has "neither a pipe nor a FIFO"
}

@test "a FIFO is restored to a command as a pipe is" {
	mkfifo fifo
	hold --fifo fifo p:one s:two
	pipeimg capture -q --fifo fifo -o image
	[[ $(pipeimg restore image -- "$read_log") == $'3 6f6e65\n3 74776f\nend' ]]
}
