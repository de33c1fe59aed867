#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Exports of containers: packed, unpacked, without images, and pre-dumps, which contain only memory.
# shellcheck disable=SC2154 # bats sets output, helpers.bash program
load helpers.bash


# Creates the images of a pre-dump: see cr_pre_dump_finish() in criu/cr-dump.c. Their content does not matter.
# make_pre_dump DIRECTORY
make_pre_dump() {
	mkdir -p "$1"
	cp "$fixtures/criu-4.2/sizes/inventory.img" "$1"
	printf '\x19\x43\x56\x54\x63\x13\x84\x56' >"$1/pagemap-100.img"
	head -c 8192 /dev/zero >"$1/pages-1.img"
	printf '\x40\x59\x10\x55\x06\x33\x09\x57' >"$1/stats-dump"
}

listing_of() {
	(cd -- "$1" && find . -printf '%p %m %y\n' | sort)
}

# ---- unpacked ------------------------------------------------------------------------------------

@test "an unpacked export is read like the export, with the same queues and container" {
	make_export export
	tar -C export -cf export.tar .
	pipeimg show export.tar >wanted
	[[ $(head -n 1 wanted) == "$container_line" && $(grep -c '^pipe' wanted) -gt 1 ]] || fail "$(<wanted)"
	pipeimg show export | assert_same_text wanted -
	pipeimg show export/ | assert_same_text wanted -
	pipeimg show export/checkpoint | assert_same_text wanted -
	(cd export && pipeimg show .) | assert_same_text wanted -
	ln -s export link
	pipeimg show link | assert_same_text wanted -
	pipeimg diff -q export export.tar
	pipeimg diff -q export "$fixtures/criu-4.2/sizes"
}

@test "a directory with images takes precedence over its subdirectory checkpoint" {
	cp -r "$fixtures/criu-4.2/length-prefixed" dump
	make_export dump
	run -0 pipeimg show dump
	[[ $output == *"pipe 30740"* && $output != container* ]] || fail "$output"
}

@test "the parent of a directory not named checkpoint does not describe the container" {
	make_export export
	mv export/checkpoint export/other
	run -0 pipeimg show export/other
	[[ $output != container* ]]
}

@test "verify names the images in an unpacked export" {
	make_export export
	printf garbage >export/checkpoint/pipes-data.img
	run -1 pipeimg verify export
	assert_output_has "export/checkpoint/pipes-data.img: error: "
}

@test "verify -r checks an unpacked export once" {
	mkdir tree
	make_export tree/export
	run pipeimg verify -r --json tree
	[[ $(jq -r 'select(.event == "summary") | .image' <<<"$output") == tree/export/checkpoint ]] || fail "$output"
}

@test "converting an unpacked export keeps all files around the images" {
	make_export export
	chmod 0751 export
	mkdir export/artifacts
	printf x >export/artifacts/cni
	pipeimg convert -q export new
	assert_same_text <(listing_of new) <(listing_of export)
	cmp export/config.dump new/config.dump
	cmp export/artifacts/cni new/artifacts/cni
	pipeimg diff -q export new
	pipeimg verify -q new
	[[ $(pipeimg show new | head -n 1) == "$container_line" ]]
	assert_fails 2 "would be inside the input directory" pipeimg convert export export/new
}

@test "an unpacked export is compressed like the export" {
	need_program zstd
	make_export export
	mkdir export/artifacts
	pipeimg compress -q export -o export.tar.zst
	zstd -dc <export.tar.zst | tar -t >members
	grep -qx ./config.dump members
	grep -qx ./artifacts/ members
	pipeimg diff -q export export.tar.zst
	[[ $(pipeimg show export.tar.zst | head -n 1) == "$container_line" ]]
}

@test "an unpacked export is upgraded in place" {
	make_export export
	pipeimg upgrade -q --in-place export
	pipeimg diff -q export "$fixtures/criu-4.2/sizes"
	cmp -s export/checkpoint/pipes-data.img "$fixtures/criu-4.2/sizes/pipes-data.img" && fail "nothing was done"
	[[ ! -e export/pipes-data.img ]]
}

# ---- the time of the checkpoint ------------------------------------------------------------------

@test "show, verify and JSON give the time of the checkpoint" {
	make_export export
	[[ $(pipeimg show export | head -n 1) == "$container_line" ]]
	[[ $(pipeimg show --json export | jq -r .container.checkpointed) == 2026-02-03T04:05:06.431988462Z ]]
	pipeimg verify -v export | grep -qx "export: $container_line"
	[[ $(pipeimg verify --json export | jq -r 'select(.event == "summary") | .container.checkpointed') == \
		2026-02-03T04:05:06.431988462Z ]]
	[[ $(pipeimg verify --json "$fixtures/criu-4.2/sizes" | jq 'select(.event == "summary") | .container') == null ]]
}

@test "if the engine recorded no time, the year 1 is not shown" {
	make_export export
	sed -i 's/2026-02-03T04:05:06.431988462Z/0001-01-01T00:00:00Z/' export/config.dump
	[[ $(pipeimg show export | head -n 1) == "container web  runc  created 2026-01-02T03:04:05Z" ]]
}

# ---- without images ------------------------------------------------------------------------------

@test "an export with an empty checkpoint/ is reported with its container" {
	local told="is the export of a container named web, whose checkpoint/ contains no images: the checkpoint failed, or the copy is incomplete; export it again"
	make_export export
	rm export/checkpoint/*
	tar -C export -cf export.tar .
	tar -cf deep.tar export
	tar -C export -cf without.tar config.dump spec.dump
	assert_fails 1 "export: $told [PI008]" pipeimg show export
	assert_fails 1 "export.tar: $told [PI020]" pipeimg show export.tar
	assert_fails 1 "deep.tar: $told [PI020]" pipeimg show deep.tar
	assert_fails 1 "without.tar: $told [PI020]" pipeimg show without.tar
	assert_fails 1 "export.tar: $told" pipeimg diff export.tar export.tar
	assert_fails 1 "export.tar: $told" pipeimg convert export.tar out
	assert_fails 1 "standard input: $told" pipeimg show - < <(cat export.tar)
	mkdir tree
	mv export export.tar tree
	run -1 pipeimg verify -r tree
	assert_output_has "tree/export/checkpoint: error: $told [PI008]"
	assert_output_has "tree/export.tar: error: $told [PI020]"
}

@test "a pre-dump is reported with advice on what to give instead, and verify warns of it" {
	local told="is a CRIU pre-dump, which contains only memory; give the dump that followed it [PI024]"
	make_pre_dump pre
	tar -cf pre.tar pre
	assert_fails 1 "pre: $told" pipeimg show pre
	assert_fails 1 "pre.tar: $told" pipeimg show pre.tar
	assert_fails 1 "pre: $told" pipeimg convert pre out
	assert_fails 1 "pre: $told" pipeimg upgrade --in-place pre
	mkdir tree
	mv pre pre.tar tree
	run -0 pipeimg verify -r tree
	assert_output_has "tree/pre: warning: ${told}"
	assert_output_has "tree/pre.tar: warning: ${told}"
	run -1 pipeimg verify --strict tree/pre
}

@test "the pre-checkpoint that podman exports is reported as a pre-dump" {
	make_pre_dump export/pre-checkpoint
	printf '{"name": "web"}' >export/config.dump
	tar -C export -cf export.tar .
	assert_fails 1 "export.tar: is a CRIU pre-dump" pipeimg show export.tar
}
