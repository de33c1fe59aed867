#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command that may not call pidfd_getfd(2), as in containers with an older seccomp profile. Pipes can then be
opened only through /proc, which needs read permission for the inode. usage: deny-getfd.py COMMAND [ARGUMENT]..."""
import ctypes
import os
import struct
import sys

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
PIDFD_GETFD = 438  # on every architecture
EPERM, ERRNO, ALLOW = 1, 0x00050000, 0x7FFF0000

program = b"".join(struct.pack("HBBI", *step) for step in (
    (LOAD, 0, 0, 0),
    (JUMP_EQUAL, 0, 1, PIDFD_GETFD),
    (RETURN, 0, 0, ERRNO | EPERM),
    (RETURN, 0, 0, ALLOW),
))
steps = ctypes.create_string_buffer(program)
head = struct.pack("HP", len(program) // 8, ctypes.addressof(steps))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, head, 0, 0):
    sys.exit(os.strerror(ctypes.get_errno()))
os.execv(sys.argv[1], sys.argv[1:])
