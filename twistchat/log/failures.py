"""Why SQLite did not do it, in plain words."""

from __future__ import annotations

import sqlite3

from twistchat.errors import Phrase

FULL = Phrase("the disk is full")
READ_ONLY = Phrase("the disk or the file is read-only")
DAMAGED = Phrase("the file is damaged")

_REASONS = {
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: Phrase("the file cannot be opened"),
    sqlite3.SQLITE_PERM: Phrase("the file may not be opened"),
    sqlite3.SQLITE_BUSY: Phrase("another program holds the file"),
    sqlite3.SQLITE_LOCKED: Phrase("another program holds the file"),
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_IOERR: Phrase("the disk reports an error"),
}
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code; the extended ones have it in their lowest byte."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def reason(error: sqlite3.Error) -> str:
    """The cause, as a part of a sentence; SQLite's own words, in English, where ours do not cover it."""
    return _REASONS.get(_code(error)) or str(error)


def is_busy(error: sqlite3.Error) -> bool:
    """Whether it is worth trying again in a moment, as somebody else is writing."""
    return _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_stale(error: BaseException) -> bool:
    """Whether somebody else has written since this connection began to read: what it does next it does anew."""
    return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_BUSY_SNAPSHOT


def is_damage(error: sqlite3.Error) -> bool:
    """Whether the file is no longer what SQLite wrote."""
    return _code(error) in _DAMAGE


class Trouble:
    """Whether something fails at present; says so when that begins, changes or ends, not each time."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def begins(self, reason: str) -> bool:
        """Note that it fails; true if that is news."""
        is_news, self.reason = reason != self.reason, reason
        return is_news

    def ends(self) -> bool:
        """Note that it works; true if that is news."""
        is_news, self.reason = self.reason is not None, None
        return is_news
