#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Compressed images: they are read like plain ones, and every zstd can read the output of compress.
# shellcheck disable=SC2002,SC2094,SC2154 # pipes are wanted; run sets variables
load helpers.bash
load conversion.bash
load compression.bash

# Separate from the files that bats keeps beside it.
setup() {
	mkdir -- "$BATS_TEST_TMPDIR/work"
	cd -- "$BATS_TEST_TMPDIR/work" || return
}

# image FILE: two pipes with packets and stream runs
image() {
	synthetic image pipe "id=7 size=65536 kind=1 payload=one" "id=7 kind=0 payload=@5000" \
		"id=8 size=4096 kind=1 payload=two" >"$1.legacy"
	pipeimg upgrade -q "$1.legacy" -o "$1"
	rm "$1.legacy"
}

# large_image FILE: several megabytes, so that there are several frames
large_image() {
	local number records=()
	for ((number = 0; number < 60; number++)); do
		records+=("id=$number size=1048576 kind=1 payload=@65000" "id=$number kind=1 payload=end-$number")
	done
	synthetic image pipe "${records[@]}" >"$1"
}

# ---- reading -------------------------------------------------------------------------------------

@test "compressed images are shown, verified and converted like plain ones, from files and from a pipe" {
	local method
	need_methods
	image plain
	pipeimg show plain >wanted
	pipeimg show --json plain | jq .queues >wanted.json
	for method in "${methods[@]}"; do
		compressed "$method" plain >packed
		pipeimg show packed | assert_same_text wanted /dev/stdin
		pipeimg show - <packed | assert_same_text wanted /dev/stdin
		cat packed | pipeimg show - | assert_same_text wanted /dev/stdin
		pipeimg show --json packed | jq .queues | assert_same_text wanted.json /dev/stdin
		pipeimg verify -q packed
		cat packed | pipeimg verify -q -
		pipeimg diff -q plain packed
		pipeimg convert packed converted --force
		assert_same_file plain converted
		pipeimg convert packed - --to json >as-json
		gzip <as-json >json.gz
		pipeimg diff -q json.gz packed
	done
}

@test "a compressed image is restored read for read" {
	image plain
	gzip <plain >packed
	pipeimg restore plain --pipe 7 -- cat >wanted
	pipeimg restore packed --pipe 7 -- cat | cmp - wanted
}

@test "an image that is compressed twice can be read" {
	image plain
	gzip <plain | xz >packed
	pipeimg diff -q plain packed
}

@test "a truncated compressed image is shown up to the cut, with PI016" {
	local method
	need_methods
	large_image plain
	for method in "${methods[@]}"; do
		compressed "$method" plain >packed
		head -c $(($(stat -c %s packed) - 20)) packed >cut-off
		run --separate-stderr pipeimg show --packet 2 cut-off
		assert_status 1
		# All of it is a single lz4 block.
		[[ $method == lz4 ]] || assert_output_has "end-1"
		assert_error_has "PI016"
	done
}

@test "one changed byte in the middle of a compressed image is detected" {
	local method
	need_methods
	large_image plain
	for method in "${methods[@]}"; do
		compressed "$method" plain >packed
		"$python" -c 'import sys
data = bytearray(open("packed", "rb").read())
data[len(data) // 2] ^= 0x10
open("packed", "wb").write(data)'
		run --separate-stderr pipeimg verify packed
		assert_status 1
	done
}

@test "windows that need too much memory are refused, with a remedy" {
	need_program zstd
	need_program xz
	head -c 3000000 /dev/urandom >noise
	zstd -q --ultra -22 --long=30 <noise >packed.zst
	xz --lzma2=dict=512MiB <noise >packed.xz
	assert_fails_cleanly 1 "packed.zst: needs more than 64 MiB of memory" pipeimg show packed.zst
	assert_fails_cleanly 1 "packed.xz: needs more than 64 MiB of memory" pipeimg show packed.xz
	# The command in the message works.
	image plain
	zstd -q --ultra -22 --long=30 <plain >packed.zst
	pipeimg show plain >wanted
	zstd -dc --long=31 packed.zst | pipeimg show - | assert_same_text wanted /dev/stdin
}

# ---- compress ------------------------------------------------------------------------------------

@test "zstd -t accepts the output of compress, and decompressing restores every byte" {
	need_program zstd
	large_image plain
	pipeimg compress plain -o packed
	zstd -q -t - <packed
	zstd -q -d -c <packed | cmp - plain
	is_seekable packed
	[[ $(zstd -l -v packed 2>&1 | sed -n 's/^# Zstandard Frames: //p') -ge 3 ]]
}

@test "--packet selects the same packets from a compressed image as from a plain one" {
	local number
	large_image plain
	pipeimg compress plain -o packed
	for number in 59 0 30 31; do
		pipeimg show plain --pipe "$number" --packet 2 >wanted
		pipeimg show packed --pipe "$number" --packet 2 | assert_same_text wanted /dev/stdin
	done
	pipeimg show --hex plain >wanted
	pipeimg show --hex packed | cmp wanted
}

@test "compression levels are those of zstd; others are a usage error" {
	local level
	image plain
	for level in 1 19 22 -5; do
		pipeimg compress plain -o packed --level="$level" --force
		zstd -q -d -c <packed | cmp - plain
	done
	for level in 0 23 x '' 3x; do
		assert_fails_cleanly 2 "takes 1 to 22" pipeimg compress plain -o new --level="$level"
		assert_fails_cleanly 2 "takes 1 to 22" pipeimg convert plain new --compress="$level"
	done
}

@test "compress takes one image, and either -o or --in-place" {
	image plain
	assert_fails_cleanly 2 "use either -o OUT or --in-place" pipeimg compress plain
	assert_fails_cleanly 2 "use either" pipeimg compress plain -o new --in-place
	assert_fails_cleanly 2 "takes one image" pipeimg compress -o new
	assert_fails_cleanly 2 "takes one image, not 2; name the output with -o" pipeimg compress plain new
	assert_fails_cleanly 2 "compress does not support --json" pipeimg compress plain -o new --json
	assert_fails_cleanly 2 "write a level as --compress=LEVEL" pipeimg convert plain new --compress 9
	assert_fails_cleanly 2 "--to json" pipeimg convert plain new --json
	for command in compress convert browse show; do
		if [[ $command == show ]]; then wanted=1; else wanted=0; fi
		[[ $(pipeimg "$command" --help | grep -c -e ' --json ') -eq $wanted ]] || fail "$command"
	done
}

@test "an existing file is replaced only with --force" {
	image plain
	echo precious >old
	assert_fails_cleanly 3 "old: already exists" pipeimg compress plain -o old
	pipeimg compress plain -o old --force
	zstd -q -d -c <old | cmp - plain
}

@test "--in-place keeps mode, owner and times, and leaves no temporary files" {
	need_root
	image plain
	cp plain image
	chmod 640 image
	chown 1234:1235 image
	touch -d '2020-02-02 02:02:02.123456789' image
	stat -c '%a %u %g %y' image >wanted
	pipeimg compress image --in-place
	stat -c '%a %u %g %y' image | assert_same_text wanted /dev/stdin
	zstd -q -d -c <image | cmp - plain
	[[ $(find . -mindepth 1 | wc -l) -eq 3 ]]
}

@test "compress --in-place refuses files that cannot or should not be compressed" {
	image plain
	mkdir dump
	synthetic directory dump 100:pipe7:r 100:pipe7:w
	cp plain dump/pipes-data.img
	mkfifo fifo
	assert_fails_cleanly 2 "CRIU cannot read compressed" pipeimg compress dump/pipes-data.img --in-place
	assert_fails_cleanly 2 "dump: is a directory" pipeimg compress dump --in-place
	assert_fails_cleanly 2 "fifo: is not a regular file" pipeimg compress fifo --in-place
	assert_fails_cleanly 2 "standard input cannot" pipeimg compress - --in-place <plain
}

@test "a damaged image is not compressed" {
	image plain
	head -c -1 plain >cut-off
	assert_fails_cleanly 1 "cut-off: " pipeimg compress cut-off -o new
	assert_fails_cleanly 1 "cut-off: " pipeimg compress cut-off --in-place
}

@test "an image cut anywhere is not compressed, and an existing target stays" {
	local length
	synthetic image pipe "id=7 size=65536 kind=1 payload=one" "id=7 kind=0 payload=@40" \
		"id=8 size=4096 kind=1 payload=two" >legacy
	pipeimg upgrade -q legacy -o plain
	printf 'what was there before\n' >new
	for ((length = $(stat -c %s plain) - 1; length > 8; length--)); do
		head -c "$length" plain >cut-off
		assert_fails_cleanly 1 "cut-off: " pipeimg compress cut-off -o new --force
		[[ $(<new) == 'what was there before' ]]
	done
}

# is_not_taken_for_whole FILE: the output for an image that was cut, on a stream
is_not_taken_for_whole() {
	[[ -s $1 ]]
	run -1 pipeimg verify --anywhere "$1"
	run -1 pipeimg show "$1"
}

@test "output written before damage was found cannot be mistaken for a complete image" {
	local size
	need_program zstd
	# As from CRIU, without record counts. Random data fills the compressor's buffers.
	"$python" -c 'import random, struct, sys
random.seed(1)
sys.stdout.buffer.write(struct.pack("<II", 0x54564319, 0x56453709))
for number in range(200):
    message = bytes([8, 0x80 | number & 127, number >> 7, 0x10, 0x80, 0x80, 4, 0x18, 0x80, 0x80, 4])
    sys.stdout.buffer.write(struct.pack("<I", len(message)) + message + random.randbytes(65536))' >plain
	[[ $(pipeimg verify --anywhere --json plain | jq .queues) -eq 200 ]]
	size=$(stat -c %s plain)
	head -c $((size - 20000)) plain >cut-off
	mkfifo fifo
	for arguments in "compress - -o -" "convert - -" "convert cut-off -" "convert - - --layout spliced" \
		"convert - - --layout packets --compress"; do
		run -1 --separate-stderr bash -c '"$0" $1 <cut-off >partial' "$program" "$arguments"
		[[ ! -s partial ]] || is_not_taken_for_whole partial
	done
	run -1 --separate-stderr bash -c '"$0" compress cut-off -o - >partial' "$program"
	[[ $stderr == "pipeimg: cut-off: record 200 (pipe 199) "* ]] || fail "$(show_run)"
	is_not_taken_for_whole partial
	run -1 zstd -q -t partial
	cat fifo >through-fifo &
	started+=($!)
	run -1 pipeimg compress cut-off -o fifo
	wait "${started[-1]}"
	is_not_taken_for_whole through-fifo
	# Data after complete records is not a record.
	{
		head -c $((8 + 100 * (size - 8) / 200)) plain
		printf 'garbage after it'
	} >cut-off
	run -1 --separate-stderr bash -c '"$0" convert cut-off - >partial' "$program"
	is_not_taken_for_whole partial
	run -1 --separate-stderr bash -c '"$0" compress cut-off -o - >partial' "$program"
	[[ ! -s partial ]] || is_not_taken_for_whole partial
}

@test "the output does not depend on the number of processors" {
	local first
	need_program taskset
	need_program zstd
	first=$(taskset -p -c "$BASHPID")
	first=${first##*: }
	# Random and regular data, each longer than the frames that are compressed in parallel.
	"$python" -c 'import random, struct, sys
random.seed(2)
words = [random.randbytes(5).hex() for word in range(20000)]
sys.stdout.buffer.write(struct.pack("<II", 0x54564319, 0x56453709))
for number in range(480):
    message = bytes([8, 0x80 | number & 127, number >> 7, 0x10, 0x80, 0x80, 4])
    text = " ".join(random.choices(words, k=6000)).encode()[:65536]
    payload = random.randbytes(65536) if number // 120 % 2 else text
    sys.stdout.buffer.write(struct.pack("<I", len(message)) + message + payload)' >plain
	taskset -c "${first%%[,-]*}" "$program" compress -q plain -o one
	pipeimg compress -q plain -o all
	cmp one all
	zstd -q -d -c <all | cmp - plain
}

@test "an image that is already compressed is compressed again" {
	image plain
	gzip <plain >packed
	pipeimg compress packed --in-place
	is_seekable packed
	zstd -q -d -c <packed | cmp - plain
}

@test "compress works in a pipeline, and reports a closed reader" {
	image plain
	pipeimg compress - -o - <plain | zstd -q -d -c | cmp - plain
	assert_fails_cleanly 3 "cannot write" pipeimg compress plain -o /dev/full
	# The input is read once, so no temporary file is needed.
	gzip <plain | TMPDIR=$PWD/missing pipeimg compress - -o - | zstd -q -d -c | cmp - plain
}

@test "convert writes compressed output, in any layout and as JSON" {
	image plain
	pipeimg convert plain packed --compress=5 --layout indexed
	is_seekable packed
	pipeimg convert plain wanted --layout indexed
	zstd -q -d -c <packed | cmp - wanted
	pipeimg convert plain packed.json --compress --to json
	pipeimg convert plain json --to json
	zstd -q -d -c <packed.json | cmp - json
}

@test "an image upgraded in place keeps its compression" {
	local method
	need_methods
	synthetic image pipe "id=7 size=65536 payload=oneoneone" >legacy
	pipeimg upgrade -q legacy -o wanted --frame fixed:3
	for method in "${methods[@]}"; do
		compressed "$method" legacy >image
		pipeimg upgrade -q image --in-place --frame fixed:3
		run ! is_seekable image
		decompressed "$method" image | cmp - wanted
	done
	pipeimg compress legacy -o image --force
	pipeimg upgrade -q image --in-place --frame fixed:3
	is_seekable image
	zstd -q -d -c <image | cmp - wanted
	pipeimg convert image image --force --layout indexed
	is_seekable image
}

# ---- failures ------------------------------------------------------------------------------------

prepare_compression() {
	need_injection
	need_nameless_files
	image image
	mkdir ../targets
	cd ../targets || return
	cp ../work/image precious
	pipeimg compress precious -o wanted
	target=old
}

@test "--in-place: any failing file call leaves the old image or the new one, and no temporary files" {
	local call target
	prepare_compression
	for call in write fsync linkat ?rename renameat ?renameat2; do
		at_every_call "$call" :error=EIO assert_all_or_nothing compress --in-place work/old
	done
}

@test "--in-place: SIGKILL at any point leaves the old image or the new one" {
	local call target
	prepare_compression
	for call in write fsync linkat ?rename renameat ?renameat2 utimensat; do
		at_every_call "$call" :signal=KILL assert_whole compress --in-place work/old
	done
}

@test "images of a dump stay plain, under any name" {
	mkdir dump
	image dump/pipes-data.img
	touch dump/inventory.img
	ln -s dump/pipes-data.img link
	local refused="CRIU cannot read compressed images"
	assert_fails_cleanly 2 "$refused" pipeimg compress --in-place dump/pipes-data.img
	assert_fails_cleanly 2 "$refused" pipeimg compress --in-place link
	assert_fails_cleanly 2 "$refused" pipeimg compress dump/pipes-data.img -o link --force
	assert_fails_cleanly 2 "$refused" pipeimg compress link -o dump/pipes-data.img --force
	assert_fails_cleanly 2 "$refused" pipeimg compress link -o dump/fifo-data.img
	assert_fails_cleanly 2 "$refused" pipeimg convert --compress link dump/pipes-data.img --force
	# Outside the dump, it is an ordinary file.
	pipeimg compress link -o dump/pipes-data.img.zst
	pipeimg diff -q link dump/pipes-data.img.zst
}

@test "data of a damaged frame is never output, with or without seeking" {
	need_program zstd
	"$python" -c 'import random, sys
random.seed(7)
sys.stdout.buffer.write(random.randbytes(50000))' >noise
	synthetic image pipe "id=7 size=1048576 payload=$(head -c 3000 noise | base64 -w0)" \
		"id=8 size=1048576 payload=$(base64 -w0 noise)" >image
	pipeimg compress -q image -o packed
	for at in 100 5000 20000 40000; do
		"$python" "$PIPEIMG_SOURCE/tests/commands/hostile-archives.py" flip $((at * 8)) <packed >damaged
		run -1 zstd -q -t damaged
		run -1 pipeimg show damaged --pipe 7 --raw
		[[ $output == *"[PI015]" ]]
		run -1 pipeimg show damaged --pipe 8 --packet 1 --raw
		[[ $output == *"[PI015]" ]]
		run -1 pipeimg restore damaged --pipe 8 -- cat
	done
}

@test "a damaged frame is detected even in a payload without a checksum" {
	synthetic image pipe "id=7 size=1048576 payload=@1000000" "id=8 size=1048576 payload=end" >image
	pipeimg compress -q image -o packed
	pipeimg verify -q packed
	"$python" "$PIPEIMG_SOURCE/tests/commands/hostile-archives.py" flip \
		$(($(stat -c %s packed) * 6)) <packed >damaged
	run -1 pipeimg verify damaged
	[[ $output == *"zstd frame "*"[PI015]"* ]]
}

@test "compress does not write to a terminal, and a closed output is an error" {
	run -2 script -qec "$program compress $fixtures/criu-4.2/sizes/pipes-data.img -o -" /dev/null
	[[ $output == *"refusing to write an image to a terminal"* ]]
	run -2 script -qec "$program convert $fixtures/criu-4.2/sizes/pipes-data.img -" /dev/null
	run -3 bash -c '"$1" compress "$2" -o - >&-' sh "$program" "$fixtures/criu-4.2/sizes/pipes-data.img"
	run -3 bash -c '"$1" show "$2" >&-' sh "$program" "$fixtures/criu-4.2/sizes/pipes-data.img"
	run -3 bash -c '"$1" verify - <&-' sh "$program"
}

@test "compress reports its result, and JSON is not replaced in place by an image" {
	cp "$fixtures/criu-4.2/sizes/pipes-data.img" image
	run -0 pipeimg compress image -o packed
	[[ $output == "pipeimg: compressed $(stat -c %s image) bytes to $(stat -c %s packed) ("*"%) in packed" ]]
	run -0 pipeimg compress -q image -o other
	[[ -z $output ]]
	# The length of a container of the image would be meaningless.
	gzip <image >packed
	run -0 pipeimg compress packed -o other --force
	[[ $output == "pipeimg: compressed to $(stat -c %s other) bytes in other" ]]
	pipeimg convert image image.json --to json
	cp image.json kept
	assert_fails_cleanly 2 "is JSON" pipeimg compress image.json --in-place
	cmp image.json kept
}
