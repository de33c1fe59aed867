#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check the layout of the source tree: which files may depend on which.

usage: floors.py SOURCE BUILD

A unit is a .c file with the header of the same name. It depends on the units whose headers it includes
and whose symbols its object file uses (nm). Three rules are checked, without exceptions:

  - units do not depend on each other in a cycle;
  - a unit depends only on its own folder and on folders below it;
  - tools and the browser use the library only through its two headers.

Prints TAP. A dependency that breaks a rule is printed with its reasons.
"""
import collections
import os
import re
import subprocess
import sys

# From top to bottom, as in doc/ARCHITECTURE.md.
FLOORS = """
tools
tools/commands
tools/criu
tools/shared
tui
tui/requests
tui/views
tui/frame
tui/data
tui/paint
tui/terminal
libimg/convert
libimg/verify
libimg/image
libimg/exchange
libimg/format
libimg/live
libimg/queue
libimg/io/archive
libimg/io/sink
libimg/io/compression
libimg/io/source
libimg/base
proto
"""
FLOOR = {folder: floor for floor, folder in enumerate(reversed(FLOORS.split()))}
# Everything above the library uses only these headers.
PUBLIC_HEADERS = {"libimg/pipeimg.h", "libimg/pipeimg-private.h"}


def sources(top):
    """The product's .c, .h and .def files, relative to the top."""
    for folder in ("libimg", "tui", "tools"):
        for path, _, names in os.walk(os.path.join(top, folder)):
            for name in names:
                if name.endswith((".c", ".h", ".def")):
                    yield os.path.relpath(os.path.join(path, name), top)


def unit_of(path):
    return os.path.splitext(path)[0]


def includes(top, files):
    """Yields (unit, unit included, reason)."""
    for path in sorted(files):
        with open(os.path.join(top, path), encoding="utf-8") as file:
            names = re.findall(r'^\s*#\s*include\s+"([^"]+)"', file.read(), re.MULTILINE)
        for name in names:
            for root in (os.path.dirname(path), path.split("/")[0], ""):
                found = os.path.normpath(os.path.join(root, name))
                if found in files:
                    if found not in PUBLIC_HEADERS:
                        yield unit_of(path), unit_of(found), f"includes {name}"
                    break


def objects(build, files):
    """Yields (unit, object file). Automake puts TARGET-NAME.o in the folder of NAME.c, libtool in .libs below it."""
    by_place = {}
    for path in files:
        if path.endswith(".c"):
            by_place[os.path.dirname(path), os.path.basename(path)[:-2]] = unit_of(path)
    for folder in FLOOR:
        for place in (os.path.join(folder, ".libs"), folder):
            directory = os.path.join(build, place)
            for name in sorted(os.listdir(directory)) if os.path.isdir(directory) else ():
                match = re.fullmatch(r"(?:[a-z_]+_la-|pipeimg-)?(.+)\.o", name)
                unit = match and by_place.get((folder, match.group(1)))
                if unit:
                    yield unit, os.path.join(directory, name)


def symbols(path):
    """The names that an object defines and those that it needs."""
    defined, needed = set(), set()
    for line in subprocess.run(["nm", "-g", path], check=True, capture_output=True, text=True).stdout.splitlines():
        kind, name = line.split()[-2:]
        (needed if kind in "Uvw" else defined).add(name)
    return defined, needed


def links(build, files):
    """Yields (unit, unit used, reason)."""
    owner, needs = {}, collections.defaultdict(set)
    for unit, path in objects(build, files):
        defined, needed = symbols(path)
        owner.update(dict.fromkeys(defined, unit))
        needs[unit] |= needed
    if not needs:
        sys.exit(f"floors.py: no objects under {build}")
    for unit in sorted(needs):
        for name in sorted(needs[unit]):
            used = owner.get(name)
            # Everything above the library may call its public functions.
            is_public = name.startswith("pimg_") and not unit.startswith("libimg/")
            if used and not is_public:
                yield unit, used, f"uses {name}"


def cycles(graph):
    """Tarjan's strongly connected components that have more than one unit."""
    index, low, stack, on_stack, result = {}, {}, [], set(), []

    def visit(unit):
        index[unit] = low[unit] = len(index)
        stack.append(unit)
        on_stack.add(unit)
        for other in sorted(graph[unit]):
            if other not in index:
                visit(other)
                low[unit] = min(low[unit], low[other])
            elif other in on_stack:
                low[unit] = min(low[unit], index[other])
        if low[unit] == index[unit]:
            component = []
            while not component or component[-1] != unit:
                component.append(stack.pop())
                on_stack.discard(component[-1])
            if len(component) > 1:
                result.append(sorted(component))

    for unit in sorted(graph):
        if unit not in index:
            visit(unit)
    return result


def floor_of(unit):
    folder = os.path.dirname(unit)
    if folder not in FLOOR:
        sys.exit(f"floors.py: {unit}: its folder has no floor; add it to FLOORS")
    return folder, FLOOR[folder]


def report(number, claim, faults):
    print(f"{'not ok' if faults else 'ok'} {number} {claim}")
    for fault in faults:
        print(f"# {fault}")


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    top, build = sys.argv[1:]
    sys.setrecursionlimit(10000)
    files = set(sources(top))
    reasons = collections.defaultdict(list)
    for unit, other, reason in [*includes(top, files), *links(build, files)]:
        if unit != other:
            reasons[unit, other].append(reason)
    graph = collections.defaultdict(set)
    for unit, other in reasons:
        graph[unit].add(other)
        graph[other].update()

    def explain(unit, other):
        return f"{unit} -> {other}: {', '.join(reasons[unit, other][:4])}"

    circular = []
    for component in cycles(dict(graph)):
        circular.append("cycle of " + ", ".join(component))
        circular += ["  " + explain(*pair) for pair in sorted(reasons) if set(pair) <= set(component)]
    upward = []
    for unit, other in sorted(reasons):
        (folder, floor), (other_folder, other_floor) = floor_of(unit), floor_of(other)
        if folder != other_folder and floor <= other_floor:
            upward.append(explain(unit, other))
    inside = [
        explain(unit, other)
        for unit, other in sorted(reasons)
        if other.startswith("libimg/") and not unit.startswith("libimg/")
    ]
    print("1..3")
    report(1, "no files depend on each other in a cycle", circular)
    report(2, "a folder depends only on folders below it", upward)
    report(3, "everything above the library uses only its headers", inside)
    sys.exit(bool(circular or upward or inside))


main()
