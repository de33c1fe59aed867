#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks an OCI layout as registries and engines do, and compares it with the one that it was made from.

usage: check-layout.py OLD NEW [CHANGED-LAYERS]

Both are directories, or archives. Each blob must have its digest, and each descriptor the size of its blob;
configurations must list their layers; every blob must be named by something; and everything except digests and sizes
must be as it was. CHANGED-LAYERS is the number of layers that must differ, 1 by default.
"""
import gzip
import hashlib
import json
import os
import sys
import tarfile

DOCUMENTS = ("manifest", "index", "config")


def read(path):
    if os.path.isdir(path):
        return {os.path.relpath(os.path.join(top, name), path): open(os.path.join(top, name), "rb").read()
                for top, _, names in os.walk(path) for name in names}
    with tarfile.open(path) as archive:
        names = [member.name for member in archive if member.isfile()]
        assert len(names) == len(set(names)), "a name occurs twice"
        return {name.removeprefix("./"): archive.extractfile(name).read() for name in names}


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def plain(layer):
    return gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer


class Reading:
    def __init__(self, files):
        self.files = files
        self.named = set()
        self.layers = []

    def follow(self, descriptor):
        """The descriptor with its content in place of digest and size."""
        path = "blobs/" + descriptor["digest"].replace(":", "/")
        data = self.files[path]
        self.named.add(path)
        assert digest(data) == descriptor["digest"], f"{path} has another digest"
        assert len(data) == descriptor["size"], f"{path} has another size"
        rest = {key: value for key, value in descriptor.items() if key not in ("digest", "size")}
        if data[:1] != b"{":
            self.layers.append(descriptor["digest"])
            return {**rest, "content": "a layer"}
        return {**rest, "content": self.document(json.loads(data))}

    def document(self, value):
        result = dict(value)
        for key in ("manifests", "layers"):
            if key in value:
                result[key] = [self.follow(descriptor) for descriptor in value[key]]
        if "config" in value and "digest" in value["config"]:
            result["config"] = self.follow(value["config"])
            ids = result["config"]["content"].get("rootfs", {}).get("diff_ids")
            wanted = [digest(plain(self.files["blobs/" + layer["digest"].replace(":", "/")])) for layer in value["layers"]]
            assert not ids or ids == wanted, f"diff_ids are {ids}, not {wanted}"
            result["config"]["content"].pop("rootfs", None)
        return result


def main():
    old, new = (Reading(read(path)) for path in sys.argv[1:3])
    trees = [reading.document(json.loads(reading.files["index.json"])) for reading in (old, new)]
    assert trees[0] == trees[1], f"{trees[1]} instead of {trees[0]}"
    changed = len(set(new.layers) - set(old.layers))
    wanted = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    assert changed == wanted, f"{changed} layers changed, not {wanted}"
    for reading in (old, new):
        blobs = {name for name in reading.files if name.startswith("blobs/")}
        assert blobs == reading.named, f"blobs that nothing names: {blobs - reading.named}"
    others = lambda reading: {name: data for name, data in reading.files.items() if not name.startswith("blobs/") and name != "index.json"}
    assert others(old) == others(new), "other files changed"


main()
