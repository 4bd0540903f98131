#!/bin/sh
# Installs what tools/dev/packages.txt lists for a set: demo, test, ci or all.
# Usage: sh tools/dev/install_packages.sh <set>
# Touches apt only when something is missing; then it needs root or sudo.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
list="$here/packages.txt"

case "${1:-}" in
  demo) sets="demo" ;;
  test) sets="demo test" ;;
  ci)   sets="demo test ci" ;;
  all)  sets="demo test ci all" ;;
  *)    echo "usage: sh tools/dev/install_packages.sh demo|test|ci|all" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null 2>&1; then
  echo "This is no Debian: install the counterparts of $list by hand." >&2
  exit 1
fi

installed=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' | sed -n 's/ installed$//p')

is_installed() {
  printf '%s\n' "$installed" | grep -qxF "$1"
}

# Prints the entries of the wanted sets, without comments.
entries() {
  sed 's/#.*//' "$list" | while read -r set entry; do
    case " $sets " in
      *" ${set:-none} "*) echo "$entry" ;;
    esac
  done
}

# Prints the entries of which no alternative is installed.
missing_entries() {
  for entry in $(entries); do
    found=no
    for package in $(echo "$entry" | tr '|' ' '); do
      if is_installed "$package"; then found=yes; fi
    done
    if [ "$found" = no ]; then echo "$entry"; fi
  done
}

missing=$(missing_entries)
if [ -z "$missing" ]; then
  echo "packages: everything for '$1' is installed"
  exit 0
fi

if [ "$(id -u)" = 0 ]; then
  as_root=""
elif command -v sudo >/dev/null 2>&1; then
  as_root="sudo"
else
  echo "These packages are missing, and this is neither root nor is sudo here:" >&2
  echo "$missing" >&2
  exit 1
fi

echo "packages: missing for '$1':" $missing
echo "packages: apt-get update"
$as_root apt-get update -qq

# The first alternative that this Debian offers.
choose() {
  for package in $(echo "$1" | tr '|' ' '); do
    if apt-cache show "$package" >/dev/null 2>&1; then
      echo "$package"
      return
    fi
  done
  echo "packages: none of $1 is offered by this system's sources" >&2
  return 1
}

chosen=""
for entry in $missing; do
  package=$(choose "$entry")
  chosen="$chosen $package"
done

echo "packages: apt-get install$chosen"
$as_root env DEBIAN_FRONTEND=noninteractive \
  apt-get install -y -qq -o Dpkg::Use-Pty=0 --no-install-recommends $chosen
