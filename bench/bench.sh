#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints how much each kind of work costs relative to a known tool or to bare system calls, in one run on one
# machine, as ratios: bench.sh BUILDDIR SOURCEDIR. The spread covers the middle 80 % of the pairs.
set -euo pipefail

build=$(cd "$1" && pwd)
source=$(cd "$2" && pwd)
export LD_LIBRARY_PATH=$build/libimg/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
pipeimg=$build/.libs/pipeimg
[[ -x $pipeimg ]] || pipeimg=$build/pipeimg

# row WORK LIMIT COMMAND…: the command prints pipeimg's time, the other's, the median ratio, and its spread.
row() {
	local work=$1 limit=$2 ours theirs ratio low high verdict=ok
	shift 2
	read -r ours theirs ratio low high < <("$@")
	[[ $limit == - ]] || awk -v r="$ratio" -v l="$limit" 'BEGIN { exit !(r > l) }' && verdict=ABOVE
	[[ $limit == - ]] && verdict=
	printf '%-44s %9s us %9s us  %6s  (%s to %s)  %5s  %s\n' \
		"$work" "$ours" "$theirs" "$ratio" "$low" "$high" "$limit" "$verdict"
}

# The same for work whose limit is in milliseconds: row_within WORK MILLISECONDS COMMAND...
row_within() {
	local work=$1 limit=$2 ours theirs ratio low high verdict=ok
	shift 2
	read -r ours theirs ratio low high < <("$@")
	awk -v t="$ours" -v l="$limit" 'BEGIN { exit !(t > l * 1000) }' && verdict=ABOVE
	printf '%-44s %9s us %9s us  %6s  (%s to %s)  %2s ms  %s\n' \
		"$work" "$ours" "$theirs" "$ratio" "$low" "$high" "$limit" "$verdict"
}

# How many system calls one capture makes, counted between two getppid calls.
calls() {
	strace -f "$build/bench/capture" "$1" --once 2>&1 |
		awk '/^getppid/ { on = !on; next } on { n++ } END { print n + 0 }'
}

printf '%-44s %12s %12s  %6s  %-16s  %5s\n' 'work / reference' pipeimg reference ratio spread limit
row 'capture 256 packets / tee + 256 reads' 3 "$build/bench/capture" packets
row 'capture 1 MiB of stream / tee + 256 reads' 3 "$build/bench/capture" stream
row 'capture 128 runs + 128 packets / as above' - "$build/bench/capture" mixed
row 'show a small image / true' 5 "$build/bench/start" 101 \
	"$pipeimg" show "$source/testdata/criu-4.2/merged-packets/pipes-data.img" -- /bin/true

work_directory=$(mktemp -d)
trap 'rm -rf -- "$work_directory"' EXIT

if command -v xxhsum >/dev/null; then
	image=$work_directory/big.img
	"$build/bench/image" "$image" 4096 1024 256
	sync -- "$image"
	row 'verify 1.1 GB, 4.2 M packets / xxhsum -H3' 2 "$build/bench/start" 31 \
		"$pipeimg" verify "$image" -- "$(command -v xxhsum)" -q -H3 "$image"
	rm -- "$image"
else
	echo 'verify is not timed: xxhsum is not installed (Debian: xxhash)'
fi
if command -v crit >/dev/null; then
	image=$work_directory/pipes-data.img
	"$build/bench/image" "$image" 256 1024 250
	sync -- "$image"
	row 'convert --to json, 70 MB, 262144 packets / crit' 0.033 "$build/bench/start" 5 \
		"$pipeimg" convert "$image" - --to json -- "$(command -v crit)" decode -i "$image"
else
	echo 'convert --to json is not timed: crit is not installed (Debian: criu, or python3-pycriu)'
fi

if command -v zstd >/dev/null; then
	image=$work_directory/big.img packed=$work_directory/big.zst
	"$build/bench/image" "$image" 4096 1024 256
	sync -- "$image"
	# Replacing a file keeps the old one's memory in use until the end; overwriting it does not.
	# shellcheck disable=SC2016 # sh expands it
	without_old='rm -f -- "$0"; exec "$@"'
	row 'compress 1.2 GB of noise, level 3 / zstd -T2 -3' 1.1 "$build/bench/start" 7 \
		/bin/sh -c "$without_old" "$packed" "$pipeimg" compress -q "$image" -o "$packed" -- \
		/bin/sh -c "$without_old" "$packed.zstd" "$(command -v zstd)" -T2 -3 -q "$image" -o "$packed.zstd"
	awk -v ours="$(stat -c %s "$packed")" -v theirs="$(stat -c %s "$packed.zstd")" \
		'BEGIN { printf "%-44s %9d MB %9d MB  %6.3f  (at most 1.02)\n", "  size of the output", ours / 1e6,
			theirs / 1e6, ours / theirs }'
	row_within 'show one packet of that image / true' 20 "$build/bench/start" 31 \
		"$pipeimg" show "$packed" --pipe 4002000 --packet 500 -- /bin/true
	rm -- "$image" "$packed" "$packed.zstd"
	mkdir -- "$work_directory/dump"
	cp -r -- "$source/testdata/criu-4.2/merged-packets/." "$work_directory/dump"
	for pages in 1 2; do
		head -c 84M /dev/urandom | od -An -v -tx1 >"$work_directory/dump/pages-$pages.img"
	done
	tar -C "$work_directory" -cf "$work_directory/dump.tar" dump
	rm -r -- "$work_directory/dump"
	zstd -q -T2 "$work_directory/dump.tar" -o "$packed"
	row_within 'show from a tar with 512 MiB of pages / true' 20 "$build/bench/start" 31 \
		"$pipeimg" show "$work_directory/dump.tar" -- /bin/true
	row 'show from that archive as tar.zst / zstd -dc' 1.15 "$build/bench/start" 5 \
		"$pipeimg" show "$packed" -- "$(command -v zstd)" -q -d -c "$packed"
	rm -- "$work_directory/dump.tar" "$packed"
else
	echo 'compress and archives are not timed: zstd is not installed'
fi

image=$work_directory/big.img
"$build/bench/image" "$image" 4096 1024 256
sync -- "$image"
row_within 'browse 1.1 GB, first frame / cat' 50 "$build/bench/browse" frame 15 "$pipeimg" "$image"
row_within '  slowest key, completely indexed / cat' 16 "$build/bench/browse" key 7 "$pipeimg" "$image"
row_within '  slowest key while indexing / cat' 16 "$build/bench/browse" early-key 15 "$pipeimg" "$image"
rm -- "$image"

if command -v strace >/dev/null; then
	for queue in packets stream mixed; do
		printf 'system calls of one capture, 256 buffers, %-8s %4d\n' "$queue:" "$(calls $queue)"
	done
else
	echo 'system calls are not counted: strace is not installed'
fi
