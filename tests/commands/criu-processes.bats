#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# show --processes of a process tree that a real CRIU dumped: what it prints for --inherit-fd is what CRIU accepts.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load ../criu/criu.bash

readonly tree="$BATS_TEST_DIRNAME/process-tree.py"

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_criu
	mkfifo fifo to_tree from_tree other
}

teardown() {
	end_restored
	stop_started
}

# Starts the tree and dumps it: sets shell, input and output.
dump_tree() {
	python3 "$tree" "$PWD/fifo" </dev/null >line 2>&1 3>&- &
	local watcher=$!
	started+=("$watcher")
	wait_until test -s line
	read -r shell input output <line
	holder=$shell
	try_dump images || fail "criu dump:" "$(tail -n 20 images/dump.log images/output)" "$(<line)"
	wait "$watcher" || fail "$(<line)"
	started=()
	pipeimg show --processes --json images >json
}

# resource_of TYPE NUMBER: what --inherit-fd takes for the queue with this number, with this descriptor of criu
resource_of() {
	jq -er --arg type "$1" --argjson number "$2" '[.processes[].descriptors[] | select(.type == $type and .id == $number)] |
		first.inherit_fd' json | sed "s/N/$3/"
}

@test "the tree of a dump has the names, command lines, pipes and FIFOs of its processes" {
	dump_tree
	run -0 pipeimg show --processes images
	[[ ${lines[0]} == "sh[$shell]  sh -c "*"cat <&3 3<&- & wait sh $PWD/fifo" ]] || fail "$output"
	grep -qx "    0r   pipe $input  empty  no writer in the dump  fd\[N\]:pipe:\[$input\]" <<<"$output" || fail "$output"
	grep -qE "^    6rw  fifo [0-9]+  5 bytes  $PWD/fifo  fd\[N\]:${PWD#/}/fifo$" <<<"$output" || fail "$output"
	grep -qE '^  \\_ cat\[[0-9]+\]  cat$' <<<"$output" || fail "$output"
}

@test "criu restores the tree with other pipes in place of those that show names" {
	dump_tree
	exec 8<>to_tree 9<>from_tree
	restore images --inherit-fd "$(resource_of pipe "$input" 8)" --inherit-fd "$(resource_of pipe "$output" 9)"
	echo hello >&8
	read -r -t 60 -u 9 answer
	exec 8<&- 9<&-
	[[ $answer == hello ]]
	[[ $(stat -L -c %i "/proc/$shell/fd/1") == "$(stat -c %i from_tree)" ]]
}

@test "criu restores the tree with another FIFO in place of the one that show names" {
	dump_tree
	exec 8<>to_tree 9<>from_tree 7<>other
	fifo=$(stat -c %i fifo)
	restore images --inherit-fd "$(resource_of pipe "$input" 8)" --inherit-fd "$(resource_of pipe "$output" 9)" \
		--inherit-fd "$(resource_of fifo "$((fifo & 0xffffffff))" 7)"
	exec 7<&- 8<&- 9<&-
	[[ $(readlink "/proc/$shell/fd/6") == "$PWD/other" ]] || fail "$(ls -l "/proc/$shell/fd")"
}
