#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual states the numbers that the code has.
load helpers

# constant FILE NAME: prints the value of a macro in libimg
constant() {
	local value
	value=$(sed -n "s/^#define $2[ \t]\+//p" "$PIPEIMG_SOURCE/libimg/$1" | sed 's|/\*.*||; s/UINT64_C//; s/\([0-9]\)U/\1/g')
	[[ -n $value ]] || fail "no $2 in $1"
	printf '%s' "$((value))"
}

# Prints the page as one line of words.
page() {
	MANWIDTH=200 man -l -P cat "$PIPEIMG_SOURCE/man/$1" 2>/dev/null | sed 's/.\x08//g' | tr -s ' \n' ' '
}

# says TEXT: the page contains it
says() {
	[[ $text == *"$1"* ]] || fail "pipeimg(5) does not say: $1"
}

@test "pipeimg(5) states the limits that the code has" {
	need_program man
	local text mib=$((1 << 20))
	text=$(page pipeimg.5)
	[[ -n $text ]]
	says "A message of more than $(($(constant format/record.h RECORD_MESSAGE_MAX) / mib)) MiB is treated as damage"
	says "more than $(constant io/compression/seekable.c ROWS_MAX) rows, or with a frame of more than $(($(constant io/compression/seekable.c FRAME_MAX) / mib)) MiB"
	says "in memory up to $(($(constant io/source/nameless.h NAMELESS_IN_MEMORY_BYTES) / mib)) MiB"
	says "a window of more than $(((1 << $(constant io/compression/codec.h CODEC_WINDOW_LOG)) / mib)) MiB"
	says "fills the temporary file with more than $(($(constant io/source/spool.c HARMLESS_BYTES) / mib)) MiB"
	[[ $(constant io/source/spool.c GROWTH_MAX) -eq 1000 ]]
	says "more than a thousand times the input read so far"
	says "expands to more than $(($(constant io/compression/decompress.c HARMLESS_BYTES) / mib / 1024)) GiB and more than $(constant io/compression/decompress.c GROWTH_MAX) times"
	says "needs a temporary file of more than $(($(constant io/source/spool.c LENGTH_MAX) / mib / mib)) TiB"
	says "once it contains $(($(constant io/compression/compressor-seekable.c FRAME_BYTES) / mib)) MiB"
	says "at $(($(constant io/compression/compressor-seekable.c FRAME_MAX_BYTES) / mib)) MiB"
	says "would need more than $(constant format/queue-index.c ROWS_MAX) rows"
}
