#!/usr/bin/env python3
"""Checks that every public header compiles alone, leaks no library, and is C where it says so.

Each header of include/florin is compiled as its own translation unit with only include/ on the
path. The compiler's own dependency list then shows every file it pulled in, so a crypto, JSON or
database header cannot hide behind another one.
"""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror"]
LEAK = re.compile(
    r"/(openssl|sodium|botan-?\d?|p11-kit-?\d?|nlohmann|CLI|toml\+\+|boost|gtest)/"
    r"|/(sodium|simdjson|lmdb|libpq-fe|httplib)\.h$")


def is_c_header(path):
    return 'extern "C"' in path.read_text(encoding="utf-8")


def dependencies(text):
    """The files of a make rule as -MD writes it."""
    body = text.replace("\\\n", " ").split(":", 1)[1]
    return body.split()


def compile_alone(compiler, language, standard, root, header):
    """Errors of one header in one language."""
    with tempfile.TemporaryDirectory() as scratch:
        suffix = ".c" if language == "c" else ".cc"
        unit = pathlib.Path(scratch, "alone" + suffix)
        unit.write_text(f'#include "{header}"\n#include "{header}"\n', encoding="ascii")
        rule = pathlib.Path(scratch, "alone.d")
        command = [compiler, f"-std={standard}", "-fsyntax-only", "-MD", "-MF", str(rule), "-MT",
                   "alone", *WARNINGS, "-I", str(root / "include"), str(unit)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            return [f"{header} does not compile alone as {standard}:\n{run.stderr}"]
        files = dependencies(rule.read_text(encoding="utf-8"))
        return [f"{header} leaks {name}" for name in files if LEAK.search(name)]


def check(root, cxx, cc):
    root = pathlib.Path(root).resolve()
    include = root / "include"
    jobs = []
    for path in sorted(include.rglob("*.h")):
        header = str(path.relative_to(include))
        jobs.append((cxx, "c++", "c++20", root, header))
        if is_c_header(path):
            jobs.append((cc, "c", "c11", root, header))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda job: compile_alone(*job), jobs))
    return len(jobs), [error for errors in results for error in errors]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=".")
    parser.add_argument("--cxx", default="c++")
    parser.add_argument("--cc", default="cc")
    args = parser.parse_args()
    count, errors = check(args.root, args.cxx, args.cc)
    if count == 0:
        sys.exit("no headers: nothing was checked")
    print("\n".join(errors) if errors else f"{count} compilations of public headers, no leak")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
