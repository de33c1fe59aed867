#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads pages of the library's manual, as printed by man(1), and the library's header.

compare HEADER PAGE...: prints each prototype and struct that differs between a page and the header
programs PAGE DIRECTORY: writes each program of a page to NAME.c; writes the commands that the page shows after it,
except for the compiler, to NAME.commands, and their output to NAME.output; prints the names
"""
import re
import sys
from pathlib import Path


def squeezed(text):
    return re.sub(r"\s+", "", text)


def without_comments(text):
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    return re.sub(r"^\s*#.*?(?<!\\)$", "", text, flags=re.M | re.S)


def prototypes(text):
    """Returns function names and their prototypes, without blanks."""
    found = {}
    for statement in re.split(r"[;{}]", text):
        name = re.match(r"[^(]*?[\s*](pimg_\w+)\s*\(", statement)
        if name and "typedef" not in statement:
            found[name.group(1)] = squeezed(statement)
    return found


def structs(text):
    """Returns names of structs and their members, without blanks."""
    return {
        name: squeezed(members)
        for name, members in re.findall(r"^ *struct (pimg_\w+) \{\n(.*?)\n *\};", text, flags=re.S | re.M)
    }


def sections(page):
    found, current = {}, None
    for line in page.splitlines():
        if re.match(r"[A-Z]", line):
            current = found.setdefault(line.strip(), [])
        elif current is not None:
            current.append(line)
    return {title: "\n".join(lines) for title, lines in found.items()}


def compare(header, *pages):
    header = without_comments(Path(header).read_text())
    declared, members = prototypes(header), structs(header)
    shown = {}
    for page in pages:
        parts = sections(Path(page).read_text())
        name = Path(page).stem
        for function, prototype in prototypes(without_comments(parts["SYNOPSIS"])).items():
            shown[function] = name
            if declared.get(function) != prototype:
                print(f"{name}: {prototype} is not {declared.get(function)}")
            if not re.search(rf"\b{function}\b", parts["NAME"]):
                print(f"{name}: {function} is not in NAME")
        for struct, wanted in structs(parts["DESCRIPTION"]).items():
            if members.get(struct) != wanted:
                print(f"{name}: struct {struct} has {wanted} instead of {members.get(struct)}")
    for function in declared.keys() - shown.keys():
        print(f"no page shows {function}")


def programs(page, directory):
    indent = " " * 11
    files, name, part = {}, None, None
    for line in sections(Path(page).read_text()).get("EXAMPLES", "").splitlines():
        code = line.removeprefix(indent)
        begins = re.fullmatch(r"/\* (\w+)\.c \*/", code)
        if not line.strip():
            if part == "c":
                files[name]["c"] += "\n"
        elif not line.startswith(indent):
            part = None
        elif begins:
            name, part = begins.group(1), "c"
            files[name] = {"c": "", "commands": "", "output": ""}
        elif name and code.startswith("$ "):
            part = "output"
            if not code.startswith("$ cc "):
                files[name]["commands"] += code[2:] + "\n"
        elif part:
            files[name][part] += code + "\n"
    for name, texts in files.items():
        for suffix, text in texts.items():
            Path(directory, f"{name}.{suffix}").write_text(text)
        print(name)


if __name__ == "__main__":
    {"compare": compare, "programs": programs}[sys.argv[1]](*sys.argv[2:])
