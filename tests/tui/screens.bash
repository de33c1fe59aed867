# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154
# Comparing screens with files, and images to browse. To be loaded after terminal.bash.
# SC2154: fixtures, program and others are set in helpers.bash.
#
# The expected screens are tests/tui/screens/NAME.txt. To update them after a change, run
#     make -C build check UPDATE_SCREENS=1 TESTS=tests/tui/views.bats
# and check the output of "git diff" before you commit it: that is the test.
# A screen that differs is saved as build/tests/tui/NAME.screen.

readonly screens=$PIPEIMG_SOURCE/tests/tui/screens

# Waits until the screen does not change for a third of a second. Only for updating files, whose new content is
# unknown.
wait_for_rest() {
	local before='' now equal=0
	while ((equal < 7)); do
		sleep 0.05
		now=$("$1")
		if [[ $now == "$before" ]]; then ((equal++)) || true; else equal=0; fi
		before=$now
	done
}

# shows CAPTURE NAME: whether the screen is the same as the file; CAPTURE is a function of terminal.bash
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
			fail "the screen differs from $golden; see $new"
			return
		fi
		sleep 0.02
	done
	rm -f -- "$new"
}

# assert_screen NAME: the text of the screen becomes that of the file
assert_screen() {
	assert_captured screen "$1"
}

# assert_styled_screen NAME: the same with colours and other attributes
assert_styled_screen() {
	assert_captured styled_screen "$1"
}

row_is() {
	local shown
	mapfile -t shown < <(screen)
	[[ $1 != last ]] || set -- ${#shown[@]} "$2"
	[[ ${shown[$1 - 1]} == "$2" ]]
}

# assert_row NUMBER TEXT: a row becomes this; rows count from 1, or "last"
assert_row() {
	until_screen row_is "$1" "$2"
}

# The selected line, which is in reverse video from its first cell.
selected_line() {
	styled_screen | sed -nE $'/^(\e\\[[0-9;]*m)*\e\\[([0-9;]*;)?7m/{s/\e[^m]*m//g; s/ *$//; p}'
}

selected_matches() {
	[[ $(selected_line) =~ $1 ]]
}

# wait_for_selected REGEX: waits until the selected line matches
wait_for_selected() {
	until_screen selected_matches "$1"
}

# ---- images ---------------------------------------------------------------------------------------

# browsable WHICH FILE: writes an image to browse; sample.py lists them
browsable() {
	"$python" "$PIPEIMG_SOURCE/tests/tui/sample.py" "$1" >"$2"
}

# browse_sample COLUMNS ROWS: opens the image of most tests, and waits for its queues
browse_sample() {
	browsable sample sample.img
	open_browser "$1" "$2" sample.img
	wait_for_screen 4711
}

# browse_packets COLUMNS ROWS ID [ARGUMENT...]: opens a queue of that image
browse_packets() {
	browsable sample sample.img
	open_browser "$1" "$2" sample.img --pipe "$3"
	wait_for_screen LENGTH
}
