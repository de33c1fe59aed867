#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check what the browser sent to its terminal: harmless.py FILE ENCODING.

Everything must be text in that encoding, or an escape sequence that curses uses. The payloads of sample.py's
hostile image contain others: background colours, titles, resets, queries. Text must be visible: no C1
controls, no direction marks, no characters without width or ink.
"""

import re
import sys
import unicodedata

DRIVING = re.compile(
    rb"\x1b\[(?:[0-9]|[0-9]+;[0-9]+|[1-9][0-9]?[0-9]?)?[ABCDGHKLMPSTXbdr@]"  # moving and clearing
    rb"|\x1b\[J"
    rb"|\x1b\[(?:(?:0|1|2|4|7|22|24|27|3[0-79]|39;49|38;5;[0-9]+)(?:;|(?=m)))*m"  # only background 49
    rb"|\x1b\[\?(?:1|7|12|25|1000|1002|1006)(?:;1000)?[hl]"
    rb"|\x1b\[34[hl]"
    rb"|\x1b\(B|\x1b[M78=>]"
    rb"|[\r\n\x08\x0f]"
)


# Blank or invisible, although categorized as letters, symbols or marks.
BLANK = re.compile("[\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]")


def is_hidden(character):
    return BLANK.match(character) or unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Mn", "Me", "Cs")


def main():
    path, encoding = sys.argv[1:]
    with open(path, "rb") as file:
        sent = file.read()
    try:
        text = DRIVING.sub(b"", sent).decode(encoding)
    except UnicodeDecodeError as error:
        sys.exit(f"not {encoding}: {error}")
    if len(text) < 1000:
        sys.exit("too little was sent")
    for place, character in enumerate(text):
        if is_hidden(character):
            sys.exit(f"sent {character!r} in {text[max(0, place - 30):place + 30]!r}")


if __name__ == "__main__":
    main()
