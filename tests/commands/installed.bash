# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For tests of what make install puts where. A file that loads this has it installed in $root.

# Once for all tests of this file, outside of the build directory.
setup_file() {
	export root=$BATS_FILE_TMPDIR/root
	# Like make check's own, the variables of a make around this one would be taken for ours. Installing links
	# programs anew in the build directory, which two cannot do at the same time.
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL flock "$PIPEIMG_BUILD/Makefile" make -C "$PIPEIMG_BUILD" \
		install "DESTDIR=$root" >"$BATS_FILE_TMPDIR/log" 2>&1 3>&- || {
		cat "$BATS_FILE_TMPDIR/log" >&2
		return 1
	}
}

# A variable of the configured makefile, with all that it refers to.
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

# declares HEADER: names that are called in a declaration, those that begin a line, after their type
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
