#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# usage: links.sh PAGE...
# Prints "NAME PAGE" for each further name in the NAME section of a page, by which man(1) is to find it too.
exec awk '
	FNR == 1 { page = FILENAME; sub(/.*\//, "", page) }
	/^\.SH / { in_names = $2 == "NAME"; next }
	in_names {
		sub(/ *\\- .*/, "")
		gsub(/,/, "")
		for (i = 1; i <= NF; i++)
			if ($i ".3" != page)
				print $i, page
	}' "$@"
