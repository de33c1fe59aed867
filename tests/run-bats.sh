#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs one bats file and prints TAP; without bats, one skipped test with the reason.
# PIPEIMG_TAGS: run only the tests with these tags ("!race" for those without the tag).
if [ -z "$BATS" ]; then
	echo "1..0 # SKIP bats is not installed (Debian: apt-get install bats)"
	exit 0
fi
exec "$BATS" --tap ${PIPEIMG_TAGS:+--filter-tags "$PIPEIMG_TAGS"} "$@"
