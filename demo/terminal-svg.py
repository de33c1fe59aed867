#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws a screen as SVG: terminal-svg.py COLUMNS ROWS TITLE <SCREEN >FILE.

SCREEN is text with escape sequences for colours, as "tmux capture-pane -e" prints it.
"""

import re
import sys
from xml.sax.saxutils import escape

CELL_WIDTH, CELL_HEIGHT, BASELINE = 8.4, 18, 13.5
MARGIN, BAR = 14, 30
GROUND, INK = "#15181e", "#d4d7dd"
COLORS = ["#3b404a", "#f0717a", "#8cc570", "#e0b563", "#6aaef2", "#c987e0", "#55bdc6", "#d4d7dd"]
FONT = "ui-monospace, 'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace"


class Style:
    def __init__(self):
        self.reset()

    def reset(self):
        self.ink = INK
        self.bold = self.dim = self.underlined = self.reverse = False

    def take(self, code):
        if code == 0:
            self.reset()
        elif code in (1, 2, 4, 7):
            setattr(self, {1: "bold", 2: "dim", 4: "underlined", 7: "reverse"}[code], True)
        elif code == 22:
            self.bold = self.dim = False
        elif code in (24, 27):
            setattr(self, {24: "underlined", 27: "reverse"}[code], False)
        elif 30 <= code <= 37:
            self.ink = COLORS[code - 30]
        elif code == 39:
            self.ink = INK

    def key(self):
        return (self.ink, self.bold, self.dim, self.underlined, self.reverse)


def runs_of(line, style):
    """(column, text, style) of pieces with the same style. The style continues on the next line."""
    column = 0
    for part in re.split(r"(\x1b\[[0-9;]*m|\x1b\(B|\x0f)", line):
        codes = re.fullmatch(r"\x1b\[([0-9;]*)m", part)
        if codes:
            for code in codes.group(1).split(";"):
                style.take(int(code or 0))
        elif part and part[0] not in "\x1b\x0f":
            yield column, part, style.key()
            column += len(part)


def rect(x, y, width, height, fill, more=""):
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.2f}" height="{height:.1f}" fill="{fill}"{more}/>'


def block(character, x, y, ink):
    """Draw bars and rules, because their widths differ between fonts. None for other characters."""
    if character == "─":
        return rect(x, y + CELL_HEIGHT / 2, CELL_WIDTH + 0.3, 1, ink)
    if character == "░":
        return rect(x, y + 3, CELL_WIDTH, CELL_HEIGHT - 6, ink, ' opacity="0.3"')
    eighths = " ▁▂▃▄▅▆▇█".find(character)
    if eighths < 1:
        return None
    height = CELL_HEIGHT * eighths / 8
    return rect(x, y + CELL_HEIGHT - height, CELL_WIDTH + 0.3, height, ink)


def words(column, text, x, y, ink, more):
    """Place each word separately, so that other fonts keep the columns."""
    for word in re.finditer(r"[^ ─░▁▂▃▄▅▆▇█]+", text):
        left = x + word.start() * CELL_WIDTH
        length = f'{len(word.group()) * CELL_WIDTH:.1f}'
        yield (f'<text x="{left:.1f}" y="{y + BASELINE:.1f}" fill="{ink}" textLength="{length}"'
               f'{more}>{escape(word.group())}</text>')


def draw_run(column, row, text, key):
    ink, bold, dim, underlined, reverse = key
    x, y = MARGIN + column * CELL_WIDTH, BAR + row * CELL_HEIGHT
    more = ' font-weight="bold"' if bold else ""
    more += ' opacity="0.6"' if dim and not reverse else ""
    more += ' text-decoration="underline"' if underlined else ""
    if reverse:
        yield rect(x, y, len(text) * CELL_WIDTH, CELL_HEIGHT, ink)
        ink = GROUND
    for place, character in enumerate(text):
        drawn = block(character, x + place * CELL_WIDTH, y, ink)
        if drawn:
            yield drawn
    yield from words(column, text, x, y, ink, more)


def draw(columns, rows, title, lines):
    width, height = 2 * MARGIN + columns * CELL_WIDTH, BAR + rows * CELL_HEIGHT + MARGIN
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
           f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="{FONT}" font-size="14">')
    yield f"<title>{escape(title)}</title>"
    yield rect(0, 0, width, height, GROUND, ' rx="8"')
    yield (f'<text x="{width / 2:.0f}" y="19" fill="{INK}" opacity="0.6" text-anchor="middle" '
           f'font-size="12">{escape(title)}</text>')
    style = Style()
    for row, line in enumerate(lines[:rows]):
        for column, text, key in runs_of(line, style):
            yield from draw_run(column, row, text, key)
    yield "</svg>"


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    lines = sys.stdin.read().split("\n")
    print("\n".join(draw(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], lines)))


if __name__ == "__main__":
    main()
