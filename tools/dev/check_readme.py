#!/usr/bin/env python3
"""The example in the README is the one that compiles: the marked part of quickstart.cc."""
import pathlib
import re
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = "  // [readme]\n"
PLACEHOLDER = re.compile(r"@[A-Z]+@")


def main() -> int:
    source = (ROOT / "examples/quickstart.cc").read_text()
    example = textwrap.dedent(source.split(MARK)[1])
    readme = (ROOT / "README.md").read_text()
    if PLACEHOLDER.search(readme):
        print("README.md has a placeholder that nobody filled in")
        return 1
    if f"```cpp\n{example}```\n" in readme:
        return 0
    print("README.md does not show the example of examples/quickstart.cc; it must contain:\n")
    print(f"```cpp\n{example}```")
    return 1


if __name__ == "__main__":
    sys.exit(main())
