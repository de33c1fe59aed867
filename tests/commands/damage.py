#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs `pipeimg show --raw` on every damaged form of an image.

    damage.py cuts PROGRAM IMAGE    every truncation: it shows no other bytes; prints how many
                                    of them do not fail
    damage.py bytes PROGRAM IMAGE   each byte replaced: an error or another image, but no crash
"""

import subprocess
import sys

MAGICS_LENGTH = 8
TIME_LIMIT_SECONDS = 60


def show(program, content):
    with open("damaged.img", "wb") as image:
        image.write(content)
    return subprocess.run(
        [program, "show", "--raw", "damaged.img"],
        capture_output=True,
        timeout=TIME_LIMIT_SECONDS,
        check=False,
    )


def check_failure(where, run):
    """A failure must be bad data, reported in one line that names the file."""
    lines = run.stderr.decode(errors="replace").splitlines()
    if run.returncode != 1 or len(lines) != 1 or not lines[0].startswith("pipeimg: damaged.img: "):
        sys.exit(f"{where}: status {run.returncode}, errors {lines}")


def check_cuts(program, content):
    whole = show(program, content).stdout
    ends = 0
    for length in range(MAGICS_LENGTH, len(content)):
        run = show(program, content[:length])
        if not whole.startswith(run.stdout):
            sys.exit(f"cut at {length}: shows other bytes")
        if run.returncode == 0 and not run.stderr:
            ends += 1
        else:
            check_failure(f"cut at {length}", run)
    print(ends)


def check_bytes(program, content):
    for offset, byte in enumerate(content):
        for value in {0x00, 0xFF, byte ^ 0x01} - {byte}:
            run = show(program, content[:offset] + bytes([value]) + content[offset + 1 :])
            if run.returncode != 0 or run.stderr:
                check_failure(f"byte {offset} set to {value:#x}", run)


def main():
    check = {"cuts": check_cuts, "bytes": check_bytes}[sys.argv[1]]
    with open(sys.argv[3], "rb") as image:
        check(sys.argv[2], image.read())


main()
