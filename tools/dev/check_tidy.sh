#!/bin/bash
# Runs clang-tidy over the C++ files that changed: those of the commits since `origin/main`, or of
# the last commit where there is no such branch, and those not committed yet.
# Usage: bash tools/dev/check_tidy.sh <build folder> [files...]
# FLORIN_TIDY_SECONDS (300) bounds it; files it did not reach are named.
set -euo pipefail
cd "$(dirname "$0")/../.."

build=${1:?usage: bash tools/dev/check_tidy.sh <build folder> [files...]}
shift
budget=${FLORIN_TIDY_SECONDS:-300}
tidy=$(command -v clang-tidy-14 || command -v clang-tidy || true)
if [ -z "$tidy" ]; then
  echo "tidy: clang-tidy is not installed; not checked"
  exit 0
fi

changed() {
  local base
  if ! base=$(git merge-base HEAD origin/main 2>/dev/null) ||
     [ "$base" = "$(git rev-parse HEAD)" ]; then
    base=$(git rev-parse --verify -q HEAD~1 || git hash-object -t tree /dev/null)
  fi
  git diff --name-only --diff-filter=d "$base" -- '*.cc' '*.c'
}

if [ $# -gt 0 ]; then files=("$@"); else mapfile -t files < <(changed); fi

# clang cannot read the precompiled headers of another compiler; the files include all they use.
mkdir -p "$build/tidy"
sed 's# -Winvalid-pch -include [^ ]*cmake_pch.hxx##' "$build/compile_commands.json" \
  >"$build/tidy/compile_commands.json"
build=$build/tidy

# One line per file, so that two can run at a time; a file the build does not know is skipped.
check_one() {
  if [ "$(date +%s)" -ge "$3" ]; then
    echo "tidy: out of time, not checked: $4"
    return 0
  fi
  grep -qF "/$4\"" "$2/compile_commands.json" || return 0
  "$1" --quiet -p "$2" "$4" 2>/dev/null || { echo "tidy: $4 FAILED"; return 1; }
}
export -f check_one

deadline=$(($(date +%s) + budget))
printf '%s\n' "${files[@]}" | sed '/^$/d' |
  xargs -P "$(nproc)" -I{} bash -c 'check_one "$@"' _ "$tidy" "$build" "$deadline" {}
echo "tidy: ${#files[@]} changed files"
