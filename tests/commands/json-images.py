#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What crit makes of images, by the library that it runs on, for many images at once.

    json-images.py decode FILE...          writes FILE.json and FILE.pretty beside each, as
                                           `crit decode` and `crit decode --pretty` do
    json-images.py encode JSON OUT...      writes images as `crit encode` does
    json-images.py with-ours PROTO JSON OUT    encodes JSON as a crit would that knows our fields, decodes
                                           that again and writes it as JSON
    json-images.py flip SEED COUNT FILE    writes FILE-000, FILE-001..., each with a few bytes of
                                           FILE changed, moved away or put in twice
"""

import json
import os
import random
import subprocess
import sys
import tempfile


def load(path, pretty):
    import pycriu.images

    with open(path, "rb") as file:
        return pycriu.images.load(file, pretty)


def write_text(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def decode(*paths):
    for path in paths:
        write_text(path + ".json", json.dumps(load(path, False)))
        write_text(path + ".pretty", json.dumps(load(path, True), indent=4))


def encode(*paths):
    import pycriu.images

    for path, out in zip(paths[::2], paths[1::2]):
        with open(path, encoding="utf-8") as text, open(out, "wb") as image:
            pycriu.images.dump(json.load(text), image)


def message_class(proto, name):
    """The class of a message, without Python code that was made from its file before."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(
            [
                "protoc-c",
                "--proto_path=" + os.path.dirname(proto),
                f"--descriptor_set_out={scratch}/set",
                "--c_out=" + scratch,
                proto,
            ],
            check=True,
        )
        with open(f"{scratch}/set", "rb") as file:
            files = descriptor_pb2.FileDescriptorSet.FromString(file.read()).file
    pool = descriptor_pool.DescriptorPool()
    for file in files:
        pool.Add(file)
    descriptor = pool.FindMessageTypeByName(name)
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(pool).GetPrototype(descriptor)


def with_ours(proto, path, out):
    from pycriu.images import pb2dict

    entry_class = message_class(proto, "pipe_data_entry")
    with open(path, encoding="utf-8") as text:
        image = json.load(text)
    for number, entry in enumerate(image["entries"]):
        message = entry_class()
        pb2dict.dict2pb(entry, message)
        decoded = entry_class.FromString(message.SerializeToString())
        image["entries"][number] = {**pb2dict.pb2dict(decoded), "extra": entry["extra"]}
    write_text(out, json.dumps(image))


def flipped(rng, data):
    data = bytearray(data)
    for _ in range(rng.randrange(1, 4)):
        at = rng.randrange(len(data))
        action = rng.randrange(4)
        if action == 0:
            data[at] = rng.choice(b'"{}[]:,\\0129aZ=\n\0\xff')
        elif action == 1:
            data[at] ^= 1 << rng.randrange(8)
        elif action == 2:
            del data[at : at + rng.randrange(1, 9)]
        else:
            data[at:at] = data[at : at + rng.randrange(1, 30)]
    return bytes(data)


def flip(seed, count, path):
    with open(path, "rb") as file:
        data = file.read()
    for number in range(int(count)):
        with open(f"{path}-{number:03}", "wb") as file:
            file.write(flipped(random.Random(f"{seed} {number}"), data))


def main():
    actions = {"decode": decode, "encode": encode, "with-ours": with_ours, "flip": flip}
    actions[sys.argv[1]](*sys.argv[2:])


main()
