#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Converts many images at once as crit does, with its library.

    json-images.py decode FILE...          writes FILE.json and FILE.pretty beside each, as
                                           `crit decode` and `crit decode --pretty` do
    json-images.py encode JSON OUT...      writes images as `crit encode` does
    json-images.py with-ours PROTO JSON OUT    encodes JSON like a crit that knows our fields, decodes it
                                           again and writes it as JSON
    json-images.py flip SEED COUNT FILE    writes FILE-000, FILE-001..., each with a few bytes of
                                           FILE changed, removed or duplicated
    json-images.py edit JSON DIRECTORY     writes JSON as people edit it, each edit as a file
    json-images.py judge PROGRAM SHOWN FILE...     fails unless each file becomes an image that verifies,
                                           in which no stream byte of the original became part of a packet
                                           (SHOWN is what show --json prints of it), or an error that
                                           names the entry
"""

import concurrent.futures
import copy
import itertools
import json
import os
import random
import re
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
    """Returns the class of a message, without generating Python code."""
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


OURS = ["chunks", "kind", "xxh3", "message_xxh3", "origin", "records", "queues"]


def without(entry, keys):
    return {key: value for key, value in entry.items() if key not in keys}


def edits(image):
    """Yields each edit as a name and an image. In those named "moves", payloads have other offsets."""
    entries = image["entries"]
    keys = sorted({key for entry in entries for key in entry})
    ours = [key for key in OURS if key in keys]
    for size in range(1, len(ours) + 1):
        for removed in itertools.combinations(ours, size):
            yield "all-without-" + "-".join(removed), [without(entry, removed) for entry in entries]
    for number, entry in enumerate(entries):

        def put(changes, *removed):
            edited = {**without(entry, removed), **changes}
            return entries[:number] + [edited] + entries[number + 1 :]

        for key in entry:
            yield f"{number}-without-{key}", put({}, key)
            yield f"{number}-null-{key}", put({key: None})
            yield f"{number}-without-{key}-and-checksums", put({}, key, "xxh3", "message_xxh3")
        for key, change in itertools.product(["bytes", "size", "records", "queues"], [-1, 1, 4096]):
            if key in entry:
                changes = {key: max(0, entry[key] + change)}
                yield f"{number}-{key}-by-{change}", put(changes)
                yield f"{number}-{key}-by-{change}-unsealed", put(changes, "message_xxh3")
            elif key == "size":
                yield f"{number}-other-size", put({"size": 8192}, "message_xxh3")
        if "size" in entry:
            yield f"{number}-smallest-size", put({"size": 4096}, "message_xxh3")
        for kind in ["STREAM", "PACKET"]:
            if entry.get("kind", kind) != kind or "chunks" in entry:
                yield f"{number}-kind-{kind}-moves", put({"kind": kind}, "message_xxh3")
        for at in range(len(entry.get("chunks", []))):
            chunks = copy.copy(entry["chunks"])
            del chunks[at]
            yield f"{number}-chunk-{at}-removed", put({"chunks": chunks}, "message_xxh3")
            chunks = copy.copy(entry["chunks"])
            chunks[at] = str(int(chunks[at]) + 2)
            yield f"{number}-chunk-{at}-longer", put({"chunks": chunks}, "message_xxh3")
        for removed in [(), ("message_xxh3",), ("records", "queues", "message_xxh3")]:
            rest = entries[:number] + entries[number + 1 :]
            rest = [without(other, removed) for other in rest]
            yield f"{number}-moves-away-{len(removed)}", rest
            yield f"{number}-moves-last-{len(removed)}", [*rest, without(entry, removed)]
            yield f"{number}-moves-twice-{len(removed)}", [*rest, entry, entry]


def edit(path, directory):
    with open(path, encoding="utf-8") as text:
        image = json.load(text)
    for number, (name, entries) in enumerate(edits(image)):
        for sort in [False, True] if number % 10 == 0 else [False]:
            text = json.dumps({**image, "entries": entries}, sort_keys=sort)
            write_text(f"{directory}/{number:04}-{name}{'-sorted' if sort else ''}.json", text)


def stream_bytes(shown):
    return {
        (queue["id"], at)
        for queue in shown["queues"]
        for chunk in queue["chunks"]
        if chunk["kind"] == "stream"
        for at in range(chunk["offset"], chunk["offset"] + chunk["length"])
    }


def judge_one(program, path, wanted):
    """Returns what is wrong with the result of an edit, or nothing."""
    out = path + ".img"
    made = subprocess.run([program, "convert", path, out], capture_output=True, text=True)
    if made.returncode == 1:
        named = re.match(rf"pipeimg: {re.escape(path)}: record \d.* \[PI\d+\]$", made.stderr)
        return None if named and not os.path.exists(out) else made.stderr
    if made.returncode or made.stderr:
        return f"status {made.returncode}: {made.stderr}"
    verified = subprocess.run([program, "verify", "-q", out], capture_output=True, text=True)
    if verified.returncode:
        return verified.stdout + verified.stderr
    shown = json.loads(subprocess.check_output([program, "show", "--json", out]))
    bytes_of = {queue["id"]: queue["bytes"] for queue in shown["queues"]}
    kept = {(pipe, at) for pipe, at in wanted if at < bytes_of.get(pipe, 0)}
    if "moves" not in path and not kept <= stream_bytes(shown):
        return "stream bytes became a packet"
    return None


def judge(program, before, *paths):
    with open(before, encoding="utf-8") as file:
        wanted = stream_bytes(json.load(file))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(pool.map(lambda path: judge_one(program, path, wanted), paths))
    wrong = [f"{path}: {outcome}" for path, outcome in zip(paths, outcomes) if outcome]
    if wrong:
        sys.exit(f"{len(wrong)} of {len(paths)}, among them\n" + "\n".join(wrong[:10]))


def main():
    actions = {
        "decode": decode,
        "encode": encode,
        "with-ours": with_ours,
        "flip": flip,
        "edit": edit,
        "judge": judge,
    }
    actions[sys.argv[1]](*sys.argv[2:])


main()
