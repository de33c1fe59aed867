#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes images that try to exhaust their reader.

    hostile.py pipes COUNT FILE             empty records of COUNT different pipes
    hostile.py same COUNT [WORD...] FILE    COUNT empty records of pipe 7
    hostile.py sparse COUNT BYTES LENGTH [WORD...] FILE
                                            records of pipe 7 whose payloads are holes of BYTES each;
                                            then a hole up to LENGTH, if that is more
    hostile.py groups open|closed FILE      8 MiB of nested groups
    hostile.py origin COUNT FILE            an origin with COUNT ends
    hostile.py chunks COUNT FILE            a list of COUNT packets
or an image in the DIRECTORY of a dump that has task 100:
    hostile.py tasks COUNT DIRECTORY        a pstree.img that names task 100 COUNT times
    hostile.py tree FORM COUNT DIRECTORY    COUNT tasks: a "chain" of children, a "circle", or all "lost" (their parent
                                            is missing); without core images
    hostile.py ids COUNT DIRECTORY          an ids-100.img with COUNT records
    hostile.py core BYTES DIRECTORY         a core-100.img with a name of BYTES bytes
    hostile.py files COUNT DIRECTORY        a files.img with COUNT ends of one pipe

WORDs are those of synthetic.py.
"""

import os
import sys

sys.dont_write_bytecode = True

import synthetic  # noqa: E402

MESSAGE_MAX = 8 * 1024 * 1024
# How many records are written in one call.
BLOCK_RECORDS = 1 << 14


def repeat(file, block, count):
    """Writes block count times, in larger pieces."""
    many = block * min(count, BLOCK_RECORDS)
    whole, rest = divmod(count, BLOCK_RECORDS)
    for _ in range(whole):
        file.write(many)
    file.write(many[: rest * len(block)])


def write_pipes(file, count):
    """All ids are varints of four bytes, so that the records of a block differ only at fixed offsets."""
    sample = synthetic.record(bytes.fromhex("08 80808000 1000"))
    low = sample.index(0x80)
    block = bytearray(sample * BLOCK_RECORDS)
    block[low :: len(sample)] = bytes(i & 0x7F | 0x80 for i in range(BLOCK_RECORDS))
    block[low + 1 :: len(sample)] = bytes(i >> 7 | 0x80 for i in range(BLOCK_RECORDS))
    file.write(synthetic.magic("pipe"))
    for high in range(-(-count // BLOCK_RECORDS)):
        block[low + 2 :: len(sample)] = bytes([high & 0x7F | 0x80]) * BLOCK_RECORDS
        block[low + 3 :: len(sample)] = bytes([high >> 7]) * BLOCK_RECORDS
        file.write(block[: (count - high * BLOCK_RECORDS) * len(sample)])


def write_same(file, count, *words):
    file.write(synthetic.magic("pipe"))
    repeat(file, synthetic.record_from_words(" ".join(["id=7", *words])), count)


def write_sparse(file, count, claimed, length, *words):
    record = synthetic.record_from_words(f"id=7 bytes={claimed} {' '.join(words)}")
    file.write(synthetic.magic("pipe"))
    for _ in range(count):
        file.write(record)
        file.seek(claimed, os.SEEK_CUR)
    file.truncate(max(file.tell(), length))


def write_groups(file, form):
    start, end = synthetic.key(2000, 3), synthetic.key(2000, 4)
    room = MESSAGE_MAX - len(b"\x08\x07\x10\x03")
    groups = start * (room // 2) if form == "open" else start * (room // 4) + end * (room // 4)
    message = b"\x08\x07\x10\x03" + groups
    file.write(synthetic.magic("pipe") + synthetic.record(message, b"abc"))


def write_origin(file, count):
    """Each end has descriptor 3 of process 100."""
    end = synthetic.bytes_field(6, synthetic.message_of(field_1=100, field_2=3, field_3=0))
    origin = synthetic.bytes_field(synthetic.FIELD_ORIGIN, end * count)
    file.write(synthetic.magic("pipe"))
    file.write(synthetic.record(synthetic.message_of(field_1=7, field_2=0) + origin))


def write_chunks(file, count):
    """One-byte packets, each of which takes one byte in the list."""
    message = synthetic.message_of(field_1=7, field_2=count, field_3=65536)
    message += synthetic.bytes_field(synthetic.FIELD_CHUNKS, synthetic.varint(1 << 1 | 1) * count)
    file.write(synthetic.magic("pipe") + synthetic.record(message, b"x" * count))


# ---- images other than the queues


def write_tasks(file, count):
    file.write(synthetic.magic("PSTREE"))
    repeat(file, synthetic.record(synthetic.message_of(field_1=100)), count)


def write_tree(file, form, count):
    """The tasks are 1 to COUNT."""
    first = {"chain": 0, "circle": count, "lost": count + 1}[form]
    file.write(synthetic.magic("PSTREE"))
    for pid in range(1, count + 1):
        parent = first if pid == 1 or form == "lost" else pid - 1
        file.write(synthetic.record(synthetic.message_of(field_1=pid, field_2=parent)))


def write_ids(file, count):
    file.write(synthetic.magic("IDS"))
    repeat(file, synthetic.record(synthetic.message_of(field_1=1, field_2=2)), count)


def write_core(file, length):
    name = synthetic.bytes_field(6, b"x" * length)
    message = synthetic.message_of(field_1=1) + synthetic.bytes_field(3, name)
    file.write(synthetic.magic("CORE") + synthetic.record(message))


def write_files(file, count):
    file.write(synthetic.magic("FILES"))
    repeat(file, synthetic.pipe_file(1, 7, 0), count)


IMAGES = {
    "pipes": write_pipes,
    "same": write_same,
    "sparse": write_sparse,
    "groups": write_groups,
    "origin": write_origin,
    "chunks": write_chunks,
}
DIRECTORY_IMAGES = {
    "tasks": (write_tasks, "pstree.img"),
    "tree": (write_tree, "pstree.img"),
    "ids": (write_ids, "ids-100.img"),
    "core": (write_core, "core-100.img"),
    "files": (write_files, "files.img"),
}


def as_numbers(words):
    return [int(word) if word.isdigit() else word for word in words]


def main():
    command, *words = sys.argv[1:]
    if command in DIRECTORY_IMAGES:
        write, name = DIRECTORY_IMAGES[command]
        path = os.path.join(words.pop(), name)
    else:
        write, path = IMAGES[command], words.pop()
    with open(path, "wb") as file:
        write(file, *as_numbers(words))


main()
