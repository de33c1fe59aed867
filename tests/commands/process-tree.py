#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Starts a shell and its child cat in a session; they talk to this process through two pipes.

    process-tree.py FIFO

The shell's standard input is a pipe that this process writes, its standard output one that this process reads, and its
descriptor 6 is the FIFO, with 5 unread bytes. cat has all three, and copies input to output. Prints the pid of the
shell, and the numbers of the two pipes; ends when the shell has ended.
"""

import ctypes
import os
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36

# cat must not remain as a zombie if init does not reap it: a restore needs its pid.
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
read_end, ours = os.pipe()
theirs, write_end = os.pipe()
shell = subprocess.Popen(
    ["sh", "-c", 'exec 6<>"$1" 3<&0; printf bytes >&6; cat <&3 3<&- & wait', "sh", sys.argv[1]],
    stdin=read_end,
    stdout=write_end,
    stderr=subprocess.DEVNULL,
    start_new_session=True,
)
os.close(read_end)
os.close(write_end)
os.write(ours, b"ready\n")
assert os.read(theirs, 100) == b"ready\n"
print(shell.pid, os.fstat(ours).st_ino, os.fstat(theirs).st_ino, flush=True)
shell.wait()
try:
    while True:
        os.wait()
except ChildProcessError:
    pass
