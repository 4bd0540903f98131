#!/bin/sh
# Runs a script of node/, which talks with a peer of Florin.
# usage: peer_node_test.sh <script> <peer> <this folder> <build folder>
set -u
script=$1
peer=$2
here=$3
build=$4
. "$here/node_modules.sh"

# Modules are found from where the script lies. Keys that the script writes go there, too.
work=$(mktemp -d "$modules/run.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cp "$here"/node/*.mjs "$work/" || exit 1
# Nodes that have stopped to decrypt RSA1_5 (CVE-2023-46809) do it for this test of ours.
revert=--security-revert=CVE-2023-46809
node "$revert" -e 0 >/dev/null 2>&1 || revert=
node ${revert:+"$revert"} "$work/$script" "$peer"
