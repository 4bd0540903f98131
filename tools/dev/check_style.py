#!/usr/bin/env python3
"""Checks the house rules that a formatter and a compiler do not.

Lines of at most 100 columns, files of at most 500 lines, functions of at most 70; ASCII, no tabs,
no trailing space; no notes to oneself; headers say what they are; a library neither prints nor
exits nor throws.
"""

import argparse
import pathlib
import re
import subprocess
import sys

MAX_COLUMNS = 100
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 70

CXX = {".h", ".cc", ".c", ".inc"}
CODE = CXX | {".py", ".sh", ".cmake"}
TEXT = CODE | {".md", ".txt", ".yml", ".map", ".in"}
SKIPPED = (".git/", "build/", "tests/vectors/", "tests/fuzz/corpus/", "LICENSE")

# Spelled in pieces, so that this file passes its own check.
NOTES = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "X" * 3]) + r")\b")
LIBRARY = ("crypto/", "tokenizer/", "hsm_sim/", "include/")
FORBIDDEN = re.compile(
    r"std::(cout|cerr|clog)\b|(?<![\w.>])(std::)?(v?f?printf|f?puts|putchar|perror)\s*\("
    r"|(?<![\w.>])(std::)?(_?exit|quick_exit|abort|terminate)\s*\(|\bthrow\b")
# The one place that stops the process: FLORIN_INVARIANT.
MAY_STOP = {"include/florin/base/result.h", "crypto/base/result.cc"}


# What is not exported is hidden, so a public header opens the visibility for what it declares.
EXPORTED = re.compile(r"^#pragma GCC visibility push\(default\)$.*^#pragma GCC visibility pop$",
                      re.S | re.M)


def is_public_cxx(name, text):
    return name.startswith("include/") and "namespace florin" in text


def blank_out(text):
    """The same text with comments, strings and characters replaced by spaces, lines kept."""
    pattern = re.compile(
        r"//[^\n]*|/\*.*?\*/"
        r'|R"([^(\s]*)\(.*?\)\1"'
        r'|"(?:\\.|[^"\\\n])*"'
        r"|(?<![\w])'(?:\\.|[^'\\\n])+'", re.S)
    keep_lines = lambda match: re.sub(r"[^\n]", " ", match.group(0))
    return pattern.sub(keep_lines, text)


def without_preprocessor(text):
    return re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text,
                  flags=re.M)


SCOPE = re.compile(r"^(inline\s+)?(namespace|extern)\b|\b(class|struct|union|enum)\b[^()]*$")


def functions(text):
    """(first line, last line) of every function body, by matching braces outside of functions."""
    stack = []  # "scope", "function", "inner"
    head_start = 0
    for match in re.finditer(r"[{};]", text):
        token = match.group(0)
        inside = bool(stack) and stack[-1][0] != "scope"
        if token == "{":
            head = text[head_start:match.start()].strip()
            if inside:
                stack.append(("inner", 0))
            elif head and (SCOPE.search(head) or "(" not in head):
                stack.append(("scope", 0))
            else:
                first = match.start() if not head else text.find(head, head_start)
                stack.append(("function", first))
        elif token == "}" and stack:
            kind, first = stack.pop()
            if kind == "function":
                yield text.count("\n", 0, first) + 1, text.count("\n", 0, match.start()) + 1
        head_start = match.end()


def check_text(name, text, suffix):
    lines = text.splitlines()
    if text and not text.endswith("\n"):
        yield f"{name}: no newline at the end"
    for number, line in enumerate(lines, 1):
        where = f"{name}:{number}"
        if suffix in CODE and len(line) > MAX_COLUMNS:
            yield f"{where}: {len(line)} columns, at most {MAX_COLUMNS}"
        if suffix != ".md" and not line.isascii():  # pictures in documents are drawn with lines
            yield f"{where}: not ASCII"
        if "\t" in line:
            yield f"{where}: tab"
        if line != line.rstrip():
            yield f"{where}: space at the end"
        if NOTES.search(line):
            yield f"{where}: a note to oneself; file it or do it"
    if suffix in CODE and len(lines) > MAX_FILE_LINES:
        yield f"{name}: {len(lines)} lines, at most {MAX_FILE_LINES}"


def check_cxx(name, text, suffix):
    if suffix == ".h":
        if not text.startswith(("//", "/*")):
            yield f"{name}:1: a header begins with a comment that says what it is"
        if "#pragma once" not in text:
            yield f"{name}: no #pragma once"
        if is_public_cxx(name, text) and not EXPORTED.search(text):
            yield f"{name}: declarations not between visibility push(default) and visibility pop"
    bare = blank_out(text)
    for first, last in functions(without_preprocessor(bare)):
        if last - first + 1 > MAX_FUNCTION_LINES:
            yield (f"{name}:{first}: function of {last - first + 1} lines, "
                   f"at most {MAX_FUNCTION_LINES}")
    if name.startswith(LIBRARY) and name not in MAY_STOP:
        for number, line in enumerate(bare.splitlines(), 1):
            match = FORBIDDEN.search(line)
            if match:
                yield f"{name}:{number}: '{match.group(0).strip(' (')}' in a library"


def check_file(root, name):
    suffix = pathlib.Path(name).suffix
    if pathlib.Path(name).name == "CMakeLists.txt":
        suffix = ".cmake"
    try:
        text = (root / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        yield f"{name}: not UTF-8"
        return
    yield from check_text(name, text, suffix)
    if suffix in CXX:
        yield from check_cxx(name, text, suffix)


def files_of(root):
    """Tracked files, or all of them where there is no git."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except FileNotFoundError:
        listing = ""
    if listing:
        names = listing.split("\0")
    else:
        names = [str(p.relative_to(root)) for p in root.rglob("*") if p.is_file()]
    for name in sorted(names):
        if name and not name.startswith(SKIPPED) and (root / name).is_file():
            if pathlib.Path(name).suffix in TEXT:
                yield name


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=".")
    args = parser.parse_args()
    root = pathlib.Path(args.root).resolve()
    names = list(files_of(root))
    if not names:
        sys.exit("no files: nothing was checked")
    errors = [error for name in names for error in check_file(root, name)]
    print("\n".join(errors) if errors else f"{len(names)} files keep the house style")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
