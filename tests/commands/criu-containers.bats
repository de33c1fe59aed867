#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# Containers whose processes continuously exchange numbered packets, checkpointed and restored by podman and runc. These
# know nothing about the plugin.
# shellcheck disable=SC2154 # bats sets variables
load helpers.bash
load ../criu/criu.bash
load ../criu/hook.bash
load ../criu/container.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_criu
	need_program runc
	note_small_pipes
	make_root_file_system
	install_criu
}

teardown() {
	end_containers
	stop_started
}

podman_logs_have() {
	podman logs "$container" | grep -F -- "$1"
}

# Masks numbers, container names and line breaks.
as_in_tutorial() {
	sed -E 's/[0-9]+/N/g; s/exchange(-N)?/jobs/g' | tr -s ' \n' ' '
}

# tutorial_shows COMMAND...: pipeimg-intro(7) has the output of the command
tutorial_shows() {
	local page printed
	page=$(MANWIDTH=200 man -l -P cat "$PIPEIMG_SOURCE/man/pipeimg-intro.7" 2>/dev/null | sed 's/.\x08//g' | as_in_tutorial)
	"$@" >printed
	printed=$(as_in_tutorial <printed)
	[[ -n $printed && $page == *"$printed"* ]] || fail "pipeimg-intro(7) does not show: $*" "$printed" "$page"
}

# goes_on ANSWER: since then more packets were read, and all correctly
goes_on() {
	wait_until has_read_more "$1" || return
	[[ ${answer#* } -eq 0 ]] || fail "before: $1" "now: $answer"
}

has_read_more() {
	answer=$("$ask")
	[[ ${answer% *} -gt ${1% *} ]]
}

@test "podman exports and imports a container, and no packet is lost, duplicated or merged" {
	need_program podman
	ask=ask_podman
	podman_run --writers 3 --unread 2
	for round in 1 2; do
		answer=$("$ask")
		[[ ${answer#* } -eq 0 ]]
		podman container checkpoint "$container" --export "$PWD/checkpoint$round.tar.gz"
		podman rm --force --time 0 "$container"
		podman container restore --import "$PWD/checkpoint$round.tar.gz"
		goes_on "$answer"
	done
	unread_packets_are_kept checkpoint2.tar.gz
}

@test "podman restores a container from an export that pipeimg recompressed" {
	need_program podman
	ask=ask_podman
	podman_run --loop
	answer=$("$ask")
	podman container checkpoint "$container" --compress zstd --export "$PWD/checkpoint.tar.zst"
	podman rm --force --time 0 "$container"
	pipeimg upgrade -q checkpoint.tar.zst -o upgraded.tar.zst
	podman container restore --import "$PWD/upgraded.tar.zst"
	goes_on "$answer"
}

@test "if the plugin is switched off, podman fails to checkpoint the same container, which keeps running" {
	need_program podman
	ask=ask_podman
	: >no-criu-plugin
	podman_run --writers 2
	run podman container checkpoint "$container" --export "$PWD/checkpoint.tar.gz"
	[[ $status -ne 0 ]]
	goes_on "$("$ask")"
}

@test "runc checkpoints and restores a container, and no packet is lost, duplicated or merged" {
	ask=ask_runc
	runc_run --writers 3
	for round in 1 2; do
		answer=$("$ask")
		runc_in_bundle checkpoint --image-path "$PWD/images$round" "$container" ||
			fail "$(tail -n 20 images"$round"/dump.log)"
		runc_restore "$PWD/images$round"
		goes_on "$answer"
	done
}

@test "runc in a user namespace: no packet is lost, duplicated or merged" {
	ask=ask_runc
	open_to_other_users
	container_options=$user_namespace
	runc_run --writers 2
	answer=$("$ask")
	runc_in_bundle checkpoint --image-path "$PWD/images" "$container" ||
		fail "$(tail -n 20 images/dump.log)"
	chmod a+rx images
	runc_restore "$PWD/images"
	goes_on "$answer"
	[[ $(</proc/"$(container_pid)"/uid_map) == *100000* ]]
}

# goes_on_by FILE LINE: with that line in the file in /etc/criu
goes_on_by() {
	ask=ask_runc
	configure_machine "$@"
	runc_run --writers 3 --unread 2
	answer=$("$ask")
	runc_in_bundle checkpoint --image-path "$PWD/images" "$container" ||
		fail "$(tail -n 20 images/dump.log)"
	[[ $(grep -c 'post-dump: saved' images/pipeimg-hook.log) -eq 1 ]] || fail "$(<images/pipeimg-hook.log)"
	runc_restore "$PWD/images"
	goes_on "$answer"
}

@test "the queues are saved once if the hook is also an action script in /etc/criu/runc.conf" {
	goes_on_by runc.conf "action-script $PWD/hook"
}

@test "the plugin is found in another directory that /etc/criu/default.conf sets" {
	mkdir other
	mv plugins/pipeimg_plugin.so other
	goes_on_by default.conf "libdir $PWD/other"
}

@test "runc leaves a container running, and no packet is lost, duplicated or merged" {
	ask=ask_runc
	runc_run --writers 3
	for round in 1 2 3; do
		answer=$("$ask")
		runc_in_bundle checkpoint --leave-running --image-path "$PWD/images$round" "$container"
		goes_on "$answer"
	done
}

@test "a container whose packets CRIU merged reads them separately again after upgrade" {
	need_program podman
	need_program man
	contained=packet-jobs
	make_root_file_system
	: >no-criu-plugin
	podman_run
	wait_until podman_has_answered 0
	podman container checkpoint "$container" --compress zstd --export "$PWD/checkpoint.tar.zst"
	podman rm --force --time 0 "$container"
	mv checkpoint.tar.zst jobs.tar.zst
	tutorial_shows pipeimg show jobs.tar.zst
	tutorial_shows pipeimg verify jobs.tar.zst
	tutorial_shows pipeimg upgrade --frame auto jobs.tar.zst
	tutorial_shows pipeimg upgrade --frame 'delim:\n' jobs.tar.zst -o upgraded.tar.zst
	tutorial_shows pipeimg show upgraded.tar.zst
	pipeimg verify upgraded.tar.zst
	rm no-criu-plugin
	podman container restore --import "$PWD/upgraded.tar.zst"
	podman kill --signal USR1 "$container"
	wait_until podman_logs_have 'end of file'
	tutorial_shows podman logs "$container"
	[[ $(grep -c '^read .*: {"job": .*}$' printed) -eq 5 ]]
}
