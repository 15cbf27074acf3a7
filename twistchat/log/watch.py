"""Whether the log's files are still those that SQLite has open, and as it left them.

SQLite goes on writing to a file that was taken away, and over the end of one that was cut: nobody would find that again
at the next start. So the names are looked at once a second.

Rule 1: `-shm` is never opened here: closing it would give back the locks that SQLite has on it, as POSIX has it.
Rule 2: of the write-ahead log, its file, its header and its length are looked at. It begins anew with another header;
with the same one it only grows.
"""

from __future__ import annotations

import struct
from pathlib import Path

TAKEN_AWAY = "the file was taken away; the server must be started anew"
WAL_CHANGED = "its write-ahead log was taken away or changed; the server must be started anew"

_HEADER = 32
"""Bytes before the first page: magic, version, page size, sequence, two salts, two checksums of these
(https://www.sqlite.org/fileformat2.html#wal_file_format)."""

_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
"""In which order of bytes the checksums are made."""


def inode_of(path: Path) -> int:
    """Which file has a name at present; 0 if none has."""
    try:
        return path.stat().st_ino
    except OSError:
        return 0


class Watch:
    """Notes what is there when the log is opened, and compares later."""

    def __init__(self, path: Path) -> None:
        """Name the log's file; nothing is noted yet."""
        self._path = path
        self._wal = path.with_name(path.name + "-wal")
        self._inode = self._wal_inode = self._length = 0
        self._header = b""

    def begin(self) -> None:
        """Note the file that was opened now."""
        self._inode, self._wal_inode = inode_of(self._path), 0

    def trouble(self) -> str | None:
        """What happened to the files since then; None if nothing did."""
        if inode_of(self._path) != self._inode:
            return TAKEN_AWAY
        return None if self._is_wal_whole() else WAL_CHANGED

    def _is_wal_whole(self) -> bool:
        try:
            with self._wal.open("rb") as file:
                header, length = file.read(_HEADER), file.seek(0, 2)
        except OSError:
            return not self._wal_inode  # it is made when the log is first read
        inode = inode_of(self._wal)
        if not self._wal_inode:
            self._wal_inode, self._header, self._length = inode, header, length
        if inode != self._wal_inode or (header == self._header and length < self._length):
            return False
        self._header, self._length = header, length
        return not header or _is_header(header)


def _is_header(header: bytes) -> bool:
    """Whether it is the header of a write-ahead log, with the right checksums."""
    if len(header) < _HEADER:
        return False
    order = _MAGIC.get(int.from_bytes(header[:4], "big"))
    if order is None:
        return False
    words = struct.unpack(f"{order}6I", header[:24])
    first = second = 0
    for odd, even in zip(words[::2], words[1::2], strict=True):
        first = (first + odd + second) & 0xFFFFFFFF
        second = (second + even + first) & 0xFFFFFFFF
    return (first, second) == struct.unpack(">2I", header[24:])
