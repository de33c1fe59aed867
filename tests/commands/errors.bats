#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Errors: the message names the file, the exit status gives the cause (1 the data, 2 the usage, 3 the system), and no
# files are left.
# shellcheck disable=SC2154 # hold sets variables
load helpers.bash

# Tests compare a work directory before and after, so their own files go elsewhere.
setup() {
	mkdir "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

# Captures the pipes of a process to the image of that name.
make_image() {
	hold "${@:2}"
	pipeimg capture -q --pid "$holder" -o "$1"
}

# Like assert_fails; the work directory stays unchanged, including hidden files.
assert_fails_cleanly() {
	local before after
	before=$(listing .)
	assert_fails "$@"
	after=$(listing .)
	[[ $before == "$after" ]] || fail "the directory changed" "$before" "---" "$after"
}

# ---- images that cannot be read ------------------------------------------------------------------

# refused STATUS MESSAGE IMAGE: by show and by restore, which runs nothing
refused() {
	local name=$3
	[[ $name != - ]] || name="standard input"
	assert_fails_cleanly "$1" "$name: $2" pipeimg show "$3"
	assert_fails_cleanly "$1" "$name: $2" pipeimg restore "$3" -- touch ran
	assert_output ""
}

@test "an empty file is not an image" {
	: >image
	refused 1 "is empty" image
}

@test "a text file is not an image" {
	printf 'just some text\n' >image
	refused 1 "is not a CRIU image" image
}

@test "a program is not an image" {
	cp "$program" image
	refused 1 "is not a CRIU image" image
}

@test "an image of another type is refused by its name, with advice on which file to give instead" {
	refused 1 "is a CRIU image of PSTREE records, which contain no queues; give pipes-data.img" \
		"$fixtures/criu-4.2/sizes/pstree.img"
}

@test "a directory that CRIU did not write is not an image" {
	mkdir directory
	printf text >directory/file
	refused 1 "contains no queue image" directory
}

@test "every command reports a dump that lacks the queue of a read end as damaged" {
	cp -r "$fixtures/criu-4.2/length-prefixed" dump
	gzip dump/pipes-data.img
	assert_fails_cleanly 1 "dump: pipe 30740: a read end is in the dump, but no pipes-data.img [PI304]" \
		pipeimg show dump
	assert_fails_cleanly 1 "PI304" pipeimg convert dump new --layout indexed
	assert_fails_cleanly 1 "PI304" pipeimg upgrade dump -o new
	assert_fails_cleanly 1 "PI304" pipeimg upgrade dump --in-place
	assert_fails_cleanly 1 "PI304" pipeimg compress dump -o new
	assert_fails_cleanly 1 "PI304" pipeimg restore dump -- true
	assert_fails_cleanly 1 "PI304" pipeimg diff dump "$fixtures/criu-4.2/length-prefixed"
	tar -cf dump.tar dump
	assert_fails_cleanly 1 "PI304" pipeimg show dump.tar
	# It has another queue instead.
	synthetic image pipe "id=7 payload=one" >dump/pipes-data.img
	assert_fails 1 "dump: pipe 30740: a read end is in the dump, but no record of the queue [PI304]" \
		pipeimg show dump
}

@test "an error in an image of a directory names the file" {
	copy_fixture criu-4.2/sizes directory
	truncate -s -1 directory/pipes-data.img
	assert_fails_cleanly 1 "directory/pipes-data.img: record" pipeimg show directory
	assert_fails_cleanly 1 "directory/pipes-data.img: record" \
		pipeimg restore directory --pipe 28170 -- touch ran
}

@test "a missing file cannot be opened" {
	refused 3 "cannot open: No such file or directory" missing
}

@test "a file without read permission cannot be opened" {
	use_plain_user
	: >image
	chmod 0 image
	chmod a+x "$BATS_TEST_TMPDIR"
	run --separate-stderr pipeimg show "$PWD/image"
	assert_status 3
	assert_error_has "pipeimg: $PWD/image: cannot open: Permission denied"
	run --separate-stderr pipeimg restore "$PWD/image" -- touch "$PWD/ran"
	assert_status 3
	[[ ! -e ran ]]
}

@test "an image that ends within its magic numbers is refused" {
	local length
	make_image whole p:one
	for length in 1 2 3 4 5 7; do
		head -c "$length" whole >image
		refused 1 "ends within its magic number" image
	done
}

@test "an image that ends within a record's length is refused, with record and offset" {
	local length
	make_image whole p:one
	for length in 9 10 11; do
		head -c "$length" whole >image
		refused 1 "record 1 at 0x8: the file ends after $((length - 8)) of 4 bytes" image
	done
}

@test "an image that ends within a message is refused, with record and offset" {
	make_image whole p:one
	head -c 20 whole >image
	refused 1 "record 1 at 0x8: the file ends after 8 of " image
}

@test "an image that ends within a payload is refused, with record, pipe and offset" {
	make_image whole p:one p:twenty-bytes-payload
	head -c -1 whole >image
	run --separate-stderr pipeimg show image
	assert_status 1
	[[ $stderr =~ ^pipeimg:\ image:\ record\ 2\ \(pipe\ $pipe\)\ at\ 0x[0-9a-f]+:\ .*\ 19\ of\ 20\ bytes ]] ||
		fail "$(show_run)"
}

@test "an image cut at any byte after its magic numbers shows only complete chunks, and fails" {
	need_program python3
	make_image whole p:one s:@30 p:three
	# If no record is left, it is not visible that more followed.
	[[ $(python3 "$damage_py" cuts "$program" whole) -eq 1 ]]
}

@test "any damaged byte is an error or another image, never a crash" {
	need_program python3
	make_image whole p:one s:two p:three
	python3 "$damage_py" bytes "$program" whole
}

@test "a damaged image shows what is complete, and then fails" {
	make_image whole p:one s:two p:three
	head -c -2 whole >image
	run --separate-stderr pipeimg show image
	assert_status 1
	assert_output_has "one"
	assert_output_has "two"
	assert_output_lacks "thr"
	assert_errors_are_ours
	run --separate-stderr pipeimg show --json image
	assert_status 1
	jq -e '.damaged == true and (.queues[0].chunks | length == 2)' <<<"$output" >/dev/null
}

@test "restore refuses a damaged image, and runs nothing" {
	make_image whole p:one s:two p:three
	head -c -2 whole >image
	assert_fails_cleanly 1 "image: record 3" pipeimg restore image -- touch ran
	assert_fails_cleanly 1 "standard input: record 3" pipeimg restore - -- touch ran <image
}

@test "restore refuses a damaged image, and fills nothing" {
	make_image whole p:one s:two p:three
	head -c -2 whole >image
	mkfifo fifo
	hold --fifo fifo --new
	assert_fails_cleanly 1 "image: record 3" pipeimg restore image --fifo fifo
	use_pipe 1
	assert_fails_cleanly 1 "image: record 3" pipeimg restore image --into "$holder:$read_fd"
	[[ $(pipeimg list --json --pid "$holder" | jq '[.pipes[].bytes] | add') -eq 0 ]]
}

@test "restore refuses an image with a changed payload, and runs nothing" {
	make_image image p:one s:two p:three
	printf X | dd of=image bs=1 seek=$(($(stat -c %s image) - 1)) conv=notrunc status=none
	assert_fails_cleanly 1 "image: " pipeimg restore image -- touch ran
	assert_error_has "XXH3"
}

@test "damage on standard input names standard input" {
	make_image whole p:one
	run --separate-stderr pipeimg show - < <(head -c -1 whole)
	assert_status 1
	assert_error_has "pipeimg: standard input: record 1"
	run --separate-stderr pipeimg show - </dev/null
	assert_status 1
	assert_error_has "pipeimg: standard input: is empty"
}

@test "a record length of 4 GiB is refused immediately, using little memory" {
	printf '\x19\x43\x56\x54\x09\x37\x45\x56\xff\xff\xff\xff\x08\x01\x10\x03' >image
	refused 1 "record 1 at 0x8: " image
	# pipe_id 1, bytes 4294967295
	printf '\x19\x43\x56\x54\x09\x37\x45\x56\x08\0\0\0\x08\x01\x10\xff\xff\xff\xff\x0fabc' >image
	(
		# A build with sanitizers reserves much more memory than it uses.
		[[ -n ${PIPEIMG_SANITIZED-} ]] || ulimit -v 200000
		refused 1 "record 1 (pipe 1) at 0x8: the file ends after 3 of 4294967295 bytes" image
	)
}

@test "if the image does not contain the requested pipe, the error names it and those that are there" {
	make_image image p:one
	run --separate-stderr pipeimg restore image --pipe 7 -- touch ran
	assert_status 1
	assert_error_has "pipeimg: image: queue 7 not found"
	assert_error_has "--pipe $pipe"
	[[ ! -e ran ]]
}

@test "the queue of a datagram socket is not restored to a pipe" {
	run --separate-stderr pipeimg restore "$fixtures/criu-4.2/fifo-and-dgram/sk-queues.img" -- touch ran
	assert_status 1
	assert_error_has "sk-queues.img: contains no pipe or FIFO queue"
	[[ ! -e ran ]]
}

# ---- processes and pipes that do not exist -------------------------------------------------------

# A pid that was used by a process that has ended.
dead_pid() {
	sleep 0 </dev/null >/dev/null 2>&1 3>&- &
	wait "$!"
	dead=$!
	[[ ! -e /proc/$dead ]]
}

# bats test_tags=race
@test "an error names a process that has ended" {
	dead_pid
	assert_fails_cleanly 3 "process $dead not found" pipeimg list --pid "$dead"
	assert_fails_cleanly 3 "process $dead not found" pipeimg capture --pid "$dead" -o image
	assert_fails_cleanly 3 "process $dead not found" pipeimg capture --pid "$dead" --fd 0 -o image
	make_image image p:one
	assert_fails_cleanly 3 "no process $dead" pipeimg restore image --into "$dead:0"
}

# bats test_tags=race
@test "an error names a process without pipes" {
	detached sleep 600 </dev/null >/dev/null 2>&1 &
	started+=($!)
	has_no_pipe() {
		[[ $(<"/proc/$1/comm") == sleep && -z $(find "/proc/$1/fd" -lname 'pipe:*') ]]
	}
	wait_until has_no_pipe "$!"
	assert_fails_cleanly 3 "process $! has no pipe or FIFO open" pipeimg capture --pid "$!" -o image
	assert_fails_cleanly 3 "descriptor 0 of process $! is not an end of a pipe" \
		pipeimg capture --pid "$!" --fd 0 -o image
}

# bats test_tags=race
@test "an error names a pipe that does not exist" {
	hold p:one
	kill "$holder"
	wait "$holder" || true
	assert_fails_cleanly 3 "pipe $pipe is not open in a" pipeimg capture --pipe "$pipe" -o image
}

@test "an error names a descriptor that is closed" {
	hold p:one
	assert_fails_cleanly 3 "descriptor 99 of process $holder is not an end of a pipe" \
		pipeimg capture --pid "$holder" --fd 99 -o image
	assert_fails_cleanly 3 "descriptor 99 is not open in pipeimg" pipeimg capture --fd 99 -o image
	assert_fails_cleanly 3 "descriptor 0 is neither a pipe nor a FIFO" \
		pipeimg capture --fd 0 -o image </dev/null
	make_image ../image p:one
	assert_fails_cleanly 3 "descriptor 99" pipeimg restore ../image --into "$holder:99"
}

@test "one selector without a match makes the capture fail" {
	hold p:one
	dead_pid
	assert_fails_cleanly 3 "process $dead not found" pipeimg capture --pid "$holder" --pid "$dead" -o image
}

@test "a FIFO that nobody has open cannot be captured" {
	need_root "to see all processes"
	mkfifo fifo
	assert_fails_cleanly 3 "fifo: no process has it open" pipeimg capture --fifo fifo -o image
}

@test "a file that is not a FIFO is refused by --fifo" {
	make_image image p:one
	: >file
	assert_fails_cleanly 3 "file: not a FIFO" pipeimg capture --fifo file -o other
	assert_fails_cleanly 3 "file: not a FIFO" pipeimg restore image --fifo file
	assert_fails_cleanly 3 "missing: No such file or directory" pipeimg capture --fifo missing -o other
	assert_fails_cleanly 3 "missing: No such file or directory" pipeimg restore image --fifo missing
}

@test "pipes and FIFOs do not fit into one file, and the error suggests a directory" {
	mkfifo fifo
	hold p:one --fifo fifo s:two
	run --separate-stderr pipeimg capture --pid "$holder" -o image
	assert_status 2
	assert_error_has "write to a directory"
	[[ ! -e image ]]
}

@test "an unprivileged user cannot capture another user's pipes, and the error says so" {
	need_root "to create a pipe of another user"
	hold p:one
	use_plain_user
	make_plain_directory plain
	assert_fails_cleanly 3 "process $holder cannot be inspected: permission denied" \
		pipeimg capture --pid "$holder" -o plain/image
	run --separate-stderr pipeimg capture --pipe "$pipe" -o plain/image
	assert_status 3
	assert_error_has "pipe $pipe is not open in any process that you may inspect"
	[[ -z $(ls -A plain) ]]
}

@test "an error names a command that does not exist" {
	make_image image p:one
	assert_fails_cleanly 3 "missing-command: No such file or directory" \
		pipeimg restore image -- missing-command
	assert_fails_cleanly 3 "./image: Permission denied" pipeimg restore image -- ./image
}

@test "if a pipe is too large for an unprivileged user, the error names the limit" {
	use_plain_user
	make_plain_directory plain
	local limit
	limit=$(</proc/sys/fs/pipe-max-size)
	[[ $limit -le 1048576 ]] || skip "fs.pipe-max-size is larger than usual"
	# 272 page-sized packets need 272 slots, more than fs.pipe-max-size allows.
	python3 - >plain/image <<-'END'
		import struct, sys
		def varint(value):
		    out = bytearray()
		    while value > 127:
		        out.append(value & 127 | 128)
		        value >>= 7
		    return bytes(out) + bytes([value])
		out = struct.pack("<II", 0x54564319, 0x56453709)
		for number in range(272):
		    message = b"\x08\x01\x10" + varint(4096) + b"\x18" + varint(272 * 4096)
		    out += struct.pack("<I", len(message)) + message + b"x" * 4096
		sys.stdout.buffer.write(out)
	END
	run --separate-stderr pipeimg restore plain/image -- true
	assert_status 3
	assert_error_has "pipe-max-size"
	assert_errors_are_ours
}

# ---- output that cannot be written ---------------------------------------------------------------

@test "an existing image stays unchanged unless --force is given" {
	hold p:one
	printf precious >image
	assert_fails_cleanly 3 "image: already exists; use --force to replace it" \
		pipeimg capture --pid "$holder" -o image
	run --separate-stderr pipeimg capture -q --pid "$holder" -o image --force
	assert_status 0
	[[ $(pipeimg show --raw image) == one ]]
	[[ $(ls -A) == image ]]
}

@test "--force keeps the mode of the file, and symbolic links to it" {
	hold p:one
	printf precious >target
	chmod 0644 target
	ln -s target link
	pipeimg capture -q --pid "$holder" -o link --force
	[[ -L link && $(stat -c %a target) == 644 ]]
	[[ $(pipeimg show --raw target) == one ]]
	[[ $(ls -A) == $'link\ntarget' ]]
}

@test "--force keeps the owner of the file" {
	need_root "to change the owner of files"
	hold p:one
	printf precious >image
	chown 65534:65534 image
	pipeimg capture -q --pid "$holder" -o image --force
	[[ $(stat -c %u:%g image) == 65534:65534 ]]
}

@test "a dangling symbolic link is not written through" {
	hold p:one
	ln -s missing/target link
	assert_fails_cleanly 3 "link: " pipeimg capture --pid "$holder" -o link
}

@test "--force with an error leaves the file unchanged" {
	hold p:one
	printf precious >image
	dead_pid
	assert_fails_cleanly 3 "process $dead not found" pipeimg capture --pid "$dead" -o image --force
}

@test "an error names a directory that does not exist" {
	hold p:one
	assert_fails_cleanly 3 "missing/image: cannot create: No such file or directory" \
		pipeimg capture --pid "$holder" -o missing/image
	assert_fails_cleanly 3 "missing/images/: cannot create: No such file or directory" \
		pipeimg capture --pid "$holder" -o missing/images/
}

@test "a directory that is not empty is not replaced, even with --force" {
	hold p:one
	mkdir directory
	printf precious >directory/file
	assert_fails_cleanly 3 "directory/: already exists and is not empty" \
		pipeimg capture --pid "$holder" -o directory/
	assert_fails_cleanly 3 "directory: already exists and is not empty" \
		pipeimg capture --pid "$holder" -o directory --force
}

@test "a file is not replaced by a directory" {
	hold p:one
	printf precious >file
	assert_fails_cleanly 3 "file/: " pipeimg capture --pid "$holder" -o file/
}

@test "an empty directory may become the image" {
	hold p:one
	mkdir directory
	pipeimg capture -q --pid "$holder" -o directory
	[[ $(ls -A) == directory && $(ls -A directory) == pipes-data.img ]]
}

@test "an error names a directory without write permission" {
	use_plain_user
	make_plain_directory plain
	mkdir closed
	chmod 0555 closed
	hold p:one
	assert_fails_cleanly 3 "closed/image: cannot create: Permission denied" \
		pipeimg capture --pid "$holder" -o closed/image
	assert_fails_cleanly 3 "closed/images/: cannot create: Permission denied" \
		pipeimg capture --pid "$holder" -o closed/images/
}

@test "a full device is an error for capture, show, list, help and version" {
	hold p:one
	pipeimg capture -q --pid "$holder" -o image
	assert_fails_cleanly 3 "/dev/full: cannot write: No space left on device" \
		pipeimg capture --pid "$holder" -o /dev/full
	for command in "capture --pid $holder -q -o -" 'show image' 'show --raw image' 'show --json image' list \
		'list --json' --help --version 'show --help' 'show --version' help; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr full_pipeimg $command
		assert_status 3
		assert_error_has "pipeimg: standard output: cannot write: No space left on device"
	done
}

full_pipeimg() {
	pipeimg "$@" >/dev/full
}

@test "a full disk is an error, and leaves neither image nor temporary files" {
	need_root "to mount a small file system"
	unshare --mount true 2>/dev/null || skip "cannot create a mount namespace"
	hold s:@65536
	mkdir small
	cat >../in-small <<-'END'
		mount -t tmpfs -o size=16k none small || exit 99
		printf precious >small/old
		"$@" -o small/image
		echo "file: $?"
		"$@" -o small/old --force
		echo "old: $?"
		"$@" -o small/images/
		echo "directory: $?"
		ls -A small
		cat small/old
	END
	run --separate-stderr unshare --mount bash ../in-small "$program" capture --pid "$holder"
	[[ $status -ne 99 ]] || skip "cannot mount a tmpfs"
	assert_output $'file: 3\nold: 3\ndirectory: 3\nold\nprecious'
	assert_error_has "pipeimg: small/image: cannot write: No space left on device"
	assert_error_has "pipeimg: small/old: cannot write: No space left on device"
	assert_error_has "pipeimg: small/images/pipes-data.img: cannot write: No space left on device"
	assert_errors_are_ours
}

@test "a file size limit is an error, and leaves nothing" {
	hold s:@65536
	limited() {
		# SIGXFSZ would kill the program; if it is ignored, writes fail with EFBIG.
		(
			trap '' XFSZ
			ulimit -f 16
			pipeimg capture --pid "$holder" -o image
		)
	}
	assert_fails_cleanly 3 "image: cannot write: File too large" limited
}

@test "running out of descriptors is reported as such" {
	hold p:one
	limited() {
		(
			ulimit -n 8
			exec "$program" capture --pid "$holder" -o image 3>&-
		)
	}
	run --separate-stderr limited
	assert_status 3
	assert_error_has "raise it with ulimit -n"
	[[ ! -e image ]]
}

@test "closed standard output is an error unless nothing is written" {
	make_image image p:one
	closed() {
		"$program" "$@" >&-
	}
	run --separate-stderr closed capture -q --pid "$holder" -o other
	assert_status 0
	[[ $(pipeimg show --raw other) == one ]]
}

# bats test_tags=race
@test "a reader that closes the pipe ends show, list and capture silently" {
	local pieces=() number
	for ((number = 0; number < 256; number++)); do
		pieces+=(p:@4096)
	done
	make_image image --capacity 1048576 "${pieces[@]}"
	for command in 'show --hex image' 'show --json image' 'show --raw image' \
		"capture -q --pid $holder -o -"; do
		# shellcheck disable=SC2086 # several words
		set +o pipefail
		pipeimg $command 2>errors | head -c 1 >/dev/null
		statuses=("${PIPESTATUS[@]}")
		# 141: killed by SIGPIPE.
		[[ ${statuses[0]} -eq 141 || ${statuses[0]} -eq 0 ]] || fail "$command: ${statuses[*]}"
		[[ ! -s errors ]] || fail "$command" "$(cat errors)"
	done
}

# bats test_tags=race
@test "a reader that closes the pipe is an error if SIGPIPE is ignored" {
	local pieces=() number
	for ((number = 0; number < 256; number++)); do
		pieces+=(p:@4096)
	done
	make_image image --capacity 1048576 "${pieces[@]}"
	for command in 'show --hex image' 'show --json image' 'show --raw image' \
		"capture -q --pid $holder -o -"; do
		# shellcheck disable=SC2086 # several words
		(
			trap '' PIPE
			status=0
			pipeimg $command 2>errors || status=$?
			echo "$status" >status
		) | head -c 1 >/dev/null
		[[ $(cat status) -eq 3 ]] || fail "$command: $(cat status)"
		[[ $(cat errors) == "pipeimg: standard output: "*"cannot write: Broken pipe" ]] ||
			fail "$command" "$(cat errors)"
	done
}

# ---- FIFOs -------------------------------------------------------------------------------------

@test "a FIFO as an image is refused before it is opened, and nothing is taken from it" {
	make_image image p:one
	mkfifo fifo
	hold --fifo fifo p:kept
	while read -r arguments; do
		# shellcheck disable=SC2086 # several words
		run --separate-stderr timeout 60 "$program" $arguments
		assert_status 2
		assert_error_has "fifo: is a FIFO, and reading would take its content from its reader"
		assert_error_has "pipeimg capture --fifo fifo -o OUT"
		assert_error_has "cat fifo | pipeimg show -"
	done <<-'END'
		show fifo
		verify fifo
		diff fifo image
		diff image fifo
		convert fifo new
		upgrade fifo -o new
		upgrade image -o new --boundaries fifo
		compress fifo -o new
		restore fifo -- true
	END
	[[ $(reads_of "$holder" "$read_fd") == "4 6b657074"$'\nempty' ]]
	[[ ! -e new ]]
}

@test "a FIFO that nobody has open is refused without waiting for a writer" {
	mkfifo fifo
	run --separate-stderr timeout 60 "$program" show fifo
	assert_status 2
	assert_error_has "fifo: is a FIFO"
}

@test "an image is read from a process substitution, and from a FIFO that is standard input" {
	make_image image p:one
	pipeimg show image >wanted
	pipeimg show <(cat image) | sed 's,^/dev/fd/[0-9]*,image,' >found
	assert_same_text wanted found
	mkfifo fifo
	cat image >fifo 3>&- &
	pipeimg show - <fifo >found
	[[ $(wc -l <found) -eq $(wc -l <wanted) ]]
}

# ---- signals -------------------------------------------------------------------------------------

# bats test_tags=race
@test "show ends on SIGINT, SIGTERM and SIGHUP while it waits for standard input" {
	env --default-signal=INT true || skip "env has no --default-signal"
	open_silent_fifo
	for signal in INT TERM HUP; do
		input=$BATS_TEST_TMPDIR/silent interrupted_by "$signal" show -
		[[ $stderr == "pipeimg: standard input: interrupted" ]] || fail "$(show_run)"
		[[ -z $(ls -A) ]]
	done
}

# bats test_tags=race
@test "restore ends on SIGINT, SIGTERM and SIGHUP while it waits for a FIFO's reader" {
	env --default-signal=INT true || skip "env has no --default-signal"
	make_image image p:one
	mkfifo fifo
	for signal in INT TERM HUP; do
		interrupted_by "$signal" restore image --fifo fifo
		[[ $stderr == "pipeimg: fifo: interrupted"* ]] || fail "$(show_run)"
	done
	[[ $(ls -A) == $'fifo\nimage' ]]
}

# bats test_tags=race
@test "restore ends on SIGINT while it waits for its image, and runs nothing" {
	env --default-signal=INT true || skip "env has no --default-signal"
	open_silent_fifo
	input=$BATS_TEST_TMPDIR/silent interrupted_by INT restore - -- touch ran
	[[ $stderr == "pipeimg: standard input: interrupted" ]] || fail "$(show_run)"
	[[ -z $(ls -A) ]]
}

# bats test_tags=race
@test "capture ends on SIGINT, SIGTERM and SIGHUP while it waits for a reader of its output" {
	env --default-signal=INT true || skip "env has no --default-signal"
	hold s:@65536
	mkfifo fifo
	for signal in INT TERM HUP; do
		interrupted_by "$signal" capture --pid "$holder" -o fifo
		[[ $stderr == "pipeimg: "*"interrupted"* ]] || fail "$(show_run)"
	done
	[[ $(ls -A) == fifo ]]
}

# bats test_tags=race
@test "capture ends on SIGINT while its output is blocked" {
	env --default-signal=INT true || skip "env has no --default-signal"
	hold --capacity 1048576 s:@500000
	open_silent_fifo
	interrupted_by INT capture --pid "$holder" -o "$BATS_TEST_TMPDIR/silent"
	[[ $stderr == "pipeimg: "*"interrupted"* ]] || fail "$(show_run)"
	[[ -z $(ls -A) ]]
}

# bats test_tags=race
@test "show ends on SIGINT while its output is blocked" {
	env --default-signal=INT true || skip "env has no --default-signal"
	local form
	make_image image --capacity 1048576 s:@500000
	open_silent_fifo
	for form in --raw --hex --json; do
		interrupted_by INT show "$form" image >"$BATS_TEST_TMPDIR/silent"
		[[ $stderr == "pipeimg: "*"interrupted"* ]] || fail "$(show_run)"
	done
}

# bats test_tags=race
@test "a signal that was ignored stays ignored" {
	open_silent_fifo
	env --ignore-signal=INT "$program" show - <"$BATS_TEST_TMPDIR/silent" \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	started+=($!)
	wait_until waits_in_kernel "$!"
	kill -INT "$!"
	sleep 0.3
	[[ -e /proc/$!/fd/0 ]]
}

# bats test_tags=race
@test "output cut off by a signal is not reported as damage, even for a damaged image" {
	env --default-signal=INT true || skip "env has no --default-signal"
	synthetic image pipe "id=7 size=1048576 payload=@1000000" "id=8 payload=cut" | head -c -1 >image
	open_silent_fifo
	interrupted_by INT show --hex image >"$BATS_TEST_TMPDIR/silent"
	synthetic image pipe "id=7 size=1048576 kind=1 payload=@60000" "id=7 kind=1 payload=@60000" >one
	synthetic image pipe "id=8 size=1048576 kind=1 payload=@60001" >other
	interrupted_by INT diff one other >"$BATS_TEST_TMPDIR/silent"
}

# bats test_tags=race
@test "a shell loop ends when the command in it is interrupted" {
	local shell
	open_silent_fifo
	# shellcheck disable=SC2016 # that is for the shell in which it runs
	env --default-signal=INT setsid bash -c \
		'for round in 1 2 3; do "$0" show - <"$1"; done; echo continued' "$program" \
		"$BATS_TEST_TMPDIR/silent" >out 2>err 3>&- &
	shell=$!
	started+=("$shell")
	wait_until children_wait "$shell"
	kill -s INT -- "-$shell"
	status=0
	wait "$shell" || status=$?
	assert_status 130
	[[ $(<err) == *"standard input: interrupted"* && ! -s out ]] || fail "$(cat err out)"
}

children_wait() {
	local child
	read -r child <"/proc/$1/task/$1/children"
	[[ $child ]] && waits_in_kernel "${child%% *}"
}
