#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# upgrade and convert of container images: a new layer, and all digests that lead to it.
# shellcheck disable=SC2154 # bats sets output and stderr
load helpers.bash

readonly dump=$fixtures/criu-4.2/length-prefixed

# make KIND NAME [DUMP]
make() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/container-images.py" "$1" "${3:-$dump}" "$2"
}

# sound OLD NEW [CHANGED-LAYERS]: NEW is a valid layout, and like OLD except for the layers
sound() {
	"$python" "$PIPEIMG_SOURCE/tests/commands/check-layout.py" "$@" || fail "$2 is not sound"
	pipeimg verify -q "$2"
}

has_packets() {
	[[ $(pipeimg show --json "$1" | jq -c '.queues[] | select(.type == "pipe") | [.layout, .packets]') == '["indexed",6]' ]]
}

@test "upgrade of an OCI layout writes one with a new layer, plain or compressed, in an archive or a directory" {
	local kind
	for kind in plain-oci gzip-oci crio-oci checkpointctl-oci plain-oci-dir containerd-export; do
		make "$kind" "$kind"
		run --separate-stderr pipeimg upgrade "$kind" -o "new-$kind" --frame u32le
		assert_status 0
		assert_output_has "6 packets: found by rule u32le"
		sound "$kind" "new-$kind"
		has_packets "new-$kind"
		[[ $(pipeimg show "new-$kind" | head -n 1) == "$(pipeimg show "$kind" | head -n 1)" ]]
	done
	[[ $(tar -tf new-plain-oci | tail -n 2) == $'index.json\noci-layout' ]]
}

@test "an archive that is compressed as a whole stays so, and --compress compresses one" {
	make gzip-oci image
	zstd -q image
	pipeimg upgrade -q image.zst -o new.zst
	[[ $(od -An -tx4 -N4 new.zst) == *fd2fb528* ]]
	sound image <(zstd -dc new.zst) 2>/dev/null || { zstd -q -d new.zst -o new; sound image new; }
	pipeimg convert image other.zst --layout indexed --compress
	zstd -q -d other.zst -o other
	sound image other
}

@test "convert writes an OCI layout too, and without a layout copies it" {
	make gzip-oci image
	pipeimg convert image new --layout indexed --frame u32le
	sound image new
	has_packets new
	pipeimg convert image copy
	sound image copy 0
}

@test "upgrade --in-place of a container image's archive changes it once" {
	make plain-oci image
	cp image old
	pipeimg upgrade --in-place image
	sound old image
	stat -c '%i %y' image >before
	run --separate-stderr pipeimg upgrade --in-place image
	assert_output_has "image: unchanged, because it is up to date"
	stat -c '%i %y' image | cmp - before
}

@test "the layer with the images is replaced, not those around it" {
	"$python" - "$PIPEIMG_SOURCE/tests/commands" "$dump" >/dev/null <<-'END'
		import importlib.machinery, sys
		sys.argv[1:], where = [], sys.argv[1:]
		source = open(where[0] + "/container-images.py").read().split("\ndef main(")[0]
		scope = {}
		exec(source.rsplit("\nmain()", 1)[0], scope)
		images = scope["read_dump"](where[1])
		files = scope["oci"]([scope["tar"]({"etc/os-release": b"ID=demo\n"}),
		                      scope["gzip"].compress(scope["tar"](scope["export_of"](images)), mtime=0),
		                      scope["tar"]({"etc/hostname": b"demo\n"})])
		open("image", "wb").write(scope["tar"](files))
	END
	pipeimg upgrade -q image -o new --frame u32le
	sound image new 1
	has_packets new
}

@test "upgrade of several images in one layout changes each checkpoint, and --dump one" {
	make several-oci image
	pipeimg upgrade -q image -o new --frame u32le
	sound image new 2
	pipeimg upgrade -q image -o one --frame u32le --dump shop/two:1/checkpoint
	sound image one 1
	[[ $(pipeimg show --json --dump shop/two:1/checkpoint one | jq '.queues[0].packets') -eq 6 ]]
	[[ $(pipeimg show --json --dump shop/one:1/checkpoint one | jq '.queues[0].packets') -eq 0 ]]
}

@test "what cannot be written is refused, with the way out, and leaves nothing" {
	make docker-archive docker
	make skopeo-dir skopeo-dir
	make plain-oci-dir oci-dir
	make plain-oci oci
	assert_fails 2 "skopeo copy" pipeimg upgrade docker -o new
	assert_fails 2 "skopeo copy" pipeimg upgrade skopeo-dir -o new
	assert_fails 2 "cannot be upgraded in place; name a new directory with -o" pipeimg upgrade oci-dir --in-place
	assert_fails 2 "write it to a file first" pipeimg upgrade <(cat oci) -o new
	assert_fails 1 "does not fit" pipeimg upgrade oci-dir -o new --frame u32be
	[[ ! -e new ]]
}

@test "skopeo and podman accept what upgrade writes" {
	need_program skopeo
	local kind
	for kind in plain-oci gzip-oci; do
		make "$kind" "$kind"
		pipeimg upgrade -q "$kind" -o "new-$kind"
		skopeo inspect "oci-archive:new-$kind" >inspected
		[[ $(skopeo inspect --raw "oci-archive:new-$kind" | jq -c .annotations) == "$(skopeo inspect --raw "oci-archive:$kind" | jq -c .annotations)" ]]
		skopeo copy -q "oci-archive:new-$kind" "dir:copy-$kind"
		pipeimg diff "copy-$kind" "new-$kind"
		# This computes the digests of the decompressed layers too.
		skopeo copy -q "oci-archive:new-$kind" "docker-archive:docker-$kind:localhost/web:1"
	done
	make plain-oci-dir directory
	pipeimg upgrade -q directory -o new
	skopeo copy -q oci:new dir:copy-directory
	need_program podman
	need_root "podman stores layers"
	for kind in plain-oci gzip-oci; do
		podman --root "$PWD/root" --runroot "$PWD/run" --storage-driver vfs load -q -i "new-$kind"
	done
	podman --root "$PWD/root" --runroot "$PWD/run" --storage-driver vfs rmi -a -f
}
