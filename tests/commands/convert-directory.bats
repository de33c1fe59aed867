#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pipeimg convert of directories: queue images are converted, everything else stays unchanged, and CRIU restores it as
# before. The new directory is complete, or does not exist.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load conversion.bash

# Tests compare a work directory before and after, so their own files go elsewhere.
setup() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

# converts ARGUMENT...: succeeds without output
converts() {
	run --separate-stderr pipeimg convert "$@"
	assert_status 0
	assert_output ""
	assert_no_error
}

# Other things that an image directory can contain, with unusual modes and times.
decorate() {
	mkdir -p "$1/below/deeper" "$1/empty"
	printf 'text\n' >"$1/below/deeper/file with spaces"
	printf 'more\n' >"$1/"$'odd\nname'
	: >"$1/.hidden"
	ln -s pstree.img "$1/link"
	ln -s /nowhere/at/all "$1/below/dangling"
	ln "$1/.hidden" "$1/below/hard"
	truncate -s 8M "$1/pages-1.img"
	printf data | dd of="$1/pages-1.img" bs=1 seek=4194304 conv=notrunc status=none
	truncate -s 3M "$1/hole.img"
	chmod 0640 "$1/below/deeper/file with spaces" "$1/pipes-data.img"
	chmod 04755 "$1/.hidden"
	chmod 0750 "$1/below"
	chmod 01777 "$1/empty"
	[[ $EUID -ne 0 ]] || chown -h 65534:100 "$1/link" "$1/pages-1.img" "$1/pipes-data.img"
	find "$1" -depth -exec touch -h -d '2001-02-03 04:05:06.123456789' {} +
	touch -d '1999-12-31 23:59:59.987654321' "$1/pipes-data.img"
}

# attributes DIRECTORY: those of the directory and everything in it
attributes() {
	(cd -- "$1" && find . -printf '%P %y %m %U:%G %T+ %l\n' | sort)
}

# The content of everything except queue images.
contents() {
	(cd -- "$1" && find . -type f ! -name pipes-data.img ! -name fifo-data.img ! -name sk-queues.img \
		-exec sha256sum -- {} + | sort)
}

assert_same_but_for_queues() {
	diff -u <(attributes "$1") <(attributes "$2") || fail "attributes of $1 and $2 differ"
	diff -u <(contents "$1") <(contents "$2") || fail "contents of $1 and $2 differ"
}

# ---- what stays ----------------------------------------------------------------------------------

@test "only queue images change, and they keep mode, owner and times" {
	copy_fixture criu-4.2/fifo-and-dgram images
	decorate images
	for layout in --layout=indexed --layout=spliced ''; do
		# shellcheck disable=SC2086 # none, or one
		converts images converted $layout
		assert_same_but_for_queues images converted
		rm -r converted
	done
}

@test "holes are preserved" {
	copy_fixture criu-4.2/sizes images
	decorate images
	converts images converted --layout indexed
	for file in pages-1.img hole.img; do
		assert_same_file "images/$file" "converted/$file"
		[[ $(stat -c %b "converted/$file") -le $(($(stat -c %b "images/$file") + 8)) ]] ||
			fail "$file: $(stat -c %b "images/$file" "converted/$file")"
	done
}

@test "extended attributes are preserved" {
	copy_fixture criu-4.2/sizes images
	"$python" -c 'import os, sys
for name in sys.argv[1:]:
    os.setxattr(name, "user.pipeimg", b"value\0" + name.encode())
' images images/files.img images/pipes-data.img 2>/dev/null || skip "no extended attributes here"
	converts images converted --layout indexed
	"$python" -c 'import os
for name in "", "/files.img", "/pipes-data.img":
    assert os.getxattr("converted" + name, "user.pipeimg") == b"value\0images" + name.encode(), name
'
}

@test "without --layout, queue images stay byte for byte the same" {
	for directory in "$fixtures"/criu-4.*/*; do
		converts "$directory" "converted"
		diff -r "$directory" converted
		rm -r converted
	done
}

@test "the input is not changed" {
	copy_fixture criu-4.2/fifo-and-dgram images
	decorate images
	listing images >before
	attributes images >>before
	converts images converted --layout indexed
	listing images >after
	attributes images >>after
	assert_same_text before after
}

# ---- what is converted ---------------------------------------------------------------------------

@test "every fixture keeps its bytes and capacities in each layout, and verifies as before" {
	for directory in "$fixtures"/criu-4.*/*; do
		pipeimg verify -q "$directory" >wanted-findings || true
		for layout in indexed spliced; do
			converts "$directory" converted --layout "$layout"
			pipeimg show --json converted >shown.json
			[[ ! -e $directory/truth.json ]] ||
				"$python" "$images_py" truth converted <shown.json
			pipeimg verify converted >findings || fail "$(cat findings)"
			rm -r converted
		done
	done
}

@test "crit decode reads every converted image and finds the holders" {
	need_program crit
	for layout in indexed spliced; do
		converts "$fixtures/criu-4.2/fifo-and-dgram" "$layout" --layout "$layout"
		for image in "$layout"/*.img; do
			crit decode -i "$image" >/dev/null
		done
		pipeimg show --json "$layout" >shown.json
		"$python" "$images_py" holders "$layout" <shown.json
		"$python" "$images_py" crit "$layout"/{pipes-data,fifo-data,sk-queues}.img <shown.json
	done
	for image in pipes-data fifo-data; do
		queues_by_crit "indexed/$image.img" >wanted
		queues_by_crit "spliced/$image.img" >found
		assert_same_text wanted found
	done
}

queues_by_crit() {
	crit decode -i "$1" | jq -c '.entries[] | [.pipe_id, .bytes, .size, .extra]'
}

@test "queues restored from a converted directory read exactly as before" {
	local first second ends
	mkfifo ../fifo
	hold "${mixed_queue[@]}" --new p:one s:two p:three
	first=$pipe
	use_pipe 1
	second=$pipe
	pipeimg capture -q --pid "$holder" -o images/
	# This makes it a CRIU directory.
	cp "$fixtures/criu-4.2/sizes/inventory.img" images
	converts images indexed --layout indexed
	converts indexed again
	for queue in "$first" "$second"; do
		for directory in images indexed again; do
			pipeimg restore "$directory" --pipe "$queue" --fds 0,9 -- "$read_log" >>"$directory.reads"
		done
	done
	assert_same_text images.reads indexed.reads
	assert_same_text images.reads again.reads
	reads_of "$holder" "$read_fd" >../original
	tail -n "$(wc -l <../original)" images.reads >found
	assert_same_text ../original found
}

@test "CRIU's own queues are restored from a converted directory as before" {
	for layout in indexed spliced; do
		converts "$fixtures/criu-4.2/fifo-and-dgram" "$layout" --layout "$layout"
		for queue in $(pipeimg show --json "$layout" |
			jq '.queues[] | select(.type != "socket") | .id'); do
			pipeimg restore "$fixtures/criu-4.2/fifo-and-dgram" --pipe "$queue" --fds 0,9 -- \
				"$read_log" >wanted
			pipeimg restore "$layout" --pipe "$queue" --fds 0,9 -- "$read_log" >found
			assert_same_text wanted found
		done
	done
}

@test "a directory written by pipeimg capture, without an inventory, can have any layout and version" {
	hold "${mixed_queue[@]}"
	pipeimg capture -q --pid "$holder" -o images/
	restored_reads images >wanted
	converts images packets --layout packets --image-version 1.0
	[[ $(pipeimg show --json packets | jq -r '.queues[].layout') == packets ]]
	restored_reads packets >found
	assert_same_text wanted found
	converts packets indexed --layout indexed --image-version 1.1
	assert_same_file images/pipes-data.img indexed/pipes-data.img
	[[ $(stat -c %a indexed indexed/*) == $'700\n600' ]]
}

# ---- what is refused -----------------------------------------------------------------------------

@test "a CRIU directory is not converted to the packets layout, with which stock CRIU loses data" {
	assert_fails_cleanly 2 "sizes: is a CRIU directory" \
		pipeimg convert "$fixtures/criu-4.2/sizes" new --layout packets
	assert_error_has "indexed"
}

@test "a CRIU directory keeps its image version" {
	for version in 1.0 1.1; do
		assert_fails_cleanly 2 "sizes: is a CRIU directory" \
			pipeimg convert "$fixtures/criu-4.2/sizes" new --image-version "$version"
	done
}

@test "an existing target is refused unless it is an empty directory" {
	copy_fixture criu-4.2/sizes images
	mkdir full empty
	printf precious >full/file
	printf precious >file
	for force in '' --force; do
		# shellcheck disable=SC2086 # none, or one
		{
			assert_fails_cleanly 3 "full: already exists and is not empty" \
				pipeimg convert images full $force
			assert_fails_cleanly 3 "file: " pipeimg convert images file $force
			assert_fails_cleanly 3 "images: already exists and is not empty" \
				pipeimg convert images images $force
		}
	done
	converts images empty/
	diff -r images empty
}

@test "an impossible target is refused before anything is copied" {
	need_injection
	copy_fixture criu-4.2/sizes images
	mkdir full
	printf precious >full/file
	strace -f -qq -o ../calls -e trace=copy_file_range,fsync,sendfile "$program" convert images full \
		2>/dev/null || true
	[[ ! -s ../calls ]] || fail "$(cat ../calls)"
}

@test "a directory is not converted into itself" {
	copy_fixture criu-4.2/sizes images
	run --separate-stderr pipeimg convert images images/new
	assert_status 2
	assert_error_has "images/new: "
	[[ ! -e images/new ]]
	diff -r "$fixtures/criu-4.2/sizes" images
}

@test "a directory without a queue image is refused, as by all other commands" {
	mkdir directory
	printf text >directory/file
	assert_fails_cleanly 1 "directory: contains no queue image" \
		pipeimg show directory
	assert_fails_cleanly 1 "directory: contains no queue image" \
		pipeimg convert directory new
	assert_fails_cleanly 1 "directory: contains no queue image" \
		pipeimg convert directory new --layout indexed
}

@test "a directory is not written to standard output" {
	copy_fixture criu-4.2/sizes images
	assert_fails_cleanly 2 "" pipeimg convert images -
	[[ ! -e ./- ]]
}

@test "one damaged image prevents the new directory" {
	copy_fixture criu-4.2/fifo-and-dgram images
	truncate -s -1 images/fifo-data.img
	for layout in '' --layout=indexed --layout=spliced; do
		# shellcheck disable=SC2086 # none, or one
		assert_fails_cleanly 1 "images/fifo-data.img: record" pipeimg convert images new $layout
	done
}

@test "an image under the name of another prevents the new directory" {
	copy_fixture criu-4.2/fifo-and-dgram images
	cp images/fifo-data.img images/pipes-data.img
	for layout in '' --layout=indexed; do
		# shellcheck disable=SC2086 # none, or one
		assert_fails_cleanly 1 "images/pipes-data.img: contains" pipeimg convert images new $layout
	done
}

@test "anything that is not a file, directory or link prevents the new directory" {
	copy_fixture criu-4.2/sizes images
	mkfifo images/fifo
	assert_fails_cleanly 3 "images: 'fifo' is not a file" \
		pipeimg convert images new --layout indexed
	rm images/fifo
	mkfifo images/fifo-data.img
	assert_fails_cleanly 1 "images/fifo-data.img: is not a regular file" \
		pipeimg convert images new --layout indexed
}

@test "an unreadable file prevents the new directory" {
	copy_fixture criu-4.2/sizes images
	chmod 0 images/files.img
	use_plain_user
	chmod a+rx . images
	make_plain_directory plain
	assert_fails_cleanly 3 "files.img: cannot open: Permission denied" \
		pipeimg convert images plain/new --layout indexed
	chmod 0644 images/files.img
	chmod 0 images/pipes-data.img
	assert_fails_cleanly 3 "pipes-data.img: cannot open: Permission denied" \
		pipeimg convert images plain/new --layout indexed
}

# A directory without write permission must become writable before files can be removed from it.
@test "directories without write permission are removed after a failure" {
	copy_fixture criu-4.2/sizes images
	mkdir -p images/closed-{1..16}/below
	touch images/closed-{1..16}/{file,below/file}
	chmod 0555 images/closed-*/below images/closed-*
	touch images/unreadable
	chmod 0 images/unreadable
	use_plain_user
	chmod a+rx . images
	make_plain_directory plain
	assert_fails_cleanly 3 "unreadable: cannot open: Permission denied" \
		pipeimg convert images plain/new --layout indexed
	chmod 0644 images/unreadable
	# Nor from the directory itself.
	make_plain_directory plain/full
	touch plain/full/file
	chmod 0555 images
	assert_fails_cleanly 3 "plain/full: already exists" pipeimg convert images plain/full
	pipeimg convert images plain/new
	[[ $(stat -c %a plain/new/closed-{1,16}{,/below} | uniq) == 555 ]]
}

@test "an unprivileged user can convert other users' files, and owns the result" {
	copy_fixture criu-4.2/fifo-and-dgram images
	decorate images
	use_plain_user
	chmod -R a+rX . images
	make_plain_directory plain
	run --separate-stderr pipeimg convert images plain/new --layout indexed
	assert_status 0
	assert_no_error
	diff -u <(contents images) <(contents plain/new)
	pipeimg verify plain/new
}

@test "a full disk is an error, and leaves neither a directory nor temporary files" {
	need_root "to mount a small file system"
	unshare --mount true 2>/dev/null || skip "cannot create a mount namespace"
	copy_fixture criu-4.2/fifo-and-dgram images
	head -c 100000 /dev/zero >images/pages-1.img
	mkdir small
	cat >../in-small <<-'END'
		mount -t tmpfs -o size=80k none small || exit 99
		mkdir small/empty
		for layout in indexed spliced; do
			for target in new empty; do
				"$1" convert images small/$target --layout $layout
				echo "$target: $?"
			done
		done
		find small -mindepth 1
	END
	run --separate-stderr unshare --mount bash ../in-small "$program"
	[[ $status -ne 99 ]] || skip "cannot mount a tmpfs"
	assert_output $'new: 3\nempty: 3\nnew: 3\nempty: 3\nsmall/empty'
	assert_error_has ": No space left on device"
	assert_errors_are_ours
}

# ---- interruptions -------------------------------------------------------------------------------

prepare_directories() {
	mkdir ../targets
	cd ../targets || return
	copy_fixture criu-4.2/fifo-and-dgram images
	mkdir images/below
	ln -s pstree.img images/link
	pipeimg convert images wanted --layout indexed
	attributes wanted >wanted.listing
	contents wanted >>wanted.listing
	sha256sum -- wanted/*-data.img wanted/sk-queues.img | sed 's:wanted/::' >>wanted.listing
}

reset_targets() {
	chmod -R u+rwX work 2>/dev/null || true
	rm -rf work
	mkdir work
}

# The directory is complete, or does not exist.
assert_directory_whole() {
	[[ -e work/new ]] || return 0
	{
		attributes work/new
		contents work/new
		sha256sum -- work/new/*-data.img work/new/sk-queues.img | sed 's:work/new/::'
	} >found.listing
	diff -u wanted.listing found.listing || fail "the directory is incomplete, $1 number $2"
}

assert_directory_or_nothing() {
	assert_directory_whole "$@"
	[[ $status -eq 0 || ! -e work/new ]] || fail "there is a directory despite $1 number $2"
	[[ $status -ne 0 || -e work/new ]] || fail "there is no directory"
	[[ -z $(litter) ]] || fail "leftover files of $1 number $2: $(litter)"
}

# The name of an unfinished directory says what it was.
assert_directory_whole_beside_litter() {
	assert_directory_whole "$@"
	[[ $(litter) =~ ^(work/\.?new\.pipeimg-[0-9a-f]{16})?$ ]] ||
		fail "leftover files of $1 number $2: $(litter)"
}

@test "SIGINT at any system call leaves the complete new directory or none, and no temporary files" {
	need_injection
	prepare_directories
	for call in write linkat ?mkdir ?rename,renameat,?renameat2 copy_file_range symlinkat; do
		at_every_call "$call" :signal=INT assert_directory_or_nothing \
			convert images work/new --layout indexed
	done
}

@test "any failing system call leaves no directory and no temporary files" {
	need_injection
	prepare_directories
	for call in write linkat ?mkdir mkdirat ?rename,renameat,?renameat2 symlinkat utimensat fchmod; do
		at_every_call "$call" :error=EIO assert_directory_or_nothing \
			convert images work/new --layout indexed
	done
	# There is another way to copy.
	at_every_call copy_file_range :error=EXDEV assert_directory_or_nothing \
		convert images work/new --layout indexed
	[[ ${injections[copy_file_range]} -ge 5 ]]
}

@test "SIGKILL at any system call leaves the complete new directory or none" {
	need_injection
	prepare_directories
	for call in write fsync linkat ?mkdir mkdirat ?rename,renameat,?renameat2 ftruncate \
		copy_file_range symlinkat; do
		at_every_call "$call" :signal=KILL assert_directory_whole_beside_litter \
			convert images work/new --layout indexed
	done
	[[ ${injections[copy_file_range]} -ge 5 ]]
}

# ---- FIFOs of one number -------------------------------------------------------------------------

# both_fifos: a directory with a pipe and two FIFOs of the same number, in the packets layout
both_fifos() {
	mkdir both
	synthetic image pipe "id=9 kind=1 payload=pipe" >both/pipes-data.img
	synthetic image fifo "id=9 kind=1 payload=abc" "id=9 kind=0 payload=def" >both/fifo-data.img
	synthetic image fifo "id=9 kind=1 payload=uvw" "id=9 kind=1 payload=xyz" >both/fifo-data-2.img
	printf other >both/other
}

# all_are_now LAYOUT IMAGE
all_are_now() {
	local layouts
	layouts=$(pipeimg show --json "$2" | jq -c '[.queues[].layout]')
	[[ $layouts == "[\"$1\",\"$1\",\"$1\"]" ]] || fail "$2: $layouts"
}

@test "the image of a second FIFO with the same number is converted like the first, also into archives" {
	both_fifos
	tar -cf both.tar both
	for layout in packets indexed; do
		pipeimg convert both "$layout" --layout "$layout"
		pipeimg convert both "$layout.tar.zst" --layout "$layout" --compress
		pipeimg convert both.tar "$layout.tar" --layout "$layout"
		for image in "$layout" "$layout.tar.zst" "$layout.tar"; do
			all_are_now "$layout" "$image"
			pipeimg diff both "$image"
			pipeimg verify -q "$image"
		done
		[[ $(<"$layout/other") == other ]]
	done
}

@test "the spliced layout of that image has no packets, and a capture gives its boundaries back" {
	both_fifos
	pipeimg convert both spliced --layout spliced
	[[ $(pipeimg show --json spliced | jq -c '[.queues[] | [.packets, .bytes]]') == "[[0,4],[0,6],[0,6]]" ]]
	all_are_now spliced spliced
	pipeimg convert spliced again --boundaries both
	pipeimg diff both again
}

@test "that image stays unchanged without --layout and when compressed" {
	both_fifos
	pipeimg convert both copy
	assert_same_file both/fifo-data-2.img copy/fifo-data-2.img
	pipeimg compress -q both -o both.tar.zst
	tar --zstd -xf both.tar.zst ./fifo-data-2.img
	assert_same_file both/fifo-data-2.img fifo-data-2.img
	pipeimg diff both both.tar.zst
}

@test "upgrade gives that image the same layout: in a copy, in an archive and in place" {
	both_fifos
	pipeimg upgrade -q both -o copy
	tar -cf both.tar both
	pipeimg upgrade -q both.tar -o upgraded.tar
	cp -r both place
	pipeimg upgrade -q place --in-place
	for image in copy upgraded.tar place; do
		all_are_now indexed "$image"
		pipeimg diff both "$image"
		pipeimg verify -q "$image"
	done
}
