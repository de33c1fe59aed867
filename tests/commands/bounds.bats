#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# No image makes verify use more memory or time than its own bytes justify. Not for builds with sanitizers, which
# reserve terabytes of address space.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

# A run on a small image needs 8 MiB of address space for the program and its libraries, and 24 MiB more with 8 MiB of a
# message in its window; each thread has a stack and a heap.
readonly address_space=$((100 * 1024 * 1024))
# In seconds of processor time, however busy the machine is. These tests take between a tenth of a second and a second.
# The wall clock limit only ends a program that hangs.
readonly time_limit=10
readonly hang_limit=300

# within_limits BYTES ARGUMENT...: runs the program with that much address space
within_limits() {
	timeout --signal=KILL "$hang_limit" prlimit --as="$1" --cpu="$time_limit" "$program" "${@:2}"
}

# bounded STATUS ARGUMENT...: verify exits with that status, within the bounds
bounded() {
	run --separate-stderr within_limits "$address_space" verify --jobs 1 --anywhere "${@:2}"
	[[ $status -ne 137 ]] || fail "used more than $time_limit seconds of processor time, or hung"
	assert_status "$1"
	assert_no_error
}

# Any outcome is accepted: such a dump may be damaged in any way that is reported.
ends_in_time() {
	run --separate-stderr within_limits "$address_space" verify --jobs 1 --anywhere "$@"
	[[ $status -le 1 ]] || fail "$(show_run)"
}

# An intact dump of one pipe with both ends and an empty queue.
make_dump() {
	synthetic directory "$1" 100:pipe7:r 100:pipe7:w
	synthetic image pipe "id=7 size=65536" >"$1/pipes-data.img"
}

@test "a 4 GiB payload length is not trusted until the data has been seen" {
	synthetic image pipe "id=7 bytes=4294967295 payload=@80" >image
	bounded 1 image
	assert_output_has "the file ends after 80 of 4294967295 bytes of a payload [PI006]"
}

@test "a 4 GiB payload length with a checksum is not trusted until the data has been seen" {
	synthetic image pipe "id=7 kind=1 bytes=4294967295 xxh3=1 payload=@80" >image
	bounded 1 image
	assert_output_has "the file ends after 80 of 4294967295 bytes of a payload [PI006]"
}

@test "a 4 GiB message length is not trusted until the data has been seen" {
	synthetic image pipe "id=7 length=0xffffffff payload=@80" >image
	bounded 1 image
	assert_output_has "[PI004]"
}

@test "the maximum message length is not trusted until the data has been seen" {
	synthetic image pipe "id=7 length=8388608 payload=@80" >image
	bounded 1 image
	assert_output_has "bytes of a message [PI005]"
}

@test "verify stays within its limits with ten million empty records of one pipe" {
	hostile same 10000000 image
	bounded 1 image
	assert_output_has "one of 10000000 records says that the queue is empty [PI211]"
}

@test "verify stays within its limits with ten million pipes" {
	hostile pipes 10000000 image
	bounded 1 image
	assert_output_has "more than 131072 queues, which no machine can have [PI009]"
}

@test "verify stays within its limits with ten million findings" {
	hostile same 10000000 "1=7" image
	bounded 1 image
	assert_output_has "image: and 9999990 more: repeated field in a message [PI107]"
}

@test "verify stays within its limits with two hundred thousand findings as JSON while other images wait" {
	hostile same 200000 "1=7" image
	ln image other
	run --separate-stderr verify_two_silently
	assert_status 1
	assert_no_error
}

# Its output is 80 MB long, and discarded.
verify_two_silently() {
	within_limits $((2 * address_space)) verify --jobs 2 --json image other >/dev/null
}

@test "verify stays within its limits with four million nested groups without an end" {
	hostile groups open image
	bounded 1 image
	assert_output_has "the message of 8388608 bytes cannot be decoded [PI101]"
}

@test "verify stays within its limits with two million nested groups with their ends" {
	hostile groups closed image
	bounded 0 image
}

@test "verify stays within its limits with a terabyte of sparse payloads" {
	hostile sparse 256 4294967295 0 image
	bounded 1 image
	assert_output_has " 1099511627520 "
}

@test "verify stays within its limits with a terabyte of zeros after the last record" {
	hostile sparse 1 4294967295 1099511627776 image
	bounded 1 image
	assert_output_has "is zeros [PI007]"
}

@test "SIGINT ends the search for the end of the zeros" {
	hostile sparse 1 4294967295 1099511627776 image
	run --separate-stderr timeout --signal=INT --kill-after=5 2 "$program" verify image
	# 124: it ended after the signal; 137: it had to be killed. A program that has already finished gets no signal.
	[[ $status -eq 124 || $status -eq 1 ]] || fail "$(show_run)"
}

@test "verify stays within its limits with a million tasks with the same descriptors" {
	make_dump dump
	hostile tasks 1000000 dump
	ends_in_time dump
}

@test "verify stays within its limits with a thousand tasks that share the same million ids" {
	make_dump dump
	hostile tasks 1000 dump
	hostile ids 1000000 dump
	ends_in_time dump
}

@test "verify stays within its limits with a thousand tasks that share the same core image of one megabyte" {
	make_dump dump
	hostile tasks 1000 dump
	hostile core 1000000 dump
	ends_in_time dump
}

@test "SIGINT ends the reading of a dump's tasks" {
	make_dump dump
	hostile tasks 1000 dump
	hostile ids 1000000 dump
	run --separate-stderr timeout --signal=INT --kill-after=5 2 "$program" verify dump
	[[ $status -eq 124 || $status -le 1 ]] || fail "$(show_run)"
}

@test "verify stays within its limits with two million open files" {
	make_dump dump
	hostile files 2000000 dump
	bounded 1 dump
	assert_output_has "dump/files.img: record 1048577 at "
	assert_output_has "error: more than 1048576 pipes, FIFOs and sockets [PI009]"
}

@test "verify stays within its limits with a JSON entry with forty million values" {
	"$python" -c "print('{\"magic\": \"PIPES_DATA\", \"entries\": [{\"a\": [' + '1,' * 40000000 + '1]}]}')" >image
	bounded 1 image
	assert_output_has "[PI013]"
}

@test "verify stays within its limits with a JSON entry with ten million values in little text" {
	"$python" -c "print('{\"magic\": \"PIPES_DATA\", \"entries\": [{\"a\": [' + '1,' * 10000000 + '1]}]}')" >image
	bounded 1 image
	assert_output_has "an entry of more values than any queue needs [PI013]"
}

@test "verify stays within its limits with a JSON entry with a string of sixty million characters" {
	"$python" -c "print('{\"magic\": \"PIPES_DATA\", \"entries\": [{\"extra\": \"' + 'A' * 60000000 + '\"}]}')" >image
	bounded 1 image
	assert_output_has "cannot be read from JSON [PI013]"
}

@test "verify stays within its limits with an origin with a hundred thousand ends" {
	hostile origin 100000 image
	# The message has no checksums.
	bounded 1 image
}

@test "verify stays within its limits with an origin with two hundred thousand ends" {
	hostile origin 200000 image
	bounded 1 image
	assert_output_has "field 1003 (origin) has "
	assert_output_has ", more than 1048576 [PI105]"
}

@test "verify stays within its limits with an archive member with two million holes" {
	"$python" "$PIPEIMG_SOURCE/tests/commands/hostile-archives.py" holes 100000 >image
	bounded 1 image
	assert_output_has "of names, attributes or holes"
	assert_output_has "[PI019]"
}

@test "verify stays within its limits with a list of four million chunks" {
	hostile chunks 4000000 image
	bounded 1 image
	assert_output_has "error: 4000000 chunks in a pipe of 65536 bytes, which has 16 slots [PI206]"
}
