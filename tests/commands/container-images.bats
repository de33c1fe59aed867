#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Checkpoints in container images and pods, in every form in which engines store and export them, and crafted ones.
# image-engines.bats has those of real engines.
# shellcheck disable=SC2154 # bats sets output and stderr
load helpers.bash

readonly dump=$fixtures/criu-4.2/pipeline

# make KIND...: writes each to a file or directory of that name. See container-images.py for the kinds.
make() {
	local kind
	for kind; do
		"$python" "$PIPEIMG_SOURCE/tests/commands/container-images.py" "$kind" "$dump" "$kind"
	done
}

# first_line KIND: what show says about the container
first_line() {
	pipeimg show "$1" | head -n 1
}

# dumps_in INPUT: the paths of the dumps that verify finds, one per line
dumps_in() {
	pipeimg verify --json "$1" | jq -r .dump
}

# ---- forms ---------------------------------------------------------------------------------------

@test "every form of a checkpoint's container image is read like the dump in it" {
	local kind kinds=(
		plain-oci gzip-oci bare-oci checkpointctl-oci crio-oci labelled-oci docker-archive skopeo-dir
		containerd-export containerd-store plain-oci-dir docker-archive-dir wrong-types foreign-layers whiteout-outside
	)
	pipeimg show "$dump" --raw >wanted 2>notice
	for kind in "${kinds[@]}"; do
		make "$kind"
		pipeimg verify -q "$kind" || fail "$kind"
		pipeimg diff -q "$kind" "$dump" || fail "$kind"
		pipeimg show -q "$kind" --raw | cmp - wanted || fail "$kind"
		[[ -d $kind ]] || pipeimg show -q - --raw <"$kind" | cmp - wanted || fail "$kind from a file on standard input"
		# shellcheck disable=SC2002 # a pipe cannot seek
		[[ -d $kind ]] || cat "$kind" | pipeimg show -q - --raw | cmp - wanted || fail "$kind from a pipe"
	done
}

@test "compressed as a whole, it is read too" {
	make gzip-oci docker-archive
	local kind
	for kind in gzip-oci docker-archive; do
		zstd -q "$kind"
		pipeimg diff -q "$kind.zst" "$dump"
	done
}

@test "config.dump describes the container, and annotations and labels what it does not" {
	make plain-oci bare-oci checkpointctl-oci crio-oci labelled-oci docker-archive skopeo-dir containerd-export
	local image="image localhost/web:1" reference="in localhost/web:checkpoint"
	local times="created 2026-01-02T03:04:05Z  checkpointed 2026-02-03T04:05:06Z" made="checkpointed 2026-03-04T05:06:07Z"
	[[ $(first_line plain-oci) == "container web  Podman, runc  $times  $image  $reference" ]] || fail "$(first_line plain-oci)"
	[[ $(first_line bare-oci) == "container web  Podman, crun  $made  $image  $reference" ]] || fail "$(first_line bare-oci)"
	[[ $(first_line checkpointctl-oci) == "container web  containerd  $made  pod shop in prod  $reference" ]] ||
		fail "$(first_line checkpointctl-oci)"
	[[ $(first_line crio-oci) == "container web  CRI-O  $made  $reference" ]] || fail "$(first_line crio-oci)"
	[[ $(first_line labelled-oci) == "container web  CRI-O  $made" ]] || fail "$(first_line labelled-oci)"
	[[ $(first_line docker-archive) == "container web  CRI-O, runc  $times  $reference" ]] || fail "$(first_line docker-archive)"
	[[ $(first_line skopeo-dir) == "container web  Podman, runc  $times  $image" ]] || fail "$(first_line skopeo-dir)"
	[[ $(first_line containerd-export) == "container  in checkpoint/web:1" ]] || fail "$(first_line containerd-export)"
	[[ $(pipeimg verify --json plain-oci | jq -r .container.reference) == localhost/web:checkpoint ]]
}

@test "an export that was copied into an image, not unpacked, is named" {
	make nested-oci
	assert_fails 1 "nested-oci: is a container image without CRIU images, but contains export.tar.zst; extract that and give it [PI020]" \
		pipeimg show nested-oci
	tar -cf export.tar -C "$dump" .
	tar -cf outer.tar export.tar
	assert_fails 1 "outer.tar: is an archive without CRIU images, but contains export.tar; extract that and give it [PI020]" \
		pipeimg show outer.tar
}

@test "verify -r passes over container images that are not of a checkpoint" {
	mkdir tree
	make no-checkpoint-oci no-checkpoint-oci-dir plain-oci-dir
	mv no-checkpoint-oci tree/other.tar
	mv no-checkpoint-oci-dir plain-oci-dir tree
	run --separate-stderr pipeimg verify -r --json tree
	assert_status 0
	[[ $(jq -r 'select(.event == "summary") | .image' <<<"$output") == tree/plain-oci-dir ]] || fail "$(show_run)"
}

# ---- layers --------------------------------------------------------------------------------------

@test "later layers replace and hide files of the layers below" {
	make layered-oci moved-oci
	# The image of pipes was replaced by one without records, and that of FIFOs is hidden.
	run --separate-stderr pipeimg verify layered-oci
	assert_output_has "layered-oci:checkpoint/pipes-data.img: warning: ends after its magic number [PI012]"
	assert_output_has "layered-oci:checkpoint: pipe 30964: error: a read end is in the dump, but no record of the queue [PI304]"
	dumps_in moved-oci | assert_same_text - <(printf '%s\n' c/checkpoint d/checkpoint)
}

@test "what a compressed upper layer replaces is not shown, however far in it is" {
	make covered-oci
	run --separate-stderr pipeimg show covered-oci
	[[ $output != *"65536/65536"* ]] || fail "$(show_run)"
}

@test "a layout beside other files of the same names is found" {
	make beside-others
	pipeimg diff -q beside-others "$dump"
}

@test "whiteouts of everything leave nothing, also if there are many" {
	make hidden whiteouts
	assert_fails 1 "hidden: is a container image without queue images or CRIU images [PI020]" pipeimg show hidden
	assert_fails 1 "[PI020]" timeout 60 "$program" show whiteouts
}

# ---- several dumps -------------------------------------------------------------------------------

@test "verify checks each dump of an input under its path, and --dump chooses one" {
	make pod several-oci docker-checkpoints-dir
	dumps_in pod | assert_same_text - <(printf '%s\n' sidecar/checkpoint web/checkpoint)
	dumps_in several-oci | assert_same_text - <(printf '%s\n' shop/one:1/checkpoint shop/two:1/checkpoint)
	dumps_in docker-checkpoints-dir | assert_same_text - <(printf '%s\n' checkpoints/cp1 checkpoints/cp2)
	run --separate-stderr pipeimg verify pod
	assert_status 0
	assert_output_has "  pod:web/checkpoint"
	assert_output_has "  2 images"
	run --separate-stderr pipeimg verify --dump web/checkpoint/ pod
	assert_status 0
	[[ $output != *sidecar* ]] || fail "$(show_run)"
	assert_fails 2 "pod: contains no dump 'web', but sidecar/checkpoint and web/checkpoint" pipeimg verify --dump web pod
}

@test "show has each dump under its path, and --dump chooses one" {
	make pod
	run --separate-stderr pipeimg show pod
	assert_status 0
	[[ ${lines[0]} == "dump sidecar/checkpoint" && ${lines[1]} == "container sidecar  "* ]] || fail "$(show_run)"
	assert_output_has $'\ndump web/checkpoint\ncontainer web  '
	[[ $(pipeimg show --json pod | jq -r '.dump + " " + .container.name') == $'sidecar/checkpoint sidecar\nweb/checkpoint web' ]]
	run --separate-stderr pipeimg show --dump web/checkpoint pod
	[[ $output == "container web  "* && $output != *sidecar* ]] || fail "$(show_run)"
	assert_fails 1 "choose one with --dump [PI021]" pipeimg show --raw pod
	assert_fails 1 "choose one with --dump [PI021]" pipeimg show --pipe 30964 pod
	pipeimg show --raw --dump web/checkpoint pod | cmp - <(pipeimg show --raw "$dump")
}

@test "the table of several inputs has a line for each dump" {
	make pod plain-oci
	run --separate-stderr pipeimg show pod plain-oci
	assert_status 0
	[[ ${#lines[@]} -eq 4 && ${lines[1]} == *"pod:sidecar/checkpoint" && ${lines[3]} == *"plain-oci" ]] || fail "$(show_run)"
}

@test "each command that takes one dump takes it from --dump" {
	make pod
	assert_fails 1 "choose one with --dump [PI021]" pipeimg convert --to json pod pod.json
	pipeimg convert --dump web/checkpoint --to json pod web.json
	pipeimg diff -q web.json "$dump"
	pipeimg diff -q --dump sidecar/checkpoint pod "$dump"
	assert_fails 1 "choose one with --dump [PI021]" pipeimg diff pod "$dump"
	[[ $(pipeimg restore --dump web/checkpoint pod -- head -c 4) == $'y\ny' ]]
	pipeimg upgrade --dump web/checkpoint pod -o web.tar
	[[ $(pipeimg verify --json web.tar | jq -c '[.dump, .checksums]') == $'["sidecar/checkpoint",0]\n["web/checkpoint",1]' ]]
}

@test "upgrade and compress take all dumps of an archive" {
	make pod
	pipeimg upgrade -q pod -o new.tar
	[[ $(pipeimg verify --json new.tar | jq .checksums) == $'1\n1' ]]
	tar -tf pod | assert_same_text - <(tar -tf new.tar)
	run --separate-stderr pipeimg upgrade --in-place new.tar
	assert_status 0
	assert_output_has "new.tar: unchanged"
	pipeimg compress -q new.tar -o small.tar.zst
	pipeimg diff -q --dump web/checkpoint small.tar.zst new.tar
	pipeimg upgrade -q - -o from-pipe.tar < <(cat pod)
	assert_same_file from-pipe.tar new.tar
}

@test "a container of a pod whose checkpoint failed is reported, and the others are checked" {
	make pod-with-empty
	run --separate-stderr pipeimg verify pod-with-empty
	assert_status 1
	assert_output_has "error: is the export of a container named sidecar, whose checkpoint/ contains no images"
	assert_output_has "pod-with-empty:web/checkpoint"
}

@test "containerd's checkpoint without CRIU images is reported beside others" {
	make containerd-empty
	assert_fails 1 "containerd-empty: is a checkpoint of containerd without its CRIU images" pipeimg show containerd-empty
}

# ---- damaged and crafted -------------------------------------------------------------------------

@test "a container image that is damaged or crafted gives an error, quickly" {
	local kind
	local -A ids=(
		[changed-layer]=PI025 [changed-manifest]=PI025 [long-layer]=PI025 [no-layer]=PI026 [no-manifest]=PI026 [loop]=PI025
		[bad-digest]=PI025 [not-json-manifest]=PI025 [one-manifest-missing]=PI026 [tall-docker]=PI009 [many]=PI013 [not-json]=PI013 [wide]=PI009 [tall]=PI009 [deep]=PI009 [outside]=PI025 [docker-outside]=PI026
	)
	for kind in "${!ids[@]}"; do
		make "$kind"
		run --separate-stderr timeout 60 "$program" verify --json "$kind"
		[[ $status -eq 1 && $(jq -r 'select(.event == "finding") | .check' <<<"$output" | head -n 1) == "${ids[$kind]}" ]] ||
			fail "$kind" "$(show_run)"
		run --separate-stderr timeout 60 "$program" show - <"$kind"
		[[ $status -le 1 ]] || fail "$kind" "$(show_run)"
	done
}

@test "damage of the archive around the layers is reported" {
	make cut-after
	truncate -s -30000 cut-after
	run --separate-stderr pipeimg verify cut-after
	assert_status 1
	assert_output_has "[PI019]"
}

@test "a container image cut anywhere is an error, and pipeimg does not wait for more" {
	local size at
	make gzip-oci
	size=$(stat -c %s gzip-oci)
	for ((at = 0; at < size; at += size / 40)); do
		head -c "$at" gzip-oci >truncated
		run --separate-stderr timeout 60 "$program" verify truncated
		[[ $status -eq 1 || $at -gt $((size - 11000)) ]] || fail "cut at $at" "$(show_run)"
	done
}

# ---- reading no more than is needed --------------------------------------------------------------

@test "one packet of a large image is read without the rest of its layer" {
	local form bytes
	need_program strace
	make large-oci
	for form in large-oci -; do
		env ASAN_OPTIONS=detect_leaks=0 strace -qq -o calls -e trace=read,pread64 "$program" show "$form" --packet 1 <large-oci >shown
		grep -q 65536 shown
		bytes=$(awk '$NF ~ /^[0-9]+$/ { sum += $NF } END { print sum + 0 }' calls)
		[[ $bytes -gt 1000 && $bytes -lt 1048576 ]] || fail "$bytes bytes were read"
	done
}
