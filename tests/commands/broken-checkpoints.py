#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes ten archives as left by a full disk or an aborted transfer, and one intact archive.

usage: broken-checkpoints.py CRIU_DIRECTORY OUT
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

CONFIG = {"id": "3f2a", "name": "web", "createdTime": "2026-01-02T03:04:05Z",
          "checkpointedTime": "2026-02-03T04:05:06Z", "runtime": "runc"}


def add(archive, name, data=None):
    info = tarfile.TarInfo(name)
    info.mode = 0o600
    if data is None:
        info.type = tarfile.DIRTYPE
    else:
        info.size = len(data)
    archive.addfile(info, io.BytesIO(data or b""))


def export(directory):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        add(archive, "checkpoint")
        for name in sorted(os.listdir(directory)):
            if name.endswith(".img"):
                with open(os.path.join(directory, name), "rb") as image:
                    add(archive, "checkpoint/" + name, image.read())
        add(archive, "config.dump", json.dumps(CONFIG).encode())
        add(archive, "spec.dump", b"{}")
    return buffer.getvalue()


def main():
    plain = export(sys.argv[1])
    packed = gzip.compress(plain, mtime=0)
    files = {f"checkpoint-cut-{cut}.tar": plain[:cut] for cut in (100, 512, 1024, 3000, 8192)}
    files.update({
        "checkpoint-empty.tar": b"",
        "checkpoint-zeros.tar": bytes(20480),
        "checkpoint-noise.tar": hashlib.shake_256(b"noise").digest(20480),
        "checkpoint-cut.tar.gz": packed[:len(packed) // 2],
        "checkpoint-3-bytes.tar.zst": b"\x28\xb5\x2f",
        "good.tar": plain,
    })
    for name, data in files.items():
        with open(os.path.join(sys.argv[2], name), "wb") as file:
            file.write(data)


main()
