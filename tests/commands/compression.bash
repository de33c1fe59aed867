# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# Compresses with common tools. Source it after helpers.bash. SC2034: used by tests.

readonly methods=(zstd gzip xz bzip2 lz4)

need_methods() {
	local method
	for method in "${methods[@]}"; do
		need_program "$method"
	done
}

# compressed METHOD FILE: to standard output
compressed() {
	"$1" -c -q <"$2"
}

# decompressed METHOD FILE: to standard output
decompressed() {
	"$1" -d -c -q <"$2"
}

# True if a seek table is at the end of the file.
is_seekable() {
	[[ $(tail -c 4 -- "$1" | od -An -tx1 | tr -d ' \n') == b1ea928f ]]
}
