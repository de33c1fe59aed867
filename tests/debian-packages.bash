# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Unpacking Debian's packages without installing them: for scripts that load this. They come from the mirror
# that this machine's apt has its packages from, with apt's own settings for downloads. The signature is
# checked against the package debian-archive-keyring.

# Which keys apt trusts by itself differs between releases of Debian; this file has those of all.
readonly debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

refuse() {
	printf '%s\n' "$*" >&2
	exit 1
}

need() {
	command -v "$1" >/dev/null || refuse "$1 is not installed, which unpacks packages"
}

check_debian() {
	need mmdebstrap
	need apt-get
	[[ -r $debian_keyring ]] || refuse "$debian_keyring is missing, which packages are checked against"
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

# unpack_packages SECONDS SUITE DIRECTORY PACKAGE,... [OPTION...]: into DIRECTORY/root, with a log beside it
unpack_packages() {
	local seconds=$1 suite=$2 directory=$3 packages=$4 mirror
	mirror=$(debian_mirror)
	[[ -n $mirror ]] || refuse "apt knows no mirror of Debian (or apt-get update was never run)"
	apt-config dump Acquire >"$directory/apt.conf"
	timeout --kill-after=10 "$seconds" \
		mmdebstrap --mode=root --variant=extract --include="$packages" --keyring="$debian_keyring" \
		--aptopt="$directory/apt.conf" "${@:5}" "$suite" "$directory/root" "$mirror" \
		>"$directory/log" 2>&1 </dev/null ||
		refuse "mmdebstrap could not unpack $packages: $(errors_in "$directory/log" "^E:")"
}
