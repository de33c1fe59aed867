#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write an image to browse to standard output: sample.py WHICH.

    sample    queues of every kind: 4711 mixed, 4712 a spliced stream of length-prefixed packets,
              4713 full, 4714 empty, 4715 sixty packets with one outlier, 4716 text of many lines
    hostile   payloads that try to control the terminal, one in each packet
    lengths   4720, packets of 1, 2, 4... 2048 bytes
    deep      4730, JSON in many forms, and text that only looks like JSON
    many      4740, a million packets of a byte
    mixed     4741, a packet between streams of prefixed packets; 4742, which only fits as a single stream
    long      4743, a stream of more than 64 MiB
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "commands"))

from synthetic import NUMBERS, magic, number_field, record  # noqa: E402

STREAM, PACKET, SPLICED = 0, 1, None


def chunk(queue, kind, payload, size=65536):
    fields = {"id": queue, "bytes": len(payload), "size": size, "kind": kind}
    present = {name: value for name, value in fields.items() if value is not None}
    message = b"".join(number_field(NUMBERS[name], value) for name, value in present.items())
    return record(message, payload)


def prefixed(*packets):
    return b"".join(len(packet).to_bytes(2, "little") + packet for packet in packets)


def sample():
    yield chunk(4711, PACKET, b'{"level":"info","unit":"web","msg":"listening on :8080"}')
    yield chunk(4711, PACKET, b'{"level":"warn","unit":"web","msg":"slow request","ms":1840}')
    yield chunk(4711, PACKET, b"job 4711 done\n")
    yield chunk(4711, PACKET, b"\x01\0\0\0\x05\xde\xad\xbe\xef\x7f")
    yield chunk(4711, PACKET, b'{"level":"error","unit":"db","msg":"connection lost"}')
    yield chunk(4711, PACKET, b".")
    yield chunk(4711, STREAM, b"bye: the rest of this log is a plain stream\n")
    yield chunk(4712, SPLICED, prefixed(b"hello", b"world!!", b"x" * 50))
    for number in range(16):
        yield chunk(4713, PACKET, bytes([65 + number]) * 4096)
    yield chunk(4714, SPLICED, b"")
    for number in range(1, 61):
        tail = b"outlier " * 40 if number == 42 else b"." * (number % 7)
        yield chunk(4715, PACKET, b"entry %d needle%d %s" % (number, number % 10, tail))
    lines = b"".join(b"line %d\tof a log\n" % number for number in range(1, 41))
    yield chunk(4716, STREAM, lines + b"a long line " * 20 + b"\nthe end, without a newline")


HOSTILE = (
    b"\x1b[37;46mred \x1b]0;title\x07 \x1b[2J\x1b[9999;9999H \x1bc \x1b[?1049l",  # colours, titles, resets
    b"bell \x07 backspace \x08\x08 return \r feed \x0c tab \t null \0 del \x7f",
    b"\x9b31mC1 \x9d0;title\x9c \x90dcs\x9c",  # 8-bit control characters
    "C1 \x9b31m \x85next \x90 in UTF-8".encode(),
    "bidi \u202eesrever\u202c \u2066isolate\u2069 \u200f mark \u061c".encode(),
    "zero\u200bwidth joiner\u200d bom\ufeff combining e\u0301".encode(),
    b"invalid \xff\xfe \xc3 \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80 cut \xe6\x97",
    "wide 日本語 한국어 hüllo wörld".encode(),
    "日本語".encode() * 40,
    b"\x0e shift out \x0f \x1b(0lqqk\x1b(B \x1bP+q\x1b\\ \x1b[6n \x1b[c",  # queries
    "format \u00ad \u0600 \u0605 \u06dd \u070f \u08e2 \u180e \ufff9a\ufffab\ufffb".encode(),
    "blank \u115f \u1160 \u3164 \uffa0 \u2800".encode(),
    "select \ufe00 \u2764\ufe0f \U000e0100 tag \U000e0001 \U000e0041\U000e007f".encode(),
    b'{"n":"\x1b[31m","\xe2\x80\xae":"\xc2\x9b1m","k":"\\u001b[32m"}',
)


def hostile():
    for payload in HOSTILE:
        yield chunk(4718, PACKET, payload)


def lengths():
    for bits in range(12):
        yield chunk(4720, PACKET, b"=" * (1 << bits))


def many():
    yield chunk(4740, PACKET, b".") * (1 << 20)


def deep():
    yield chunk(4730, PACKET, b'{"a":[1,2.50,-3e4,{"x":null}],"e":{},"l":[],"t":true,"s":"a\\"b"}')
    yield chunk(4730, PACKET, b"[" * 60 + b"]" * 60)
    yield chunk(4730, PACKET, b'{"cut":')
    yield chunk(4730, PACKET, b'  [1,\n 2]  ')
    yield chunk(4730, PACKET, b"17")
    yield chunk(4730, STREAM, b'{"line":1}\n{"line":2}\n')


def mixed():
    yield chunk(4741, STREAM, b"\x02ab\x01c")
    yield chunk(4741, PACKET, b"xyz")
    yield chunk(4741, STREAM, b"\x02de\x03fgh")
    yield chunk(4742, PACKET, b"\x05ab")
    yield chunk(4742, STREAM, b"cde\x02xy\x01z")


def long():
    for _ in range(65):
        yield chunk(4743, STREAM, bytes(1 << 20))


def main():
    makers = {maker.__name__: maker for maker in (sample, hostile, lengths, deep, many, mixed, long)}
    if len(sys.argv) != 2 or sys.argv[1] not in makers:
        sys.exit(__doc__)
    sys.stdout.buffer.write(magic("pipe") + b"".join(makers[sys.argv[1]]()))


if __name__ == "__main__":
    main()
