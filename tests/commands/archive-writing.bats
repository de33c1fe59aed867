#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Writing archives: in existing archives only the queue images change, and archives created from a directory are
# complete.
# shellcheck disable=SC2002,SC2094,SC2154 # pipes are wanted; run sets variables
load helpers.bash
load conversion.bash
load compression.bash

# Separate from the files that bats keeps beside it.
setup() {
	mkdir -- "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

readonly podman=$fixtures/podman/checkpoint.tar.zst
readonly tar_members_py=$PIPEIMG_SOURCE/tests/commands/tar-members.py

tar_members() {
	"$python" "$tar_members_py" "$@"
}

# tree DIRECTORY: a checkpoint with every kind of file that an archive can contain. Its queues have packets, in the
# packets layout.
tree() {
	local images=$1/checkpoint
	mkdir -p "$images/sub"
	synthetic image pipe "id=7 size=65536 kind=1 payload=one" "id=7 kind=0 payload=@5000" \
		"id=8 size=4096 kind=1 payload=two" >"$images/pipes-data.img"
	synthetic image fifo "id=9 size=65536 kind=1 payload=three" >"$images/fifo-data.img"
	synthetic directory "$images" 100:pipe7:r 100:pipe7:w 100:pipe8:r
	head -c 300000 /dev/urandom >"$images/pages-1.img"
	truncate -s 3M "$images/pages-2.img"
	echo data | dd of="$images/pages-2.img" bs=1 seek=2000000 conv=notrunc status=none
	ln -s checkpoint "$1/link"
	ln "$images/pages-1.img" "$images/sub/hard-link"
	echo odd >"$1/"$'odd \xff name'
	echo long >"$images/sub/$(printf '%0150d' 7)"
	chmod 4711 "$images/sub"
	touch -d '2020-02-02 02:02:02.123456789' "$images/pages-1.img" "$images/pipes-data.img"
}

# Things that only root can create.
tree_of_root() {
	tree "$1"
	[[ $EUID -eq 0 ]] || return 0
	chown 1234:1235 "$1/checkpoint/pages-1.img"
	"$python" -c 'import os, sys; os.setxattr(sys.argv[1], "user.note", b"kept")' \
		"$1/checkpoint/pages-2.img" 2>/dev/null || true
	mkfifo "$1/fifo"
}

# The archives equal the tree except for the queue images.
assert_others_unchanged() {
	tar_members pipes-data.img fifo-data.img <"$1" >members.before
	tar_members pipes-data.img fifo-data.img <"$2" >members.after
	assert_same_text members.before members.after
	[[ $(tail -n 1 members.after) == True ]]
}

@test "upgrade changes only the queue images in an archive; all other members stay byte for byte" {
	local format options=()
	tree_of_root tree
	cp -a tree upgraded
	pipeimg upgrade -q upgraded/checkpoint --in-place
	for image in pipes-data.img fifo-data.img; do
		touch -r "tree/checkpoint/$image" "upgraded/checkpoint/$image"
	done
	# GNU tar 1.34 supports attributes in no other format.
	for format in gnu posix; do
		options=()
		[[ $format == posix ]] && options=(--xattrs)
		tar --format="$format" "${options[@]}" -S -C tree -cf archive .
		pipeimg upgrade -q archive -o new
		assert_others_unchanged archive new
		tar "${options[@]}" --compare -f new -C upgraded
		pipeimg diff -q new upgraded/checkpoint
		rm new
	done
	find tree \( -name '000*' -o -type p \) -delete
	for format in v7 ustar; do
		tar --format="$format" -C tree -cf archive .
		pipeimg upgrade -q archive -o new
		assert_others_unchanged archive new
		pipeimg diff -q new upgraded/checkpoint
		rm new
	done
}

@test "convert and compress change only the requested members of an archive" {
	tree tree
	tar -C tree -cf archive .
	pipeimg convert archive spliced --layout spliced
	assert_others_unchanged archive spliced
	pipeimg show spliced | grep -q '^pipe 7.*1 stream run'
	# Without a layout, records and all other data stay unchanged.
	pipeimg convert archive same
	cmp archive same
	pipeimg convert archive packed --compress
	is_seekable packed
	zstd -q -d -c <packed | cmp - archive
	pipeimg compress archive -o packed --level 19 --force
	zstd -q -d -c <packed | cmp - archive
	pipeimg convert archive both --compress=1 --layout spliced
	zstd -q -d -c <both | cmp - spliced
	pipeimg convert packed - --layout spliced | zstd -q -d -c | cmp - spliced
}

@test "an archive keeps its compression method" {
	local method
	need_methods
	tree tree
	tar -C tree -cf archive .
	pipeimg upgrade -q archive -o wanted
	for method in "${methods[@]}"; do
		compressed "$method" archive >packed
		pipeimg upgrade -q packed -o new
		"$method" -q -t <new
		decompressed "$method" new | cmp - wanted
		pipeimg upgrade -q packed --in-place
		cmp packed new
		rm new
	done
	pipeimg compress archive -o packed --force
	pipeimg upgrade -q packed -o new
	is_seekable new
}

@test "a podman export is upgraded in place and keeps its mode and owner" {
	cp "$podman" archive
	chmod 640 archive
	zstd -q -d -c <archive >before
	pipeimg upgrade -q archive --in-place
	[[ $(stat -c %a archive) == 640 ]]
	zstd -q -d -c <archive >after
	assert_others_unchanged before after
	pipeimg diff -q archive "$podman"
	mkdir unpacked
	tar -x -C unpacked -f after
	[[ $(pipeimg show --json unpacked/checkpoint | jq -r '.queues[0].layout') == indexed ]]
	pipeimg verify -q archive
}

@test "if a member occurs twice, the last one is rewritten" {
	mkdir dump
	synthetic image pipe "id=7 size=65536 kind=1 payload=old" >dump/pipes-data.img
	tar -cf archive dump
	synthetic image pipe "id=7 size=65536 kind=1 payload=new" >dump/pipes-data.img
	tar -rf archive dump/pipes-data.img
	pipeimg upgrade -q archive -o upgraded
	[[ $(pipeimg show upgraded --raw) == new ]]
	[[ $(tar_members <archive | head -n 2) == "$(tar_members <upgraded | head -n 2)" ]]
}

@test "a sparse image is written without holes, and global header attributes are kept" {
	mkdir dump
	synthetic image pipe "id=7 size=1048576 kind=1 payload=@8" "id=8 size=1048576 bytes=300000" \
		>dump/pipes-data.img
	truncate -s +300000 dump/pipes-data.img
	for format in gnu posix; do
		tar --format="$format" -S -cf archive dump
		pipeimg show --raw --pipe 8 archive >wanted
		pipeimg upgrade -q archive -o upgraded
		pipeimg show --raw --pipe 8 upgraded | cmp wanted
		tar -xf upgraded -O dump/pipes-data.img >extracted
		pipeimg diff -q extracted archive
		rm upgraded
	done
	tar --format=posix --pax-option='globexthdr.name=/g,comment=kept' -cf archive dump
	pipeimg upgrade -q archive -o upgraded
	cmp -n 1024 archive upgraded
}

@test "a directory becomes an archive with all of its files, queue images first" {
	need_program zstd
	tree tree
	[[ $EUID -ne 0 ]] || chown 1234:1235 tree/checkpoint/pages-1.img
	pipeimg compress tree/checkpoint -o new.tar.zst
	is_seekable new.tar.zst
	zstd -q -t new.tar.zst
	zstd -q -d -c <new.tar.zst >new.tar
	tar --compare -f new.tar -C tree/checkpoint
	# The directory and everything in it.
	[[ $(tar -tf new.tar | wc -l) -eq $(find tree/checkpoint | wc -l) ]]
	tar -tf new.tar >names
	[[ $(grep -n pipes-data.img names | cut -d : -f 1) -lt $(grep -n pages-1.img names | cut -d : -f 1) ]]
	# Holes are not written.
	[[ $(stat -c %s new.tar) -lt 2500000 ]]
	pipeimg show tree/checkpoint | assert_same_text <(pipeimg show new.tar.zst) /dev/stdin
	pipeimg compress tree/checkpoint -o - | cmp - new.tar.zst
}

@test "a directory is converted while it is written into an archive" {
	tree tree
	pipeimg convert tree/checkpoint new.tar.zst --compress --layout indexed
	cp -a tree/checkpoint wanted
	pipeimg upgrade -q wanted --in-place
	zstd -q -d -c <new.tar.zst | tar --compare -f - -C wanted 2>&1 | grep -v 'Mod time' >differences || true
	[[ ! -s differences ]] || fail "$(<differences)"
	assert_fails_cleanly 2 "use the indexed layout" \
		pipeimg convert tree/checkpoint other.tar.zst --compress --layout packets
}

@test "input that cannot become an archive is refused" {
	tree tree
	assert_fails_cleanly 2 "is compressed to an archive" pipeimg compress tree/checkpoint --in-place
	assert_fails_cleanly 2 "would be inside the input directory" \
		pipeimg compress tree/checkpoint -o tree/checkpoint/new
	mkfifo tree/checkpoint/fifo
	assert_fails_cleanly 3 "checkpoint/fifo: is not a file" pipeimg compress tree/checkpoint -o new
	rm tree/checkpoint/fifo
	echo precious >old
	assert_fails_cleanly 3 "old: already exists" pipeimg compress tree/checkpoint -o old
	[[ $EUID -eq 0 ]] || chmod 0 tree/checkpoint/pages-1.img
	[[ $EUID -eq 0 ]] || assert_fails_cleanly 3 "pages-1.img: cannot open" \
		pipeimg compress tree/checkpoint -o new
}

@test "archives that cannot be rewritten are refused" {
	tree tree
	tar -C tree -cf archive .
	assert_fails_cleanly 2 "use the indexed layout" pipeimg convert archive new --layout packets
	assert_fails_cleanly 2 "has several images" pipeimg convert archive new --to json
	"$python" -c 'import zipfile
with zipfile.ZipFile("archive.zip", "w") as archive:
    archive.write("tree/checkpoint/pipes-data.img")'
	assert_fails_cleanly 2 "archive.zip: is a zip archive" pipeimg upgrade archive.zip -o new
	head -c 400000 archive >cut-off
	assert_fails_cleanly 1 "cut-off: " pipeimg upgrade cut-off -o new
	assert_fails_cleanly 1 "cut-off: " pipeimg compress cut-off --in-place
	gzip <archive | head -c -5 >cut-off.gz
	assert_fails_cleanly 1 "cut-off.gz: " pipeimg upgrade cut-off.gz --in-place
}

@test "an archive read from a pipe is rewritten like one read from a file" {
	local method
	need_methods
	tree tree
	tar -C tree -cf archive .
	for method in cat "${methods[@]}"; do
		if [[ $method == cat ]]; then cp archive packed; else compressed "$method" archive >packed; fi
		pipeimg upgrade -q packed -o wanted --force
		pipeimg upgrade -q - -o new --force < <(cat packed)
		cmp new wanted
		pipeimg upgrade -q - -o - <packed | cmp - wanted
		pipeimg convert --layout spliced <(cat packed) new --force
		pipeimg convert --layout spliced packed wanted --force
		cmp new wanted
		cat packed | pipeimg compress -q - -o new --force
		zstd -q -d -c <new | cmp - archive
	done
	assert_fails_cleanly 1 "standard input: " pipeimg upgrade - -o other < <(gzip <archive | head -c -5)
	# Too large for memory.
	head -c 8M /dev/urandom >tree/checkpoint/pages-9.img
	tar -C tree -cf large .
	TMPDIR=$PWD/missing assert_fails_cleanly 3 "set TMPDIR" pipeimg compress - -o other < <(cat large)
	"$python" -c 'import zipfile
with zipfile.ZipFile("archive.zip", "w") as archive:
    archive.write("tree/checkpoint/pipes-data.img")'
	assert_fails 2 "standard input: is a zip archive" pipeimg upgrade - -o other < <(cat archive.zip)
}

@test "converting an archive keeps its compression and stores no copy of its pages" {
	need_program zstd
	tree tree
	head -c 300M /dev/zero | tr '\0' A >tree/checkpoint/pages-3.img
	tar -C tree -c . | zstd -q >archive
	rm tree/checkpoint/pages-3.img
	pipeimg convert archive packed --layout spliced
	pipeimg verify -q --anywhere packed
	pipeimg show packed | grep -q '^pipe 7.*1 stream run'
}

@test "a full disk leaves no archive, and a closed reader is reported" {
	tree tree
	tar -C tree -cf archive .
	run -3 pipeimg upgrade -q archive -o /dev/full
	run -3 pipeimg compress tree/checkpoint -o /dev/full
	{ pipeimg compress tree/checkpoint -o - || echo "$?" >status; } | head -c 1 >/dev/null
	[[ $(<status) -ne 0 ]]
}

prepare_archive() {
	need_injection
	tree tree
	mkdir ../targets
	tar -C tree -cf - . | gzip -n -1 >../targets/precious
	cd ../targets || return
	pipeimg upgrade -q precious -o wanted
	target=old
}

@test "rewriting an archive in place: any failing file call leaves the old archive or the new one" {
	local call target
	prepare_archive
	for call in write fsync linkat ?rename renameat ?renameat2; do
		at_every_call "$call" :error=EIO assert_all_or_nothing upgrade -q --in-place work/old
	done
}

@test "rewriting an archive in place: SIGKILL at any point leaves the old archive or the new one" {
	local call target
	prepare_archive
	for call in write fsync linkat ?rename renameat ?renameat2; do
		at_every_call "$call" :signal=KILL assert_whole upgrade -q --in-place work/old
	done
}

@test "neither an image that is a symbolic link nor a directory that changes is written to an archive" {
	tree tree
	mv tree/checkpoint/pipes-data.img elsewhere
	ln -s ../../elsewhere tree/checkpoint/pipes-data.img
	assert_fails_cleanly 3 "is a symbolic link" pipeimg compress tree/checkpoint -o new
	[[ ! -e new ]]
}
