#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: reap.py COMMAND [ARG...]

Runs the command and returns its status. If it failed, waits for all of its remaining descendants, so that
their ids are free again: the init of a container may never reap them.
"""

import ctypes
import os
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    status = subprocess.run(sys.argv[1:], check=False).returncode
    while status != 0:
        try:
            os.wait()
        except ChildProcessError:
            break
    return status if status >= 0 else 128 - status


sys.exit(main())
