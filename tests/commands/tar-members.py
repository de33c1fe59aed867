# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints each member of a tar archive: the hash of all its bytes, including the header, and its name.

tar-members.py [WITHOUT]... <ARCHIVE: names that end with WITHOUT are printed without a hash.
"""
import hashlib
import io
import sys
import tarfile

data = sys.stdin.buffer.read()
archive = tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape")
members = archive.getmembers()
# A member ends where the next begins; only zeros follow the last one.
ends = [member.offset for member in members[1:]] + [archive.offset]
for member, end in zip(members, ends):
    name = repr(member.name)
    if member.name.endswith(tuple(sys.argv[1:])):
        print("*", name)
    else:
        print(hashlib.sha256(data[member.offset:end]).hexdigest(), name)
print(len(data) > archive.offset and not any(data[archive.offset:]))
