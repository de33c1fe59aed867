#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes container images of a checkpoint, as engines store and export them, and crafted ones.

usage: container-images.py KIND DUMP OUT

DUMP is a directory of CRIU images. OUT becomes a directory if the name of the kind ends in -dir or -store, and an
archive otherwise.
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
PODMAN = {"io.podman.annotations.checkpoint.name": "web", "io.podman.annotations.checkpoint.runtime.name": "crun",
          "io.podman.annotations.checkpoint.rootfsImageName": "localhost/web:1"}
CRIO = {"io.kubernetes.cri-o.annotations.checkpoint.name": "web"}
CHECKPOINTCTL = {"org.criu.checkpoint.container.name": "web", "org.criu.checkpoint.pod.name": "shop",
                 "org.criu.checkpoint.pod.namespace": "prod", "org.criu.checkpoint.engine.name": "containerd",
                 "org.criu.checkpoint.runtime.name": ""}
REFERENCE = {"org.opencontainers.image.ref.name": "localhost/web:checkpoint"}
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
CRIU_TAR = "application/vnd.containerd.container.criu.checkpoint.criu.tar"


def tar(members):
    """The bytes of an archive of {name: bytes, or ("link", target), or None for a directory}."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.mode = 0o600
            if data is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o700
            elif isinstance(data, tuple):
                info.type, info.linkname = tarfile.SYMTYPE, data[1]
            else:
                info.size = len(data)
            archive.addfile(info, io.BytesIO(data) if isinstance(data, bytes) else None)
    return buffer.getvalue()


def hex_of(data):
    return hashlib.sha256(data).hexdigest()


def diff_id(layer):
    """The digest of a layer's decompressed content."""
    return "sha256:" + hex_of(gzip.decompress(layer) if layer[:2] == b"\x1f\x8b" else layer)


class Layout:
    """Blobs, and the descriptors that name them."""

    def __init__(self, directory="blobs/sha256/"):
        self.directory = directory
        self.files = {}

    def add(self, data, media_type, **more):
        digest = hex_of(data)
        self.files[self.directory + digest] = data
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data), **more}

    def add_json(self, value, media_type, **more):
        return self.add(json.dumps(value).encode(), media_type, **more)

    def manifest(self, layers, annotations=None, labels=None, media_type=MANIFEST):
        """layers: bytes, or complete descriptors"""
        config = {"created": "2026-03-04T05:06:07Z", "architecture": "amd64", "os": "linux",
                  "config": {"Labels": labels or {}},
                  "rootfs": {"type": "layers", "diff_ids": [diff_id(layer) for layer in layers if isinstance(layer, bytes)]}}
        value = {"schemaVersion": 2, "mediaType": media_type,
                 "config": self.add_json(config, "application/vnd.oci.image.config.v1+json"),
                 "layers": [layer if isinstance(layer, dict) else self.add(layer, LAYER) for layer in layers],
                 "annotations": annotations or {}}
        return value

    def index(self, manifests):
        # The order of podman and skopeo: the blobs by their digests, then the files that lead to them.
        self.files = dict(sorted(self.files.items()))
        self.files["index.json"] = json.dumps({"schemaVersion": 2, "manifests": manifests}).encode()
        self.files["oci-layout"] = b'{"imageLayoutVersion": "1.0.0"}'
        return self.files


def read_dump(path):
    return {name: open(os.path.join(path, name), "rb").read() for name in sorted(os.listdir(path))}


def export_of(images, prefix="", **config):
    files = {prefix + "checkpoint/" + name: data for name, data in images.items()}
    return {**files, prefix + "config.dump": json.dumps({**CONFIG, **config}).encode(), prefix + "spec.dump": b"{}"}


def oci(layers, annotations=None, reference=None, labels=None):
    layout = Layout()
    manifest = layout.manifest(layers, PODMAN if annotations is None else annotations, labels)
    return layout.index([layout.add_json(manifest, MANIFEST, annotations=REFERENCE if reference is None else reference)])


# ---- as engines write them -----------------------------------------------------------------------

def plain_oci(images):
    return oci([tar(export_of(images))])


def large_oci(images):
    """With 64 MiB of pages."""
    return plain_oci({**images, "pages-1.img": bytes(64 << 20)})


def gzip_oci(images):
    return oci([gzip.compress(tar(export_of(images)), mtime=0)])


def bare_oci(images):
    """Without config.dump: only the annotations describe the container."""
    return oci([tar({"checkpoint/" + name: data for name, data in images.items()})])


def checkpointctl_oci(images):
    return oci([tar({"checkpoint/" + name: data for name, data in images.items()})], CHECKPOINTCTL)


def crio_oci(images):
    return oci([tar({"checkpoint/" + name: data for name, data in images.items()})], CRIO)


def labelled_oci(images):
    return oci([tar({"checkpoint/" + name: data for name, data in images.items()})], {}, {}, CRIO)


def layered_oci(images):
    """A base below the export, and a layer above it that changes one image and hides another."""
    above = {"checkpoint/.wh.fifo-data.img": b"", "checkpoint/pipes-data.img": images["pipes-data.img"][:8]}
    return oci([tar({"etc/os-release": b"ID=demo\n"}), tar(export_of(images)), tar(above)])


def moved_oci(images):
    """The layer above replaces the directory of one dump by a file, empties another, and adds a third."""
    below = {**export_of(images, "a/"), **export_of(images, "b/"), **export_of(images, "c/")}
    above = {"a": b"", "b/checkpoint/.wh..wh..opq": b"", "b/.wh.config.dump": b"", **export_of(images, "d/")}
    return oci([tar(below), tar(above)])


def several_oci(images):
    """Two checkpoints, and an image without one; one of them has two names."""
    layout = Layout()
    one = layout.add_json(layout.manifest([tar(export_of(images, name="one"))], PODMAN), MANIFEST)
    two = layout.add_json(layout.manifest([tar(export_of(images, name="two"))], PODMAN), MANIFEST)
    other = layout.add_json(layout.manifest([tar({"etc/os-release": b"ID=demo\n"})]), MANIFEST)
    name = lambda text: {"annotations": {"org.opencontainers.image.ref.name": text}}
    return layout.index([{**one, **name("shop/one:1")}, {**other, **name("demo:1")}, {**two, **name("shop/two:1")},
                         {**two, **name("shop/two:latest")}])


def docker_archive(images):
    """The layer is where the second of its names leads."""
    layer = tar(export_of(images))
    config = json.dumps({"created": "2026-03-04T05:06:07Z", "config": {"Labels": CRIO}}).encode()
    return {hex_of(layer) + ".tar": layer, hex_of(config) + ".json": config, "1/layer.tar": ("link", "../" + hex_of(layer) + ".tar"),
            "manifest.json": json.dumps([{"Config": hex_of(config) + ".json", "RepoTags": ["localhost/web:checkpoint"],
                                          "Layers": ["1/layer.tar"]}]).encode()}


def skopeo_dir(images):
    layout = Layout("")
    manifest = layout.manifest([{**layout.add(gzip.compress(tar(export_of(images)), mtime=0), LAYER + "+gzip")}], PODMAN)
    return {**layout.files, "version": b"Directory Transport Version: 1.1\n", "manifest.json": json.dumps(manifest).encode()}


def containerd_parts(images, with_criu=True):
    layout = Layout()
    parts = [layout.add(b"\n\x04text", "application/vnd.containerd.container.checkpoint.config.v1+proto"),
             layout.add(tar({"tmp/x": b""}), LAYER)]
    if with_criu:
        parts.append(layout.add(tar(images), CRIU_TAR))
    rootfs = layout.manifest([tar({"etc/os-release": b"ID=demo\n"})])
    parts.append(layout.add_json(rootfs, MANIFEST, annotations={"io.containerd.image.name": "localhost/demo:latest"}))
    checkpoint = {"schemaVersion": 2, "manifests": parts,
                  "annotations": {"org.opencontainers.image.ref.name": "localhost/demo:latest"}}
    return layout, layout.add_json(checkpoint, INDEX, annotations={"io.containerd.image.name": "checkpoint/web:1"})


def containerd_export(images):
    layout, index = containerd_parts(images)
    return layout.index([index])


def containerd_empty(images):
    """As ctr 1.6 writes the second checkpoint of a container."""
    layout, index = containerd_parts(images, False)
    return layout.index([index])


def containerd_store(images):
    return containerd_parts(images)[0].files


def pod(images):
    return {**export_of(images, "web/", name="web"), **export_of(images, "sidecar/", name="sidecar"), "pod.options": b"{}",
            "pod.dump": b"{}"}


def pod_with_empty(images):
    return {**export_of(images, "web/"), **export_of({}, "sidecar/", name="sidecar"), "sidecar/checkpoint/.keep": b""}


def docker_checkpoints(images):
    return {f"checkpoints/{name}/{base}": data for name in ("cp1", "cp2") for base, data in images.items()}


def nested_oci(images):
    """As buildah writes it if the archive was copied, not unpacked."""
    return oci([tar({"export.tar.zst": tar(export_of(images))})])


def no_checkpoint_oci(_):
    return oci([tar({"etc/os-release": b"ID=demo\n"})])


# ---- damaged and crafted -------------------------------------------------------------------------

def changed(files, wanted):
    """The same files, with the last byte of one blob changed: of a layer, or of a manifest."""
    for name, data in files.items():
        if name.startswith("blobs/") and (data[:1] == b"{") == (wanted == "manifest") and (
                wanted == "layer" or b'"layers"' in data):
            files[name] = data[:-1] + (b"\0" if wanted == "layer" else b" }")
            if wanted == "layer":
                files[name] = data[:-512] + b"\1" * 512
            break
    return files


def changed_layer(images):
    return changed(plain_oci(images), "layer")


def changed_manifest(images):
    return changed(plain_oci(images), "manifest")


def long_layer(images):
    layout = Layout()
    layer = {**layout.add(tar(export_of(images)), LAYER), "size": 17}
    return layout.index([layout.add_json(layout.manifest([layer]), MANIFEST)])


def without(files, is_unwanted):
    return {name: data for name, data in files.items() if not is_unwanted(name, data)}


def no_layer(images):
    return without(plain_oci(images), lambda name, data: name.startswith("blobs/") and data[:1] != b"{")


def no_manifest(images):
    return without(plain_oci(images), lambda name, data: name.startswith("blobs/") and b'"layers"' in data[:4096])


def loop(_):
    """Indexes that name each other; no digest can be right."""
    one, two = "1" * 64, "2" * 64
    entry = lambda digest: {"mediaType": INDEX, "digest": "sha256:" + digest, "size": 100}
    index = lambda digest: json.dumps({"schemaVersion": 2, "manifests": [entry(digest)]}).encode()
    return {"blobs/sha256/" + one: index(two), "blobs/sha256/" + two: index(one), "index.json": index(one)}


def many(_):
    """An index of 100 000 manifests."""
    entries = [{"mediaType": MANIFEST, "digest": "sha256:%064x" % number, "size": 100} for number in range(100000)]
    return {"index.json": json.dumps({"schemaVersion": 2, "manifests": entries}).encode()}


def not_json_manifest(images):
    """One of two manifests is damaged, so that it is not JSON."""
    files = several_oci(images)
    name = max(name for name, data in files.items() if b'"layers": [' in data[:4096])
    files[name] = b"[" + files[name][1:]
    return files


def one_manifest_missing(images):
    files = several_oci(images)
    del files[max(name for name, data in files.items() if b'"layers": [' in data[:4096])]
    return files


def covered_oci(images):
    """A compressed layer over a complete dump, in which a large file precedes the image that it replaces."""
    above = {"a-large-file": os.urandom(2 << 20), "checkpoint/pipes-data.img": images["pipes-data.img"][:8]}
    return oci([gzip.compress(tar({"checkpoint/" + name: data for name, data in images.items()}), mtime=0),
                gzip.compress(tar(above), mtime=0)])


def tall_docker(images):
    """More layers than any engine allows, the topmost of which hides the dump."""
    return {"0" * 64 + ".tar": tar(export_of(images)), "1" * 64 + ".tar": tar({".wh.checkpoint": b"", ".wh.config.dump": b""}),
            "manifest.json": json.dumps([{"Layers": ["0" * 64 + ".tar"] * 128 + ["1" * 64 + ".tar"]}]).encode()}


def cut_after(images):
    """A member that nothing needs is the last one, so that it can be cut."""
    return {**dict(reversed(plain_oci(images).items())), "z": bytes(65536)}


def bad_digest(images):
    files = several_oci(images)
    files["index.json"] = files["index.json"].replace(b"sha256:", b"sha257:", 1)
    return files


def beside_others(images):
    """A layout beside another program's file of the same name."""
    return {"app/index.json": b"{}", **{"image/" + name: data for name, data in plain_oci(images).items()}}


def wide(images):
    """As many manifests as fit into an index, all of them there."""
    layout = Layout()
    layers = [layout.add(tar(export_of(images)), LAYER)]
    entries = [layout.add_json({**layout.manifest(layers), "number": number}, MANIFEST) for number in range(1100)]
    return layout.index(entries)


def tall(images):
    """More layers than any engine allows."""
    layout = Layout()
    layer = layout.add(tar(export_of(images)), LAYER)
    return layout.index([layout.add_json(layout.manifest([layer] * 400), MANIFEST)])


def deep(images):
    """Indexes in indexes, with a checkpoint at the bottom."""
    layout = Layout()
    entry = layout.add_json(layout.manifest([tar(export_of(images))]), MANIFEST)
    for _ in range(50):
        entry = layout.add_json({"schemaVersion": 2, "manifests": [entry]}, INDEX)
    return layout.index([entry])


def outside(_):
    """Digests and paths that lead out of the layout."""
    entry = lambda digest: {"mediaType": MANIFEST, "digest": digest, "size": 100}
    return {"index.json": json.dumps({"schemaVersion": 2, "manifests": [
        entry("sha256:../../../../etc/passwd"), entry("../x:" + "0" * 64), entry(""), entry(7), {}, 7, None]}).encode()}


def docker_outside(_):
    layers = ["/etc/passwd", "../../etc/passwd", "x/../../y", "", 7, None, "gone.tar"]
    return {"manifest.json": json.dumps([{"Config": "../config", "RepoTags": [7], "Layers": layers}, {}, 7, None]).encode()}


def wrong_types(images):
    """Every media type is wrong."""
    layout = Layout()
    layer = layout.add(tar(export_of(images)), "text/html")
    return layout.index([layout.add_json(layout.manifest([layer]), "image/png")])


def foreign_layers(images):
    """Layers of other kinds, as signatures and attestations have them."""
    layout = Layout()
    layers = [layout.add(b'{"critical": {}}', "application/vnd.dev.cosign.simplesigning.v1+json"),
              layout.add(tar(export_of(images)), LAYER), layout.add(b"", "application/vnd.oci.empty.v1+json")]
    return layout.index([layout.add_json(layout.manifest(layers), MANIFEST)])


def hidden(images):
    """Whiteouts of everything."""
    return oci([tar(export_of(images)), tar({".wh..wh..opq": b""})])


def whiteouts(images):
    """A whiteout for each of many files, each of which hides all."""
    above = {".wh.checkpoint": b"", **{f"checkpoint/x{number}/.wh..wh..opq": b"" for number in range(20000)}}
    below = {f"checkpoint/x{number}/core-{number}.img": b"" for number in range(20000)}
    return oci([tar({**export_of(images), **below}), tar(above)])


def whiteout_outside(images):
    return oci([tar(export_of(images)), tar({"../.wh.checkpoint": b"", "x/../../.wh.checkpoint": b"", ".wh..": b"", ".wh.": b""})])


def not_json(_):
    return {"index.json": b"{" * 4096}


KINDS = {name.replace("_", "-"): value for name, value in list(globals().items())
         if callable(value) and name not in ("tar", "hex_of", "read_dump", "export_of", "oci", "changed", "without", "Layout",
                                             "containerd_parts")}


def write_directory(files, path):
    for name, data in files.items():
        target = os.path.join(path, name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if isinstance(data, tuple):
            os.symlink(data[1], target)
        else:
            with open(target, "wb") as file:
                file.write(data)


def main():
    kind, dump, path = sys.argv[1:]
    is_directory = kind.endswith(("-dir", "-store"))
    base = kind.removesuffix("-dir") if kind not in KINDS else kind
    files = KINDS[base](read_dump(dump))
    if is_directory:
        write_directory(files, path)
    else:
        with open(path, "wb") as file:
            file.write(tar(files))


main()
