#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Commands that need one queue choose the only one with unread data and say so, or list the candidates.
# shellcheck disable=SC2154 # bats and hold set variables
load helpers.bash

# make_directory [TYPE RECORD...]: has two empty pipes, and an image of that type
make_directory() {
	mkdir directory
	synthetic image pipe "id=7" "id=8" >directory/pipes-data.img
	[[ $# -eq 0 ]] || synthetic image "$1" "${@:2}" >"directory/$1-data.img"
}

# says_just LINE: prints only that on standard error, and the command succeeded
says_just() {
	assert_status 0
	[[ $stderr == "$1" ]] || fail "expected: $1" "$(show_run)"
}

# ---- restore -------------------------------------------------------------------------------------

@test "restore chooses the only queue with unread data, and says which" {
	hold p:one p:two --new --new
	pipeimg capture -q --pid "$holder" -o image
	run --separate-stderr pipeimg restore image -- "$read_log"
	says_just "pipeimg: image: using pipe $pipe, the only one of 3 queues with unread data"
	[[ $output == $'3 6f6e65\n3 74776f\nend' ]] || fail "$(show_run)"
}

@test "restore -q does not say which queue it chose" {
	make_directory fifo "id=9 payload=text"
	run --separate-stderr pipeimg restore -q directory -- cat
	says_just ""
	assert_output text
}

@test "restore says nothing if there is only one queue, empty or not" {
	synthetic image pipe "id=7" >empty
	synthetic image pipe "id=7 payload=text" >full
	run --separate-stderr pipeimg restore empty -- cat
	says_just ""
	run --separate-stderr pipeimg restore full -- cat
	says_just ""
	assert_output text
}

@test "restore --into and --fifo choose a queue in the same way" {
	make_directory fifo "id=9 bytes=6 chunks=p3,p3 payload=abcdef"
	hold
	run --separate-stderr pipeimg restore directory --into "$holder:$write_fd"
	assert_status 0
	assert_error_has "using FIFO 9, the only one of 3 queues with unread data"
	[[ $(reads_of "$holder" "$read_fd") == $'3 616263\n3 646566\nempty' ]]
	mkfifo fifo
	hold --fifo fifo
	run --separate-stderr pipeimg restore directory --fifo fifo
	assert_status 0
	assert_error_has "using FIFO 9, the only one of 3 queues with unread data"
	[[ $(reads_of "$holder" "$read_fd") == $'3 616263\n3 646566\nempty' ]]
}

@test "if several have unread data, restore lists number, packets, bytes, path and holders of each" {
	run --separate-stderr pipeimg restore "$fixtures/criu-4.2/fifo-and-dgram" -- cat
	assert_status 2
	[[ ${stderr_lines[0]} == *": contains 2 queues with unread data; choose one with --pipe:" ]] || fail "$(show_run)"
	[[ ${stderr_lines[1]} == "  --pipe 30376      pipe, stream, 10 bytes, python3[15005]:8r,9w" ]]
	[[ ${stderr_lines[2]} == "  --pipe 10747907   FIFO, stream, 520 bytes, /run/queue.fifo, python3[15005]:3rw" ]]
	[[ ${#stderr_lines[@]} -eq 3 ]]
}

@test "empty queues are not listed beside those with unread data" {
	hold p:one p:two --new --new s:text
	pipeimg capture -q --pid "$holder" -o image
	run --separate-stderr pipeimg restore image -- cat
	assert_status 2
	[[ ${#stderr_lines[@]} -eq 3 ]] || fail "$(show_run)"
	use_pipe 0
	assert_error_has "--pipe $(printf '%-10s' "$pipe") pipe, 2 packets, 6 bytes, pipe-holder[$holder]:"
	use_pipe 2
	assert_error_has "--pipe $(printf '%-10s' "$pipe") pipe, stream, 4 bytes, pipe-holder[$holder]:"
}

@test "if all queues are empty, all are listed" {
	make_directory
	run --separate-stderr pipeimg restore directory -- cat
	assert_status 2
	assert_error_has "directory: contains 2 queues, all empty; choose one with --pipe:"
	assert_error_has "--pipe 7 "
	assert_error_has "--pipe 8 "
}

@test "datagrams do not count, because they cannot be restored" {
	make_directory fifo "id=9 payload=text"
	synthetic image socket "id=3 payload=datagram" >directory/sk-queues.img
	run --separate-stderr pipeimg restore directory -- cat
	says_just "pipeimg: directory: using FIFO 9, the only one of 3 queues with unread data"
	assert_output text
}

@test "if the requested queue cannot be restored, restore says why" {
	run --separate-stderr pipeimg restore "$fixtures/criu-4.2/fifo-and-dgram" --pipe 17 -- cat
	assert_status 1
	assert_error_has "fifo-and-dgram: 17 is a socket, not a pipe or FIFO; available queues:"
	run --separate-stderr pipeimg restore "$fixtures/criu-4.2/sizes" --pipe 28175 -- cat
	assert_status 1
	assert_error_has "sizes: 28175 has ends in the dump, but its unread data was not dumped; available queues:"
	run --separate-stderr pipeimg restore "$fixtures/criu-4.2/sizes" --pipe 5 -- cat
	assert_status 1
	assert_error_has "sizes: queue 5 not found; available queues:"
}

@test "of two FIFOs with the same number none is chosen, even if only one has unread data" {
	mkdir directory
	synthetic image fifo "id=9 payload=text" >directory/fifo-data.img
	synthetic image fifo "id=9" >directory/fifo-data-2.img
	run --separate-stderr pipeimg restore directory --pipe 9 -- cat
	assert_status 2
	assert_error_has "contains 2 queues with id 9"
	[[ ${#stderr_lines[@]} -eq 3 ]] || fail "$(show_run)"
}

@test "a long list of candidates is cut, and says so" {
	local records=()
	for id in {1..40}; do
		records+=("id=$id payload=x")
	done
	synthetic image pipe "${records[@]}" >many
	run --separate-stderr pipeimg restore many -- cat
	assert_status 2
	[[ ${#stderr_lines[@]} -eq 34 ]] || fail "$(show_run)"
	[[ ${stderr_lines[33]} == "  and 8 more; pipeimg show lists them all" ]]
}

# ---- show ----------------------------------------------------------------------------------------

@test "show --raw says which queue it chose if only one has unread data" {
	make_directory fifo "id=9 payload=text"
	run --separate-stderr pipeimg show --raw directory
	says_just "pipeimg: directory: using FIFO 9, the only one of 3 queues with unread data"
	assert_output text
	run --separate-stderr pipeimg show --raw -q directory
	says_just ""
	run --separate-stderr pipeimg show --raw --pipe 9 directory
	says_just ""
}

@test "show --raw of several queues warns that payloads are concatenated, and lists the queues" {
	synthetic image pipe "id=7 payload=one" "id=8" "id=9 payload=two" >three
	run --separate-stderr pipeimg show --raw three
	assert_status 0
	assert_output onetwo
	[[ ${stderr_lines[0]} == "pipeimg: three: writing the payloads of 2 queues one after another; choose one with --pipe:" ]] ||
		fail "$(show_run)"
	[[ ${stderr_lines[1]} == "  --pipe 7 "*"3 bytes" && ${stderr_lines[2]} == "  --pipe 9 "*"3 bytes" ]]
	[[ ${#stderr_lines[@]} -eq 3 ]]
	run --separate-stderr pipeimg show --raw -q three
	says_just ""
}

# ---- convert -------------------------------------------------------------------------------------

@test "convert to JSON chooses the only image with unread data, and says which" {
	make_directory fifo "id=9 payload=text" "id=10"
	pipeimg convert directory/fifo-data.img wanted --to json
	run --separate-stderr pipeimg convert directory found.json
	says_just "pipeimg: directory: using fifo-data.img, the only one of its images with unread data"
	assert_same_file wanted found.json
	run --separate-stderr pipeimg convert -q directory found.json --force
	says_just ""
}

@test "convert chooses in the same way from an archive, and with another layout" {
	make_directory fifo "id=9 bytes=6 chunks=p3,s3 payload=abcdef" "id=10"
	tar -cf archive directory
	for layout in packets indexed spliced; do
		pipeimg convert directory/fifo-data.img wanted --to json --layout "$layout" --force
		run --separate-stderr pipeimg convert archive found.json --layout "$layout" --force
		assert_error_has "pipeimg: archive: using fifo-data.img, the only one of its images with unread data"
		assert_same_file wanted found.json
	done
}

@test "convert chooses in the same way with datagrams, and with the second of two FIFOs with the same number" {
	make_directory fifo "id=9"
	synthetic image fifo "id=9 payload=text" >directory/fifo-data-2.img
	pipeimg convert -q directory found.json
	[[ $(pipeimg show --raw found.json) == text ]]
	rm directory/fifo-data-2.img
	synthetic image socket "id=3 payload=datagram" >directory/sk-queues.img
	pipeimg convert -q directory found.json --force
	[[ $(pipeimg show --raw found.json) == datagram ]]
}

@test "a rule for a pipe that is not in the chosen image is an error" {
	make_directory fifo "id=9 payload=text"
	assert_fails 2 "pipe 7" pipeimg convert directory found.json --frame 7=fixed:1
	[[ ! -e found.json ]]
}

@test "convert to JSON lists the images if several or none have unread data" {
	make_directory fifo "id=9"
	assert_fails 2 "ends in '/': pipes-data.img (empty), fifo-data.img (empty)" pipeimg convert directory out.json
	synthetic image pipe "id=7 payload=a" >directory/pipes-data.img
	synthetic image socket "id=3 payload=one" "id=4 payload=two" >directory/sk-queues.img
	assert_fails 2 "ends in '/': pipes-data.img (1 queue, 1 byte), fifo-data.img (empty), sk-queues.img (2 queues, 6 bytes)" \
		pipeimg convert directory out.json
	[[ ! -e out.json ]]
}

@test "pcapng takes all queues, so none is chosen" {
	make_directory fifo "id=9 payload=text"
	run --separate-stderr pipeimg convert directory out.pcapng
	says_just ""
}
