#!/bin/sh
# HPKE both ways with the npm package @hpke/core: every suite, every mode, messages and exports.
# usage: hpke_node_test.sh <hpke_peer> <this folder> <build folder>
set -u
peer=$1
here=$2
build=$3
. "$here/node_modules.sh"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
# Modules are found from where the script lies.
cp "$here/node/hpke.mjs" "$modules/hpke.mjs" || exit 1
"$peer" make "$work/cases.json" || exit 1
node "$modules/hpke.mjs" "$work/cases.json" "$work/answers.json" || exit 1
"$peer" check "$work/cases.json" "$work/answers.json"
