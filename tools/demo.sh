#!/bin/sh
# Runs the main job from a bare Debian 12 or 13: installs what the build needs, builds, and lets
# `florin demo` take wallet payments from token to issuer answer. Arguments go to the demo.
# Usage: sh tools/demo.sh [--json] [...]
set -eu

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
