"""The log and the search index."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from twistchat.core.text import counted
from twistchat.doctor.finding import Finding, look, ok, wrong
from twistchat.log.examining import Examined

LARGE_WAL_BYTES = 64 << 20
"""The server empties it from 4 MiB on; where it grows to this, something reads the log all the time."""

MUCH_BEHIND = 100_000
"""Numbers: five seconds of indexing."""


def log(path: Path, kind: str, seen: Examined | None) -> Iterator[Finding]:
    """Say how the log is.

    Args:
        path: Its file.
        kind: What `--log` says.
        seen: What is known of it; None where there is no file.
    """
    if kind == "memory":
        yield look("lines are kept until the server stops (--log memory)", "leave --log out to keep them on disk")
        return
    if seen is None:
        yield ok("no log yet; the first start makes it")
        return
    if seen.trouble:
        yield wrong(seen.trouble, "docs/log.md, When something is wrong with the file")
        return
    if seen.left_pages:
        yield ok(
            f"the last server died with {seen.left_pages} pages not yet in {path.name}; the next start takes them in"
        )
        return
    yield ok(f"{counted(seen.numbers, 'line', 'lines')}, and {path.name} is sound as far as it was read")
    if seen.wal_bytes > LARGE_WAL_BYTES:
        yield look(
            f"the write-ahead log has {seen.wal_bytes >> 20} MiB: something reads the log without end",
            f"fuser {shlex.quote(str(path))}; a restart empties it",
        )
    behind = seen.numbers if seen.behind is None else seen.behind
    if behind > MUCH_BEHIND:
        yield look(f"the search index lacks {behind} lines, so that searches read these", "leave the server running")
