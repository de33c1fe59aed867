# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# Unpacks Debian packages without installing them, for scripts that source this file. The packages come from apt's
# mirror, with apt's settings for downloads. Signatures are checked with the package debian-archive-keyring.

# The keys that apt trusts by default depend on the release; this file has those of all releases.
readonly debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

refuse() {
	printf '%s\n' "$*" >&2
	exit 1
}

need() {
	command -v "$1" >/dev/null || refuse "$1 is not installed; it is needed to unpack packages"
}

check_debian() {
	need mmdebstrap
	need apt-get
	[[ -r $debian_keyring ]] || refuse "$debian_keyring is missing; it is needed to check packages"
}

# The mirror for security updates has another label and only some of the packages.
debian_mirror() {
	# shellcheck disable=SC2016 # apt-get expands it.
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sed -n 1p
}

# errors_in LOG PATTERN: prints the errors in one line, without addresses
errors_in() {
	{ grep -e "$2" -- "$1" || tail -n 1 -- "$1"; } | head -n 4 | paste -s -d ' ' |
		sed -E -e 's,[a-z+]+://[^ ]*,(address),g' -e "s,'[^' ]+\\.[^' ]+','(address)',g"
}

# unpack_packages SECONDS SUITE DIRECTORY PACKAGE,... [OPTION...]: unpacks into DIRECTORY/root, with a log beside it
unpack_packages() {
	local seconds=$1 suite=$2 directory=$3 packages=$4 mirror
	mirror=$(debian_mirror)
	[[ -n $mirror ]] || refuse "apt has no Debian mirror, or apt-get update was never run"
	apt-config dump Acquire >"$directory/apt.conf"
	timeout --kill-after=10 "$seconds" \
		mmdebstrap --mode=root --variant=extract --include="$packages" --keyring="$debian_keyring" \
		--aptopt="$directory/apt.conf" "${@:5}" "$suite" "$directory/root" "$mirror" \
		>"$directory/log" 2>&1 </dev/null ||
		refuse "mmdebstrap cannot unpack $packages: $(errors_in "$directory/log" "^E:")"
}
