#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# pipeimg convert of image files to other layouts and versions. Whatever happens, the target is the old file or the
# complete new one. For directories see convert-directory.bats.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash
load conversion.bash

# Tests compare a work directory before and after, so their own files go elsewhere.
setup() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

# make_image NAME [PIECE...]: writes a holder's queue in the packets layout
make_image() {
	hold "${@:2}"
	pipeimg capture -q --pid "$holder" -o "$1"
}

# converts ARGUMENT...: succeeds without output
converts() {
	run --separate-stderr pipeimg convert "$@"
	assert_status 0
	assert_output ""
	assert_no_error
}

# ---- layouts and versions ------------------------------------------------------------------------

@test "converted images read exactly like the pipe" {
	make_image image "${mixed_queue[@]}"
	converts image indexed --layout indexed
	converts indexed packets --layout packets
	converts packets again --layout indexed --image-version 1.0
	converts again old --image-version 1.1 --layout=packets
	for sizes in 1048576 3,1,7 4097; do
		restored_reads image --sizes "$sizes" >wanted
		for image in indexed packets again old; do
			restored_reads "$image" --sizes "$sizes" >found
			assert_same_text wanted found
		done
	done
	assert_same_file image packets
	assert_same_file image old
	reads_of "$holder" "$read_fd" --sizes 4097 >original
	assert_same_text original wanted
}

@test "the spliced layout has the bytes of all chunks, in one run" {
	make_image image "${mixed_queue[@]}"
	pipeimg convert -q image spliced --layout spliced
	pipeimg show --raw image >wanted
	pipeimg show --raw spliced >found
	assert_same_file wanted found
	[[ $(pipeimg show --json spliced | jq -r '.queues[0] | "\(.layout) \(.chunk_count)"') == \
		"spliced 1" ]]
	restored_reads spliced >reads
	[[ $(wc -l <reads) -eq 2 ]]
}

@test "convert says how many boundaries the spliced layout loses, unless -q is given" {
	synthetic image pipe "id=7 bytes=6 chunks=p3,p3 payload=abcdef" "id=8 bytes=1 chunks=p1 payload=x" \
		"id=9 payload=stream" >image
	synthetic directory dump 100:pipe7:r 100:pipe7:w
	cp image dump/pipes-data.img
	for arguments in "image new" "dump new-dump" "image json --to json"; do
		# shellcheck disable=SC2086 # these are words
		run --separate-stderr pipeimg convert $arguments --layout spliced
		assert_status 0
		[[ $stderr == "pipeimg: pipe 7: boundaries lost: the spliced layout merges its 2 packets"$'\n'"pipeimg: pipe 8: boundaries lost: the spliced layout merges its 1 packet" ]] || fail "$(show_run)"
	done
	run --separate-stderr pipeimg convert -q image quiet --layout spliced
	assert_status 0
	assert_no_error
	pipeimg convert new again --layout spliced 2>errors
	[[ ! -s errors ]]
}

@test "capacity, owner, mode, time and ends are preserved" {
	hold --capacity 262144 --mode 0640 --fork p:one s:two
	pipeimg capture -q --pid "$holder" -o image
	about() {
		pipeimg show --json "$1" | jq '.queues[0] | del(.layout, .chunks)'
	}
	about image >../wanted
	[[ $(jq -r '"\(.capacity) \(.ends | length)"' ../wanted) == "262144 4" ]]
	converts image indexed --layout indexed
	about indexed >../found
	assert_same_text ../wanted ../found
	converts indexed packets --layout packets --image-version 1.0
	about packets >../found
	assert_same_text ../wanted ../found
}

@test "without --layout, all records stay byte for byte the same" {
	make_image image "${mixed_queue[@]}" --new --new p:other
	converts image copy
	assert_same_file image copy
	for image in "$fixtures"/criu-4.2/fifo-and-dgram/{pipes-data,fifo-data,sk-queues}.img; do
		converts "$image" copy --force
		assert_same_file "$image" copy
	done
}

@test "--image-version changes only the magic numbers" {
	make_image image "${mixed_queue[@]}" --new p:other
	for image in image "$fixtures"/criu-4.2/fifo-and-dgram/{pipes-data,fifo-data,sk-queues}.img; do
		converts "$image" old --image-version 1.0 --force
		assert_same_file <(tail -c +5 -- "$image") old
		converts old new --image-version=1.1 --force
		assert_same_file "$image" new
		# An image that has that version already does not change.
		converts old same --image-version 1.0 --force
		assert_same_file old same
		converts old kept --force
		assert_same_file old kept
	done
}

@test "crit decode reads every layout and version, with the same bytes" {
	need_program crit
	mkfifo fifo
	make_image pipes p:one s:stream p:@4096 --new --new p:other
	hold --fifo fifo p:fifo s:@100 p:packet
	pipeimg capture -q --fifo fifo -o fifos
	for image in pipes fifos; do
		for layout in packets indexed spliced; do
			pipeimg convert "$image" converted --layout "$layout" --force
			pipeimg show --json converted | "$python" "$images_py" crit converted
		done
		pipeimg show --raw converted >found
		pipeimg show --raw "$image" >wanted
		assert_same_file wanted found
	done
}

@test "datagrams have no other layout" {
	converts "$fixtures/criu-4.2/fifo-and-dgram/sk-queues.img" copy --layout packets
	assert_same_file "$fixtures/criu-4.2/fifo-and-dgram/sk-queues.img" copy
}

@test "several queues keep their order" {
	make_image image p:one --new s:two --new --new p:three s:four
	converts image indexed --layout indexed
	pipeimg show --json image | jq '[.queues[].id]' >wanted
	pipeimg show --json indexed | jq '[.queues[].id]' >found
	assert_same_text wanted found
	[[ $(pipeimg show --raw indexed) == onetwothreefour ]]
}

# ---- standard input and output -------------------------------------------------------------------

@test "convert reads standard input and writes standard output, files and pipes alike" {
	make_image image "${mixed_queue[@]}" --new s:@65536
	converts image wanted --layout indexed
	pipeimg convert - - --layout indexed <image >found
	assert_same_file wanted found
	cat image | pipeimg convert - - --layout indexed | cat >found
	assert_same_file wanted found
	cat image | pipeimg convert - - | cat >found
	assert_same_file image found
	cat image | pipeimg convert - file --layout indexed
	assert_same_file wanted file
	pipeimg convert image - --layout indexed | pipeimg convert - - --layout packets | cat >found
	assert_same_file image found
}

@test "standard input may start in the middle of a file" {
	make_image image "${mixed_queue[@]}"
	(printf 'line\n' && cat image) >prefixed
	{
		read -r line
		pipeimg convert - found --layout indexed
	} <prefixed
	converts image wanted --layout indexed
	assert_same_file wanted found
}

@test "a FIFO can be the target" {
	make_image image "${mixed_queue[@]}"
	mkfifo fifo
	cat fifo >found 3>&- &
	started+=($!)
	converts image fifo
	wait "$!"
	assert_same_file image found
	[[ -p fifo ]]
}

@test "a changed byte is an error even if the output goes to standard output" {
	make_image image p:one s:two p:three
	make_changed image changed
	for layout in '' --layout=packets --layout=indexed --layout=spliced; do
		# shellcheck disable=SC2086 # none, or one
		assert_fails 1 "changed: " to_nowhere pipeimg convert changed - $layout
		assert_error_has "XXH3"
	done
}

to_nowhere() {
	"$@" >/dev/null
}

# make_changed IMAGE NAME: changes the last byte of the payload
make_changed() {
	cp "$1" "$2"
	printf X | dd of="$2" bs=1 seek=$(($(stat -c %s "$2") - 1)) conv=notrunc status=none
}

@test "the name of OUT selects the format, and .zst compresses it; --to takes precedence" {
	make_image image p:one s:two
	pipeimg convert image wanted.json --to json
	pipeimg convert image wanted.pcapng --to pcapng
	converts image new.json
	assert_same_file wanted.json new.json
	converts image new.pcapng
	assert_same_file wanted.pcapng new.pcapng
	converts image new.img
	assert_same_file image new.img
	converts new.json back.img
	assert_same_file image back.img
	converts image new.json.zst
	zstd -qdc new.json.zst >found
	assert_same_file wanted.json found
	converts image new.pcapng.zst
	zstd -qdc new.pcapng.zst >found
	assert_same_file wanted.pcapng found
	converts new.json.zst new.img.zst
	zstd -qdc new.img.zst >found
	assert_same_file image found
	converts image new --to json
	assert_same_file wanted.json new
	converts image .json
	assert_same_file image .json
	run --separate-stderr pipeimg convert image other.json --to img
	assert_status 0
	assert_same_file image other.json
}

@test "a name that suggests another format causes a notice" {
	make_image image p:one
	run --separate-stderr pipeimg upgrade -q image -o new.zst --force
	assert_no_error
	run --separate-stderr pipeimg compress image -o new.tar.gz
	[[ $stderr == *"new.tar.gz: not compressed with gzip, despite its name" ]] || fail "$(show_run)"
	run --separate-stderr pipeimg convert image new.json --to img
	[[ $stderr == "pipeimg: new.json: not JSON, despite its name; use pipeimg convert --to json" ]] || fail "$(show_run)"
	run --separate-stderr pipeimg convert image new.pcapng --to json
	[[ $stderr == "pipeimg: new.pcapng: not pcapng, despite its name; use pipeimg convert --to pcapng" ]] ||
		fail "$(show_run)"
	converts image packed.json --to json --compress
	converts image packed.pcapng --to pcapng --compress
	converts image other.json --to json
	converts image other.pcapng --to pcapng
	converts image other.zst --compress
	converts -q image quiet.zst
	mkfifo fifo.zst
	cat fifo.zst >from-fifo &
	started+=($!)
	converts image fifo.zst --compress
}

# ---- what is refused -----------------------------------------------------------------------------

@test "a damaged image is refused before the target is created" {
	make_image image p:one s:two p:three
	make_changed image changed
	head -c -2 image >short
	printf 'just some text\n' >text
	: >empty
	for layout in '' --layout=packets --layout=indexed --layout=spliced --image-version=1.0; do
		# shellcheck disable=SC2086 # none, or one
		{
			assert_fails_cleanly 1 "changed: " pipeimg convert changed new $layout
			assert_fails_cleanly 1 "short: record 3" pipeimg convert short new $layout
			assert_fails_cleanly 1 "short: record 3" pipeimg convert short image --force $layout
			assert_fails_cleanly 1 "short: record 3" pipeimg convert short - $layout
			assert_output ""
			assert_fails_cleanly 1 "text: is not a CRIU image" pipeimg convert text new $layout
			assert_fails_cleanly 1 "empty: is empty" pipeimg convert empty new $layout
		}
	done
	assert_fails_cleanly 1 "which contain no queues" \
		pipeimg convert "$fixtures/criu-4.2/sizes/pstree.img" new
	assert_fails_cleanly 3 "missing: cannot open: No such file" pipeimg convert missing new
}

@test "an existing target stays unchanged unless --force is given" {
	make_image image p:one
	printf precious >old
	chmod 0644 old
	ln -s old link
	assert_fails_cleanly 3 "old: already exists; use --force to replace it" \
		pipeimg convert image old --layout indexed
	assert_fails_cleanly 3 "link: already exists; use --force to replace it" pipeimg convert image link
	converts image link --force
	assert_same_file image old
	[[ -L link && $(stat -c %a old) == 644 ]]
	[[ $(ls -A) == $'image\nlink\nold' ]]
}

@test "an image can be its own target" {
	make_image image "${mixed_queue[@]}"
	converts image wanted --layout indexed
	assert_fails_cleanly 3 "already exists" pipeimg convert image image --layout indexed
	converts image image --layout indexed --force
	assert_same_file wanted image
}

@test "a new target is readable only by its owner" {
	make_image image p:secret
	chmod 0644 image
	(
		umask 0
		converts image copy
	)
	[[ $(stat -c %a copy) == 600 ]]
}

@test "an error names the target that cannot be created" {
	make_image image p:one
	mkdir directory
	ln -s missing/target dangling
	assert_fails_cleanly 3 "missing/new: cannot create: No such file" \
		pipeimg convert image missing/new
	assert_fails_cleanly 2 "directory: is a directory" pipeimg convert image directory
	assert_fails_cleanly 2 "directory: is a directory" pipeimg convert image directory --force
	assert_fails_cleanly 3 "dangling: " pipeimg convert image dangling
}

@test "an error names the directory without write permission" {
	make_image image p:one
	chmod a+r image
	use_plain_user
	mkdir closed
	cp -p image closed/old
	chmod 0555 closed
	assert_fails_cleanly 3 "closed/new: cannot create: Permission denied" \
		pipeimg convert image closed/new
	assert_fails_cleanly 3 "closed/old: cannot create: Permission denied" \
		pipeimg convert image closed/old --force
}

@test "a full device is an error" {
	make_image image p:one
	assert_fails_cleanly 3 "/dev/full: cannot write: No space left on device" \
		pipeimg convert image /dev/full
	full_pipeimg() {
		pipeimg "$@" >/dev/full
	}
	assert_fails_cleanly 3 "standard output: cannot write: No space left on device" \
		full_pipeimg convert image - --layout indexed
	assert_fails_cleanly 3 "standard output: cannot write: No space left on device" \
		full_pipeimg convert image -
}

@test "a full disk is an error, and leaves neither target nor temporary files" {
	need_root "to mount a small file system"
	unshare --mount true 2>/dev/null || skip "cannot create a mount namespace"
	make_image image s:@65536 --new p:one
	mkdir small
	cat >../in-small <<-'END'
		mount -t tmpfs -o size=16k none small || exit 99
		printf precious >small/old
		for layout in packets indexed spliced; do
			"$1" convert image small/new --layout $layout
			echo "new: $?"
			"$1" convert image small/old --layout $layout --force
			echo "old: $?"
		done
		ls -A small
		cat small/old
	END
	run --separate-stderr unshare --mount bash ../in-small "$program"
	[[ $status -ne 99 ]] || skip "cannot mount a tmpfs"
	assert_output $'new: 3\nold: 3\nnew: 3\nold: 3\nnew: 3\nold: 3\nold\nprecious'
	assert_error_has "pipeimg: small/new: cannot write: No space left on device"
	assert_error_has "pipeimg: small/old: cannot write: No space left on device"
	assert_errors_are_ours
}

@test "a file size limit is an error, and leaves nothing" {
	make_image image s:@65536
	limited() {
		# SIGXFSZ would kill the program; if it is ignored, writes fail with EFBIG.
		(
			trap '' XFSZ
			ulimit -f 16
			pipeimg convert image new --layout indexed
		)
	}
	assert_fails_cleanly 3 "new: cannot write: File too large" limited
}

@test "a reader that closes the pipe ends convert silently" {
	make_image image --capacity 1048576 s:@1000000
	set +o pipefail
	pipeimg convert image - 2>errors | head -c 1 >/dev/null
	statuses=("${PIPESTATUS[@]}")
	[[ ${statuses[0]} -eq 141 ]] || fail "${statuses[*]}"
	[[ ! -s errors ]] || fail "$(cat errors)"
}

@test "a usage error is reported, and nothing is done" {
	make_image image p:one
	for arguments in '' 'image' 'image new more' 'image new --layout' 'image new --layout nothing' \
		'image new --layout=' 'image new --image-version 1.2' 'image new --image-version' \
		'image new --unknown' 'image new -o new'; do
		# shellcheck disable=SC2086 # several words
		assert_fails_cleanly 2 "" pipeimg convert $arguments
		assert_error_has "Usage: pipeimg convert"
		assert_output ""
	done
	assert_fails_cleanly 2 "use packets, indexed or spliced" \
		pipeimg convert image new --layout nothing
	assert_fails_cleanly 2 "1.0 or 1.1, not '1.2'" pipeimg convert image new --image-version 1.2
}

@test "an empty name is not a valid target" {
	make_image image p:one
	assert_fails_cleanly 2 "'' is not a file name" pipeimg convert image ''
}

# ---- interruptions -------------------------------------------------------------------------------

# bats test_tags=race
@test "convert ends on SIGINT, SIGTERM and SIGHUP while it waits for its image" {
	env --default-signal=INT true || skip "env has no --default-signal"
	open_silent_fifo
	printf precious >old
	for signal in INT TERM HUP; do
		input=$BATS_TEST_TMPDIR/silent interrupted_by "$signal" convert - new
		[[ $stderr == "pipeimg: standard input: interrupted" ]] || fail "$(show_run)"
	done
	input=$BATS_TEST_TMPDIR/silent interrupted_by INT convert - old --force
	[[ $(ls -A) == old && $(cat old) == precious ]]
}

# bats test_tags=race
@test "convert ends on SIGINT while its output is blocked" {
	env --default-signal=INT true || skip "env has no --default-signal"
	make_image image --capacity 1048576 s:@1000000
	open_silent_fifo
	for layout in packets indexed spliced; do
		interrupted_by INT convert image "$BATS_TEST_TMPDIR/silent" --layout "$layout"
		[[ $stderr == "pipeimg: "*"interrupted"* ]] || fail "$(show_run)"
	done
	[[ $(ls -A) == image ]]
}

@test "SIGINT at any system call leaves the old target or the new one, and no temporary files" {
	need_injection
	make_image image "${mixed_queue[@]}"
	prepare_targets image
	for target in new old; do
		for call in write fsync linkat renameat ?renameat2 fchown; do
			at_every_call "$call" :signal=INT assert_all_or_nothing \
				convert image "work/$target" --layout indexed --force
		done
	done
	at_every_call openat :signal=INT assert_all_or_nothing \
		convert image "work/$target" --layout indexed --force
}

@test "any failing system call leaves the old target, and no temporary files" {
	need_injection
	make_image image "${mixed_queue[@]}"
	prepare_targets image
	for target in new old; do
		for call in write fsync linkat renameat ?renameat2; do
			at_every_call "$call" :error=EIO assert_all_or_nothing \
				convert image "work/$target" --layout indexed --force
		done
	done
	at_every_call openat :error=EMFILE assert_all_or_nothing \
		convert image "work/$target" --layout indexed --force
}

@test "without O_TMPFILE, the target is still replaced completely or not at all" {
	local nameless
	need_injection
	make_image image "${mixed_queue[@]}"
	prepare_targets image
	strace -f -qq -o ../calls -e trace=openat "$program" convert image ../nameless
	nameless=$(grep -n O_TMPFILE ../calls | head -n 1 | cut -d : -f 1)
	[[ -n $nameless ]] || skip "O_TMPFILE is not supported here"
	injected=(-e "inject=openat:error=EOPNOTSUPP:when=$nameless")
	for target in new old; do
		for call in write fsync linkat renameat ?renameat2; do
			for fault in :error=EIO :signal=INT; do
				at_every_call "$call" "$fault" assert_all_or_nothing \
					convert image "work/$target" --layout indexed --force
			done
		done
	done
	# NFS cannot rename without replacing, but a link can do this.
	injected+=(-e inject=renameat2:error=EINVAL)
	target=new
	at_every_call linkat :error=EIO assert_all_or_nothing \
		convert image work/new --layout indexed
}

@test "SIGKILL at any system call leaves the complete old target or the complete new one" {
	need_injection
	need_nameless_files
	make_image image "${mixed_queue[@]}"
	prepare_targets image
	for call in "${changing_calls[@]}"; do
		at_every_call "$call" :signal=KILL assert_whole_without_litter \
			convert image work/new --layout indexed
		at_every_call "$call" :signal=KILL assert_whole \
			convert image work/old --layout indexed --force
	done
	# These calls leave no alternative, so it is known to have been killed there.
	[[ ${injections[write]} -ge 1 && ${injections[fsync]} -eq 2 && ${injections[linkat]} -eq 1 &&
		${injections[renameat]} -eq 1 ]] || fail "$(declare -p injections)"
}

@test "different origins of one queue are not merged" {
	synthetic image pipe "id=7 bytes=1 kind=1 1003=hex:1864 payload=a" \
		"id=7 bytes=1 kind=1 1003=hex:1865 payload=b" >image
	assert_fails_cleanly 1 "image: pipe 7" pipeimg convert image new --layout indexed
	pipeimg convert image new --layout packets
}

@test "a read error while runs are split into packets is an error, even to standard output" {
	local number
	need_injection
	head -c 1000000 /dev/zero >payload
	"$python" -c "import struct, sys; m = b'\x08\x07\x10\xc0\x84\x3d'; sys.stdout.buffer.write(struct.pack('<III', 0x54564319, 0x56453709, len(m)) + m + open('payload', 'rb').read())" >big
	pipeimg convert big whole --frame fixed:1000
	for ((number = 1; number < 40; number++)); do
		status=0
		strace -qq -o log -e trace=pread64 -e signal=none -e inject=pread64:error=EIO:when=$number \
			"$program" convert big - --frame fixed:1000 >out 2>errors || status=$?
		grep -q INJECTED log || break
		# The first calls belong to the loader, which can do without some of them.
		[[ $status -eq 3 || $status -eq 127 ]] || cmp -s whole out ||
			fail "read $number: status $status" "$(cat errors)"
	done
	[[ $number -gt 8 && $number -lt 40 ]]
	cmp whole out
}
