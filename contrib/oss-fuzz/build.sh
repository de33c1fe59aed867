#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: build.sh [CONFIGURE OPTION...]
# Builds the fuzz targets, with their libraries and corpora, as OSS-Fuzz requires. Run it in the top source directory
# with CC, CXX, CFLAGS, CXXFLAGS, LIB_FUZZING_ENGINE, OUT and WORK set, as .ci/run does.
set -euo pipefail

source_directory=$PWD
targets=()

# The libraries that a file needs, except the C library, which must match the loader of the machine that runs it.
libraries_of() {
	ldd -- "$1" | sed -n 's,.* => \(/[^ ]*\) .*,\1,p' |
		grep -v -E '/(ld-linux[^/]*|lib(c|m|dl|rt|pthread|resolv))\.so'
}

# The machine that runs the targets has no packages installed. libarchive is loaded at run time, so ldd does not list it.
copy_libraries() {
	local name target
	name=$(sed -n 's/^#define LIBARCHIVE_SONAME "\(.*\)"/\1/p' config.h)
	mkdir -p -- "$OUT/lib"
	cp -- "$($CC -print-file-name="$name")" "$OUT/lib/"
	{
		libraries_of "$OUT/lib/$name"
		for target in "${targets[@]}"; do libraries_of "$target"; done
	} | sort -u | xargs -d '\n' cp -t "$OUT/lib" --
}

for corpus in tests/fuzz/corpus/*/; do
	targets+=("tests/fuzz/$(basename -- "$corpus")")
done
# For job_count and run_autoreconf.
# shellcheck source=bootstrap
source ./bootstrap
run_autoreconf

mkdir -p -- "$WORK"
cd -- "$WORK"
"$source_directory/configure" --quiet --enable-fuzzers "$@"
# The engine is C++. The old kind of rpath in a program also applies to the libraries of its libraries.
make --no-print-directory -j "$(job_count)" CCLD="$CXX $CXXFLAGS" \
	LDFLAGS="-Wl,--disable-new-dtags -Wl,-rpath,'\$\$ORIGIN/lib'" all

for target in "${targets[@]}"; do
	name=$(basename -- "$target")
	cp -- "$target" "$OUT/"
	rm -f -- "$OUT/${name}_seed_corpus.zip"
	zip -q -j "$OUT/${name}_seed_corpus.zip" "$source_directory/tests/fuzz/corpus/$name"/*
done
copy_libraries
