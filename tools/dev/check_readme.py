#!/usr/bin/env python3
"""The example in the README is the one that compiles: between the [readme] marks of quickstart.cc."""
import pathlib
import sys
import textwrap

ROOT = pathlib.Path(__file__).resolve().parents[2]
MARK = "  // [readme]\n"


def main() -> int:
    source = (ROOT / "examples/quickstart.cc").read_text()
    example = textwrap.dedent(source.split(MARK)[1])
    if f"```cpp\n{example}```\n" in (ROOT / "README.md").read_text():
        return 0
    print("README.md does not show the example of examples/quickstart.cc; it must contain:\n")
    print(f"```cpp\n{example}```")
    return 1


if __name__ == "__main__":
    sys.exit(main())
