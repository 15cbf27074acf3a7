"""What is carried of the wheels and of the project itself, and where it is in the archive.

`all/` is for every machine; `extras/` is what TLS and SSH take beside compiled parts, and goes where those go, so that
ours are not mixed with a machine's own packages of them; `PLATFORM/all/` and `PLATFORM/3.11/` are compiled.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

import twistchat
from twistchat.bundle import unpacking
from twistchat.bundle.refusals import CannotBundle
from twistchat.bundle.wheels import Wheel

OF_EXTRAS = frozenset({"bcrypt", "cffi", "cryptography", "pycparser", "pyopenssl", "service_identity"})
"""Packages that do nothing without compiled parts."""

COMPILED = (".so", ".dylib")
"""Speedups, too, of packages that run without (zope.interface, websockets, wcwidth)."""

NOT_RUN = (".pyi", ".pyx", ".pxd", ".c", ".h", ".po", ".pyc")
METADATA = ("METADATA", "entry_points.txt")
"""What programs look up of a package; licences are carried, too."""

START = b"""\
import os
import sys

if sys.version_info < (3, 11):
    sys.exit("twistchat: this takes Python 3.11 or newer, and this one is %s." % sys.version.split()[0])
if os.name != "posix":
    sys.exit("twistchat: Windows runs this within WSL (wsl --install).")
import unpacking

unpacking.start()
from twistchat.cli import main

main()
"""
"""What Python runs of the archive; older ones, too, have to understand it."""


def members(wheels: Iterable[Wheel]) -> dict[str, bytes]:
    """All of the archive, by name.

    Raises:
        CannotBundle: Two of a name differ, or the project was never built.
    """
    found: dict[str, bytes] = {}
    for name, content in [*_own(), *(each for wheel in wheels for each in of_wheel(wheel))]:
        if found.setdefault(name, content) != content and not _describes(name):
            raise CannotBundle(f"{name} is not the same for all machines.")
    found["unpacking.py"] = Path(unpacking.__file__).read_bytes()
    found["__main__.py"] = START
    found[unpacking.LABEL] = f"{twistchat.__version__}-{_digest(found)[:16]}\n".encode()
    return found


def _describes(name: str) -> bool:
    """Whether it is about a package; its wheels for several platforms word that differently, and the first is taken."""
    return name.split("/")[1].endswith(".dist-info")


def _own() -> Iterator[tuple[str, bytes]]:
    """The project's files, as they are here: a checkout's or an installed wheel's."""
    package = Path(twistchat.__file__).parent
    plugin = package.parent / "twisted" / "plugins" / "twistchat_plugin.py"
    if not all(list(folder.glob("*.mo")) for folder in package.glob("locale/*/LC_MESSAGES")):
        raise CannotBundle("the languages' catalogs are not compiled: install the project first, by pip.")
    for path in sorted([plugin, *package.rglob("*")]):
        if path.is_file() and path.suffix not in NOT_RUN:
            yield f"all/{path.relative_to(package.parent).as_posix()}", path.read_bytes()


def of_wheel(wheel: Wheel) -> Iterator[tuple[str, bytes]]:
    """What is carried of a wheel."""
    with zipfile.ZipFile(wheel.path) as archive:
        for name in archive.namelist():
            if is_carried(name):
                yield f"{_folder(wheel, name)}/{name}", archive.read(name)


def _folder(wheel: Wheel, name: str) -> str:
    if name.endswith(COMPILED):
        return wheel.folder
    return "extras" if wheel.project in OF_EXTRAS else "all"


def is_carried(name: str) -> bool:
    """Whether a wheel's file is, by its name: no tests, nothing that is never run, no list of what was installed."""
    path = PurePosixPath(name)
    top = path.parts[0]
    if name.endswith("/") or top.endswith(".data") or {"test", "tests"} & {*path.parts[:-1]}:
        return False
    if top.endswith(".dist-info"):
        return path.name in METADATA or "licen" in name.lower()
    return path.suffix not in NOT_RUN


def _digest(found: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, content in sorted(found.items()):
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()
