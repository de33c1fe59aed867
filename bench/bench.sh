#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints what section of work costs against a known tool or the bare system calls, in one run on one
# machine, as ratios: bench.sh BUILDDIR SOURCEDIR. The spread is the middle 80 % of the pairs.
set -euo pipefail

build=$(cd "$1" && pwd)
source=$(cd "$2" && pwd)
export LD_LIBRARY_PATH=$build/libimg/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
pipeimg=$build/.libs/pipeimg
[[ -x $pipeimg ]] || pipeimg=$build/pipeimg

# row WORK LIMIT COMMAND…: the command prints our time, the other's, median ratio, and its spread.
row() {
	local work=$1 limit=$2 ours theirs ratio low high verdict=ok
	shift 2
	read -r ours theirs ratio low high < <("$@")
	[[ $limit == - ]] || awk -v r="$ratio" -v l="$limit" 'BEGIN { exit !(r > l) }' && verdict=ABOVE
	[[ $limit == - ]] && verdict=
	printf '%-44s %9s us %9s us  %6s  (%s to %s)  %5s  %s\n' \
		"$work" "$ours" "$theirs" "$ratio" "$low" "$high" "$limit" "$verdict"
}

# How many system calls one capture makes, counted between two marks.
calls() {
	strace -f "$build/bench/capture" "$1" --once 2>&1 |
		awk '/^getppid/ { on = !on; next } on { n++ } END { print n + 0 }'
}

printf '%-44s %12s %12s  %6s  %-16s  %5s\n' work ours other ratio spread limit
row 'capture 256 packets / tee + 256 reads' 3 "$build/bench/capture" packets
row 'capture 1 MiB of stream / tee + 256 reads' 3 "$build/bench/capture" stream
row 'capture 128 runs + 128 packets / the same' - "$build/bench/capture" mixed
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

if command -v strace >/dev/null; then
	for queue in packets stream mixed; do
		printf 'system calls of one capture, 256 buffers, %-8s %4d\n' "$queue:" "$(calls $queue)"
	done
else
	echo 'system calls are not counted: strace is not installed'
fi
