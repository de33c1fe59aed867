#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: run.sh DIRECTORY [SECONDS]
# Runs each fuzz target in a directory, from a build that was configured with --enable-fuzzers, for SECONDS (15) each.
# Finds are printed in base64 too, because the machine may soon be gone.
set -euo pipefail

programs=$(cd -- "${1:?usage: run.sh DIRECTORY [SECONDS]}" && pwd)
seconds=${2:-15}
corpora=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)/corpus
work=$(mktemp -d "${TMPDIR:-/tmp}/pipeimg-fuzz.XXXXXX")
trap 'rm -rf -- "$work"' EXIT
# The quarantine of freed memory must stay below the memory limit of the targets.
export ASAN_OPTIONS=quarantine_size_mb=64:${ASAN_OPTIONS:-}

print_find() {
	local target=$1 find
	tail -n 40 -- "$work/$target.log"
	for find in "$work/$target.finds"/*; do
		[[ -e $find ]] || continue
		printf '%s: to reproduce:\n' "$target"
		printf "\tbase64 -d >find <<<'%s'\n" "$(base64 -w 0 -- "$find")"
		printf '\t%s find\n' "$programs/$target"
	done
}

# libFuzzer adds new inputs to the first directory, which is temporary.
run_target() {
	local target=$1
	mkdir -- "$work/$target" "$work/$target.finds"
	"$programs/$target" -max_total_time="$seconds" -rss_limit_mb=512 -timeout=10 \
		-max_len=4096 -artifact_prefix="$work/$target.finds/" \
		"$work/$target" "$corpora/$target" >"$work/$target.log" 2>&1 </dev/null
}

failed=0
for corpus in "$corpora"/*/; do
	target=$(basename -- "$corpus")
	if run_target "$target"; then
		printf '%s: %s\n' "$target" "$(tail -n 1 -- "$work/$target.log")"
	else
		print_find "$target"
		failed=1
	fi
done
exit "$failed"
