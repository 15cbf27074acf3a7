"""A bundle for this machine, and how it is run as on one that has nothing but Python."""

from __future__ import annotations

import fcntl
import os
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twistchat.bundle import cli
from twistchat.bundle.targets import TARGETS
from twistchat.bundle.unpacking import platform_name

PYTHON = getattr(sys, "_base_executable", sys.executable)
"""Not the virtual environment's, which has packages."""

BARE = (PYTHON, "-S")
"""Nor those that the system has."""


def own_target() -> str:
    """The name of what a bundle for this machine carries; the first of all where it is none of them."""
    here = ":".join(platform_name() or ())
    return next((target.name for target in TARGETS if target.name == here), TARGETS[0].name)


@contextmanager
def made_once(folder: Path) -> Iterator[Path]:
    """A bundle for this machine, made by the first process of the run that asks.

    Args:
        folder: One that all of them have.
    """
    folder.mkdir(exist_ok=True)
    file = folder / "twistchat.pyz"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            assert cli.main(words(file, folder)) == 0
    yield file


def words(file: Path, folder: Path) -> list[str]:
    """The words behind `twistchat bundle`, so that nothing is fetched twice."""
    return [str(file), "--for", own_target(), "--wheels", str(folder / "wheels")]


def without_compiled_parts(bundle: Path, copy: Path) -> Path:
    """A copy as it is for a processor for which there are none."""
    with zipfile.ZipFile(bundle) as archive, zipfile.ZipFile(copy, "w") as smaller:
        for entry in archive.infolist():
            if not entry.filename.startswith(own_target().partition(":")[0]):
                smaller.writestr(entry, archive.read(entry))
    return copy


def environment(home: Path, **others: str) -> dict[str, str]:
    """Variables of somebody whose home is there."""
    kept = {name: os.environ[name] for name in ("PATH",)}
    return {**kept, "HOME": str(home), "TMPDIR": str(home), "PYTHONUNBUFFERED": "1", "LANG": "C.UTF-8", **others}
