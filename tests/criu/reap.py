#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: reap.py COMMAND [ARG...]

Runs the command and returns its status. If it failed, waits for all of its remaining descendants, so that
their ids are free again: the init of a container may never reap them. Those that are stopped are killed: criu that is
killed while it examines the kernel leaves such a child.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36


def kill_if_stopped(pid):
    """waitpid(2) does not report that to this parent if it did to another."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            state = file.read().rpartition(") ")[2][0]
    except (FileNotFoundError, ProcessLookupError):
        return
    if state == "T":
        os.kill(pid, signal.SIGKILL)


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return [int(pid) for pid in file.read().split()]


def reap():
    while True:
        for pid in children():
            kill_if_stopped(pid)
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            return


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    status = subprocess.run(sys.argv[1:], check=False).returncode
    if status != 0:
        reap()
    return status if status >= 0 else 128 - status


sys.exit(main())
