#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# A machine that runs containers: one was created but not started yet, so its first process has exec.fifo open with
# O_PATH.
# shellcheck disable=SC2154 # bats and hold set variables
load helpers.bash
load ../criu/criu.bash
load ../criu/hook.bash
load ../criu/container.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_root "to create a container with runc"
	need_program runc
	note_small_pipes
	make_root_file_system
	runc_create --writers 1
	init=$(container_pid)
	holds_exec_fifo_by_path "$init"
}

teardown() {
	end_restored
	end_containers
	stop_started
}

# holds_exec_fifo_by_path PID: it has the FIFO open only with O_PATH
holds_exec_fifo_by_path() {
	local descriptor flags found=no
	for descriptor in /proc/"$1"/fd/*; do
		[[ $(readlink "$descriptor") == */exec.fifo ]] || continue
		flags=$(sed -n 's/^flags:\t//p' "/proc/$1/fdinfo/${descriptor##*/}")
		(((flags & 010000000) != 0)) || fail "exec.fifo has flags $flags"
		found=yes
	done
	[[ $found = yes ]] || fail "no exec.fifo:" "$(ls -l "/proc/$1/fd")"
}

# The container can still be started after it was inspected.
starts() {
	runc_in_bundle start "$container"
	wait_until test -s bundle/rootfs/answers
}

@test "capture --all saves a queue beside a container that is waiting to be started" {
	hold p:one p:two
	run --separate-stderr pipeimg capture --all -o all/
	assert_status 0
	assert_errors_are_ours
	[[ $(pipeimg show --json all | jq ".queues[] | select(.id == $pipe) | .packets") -eq 2 ]]
	[[ $(pipeimg show --json all | jq -c "[.queues[] | select(.type == \"fifo\") | .ends[] | select(.pid == $init)]") == "[]" ]]
	starts
}

@test "capture --pid of the container's first process saves its pipes but no FIFO" {
	run --separate-stderr pipeimg capture --pid "$init" -o image
	assert_status 0
	[[ $(pipeimg show --json image | jq -r '[.queues[].type] | unique[]') == pipe ]]
	starts
}

@test "list does not show the FIFO, which has no end" {
	run --separate-stderr pipeimg list --json --all
	assert_status 0
	[[ $(jq -c "[.pipes[] | select(.type == \"fifo\") | .ends[] | select(.pid == $init)]" <<<"$output") == "[]" ]]
	[[ $output != *exec.fifo* ]]
	starts
}

@test "the hook carries packets of another process through CRIU" {
	need_criu
	install_plugin
	hold_session p:one p:two
	dump_with_hook images
	[[ $(<images/pipeimg-hook.log) != *"outside the tree"* ]] || fail "$(<images/pipeimg-hook.log)"
	restore_with_hook images
	[[ $(reads_of "$holder" "$read_fd") == $'3 6f6e65\n3 74776f\nempty' ]]
	starts
}

@test "the hook carries packets of another container through CRIU" {
	need_criu
	install_criu
	waiting=$container
	mv bundle waiting
	make_root_file_system
	ask=ask_runc
	runc_run --writers 2 --unread 2
	[[ $container != "$waiting" ]]
	runc_in_bundle checkpoint --image-path "$PWD/images" "$container" || fail "$(tail -n 20 images/dump.log)"
	unread_packets_are_kept images
	runc_restore "$PWD/images"
	[[ $(ask_runc) == *" 0" ]]
}
