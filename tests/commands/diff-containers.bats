#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# pipeimg diff of processes with other pids here than in their pid namespace: a checkpoint of a container has the inner
# pids, and the restored container is seen from outside.
# shellcheck disable=SC2154 # bats sets variables
load helpers.bash
load ../criu/criu.bash
load ../criu/hook.bash
load ../criu/container.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_root "to create a pid namespace"
}

# The first process of a pid namespace accepts no other signal.
end_outer() {
	[[ -z ${outer-} ]] || kill -KILL "$outer" 2>/dev/null || true
	outer=
}

teardown() {
	end_outer
	end_containers
	stop_started
}

# hold_inside PIECE...: in the first process of a pid namespace and its child; sets outer to its pid here
hold_inside() {
	end_outer
	rm -f lines
	unshare --pid --fork --mount-proc "$holder_program" --fork "$@" </dev/null >lines 2>&1 3>&- &
	started+=($!)
	wait_until test -s lines
	read -r inner _ read_fd _ <lines
	[[ $inner -eq 1 ]] || skip "no pid namespace: $(<lines)"
	outer=$(pgrep -P "$!")
}

# As a program in the container sees it, and as CRIU writes it.
capture_inside() {
	nsenter --target "$outer" --pid --mount --wd="$PWD" "$program" capture -q --pid 1 --tree -o "$1" 3>&-
}

same() {
	run --separate-stderr pipeimg diff "$@"
	assert_status 0
	assert_output ""
	assert_no_error
}

# read_packet PID FD: reads one packet through the descriptor of the process
read_packet() {
	dd bs=4096 count=1 status=none <"/proc/$1/fd/$2" >/dev/null
}

@test "an image with pids of a namespace matches processes with other pids here, until a packet is read" {
	hold_inside p:one p:two --new s:text --new
	capture_inside image
	[[ $(pipeimg show --json image | jq -c '[.queues[].ends[].pid] | unique') == "[1,2]" ]]
	hold_inside p:one p:two --new s:text --new
	same image --pid "$outer" --tree
	read_packet "$outer" "$read_fd"
	run --separate-stderr pipeimg diff image --pid "$outer" --tree
	assert_status 1
	assert_output_has "- chunk 1: packet of 3 bytes"
	assert_output_lacks "only in"
}

@test "an image captured from outside also matches, because it has both pids" {
	hold_inside p:one p:two --new s:text --new
	pipeimg capture -q --pid "$outer" --tree -o image
	capture_inside inside
	found=$(pipeimg show --json image | jq -c '[.queues[].ends[] | [.pid, .inner_pid]] | unique | map(.[1])')
	[[ $found == "[1,2]" ]] || fail "$found"
	hold_inside p:one p:two --new s:text --new
	same image --pid "$outer" --tree
	same image inside
	same inside image
	# It survives every format.
	for arguments in "--to json" "--layout indexed" "--layout packets"; do
		# shellcheck disable=SC2086 # several words
		pipeimg convert image other $arguments --force
		same other --pid "$outer" --tree
	done
}

@test "a process in the same pid namespace has no inner pid" {
	hold p:one
	pipeimg capture -q --pid "$holder" -o image
	[[ $(pipeimg show --json image | jq '[.queues[].ends[] | has("inner_pid")] | any') == false ]]
}

# ---- containers ------------------------------------------------------------------------------------

need_containers() {
	need_criu
	need_program runc
	note_small_pipes
	contained=pipe-holder
	make_root_file_system
	install_criu
}

readonly held=(--fork p:one p:two --new s:text --new)

holds_all() {
	[[ $(pipeimg list --json --pid "$1" --tree 2>/dev/null | jq '[.pipes[].bytes] | add') -eq 10 ]]
}

# is_restored CHECKPOINT PID FD: they do not differ until a packet is read
is_restored() {
	same "$1" --pid "$2" --tree
	read_packet "$2" "$3"
	run --separate-stderr pipeimg diff "$1" --pid "$2" --tree
	assert_status 1
	assert_output_has "- chunk 1: packet of 3 bytes"
	assert_output_lacks "only in"
}

# first_packet_fd PID: prints a descriptor that reads the packets
first_packet_fd() {
	pipeimg list --json --pid "$1" |
		jq "first(.pipes[] | select(.packets == 2) | .ends[] | select(.pid == $1 and .reads)).fd"
}

@test "a runc checkpoint and its restored container do not differ until a packet is read" {
	need_containers
	container_options=".process.args = $(jq -cn '["/bin/pipe-holder"] + $ARGS.positional' --args -- "${held[@]}")"
	make_bundle
	runc_in_bundle run --detach --bundle bundle "$container" </dev/null >/dev/null 2>&1
	wait_until holds_all "$(container_pid)"
	runc_in_bundle checkpoint --image-path "$PWD/images" "$container" || fail "$(tail -n 20 images/dump.log)"
	runc_restore "$PWD/images"
	init=$(container_pid)
	is_restored images "$init" "$(first_packet_fd "$init")"
}

@test "a podman export and its restored container do not differ until a packet is read" {
	need_program podman
	need_containers
	podman_run "${held[@]}"
	wait_until holds_all "$(podman inspect --format '{{.State.Pid}}' "$container")"
	podman container checkpoint "$container" --export "$PWD/checkpoint.tar.gz"
	podman rm --force --time 0 "$container"
	podman container restore --import "$PWD/checkpoint.tar.gz"
	init=$(podman inspect --format '{{.State.Pid}}' "$container")
	is_restored checkpoint.tar.gz "$init" "$(first_packet_fd "$init")"
}
