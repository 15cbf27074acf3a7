"""What the program stands on."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence

from twistchat import __version__
from twistchat.doctor.finding import Finding, look, ok, wrong
from twistchat.errors import CannotStart
from twistchat.extras import Extra, missing, why_missing
from twistchat.log.index import has_trigrams
from twistchat.log.schema import check_sqlite

DISTRIBUTION = "twistchat-server"


def versions(
    required: Callable[[], Sequence[str]] = lambda: importlib.metadata.requires(DISTRIBUTION) or (),
    installed: Callable[[str], str] = importlib.metadata.version,
    has_trigrams: Callable[[], bool] = has_trigrams,
    extras: Callable[[], Sequence[Extra]] = missing,
    sqlite: tuple[int, ...] = sqlite3.sqlite_version_info,
) -> Iterator[Finding]:
    """Look at Python, at the packages that this one requires, and at SQLite.

    Args:
        required: What is required, as wheels have it (PEP 508).
        installed: Which version of a package is there.
        has_trigrams: Whether SQLite can index parts of words.
        extras: What this machine lacks of TLS and SSH.
        sqlite: Its version.
    """
    yield ok(f"twistchat {__version__}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}")
    try:
        requirements = required()
    except importlib.metadata.PackageNotFoundError:
        requirements = ()  # one file, or a checkout that was not installed
    for requirement in requirements:
        yield from _package(requirement, installed)
    try:
        check_sqlite(sqlite)
    except CannotStart as error:
        yield wrong(str(error), "another Python, such as one of uv or pyenv")
    if not has_trigrams():
        found = "this SQLite has no FTS5 with trigrams, so that searches read the log line by line"
        yield look(
            found,
            "a Python whose SQLite has it, as those of Debian and python.org do; it matters from 100,000 lines on",
        )
    for extra in extras():
        yield look(why_missing(extra), "all else runs")


def _package(requirement: str, installed: Callable[[str], str]) -> Iterator[Finding]:
    match = re.fullmatch(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?>=([0-9.]+)", requirement)
    if match is None:  # of an extra
        return
    name, least = match[1], match[2]
    try:
        found = installed(name)
    except importlib.metadata.PackageNotFoundError:
        yield wrong(f"{name} is not installed", f"pip install '{name}>={least}'")
        return
    if _numbers(found) < _numbers(least):
        yield wrong(f"{name} is {found}, and {least} is needed", f"pip install -U '{name}>={least}'")


def _numbers(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"[0-9]+", version)]
