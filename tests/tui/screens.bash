# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Screens that are compared with files, and images to browse. To be loaded after terminal.bash.
# SC2154: fixtures, program and the like are set in helpers.bash.
#
# What a test wants to see is tests/tui/screens/NAME.txt. To make these files anew after a change,
#     make -C build check UPDATE_SCREENS=1 TESTS=tests/tui/views.bats
# and read what "git diff" then says before it is committed: that is the test.
# A screen that differs is left as build/tests/tui/NAME.screen.

readonly screens=$PIPEIMG_SOURCE/tests/tui/screens

# The screen does not change for a third of a second. Only where files are written, and nobody knows
# what they will say.
wait_for_rest() {
	local before='' now equal=0
	while ((equal < 7)); do
		sleep 0.05
		now=$("$1")
		if [[ $now == "$before" ]]; then ((equal++)) || true; else equal=0; fi
		before=$now
	done
}

# shows CAPTURE NAME: whether the screen is as in the file, by one of terminal.bash's functions
shows() {
	"$1" >"$BATS_TEST_TMPDIR/shown"
	cmp -s -- "$BATS_TEST_TMPDIR/shown" "$screens/$2.txt"
}

write_golden() {
	wait_for_rest "$1"
	"$1" >"$screens/$2.txt"
}

assert_captured() {
	local golden=$screens/$2.txt new=$PIPEIMG_BUILD/tests/tui/$2.screen end=$((SECONDS + 60))
	if [[ -n ${UPDATE_SCREENS-} ]]; then
		write_golden "$@"
		return
	fi
	while ! shows "$@"; do
		if ((SECONDS >= end)); then
			mkdir -p -- "${new%/*}"
			cp -- "$BATS_TEST_TMPDIR/shown" "$new"
			diff -u --label "wanted: $golden" --label "shown: $new" "$golden" "$new" >&2 || true
			fail "the screen is not as in $golden, but as in $new"
			return
		fi
		sleep 0.02
	done
	rm -f -- "$new"
}

# assert_screen NAME: it becomes what the file has, as text
assert_screen() {
	assert_captured screen "$1"
}

# assert_styled_screen NAME: with colours and the like
assert_styled_screen() {
	assert_captured styled_screen "$1"
}

row_is() {
	local shown
	mapfile -t shown < <(screen)
	[[ $1 != last ]] || set -- ${#shown[@]} "$2"
	[[ ${shown[$1 - 1]} == "$2" ]]
}

# assert_row NUMBER TEXT: a row becomes this; from 1, or "last"
assert_row() {
	until_screen row_is "$1" "$2"
}

# The line that is selected: the one that is reverse from its first cell on.
selected_line() {
	styled_screen | sed -nE $'/^(\e\\[[0-9;]*m)*\e\\[([0-9;]*;)?7m/{s/\e[^m]*m//g; s/ *$//; p}'
}

selected_matches() {
	[[ $(selected_line) =~ $1 ]]
}

# wait_for_selected REGEX: the line of the cursor becomes one that it fits
wait_for_selected() {
	until_screen selected_matches "$1"
}

# ---- images ---------------------------------------------------------------------------------------

# browsable WHICH FILE: an image to look at; which there are is said in sample.py
browsable() {
	"$python" "$PIPEIMG_SOURCE/tests/tui/sample.py" "$1" >"$2"
}

# browse_sample COLUMNS ROWS: the image of most tests, until its queues are shown
browse_sample() {
	browsable sample sample.img
	open_browser "$1" "$2" sample.img
	wait_for_screen 4711
}

# browse_packets COLUMNS ROWS ID [ARGUMENT...]: a queue of that image, opened at once
browse_packets() {
	browsable sample sample.img
	open_browser "$1" "$2" sample.img --pipe "$3"
	wait_for_screen LENGTH
}
