#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What pipeimg list reports about live pipes.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

# Prints the line of the holder's pipe, with spaces squeezed.
listed_line() {
	pipeimg list --pid "$holder" | tr -s ' ' | grep "^ $pipe "
}

# assert_line REGEX: the line of the holder's pipe starts with its id and matches
assert_line() {
	local line
	line=$(listed_line)
	[[ $line =~ ^\ $pipe\ $1 ]] || fail "expected: $1" "found: $line"
}

# Prints a value from the JSON of the holder's pipe.
listed() {
	pipeimg list --json --pid "$holder" | jq -r ".pipes[] | select(.id == $pipe) | $1"
}

@test "an empty pipe has no unread data" {
	hold --capacity 8192
	assert_line '0/8192 empty 0 '
}

@test "stream bytes are not packets" {
	hold s:@1234
	assert_line '1234/64K stream 0 '
}

@test "packets are counted" {
	hold p:one p:two p:three
	assert_line '11/64K packets 3 '
}

@test "a pipe can have both packets and stream bytes" {
	hold p:one s:stream p:three s:four
	assert_line '18/64K mixed 2 '
}

@test "a pipe with as many bytes as fit is full" {
	need_tracing
	hold s:@65536
	assert_line '64K/64K full stream 0 '
	[[ $(listed .full) == true ]]
}

@test "a pipe with a small packet in every slot is full" {
	need_tracing
	hold p:1 p:2 p:3 p:4 p:5 p:6 p:7 p:8 p:9 p:a p:b p:c p:d p:e p:f p:g
	assert_line '16/64K full packets 16 '
	[[ $(listed '"\(.full) \(.bytes) \(.packets)"') == "true 16 16" ]]
}

@test "holders are listed with their descriptors and letters for the ends" {
	hold s:stream
	assert_line ".* pipe-holder\[$holder\]:${write_fd}w -> pipe-holder\[$holder\]:${read_fd}r\$"
	hold p:packet
	assert_line ".* pipe-holder\[$holder\]:${write_fd}W -> pipe-holder\[$holder\]:${read_fd}r\$"
}

@test "eight of ten holders are listed, and JSON has all" {
	local name="pipe-holder\[[0-9]+\]:[0-9]+"
	hold s:stream --dup --dup --dup --dup --dup --dup --dup --dup --dup
	assert_line ".* ( ?${name}w){8} and 2 more -> ( ?${name}r){8} and 2 more\$"
	[[ $(listed '.ends | length') == 20 ]]
}

@test "every holder of a pipe is listed" {
	hold --fork s:stream
	assert_line ".*pipe-holder\[$holder\]:${write_fd}w pipe-holder\[$child\]:${write_fd}w -> "
	assert_line ".* -> pipe-holder\[$holder\]:${read_fd}r pipe-holder\[$child\]:${read_fd}r\$"
}

# bats test_tags=race
@test "a FIFO shows its path, and a descriptor open for both ends is rw" {
	mkfifo fifo
	sleep 600 </dev/null >/dev/null 2>&1 3>&- 9<>fifo &
	started+=($!)
	wait_until test -p "/proc/$!/fd/9"
	wait_until grep -q sleep "/proc/$!/comm"
	run --separate-stderr pipeimg list --pid "$!"
	assert_output_has "sleep[$!]:9rw -> sleep[$!]:9rw  $BATS_TEST_TMPDIR/fifo"
	[[ $(pipeimg list --json --pid "$!" | jq -r '.pipes[] | select(.type == "fifo") | .path') == \
		"$BATS_TEST_TMPDIR/fifo" ]]
}

@test "a pipe without readers is listed, but not inspected" {
	hold --close-read p:packet
	run --separate-stderr pipeimg list --pid "$holder"
	assert_status 0
	assert_output_has "-> (none seen)"
	[[ $(listed .mode) == null ]]
}

# bats test_tags=race
@test "a writer that waits for a full pipe is shown with the reader that it waits for" {
	need_tracing
	yes 2>/dev/null </dev/null 3>&- | sleep 600 >/dev/null 2>&1 3>&- &
	sleeper=$!
	writer=$(jobs -p %+)
	started+=("$sleeper" "$writer")
	pipe_is_full() {
		pipeimg list --pid "$sleeper" | grep -q 'waits to write'
	}
	wait_until pipe_is_full
	run --separate-stderr pipeimg list --pid "$sleeper"
	assert_status 0
	assert_output_has "yes[$writer]:1w -> sleep[$sleeper]:0r"
	assert_output_has "yes[$writer] waits to write to sleep[$sleeper]:0r"
	[[ $(pipeimg list --json --pid "$sleeper" | jq -r --argjson writer "$writer" \
		'.pipes[].waits[] | select(.pid == $writer) | "\(.fd) \(.to) \(.polls)"') == \
		"1 write false" ]]
}

# bats test_tags=race
@test "a reader that polls for bytes is shown with the writers that it waits for" {
	need_tracing
	sleep 600 2>/dev/null </dev/null 3>&- |
		"$python" -c 'import select; select.select([0], [], [])' >/dev/null 2>&1 3>&- &
	reader=$!
	writer=$(jobs -p %+)
	started+=("$writer" "$reader")
	reader_polls() {
		pipeimg list --pid "$reader" | grep -q "\[$reader\] polls to read from sleep\[$writer\]:1w"
	}
	wait_until reader_polls
	[[ $(pipeimg list --json --pid "$writer" | jq -r --argjson reader "$reader" \
		'.pipes[].waits[] | select(.pid == $reader) | "\(.fd) \(.to) \(.polls)"') == \
		"0 read true" ]]
}

# bats test_tags=race
@test "a reader that waits for bytes is shown with the writers that it waits for" {
	need_tracing
	sleep 600 2>/dev/null </dev/null 3>&- | cat >/dev/null 2>&1 3>&- &
	reader=$!
	writer=$(jobs -p %+)
	started+=("$writer" "$reader")
	reader_waits() {
		pipeimg list --pid "$reader" | grep -q 'waits to read'
	}
	wait_until reader_waits
	wait_until grep -q sleep "/proc/$writer/comm"
	run --separate-stderr pipeimg list --pid "$writer"
	assert_output_has "cat[$reader] waits to read from sleep[$writer]:1w"
}

# bats test_tags=race
@test "a process that waits for itself is shown" {
	need_tracing
	hold --read
	holder_waits() {
		listed_line >/dev/null && [[ $(listed '.waits[].to') == read ]]
	}
	wait_until holder_waits
	hold --write s:@65536
	holder_waits() {
		[[ $(listed '.waits[].to') == write ]]
	}
	wait_until holder_waits
}

@test "--pid lists only the pipes of that process, or of several" {
	local first
	hold s:one
	first="$holder $pipe"
	hold s:two --new s:three
	run --separate-stderr pipeimg list --pid "$holder"
	[[ ${#lines[@]} -eq 3 ]]
	assert_output_lacks "${first#* }"
	run --separate-stderr pipeimg list --pid "$holder" --pid "${first% *}"
	[[ ${#lines[@]} -eq 4 ]]
	assert_output_has "${first#* }"
}

# bats test_tags=race
@test "without --pid the pipes of all processes are listed" {
	hold s:one
	run pipeimg list
	assert_output_has " $pipe "
}

@test "an empty pipe within one process is skipped and counted; --all and --pid show it" {
	hold
	run --separate-stderr pipeimg list
	assert_status 0
	assert_output_lacks " $pipe "
	[[ $stderr =~ pipeimg:\ omitted\ [0-9]+\ empty\ pipes?\ used\ by\ only\ one\ process ]]
	[[ $(pipeimg list --json | jq .not_shown) -ge 1 ]]
	run --separate-stderr pipeimg list --all
	assert_output_has " $pipe "
	run --separate-stderr pipeimg list --pid "$holder"
	assert_output_has " $pipe "
	run --separate-stderr pipeimg list --quiet
	assert_no_error
}

@test "--json has the numbers and holders, and the output is pure JSON" {
	hold --capacity 16384 p:one s:stream
	pipeimg list --json --pid "$holder" >json
	jq -e --argjson pid "$holder" --argjson pipe "$pipe" --argjson read "$read_fd" \
		--argjson write "$write_fd" '
		(.pipes | length == 1) and
		(.pipes[0] |
			.type == "pipe" and .id == $pipe and .inode == $pipe and .bytes == 9 and
			.capacity == 16384 and .full == false and .mode == "mixed" and .packets == 1 and
			(.waits == []) and
			([.ends[] | [.pid, .comm, .fd, .reads, .writes, .packet_mode]] == [
				[$pid, "pipe-holder", $read, true, false, false],
				[$pid, "pipe-holder", $write, false, true, false]]))
		and .hidden_processes >= 0 and .not_shown == 0' json >/dev/null || fail "$(cat json)"
}

@test "listing does not change a pipe" {
	hold p:one s:two p:three
	pipeimg list >before
	pipeimg list --json --all >after
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n8 74776f7468726565\nempty' ]]
}

@test "the pipes of a process with many are listed in order of their ids" {
	local arguments=(s:0) number
	for ((number = 1; number < 60; number++)); do
		arguments+=(--new "s:$number")
	done
	hold "${arguments[@]}"
	pipeimg list --json --pid "$holder" | jq '.pipes[].id' >ids
	[[ $(wc -l <ids) -eq 60 ]]
	sort -n ids >sorted
	assert_same_text sorted ids
}

@test "an unprivileged user is told how many processes were skipped" {
	use_plain_user
	"${as_user[@]}" ls /proc/1/fd >/dev/null 2>&1 && skip "process 1 is this user's own"
	run --separate-stderr pipeimg list
	assert_status 0
	[[ $stderr =~ [0-9]+\ of\ [0-9]+\ processes:\ permission\ denied ]] ||
		fail "$(show_run)"
	[[ $(pipeimg list --json | jq .hidden_processes) -ge 1 ]]
}

@test "root is not told about hidden processes" {
	need_root "to see all processes"
	run --separate-stderr pipeimg list
	assert_status 0
	[[ $stderr != *"skipped the pipes of "* ]] || fail "$(show_run)"
	[[ $(pipeimg list --json 2>/dev/null | jq .hidden_processes) -eq 0 ]]
}

@test "an unprivileged user lists its own pipes with all numbers" {
	need_tracing
	use_plain_user
	hold p:one s:two
	run --separate-stderr pipeimg list --pid "$holder"
	assert_status 0
	[[ $output =~ \ $pipe\ +6/64K\ +mixed\ +1\  ]] || fail "$(show_run)"
}

@test "an unprivileged user cannot list another user's process, and the error says so" {
	use_plain_user
	local other=1
	"${as_user[@]}" ls "/proc/$other/fd" >/dev/null 2>&1 && skip "process 1 is this user's own"
	assert_fails 3 "process $other cannot be inspected: permission denied" pipeimg list --pid "$other"
}

@test "control bytes in process and FIFO names never reach the output" {
	local fifo=$'fifo\e[2J\r\nnext' locale
	mkfifo -- "$fifo"
	hold --name $'n\e[31m\a\x9b' --fifo "$fifo" s:content
	for locale in C C.UTF-8; do
		LC_ALL=$locale pipeimg list --pid "$holder" >listed
		[[ $(tr -d '\n -~' <listed | wc -c) -eq 0 ]] || fail "$(od -c listed)"
		[[ $(wc -l <listed) -eq 2 ]]
		grep -qF 'n\x1b[31m\x07\x9b' listed
		grep -qF 'fifo\x1b[2J\r\nnext' listed
	done
	pipeimg list --json --pid "$holder" >json
	[[ $(tr -d '\n -~' <json | wc -c) -le 3 ]] || fail "$(od -c json)"
	[[ $(jq -r '.pipes[0].path' json) == *"/$fifo" ]]
}

@test "output has colour only on request" {
	hold s:one
	run pipeimg list --pid "$holder"
	assert_output_lacks $'\e'
	run pipeimg list --pid "$holder" --color=always
	assert_output_has $'\e['
	run pipeimg list --pid "$holder" --color=never
	assert_output_lacks $'\e'
	run pipeimg list --pid "$holder" --color=always --json
	assert_output_lacks $'\e'
}
