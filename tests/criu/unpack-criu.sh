#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: unpack-criu.sh DIRECTORY
# Unpacks CRIU 4 and the libraries it needs into DIRECTORY (28 MiB, some seconds), unless it is there
# already, and checks that this kernel can checkpoint. May run several times at once. Where it cannot
# be done, prints the reason, one line on standard error, and ends with status 1.
#
# It is Debian 13's, also on Debian 12, whose own does not start on new kernels, and nothing of it is
# installed.
set -euo pipefail

# shellcheck source=tests/debian-packages.bash
source "$(dirname -- "${BASH_SOURCE[0]}")/../debian-packages.bash"

readonly release=trixie
readonly time_limit=300

check_machine() {
	[[ $(uname -s -m) == 'Linux x86_64' ]] || refuse "CRIU is unpacked for x86_64 alone"
	[[ $EUID -eq 0 ]] || refuse "needs root: CRIU dumps and restores processes"
	check_debian
}

# Sets work, a new directory beside the target, so that it can be renamed.
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
flock --timeout "$time_limit" "$lock" || refuse "another unpack-criu.sh has not ended"
[[ -x $target/sbin/criu ]] || unpack
check_kernel
