#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes images byte by byte, including ones that no program would write.

    synthetic.py image [--v1.0] TYPE RECORD...     writes an image to standard output
    synthetic.py directory [OPTION...] DIR END...  writes the images around the queues of a dump
    synthetic.py keep FIRST[-LAST] FILE            writes only those records of FILE to standard
                                                   output
    synthetic.py places FILE                       prints "NUMBER RECORD MESSAGE PAYLOAD END", the
                                                   offsets of each record, in decimal

TYPE is pipe, fifo, socket, or the name of another magic number (FILES, PSTREE...).

RECORD is one argument of several words. Fields are written in the order of their words:
    id=7 size=65536 kind=1 records=2 queues=1      numbers
    xxh3=5 message_xxh3=5                          false checksums
    chunks=p3,s6                                   a packet of 3 bytes, then a stream run of 6
    page_size=4096                                 an origin with only this field
    2000=7, 1003=hex:0a, 1=fixed32:7, 1002=fixed64:7    any field, by number and wire type
    bytes=9, bytes=none                            length of the payload; default: the real one
    payload=text, payload=@5000                    default: none
    message=hex                                    replaces all fields
    length=99                                      length of the message; default: the real one
or "raw=hex", bytes that belong to no record.

END is PID:QUEUE:MODE, a descriptor: 100:pipe7:r, 100:pipe7:w, 101:fifo9:W, 101:pipe8:rw. W means
packet mode. Options: --v1.0, --machine=x86_64|aarch64|ppc64, --without-paths (of FIFOs).
"""

import os
import struct
import sys

COMMON_MAGIC = 0x54564319
MAGICS = {
    "pipe": 0x56453709,
    "fifo": 0x59333054,
    "socket": 0x56264026,
    "FILES": 0x56303138,
    "PIPES": 0x56513555,
    "FIFO": 0x58364939,
    "FDINFO": 0x56213732,
    "PSTREE": 0x50273030,
    "INVENTORY": 0x58313116,
    "IDS": 0x54432030,
    "CORE": 0x55053847,
}

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

# ---- protobuf


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def key(number, wire):
    return varint(number << 3 | wire)


def number_field(number, value):
    return key(number, VARINT) + varint(value)


def bytes_field(number, value):
    return key(number, BYTES) + varint(len(value)) + value


def fixed64_field(number, value):
    return key(number, FIXED64) + struct.pack("<Q", value)


def fixed32_field(number, value):
    return key(number, FIXED32) + struct.pack("<I", value)


def message_of(**numbers):
    """A message with only number fields, named field_1, field_2..."""
    return b"".join(number_field(int(name[6:]), value) for name, value in numbers.items())


# ---- the container


def magic(kind, version_10=False):
    """An inventory has only one magic number in every version."""
    own = struct.pack("<I", MAGICS[kind])
    return own if version_10 or kind == "INVENTORY" else struct.pack("<I", COMMON_MAGIC) + own


def record(message, payload=b"", length=None):
    return struct.pack("<I", len(message) if length is None else length) + message + payload


# ---- records of queues, from words

NUMBERS = {"id": 1, "bytes": 2, "size": 3, "kind": 1001, "records": 1004, "queues": 1005}
CHECKSUMS = {"xxh3": 1002, "message_xxh3": 1100}
FIELD_CHUNKS = 1000
FIELD_ORIGIN = 1003
ORIGIN_PAGE_SIZE = 2


def chunks_field(text):
    chunks = [(int(chunk[1:]), chunk[0] == "p") for chunk in text.split(",")]
    packed = b"".join(varint(length << 1 | is_packet) for length, is_packet in chunks)
    return bytes_field(FIELD_CHUNKS, packed)


def numbered_field(number, value):
    wire, _, rest = value.rpartition(":")
    if wire == "hex":
        return bytes_field(number, bytes.fromhex(rest))
    if wire == "fixed64":
        return fixed64_field(number, int(rest, 0))
    if wire == "fixed32":
        return fixed32_field(number, int(rest, 0))
    return number_field(number, int(value, 0))


def field_from_word(name, value):
    if name == "chunks":
        return chunks_field(value)
    if name == "page_size":
        return bytes_field(FIELD_ORIGIN, number_field(ORIGIN_PAGE_SIZE, int(value, 0)))
    if name in CHECKSUMS:
        return fixed64_field(CHECKSUMS[name], int(value, 0))
    return numbered_field(NUMBERS[name] if name in NUMBERS else int(name), value)


def payload_from_word(value):
    """A pattern without a short period, or the text itself."""
    if not value.startswith("@"):
        return value.encode()
    length = int(value[1:])
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def record_from_words(text):
    words = dict(word.split("=", 1) for word in text.split())
    if "raw" in words:
        return bytes.fromhex(words["raw"])
    payload = payload_from_word(words.pop("payload", ""))
    length = words.pop("length", None)
    message = bytes.fromhex(words.pop("message", ""))
    if words and "bytes" not in words:
        words["bytes"] = str(len(payload))
    for name, value in words.items():
        if value != "none":
            message += field_from_word(name, value)
    return record(message, payload, None if length is None else int(length, 0))


def make_image(version_10, kind, *records):
    return magic(kind, version_10) + b"".join(map(record_from_words, records))


# ---- records of a file


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 0x7F) << shift
        shift += 7
        at += 1
        if not data[at - 1] & 0x80:
            return value, at


def payload_length(message):
    """Returns field 2, which CRIU and pipeimg write before all fields that are not numbers."""
    at = 0
    while at < len(message):
        number, at = read_varint(message, at)
        value, at = read_varint(message, at)
        if number == 2 << 3 | VARINT:
            return value
    raise ValueError("a message without field 2")


def places(data):
    """Yields for each record the offsets of its length, message, payload and end."""
    at = 8 if struct.unpack_from("<I", data)[0] == COMMON_MAGIC else 4
    while at < len(data):
        message = at + 4
        payload = message + struct.unpack_from("<I", data, at)[0]
        end = payload + payload_length(data[message:payload])
        yield at, message, payload, end
        at = end


def keep_records(data, first, last):
    found = list(places(data))
    kept = b"".join(data[start:end] for start, _, _, end in found[first - 1 : last])
    return data[: found[0][0]] + kept


# ---- a dump's directory

O_WRONLY, O_RDWR = 0o1, 0o2
O_DIRECT = {"x86_64": 0o40000, "aarch64": 0o200000, "ppc64": 0o400000}
MACHINES = {"x86_64": 1, "aarch64": 3, "ppc64": 4}
TYPE_REGULAR, TYPE_PIPE, TYPE_FIFO = 1, 2, 3
FIELD_REGULAR, FIELD_FIFO, FIELD_PIPE = 3, 17, 18
FILES_IDS_FROM = 2


def flags_of(mode, machine):
    access = {"r": 0, "w": O_WRONLY, "W": O_WRONLY | O_DIRECT[machine]}
    return O_RDWR if mode == "rw" else access[mode]


def pipe_file(file_id, pipe_id, flags):
    own_fields = message_of(field_1=file_id, field_2=pipe_id, field_3=flags)
    fields = message_of(field_1=TYPE_PIPE, field_2=file_id)
    return record(fields + bytes_field(FIELD_PIPE, own_fields))


def path_file(file_id, flags):
    own_fields = message_of(field_1=file_id, field_2=flags) + bytes_field(6, b"/fifo")
    fields = message_of(field_1=TYPE_REGULAR, field_2=file_id)
    return record(fields + bytes_field(FIELD_REGULAR, own_fields))


def fifo_file(file_id, pipe_id, path_id):
    own_fields = message_of(field_1=file_id, field_2=pipe_id, field_3=path_id)
    fields = message_of(field_1=TYPE_FIFO, field_2=file_id)
    return record(fields + bytes_field(FIELD_FIFO, own_fields))


class Dump:
    """Images of tasks and open files, as in a dump with these ends."""

    def __init__(self, version_10=False, machine="x86_64", paths=True):
        self.version_10 = version_10
        self.machine = machine
        self.paths = paths
        self.files = b""
        self.file_count = 0
        self.tasks = {}  # pid -> records of its descriptors

    def new_file_id(self):
        self.file_count += 1
        return self.file_count

    def add_end(self, pid, queue, mode):
        flags = flags_of(mode, self.machine)
        file_id = self.new_file_id()
        if queue.startswith("pipe"):
            self.files += pipe_file(file_id, int(queue[4:]), flags)
        else:
            path_id = self.new_file_id()
            self.files += fifo_file(file_id, int(queue[4:]), path_id)
            self.files += path_file(path_id, flags) if self.paths else b""
        descriptors = self.tasks.setdefault(pid, [])
        fields = {"field_1": file_id, "field_2": 0, "field_3": TYPE_PIPE}
        descriptors.append(record(message_of(**fields, field_4=len(descriptors))))

    def images(self):
        """(name, kind, records) of each."""
        yield "inventory.img", "INVENTORY", record(message_of(field_1=2, field_2=1))
        yield "files.img", "FILES", self.files
        tasks = b"".join(record(message_of(field_1=pid)) for pid in self.tasks)
        yield "pstree.img", "PSTREE", tasks
        for files_id, (pid, descriptors) in enumerate(self.tasks.items(), FILES_IDS_FROM):
            core = message_of(field_1=MACHINES[self.machine])
            yield f"core-{pid}.img", "CORE", record(core + bytes_field(3, bytes_field(6, b"task")))
            yield f"ids-{pid}.img", "IDS", record(message_of(field_1=1, field_2=files_id))
            yield f"fdinfo-{files_id}.img", "FDINFO", b"".join(descriptors)

    def write(self, directory):
        os.makedirs(directory, exist_ok=True)
        for name, kind, records in self.images():
            with open(os.path.join(directory, name), "wb") as file:
                file.write(magic(kind, self.version_10) + records)


def make_directory(options, directory, *ends):
    settings = dict(option.lstrip("-").partition("=")[::2] for option in options)
    dump = Dump("v1.0" in settings, settings.get("machine", "x86_64"), "without-paths" not in settings)
    for end in ends:
        pid, queue, mode = end.split(":")
        dump.add_end(int(pid), queue, mode)
    dump.write(directory)


# ---- commands


def read_file(path):
    with open(path, "rb") as file:
        return file.read()


def main():
    command, *words = sys.argv[1:]
    options = [word for word in words if word.startswith("--")]
    words = [word for word in words if not word.startswith("--")]
    if command == "image":
        sys.stdout.buffer.write(make_image("--v1.0" in options, *words))
    elif command == "directory":
        make_directory(options, *words)
    elif command == "keep":
        first, _, last = words[0].partition("-")
        sys.stdout.buffer.write(keep_records(read_file(words[1]), int(first), int(last or first)))
    elif command == "places":
        for number, offsets in enumerate(places(read_file(words[0])), 1):
            print(number, *offsets)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
