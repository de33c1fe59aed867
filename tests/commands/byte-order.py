#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes CRIU images as a machine with the other byte order would: the words of the container are swapped.

    byte-order.py other IN OUT   writes an image file, or a directory of them, in the opposite order
    byte-order.py name FILE      prints the order of an image: little-endian or big-endian
"""

import os
import struct
import sys

COMMON = 0x54564319
# Magic numbers of images whose records have a payload; its length is field 2 of the message.
WITH_PAYLOAD = {0x56453709, 0x59333054, 0x56264026}
WITHOUT_PAYLOAD = {
    0x56303138, 0x56513555, 0x58364939, 0x56213732, 0x50273030, 0x58313116, 0x54432030, 0x55053847,
}


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return value, at


def payload_length(message):
    """Returns field 2, a number, which is the second field."""
    key, at = varint(message, 0)
    _, at = varint(message, at)
    key, at = varint(message, at)
    assert key == 2 << 3, "not the message of a queue"
    return varint(message, at)[0]


def order_of(data):
    for order in "<>":
        (first,) = struct.unpack_from(order + "I", data)
        if first == COMMON or first in WITH_PAYLOAD or first in WITHOUT_PAYLOAD:
            return order
    return None


def in_other_order(data):
    order = order_of(data)
    other = {"<": ">", ">": "<"}[order]
    at = 0
    result = b""

    def word():
        nonlocal at, result
        (value,) = struct.unpack_from(order + "I", data, at)
        at += 4
        result += struct.pack(other + "I", value)
        return value

    def take(length):
        nonlocal at, result
        piece = data[at : at + length]
        assert len(piece) == length
        at += length
        result += piece
        return piece

    magic = word()
    if magic == COMMON:
        magic = word()
    while at < len(data):
        message = take(word())
        if magic in WITH_PAYLOAD:
            take(payload_length(message))
    return result


def copy_in_other_order(source, target):
    with open(source, "rb") as file:
        data = file.read()
    if len(data) >= 4 and order_of(data):
        data = in_other_order(data)
    with open(target, "wb") as file:
        file.write(data)


def main():
    action, source = sys.argv[1:3]
    if action == "name":
        with open(source, "rb") as file:
            print({"<": "little-endian", ">": "big-endian"}.get(order_of(file.read(4)), "none"))
    elif os.path.isdir(source):
        os.mkdir(sys.argv[3])
        for name in sorted(os.listdir(source)):
            copy_in_other_order(os.path.join(source, name), os.path.join(sys.argv[3], name))
    else:
        copy_in_other_order(source, sys.argv[3])


main()
