#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Checkpoints as engines store and move them: container images by podman, buildah, skopeo and containerd's ctr are opened
# like the archive that podman exports.
# shellcheck disable=SC2154 # bats sets variables
load helpers.bash
load ../criu/criu.bash
load ../criu/hook.bash
load ../criu/container.bash
load ../criu/container-images.bash

teardown() {
	stop_containerd
	end_containers
	stop_started
}

# ---- podman --------------------------------------------------------------------------------------

@test "the archive that podman exports has the queues" {
	holds_the_checkpoint export.tar
}

@test "podman save --format oci-archive" {
	save oci-archive oci.tar
	holds_the_checkpoint oci.tar
}

@test "podman save --format oci-archive --uncompressed" {
	podman save -q --uncompressed --format oci-archive -o oci-plain.tar "$image"
	holds_the_checkpoint oci-plain.tar
}

@test "podman save --format oci-dir" {
	save oci-dir oci
	holds_the_checkpoint oci
}

@test "podman save --format docker-archive" {
	save docker-archive docker.tar
	holds_the_checkpoint docker.tar
}

@test "podman save --format docker-dir, without and with --compress" {
	save docker-dir docker
	holds_the_checkpoint docker
	podman save -q --compress --format docker-dir -o docker-compressed "$image"
	holds_the_checkpoint docker-compressed
}

@test "podman save of the checkpoint together with the image of its root file system" {
	podman save -q --multi-image-archive --format docker-archive -o both.tar "$image" exchange
	holds_the_checkpoint both.tar
}

@test "an image is compared with an export, and a pipe is refilled from it packet by packet" {
	local pipe
	save oci-archive oci.tar
	pipeimg diff -q oci.tar export.tar
	pipe=$(pipeimg show --json oci.tar | jq '.queues[] | select(.packets == 2) | .id')
	[[ $(pipeimg restore oci.tar --pipe "$pipe" --fds 0,9 -- dd bs=64 count=1 status=none) == one ]]
}

# ---- skopeo --------------------------------------------------------------------------------------

@test "skopeo copy to dir:, in the format of OCI and of docker" {
	need_program skopeo
	save oci-archive oci.tar
	skopeo copy -q oci-archive:oci.tar dir:skopeo-dir
	holds_the_checkpoint skopeo-dir
	skopeo copy -q --format v2s2 oci-archive:oci.tar dir:skopeo-docker-dir
	holds_the_checkpoint skopeo-docker-dir
}

@test "skopeo copy to oci:, twice under different names" {
	need_program skopeo
	save oci-archive oci.tar
	skopeo copy -q oci-archive:oci.tar oci:skopeo-oci:first
	skopeo copy -q oci-archive:oci.tar oci:skopeo-oci:second
	[[ $(jq '.manifests | length' skopeo-oci/index.json) -eq 2 ]]
	holds_the_checkpoint skopeo-oci
}

@test "skopeo copy with zstd" {
	local format directory
	need_program skopeo
	save oci-archive oci.tar
	for format in zstd zstd:chunked; do
		directory=skopeo-${format/:/-}
		skopeo copy -q --dest-compress-format "$format" oci-archive:oci.tar "oci:$directory:web"
		grep -q 'layer.v1.tar+zstd' "$directory"/blobs/sha256/* || fail "no zstd layer in $directory"
		holds_the_checkpoint "$directory"
	done
}

# ---- buildah -------------------------------------------------------------------------------------

@test "an image that buildah makes as Kubernetes documents it" {
	local made
	need_program buildah
	made=$(buildah from scratch)
	buildah add -q "$made" export.tar /
	buildah config --annotation=io.kubernetes.cri-o.annotations.checkpoint.name=web "$made"
	buildah commit -q "$made" checkpoint-image
	buildah rm "$made"
	buildah push -q checkpoint-image "oci-archive:$PWD/buildah.tar:checkpoint-image:latest"
	holds_the_checkpoint buildah.tar
	buildah push -q checkpoint-image "docker-archive:$PWD/buildah-docker.tar:localhost/checkpoint-image:latest"
	holds_the_checkpoint buildah-docker.tar
}

@test "an image that buildah builds of two layers, where the label has the name" {
	need_program buildah
	mkdir context
	cp export.tar context
	printf 'FROM scratch\nADD export.tar /\nCOPY Containerfile /\nLABEL org.criu.checkpoint.container.name=web\n' \
		>context/Containerfile
	buildah build -q --layers -t built context
	buildah push -q built "oci:$PWD/built:built"
	holds_the_checkpoint built
}

# ---- containerd ----------------------------------------------------------------------------------

# Sets store to the directory of containerd's content.
need_ctr_images() {
	need_program ctr
	need_program containerd
	store=containerd/root/io.containerd.content.v1.content
	[[ ! -e ctr.tar ]] || return 0
	start_containerd
	checkpoint_with_ctr web --image --rw
	export_with_ctr ctr.tar checkpoint/web:1
	checkpoint_with_ctr other
	export_with_ctr ctr-two.tar checkpoint/web:1 checkpoint/other:1
	stop_containerd
}

# The image has no name of the container.
@test "ctr images export of a checkpoint" {
	need_ctr_images
	holds_the_checkpoint ctr.tar null
}

# shows_both INPUT DUMP...: it has these dumps, each with the queues
shows_both() {
	local dump
	pipeimg show --json "$1" >shown
	[[ $(jq -r .dump shown | sort) == "$(printf '%s\n' "${@:2}" | sort)" ]] || fail "other dumps:" "$(jq -r .dump shown)"
	for dump in "${@:2}"; do
		pipeimg show --json --dump "$dump" "$1" | unread_queues | expect_unread "show of $dump"
		pipeimg convert --to json --dump "$dump" "$1" - | unread_records | expect_unread "convert of $dump"
	done
	pipeimg verify -q "$1"
}

@test "ctr images export of two checkpoints: each has the name of its image" {
	need_ctr_images
	shows_both ctr-two.tar checkpoint/web:1 checkpoint/other:1
}

# There are no names, only digests.
@test "containerd's directory of content, with two checkpoints" {
	local names
	need_ctr_images
	mapfile -t names < <(tar -xOf ctr-two.tar index.json | jq -r '.manifests[].digest[:19]')
	shows_both "$store" "${names[@]}"
}

# ---- restored again ------------------------------------------------------------------------------

job_lines() {
	podman logs "$container" | grep -c '^read .*: {"job": .*}$'
}

has_read_jobs() {
	podman logs "$container" | grep -q 'end of file'
}

# checkpoint_merged_jobs: makes the image localhost/jobs:checkpoint of a container whose packets CRIU merged
checkpoint_merged_jobs() {
	container='jobs'
	contained=packet-jobs
	: >no-criu-plugin
	podman_run
	podman container checkpoint --create-image localhost/jobs:checkpoint "$container"
	podman rm "$container"
	rm no-criu-plugin
}

# bats test_tags=race
@test "podman restores an image in which pipeimg upgraded the merged packets, and skopeo copies it" {
	need_program skopeo
	checkpoint_merged_jobs
	podman save -q --format oci-archive -o jobs.tar localhost/jobs:checkpoint
	podman rmi localhost/jobs:checkpoint
	pipeimg upgrade -q --frame 'delim:\n' jobs.tar -o upgraded.tar
	pipeimg verify -q upgraded.tar
	skopeo copy -q oci-archive:upgraded.tar dir:upgraded
	podman pull -q oci-archive:upgraded.tar
	podman container restore localhost/jobs:checkpoint
	podman kill --signal USR1 jobs
	wait_until has_read_jobs
	[[ $(job_lines) -eq 5 ]] || fail "$(podman logs jobs)"
}
