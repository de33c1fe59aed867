#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# contrib/checkpointctl-pipes, which checkpointctl finds in PATH and runs as "checkpointctl pipes".
# shellcheck disable=SC2154 # bats' run sets variables
load helpers.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	mkdir bin
	ln -s "$program" bin/pipeimg
	ln -s "$PIPEIMG_SOURCE/contrib/checkpointctl-pipes" bin
	PATH=$PWD/bin:$PATH
}

# checkpointctl uses the description only with this exit status.
@test "checkpointctl-pipes describes itself in one line, with exit status 42" {
	run -42 checkpointctl-pipes --plugin-description
	assert_output "Show the unread data of pipes, FIFOs and unix sockets"
}

@test "checkpointctl-pipes ARCHIVE prints what pipeimg show prints" {
	make_export export
	tar -C export -cf checkpoint.tar .
	pipeimg show checkpoint.tar >wanted
	grep -qxF "$container_line" wanted
	checkpointctl-pipes checkpoint.tar | assert_same_text wanted -
	pipeimg show --json checkpoint.tar >wanted
	checkpointctl-pipes --json checkpoint.tar | assert_same_text wanted -
}

@test "checkpointctl-pipes of several archives prints a line for each" {
	make_export export
	tar -C export -cf a.tar .
	cp a.tar b.tar
	run -0 checkpointctl-pipes a.tar b.tar
	[[ ${#lines[@]} -eq 3 && ${lines[0]} == *CONTAINER*QUEUES*IMAGE && ${lines[1]} == web*a.tar && ${lines[2]} == web*b.tar ]] ||
		fail "$output"
}

@test "checkpointctl-pipes exits with the status of pipeimg show" {
	printf 'no checkpoint' >file
	run -1 --separate-stderr checkpointctl-pipes file
	assert_output ""
	assert_error_has "pipeimg: file: "
}
