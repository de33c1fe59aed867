#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: abi.sh check|record SOURCE LIBRARY
# Compares the public interface of a library that was built with debug information (-g) with the one that
# SOURCE/libimg/libpipeimg.abi records, or records it. For machines with 64-bit pointers.
# The public interface is that of pipeimg.h. Functions under LIBPIPEIMG_PRIVATE and build paths are omitted.
# Added functions and enum values do not count as a difference, but fields added to a struct do: record them.
set -euo pipefail

readonly mode=$1 source=$2 library=$3
readonly recorded=$source/libimg/libpipeimg.abi

# Without debug information abidiff compares only names, and finds no difference.
if [[ $(readelf --sections --wide "$library") != *' .debug_info '* ]]; then
	printf '%s has no debug information; configure with -g in CFLAGS\n' "$library" >&2
	exit 1
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT

# The functions of the private node of libpipeimg.map, joined by "|".
private_functions() {
	sed -n '/^LIBPIPEIMG_PRIVATE/,/^}/s/^\t\(pimg_.*\);$/\1/p' "$source/libimg/libpipeimg.map" | paste -sd '|'
}

mkdir "$work/public"
cp -- "$source/libimg/pipeimg.h" "$work/public"
cat >"$work/ignored" <<END
[suppress_function]
  symbol_name_regexp = ^($(private_functions))\$
  drop = yes
END

dump() {
	abidw --suppressions "$work/ignored" --exported-interfaces-only --drop-private-types --headers-dir "$work/public" \
		--type-id-style hash --no-show-locs --no-corpus-path --no-comp-dir-path --no-elf-needed \
		--no-architecture "$library" | sed "s|path='[^']*libimg/|path='libimg/|"
}

case $mode in
check)
	# Compare two dumps of the same kind: without source locations, abidiff treats all recorded types as private.
	dump >"$work/built.abi"
	abidiff --no-added-syms "$recorded" "$work/built.abi"
	;;
record)
	dump >"$work/recorded.abi"
	cp -- "$work/recorded.abi" "$recorded"
	;;
*)
	sed -n '3s/^# //p' "$0" >&2
	exit 2
	;;
esac
