#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes images with CRIU's library, pycriu, which crit uses.

    random-images.py make SEED COUNT DIRECTORY   writes images as CRIU does, with random queues
    random-images.py again IN OUT [IN OUT]...    decodes images, and encodes them again
"""

import base64
import random
import sys

import pycriu.images

PAGE = 4096
LARGEST_CAPACITY = 1 << 20


def random_length(rng, most):
    """Often 0, a page, or the maximum."""
    return min(most, rng.choice([0, 1, PAGE, most, rng.randrange(most + 1), rng.randrange(200)]))


def encoded(payload):
    return base64.b64encode(payload).decode()


def random_queue(rng, pipe_id):
    capacity = PAGE << rng.choice([0, 1, 4, 4, 4, 8])
    told = rng.random() < 0.8
    payload = rng.randbytes(random_length(rng, min(capacity, 1 << 17)))
    entry = {"pipe_id": pipe_id, "bytes": len(payload), "extra": encoded(payload)}
    return {**entry, "size": capacity} if told else entry


def random_datagram(rng, socket_id):
    payload = rng.randbytes(random_length(rng, 3000))
    return {"id_for": socket_id, "length": len(payload), "extra": encoded(payload)}


def random_image(rng):
    magic = rng.choice(["PIPES_DATA", "PIPES_DATA", "FIFO_DATA", "SK_QUEUES"])
    ids = rng.sample(range(1, 1 << 32), rng.randrange(1, 9))
    if magic == "SK_QUEUES":
        entries = [random_datagram(rng, rng.choice(ids[:3])) for _ in range(rng.randrange(1, 20))]
    else:
        entries = [random_queue(rng, pipe_id) for pipe_id in ids]
    return {"magic": magic, "entries": entries}


def write_image(image, path):
    with open(path, "wb") as file:
        pycriu.images.dump(image, file)


def make(seed, count, directory):
    for number in range(int(count)):
        rng = random.Random(f"{seed} {number}")
        write_image(random_image(rng), f"{directory}/{seed}-{number:03}.img")


def again(*paths):
    for path, copy in zip(paths[::2], paths[1::2]):
        with open(path, "rb") as file:
            write_image(pycriu.images.load(file), copy)


def main():
    {"make": make, "again": again}[sys.argv[1]](*sys.argv[2:])


main()
