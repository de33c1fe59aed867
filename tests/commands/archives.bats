#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Archives of CRIU directories: they are read like the directories, whatever created them, and no archive makes the
# program hang, fill a disk or write anywhere.
# shellcheck disable=SC2002,SC2154 # pipes are wanted; run sets variables
load helpers.bash
load conversion.bash
load compression.bash

# Separate from the files that bats keeps beside it.
setup() {
	mkdir -- "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

readonly podman_line='container c1  Podman, runc  created 2026-11-23T06:50:04Z  image localhost/bb:1'
readonly podman=$fixtures/podman/checkpoint.tar.zst
readonly hostile_archives_py=$PIPEIMG_SOURCE/tests/commands/hostile-archives.py

hostile_archive() {
	"$python" "$hostile_archives_py" "$@"
}

# The directory of a podman export, in dump/.
unpack_podman() {
	need_program zstd
	mkdir dump
	zstd -q -d -c <"$podman" | tar -x -C dump
	cp -r dump/checkpoint images
	pipeimg show images >directory
	rm -r images
	[[ -s directory ]]
	printf '%s\n' "$podman_line" | cat - directory >wanted
	pipeimg show dump | assert_same_text wanted /dev/stdin
}

# shows_the_same FILE: by name, and from standard input, seekable or not
shows_the_same() {
	pipeimg show "$1" | assert_same_text wanted /dev/stdin
	pipeimg show - <"$1" | assert_same_text wanted /dev/stdin
	cat "$1" | pipeimg show - | assert_same_text wanted /dev/stdin
	pipeimg verify -q --anywhere "$1" >/dev/null
}

@test "a podman export is shown, verified and compared like its directory" {
	unpack_podman
	shows_the_same "$podman"
	shown=$(pipeimg show "$podman")
	[[ $shown == *"pipe 37055  stream  119/65536"*"sh[6]:1w"* ]]
	pipeimg diff -q dump/checkpoint "$podman"
	pipeimg restore "$podman" --pipe 37055 -- head -n 1 | grep -qx 'line 1'
	pipeimg convert "$podman" pcapng --to pcapng
	[[ -s pcapng ]]
}

@test "every tar format with every compression reads like the directory" {
	local format method
	need_methods
	unpack_podman
	for format in v7 ustar gnu posix; do
		tar -C dump --format="$format" -cf archive .
		shows_the_same archive
		for method in "${methods[@]}"; do
			compressed "$method" archive >packed
			shows_the_same packed
		done
	done
}


# Archives dump/ in this order; pages-1.img is generated, and does not compress.
archive_in_order() {
	head -c 9M /dev/urandom >dump/pages-1.img
	tar --no-recursion -cf archive "$@"
}

# A reader does not notice the damage only if it stops first: everything from the middle of the pages on is cut off.
cut_in_pages() {
	local method=$1
	compressed "$method" archive >packed
	truncate -s 6M packed
}

@test "a compressed archive is read only as far as the last image that is needed" {
	local method
	need_methods
	cp -r "$fixtures/criu-4.2/fifo-and-dgram" dump
	rm dump/truth.json
	pipeimg show dump >wanted
	archive_in_order dump dump/*[!s]-[!1]*.img dump/{core,ids}-*.img dump/{files,inventory,pipes-data,pstree}.img \
		dump/pages-1.img
	for method in "${methods[@]}"; do
		cut_in_pages "$method"
		pipeimg show packed | assert_same_text wanted /dev/stdin
		pipeimg show - <packed | assert_same_text wanted /dev/stdin
		run -1 pipeimg diff -q dump packed
		run -1 pipeimg restore packed -- cat
		run -1 pipeimg verify packed
		run -1 pipeimg upgrade packed -o upgraded
		[[ ! -e upgraded ]]
	done
}

@test "a compressed archive is read further if an optional image has not been seen yet" {
	local late
	need_program zstd
	cp -r "$fixtures/criu-4.2/fifo-and-dgram" dump
	rm dump/truth.json
	pipeimg show dump >wanted
	for late in dump/*.img; do
		mapfile -t early < <(find dump ! -path "$late" ! -name pages-1.img)
		archive_in_order "${early[@]}" dump/pages-1.img "$late"
		zstd -q -c archive | pipeimg show - | assert_same_text wanted /dev/stdin
	done
}

@test "pipes and FIFOs after another directory in the archive are not missed" {
	need_program zstd
	mkdir other
	cp -r "$fixtures/criu-4.2/fifo-and-dgram" dump
	rm dump/truth.json
	pipeimg show dump >wanted
	head -c 2M /dev/urandom >other/large
	for late in pipes-data.img fifo-data.img; do
		tar -cf archive --exclude="$late" dump
		tar -rf archive other "dump/$late"
		zstd -q -c archive | pipeimg show - | assert_same_text wanted /dev/stdin
	done
}

@test "verify decompresses the complete archive, including parts that it does not need" {
	cp -r "$fixtures/criu-4.2/pipeline" dump
	chmod -R u+w dump
	head -c 4M /dev/urandom >dump/pages-1.img
	pipeimg compress -q dump -o packed
	pipeimg verify -q packed
	hostile_archive flip $((3000000 * 8)) <packed >damaged
	run -1 pipeimg verify damaged
	[[ $output == *"[PI015]"* ]]
	pipeimg show damaged | assert_same_text <(pipeimg show dump) /dev/stdin
}

@test "a plain archive that is cut inside its images shows what precedes the cut" {
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=abc" "id=8 size=65536 payload=$(head -c 5000 /dev/zero | tr "\\0" x)" >dump/pipes-data.img
	tar -cf archive dump
	truncate -s 3000 archive
	run -1 pipeimg show archive
	[[ $output == *"pipe 7 "*"abc"*"[PI019]"* ]]
	[[ $output != *PI011* ]]
}

@test "an image that is a link to another image in the archive is read there" {
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=abc" >dump/pipes-data-2.img
	ln dump/pipes-data-2.img dump/pipes-data.img
	tar -cf hard.tar dump/pipes-data-2.img dump/pipes-data.img
	ln -sf ../dump/./pipes-data-2.img dump/pipes-data.img
	tar -cf soft.tar dump/pipes-data-2.img dump/pipes-data.img
	[[ $(pipeimg show hard.tar --raw) == abc* ]]
	[[ $(pipeimg show soft.tar --raw) == abc* ]]
}

@test "an image that is a link to something else is reported as a link" {
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=abc" >dump/a
	ln dump/a dump/pipes-data.img
	tar -cf archive dump/a dump/pipes-data.img
	assert_fails 1 "archive:dump/pipes-data.img: is not a regular file, but a link to a file that is not in the archive" \
		pipeimg show archive
	ln -sf pipes-data.img dump/pipes-data.img
	tar -cf circle dump/pipes-data.img
	assert_fails 1 "circle:dump/pipes-data.img: is not a regular file, but a link" pipeimg show circle
}

@test "images that are compressed inside the archive are read, except CRIU's own" {
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=abc" >dump/pipes-data.img
	synthetic image fifo "id=9 size=65536 payload=def" >dump/fifo-data.img
	pipeimg show dump >wanted
	for image in dump/*; do
		pipeimg compress -q --in-place "$image"
	done
	pipeimg show dump | assert_same_text wanted /dev/stdin
	pipeimg verify -q dump
	tar -cf archive dump
	pipeimg show archive | assert_same_text wanted /dev/stdin
	pipeimg upgrade -q dump -o upgraded
	pipeimg diff -q dump upgraded
	touch dump/inventory.img
	run -1 pipeimg show dump
	[[ $output == *"is compressed, which is not allowed in a CRIU directory"* ]]
}

@test "verify -r finds compressed images and archives" {
	mkdir -p tree/dump tree/other
	synthetic image pipe "id=7 size=65536 payload=abc" >tree/dump/pipes-data.img
	pipeimg compress -q tree/dump/pipes-data.img -o tree/a.zst
	gzip -c tree/dump/pipes-data.img >tree/b
	tar -C tree -czf tree/c dump
	tar -C tree -cf tree/d dump
	head -c 100000 /dev/zero | gzip >tree/zeros.gz
	tar -C tree -cf tree/none other
	run -0 pipeimg verify -r tree
	[[ $(grep -c ' tree/' <<<"$output") -eq 5 && $output == *" 5 images, 2 files skipped" ]]
}

@test "an exported container is not read beyond its dump directory" {
	unpack_podman
	head -c 9M /dev/urandom >dump/rootfs-diff.tar
	tar -C dump -cf archive config.dump spec.dump checkpoint rootfs-diff.tar
	cut_in_pages zstd
	pipeimg show packed | assert_same_text wanted /dev/stdin
	# But it may describe the container.
	tar -C dump -cf archive checkpoint rootfs-diff.tar config.dump
	cut_in_pages zstd
	run -1 pipeimg show packed
}


# describe CONFIG SPEC: archives these next to the directory. Prints what show reports about the container.
describe() {
	[[ -e dump/checkpoint/pipes-data.img ]] || {
		mkdir -p dump/checkpoint
		synthetic image pipe "id=7 size=65536 payload=x" >dump/checkpoint/pipes-data.img
	}
	printf '%s' "$1" >dump/config.dump
	printf '%s' "$2" >dump/spec.dump
	tar -C dump -cf archive .
	pipeimg show archive | sed -n '/^container/p'
	[[ $(pipeimg show archive --raw) == x ]]
	pipeimg show archive | grep -q '^pipe 7 '
	pipeimg show archive --json | jq -e '.queues[0].id == 7' >/dev/null
}

@test "a container gets its name from what its engine wrote: CRI-O, containerd, and future ones" {
	need_program jq
	[[ $(describe '{"id":"0123456789abcdef","name":"k8s_counter_counters_default_1_0","createdTime":"0001-01-01T00:00:00Z",
		"rootfsImage":"quay.io/counter:latest","runtime":"crun"}' '{"annotations":{
		"io.container.manager":"cri-o","io.kubernetes.cri-o.Metadata":"{\"name\":\"counter\",\"attempt\":1}",
		"io.kubernetes.cri-o.Created":"2026-02-13T16:20:09.5+01:00",
		"io.kubernetes.pod.name":"counters","io.kubernetes.pod.namespace":"default"}}') == \
		'container counter  CRI-O, crun  created 2026-02-13T16:20:09+01:00  pod counters in default  image quay.io/counter:latest' ]]
	pipeimg show archive --json | jq -e '.container == {name: "counter", id: "0123456789abcdef", engine: "CRI-O",
		runtime: "crun", created: "2026-02-13T16:20:09.5+01:00", pod: "counters", namespace: "default",
		image: "quay.io/counter:latest"}'
	[[ $(describe '{"id":"0123456789abcdef","createdTime":"2026-02-13T16:20:09Z"}' '{"annotations":{
		"io.kubernetes.cri.container-name":"web","io.kubernetes.cri.sandbox-name":"pod",
		"io.kubernetes.cri.sandbox-namespace":"space"}}') == \
		'container web  containerd  created 2026-02-13T16:20:09Z  pod pod in space' ]]
	[[ $(describe '{"id":"0123456789abcdef","runtime":"youki"}' '{}') == 'container 0123456789ab  youki' ]]
}

@test "malformed container descriptions are ignored and cannot control the terminal" {
	local config
	need_program jq
	for config in '' '{' '[]' '"name"' '{"name":7,"id":[]}' '{"name":""}' 'null' "$(printf '[%.0s' {1..5000})"; do
		[[ -z $(describe "$config" "$config") ]]
		[[ -z $(describe "$config" '{"annotations":["io.container.manager"]}') ]]
	done
	[[ $(describe '{"name":"a\u001b[31m\u0000b\nc"}' '{"annotations":{"io.container.manager":"cri-o",
		"io.kubernetes.cri-o.Metadata":"{"}}') == 'container a\x1b[31m'*'  CRI-O' ]]
	# A name that is too long.
	[[ -z $(describe "{\"name\":\"long\"$(head -c 600000 /dev/zero | tr '\0' ' ')}" '{}') ]]
}

@test "zip archives, stored and deflated, read like the directory" {
	unpack_podman
	for method in ZIP_STORED ZIP_DEFLATED; do
		"$python" -c 'import os, sys, zipfile
with zipfile.ZipFile("archive", "w", getattr(zipfile, sys.argv[1])) as archive:
    for top, _, names in os.walk("dump"):
        for name in names:
            archive.write(os.path.join(top, name))' "$method"
		shows_the_same archive
	done
}

@test "a zip archive has the members of its central directory, also when read from a pipe" {
	synthetic image pipe "id=7 size=65536 payload=old" >old.img
	synthetic image pipe "id=7 size=65536 payload=new" >new.img
	"$python" -W ignore -c 'import zipfile
with zipfile.ZipFile("archive", "w") as archive:
    archive.write("old.img", "dump/pipes-data.img")
    archive.write("new.img", "dump/pipes-data.img")
    del archive.filelist[1]'
	[[ $(pipeimg show archive --raw) == old ]]
	[[ $(cat archive | pipeimg show - --raw) == old ]]
	[[ $(gzip <archive | pipeimg show - --raw) == old ]]
}

@test "the dump directory may be at the top level, deeply nested, or under an absolute name" {
	unpack_podman
	tar -C dump/checkpoint -cf top.tar .
	cp wanted with_line
	cp directory wanted
	shows_the_same top.tar
	cp with_line wanted
	mkdir -p 'a/ö b'
	mv dump 'a/ö b/dump'
	tar -cf deep.tar a
	shows_the_same deep.tar
	LC_ALL=C pipeimg show deep.tar >/dev/null
	tar -P -cf absolute.tar "$PWD/a"
	shows_the_same absolute.tar
}

@test "an image with holes is read from a sparse member" {
	mkdir dump
	synthetic image pipe "id=7 size=1048576 payload=@8" "id=8 size=1048576 bytes=300000" >dump/pipes-data.img
	truncate -s +300000 dump/pipes-data.img
	cp --sparse=always dump/pipes-data.img dump/sparse
	mv dump/sparse dump/pipes-data.img
	pipeimg show --hex dump >wanted
	tar -S -cf archive dump
	pipeimg show --hex archive | cmp wanted
	cat archive | pipeimg show --hex - | cmp wanted
}

@test "if a member occurs twice, the last one counts" {
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=old" >dump/pipes-data.img
	tar -cf archive dump
	synthetic image pipe "id=7 size=65536 payload=new" >dump/pipes-data.img
	tar -rf archive dump/pipes-data.img
	[[ $(pipeimg show archive --raw) == new ]]
	[[ $(gzip <archive | pipeimg show - --raw) == new ]]
}

@test "pages are skipped, not read" {
	unpack_podman
	truncate -s 100G dump/checkpoint/pages-9.img
	tar -S -cf sparse.tar -C dump .
	hostile_archive pages 40000000000 >pages.tar
	truncate -s +41000000000 pages.tar
	shows_the_same sparse.tar
	run pipeimg show pages.tar
	assert_status 0
}

# ---- malicious archives --------------------------------------------------------------------------

@test "an archive cut at any byte is an error, and pipeimg does not wait for more" {
	local at size
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=seven" >dump/pipes-data.img
	synthetic directory dump 100:pipe7:r 100:pipe7:w
	tar --format=ustar -b 1 -cf whole.tar dump/pipes-data.img dump
	gzip -n <whole.tar >whole.tar.gz
	zstd -q <whole.tar >whole.tar.zst
	# The last two blocks are the end mark, which some programs do not write.
	size=$(($(stat -c %s whole.tar) - 1024))
	for ((at = 512 + 100; at < size; at += 512)); do
		head -c "$at" whole.tar >cut-off
		run -1 timeout 120 "$program" show cut-off
		run -1 timeout 120 "$program" show - <cut-off
	done
	for packed in whole.tar.gz whole.tar.zst; do
		for ((at = 20; at < $(stat -c %s "$packed"); at += 23)); do
			head -c "$at" "$packed" >cut-off
			run -1 timeout 120 "$program" show cut-off
		done
	done
}

@test "flipping any bit of an archive never crashes the program" {
	local bit
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=seven" >dump/pipes-data.img
	synthetic directory dump 100:pipe7:r 100:pipe7:w
	tar -cf whole.tar dump
	for ((bit = 3; bit < 8 * 2048; bit += 163)); do
		hostile_archive flip "$bit" <whole.tar >flipped
		run timeout 120 "$program" show flipped
		[[ $status -le 1 ]] || fail "bit $bit" "$(show_run)"
	done
}

@test "names that lead outside the archive are ignored, and links and devices are not followed" {
	local kind before after
	for kind in parent symlink hardlink directory device fifo; do
		hostile_archive "$kind" >archive
		before=$(listing .)
		run --separate-stderr pipeimg show archive
		assert_status 1
		run --separate-stderr pipeimg verify archive
		assert_status 1
		after=$(listing .)
		[[ $before == "$after" ]] || fail "$kind wrote something"
	done
	hostile_archive symlink >archive
	run --separate-stderr pipeimg verify archive
	assert_output_has "archive:dump/pipes-data.img: error: is not a regular file, but a link to a file that is not in the archive [PI011]"
}

@test "absurd sizes, names and member counts are errors" {
	local kind
	for kind in huge negative long-name; do
		hostile_archive "$kind" >archive
		run timeout 120 "$program" show archive
		[[ $status -eq 1 || $kind == long-name ]] || fail "$kind" "$(show_run)"
		run timeout 120 "$program" show - <archive
		[[ $status -le 1 ]] || fail "$kind, from standard input" "$(show_run)"
	done
	hostile_archive many 300000 | gzip -1 >archive
	run --separate-stderr timeout 120 "$program" show archive
	assert_status 1
	assert_error_has "PI009"
}

@test "an archive with several dumps or none is reported as such" {
	hostile_archive several >archive
	assert_fails 1 "PI021" pipeimg show --raw archive
	hostile_archive empty >archive
	assert_fails 1 "PI020" pipeimg show --raw archive
}

@test "archives with the maximum number of tasks and members are read quickly" {
	hostile_archive tasks 20000 | gzip -1 >archive
	run --separate-stderr timeout 120 "$program" show archive
	[[ $status -le 1 ]] || fail "$(show_run)"
}

@test "holes are read immediately, and their total length cannot overflow to zero" {
	local size
	hostile_archive sparse $((1 << 39)) >archive
	run --separate-stderr timeout 120 "$program" verify --anywhere archive
	assert_status 1
	assert_output_has "PI007"
	for size in $(((1 << 40) + 1)) $((1 << 62)); do
		hostile_archive sparse "$size" >archive
		assert_fails 1 "more than 1 TiB" timeout 120 "$program" show archive
	done
	hostile_archive wrapping >archive
	run --separate-stderr timeout 120 "$program" show archive
	assert_status 1
	assert_error_has "more than 1 TiB"
	assert_errors_are_ours
}

@test "zip archives have the same limits, and the reason for a refusal is given" {
	mkdir temporary
	hostile_archive zip-bomb >archive
	TMPDIR=$PWD/temporary run --separate-stderr pipeimg show archive
	assert_status 1
	assert_error_has "PI018"
	[[ -z $(ls -A temporary) ]]
	gzip -1 <archive >packed
	assert_fails 1 "PI018" pipeimg show packed
	hostile_archive zip ZIP_LZMA >archive
	assert_fails 1 "an unsupported zip method" pipeimg show archive
	hostile_archive encrypted-zip >archive
	assert_fails 1 "dump/pipes-data.img is encrypted" pipeimg show archive
}

@test "a wrong seek table is also reported in an archive" {
	mkdir dump
	synthetic image pipe "id=7 size=65536 payload=seven" >dump/pipes-data.img
	tar -cf archive dump
	pipeimg compress archive -o packed
	truncate -s -1 packed
	printf '\x8e' >>packed
	run --separate-stderr pipeimg verify --anywhere packed
	assert_status 1
	assert_output_has "PI017"
	[[ $(pipeimg show packed --raw) == seven ]]
}

@test "an image that decompresses endlessly does not fill the disk" {
	mkdir temporary
	hostile_archive bomb | zstd -q >archive
	TMPDIR=$PWD/temporary run --separate-stderr pipeimg show archive
	assert_status 1
	assert_error_has "PI018"
	[[ -z $(ls -A temporary) ]]
}

# without_library NAME COMMAND...: replaces the library by an empty file
without_library() {
	local library
	library=$(ldconfig -p | sed -n "s/.*$1\.so\.[0-9.]* .*=> //p" | head -n 1)
	library=$(readlink -f "$library")
	unshare --mount sh -c 'mount --bind /dev/null "$0" && exec "$@"' "$library" "${@:2}"
}

@test "without libarchive, archives are refused but images are still shown" {
	need_root "to hide a library in a mount namespace"
	run --separate-stderr without_library libarchive "$program" show "$podman"
	assert_status 3
	assert_error_has "archives cannot be opened without libarchive: "
	assert_error_has "libarchive.so.13: file too short"
	run --separate-stderr without_library libarchive "$program" show "$fixtures/criu-4.2/merged-packets"
	assert_status 0
	run --separate-stderr without_library libarchive "$program" compress -q \
		"$fixtures/criu-4.2/merged-packets" -o new.tar.zst
	assert_status 3
	[[ ! -e new.tar.zst ]]
}

@test "without a library of a compression, only its files are refused" {
	need_root "to hide a library in a mount namespace"
	local image=$fixtures/criu-4.2/merged-packets/pipes-data.img
	local method library message
	need_methods
	while read -r method library message; do
		compressed "$method" "$image" >"plain.$method"
		run --separate-stderr without_library "$library" "$program" show "plain.$method"
		assert_status 3
		assert_error_has "pipeimg: $message: "
	done <<-END
		gzip libz gzip files cannot be read without zlib
		xz liblzma xz files cannot be read without liblzma
		bzip2 libbz2 bzip2 files cannot be read without libbz2
		lz4 liblz4 lz4 is not available without liblz4
	END
	run --separate-stderr without_library liblz4 "$program" show plain.gzip
	assert_status 0
}
