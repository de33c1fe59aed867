#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The library's manual: every function has a page that agrees with the header and has working examples.
load helpers.bash
load installed.bash

readonly manual_py=$PIPEIMG_SOURCE/tests/commands/library-manual.py

# render PAGE: prints it as text, with each paragraph on one line
render() {
	need_program man
	MANWIDTH=1000 man -l -P cat "$1" 2>/dev/null | sed 's/.\x08//g'
}

# render_pages: renders each page of functions to NAME.txt
render_pages() {
	local page
	for page in "$root$(directory man3dir)"/*.3; do
		[[ $(head -n 1 "$page") == .so* ]] || render "$page" >"$(basename "$page" .3).txt"
	done
}

# page_of FUNCTION: prints the page that man(1) finds for it
page_of() {
	local pages first
	pages=$root$(directory man3dir)
	[[ -s $pages/$1.3 ]] || return
	first=$(head -n 1 "$pages/$1.3")
	if [[ $first == .so* ]]; then
		printf '%s\n' "$pages/${first#.so man3/}"
	else
		printf '%s\n' "$pages/$1.3"
	fi
}

@test "every function of the header has a page under its name" {
	local function page missing=()
	while read -r function; do
		page=$(page_of "$function") || page=
		[[ -n $page && -s $page ]] && grep -A 8 '^\.SH NAME' "$page" | grep -qw "$function" || missing+=("$function")
	done < <(declares "$root$(directory includedir)/pipeimg.h")
	[[ ${#missing[@]} -eq 0 ]] || fail "no page: ${missing[*]}"
}

@test "no page describes a function that the header does not have" {
	local page
	declares "$root$(directory includedir)/pipeimg.h" >declared
	for page in "$root$(directory man3dir)"/pimg_*.3; do
		basename "$page" .3
	done | grep -vxF -e pimg_error -e pimg_progress >pages
	[[ $(wc -l <pages) -gt 40 ]]
	sort -o pages pages
	assert_same_text declared pages
}

@test "prototypes and structs on the pages are those of the header" {
	render_pages
	run "$python" "$manual_py" compare "$root$(directory includedir)/pipeimg.h" pimg_*.txt
	assert_status 0
	assert_output ""
}

# prepare PAGE: creates what the commands of its examples need
prepare() {
	case $1 in
	pimg_image_open | pimg_verify) copy_fixture criu-4.2/sizes dump ;;
	pimg_input_open)
		mkdir -p pod/web pod/sidecar
		copy_fixture criu-4.2/sizes pod/web/checkpoint
		copy_fixture criu-4.2/sizes pod/sidecar/checkpoint
		;;
	pimg_image_container) copy_fixture podman/checkpoint.tar.zst . ;;
	pimg_image_*) copy_fixture criu-4.2/fifo-and-dgram dump ;;
	pimg_compress | pimg_convert | pimg_frame_parse | pimg_probe | pimg_progress)
		copy_fixture criu-4.2/length-prefixed dump
		;;
	pimg_diff)
		copy_fixture criu-4.2/length-prefixed dump
		pipeimg convert dump/pipes-data.img packets.img --frame u32le
		;;
	esac
}

# Masks numbers that depend on the machine, such as the size of a pipe.
without_numbers() {
	sed -e 's/[0-9]\{4,\}/N/g' "$1"
}

# try PROGRAM: the commands on its page print what the page shows
try() {
	(detached bash "$1.commands") </dev/null >"$1.printed" 2>&1 || true
	assert_same_text <(without_numbers "$1.output") <(without_numbers "$1.printed")
}

# follow live|other: builds the programs of all pages, and runs those that need live pipes, or the others
follow() {
	local page pages name is
	render_pages
	pages=(*.txt)
	for page in "${pages[@]%.txt}"; do
		mkdir "$page"
		cd "$page" || return
		"$python" "$manual_py" programs "../$page.txt" . >programs
		prepare "$page"
		while read -r name; do
			is=other
			! grep -q sleep "$name.commands" || is=live
			[[ -s $name.commands && -s $name.output ]] || fail "$page shows no use of $name"
			[[ $is == "$1" ]] || continue
			build_example "$name.c" "$name"
			# On a busy machine, commands that sleep to wait for others may sleep too briefly.
			try "$name" || { [[ $is == live ]] && try "$name"; } || fail "$page"
			printf '%s\n' "$name" >>../tried
		done <programs
		cd .. || return
	done
}

@test "programs on the pages build without warnings and print the output shown" {
	need_program pkg-config
	follow other
	[[ $(wc -l <tried) -ge 8 ]] || fail "$(<tried)"
}

# bats test_tags=race
@test "programs on the pages that inspect live pipes build and print the output shown" {
	need_program pkg-config
	need_tracing
	follow live
	[[ $(wc -l <tried) -ge 7 ]] || fail "$(<tried)"
}
