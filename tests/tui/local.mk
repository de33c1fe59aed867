# SPDX-License-Identifier: GPL-2.0-or-later
# The browser on a terminal of known size.
terminal_tests = \
	tests/tui/damage.bats \
	tests/tui/dumps.bats \
	tests/tui/ending.bats \
	tests/tui/export.bats \
	tests/tui/growing.bats \
	tests/tui/live-states.bats \
	tests/tui/live.bats \
	tests/tui/long.bats \
	tests/tui/moving.bats \
	tests/tui/payload.bats \
	tests/tui/search.bats \
	tests/tui/sizes.bats \
	tests/tui/styles.bats \
	tests/tui/views.bats
TESTS += $(terminal_tests)
# Sanitizers need more memory than these tests allow.
if !SANITIZERS
TESTS += tests/tui/big.bats
endif
EXTRA_DIST += \
	$(terminal_tests) \
	tests/tui/big.bats \
	tests/tui/harmless.py \
	tests/tui/live.bash \
	tests/tui/sample.py \
	tests/tui/screens \
	tests/tui/screens.bash \
	tests/tui/terminal.bash
# Screens that differed from the expected ones.
CLEANFILES += tests/tui/*.screen
