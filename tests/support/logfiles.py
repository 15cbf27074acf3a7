"""A log's files, filled without a server; and fixtures: some that are empty, and what writes to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from twistchat.core.queries import Found, Query
from twistchat.log import places
from twistchat.log.importing import BadLine, FitLine, Storing, judged
from twistchat.log.index import Index
from twistchat.log.schema import connect, prepare
from twistchat.log.search import search
from twistchat.log.writer import Writer

_empty: list[bytes] = []  # making one waits for the disk several times


def prepared(log: Path) -> None:
    """Make an empty log, if there is none."""
    if not _empty:
        prepare(log)
        _empty.append(log.read_bytes())
    if not log.exists():
        log.write_bytes(_empty[0])


class LogFiles:
    """The files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.log = folder / "log.db"
        self.search = folder / "search.db"
        prepared(self.log)
        self.index = Index(self.search, self.log)

    def add(self, *texts: str, room: str = "lobby", name: str = "ada", time: float = 0.0, kind: str = "said") -> None:
        """Store lines behind those that are there."""
        self.add_rows((time, room, kind, name, text, kind == "said") for text in texts)

    def add_rows(self, rows: Iterable[tuple[float, str, str, str, str, bool]]) -> None:
        """Store rows of time, room, kind, name, text, and whether they are shown to those who come later."""
        with closing(connect(self.log)) as db:
            db.execute("BEGIN")
            (last,) = db.execute("SELECT coalesce(max(number), 0) FROM entries").fetchone()
            db.executemany("INSERT INTO entries VALUES (NULL, ?, ?, ?, ?, ?, ?)", rows)
            places.note(db, last)
            db.execute("COMMIT")

    def take(self, *lines: bytes, room: str = "lobby", now: float = 2e9) -> list[BadLine]:
        """Import lines, and give those that could not be stored."""
        found = [*judged(lines, room, now)]
        Storing(self.log).store((line for line in found if isinstance(line, FitLine)), lambda _upto: None)
        return [line for line in found if isinstance(line, BadLine)]

    def numbers(self) -> list[int]:
        """The numbers of all entries."""
        with closing(connect(self.log)) as db:
            return [number for (number,) in db.execute("SELECT number FROM entries ORDER BY number")]

    def follow(self) -> None:
        """Let the index have everything."""
        while self.index.follow():
            pass

    def find(self, *words: str, room: str = "lobby", **more: object) -> list[int]:
        """The numbers of the first page that a search finds."""
        return [entry.number for entry in self.page(*words, room=room, **more).entries]

    def page(self, *words: str, room: str = "lobby", **more: object) -> Found:
        """The first page that a search finds."""
        return search(self.log, self.search, Query(words, (room,), **more))  # type: ignore[arg-type]


@pytest.fixture
def files(tmp_path: Path) -> LogFiles:
    """Those of a log that has nothing yet."""
    return LogFiles(tmp_path)


@pytest.fixture
def writer(files: LogFiles) -> Iterator[Writer]:
    """Writes to them, at one second past 1970."""
    with closing(Writer(files.log, lambda: 1.0, "NORMAL")) as writer:
        yield writer
