#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints how much time packet pipes add to CRIU's dump and restore, one line for each action and number of pipes:
# "dump-COUNT ADDED ALL", medians of several runs in milliseconds. For a dump, this is the time that a task is frozen,
# which the task itself measures; ALL is that time with the same pipes out of packet mode. Needs root.
# usage: criu-hook.sh BUILDDIR SOURCEDIR
set -euo pipefail

build=$(cd "$1" && pwd)
source=$(cd "$2" && pwd)
export LD_LIBRARY_PATH=$build/libimg/.libs${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
# As in tests/criu/criu.bash.
export CRIU_FAULT=130
readonly runs=9
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

# The plugin, with the path of this build's hook.
install_plugin() {
	ln -s "$build/.libs/pipeimg" "$work/pipeimg-criu-hook"
	"$source/tests/criu/compile-plugin.sh" "$work/pipeimg-criu-hook" "$work/off" "$work/plugins"
	criu_dump=("${criu[@]}" dump --libdir "$work/plugins")
	criu_restore=("${criu[@]}" restore --libdir "$work/plugins")
}

# hold KIND COUNT: sets holder
hold() {
	: >"$work/lines"
	setsid "$build/bench/frozen-clock" "$@" </dev/null >"$work/lines" 2>&1 &
	disown
	while ! [[ -s $work/lines ]]; do sleep 0.05; done
	read -r holder _ <"$work/lines"
}

median() {
	sort -n | sed -n "$(((runs + 1) / 2))p"
}

# Milliseconds for which dumps that leave the holder running froze it.
time_freeze() {
	local run
	for ((run = 0; run < runs; run++)); do
		rm -rf -- "$work/images"
		mkdir -- "$work/images"
		: >"$work/lines"
		"${criu_dump[@]}" --tree "$holder" --images-dir "$work/images" --log-file dump.log --leave-running \
			</dev/null >/dev/null 2>&1
		# The longest pause; another process can cause short ones.
		sleep 0.1
		sort -n "$work/lines" | tail -n 1
	done | median | awk '{ print int($1 / 1000 + 0.5) }'
}

# Milliseconds of the hook's action in CRIU's restore, for which CRIU waits, from CRIU's log.
time_restore() {
	local run restorer
	rm -rf -- "$work/images"
	mkdir -- "$work/images"
	"${criu_dump[@]}" --tree "$holder" --images-dir "$work/images" --log-file dump.log </dev/null >/dev/null 2>&1
	for ((run = 0; run < runs; run++)); do
		while [[ -e /proc/$holder ]]; do sleep 0.05; done
		"${criu_restore[@]}" --images-dir "$work/images" --log-file restore.log -v4 </dev/null >/dev/null 2>&1 &
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

make -s -C "$build" bench/frozen-clock >&2
install_plugin
for count in 1 100; do
	hold stream "$count"
	stock=$(time_freeze)
	end_holder
	hold packets "$count"
	ours=$(time_freeze)
	printf 'dump-%d %d %d\n' "$count" $((ours - stock)) "$stock"
	printf 'restore-%d %d %d\n' "$count" "$(time_restore)" "$stock"
	end_holder
done
