#!/bin/sh
# No object that is compiled for an instruction set may offer a function that other objects have,
# too: the linker keeps one of them for the whole program, and that one would not run everywhere.
# Usage: sh weak_symbols_test.sh <object files>
set -eu
[ $# -gt 0 ] || { echo "usage: weak_symbols_test.sh <object files>" >&2; exit 2; }
for object in "$@"; do
  symbols=$(nm --defined-only "$object")
  if printf '%s\n' "$symbols" | grep -E ' [uvVwW] '; then
    echo "$object: the functions above may be kept for the whole program" >&2
    exit 1
  fi
  printf '%s\n' "$symbols" | grep -q ' T ' || { echo "$object: no function at all" >&2; exit 1; }
done
