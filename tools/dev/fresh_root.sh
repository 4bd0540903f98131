#!/bin/sh
# Runs both commands in a fresh Debian: makes a root with debootstrap, clones the committed tree
# into it, and runs `sh tools/demo.sh` and `sh tools/test.sh` inside. Needs root.
# Usage: sh tools/dev/fresh_root.sh bookworm|trixie [folder]
#   folder  where the root is kept; it is used again if it exists. Without it, a temporary one is
#           made and removed.
set -eu

suite=${1:?usage: sh tools/dev/fresh_root.sh bookworm|trixie [folder]}
mirror=${FLORIN_DEBIAN_MIRROR:-http://deb.debian.org/debian}
source=$(cd "$(dirname "$0")/../.." && pwd)

if [ "$(id -u)" != 0 ]; then
  echo "fresh_root: debootstrap and chroot need root" >&2
  exit 1
fi

if [ $# -ge 2 ]; then
  target=$2
  keep=yes
else
  target=$(mktemp -d /tmp/florin-root.XXXXXX)
  keep=no
fi

leave() {
  for mount in dev/pts dev/shm dev proc; do
    if mountpoint -q "$target/$mount"; then umount "$target/$mount"; fi
  done
  # Nothing is removed while something is still mounted inside.
  if [ "$keep" = no ] && ! grep -q " $target/" /proc/mounts; then rm -rf "$target"; fi
}
trap leave EXIT
trap 'exit 1' INT TERM HUP

if [ ! -e "$target/etc/debian_version" ]; then
  echo "fresh_root: debootstrap $suite into $target"
  debootstrap --variant=minbase "$suite" "$target" "$mirror" >"$target.log" 2>&1 || {
    tail -n 20 "$target.log" >&2
    exit 1
  }
  rm -f "$target.log"
fi

# Network settings, proxies and certificates of this machine.
cp -L /etc/resolv.conf /etc/hosts "$target/etc/"
apt-config dump | grep -E '^Acquire::(http|https)::Proxy' \
  >"$target/etc/apt/apt.conf.d/90proxy" || true

mountpoint -q "$target/proc" || mount -t proc proc "$target/proc"
mountpoint -q "$target/dev" || mount --bind /dev "$target/dev"
mountpoint -q "$target/dev/pts" || mount --bind /dev/pts "$target/dev/pts"
mountpoint -q "$target/dev/shm" || mount -t tmpfs tmpfs "$target/dev/shm"

rm -rf "$target/root/florin"
git clone -q --no-hardlinks "$source" "$target/root/florin"

inside() {
  chroot "$target" /usr/bin/env -i HOME=/root TERM=dumb LC_ALL=C.UTF-8 \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    sh -c "cd /root/florin && $1"
}

echo "fresh_root: $suite: sh tools/demo.sh"
inside "sh tools/demo.sh"
echo "fresh_root: $suite: sh tools/test.sh"
inside "sh tools/test.sh"
echo "fresh_root: $suite: both commands succeeded"
