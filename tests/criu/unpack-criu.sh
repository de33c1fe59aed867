#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: unpack-criu.sh DIRECTORY
# Unpacks CRIU 4 and the libraries it needs into DIRECTORY (28 MiB, some seconds) unless it is there already, and
# checks that this kernel can checkpoint. May run several times simultaneously. On failure, prints the reason in one
# line on standard error, and exits with status 1.
#
# It uses the packages of Debian 13 even on Debian 12, whose CRIU does not start on new kernels. Nothing is installed.
set -euo pipefail

# shellcheck source=tests/debian-packages.bash
source "$(dirname -- "${BASH_SOURCE[0]}")/../debian-packages.bash"

readonly release=trixie
readonly time_limit=300

check_machine() {
	[[ $(uname -s -m) == 'Linux x86_64' ]] || refuse "CRIU can be unpacked only on x86_64"
	[[ $EUID -eq 0 ]] || refuse "needs root, to dump and restore processes with CRIU"
	check_debian
}

# Sets work to a new directory next to the target, so that it can be renamed.
unpack() {
	work=$(mktemp -d "$target.XXXXXX")
	trap 'rm -rf -- "$work"' EXIT
	unpack_packages "$time_limit" "$release" "$work" criu
	mv -T -- "$work/root/usr" "$target"
}

check_kernel() {
	"$target/lib64/ld-linux-x86-64.so.2" --library-path "$target/lib/x86_64-linux-gnu" \
		"$target/sbin/criu" check >"$log" 2>&1 </dev/null ||
		refuse "CRIU does not work on this kernel: $(errors_in "$log" "Error ")"
}

if [[ $# -ne 1 ]]; then
	printf 'usage: unpack-criu.sh DIRECTORY\n' >&2
	exit 2
fi
check_machine
mkdir -p -- "$(dirname -- "$1")"
target=$(realpath -- "$1")
log=$target.log
exec {lock}>"$target.lock"
flock --timeout "$time_limit" "$lock" || refuse "another unpack-criu.sh is still running"
[[ -x $target/sbin/criu ]] || unpack
check_kernel
