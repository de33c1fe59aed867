#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A file server that hangs: a FUSE mount with one FIFO, which a process has open, and on which GETATTR stops answering.
usage: hanging-fuse.py DIRECTORY SECONDS   (root; prints the pid of that process, then "hanging")"""
import ctypes, os, struct, sys, threading, time
libc = ctypes.CDLL(None, use_errno=True); where, seconds = sys.argv[1], float(sys.argv[2])
INIT, LOOKUP, GETATTR, FORGET, STATFS_LIKE, BATCH_FORGET, OPENDIR = 26, 1, 3, 2, 17, 42, 27
hanging = False
server = os.open("/dev/fuse", os.O_RDWR); os.makedirs(where, exist_ok=True)
if libc.mount(b"demo", where.encode(), b"fuse", 0, f"fd={server},rootmode=40000,user_id=0,group_id=0,allow_other".encode()):
    sys.exit(os.strerror(ctypes.get_errno()))


def attributes(node): return struct.pack("<QQQQQQIIIIIIIIII", node, 0, 0, 0, 0, 0, 0, 0, 0, 0o40755 if node == 1 else 0o10666, 1, 0, 0, 0, 4096, 0)
def reply(unique, error=0, data=b""): os.write(server, struct.pack("<IiQ", 16 + len(data), -error, unique) + data)


def serve():
    while True:
        try: request = os.read(server, 1 << 17)
        except OSError: return
        _, operation, unique, node = struct.unpack("<IIQQ", request[:24])
        if operation == INIT: reply(unique, 0, struct.pack("<IIIIHHIIHHI", 7, 31, 0, 0, 12, 10, 4096, 1, 0, 0, 0) + bytes(28))
        elif operation == LOOKUP: reply(unique, 0, struct.pack("<QQQQII", 2, 0, 0, 0, 0, 0) + attributes(2))
        elif operation == GETATTR:
            if not (hanging and node == 2): reply(unique, 0, struct.pack("<QII", 0, 0, 0) + attributes(node))
        elif operation in (FORGET, BATCH_FORGET, 36): pass
        elif operation == OPENDIR: reply(unique, 0, struct.pack("<QII", 0, 0, 0))
        else: reply(unique, 38)


threading.Thread(target=serve, daemon=True).start(); time.sleep(.2)
holder = os.fork()
if holder == 0:
    os.close(server); end = os.open(where + "/f", os.O_RDWR | os.O_NONBLOCK); os.write(end, b"hi"); time.sleep(300); os._exit(0)
time.sleep(1); hanging = True; print(holder, flush=True); print("hanging", flush=True)
time.sleep(seconds); os.kill(holder, 9); libc.umount2(where.encode(), 2); os._exit(0)
