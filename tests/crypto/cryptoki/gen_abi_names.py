#!/usr/bin/env python3
"""Writes one ABI_ line for every name of the C interface headers, for abi_table.h.

usage: gen_abi_names.py <folder of cryptoki_*.h> <output.inc>
"""

import pathlib
import re
import sys

NUMBER = re.compile(r"^#define (CK[A-Z]*_\w+) +\(?~?[0-9]\w*\)?$", re.M)
STRUCT = re.compile(r"^(?:typedef )?struct (CK_\w+) \{\n(.*?)^\}", re.M | re.S)
MEMBER = re.compile(r"^\s+[\w ]+?[\s*]+(\w+)(?:\[\d+\])?;", re.M)


def main():
    folder, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    text = "".join(path.read_text(encoding="ascii") for path in sorted(folder.glob("cryptoki_*.h")))
    lines = []
    for name in NUMBER.findall(text):
        lines += [f"#ifdef {name}", f"ABI_VALUE({name})", "#endif"]
    for name, body in STRUCT.findall(text):
        lines += [f"#ifndef ABI_WITHOUT_{name}", f"ABI_SIZE({name})"]
        lines += [f"ABI_OFFSET({name}, {member})" for member in MEMBER.findall(body)]
        lines += ["#endif"]
    output.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
