#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The files that make install installs, and that others can build with them.
load helpers.bash
load installed.bash

# installed DIRECTORY-VARIABLE NAME: a file that is not empty, and that only its owner can write
installed() {
	local file
	file=$root$(directory "$1")/$2
	[[ -s $file ]] || fail "not installed: $file" "$(find "$root" -type f)"
	[[ $(stat -L -c %A "$file") == -rw?r-?r-? ]] || fail "$(stat -c '%A %n' "$file")"
}

@test "the program is installed and runs with the installed library" {
	installed bindir pipeimg
	use_installed
	run --separate-stderr "$root$(directory bindir)/pipeimg" --version
	assert_status 0
	assert_output "pipeimg $(directory PACKAGE_VERSION)"
	run ldd "$root$(directory bindir)/pipeimg"
	assert_output_has "$LD_LIBRARY_PATH/libpipeimg.so.0"
}

@test "CRIU's action script is installed, as another name of the program" {
	installed bindir pipeimg-criu-hook
	use_installed
	run --separate-stderr env CRTOOLS_SCRIPT_ACTION=pre-resume CRTOOLS_IMAGE_DIR=. \
		"$root$(directory bindir)/pipeimg-criu-hook"
	assert_status 0
	assert_output ""
}

@test "CRIU's plugin is installed, needs only libc and runs the installed hook" {
	local plugin
	installed criuplugindir pipeimg_plugin.so
	plugin=$root$(directory criuplugindir)/pipeimg_plugin.so
	[[ ! -e ${plugin%.so}.la ]]
	run bash -c 'readelf -d "$0" | grep NEEDED | grep -v -e "\[libc\.so" -e "\[ld-"' "$plugin"
	assert_output ""
	grep -qaF "$(directory bindir)/pipeimg-criu-hook" "$plugin"
	# Symbols of criu are weak, and the plugin stays loaded.
	run bash -c 'nm -D --undefined-only "$0" | grep " U " | grep -v "@GLIBC"' "$plugin"
	assert_output ""
	readelf -d "$plugin" | grep -q NODELETE
	# A function of the plugin would give way to one of criu with the same name.
	[[ $(nm -D --defined-only "$plugin" | cut -d " " -f 3) == CR_PLUGIN_DESC ]]
}

@test "the library is installed under its names, with header and pkg-config file" {
	installed libdir libpipeimg.so
	installed libdir libpipeimg.so.0
	installed includedir pipeimg.h
	installed includedir pipeimg-version.h
	[[ ! -e $root$(directory includedir)/pipeimg-private.h ]]
	installed libdir pkgconfig/pipeimg.pc
}

@test "the completion is installed and is valid shell code" {
	installed bashcompletiondir pipeimg
	bash -n "$root$(directory bashcompletiondir)/pipeimg"
}

@test "there is a man page for the program and for each of its commands" {
	local command
	installed man1dir pipeimg.1
	for command in list capture show restore criu-hook; do
		installed man1dir "pipeimg-$command.1"
	done
}

@test "nothing else is installed: no test programs, no internal libraries" {
	run find "$root" -name '*.a' -o -name '*internal*' -o -name 'packet-*' -o -name 'pipe-holder*' \
		-o -name '*.map'
	assert_output ""
}

@test "the library exports no foreign symbols" {
	need_program nm
	run --separate-stderr nm -D --defined-only "$root$(directory libdir)/libpipeimg.so"
	assert_status 0
	assert_output_has "pimg_image_open"
	[[ -z $(grep -v -e ' pimg_[a-z0-9_]*@@LIBPIPEIMG_\(0\.1\|PRIVATE\)$' -e ' A LIBPIPEIMG_' <<<"$output") ]] ||
		fail "$output"
}

# exports VERSION: functions that the library exports under a symbol version
exports() {
	nm -D --defined-only "$root$(directory libdir)/libpipeimg.so" |
		sed -n "s/.* T \(pimg_[a-z0-9_]*\)@@$1\$/\1/p" | sort
}

@test "the library exports every function of the header, and private ones under a separate version" {
	need_program nm
	declares "$root$(directory includedir)/pipeimg.h" >"$BATS_TEST_TMPDIR/public"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/public") -gt 40 ]]
	exports 'LIBPIPEIMG_0\.[0-9]*' >"$BATS_TEST_TMPDIR/found"
	assert_same_text "$BATS_TEST_TMPDIR/public" "$BATS_TEST_TMPDIR/found"
	declares "$PIPEIMG_SOURCE/libimg/pipeimg-private.h" | sort - "$BATS_TEST_TMPDIR/public" | uniq -u \
		>"$BATS_TEST_TMPDIR/private"
	exports LIBPIPEIMG_PRIVATE >"$BATS_TEST_TMPDIR/found"
	assert_same_text "$BATS_TEST_TMPDIR/private" "$BATS_TEST_TMPDIR/found"
}

@test "pkg-config's flags find the installed files" {
	need_program pkg-config
	use_installed
	run pkg-config --modversion pipeimg
	assert_output "$(directory PACKAGE_VERSION)"
	run pkg-config --cflags --libs pipeimg
	assert_output_has "-I$root"
	assert_output_has "-L$root"
	assert_output_has "-lpipeimg"
}

# For static linking, pkg-config must name the libraries that the shared library pulls in by itself.
@test "pkg-config names every library that ours is linked with" {
	local name missing=()
	need_program pkg-config
	need_program readelf
	use_installed
	run pkg-config --static --libs pipeimg
	assert_status 0
	readelf -d "$root$(directory libdir)/libpipeimg.so" |
		sed -n 's/.*(NEEDED).*\[lib\(.*\)\.so.*\]/\1/p' |
		grep -vxE 'c|m|pthread|asan|ubsan|gcc_s' >"$BATS_TEST_TMPDIR/needed"
	[[ $(wc -l <"$BATS_TEST_TMPDIR/needed") -ge 4 ]] || fail "$(<"$BATS_TEST_TMPDIR/needed")"
	while read -r name; do
		[[ " $output " == *" -l$name "* ]] || missing+=("$name")
	done <"$BATS_TEST_TMPDIR/needed"
	[[ ${#missing[@]} -eq 0 ]] || fail "missing: ${missing[*]}" "$output"
}

# soname NAME: the shared library that configure found
soname() {
	sed -n "s/^#define $1_SONAME \"\(.*\)\"/\1/p" "$PIPEIMG_BUILD/config.h"
}

# dlopen_notes FILE: prints the entries of the notes. Each note has the lengths of "FDO" and of the text, a type, and
# both strings, padded to words.
dlopen_notes() {
	python3 - "$1" <<-'END'
		import json, struct, sys
		notes = open(sys.argv[1], "rb").read()
		while notes:
		    vendor_bytes, text_bytes, kind = struct.unpack_from("=III", notes)
		    at = 12 + (vendor_bytes + 3) // 4 * 4
		    assert notes[12:12 + vendor_bytes] == b"FDO\0" and kind == 0x407C0C0A
		    for entry in json.loads(notes[at:at + text_bytes].rstrip(b"\0")):
		        assert entry["description"].startswith(("Reading ", "Digests "))
		        print(entry["feature"], entry["priority"], *entry["soname"])
		    notes = notes[at + (text_bytes + 3) // 4 * 4:]
	END
}

@test "notes list the libraries that are loaded on demand" {
	need_program readelf
	need_program python3
	local library
	library=$root$(directory libdir)/libpipeimg.so
	run readelf --notes --wide "$library"
	assert_output_has ".note.dlopen"
	objcopy -O binary --only-section=.note.dlopen "$library" "$BATS_TEST_TMPDIR/notes"
	dlopen_notes "$BATS_TEST_TMPDIR/notes" | sort >"$BATS_TEST_TMPDIR/found"
	cat >"$BATS_TEST_TMPDIR/expected" <<-END
		archive recommended $(soname LIBARCHIVE)
		bzip2 recommended $(soname LIBBZ2)
		container-images recommended $(soname LIBNETTLE)
		gzip recommended $(soname ZLIB)
		lz4 recommended $(soname LIBLZ4)
		xz recommended $(soname LIBLZMA)
	END
	assert_same_text "$BATS_TEST_TMPDIR/expected" "$BATS_TEST_TMPDIR/found"
}

# Every linked library makes the start of all commands slower.
@test "only the browser is linked with curses, and no program with libraries for rare formats" {
	need_program readelf
	local program
	for program in pipeimg pipeimg-browse; do
		readelf -d "$root$(directory bindir)/$program" >"$BATS_TEST_TMPDIR/$program"
	done
	readelf -d "$root$(directory libdir)/libpipeimg.so" >"$BATS_TEST_TMPDIR/library"
	cd "$BATS_TEST_TMPDIR" || return
	run grep -Eh 'NEEDED.*lib(z|lzma|bz2|lz4|archive)[.-]' pipeimg pipeimg-browse library
	assert_output ""
	run grep -c 'NEEDED.*curses' pipeimg pipeimg-browse library
	assert_output $'pipeimg:0\npipeimg-browse:1\nlibrary:0'
}

@test "the browser starts from the installed program" {
	use_installed
	run --separate-stderr "$root$(directory bindir)/pipeimg" browse --help
	assert_status 0
	assert_output_has "Usage: pipeimg browse "
	run --separate-stderr "$root$(directory bindir)/pipeimg-browse" --version
	assert_output "pipeimg $(directory PACKAGE_VERSION)"
	mkdir "$BATS_TEST_TMPDIR/moved"
	cp "$root$(directory bindir)/pipeimg" "$BATS_TEST_TMPDIR/moved"
	run --separate-stderr "$BATS_TEST_TMPDIR/moved/pipeimg" browse --help
	assert_status 3
	assert_error_has "pipeimg: cannot run $(directory bindir)/pipeimg-browse: No such file or directory; install"
}

@test "the example builds with the installed library and prints the queues of a fixture" {
	need_program pkg-config
	[[ -e $PIPEIMG_SOURCE/examples/queue-sizes.c ]] || fail "examples/queue-sizes.c is missing"
	build_example "$PIPEIMG_SOURCE/examples/queue-sizes.c" "$BATS_TEST_TMPDIR/queue-sizes"
	run --separate-stderr "$BATS_TEST_TMPDIR/queue-sizes" "$fixtures/criu-4.2/fifo-and-dgram"
	assert_status 0
	assert_output $'30376 10 1\n10747907 520 1\n17 12 2\n19 11 2'
}

@test "the header can be used from C++" {
	need_program pkg-config
	need_program g++
	printf '#include <pipeimg.h>\nint main() { return !pimg_version(); }\n' >"$BATS_TEST_TMPDIR/use.cc"
	use_installed
	# shellcheck disable=SC2046 # flags are several words
	g++ ${PIPEIMG_SANITIZED-} -Wall -Werror -o "$BATS_TEST_TMPDIR/use" "$BATS_TEST_TMPDIR/use.cc" \
		$(pkg-config --cflags --libs pipeimg)
	"$BATS_TEST_TMPDIR/use"
}
