#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bats file_tags=race
# README.md shows what the program prints.
load helpers

# Process ids, pipe ids and the widths that follow from them differ in each run.
without_numbers() {
	sed -E 's/[0-9]+/N/g; s/ +/ /g'
}

# transcript NAME: the block of README.md, up to a line "…", which means that more follows
transcript() {
	sed -n "/^<!-- transcript $1 -->\$/,/^\`\`\`\$/p" "$PIPEIMG_SOURCE/README.md" | sed '1,2d; $d; /^…$/,$d'
}

# expect_transcript NAME
expect_transcript() {
	local page printed
	page=$(transcript "$1" | without_numbers)
	[[ -n $page ]] || fail "README.md has no transcript '$1'"
	"$PIPEIMG_SOURCE/demo/transcripts.sh" "$PIPEIMG_BUILD" "$1" >printed 3>&-
	printed=$(without_numbers <printed)
	# A transcript can end with "…"; its last line is complete all the same.
	[[ $printed$'\n' == "$page"$'\n'* ]] || diff <(printf '%s\n' "$page") <(printf '%s\n' "$printed") ||
		fail "README.md does not show what demo/transcripts.sh $1 prints"
}

setup() {
	cd -- "$BATS_TEST_TMPDIR" || return
	need_tracing
	[[ -z ${PIPEIMG_EMULATOR:-} ]] || skip "the transcripts are of programs that run without an emulator"
	[[ $("$python" -c 'import fcntl, os; print(fcntl.fcntl(os.pipe()[0], 1032))') -ge 65536 ]] ||
		skip "new pipes are small: this user's pipes reach fs.pipe-user-pages-soft"
}

@test "README.md shows what list prints about a stopped reader" {
	expect_transcript hang
}

@test "README.md shows how a queue is saved and put back" {
	expect_transcript save
}

@test "README.md shows what is in a checkpoint" {
	expect_transcript checkpoint
}

@test "README.md shows how merged packets are repaired" {
	expect_transcript merged
}
