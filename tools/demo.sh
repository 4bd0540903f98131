#!/bin/sh
# Runs the main job from a bare Debian 12 or 13: installs what the build needs, builds, and lets
# `florin demo` take wallet payments from token to issuer answer. Arguments go to the demo.
# Usage: sh tools/demo.sh [--json] [...]
set -eu

case " $* " in
  *" --help "* | *" -h "*)
    if [ ! -x "$(dirname "$0")/../build/release/tools/florin" ]; then
      echo "Builds build/release first, 5 to 15 minutes on two cores; some of its options:"
      echo "  --json            print one JSON object and nothing else"
      echo "  --payments N      payments to make and process (2000)"
      echo "  --directory DIR   keep tokens and vaults there"
      exit 0
    fi ;;
esac

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"

# The demo's own output may be JSON for a machine, so everything before it goes to stderr.
{
  sh tools/dev/install_packages.sh demo
  if [ ! -f build/release/build.ninja ]; then
    echo "demo: configuring build/release"
    cmake --preset release -DFLORIN_BUILD_TESTS=OFF
  fi
  echo "demo: building the command line tool and the HSM simulator"
  cmake --build build/release --target tools/florin hsm_sim/libflorin-pkcs11.so
} >&2

exec build/release/tools/florin demo "$@"
