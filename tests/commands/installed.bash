# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For tests of the installed files. A test file that sources this gets them in $root.

# Installs once for all tests of the file, outside the build directory.
setup_file() {
	export root=$BATS_FILE_TMPDIR/root
	# As in make check, unset the variables of an outer make. Installing relinks programs in the build directory,
	# which must not happen twice at the same time.
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL flock "$PIPEIMG_BUILD/Makefile" make -C "$PIPEIMG_BUILD" \
		install "DESTDIR=$root" >"$BATS_FILE_TMPDIR/log" 2>&1 3>&- || {
		cat "$BATS_FILE_TMPDIR/log" >&2
		return 1
	}
}

# Prints a variable of the configured makefile, fully expanded.
directory() {
	printf 'include Makefile\nprint-%%:\n\t@printf "%%s" "$(%s)"\n' "$1" |
		env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make -s -C "$PIPEIMG_BUILD" -f - "print-$1"
}

use_installed() {
	LD_LIBRARY_PATH=$root$(directory libdir)
	PKG_CONFIG_PATH=$root$(directory libdir)/pkgconfig
	PKG_CONFIG_SYSROOT_DIR=$root
	export LD_LIBRARY_PATH PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
}

# declares HEADER: prints the names of functions that are declared at the start of a line, after their type
declares() {
	${PIPEIMG_CC:-cc} -I "$root$(directory includedir)" -E -P "$1" | tr '\n' ' ' | tr ';{}' '\n' |
		grep -v typedef | sed -n 's/^[^(]*[ *]\(pimg_[a-z0-9_]*\) *(.*/\1/p' | sort
}

# build_example SOURCE OUTPUT
build_example() {
	local flags
	use_installed
	flags=$(pkg-config --cflags --libs pipeimg)
	# shellcheck disable=SC2086 # compiler and flags are several words each
	${PIPEIMG_CC:-cc} ${PIPEIMG_SANITIZED-} -Wall -Wextra -Werror -o "$2" "$1" $flags
}
