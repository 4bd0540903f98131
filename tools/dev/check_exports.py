#!/usr/bin/env python3
"""Checks what the shared objects show: libflorin names of florin only, the PKCS#11 module C_* only.

Usage: check_exports.py [--library libflorin.so] [--module libflorin-pkcs11.so]
"""

import argparse
import re
import subprocess
import sys

LIBRARY_SYMBOL = re.compile(r"^((vtable|typeinfo|typeinfo name|VTT) for )?florin::")
MODULE_SYMBOL = re.compile(r"^C_[A-Z][A-Za-z]+$")
# A client with another C++ runtime must not be disturbed: the module carries its own inside.
FOREIGN_RUNTIME = re.compile(r"NEEDED.*\[(libstdc\+\+|libgcc_s)")


def output(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def exported(path):
    lines = output("nm", "--dynamic", "--defined-only", "--demangle", path).splitlines()
    return [line.split(None, 2)[2] for line in lines]


def unexpected(symbols, pattern):
    return [symbol for symbol in symbols if not pattern.match(symbol)]


def check(path, pattern, self_contained):
    symbols = exported(path)
    if not symbols:
        yield f"{path} exports nothing"
    for symbol in unexpected(symbols, pattern):
        yield f"{path} exports {symbol}"
    if self_contained:
        for line in output("readelf", "--dynamic", "--wide", path).splitlines():
            if FOREIGN_RUNTIME.search(line):
                yield f"{path} needs a C++ runtime: {line.strip()}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--library", dest="libraries", action="append", default=[])
    parser.add_argument("--module", dest="modules", action="append", default=[])
    args = parser.parse_args()
    if not args.libraries and not args.modules:
        sys.exit("nothing to check")
    errors = []
    for path in args.libraries:
        errors += check(path, LIBRARY_SYMBOL, False)
    for path in args.modules:
        errors += check(path, MODULE_SYMBOL, True)
    print("\n".join(errors) if errors else "the exports are as promised")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
