#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: run.sh ARCHITECTURE BUILDDIR TEST...
#        run.sh --packages ARCHITECTURE
# Builds pipeimg for another Debian architecture in BUILDDIR, and runs tests of it under qemu-user: s390x for the
# byte order, armhf for 32 bits. The architecture's libraries are unpacked into BUILDDIR.root; nothing is installed,
# and apt's configuration does not change. TEST is named as in "make check TESTS=".
# The second form prints the packages that this machine needs.
#
# qemu-user does not provide live pipes of other processes, so tests that capture, restore or trace run only on the
# machine itself.
set -euo pipefail

# shellcheck source=tests/debian-packages.bash
source "$(dirname -- "${BASH_SOURCE[0]}")/../debian-packages.bash"

readonly time_limit=1200
# libc-bin has the locale C.UTF-8.
readonly libraries=libc6-dev,libc-bin,libprotobuf-c-dev,libxxhash-dev,libjson-c-dev,libzstd-dev,libarchive-dev,nettle-dev,zlib1g-dev,liblzma-dev,libbz2-dev,liblz4-dev,libncurses-dev,libcmocka-dev
source_directory=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)

# Sets triplet, which is in Debian's names of the compiler and library directories, and emulator.
set_names() {
	case $1 in
	s390x) triplet=s390x-linux-gnu emulator=qemu-s390x ;;
	arm64) triplet=aarch64-linux-gnu emulator=qemu-aarch64 ;;
	armhf) triplet=arm-linux-gnueabihf emulator=qemu-arm ;;
	*) refuse "$1 is not one of s390x, arm64 and armhf" ;;
	esac
}

# The release must match the compiler, whose libgcc does not work with an older libc.
unpack_libraries() {
	local architecture=$1 root=$2 work release
	[[ ! -e $root ]] || return 0
	[[ $EUID -eq 0 ]] || refuse "needs root, to keep the owners of unpacked files"
	release=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
	work=$(mktemp -d "$root.XXXXXX")
	unpack_packages "$time_limit" "$release" "$work" "$libraries" --architectures="$architecture"
	mv -T -- "$work/root" "$root"
	rm -rf -- "$work"
}

# A static library, so that the tests run the program and not libtool's script.
configure_for() {
	local root=$1
	export PKG_CONFIG_LIBDIR=$root/usr/lib/$triplet/pkgconfig:$root/usr/share/pkgconfig
	export PKG_CONFIG_SYSROOT_DIR=$root
	"$source_directory/configure" --quiet --host="$triplet" --disable-shared --enable-static \
		CC="$triplet-gcc --sysroot=$root" CFLAGS='-O1 -g' EMULATOR="$emulator -L $root"
}

if [[ ${1-} = --packages && $# -eq 2 ]]; then
	set_names "$2"
	printf '%s\n' "gcc-$triplet" qemu-user mmdebstrap debian-archive-keyring
	exit
fi
if [[ $# -lt 3 ]]; then
	printf 'usage: run.sh ARCHITECTURE BUILDDIR TEST...\n       run.sh --packages ARCHITECTURE\n' >&2
	exit 2
fi
set_names "$1"
check_debian
need "$triplet-gcc"
need "$emulator"
mkdir -p -- "$2"
build=$(realpath -- "$2")
unpack_libraries "$1" "$build.root"
cd -- "$build"
[[ -e Makefile ]] || configure_for "$build.root"
jobs=$(getconf _NPROCESSORS_ONLN)
make --no-print-directory -j "$jobs" all
make --no-print-directory -j "$jobs" check VERBOSE=1 TESTS="${*:3}"
