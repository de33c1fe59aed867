#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: request.py SOCKET DIRECTORY PID

Asks a criu service to dump the process, or to restore if PID is 0. Exits with 1 if that failed. CRIU's rpc.proto says
what the messages contain.
"""

import os
import socket
import sys

DUMP, RESTORE = 1, 2
SUCCESS = b"\x10\x01"


def varint(value):
    encoded = b""
    while value > 0x7F:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])


def number(field, value):
    return varint(field << 3) + varint(value)


def message(field, content):
    return varint(field << 3 | 2) + varint(len(content)) + content


def main():
    path, directory, pid = sys.argv[1:]
    kind = DUMP if int(pid) else RESTORE
    log = b"dump.log" if kind == DUMP else b"restore.log"
    options = number(1, os.open(directory, os.O_DIRECTORY)) + number(9, 4) + message(10, log)
    if kind == DUMP:
        options += number(2, int(pid))
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    connection.connect(path)
    connection.send(number(1, kind) + message(2, options))
    answer = connection.recv(65536)
    return 0 if answer.startswith(number(1, kind) + SUCCESS) else 1


sys.exit(main())
