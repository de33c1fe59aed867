# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# For tests with checkpoints that engines stored as container images; source it after container.bash. A container is
# checkpointed once for all tests of a file, which share a directory.

# What the container's processes have not read: a line for each queue.
readonly unread='packet one, packet two
packet x, stream yz
stream stream-bytes'
readonly unread_options=(p:one p:two --new s:stream-bytes --new p:x s:yz)

# The image that podman makes of the checkpoint.
readonly image=localhost/web:checkpoint

setup_file() {
	find_criu
	cd -- "$BATS_FILE_TMPDIR" || return
	! can_checkpoint || checkpoint_container
}

teardown_file() {
	cd -- "$BATS_FILE_TMPDIR" || return
	stop_containerd
	end_containers
}

setup() {
	need_criu
	need_program podman
	need_program runc
	need_program jq
	cd -- "$BATS_FILE_TMPDIR" || return
	# The variable is that of setup_file's shell.
	PATH=$PWD/bin:$PATH
}

can_checkpoint() {
	[[ -z $CRIU_MISSING ]] && command -v podman >/dev/null && command -v runc >/dev/null
}

container_has_started() {
	[[ $(podman logs "$container" | wc -l) -eq 3 ]]
}

# Makes the image, and export.tar, of a container called web.
checkpoint_container() {
	contained=packet-jobs
	make_root_file_system
	contained=pipe-holder
	make_root_file_system
	install_criu
	container=web
	podman_run "${unread_options[@]}"
	wait_until container_has_started
	podman container checkpoint --leave-running --create-image "$image" "$container"
	podman container checkpoint --compress none --export "$PWD/export.tar" "$container"
	end_podman
	container=
}

# ---- engines -------------------------------------------------------------------------------------

# save FORMAT FILE
save() {
	podman save -q --format "$1" -o "$2" "$image"
}

buildah() {
	timeout --foreground 600 buildah --root "$PWD/buildah/store" --runroot "$PWD/buildah/run" --storage-driver vfs "$@" 3>&-
}

skopeo() {
	mkdir -p skopeo
	timeout --foreground 600 skopeo --insecure-policy --tmpdir "$PWD/skopeo" "$@" 3>&-
}

ctr() {
	timeout --foreground 600 ctr --address "$PWD/containerd/socket" "$@" 3>&-
}

containerd_answers() {
	ctr version >/dev/null 2>&1
}

containerd=

# A containerd with everything in the directory containerd, except the sockets of its shims, in /run/containerd. The
# plugins that are switched off would look at the machine.
start_containerd() {
	mkdir -p containerd
	cat >containerd/config.toml <<-END_OF_CONFIG
		version = 2
		root = "$PWD/containerd/root"
		state = "$PWD/containerd/state"
		disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.snapshotter.v1.aufs",
			"io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
			"io.containerd.snapshotter.v1.zfs"]
		[grpc]
		address = "$PWD/containerd/socket"
	END_OF_CONFIG
	containerd --config containerd/config.toml >containerd/log 2>&1 </dev/null 3>&- &
	containerd=$!
	started+=("$containerd")
	wait_until containerd_answers
	podman save -q --format docker-archive -o exchange.tar exchange
	ctr images import --snapshotter native exchange.tar
}

stop_containerd() {
	local task
	[[ -n $containerd ]] || return 0
	for task in $(ctr tasks ls -q); do
		ctr tasks rm --force "$task" || true
	done
	stop_started
	containerd=
}

task_has_started() {
	[[ $(wc -l <"$1.log") -eq 3 ]]
}

# checkpoint_with_ctr NAME [OPTION...]: makes the image checkpoint/NAME:1
checkpoint_with_ctr() {
	ctr run --snapshotter native --detach --log-uri "file://$PWD/$1.log" localhost/exchange:latest "$1" \
		/bin/pipe-holder "${unread_options[@]}" </dev/null
	wait_until task_has_started "$1"
	ctr containers checkpoint --task "${@:2}" "$1" "checkpoint/$1:1"
	ctr tasks rm --force "$1"
}

# Without --skip-manifest-json, ctr 1.6 cannot export a checkpoint.
export_with_ctr() {
	ctr images export --skip-manifest-json "$@"
}

# ---- what pipeimg finds ----------------------------------------------------------------------------

# Prints the queues of "show --json", which is the input, as in unread.
unread_queues() {
	jq -r '[.queues[] | select(.bytes > 0) | [.chunks[] | .kind + " " + (.data | @base64d)] | join(", ")] |
		sort[]'
}

# The same of "convert --to json".
unread_records() {
	jq -r '[.entries | group_by(.pipe_id)[] | map(select(.bytes > 0) | (.kind | ascii_downcase) + " " +
		(.extra | gsub("\n"; "") | @base64d)) | select(length > 0) | join(", ")] | sort[]'
}

# expect_unread WHAT: standard input is unread
expect_unread() {
	diff <(printf '%s\n' "$unread") - || fail "$1 finds other queues"
}

# holds_the_checkpoint IMAGE [NAME [OPTION...]]: pipeimg finds the queues in it, and the container's name. The options,
# such as --dump, choose it.
holds_the_checkpoint() {
	local input=("${@:3}" "$1")
	pipeimg show --json "${input[@]}" | unread_queues | expect_unread "show of $1" || return
	[[ $(pipeimg show --json "${input[@]}" | jq -r .container.name) == "${2-web}" ]] ||
		fail "another container:" "$(pipeimg show "${input[@]}")" || return
	pipeimg convert --to json "${input[@]}" - | unread_records | expect_unread "convert of $1" || return
	pipeimg verify -q "$1" || fail "verify of $1 failed" || return
	[[ -d $1 ]] || cat "$1" | pipeimg show --json "${@:3}" - | unread_queues | expect_unread "show of $1 from standard input"
}
