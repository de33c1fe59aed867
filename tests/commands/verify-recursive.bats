#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pipeimg verify -r: a file that looks like a checkpoint is never skipped silently, and other files are not errors.
# shellcheck disable=SC2154 # bats sets output, helpers.bash python and program
load helpers.bash

broken_checkpoints() {
	mkdir -p "$1"
	"$python" "$PIPEIMG_SOURCE/tests/commands/broken-checkpoints.py" "$fixtures/criu-4.2/pipeline" "$1"
}

# make_image FILE
make_image() {
	synthetic image pipe "id=7 size=65536 payload=abc" >"$1"
}

# make_archive FILE: archives a dump with one queue
make_archive() {
	mkdir -p scratch/dump
	make_image scratch/dump/pipes-data.img
	tar -C scratch -cf "$1" dump
}

# Prints the checks of findings by image: "tree/a PI001".
findings() {
	jq -r 'select(.event == "finding") | .image + " " + .check' <<<"$output"
}

total() {
	jq -r "select(.event == \"total\") | $1" <<<"$output"
}

# ---- broken files --------------------------------------------------------------------------------

@test "each of ten broken checkpoints is an error, and only the good one is ok" {
	local name
	broken_checkpoints tree
	run --separate-stderr pipeimg verify -r tree
	assert_status 1
	assert_no_error
	for name in tree/checkpoint-*; do
		[[ $output == *"$name: error: "* ]] || fail "nothing is said of $name" "$(show_run)"
	done
	[[ $(grep -c ': error: ' <<<"$output") -eq 10 ]] || fail "$(show_run)"
	[[ $(grep '^ok' <<<"$output") =~ ^"ok, no checksums"\ +1\ +1\ +65536\ +0\ \ tree/good.tar$ ]] || fail "$(show_run)"
	[[ ${lines[-1]} =~ ^"10 errors"\ .*" 11 images"$ ]] || fail "$(show_run)"
}

@test "a tar archive that ends early is an error, whatever its name" {
	mkdir tree
	make_archive archive
	head -c 1500 archive >tree/web.backup
	gzip -c archive | head -c 120 >tree/web.tgz
	run pipeimg verify -r --json tree
	assert_status 1
	[[ $(findings) == $'tree/web.backup PI019\ntree/web.tgz PI016' ]] || fail "$output"
}

@test "a damaged zip archive is an error if its name is that of a zip archive or a checkpoint" {
	need_program zip
	mkdir -p tree scratch/dump
	make_image scratch/dump/pipes-data.img
	(cd scratch && zip -q -0 -r archive.zip dump)
	head -c 20 scratch/archive.zip >tree/cut.zip
	cp tree/cut.zip tree/program.jar
	cp tree/cut.zip tree/a-checkpoint.zip
	run pipeimg verify -r --json tree
	[[ $(findings) == $'tree/a-checkpoint.zip PI019\ntree/cut.zip PI019' ]] || fail "$output"
	[[ $(total .skipped) -eq 1 ]]
}

@test "foreign files named like a checkpoint or a queue image are errors" {
	mkdir tree
	printf '#!/bin/sh\n' >tree/checkpoint.tar
	printf 'text\n' >tree/pipes-data.img.zst
	tar -C tree -cf tree/web-checkpoint.tar checkpoint.tar
	printf 'Salted__12345678' >tree/my-checkpoint.tar.gz.enc
	printf 'age-encryption.org/v1\n' >tree/checkpoint_a.tar.zst.age
	printf 'no archive' >tree/checkpoint.txt
	printf 'a checksum' >tree/checkpoint.tar.sha256
	printf 'text' >tree/tar.checkpoint
	run pipeimg verify -r --json tree
	assert_status 1
	assert_same_text <(findings) - <<-'END'
		tree/checkpoint.tar PI001
		tree/checkpoint_a.tar.zst.age PI001
		tree/my-checkpoint.tar.gz.enc PI001
		tree/pipes-data.img.zst PI001
		tree/web-checkpoint.tar PI020
	END
	[[ $(total .skipped) -eq 3 ]]
}

@test "images that are empty or cut within their magic numbers are errors" {
	mkdir tree
	make_image image
	: >tree/empty.img
	: >tree/empty
	head -c 3 image >tree/three
	head -c 2 image >tree/two
	head -c 7 image >tree/seven
	printf 'TVC\x19' >tree/big-endian
	run pipeimg verify -r --json tree
	[[ $(findings) == $'tree/big-endian PI002\ntree/empty.img PI002\ntree/seven PI002\ntree/three PI002' ]] || fail "$output"
	[[ $(total .skipped) -eq 2 ]]
}

@test "a criu-image-streamer stream is an error, whatever its name" {
	mkdir tree
	printf '\x0f\0\0\0\x12\x0dinventory.img' >tree/stream
	run pipeimg verify -r tree
	assert_status 1
	assert_output_has "tree/stream: error: is not a CRIU image, but a criu-image-streamer stream; extract it"
}

@test "an empty queue image in a directory is an error of the directory" {
	mkdir -p tree/dump
	: >tree/dump/pipes-data.img
	run pipeimg verify -r --json tree
	assert_status 1
	[[ $(findings) == "tree/dump PI002" ]] || fail "$output"
}

# ---- skipped files ---------------------------------------------------------------------------------

@test "files of ordinary trees are skipped, counted, and named with --verbose" {
	need_program zip
	mkdir -p tree/source/package
	make_image tree/good
	: >tree/source/.keep
	: >tree/source/package/__init__.py
	printf 'word/document.xml' >tree/document.xml
	(cd tree && zip -q report.docx document.xml && zip -q program.jar document.xml)
	tar -C tree -czf tree/source-1.0.tar.gz source
	tar -C tree -cf tree/source-1.0.tar source
	gzip -k tree/document.xml
	printf 'age-encryption.org/v1\n' >tree/password.age
	run --separate-stderr pipeimg verify -r tree
	assert_status 0
	assert_no_error
	[[ ${#lines[@]} -eq 3 && ${lines[-1]} == *" 1 image, 9 files skipped" ]] || fail "$(show_run)"
	run --separate-stderr pipeimg verify -r -v tree
	[[ $(grep -c ': skipped: it does not look like a checkpoint$' <<<"$stderr") -eq 9 ]] || fail "$(show_run)"
	[[ $stderr == *"pipeimg: tree/report.docx: skipped: "* ]] || fail "$(show_run)"
}

@test "skipped files are counted in JSON, and named with --verbose" {
	mkdir tree
	make_image tree/good
	printf x >tree/a
	printf x >tree/z
	run --separate-stderr pipeimg verify -r --json tree
	[[ $(total '[.images, .skipped, .complete, .queues, .errors] | tostring') == "[1,2,true,1,0]" ]] || fail "$(show_run)"
	[[ $(jq -r .event <<<"$output") == $'summary\ntotal' ]] || fail "$(show_run)"
	run --separate-stderr pipeimg verify -r -v --json tree
	[[ $(jq -r '.event + " " + (.image // "")' <<<"$output") == \
		$'skipped tree/a\nsummary tree/good\nskipped tree/z\ntotal ' ]] || fail "$(show_run)"
}

@test "other files of a dump belong to it, and are not counted" {
	mkdir tree
	cp -r "$fixtures/criu-4.2/pipeline" tree/dump
	run --separate-stderr pipeimg verify -r --json tree
	[[ $(total '[.images, .skipped] | tostring') == "[1,0]" ]] || fail "$(show_run)"
}

@test "a foreign file named *.img is counted and reported" {
	mkdir tree
	make_image tree/good
	head -c 4096 /dev/zero >tree/disk.img
	run --separate-stderr pipeimg verify -r tree
	assert_status 0
	[[ $stderr == "pipeimg: skipped 1 file named *.img without the magic number of a queue image; -v lists it" ]] ||
		fail "$(show_run)"
}

@test "a file that is an argument is not skipped" {
	printf 'text\n' >file
	run pipeimg verify -r file
	assert_status 1
	assert_output_has "file: error: is not a CRIU image, but text"
}

# ---- the walk ------------------------------------------------------------------------------------

@test "images are verified during the walk: the first line appears before the last image is found" {
	local number
	mkdir -p tree/a tree/z
	for ((number = 100; number < 200; number++)); do
		make_image "tree/a/$number"
	done
	# A FIFO that holds one page delays the only worker long before it reaches tree/z.
	run "$python" - "$program" <<-'END'
		import fcntl, os, shutil, subprocess, sys
		F_SETPIPE_SZ = 1031
		reads, writes = os.pipe()
		fcntl.fcntl(writes, F_SETPIPE_SZ, 4096)
		work = subprocess.Popen([sys.argv[1], "verify", "-r", "--jobs=1", "tree"], stdout=writes)
		os.close(writes)
		output = os.read(reads, 1)
		shutil.copy("tree/a/100", "tree/z/late")
		while data := os.read(reads, 65536):
		    output += data
		print(work.wait(), b"tree/z/late\n" in output, b" 101 images\n" in output)
	END
	[[ $output == "0 True True" ]] || fail "$output"
}

@test "no file or archive is opened twice" {
	mkdir tree
	make_archive tree/archive.tar
	gzip -k tree/archive.tar
	make_image tree/image
	for name in archive.tar archive.tar.gz image; do
		run -0 "$python" "$PIPEIMG_SOURCE/tests/commands/watch-opens.py" "tree/$name" "$program" verify -r tree
		[[ $output == 1 ]] || fail "$name: $output"
	done
}

@test "the output is sorted by name, however many jobs there are" {
	local number jobs
	mkdir tree
	for ((number = 100; number < 160; number++)); do
		make_image "tree/$number"
		printf x >"tree/$number.other"
	done
	: >tree/130.img
	pipeimg verify -r --json -v --jobs=1 tree >wanted 2>/dev/null || true
	for jobs in 2 7 64; do
		pipeimg verify -r --json -v --jobs="$jobs" tree >found 2>/dev/null || true
		assert_same_text wanted found
	done
	[[ $(wc -l <wanted) -eq 123 ]] || fail "$(wc -l <wanted)"
}

@test "links, FIFOs and sockets are not opened, but counted, and named with -v" {
	mkdir tree
	make_image tree/image
	ln -s image tree/checkpoint-link.tar
	ln -s nowhere tree/checkpoint-dangling.tar
	ln -s . tree/loop
	mkfifo tree/checkpoint-fifo.tar
	run --separate-stderr pipeimg verify -r -v tree
	assert_status 0
	[[ ${lines[-1]} == *" 1 image, 4 files skipped" ]] || fail "$(show_run)"
	assert_error_has "pipeimg: tree/checkpoint-link.tar: skipped: it is a symbolic link"
	assert_error_has "pipeimg: tree/checkpoint-dangling.tar: skipped: it is a symbolic link"
	assert_error_has "pipeimg: tree/loop: skipped: it is a symbolic link"
	assert_error_has "pipeimg: tree/checkpoint-fifo.tar: skipped: it is not a regular file"
	run --separate-stderr pipeimg verify -r --json tree
	jq -es '.[-1] | [.images, .skipped] == [1, 4]' <<<"$output" || fail "$(show_run)"
}

@test "links in an image directory belong to it, and are not counted" {
	mkdir tree
	make_image tree/pipes-data.img
	ln -s pipes-data.img tree/link
	run --separate-stderr pipeimg verify -r --json tree
	jq -es '.[-1] | [.images, .skipped] == [1, 0]' <<<"$output" || fail "$(show_run)"
}

@test "an argument is opened whatever it is" {
	make_image image
	ln -s image link
	ln -s nowhere dangling
	run --separate-stderr pipeimg verify -r link
	assert_status 0
	run --separate-stderr pipeimg verify -r /dev/stdin < <(cat image)
	assert_status 0
	run --separate-stderr pipeimg verify -r dangling
	assert_status 3
	assert_error_has "pipeimg: dangling: cannot open: No such file or directory"
}
