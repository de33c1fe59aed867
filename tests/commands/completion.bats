#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Bash completes pipeimg's options and their arguments.
# shellcheck disable=SC2154 # bats' run sets variables
load helpers.bash

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	mkdir bin
	ln -s "$program" bin/pipeimg
	PATH=$PWD/bin:$PATH
	# shellcheck source=completions/pipeimg
	source "$PIPEIMG_SOURCE/completions/pipeimg"
}

# completed WORD...: prints the completions of the last word, sorted. Bash splits words at ":" and "=".
completed() {
	local word
	COMP_LINE=$*
	COMP_POINT=${#COMP_LINE}
	COMP_WORDS=()
	for word; do
		while [[ $word =~ ^([^:=]+)?([:=])(.*)$ ]]; do
			[[ -z ${BASH_REMATCH[1]} ]] || COMP_WORDS+=("${BASH_REMATCH[1]}")
			COMP_WORDS+=("${BASH_REMATCH[2]}")
			word=${BASH_REMATCH[3]}
		done
		[[ -z $word && ${#COMP_WORDS[@]} -gt 0 && ${COMP_WORDS[-1]} == [:=] ]] || COMP_WORDS+=("$word")
	done
	COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
	COMPREPLY=()
	_pipeimg
	printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort
}

# ---- options -------------------------------------------------------------------------------------

@test "every option of every command is completed" {
	local command commands option
	commands=$(pipeimg --help | sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p' | grep -vx help)
	[[ $commands == *show*verify* ]]
	for command in $commands; do
		pipeimg "$command" --help | grep -oE -e '--[a-z][a-z0-9-]*' | sort -u >options
		[[ -s options ]]
		while read -r option; do
			completed pipeimg "$command" "$option" | grep -qxE -e "$option=?" || fail "pipeimg $command $option"
		done <options
	done
}

# ---- dumps ---------------------------------------------------------------------------------------

# make_dumps: dumps.tar with three, two of which differ after a colon
make_dumps() {
	local name
	for name in web:1 web:2 other; do
		mkdir -p "dumps/$name"
		cp -- "$fixtures/criu-4.2/sizes/"*.img "dumps/$name"
	done
	tar -C dumps -cf dumps.tar web:1 web:2 other
}

@test "--dump is completed with the paths of the dumps in the input" {
	make_dumps
	run completed pipeimg show dumps.tar --dump ''
	assert_output $'other\nweb:1\nweb:2'
	run completed pipeimg show dumps.tar --dump o
	assert_output "other"
	run completed pipeimg browse dumps.tar --dump w
	assert_output $'web:1\nweb:2'
	run completed pipeimg verify dumps.tar --dump other/
	assert_output ""
}

@test "a colon in the path of a dump, where bash begins another word, is completed" {
	make_dumps
	run completed pipeimg show dumps.tar --dump web
	assert_output $'web:1\nweb:2'
	run completed pipeimg show dumps.tar --dump web:
	assert_output $'1\n2'
	run completed pipeimg show dumps.tar --dump=web:2
	assert_output 2
}

@test "--pipe is completed with the ids of the queues that are not empty" {
	run completed pipeimg show "$fixtures/criu-4.2/sizes" --pipe 281
	assert_output $'28170\n28171\n28173\n28174\n28175'
}
