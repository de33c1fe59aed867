#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes malicious archives to standard output.

    hostile-archives.py flip BIT       standard input with this bit inverted
    hostile-archives.py pages BYTES    a dump, then the head of a member of that size
    hostile-archives.py many COUNT     a dump, and that many core images
    hostile-archives.py tasks COUNT    a dump of that many tasks, and ten times as many core images
    hostile-archives.py sparse BYTES   an image of that length; everything after its first bytes is a hole
    hostile-archives.py holes COUNT    a dump, and a member with COUNT lists of 21 holes
    hostile-archives.py zip METHOD     a zip archive of a dump, with this method of zipfile
    hostile-archives.py KIND           see the table at the end
"""

import io
import struct
import sys
import tarfile
import zipfile

IMAGE = struct.pack("<II", 0x54564319, 0x56453709)
RECORD = b"\x08\x07\x10\x05\x18\x80\x80\x04"
IMAGE += struct.pack("<I", len(RECORD)) + RECORD + b"seven"


def member(name, size=0, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, target
    return info


def head(info):
    return info.tobuf(tarfile.GNU_FORMAT)


def padded(data):
    return data + bytes(-len(data) % 512)


def image(name="dump/pipes-data.img"):
    return head(member(name, len(IMAGE))) + padded(IMAGE)


def end():
    return bytes(1024)


def link(kind):
    return head(member("dump/pipes-data.img", 0, kind, "/etc/passwd")) + end()


def with_size(text):
    """Writes a member whose size field has these twelve bytes."""
    header = bytearray(head(member("dump/pipes-data.img", 5)))
    header[124:136] = text
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return image("dump/fifo-data.img") + bytes(header) + padded(IMAGE) + end()


def flip(bit):
    data = bytearray(sys.stdin.buffer.read())
    data[bit // 8] ^= 1 << bit % 8
    return bytes(data)


def octal(number):
    return b"%011o\0" % number if number < 8**11 else b"\x80" + number.to_bytes(11, "big")


def sparse_head(name, length, parts, stored, goes_on=0):
    """Writes a member in the old GNU format with only these parts (offset, length) stored."""
    header = bytearray(head(member(name, stored, tarfile.GNUTYPE_SPARSE)))
    for number, (offset, size) in enumerate(parts):
        header[386 + 24 * number : 410 + 24 * number] = octal(offset) + octal(size)
    header[482] = goes_on
    header[483:495] = octal(length)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


def sparse(length):
    return sparse_head("dump/pipes-data.img", length, [(0, len(IMAGE)), (length, 0)], len(IMAGE)) + padded(IMAGE)


def wrapping():
    """Writes two images whose lengths add up to 2^63."""
    return sparse(2**62) + sparse_head("dump/fifo-data.img", 2**62, [(2**62, 0)], 0) + end()


def holes(count):
    block = (octal(0) + octal(0)) * 21
    out = io.BytesIO()
    out.write(image() + sparse_head("dump/other", 2**40, [(0, 0)] * 4, 0, goes_on=1))
    for _ in range(count):
        out.write(block + b"\1" + bytes(7))
    out.write(block + bytes(8) + end())
    return out.getvalue()


def tasks(count):
    messages = [b"\x08" + struct.pack("<BBB", n & 127 | 128, n >> 7 & 127 | 128, n >> 14) for n in range(1, count + 1)]
    pstree = struct.pack("<II", 0x54564319, 0x50273030)
    pstree += b"".join(struct.pack("<I", len(m) + 8) + m + b"\x10\0\x18\0\x20\0\x28\0" for m in messages)
    out = io.BytesIO()
    out.write(image() + head(member("dump/pstree.img", len(pstree))) + padded(pstree))
    # All have one name, which no task has, so that no member shortens the search.
    out.write(head(member("dump/core-x.img")) * (10 * count))
    out.write(end())
    return out.getvalue()


def zipped(method, content=IMAGE):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", getattr(zipfile, method)) as archive:
        archive.writestr("dump/pipes-data.img", content)
    return out.getvalue()


def zip_bomb():
    return zipped("ZIP_DEFLATED", IMAGE + b"xyz!" * (100 << 20))


def encrypted_zip():
    """Only the flags say so; the data is not encrypted."""
    data = bytearray(zipped("ZIP_STORED"))
    data[6] |= 1
    data[data.rindex(b"PK\1\2") + 8] |= 1
    return bytes(data)


def many(count):
    out = io.BytesIO()
    out.write(image())
    for number in range(count):
        out.write(head(member("dump/core-%d.img" % number)))
    out.write(end())
    return out.getvalue()


def bomb():
    """Correct at its start, then half a gigabyte of data that compresses to almost nothing."""
    size = 500 << 20
    sys.stdout.buffer.write(head(member("dump/pipes-data.img", size)))
    sys.stdout.buffer.write(IMAGE[:8] + b"x" * 504)
    block = b"xyz!" * (1 << 18)
    for _ in range(size // len(block)):
        sys.stdout.buffer.write(block)
    return end()


KINDS = {
    "parent": lambda: image("../dump/pipes-data.img") + image("dump/../../pipes-data.img") + end(),
    "symlink": lambda: link(tarfile.SYMTYPE),
    "hardlink": lambda: link(tarfile.LNKTYPE),
    "directory": lambda: link(tarfile.DIRTYPE),
    "device": lambda: link(tarfile.CHRTYPE),
    "fifo": lambda: link(tarfile.FIFOTYPE),
    "huge": lambda: with_size(b"\x80\0\0\0\x3f" + b"\xff" * 7),
    "negative": lambda: with_size(b"\xff" * 12),
    "long-name": lambda: image() + image("x" * 90 + "/" * 3000 + "dump/pipes-data.img") + end(),
    "several": lambda: image("a/pipes-data.img") + image("b/pipes-data.img") + end(),
    "empty": lambda: head(member("readme")) + end(),
    "bomb": bomb,
    "wrapping": wrapping,
    "zip-bomb": zip_bomb,
    "encrypted-zip": encrypted_zip,
}


def main():
    kind, *numbers = sys.argv[1:]
    if kind == "flip":
        data = flip(int(numbers[0]))
    elif kind == "pages":
        data = image() + head(member("dump/pages-1.img", int(numbers[0])))
    elif kind == "zip":
        data = zipped(numbers[0])
    elif kind == "sparse":
        data = sparse(int(numbers[0])) + end()
    elif kind in ("many", "holes", "tasks"):
        data = {"many": many, "holes": holes, "tasks": tasks}[kind](int(numbers[0]))
    else:
        data = KINDS[kind]()
    sys.stdout.buffer.write(data)


main()
