#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What pipeimg show prints of an image.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

readonly escapes=$'\e[31mred\a\b\x9b2J\x7f\r'

# Captures the pipes of a process to the image of that name.
make_image() {
	hold "${@:2}"
	pipeimg capture -q --pid "$holder" -o "$1"
	stop_started
}

# The ASCII characters that may go to a terminal unescaped.
assert_harmless() {
	[[ $(LC_ALL=C tr -d '\n\t -~' <"$1" | wc -c) -eq 0 ]] || fail "$(od -c "$1")"
}

# Runs the program with a terminal as standard output.
on_terminal() {
	need_program script
	script --quiet --return --command "$(printf '%q ' "$program" "$@")" /dev/null </dev/null
}

@test "each queue has a line, and so has each chunk" {
	make_image image p:one s:stream p:@200
	run --separate-stderr pipeimg show image
	assert_status 0
	assert_no_error
	[[ ${#lines[@]} -eq 5 ]]
	[[ ${lines[0]} == "pipe $pipe  mixed  209/65536 bytes (<1%)  2 packets + 1 stream run  pipe-holder[$holder]:${read_fd}r,${write_fd}W" ]] ||
		fail "$(show_run)"
	[[ ${lines[1]} =~ ^\ +'#'\ +kind\ +length\ +offset\ +preview$ ]]
	[[ ${lines[2]} =~ ^\ +1\ +packet\ +3\ +0\ +one$ ]]
	[[ ${lines[3]} =~ ^\ +2\ +stream\ +6\ +3\ +stream$ ]]
	[[ ${lines[4]} =~ ^\ +3\ +packet\ +200\ +9\ +.*…$ ]]
}

@test "lines are at most 80 columns wide, or COLUMNS" {
	make_image image p:@200 s:@4000
	[[ $(pipeimg show image | tail -n +2 | wc -L) -le 80 ]]
	[[ $(COLUMNS=120 pipeimg show image | tail -n +2 | wc -L) -gt 80 ]]
	[[ $(COLUMNS=120 pipeimg show image | tail -n +2 | wc -L) -le 120 ]]
}

@test "an empty queue is shown, without chunks" {
	make_image image
	run --separate-stderr pipeimg show image
	assert_status 0
	[[ $output =~ ^pipe\ $pipe\ \ empty\ \ 0/65536\ bytes ]] || fail "$(show_run)"
	[[ ${#lines[@]} -eq 1 ]]
}

@test "an image without queues says so" {
	printf '\x19\x43\x56\x54\x09\x37\x45\x56' >image
	run --separate-stderr pipeimg show image
	assert_status 0
	assert_output "no queues"
	run --separate-stderr pipeimg show --raw image
	assert_output ""
}

@test "--verbose shows layout, owner, mode, page size and time" {
	make_image image --mode 0640 p:one
	run --separate-stderr pipeimg show -v image
	[[ ${lines[2]} =~ ^\ \ layout\ packets,\ owner\ $EUID:[0-9]+,\ mode\ 0640,\ page\ [0-9]+,\ captured\ 20 ]] ||
		fail "$(show_run)"
	[[ ${lines[2]} =~ Z$ ]]
}

@test "--pipe shows only that queue" {
	make_image image p:one --new p:two
	use_pipe 1
	[[ $(pipeimg show --raw --pipe "$pipe" image) == two ]]
	[[ $(pipeimg show --raw --pipe "pipe:[$pipe]" image) == two ]]
	[[ $(pipeimg show image --pipe "$pipe" | grep -c '^pipe') -eq 1 ]]
}

@test "--pipe with an unknown id is an error that names the file" {
	make_image image p:one
	assert_fails 1 "image: queue 7 not found" pipeimg show image --pipe 7
}

@test "--packet shows only that chunk, a range, or the rest from a chunk" {
	make_image image p:one s:two p:three p:four
	[[ $(pipeimg show --raw --packet 2 image) == two ]]
	[[ $(pipeimg show --raw --packet 2-3 image) == twothree ]]
	[[ $(pipeimg show --raw --packet 3- image) == threefour ]]
	[[ $(pipeimg show --raw --packet 3-99 image) == threefour ]]
	run pipeimg show --packet 2 image
	[[ ${lines[-1]} =~ ^\ +2\ +stream\ +3\ +3\ +two$ ]] || fail "$(show_run)"
}

@test "--packet beyond the last chunk is an error that names the file" {
	make_image image p:one
	assert_fails 1 "image: no queue has chunk 2" pipeimg show image --packet 2
}

@test "--packet with anything except a number from 1 or a range is a usage error" {
	local range
	make_image image p:one
	for range in 0 -1 x 2-1 1-x '' 1,2 99999999999999999999999; do
		run --separate-stderr pipeimg show image --packet "$range"
		assert_status 2
		assert_output ""
	done
}

@test "--hex prints sixteen bytes a line, as hex and as text" {
	make_image image 's:0123456789abcdef' p:$'\e\n~ '
	run --separate-stderr pipeimg show --hex image
	assert_status 0
	assert_output_has $'\t0x0000:  3031 3233 3435 3637 3839 6162 6364 6566  0123456789abcdef'
	assert_output_has "0x0000:  1b0a 7e20"
	assert_output_has "..~ "
}

@test "--hex of a long payload has all bytes" {
	make_image image s:@5000
	pipeimg show --hex image | sed -n 's/^\t0x[0-9a-f]*:  \(.\{39\}\).*/\1/p' | tr -d ' \n' >found
	pipeimg show --raw image | od -An -v -tx1 | tr -d ' \n' >wanted
	assert_same_file wanted found
}

@test "--text prints lines as lines, and the rest escaped" {
	make_image image p:$'line one\nline\ttwo\x01'
	pipeimg show --text image >shown
	[[ $(tail -n 2 shown) == $'line one\nline\ttwo\\x01' ]] || fail "$(od -c shown)"
}

@test "--text prints UTF-8 if the locale uses it, and bytes otherwise" {
	make_image image 'p:naïve £'
	LC_ALL=C.UTF-8 pipeimg show --text image | grep -qF 'naïve £'
	LC_ALL=C pipeimg show --text image | grep -qF 'na\xc3\xafve \xc2\xa3'
}

@test "--raw writes payloads byte for byte" {
	make_image image s:@65536 --new --capacity 1048576 s:@300000 p:@1 p:@4096
	pipeimg show --raw image >found
	pipeimg show --json image >json
	jq -j '.queues[] | .id, "\n"' json | while read -r id; do
		python3 "$images_py" payload "$id" <json
	done >wanted
	assert_same_file wanted found
	[[ $(wc -c <found) -eq $((65536 + 300000 + 4097)) ]]
}

@test "--json is valid, and has numbers, chunks and payloads" {
	make_image image --capacity 16384 --mode 0640 p:one s:stream
	pipeimg show --json image >json
	jq -e --argjson pid "$holder" --argjson pipe "$pipe" --argjson uid "$EUID" '
		.image == "image" and .damaged == false and (.queues | length == 1) and
		(.queues[0] |
			.type == "pipe" and .id == $pipe and .mode == "mixed" and .layout == "packets" and
			.capacity == 16384 and .bytes == 9 and .packets == 1 and .chunk_count == 2 and
			.boundaries_lost == false and .uid == $uid and .permissions == 416 and
			.captured_at_ns > 1700000000000000000 and (.ends | length == 2) and
			.ends[0].pid == $pid and
			(.chunks == [
				{"number": 1, "kind": "packet", "length": 3, "offset": 0, "data": "b25l"},
				{"number": 2, "kind": "stream", "length": 6, "offset": 3, "data": "c3RyZWFt"}]))
		' json >/dev/null || fail "$(cat json)"
	pipeimg show --json --packet 2 --pipe "$pipe" image | jq -e '.queues[0].chunks[0].number == 2'
}

@test "datagrams are shown as such" {
	run --separate-stderr pipeimg show "$fixtures/criu-4.2/fifo-and-dgram" --pipe 17
	assert_status 0
	[[ ${lines[0]} == "socket 17 (datagram)  packets  12 bytes  2 datagrams  python3[15005]:5rw" ]] ||
		fail "$(show_run)"
	[[ ${lines[2]} =~ ^\ +1\ +dgram\ +9\ +0\ +dgram\ one$ ]]
}

@test "a stream socket has a stream, not datagrams" {
	run --separate-stderr pipeimg show "$fixtures/field/sockets-stream"
	assert_status 0
	[[ ${lines[0]} == "socket 29 (stream)  stream  12 bytes  1 stream run  python3[10235]:20rw" ]] ||
		fail "$(show_run)"
	[[ ${lines[2]} =~ ^\ +1\ +stream\ +12\ +0\ +first,second$ ]]
	pipeimg show --json "$fixtures/field/sockets-stream" | jq -e '.queues[0] |
		.socket_type == "stream" and .mode == "stream" and .packets == 0 and
		.chunks[0].kind == "stream" and .ends[0].fd == 20'
}

@test "sockets have the types of the dump, and their holders are shown" {
	[[ $(pipeimg show --json "$fixtures/field/sockets-passed-fds" | jq -r '.queues[] |
		select(.type == "socket") | "\(.id) \(.socket_type) \(.ends[0].pid):\(.ends[0].fd)"') == \
		$'29 datagram 1813:20\n33 stream 1813:30\n37 seqpacket 1813:40' ]]
}

@test "the type of a socket is unknown if there is only the queue image" {
	pipeimg show --json "$fixtures/field/sockets-stream/sk-queues.img" |
		jq -e '.queues[0].socket_type == "unknown"'
}

@test "descriptors in flight are shown with their datagram" {
	run --separate-stderr pipeimg show --pipe 29 "$fixtures/field/sockets-passed-fds"
	assert_status 0
	assert_output_has "in flight with it (SCM_RIGHTS): pipe 2509878 r, pipe 2509878 w"
	pipeimg show --json --pipe 37 "$fixtures/field/sockets-passed-fds" | jq -e '.queues[0].chunks |
		(.[0].descriptors | map([.file, .type, .id, .reads, .writes])) ==
			[[38, "pipe", 2509884, true, false], [39, "pipe", 2509884, false, true]] and
		(.[1] | has("descriptors") | not)'
}

@test "a pipe end in flight is shown with the socket that contains it" {
	run --separate-stderr pipeimg show --pipe 2509881 "$fixtures/field/sockets-passed-fds"
	assert_output_has "(in flight in socket 33):r (in flight in socket 33):w python3[1813]:32w"
	[[ $(pipeimg show --json --pipe 2509881 "$fixtures/field/sockets-passed-fds" |
		jq -c '.queues[0].ends | map(.in_socket)') == '[33,33,null]' ]]
}

@test "a pipe of which the dump has only the write end is listed as not in the dump" {
	run --separate-stderr pipeimg show "$fixtures/criu-4.2/sizes"
	assert_status 0
	[[ ${lines[-1]} == "pipe 28175  not in the dump  python3[14977]:13w" ]] || fail "$(show_run)"
	run --separate-stderr pipeimg show --pipe 28175 "$fixtures/criu-4.2/sizes"
	assert_status 0
	[[ $output == "pipe 28175  not in the dump  python3[14977]:13w" ]]
	pipeimg show --json "$fixtures/criu-4.2/sizes" | jq -e '
		(.queues | map(select(.in_dump | not)) | map([.id, .ends[0].pid, .ends[0].fd, .chunks])) ==
			[[28175, 14977, 13, []]] and (.queues | length) == 6'
}

@test "a queue whose record may be in a damaged image is not reported as missing" {
	for damage in "truncate -s 0" "truncate -s 30" "truncate -s 43" "cp $fixtures/criu-4.2/sizes/files.img"; do
		rm -rf dump
		cp -r "$fixtures/criu-4.2/fifo-and-dgram" dump
		chmod -R u+w dump
		$damage dump/fifo-data.img
		run --separate-stderr pipeimg show dump
		assert_status 1
		assert_output_has "fifo 10747907  unreadable: its image is damaged  python3[15005]:3rw  /run/queue.fifo"
		assert_output_lacks "not in the dump"
		run --separate-stderr pipeimg show --json dump
		jq -e '.queues | map(select(.id == 10747907)) | map(.in_dump) == [null]' <<<"$output" ||
			fail "$damage: $output"
	done
}

@test "damage in another image hides no queue: a pipe with only write ends is still reported as not in the dump" {
	cp -r "$fixtures/criu-4.2/sizes" dump
	chmod -R u+w dump
	truncate -s 9 dump/core-14977.img
	run --separate-stderr pipeimg show dump
	assert_status 1
	assert_output_has "pipe 28175  not in the dump"
}

@test "the path of a FIFO is shown" {
	run --separate-stderr pipeimg show --pipe 10747907 "$fixtures/criu-4.2/fifo-and-dgram"
	[[ ${lines[0]} == *"python3[15005]:3rw  /run/queue.fifo" ]] || fail "$(show_run)"
	[[ $(pipeimg show --json "$fixtures/criu-4.2/fifo-and-dgram" | jq -c '[.queues[].paths]') == \
		'[null,["/run/queue.fifo"],null,null]' ]]
}

@test "both paths are shown for two FIFOs with the same number" {
	run --separate-stderr pipeimg show "$fixtures/field/two-fifos-one-inode"
	assert_output_has /run/demo/a/q
	assert_output_has /run/demo/b/q
	[[ $(pipeimg show --json "$fixtures/field/two-fifos-one-inode" | jq -c '.queues[].paths') == \
		'["/run/demo/a/q","/run/demo/b/q"]' ]]
}

# edit_image FILE JQ-FILTER
edit_image() {
	crit decode -i "$1" | jq "$2" >edited.json
	crit encode -i edited.json -o "$1"
}

@test "packets that CRIU merged under a write end in packet mode are reported as lost boundaries" {
	need_program crit
	copy_fixture criu-4.2/merged-packets copy
	run --separate-stderr pipeimg show copy
	assert_output_lacks "boundaries lost"
	# O_WRONLY | O_DIRECT
	edit_image copy/files.img '(.entries[].pipe | select(.flags == 1)).flags |= 16385'
	run --separate-stderr pipeimg show copy
	assert_status 0
	assert_output_has "boundaries lost"
	assert_output_has ":3r,4W"
	[[ $(pipeimg show --json copy | jq '.queues[0].boundaries_lost') == true ]]
}

# Sets mtype, the first field of a core image's only record, which follows two magic numbers and a length.
set_machine() {
	[[ $(od -An -tx1 -j12 -N1 "$1") == " 08" ]]
	printf "\\x0$2" | dd of="$1" bs=1 seek=13 conv=notrunc status=none
}

@test "packet mode is decoded with the flags of the dumped machine" {
	need_program crit
	copy_fixture criu-4.2/merged-packets copy
	# On aarch64 O_DIRECT is 0200000, which is O_DIRECTORY on x86_64.
	edit_image copy/files.img '(.entries[].pipe | select(.flags == 1)).flags |= 65537'
	set_machine copy/core-14963.img 3
	run --separate-stderr pipeimg show copy
	assert_status 0
	assert_output_has "boundaries lost"
	assert_output_has ":3r,4W"
	set_machine copy/core-14963.img 1
	run --separate-stderr pipeimg show copy
	assert_output_lacks "boundaries lost"
	assert_output_has ":3r,4w"
}

@test "standard input is read from a pipe, a file and the middle of a file" {
	make_image image p:one s:two
	cat image | pipeimg show --raw - >piped
	pipeimg show --raw - <image >redirected
	(printf 'head\n' && cat image) >with-head
	(read -r _ && pipeimg show --raw -) <with-head >rest
	printf onetwo >wanted
	assert_same_file wanted piped
	assert_same_file wanted redirected
	assert_same_file wanted rest
}

@test "an image with 1 MiB of packets is read from a pipe" {
	local pieces=() number
	for ((number = 0; number < 256; number++)); do
		pieces+=(p:@4096)
	done
	make_image image --capacity 1048576 "${pieces[@]}"
	cat image | pipeimg show --raw - >piped
	pipeimg show --raw image >direct
	[[ $(wc -c <direct) -eq 1048576 ]]
	assert_same_file direct piped
}

# ---- terminals -----------------------------------------------------------------------------------

@test "no byte of a payload or a name can control the terminal" {
	local locale form
	make_image image --name $'n\e[2J\a' "p:$escapes" $'s:\xff\xfe\xc3(' p:$'\u202e\u200b' p:$'\u00ad\u3164\ufff9' p:$'\u2800' "s:$escapes"
	for locale in C C.UTF-8; do
		for form in '' --hex --text -v; do
			LC_ALL=$locale pipeimg show $form image >shown
			assert_harmless shown
			grep -qF 'n\x1b[2J\x07' shown
		done
		LC_ALL=$locale pipeimg show --json image >shown
		assert_harmless shown
		jq -e . shown >/dev/null
	done
}

@test "a message about a file escapes control bytes in its name" {
	run --separate-stderr pipeimg show $'no\e[31mfile\n'
	assert_status 3
	[[ $stderr != *$'\e'* && $stderr != *$'\n'* ]] || fail "$(show_run)"
}

@test "output has colour only on a terminal or on request" {
	make_image image p:one s:two
	run pipeimg show image
	assert_output_lacks $'\e'
	run pipeimg show --color=auto image
	assert_output_lacks $'\e'
	run pipeimg show --color=always image
	assert_output_has $'\e[36mpacket'
	NO_COLOR=1 run pipeimg show --color=always image
	assert_output_has $'\e['
}

@test "NO_COLOR, TERM=dumb and --color=never turn off colour on a terminal" {
	make_image image p:one s:two
	TERM=xterm run on_terminal show image
	assert_status 0
	assert_output_has $'\e['
	TERM=xterm NO_COLOR=1 run on_terminal show image
	assert_output_lacks $'\e'
	TERM=xterm NO_COLOR='' run on_terminal show image
	assert_output_has $'\e['
	TERM=dumb run on_terminal show image
	assert_output_lacks $'\e'
	TERM=xterm run on_terminal show --color=never image
	assert_output_lacks $'\e'
	TERM=xterm run on_terminal show --json image
	assert_output_lacks $'\e'
}

# ---- usage ---------------------------------------------------------------------------------------

@test "--help and --version go to standard output and succeed" {
	for command in '' list capture show restore; do
		# shellcheck disable=SC2086 # no word, if it is empty
		run --separate-stderr pipeimg $command --help
		assert_status 0
		assert_no_error
		assert_output_has "Usage: pipeimg"
		# shellcheck disable=SC2086
		run --separate-stderr pipeimg $command --version
		assert_status 0
		[[ $output =~ ^pipeimg\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
	done
	run --separate-stderr pipeimg help show
	assert_status 0
	assert_output_has "Usage: pipeimg show"
}

@test "the help of a command lists all of its options" {
	run pipeimg show --help
	for option in --pipe --packet --hex --text --raw --json --color --quiet --verbose --help; do
		assert_output_has "$option"
	done
	run pipeimg capture --help
	for option in --pid --tree --pipe --fd --fifo --all --output --layout --stop --force; do
		assert_output_has "$option"
	done
	run pipeimg restore --help
	for option in --pipe --fds --into --fifo; do
		assert_output_has "$option"
	done
	run pipeimg list --help
	for option in --pid --all; do
		assert_output_has "$option"
	done
}

# wrong ARGUMENT...: a usage error, which prints only the correct usage
wrong() {
	run --separate-stderr pipeimg "$@"
	[[ $status -eq 2 && -z $output && $stderr == *"--help"* ]] || fail "pipeimg $*" "$(show_run)"
	[[ $# -eq 0 || $stderr == pipeimg:* ]] || fail "pipeimg $*" "$(show_run)"
}

@test "nonsensical arguments are usage errors: commands and options" {
	make_image image p:one
	wrong
	wrong bogus
	wrong help bogus
	wrong show
	wrong show --bogus image
	wrong show -x image
	wrong show --json=1 image
	wrong show --pipe
	wrong show --pipe x image
	wrong show --color=sometimes image
	wrong list image
	wrong list --pid x
	wrong list --pid 1x
	wrong list --pid -1
}

@test "nonsensical arguments are usage errors: several output formats at once" {
	make_image image p:one
	wrong show --hex --text image
	wrong show --raw --hex image
	wrong show --raw --json image
	wrong show --json --hex image
}

@test "nonsensical arguments are usage errors: capture" {
	wrong capture
	wrong capture -o image
	wrong capture --pid 1
	wrong capture --pid 0 -o image
	wrong capture --pid x -o image
	wrong capture --fd x -o image
	wrong capture --pipe x -o image
	wrong capture --all image -o image
	wrong capture --all -o
	wrong capture --all --layout bogus -o image
	wrong capture --pipe 1 --tree -o image
	[[ ! -e image ]]
}

@test "nonsensical arguments are usage errors: restore" {
	make_image image p:one
	wrong restore
	wrong restore image
	wrong restore image --
	wrong restore image --into 1
	wrong restore image --into 0:1
	wrong restore image --into 1:x
	wrong restore image --into 1:1 -- true
	wrong restore image --into 1:1 --fifo fifo
	wrong restore image --into 1:1 --fds 3
	wrong restore image --fds x -- true
	wrong restore image --fds 3,3 -- true
	wrong restore image --fds 3, -- true
	wrong restore image --fds 3 --fds 4 -- true
	wrong restore image --pipe 1 --pipe 2 -- true
	wrong restore image --pipe 1 --fds 3 --pipe 2 --fds 4,3 -- true
}
