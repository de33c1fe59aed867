# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages the queue index of a compressed image.

damage-index.py IMAGE OTHER: writes IMAGE.damaged, with a changed byte in its index, and IMAGE.swapped,
with the index of OTHER, which must have the same length.
"""
import sys

INDEX, TABLE = bytes.fromhex("5d2a4d18"), bytes.fromhex("5e2a4d18")


def index_of(data):
    return slice(data.rindex(INDEX), data.rindex(TABLE))


def main():
    with open(sys.argv[1], "rb") as image, open(sys.argv[2], "rb") as other:
        data, others = bytearray(image.read()), other.read()
    place = index_of(data)
    with open(sys.argv[1] + ".damaged", "wb") as damaged:
        changed = bytearray(data)
        changed[place.start + 20] ^= 1
        damaged.write(changed)
    with open(sys.argv[1] + ".swapped", "wb") as swapped:
        data[place] = others[index_of(others)]
        swapped.write(data)


if __name__ == "__main__":
    main()
