#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# show --processes: the tree of a dump, and who has which queue. criu-processes.bats has real trees with command lines.
# shellcheck disable=SC2154 # bats sets output, helpers.bash program
load helpers.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
}

# tree FORM COUNT: a dump with that many processes; see hostile.py
tree() {
	cp -r "$fixtures/criu-4.2/length-prefixed" dump
	python3 "$BATS_TEST_DIRNAME/hostile.py" tree "$1" "$2" dump
}

processes() {
	pipeimg show --processes "$@"
}

@test "children are indented below their parent, with what each has open" {
	cat >wanted <<-'END'
		container c1  Podman, runc  created 2026-11-23T06:50:04Z  image localhost/bb:1
		sh[1]
		    1w   pipe 37006  not in the dump  no reader in the dump  fd[N]:pipe:[37006]
		    2w   pipe 37007  not in the dump  no reader in the dump  fd[N]:pipe:[37007]
		  \_ sh[6]
		        1w   pipe 37055  119 bytes  fd[N]:pipe:[37055]
		        2w   pipe 37007  not in the dump  no reader in the dump  fd[N]:pipe:[37007]
		    \_ sleep[24]
		          1w   pipe 37055  119 bytes  fd[N]:pipe:[37055]
		          2w   pipe 37007  not in the dump  no reader in the dump  fd[N]:pipe:[37007]
		  \_ sh[7]
		        0r   pipe 37055  119 bytes  fd[N]:pipe:[37055]
		        1w   pipe 37006  not in the dump  no reader in the dump  fd[N]:pipe:[37006]
		        2w   pipe 37007  not in the dump  no reader in the dump  fd[N]:pipe:[37007]
		    \_ sleep[9]
		          0r   pipe 37055  119 bytes  fd[N]:pipe:[37055]
		          1w   pipe 37006  not in the dump  no reader in the dump  fd[N]:pipe:[37006]
		          2w   pipe 37007  not in the dump  no reader in the dump  fd[N]:pipe:[37007]
	END
	processes "$fixtures/podman/checkpoint.tar.zst" | assert_same_text wanted -
}

@test "FIFOs have their path, sockets their type and inode, and each queue what is unread" {
	cat >wanted <<-'END'
		python3[15005]
		    3rw  fifo 10747907  520 bytes  /run/queue.fifo  fd[N]:run/queue.fifo
		    4rw  socket 16 (datagram)  empty  fd[N]:socket:[30372]
		    5rw  socket 17 (datagram)  2 packets, 12 bytes  fd[N]:socket:[30373]
		    6rw  socket 18 (seqpacket)  empty  fd[N]:socket:[30374]
		    7rw  socket 19 (seqpacket)  2 packets, 11 bytes  fd[N]:socket:[30375]
		    8r   pipe 30376  10 bytes  fd[N]:pipe:[30376]
		    9w   pipe 30376  10 bytes  fd[N]:pipe:[30376]
	END
	processes "$fixtures/criu-4.2/fifo-and-dgram" | assert_same_text wanted -
}

@test "--json has the same, with stable keys" {
	processes --json "$fixtures/podman/checkpoint.tar.zst" >json
	jq -e '.container.name == "c1" and .damaged == false and .needs_hook == false and (has("queues") | not) and
		[.processes[] | [.pid, .parent, .depth, .comm, .state, .command]] == [[1, 0, 0, "sh", "alive", null],
			[6, 1, 1, "sh", "alive", null], [24, 6, 2, "sleep", "alive", null], [7, 1, 1, "sh", "alive", null],
			[9, 7, 2, "sleep", "alive", null]]' json >/dev/null || fail "$(<json)"
	jq -e '.processes[3].descriptors[:2] == [{fd: 0, file: 12, type: "pipe", id: 37055, reads: true, writes: false,
		packet_mode: false, flags: 0, in_dump: true, mode: "stream", bytes: 119, packets: 0,
		reader_in_dump: true, writer_in_dump: true, inherit_fd: "fd[N]:pipe:[37055]"},
		{fd: 1, file: 3, type: "pipe", id: 37006, reads: false, writes: true, packet_mode: false, flags: 1,
		in_dump: false, reader_in_dump: false, writer_in_dump: true, inherit_fd: "fd[N]:pipe:[37006]"}]' json >/dev/null ||
		fail "$(jq .processes[3] json)"
	processes --json "$fixtures/criu-4.2/fifo-and-dgram" | jq -e '.processes[0].descriptors[1] |
		.socket_type == "datagram" and .in_dump == false and .inherit_fd == "fd[N]:socket:[30372]"' >/dev/null
}

@test "a directory, an archive and standard input show the same" {
	cp -r "$fixtures/criu-4.2/pipeline" dump
	tar -cf dump.tar dump
	processes dump >wanted
	[[ $(grep -c '\[150' wanted) == 3 ]]
	processes dump.tar | assert_same_text wanted -
	processes - <dump.tar | assert_same_text wanted -
	gzip <dump.tar | processes - | assert_same_text wanted -
}

@test "a write end in packet mode is marked" {
	local dump=$fixtures/field/two-fifos-one-inode
	processes --json "$dump" | jq -e '[.processes[].descriptors[] | .packet_mode] | any' >/dev/null
	processes "$dump" | grep -qE '^ +21rW  fifo 2  25 bytes  /run/demo/b/q  fd\[N\]:run/demo/b/q$' || fail "$(processes "$dump")"
}

@test "an end in flight is a reader in the dump" {
	run -0 pipeimg show --processes "$fixtures/field/sockets-passed-fds"
	assert_output_has '22w   pipe 2509878  21 bytes  fd[N]:pipe:[2509878]'
	[[ $output != *"no reader"* ]]
}

@test "an image without processes is an error that says what has them" {
	cp "$fixtures/criu-4.2/pipeline/pipes-data.img" .
	run -1 pipeimg show --processes pipes-data.img
	assert_output "pipeimg: pipes-data.img: no processes found; only a dump with pstree.img lists them"
}

@test "names of processes cannot control the terminal" {
	mkdir dump
	cp -r "$fixtures/criu-4.2/length-prefixed"/. dump
	sed -i 's/python3/pyt\x1b[3m/' dump/core-*.img
	run -0 pipeimg show --processes dump
	[[ ${lines[0]} == 'pyt\x1b[3m['* ]] || fail "$output"
}

@test "100 000 generations, a circle of as many, and as many without a parent are shown in seconds" {
	for form in chain circle lost; do
		tree "$form" 100000
		run -0 timeout 60 "$program" show --processes --json dump
		jq -e --arg form "$form" '(.processes | length) == 100000 and .processes[-1].pid == 100000 and
			.processes[-1].depth == (if $form == "lost" then 0 else 99999 end)' <<<"$output" >/dev/null || fail "$form"
		timeout 60 "$program" show --processes dump >text
		[[ $(grep -c '^[^:]*\[[0-9][0-9]*\]' text) == 100000 && $(stat -c %s text) -lt 10000000 ]] || fail "$form"
		rm -r dump
	done
}

@test "a process without its parent says so" {
	tree lost 2
	run -0 pipeimg show --processes dump
	assert_output_has "[1]  parent 3 is not above it in the dump"
}

@test "a pid that is listed twice is damage, and the first one is shown" {
	cp -r "$fixtures/criu-4.2/length-prefixed" dump
	python3 "$BATS_TEST_DIRNAME/hostile.py" tasks 2 dump
	run -1 pipeimg show --processes dump
	assert_output_has "process 100 is listed twice"
	[[ $(grep -c '^\[100\]' <<<"$output") == 1 ]] || fail "$output"
}

@test "options that select or print payload do not go with --processes" {
	for option in --hex --text --raw --pipe=1 --packet=1; do
		run -2 pipeimg show --processes "$option" dump
	done
	run -2 pipeimg show --processes a b
	assert_output_has "--processes takes one image; several are shown as a table"
}
