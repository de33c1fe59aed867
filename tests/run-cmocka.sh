#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs one cmocka program. cmocka prints "not ok N # SKIP NAME" for a skipped test; this becomes the correct TAP
# line, with the reason, which the test printed just before.
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
