#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: unpack-criu.sh DIRECTORY
# Unpacks CRIU 4 and the libraries it needs into DIRECTORY (28 MiB, some seconds), unless it is there
# already, and checks that this kernel can checkpoint. May run several times at once. Where it cannot
# be done, prints the reason, one line on standard error, and ends with status 1.
#
# It is Debian 13's, also on Debian 12, whose own does not start on new kernels, and nothing of it is
# installed. It comes from the mirror that this machine's apt has its packages from, with apt's own
# settings for downloads. The signature is checked against the package debian-archive-keyring.
set -euo pipefail

readonly release=trixie
# Which keys apt trusts by itself differs between releases of Debian; this file has those of all.
readonly keyring=/usr/share/keyrings/debian-archive-keyring.gpg
readonly time_limit=300

refuse() {
	printf '%s\n' "$*" >&2
	exit 1
}

need() {
	command -v "$1" >/dev/null || refuse "$1 is not installed, which unpacks CRIU"
}

check_machine() {
	[[ $(uname -s -m) == 'Linux x86_64' ]] || refuse "CRIU is unpacked for x86_64 alone"
	[[ $EUID -eq 0 ]] || refuse "needs root: CRIU dumps and restores processes"
	need mmdebstrap
	need apt-get
	[[ -r $keyring ]] || refuse "$keyring is missing, which CRIU's package is checked against"
}

# The mirror of security updates has another label, and does not have all packages.
debian_mirror() {
	# shellcheck disable=SC2016 # apt-get expands it.
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p
}

# errors_in LOG PATTERN: what went wrong, in one line and without addresses
errors_in() {
	{ grep -e "$2" -- "$1" || tail -n 1 -- "$1"; } | head -n 4 | paste -s -d ' ' |
		sed -E -e 's,[a-z+]+://[^ ]*,(address),g' -e "s,'[^' ]+\\.[^' ]+','(address)',g"
}

# Sets work, a new directory beside the target, so that it can be renamed.
unpack() {
	local mirror
	mirror=$(debian_mirror)
	[[ -n $mirror ]] || refuse "apt knows no mirror of Debian (or apt-get update was never run)"
	work=$(mktemp -d "$target.XXXXXX")
	trap 'rm -rf -- "$work"' EXIT
	apt-config dump Acquire >"$work/apt.conf"
	timeout --kill-after=10 "$time_limit" \
		mmdebstrap --mode=root --variant=extract --include=criu --keyring="$keyring" \
		--aptopt="$work/apt.conf" "$release" "$work/root" "$mirror" >"$work/log" 2>&1 </dev/null ||
		refuse "mmdebstrap could not unpack CRIU: $(errors_in "$work/log" "^E:")"
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
