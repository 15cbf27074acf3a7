"""Whether a crash left a write-ahead log that SQLite reads only a part of: it ends at the first page that was changed.

Each page in the write-ahead log has a checksum. SQLite looks at those once, when it opens the log after a crash: what
follows a page that does not fit it takes for the torn end of the crash, and goes on as if that had never been there
(https://www.sqlite.org/fileformat2.html#wal_file_format). While a server runs nobody looks at them, and what was
changed behind its back is copied into the log's file as it is.

Rule: what was left out at a start is said, and a copy of the write-ahead log is kept: lines that people saw are in it.
"""

from __future__ import annotations

import shutil
import sqlite3
import struct
from contextlib import suppress
from pathlib import Path

_HEADER = struct.Struct(">IIIIII")
"""Magic, version, bytes of a page, sequence, and two salts that each page repeats."""

HEADER_BYTES = 32
_FRAME = struct.Struct(">IIII")
"""Before each page: its number, how many pages the log has if that ends a commit (else 0), the two salts."""

FRAME_BYTES = 24


def committed_pages(wal: Path) -> int:
    """Pages of a write-ahead log up to the end of the last commit in it, whatever their checksums; 0 if it has none.

    What is left in the file from before it began anew has other salts.

    Raises:
        OSError: It cannot be read.
    """
    try:
        file = wal.open("rb")
    except FileNotFoundError:
        return 0
    with file:
        header = file.read(HEADER_BYTES)
        if len(header) < HEADER_BYTES:
            return 0
        _, _, page_bytes, _, *salts = _HEADER.unpack_from(header)
        committed = 0
        for page in range((wal.stat().st_size - HEADER_BYTES) // (FRAME_BYTES + page_bytes)):
            file.seek(HEADER_BYTES + page * (FRAME_BYTES + page_bytes))
            _, ends_commit, *its_salts = _FRAME.unpack(file.read(_FRAME.size))
            if ends_commit and its_salts == salts:
                committed = page + 1
        return committed


def keep_what_was_left_out(db: sqlite3.Connection, wal: Path, committed: int) -> Path | None:
    """Copy the write-ahead log, if SQLite went on without some of what was committed in it.

    Args:
        db: The log, read by nobody before since the crash.
        wal: The write-ahead log beside it.
        committed: What `committed_pages` found before the log was opened.

    Returns:
        The copy, which replaces an earlier one; None if nothing was left out, or it cannot be kept.
    """
    if not committed:
        return None
    _, read, _ = db.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    if read >= committed:
        return None
    copy = wal.with_name(f"{wal.name}.damaged")
    with suppress(OSError):
        shutil.copyfile(wal, copy)
        copy.chmod(0o600)
    return copy
