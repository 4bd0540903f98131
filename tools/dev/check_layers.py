#!/usr/bin/env python3
"""Checks that no room includes beyond what it declared, and that nothing points up.

Reads build/<preset>/rooms.txt, which cmake/FlorinRoom.cmake writes from the florin_room() calls:
    name=<room> dir=<folder> deps=<rooms> allows=<families> headers=<public headers>
A declaration must itself stay within ARROWS and FAMILIES below, the law of the house.
"""

import argparse
import pathlib
import re
import sys

# What each room may include at most. A room not named here is refused until it is added.
BELOW_MECHANISMS = {"base", "primitives", "kernels", "card", "fpe"}
BELOW_HSM = BELOW_MECHANISMS | {"mechanisms"}
ARROWS = {
    "base": set(),
    "primitives": {"base"},
    "kernels": {"base", "primitives"},
    "card": {"base", "primitives", "kernels"},
    "fpe": {"base", "primitives", "kernels"},
    "mechanisms": BELOW_MECHANISMS,
    "cryptoki": BELOW_HSM,
    "hsm": BELOW_HSM,
    "pkcs11": {"base", "mechanisms", "hsm", "cryptoki"},
    "payload": {"base", "primitives", "kernels", "mechanisms", "hsm"},
    "tokenizer": {"base", "mechanisms", "hsm"},
    "hsm_sim": BELOW_HSM | {"cryptoki"},
}
FAMILIES = {
    "base": {"sodium", "simdjson", "intrinsics"},
    "primitives": {"openssl", "sodium"},
    "kernels": {"intrinsics"},
    "cryptoki": {"p11kit"},
    "pkcs11": {"dl"},
    "tokenizer": {"lmdb", "libpq"},
}

# Folders that are no rooms: which project headers and third-party families they may include.
AREAS = {
    "examples": ({"florin/", "examples/"}, {"boost"}),
    "tools": ({"florin/", "crypto/base/", "hsm_sim/", "tools/"},
              {"cli11", "nlohmann_json", "tomlplusplus", "httplib", "botan"}),
}

THIRD_PARTY = [
    (r"openssl/", "openssl"),
    (r"sodium(\.h$|/)", "sodium"),
    (r"simdjson\.h$", "simdjson"),
    (r"lmdb\.h$", "lmdb"),
    (r"libpq-fe\.h$", "libpq"),
    (r"p11-kit/", "p11kit"),
    (r"botan/", "botan"),
    (r"nlohmann/", "nlohmann_json"),
    (r"CLI/", "cli11"),
    (r"toml\+\+/", "tomlplusplus"),
    (r"httplib\.h$", "httplib"),
    (r"boost/", "boost"),
    (r"dlfcn\.h$", "dl"),
    (r"([a-z]*intrin|cpuid)\.h$", "intrinsics"),
]
STD_CXX = re.compile(r"^[a-z_]+$")
C_AND_POSIX = re.compile(
    r"^((sys|arpa|netinet|linux|sanitizer)/[a-z_]+"
    r"|assert|ctype|endian|errno|fcntl|limits|poll|pthread|sched|signal"
    r"|stdalign|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|termios|time|unistd)\.h$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
SUFFIXES = {".h", ".cc", ".c", ".inc"}


class Room:
    def __init__(self, line):
        fields = dict(part.split("=", 1) for part in line.split())
        split = lambda key: {item for item in fields[key].split(",") if item}
        self.name = fields["name"]
        self.dir = fields["dir"]
        self.deps = split("deps")
        self.allows = split("allows")
        self.headers = split("headers")


def read_rooms(path):
    lines = pathlib.Path(path).read_text(encoding="ascii").splitlines()
    return [Room(line) for line in lines if line.strip()]


def check_declarations(rooms):
    for room in rooms:
        if room.name not in ARROWS:
            yield f"{room.dir}: room '{room.name}' is not in ARROWS of check_layers.py"
            continue
        for dep in sorted(room.deps - ARROWS[room.name]):
            yield f"{room.dir}: room '{room.name}' must not depend on '{dep}'"
        for family in sorted(room.allows - FAMILIES.get(room.name, set())):
            yield f"{room.dir}: room '{room.name}' must not include the family '{family}'"


def owner_of(header, rooms):
    """The room of a project header given as it is written in an include, or None."""
    for room in rooms:
        if "include/" + header in room.headers:
            return room.name
    for room in rooms:
        if header.startswith((f"florin/{room.name}/", f"{room.dir}/")):
            return room.name
    return None


def family_of(header):
    for pattern, family in THIRD_PARTY:
        if re.match(pattern, header):
            return family
    return None


def system_error(header, allows):
    family = family_of(header)
    if family is not None:
        return None if family in allows else f"family '{family}' is not allowed here"
    if STD_CXX.match(header) or C_AND_POSIX.match(header):
        return None
    return "unknown header: add it to check_layers.py"


def includes_of(path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == "<", match.group(2)


def sources_in(folder):
    if folder.is_dir():
        yield from sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES)


def check_room(root, room, rooms):
    taken = {h for other in rooms if other is not room for h in other.headers}
    public = [p for p in sources_in(root / "include/florin" / room.name)
              if str(p.relative_to(root)) not in taken]
    extra = [root / header for header in sorted(room.headers)]
    for path in [*sources_in(root / room.dir), *public, *extra]:
        for number, angle, header in includes_of(path):
            where = f"{path.relative_to(root)}:{number}: {header}"
            if angle:
                error = system_error(header, room.allows)
                if error:
                    yield f"{where}: {error}"
                continue
            owner = owner_of(header, rooms)
            if owner is None:
                yield f"{where}: belongs to no room; include from the root or from include/"
            elif owner != room.name and owner not in room.deps:
                yield f"{where}: room '{room.name}' did not declare '{owner}'"


def check_area(root, area):
    prefixes, families = AREAS[area]
    for path in sources_in(root / area):
        for number, angle, header in includes_of(path):
            where = f"{path.relative_to(root)}:{number}: {header}"
            if angle:
                error = system_error(header, families)
            else:
                inside = header.startswith(tuple(prefixes))
                error = None if inside else f"'{area}' may include {sorted(prefixes)} only"
            if error:
                yield f"{where}: {error}"


def check(root, rooms):
    root = pathlib.Path(root)
    yield from check_declarations(rooms)
    for room in rooms:
        yield from check_room(root, room, rooms)
    for area in AREAS:
        yield from check_area(root, area)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", default=".")
    parser.add_argument("--rooms", required=True, help="build/<preset>/rooms.txt")
    args = parser.parse_args()
    rooms = read_rooms(args.rooms)
    if not rooms:
        sys.exit("no rooms: nothing was checked")
    errors = list(check(args.root, rooms))
    print("\n".join(errors) if errors else f"{len(rooms)} rooms, no include points up")
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
