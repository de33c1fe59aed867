#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compares the output of `pipeimg show --json` (standard input) with other sources about the image.

    images.py truth DIRECTORY    with truth.json, written by the process before it was dumped
    images.py holders DIRECTORY  ends of pipes with `crit decode` of CRIU's other images
    images.py crit FILE...       queues with `crit decode` of the image files
    images.py payload ID         writes the bytes of a queue to standard output
"""

import base64
import json
import os
import subprocess
import sys

O_DIRECT = os.O_DIRECT


def differ(what, wanted, found):
    sys.exit(f"{what}: expected {wanted!r:.300}, found {found!r:.300}")


def compare(what, wanted, found):
    if wanted != found:
        differ(what, wanted, found)


def shown_payload(queue):
    """Returns the bytes of a queue, after checking that its numbers match its chunks."""
    name = f"{queue['type']} {queue['id']}"
    chunks = [base64.b64decode(chunk["data"]) for chunk in queue["chunks"]]
    offset = 0
    for number, (chunk, data) in enumerate(zip(queue["chunks"], chunks), 1):
        where = f"{name}, chunk {number}"
        compare(f"{where}: number", number, chunk["number"])
        compare(f"{where}: length", len(data), chunk["length"])
        compare(f"{where}: offset", offset, chunk["offset"])
        offset += len(data)
    packets = sum(chunk["kind"] == "packet" for chunk in queue["chunks"])
    compare(f"{name}: bytes", offset, queue["bytes"])
    compare(f"{name}: chunk_count", len(chunks), queue["chunk_count"])
    compare(f"{name}: packets", packets, queue["packets"])
    return b"".join(chunks)


def saved(shown):
    """Returns the queues that have a record; others have only write ends in the dump."""
    return [queue for queue in shown["queues"] if queue["in_dump"]]


def crit_entries(path):
    """Returns the magic and the records of an image, as decoded by crit."""
    decoded = subprocess.run(["crit", "decode", "-i", path], check=True, capture_output=True)
    image = json.loads(decoded.stdout)
    return image["magic"], image["entries"]


# ---- truth


def without_lost_datagrams(datagrams):
    """CRIU's dump of a socket's queue stops at an empty datagram, so those after it were never saved."""
    return datagrams[: datagrams.index("")] if "" in datagrams else datagrams


def check_truth(shown, directory):
    with open(os.path.join(directory, "truth.json"), encoding="utf-8") as file:
        truth = json.load(file)
    queues = {queue["id"]: queue for queue in saved(shown) if queue["type"] == "pipe"}
    compare("ids of pipes", sorted(int(pipe_id) for pipe_id in truth["pipes"]), sorted(queues))
    for pipe_id, wanted in truth["pipes"].items():
        queue = queues[int(pipe_id)]
        content = b"".join(base64.b64decode(read) for read in wanted["reads"])
        compare(f"pipe {pipe_id}: capacity", wanted["size"], queue["capacity"])
        compare(f"pipe {pipe_id}: payload", content, shown_payload(queue))
    if "dgrams" in truth:
        check_datagrams(shown, truth["dgrams"])


def check_datagrams(shown, datagrams):
    wanted = [datagram.encode() for datagram in without_lost_datagrams(datagrams)]
    sockets = [queue for queue in saved(shown) if queue["type"] == "socket"]
    found = [[base64.b64decode(chunk["data"]) for chunk in queue["chunks"]] for queue in sockets]
    if wanted not in found:
        differ("datagrams", wanted, found)


# ---- holders


def crit_flags(flags):
    """Parses open(2) flags, which crit prints by name, or as a number if it has no name for them."""
    value = 0
    for word in filter(None, (word.strip() for word in str(flags).split("|"))):
        value |= getattr(os, word) if word.startswith("O_") else int(word, 0)
    return value


def open_pipes(directory):
    """Returns the files that descriptors can refer to: file id -> (type, pipe id, flags)."""
    _, entries = crit_entries(os.path.join(directory, "files.img"))
    regular = {entry["id"]: entry["reg"] for entry in entries if "reg" in entry}
    found = {}
    for entry in entries:
        if "pipe" in entry:
            found[entry["id"]] = ("pipe", entry["pipe"]["pipe_id"], entry["pipe"]["flags"])
        elif "usk" in entry:
            found[entry["id"]] = ("socket", entry["id"], entry["usk"]["flags"])
        elif "fifo" in entry:
            flags = regular[entry["fifo"]["regf_id"]]["flags"]
            found[entry["id"]] = ("fifo", entry["fifo"]["pipe_id"], flags)
    return found


def task_descriptors(directory, pid):
    """Returns the name of a process, and its descriptors as (fd, file id)."""
    core = crit_entries(os.path.join(directory, f"core-{pid}.img"))[1][0]
    ids = crit_entries(os.path.join(directory, f"ids-{pid}.img"))[1][0]
    _, entries = crit_entries(os.path.join(directory, f"fdinfo-{ids['files_id']}.img"))
    return core["tc"]["comm"], [(entry["fd"], entry["id"]) for entry in entries]


def wanted_ends(directory):
    ends = set()
    files = open_pipes(directory)
    for task in crit_entries(os.path.join(directory, "pstree.img"))[1]:
        comm, descriptors = task_descriptors(directory, task["pid"])
        for fd, file_id in descriptors:
            if file_id not in files:
                continue
            kind, pipe_id, flags = files[file_id]
            access = crit_flags(flags) & os.O_ACCMODE
            reads, writes = access != os.O_WRONLY, access != os.O_RDONLY
            ends.add((kind, pipe_id, task["pid"], fd, comm, reads, writes))
    return ends


def shown_ends(shown):
    return {
        (queue["type"], queue["id"])
        + tuple(end[key] for key in ("pid", "fd", "comm", "reads", "writes"))
        for queue in saved(shown)
        for end in queue["ends"]
        if end["pid"]
    }


def check_holders(shown, directory):
    found = shown_ends(shown)
    shown_queues = {(queue["type"], queue["id"]) for queue in saved(shown)}
    wanted = {end for end in wanted_ends(directory) if end[:2] in shown_queues}
    if not wanted:
        sys.exit("the images contain no holder of a pipe")
    compare("holders", sorted(wanted), sorted(found))


# ---- crit

TYPES = {"PIPES_DATA": "pipe", "FIFO_DATA": "fifo", "SK_QUEUES": "socket"}


def crit_queues(path):
    """Merges the records of each queue: (type, id) -> (capacity or None, payload)."""
    magic, entries = crit_entries(path)
    queues = {}
    for entry in entries:
        key = (TYPES[magic], entry["id_for" if magic == "SK_QUEUES" else "pipe_id"])
        extra = base64.b64decode(entry.get("extra", ""))
        compare(f"{path}: length in crit", entry.get("bytes", entry.get("length")), len(extra))
        capacity, payload = queues.get(key, (None, b""))
        queues[key] = (entry.get("size", capacity), payload + extra)
    return queues


def check_crit(shown, *paths):
    wanted = {}
    for path in paths:
        wanted.update(crit_queues(path))
    found = {
        (queue["type"], queue["id"]): (queue.get("capacity"), shown_payload(queue))
        for queue in saved(shown)
    }
    compare("queues", sorted(wanted), sorted(found))
    for key, value in wanted.items():
        compare(f"{key}: capacity and payload", value, found[key])


# ---- payload


def write_payload(shown, queue_id):
    for queue in saved(shown):
        if queue["id"] == int(queue_id):
            sys.stdout.buffer.write(shown_payload(queue))


def main():
    actions = {
        "truth": check_truth,
        "holders": check_holders,
        "crit": check_crit,
        "payload": write_payload,
    }
    actions[sys.argv[1]](json.load(sys.stdin), *sys.argv[2:])


main()
