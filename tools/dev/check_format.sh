#!/bin/bash
# Checks that every C and C++ file is formatted as .clang-format says. The output of clang-format
# differs between versions and 14 is the one that counts: any other is reported and not used.
# Usage: bash tools/dev/check_format.sh [--fix]
set -euo pipefail
cd "$(dirname "$0")/../.."

formatter=""
for candidate in clang-format-14 clang-format; do
  if command -v "$candidate" >/dev/null && "$candidate" --version | grep -q 'version 14\.'; then
    formatter=$candidate
    break
  fi
done
if [ -z "$formatter" ]; then
  echo "format: no clang-format 14 here; not checked"
  exit 0
fi

mapfile -t files < <(git ls-files '*.h' '*.cc' '*.c')
if [ "${#files[@]}" -eq 0 ]; then
  echo "format: no files"
  exit 1
fi
if [ "${1:-}" = --fix ]; then
  "$formatter" -i "${files[@]}"
else
  "$formatter" --dry-run --Werror "${files[@]}"
fi
echo "format: ${#files[@]} files"
