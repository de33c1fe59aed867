#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts how often a command opens a file.

usage: watch-opens.py FILE COMMAND...    prints the count; the command's output goes to /dev/null
"""
import ctypes
import os
import struct
import subprocess
import sys

IN_OPEN = 0x20
EVENT = struct.Struct("iIII")

libc = ctypes.CDLL(None, use_errno=True)
notify = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
if libc.inotify_add_watch(notify, os.fsencode(sys.argv[1]), IN_OPEN) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, check=False)
try:
    print(len(os.read(notify, 65536)) // EVENT.size)
except BlockingIOError:
    print(0)
