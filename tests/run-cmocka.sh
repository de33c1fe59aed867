#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs one cmocka program. Its TAP calls a skipped test "not ok N # SKIP NAME"; here that becomes the
# line that TAP has for it, with the reason, which the test printed right before.
set -o pipefail
# Several words, or none.
# shellcheck disable=SC2086
$PIPEIMG_EMULATOR "$@" | awk '
	/^not ok [0-9]+ # SKIP / {
		number = $3
		sub(/^not ok [0-9]+ # SKIP /, "")
		$0 = "ok " number " - " $0 " # SKIP " reason
	}
	{ print }
	{ reason = $0 }'
