#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints how much time the hook adds to CRIU's dump and restore, one line for each action and number of pipes:
# "dump-COUNT ADDED ALL", medians of several runs in milliseconds. ALL is a dump of the same pipes without packet
# mode and without the hook. Needs root. usage: criu-hook.sh BUILDDIR SOURCEDIR
set -euo pipefail

build=$(cd "$1" && pwd)
source=$(cd "$2" && pwd)
export LD_LIBRARY_PATH=$build/libimg/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
# As in tests/criu/criu.bash.
export CRIU_FAULT=130
readonly runs=7
root=${PIPEIMG_CRIU_ROOT:-$build/tests/criu-root}
criu=("$root/lib64/ld-linux-x86-64.so.2" --library-path "$root/lib/x86_64-linux-gnu" "$root/sbin/criu")

if ! "$source/tests/criu/unpack-criu.sh" "$root" >&2; then
	echo 'the CRIU hook is not measured' >&2
	exit 0
fi
work=$(mktemp -d)
cleanup() {
	[[ -z ${holder-} ]] || kill -KILL "$holder" 2>/dev/null || true
	rm -rf -- "$work"
}
trap cleanup EXIT
ln -s "$build/.libs/pipeimg" "$work/pipeimg-criu-hook"

# hold KIND COUNT: sets holder
hold() {
	local index pipes=()
	for ((index = 0; index < $2; index++)); do
		pipes+=(--new "$1:one" "$1:two" "$1:three")
	done
	: >"$work/lines"
	setsid "$build/tests/programs/pipe-holder" "${pipes[@]:1}" </dev/null >"$work/lines" 2>&1 &
	disown
	while ! [[ -s $work/lines ]]; do sleep 0.05; done
	read -r holder _ <"$work/lines"
}

median() {
	sort -n | sed -n "$(((runs + 1) / 2))p"
}

# Milliseconds of a dump that leaves the holder running.
time_dump() {
	local run started
	for ((run = 0; run < runs; run++)); do
		rm -rf -- "$work/images"
		mkdir -- "$work/images"
		started=$(date +%s%N)
		"${criu[@]}" dump --tree "$holder" --images-dir "$work/images" --log-file dump.log \
			--leave-running "$@" </dev/null >/dev/null 2>&1
		printf '%d\n' $((($(date +%s%N) - started) / 1000000))
	done | median
}

# Milliseconds of the hook's action in CRIU's restore, for which CRIU waits, from CRIU's log.
time_restore() {
	local run restorer
	rm -rf -- "$work/images"
	mkdir -- "$work/images"
	"${criu[@]}" dump --tree "$holder" --images-dir "$work/images" --log-file dump.log "$@" \
		</dev/null >/dev/null 2>&1
	for ((run = 0; run < runs; run++)); do
		while [[ -e /proc/$holder ]]; do sleep 0.05; done
		"${criu[@]}" restore --images-dir "$work/images" --log-file restore.log -v4 "$@" \
			</dev/null >/dev/null 2>&1 &
		restorer=$!
		until grep -q 'Restore finished' "$work/images/restore.log" 2>/dev/null; do
			sleep 0.05
		done
		kill -KILL "$holder"
		wait "$restorer" 2>/dev/null || true
		awk -F'[()]' '/Running post-restore/ { from = $2 } from && !/scripts|\[/ && $2 {
			printf "%d\n", ($2 - from) * 1000; exit }' "$work/images/restore.log"
		rm -- "$work/images/restore.log"
	done | median
}

end_holder() {
	kill -KILL "$holder" 2>/dev/null || true
	holder=
}

make -s -C "$build" tests/programs/pipe-holder >&2
hooked=(--action-script "$work/pipeimg-criu-hook")
for count in 1 100; do
	hold s "$count"
	stock=$(time_dump)
	end_holder
	hold p "$count"
	ours=$(time_dump "${hooked[@]}")
	printf 'dump-%d %d %d\n' "$count" $((ours - stock)) "$stock"
	printf 'restore-%d %d %d\n' "$count" "$(time_restore "${hooked[@]}")" "$stock"
	end_holder
done
