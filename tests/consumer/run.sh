#!/bin/sh
# Installs libflorin into a scratch prefix and builds and runs the consumer project in four ways.
# Usage: run.sh <build folder> <project folder> <C++ compiler>
set -eu

build=$1
project=$2
cxx=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
prefix="$scratch/prefix"

for component in lib dev; do
  cmake --install "$build" --prefix "$prefix" --component "$component" >"$scratch/install.log"
done
libdir=$(dirname "$(find "$prefix" -name libflorin.a)")
export LD_LIBRARY_PATH="$libdir"

for kind in shared static; do
  echo "consumer: find_package, $kind"
  cmake -S "$project" -B "$scratch/$kind" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" \
    -DCMAKE_CXX_COMPILER="$cxx" -DCONSUMER_KIND=$kind >"$scratch/$kind.log" 2>&1 \
    && cmake --build "$scratch/$kind" >>"$scratch/$kind.log" 2>&1 || {
    cat "$scratch/$kind.log"
    exit 1
  }
  "$scratch/$kind/consumer"
done

export PKG_CONFIG_PATH="$libdir/pkgconfig"
pc() { pkg-config "$@" florin; }

echo "consumer: pkg-config, shared"
$cxx -std=c++20 $(pc --cflags) "$project/main.cc" $(pc --libs) -o "$scratch/pc_shared"
"$scratch/pc_shared"

echo "consumer: pkg-config, static"
libs=$(pc --static --libs | sed 's/-lflorin/-l:libflorin.a/')
$cxx -std=c++20 $(pc --cflags) "$project/main.cc" $libs -o "$scratch/pc_static"
"$scratch/pc_static"
