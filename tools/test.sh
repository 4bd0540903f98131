#!/bin/sh
# Builds and passes the tests from a bare Debian 12 or 13.
# Usage: sh tools/test.sh [--all]
#   --all  adds what is long: tests labelled slow, foreign clients, a thousand kills, the
#          benchmarks, and both commands in fresh roots of Debian 12 and 13.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

all=no
for argument in "$@"; do
  case "$argument" in
    --all) all=yes ;;
    *) echo "usage: sh tools/test.sh [--all]" >&2; exit 2 ;;
  esac
done

started=$(date +%s)
if [ "$all" = yes ]; then
  sh tools/dev/install_packages.sh all
else
  sh tools/dev/install_packages.sh test
fi

echo "test: configuring build/release"
cmake --preset release -DFLORIN_BUILD_TESTS=ON -DFLORIN_BUILD_BENCH=ON
echo "test: building"
cmake --build --preset release

log=build/release/test.log
status=0

# Runs ctest, keeps its exit status, and shows its output as it comes.
run_ctest() {
  echo "test: ctest $*"
  { ctest --test-dir build/release --no-tests=error --output-on-failure -j2 "$@" \
      || echo "ctest failed: $*" >>"$log.failed"; } 2>&1 | tee -a "$log"
}

: >"$log"
rm -f "$log.failed"
run_ctest -LE '^slow$'
if [ "$all" = yes ]; then
  FLORIN_KILLS=1000 run_ctest -L '^slow$'
  for suite in bookworm trixie; do
    echo "test: both commands in a fresh root of Debian $suite"
    sh tools/dev/fresh_root.sh "$suite" || echo "fresh root of $suite failed" >>"$log.failed"
  done
fi

echo
echo "== tools/test.sh: summary after $(($(date +%s) - started)) s =="
grep -E 'tests passed|tests failed out of|No tests were found' "$log" || status=1
if [ -f "$log.failed" ]; then
  cat "$log.failed"
  status=1
fi
if [ "$status" = 0 ]; then echo "all tests passed"; else echo "THERE ARE FAILURES"; fi
exit "$status"
