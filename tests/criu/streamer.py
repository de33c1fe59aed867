#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""usage: streamer.py capture|serve DIRECTORY STORE

Takes images from "criu dump --stream", or gives them to "criu restore --stream", as criu-image-streamer does: DIRECTORY
has the socket, and STORE the images. Ends when criu closes the connection. CRIU's img-streamer.c has the protocol.
"""

import array
import os
import shutil
import socket
import struct
import sys
import threading


def receive(connection, length):
    data = b""
    while len(data) < length:
        part = connection.recv(length - len(data))
        if not part:
            return None
        data += part
    return data


def receive_name(connection):
    """A message: its length, and the name as its first field."""
    head = receive(connection, 4)
    if not head:
        return None
    message = receive(connection, struct.unpack("=I", head)[0])
    return message[2 : 2 + message[1]].decode()


def receive_descriptor(connection):
    size = array.array("i").itemsize
    _, ancillary, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(size))
    return struct.unpack("i", ancillary[0][2][:size])[0]


def copy(source, target):
    with source, target:
        shutil.copyfileobj(source, target)


def handle(connection, mode, path):
    """Returns the thread that copies the image, or None if there is none."""
    exists = mode == "capture" or os.path.exists(path)
    if mode == "serve":
        connection.sendall(struct.pack("=IBB", 2, 8, exists))
    if not exists:
        return None
    pipe = receive_descriptor(connection)
    if mode == "capture":
        thread = threading.Thread(target=copy, args=(open(pipe, "rb"), open(path, "wb")))
    else:
        thread = threading.Thread(target=copy, args=(open(path, "rb"), open(pipe, "wb")))
    thread.start()
    return thread


def main():
    mode, directory, store = sys.argv[1:]
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(f"{directory}/streamer-{mode}.sock")
    listener.listen()
    connection, _ = listener.accept()
    threads = []
    while (name := receive_name(connection)) is not None:
        threads.append(handle(connection, mode, os.path.join(store, name)))
    for thread in filter(None, threads):
        thread.join()


main()
