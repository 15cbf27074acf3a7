"""The audit on disk: one line of JSON an act, only ever appended to.

Lines of text rather than a database: what is in it must be readable with nothing but `less` on a bad day, a line that
was written stays as it is, and a machine that dies in the middle of one loses that one alone.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, execute
from twisted.logger import Logger

from twistchat.core.bans import Act
from twistchat.errors import CannotStart, NoSuchAct, NotRecorded

log = Logger()

KEPT = 10_000
"""Acts kept in memory for `audit`; older ones are in the file."""

_DEFAULTS = {field.name: field.default for field in fields(Act)}
_LISTS = [name for name, default in _DEFAULTS.items() if default == ()]


class FileJournal:
    """Keeps acts in a file that only its owner can read."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        """Read the file, if there is one; none is made before `open` or the first act.

        Args:
            path: The file.
            now: Gives the time of an act, in seconds since 1970.

        Raises:
            CannotStart: It cannot be read.
        """
        self.path = path
        self._now = now
        self._file: int | None = None
        self._is_torn = False
        try:
            self.recent: deque[Act] = deque(self.acts(), KEPT)
        except OSError as error:
            raise CannotStart(f"The audit {path} cannot be used: {error.strerror}.") from error
        self._number = self.recent[-1].number if self.recent else 0

    def open(self) -> None:
        """Open the file, or make it, while somebody sees that it cannot be; else the first act does.

        Raises:
            CannotStart: It cannot be opened.
        """
        try:
            self._opened()
        except OSError as error:
            raise CannotStart(f"The audit {self.path} cannot be used: {error.strerror}.") from error

    def close(self) -> None:
        """Let go of the file; idempotent."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def acts(self) -> Iterator[Act]:
        """All acts so far, oldest first; a line that cannot be read is left out, and said so in the log."""
        if not self.path.exists():  # it is made once the server can start
            return
        with self.path.open("rb") as lines:
            for position, line in enumerate(lines, 1):
                try:
                    yield read(line)
                except ValueError:
                    log.error("audit: line {position} of {path} cannot be read", position=position, path=self.path)

    def record(self, act: Act) -> Deferred[Act]:
        """Keep an act; one that lasts, or ends one that does, is on the disk by then.

        The Deferred has fired. It fails with NotRecorded where the file could not be written to.
        """
        return execute(self.keep, act)

    def keep(self, act: Act) -> Act:
        """Keep an act at once.

        Raises:
            NotRecorded: The file could not be written to.
        """
        numbered = replace(act, number=self._number + 1, time=self._now())
        try:
            file = self._write(written(numbered))
            if act.lasts or act.lifts:
                os.fdatasync(file)
        except OSError as error:
            raise NotRecorded(error.strerror or str(error)) from error
        self._number = numbered.number
        self.recent.append(numbered)
        return numbered

    def note(self, act: Act) -> None:
        """Record something that has happened and cannot be refused; a full disk must not lock the operator out."""
        try:
            self.keep(act)
        except NotRecorded as error:
            log.error(
                "audit: {verb} by {who!a} is in this log alone: {reason}",
                verb=act.verb,
                who=act.who,
                reason=error.reason,
            )

    def find(self, number: int) -> Act:
        """The act of that number.

        Raises:
            NoSuchAct: There is none.
        """
        first = self.recent[0].number if self.recent else 1
        for act in self.recent if number >= first else self.acts():
            if act.number == number:
                return act
        raise NoSuchAct(number)

    def _write(self, line: bytes) -> int:
        file = self._opened()
        if self._is_torn:
            line = b"\n" + line
        self._is_torn = True
        if os.write(file, line) < len(line):
            raise OSError("only a part of the line could be written")
        self._is_torn = False
        return file

    def _opened(self) -> int:
        if self._file is None:
            self._file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.fchmod(self._file, 0o600)
            size = os.fstat(self._file).st_size
            self._is_torn = size > 0 and os.pread(self._file, 1, size - 1) != b"\n"
        return self._file


def written(act: Act) -> bytes:
    """An act as a line of JSON: the number first, what is empty left out; ASCII, so that nothing acts on a terminal."""
    values = {name: value for name, value in asdict(act).items() if value != _DEFAULTS[name]}
    line = {"number": values.pop("number"), "time": round(values.pop("time", 0.0), 3), **values}
    return json.dumps(line, separators=(",", ":")).encode("ascii") + b"\n"


def read(line: bytes) -> Act:
    """A line of JSON as an act; what a newer version wrote beside it is left out.

    Raises:
        ValueError: It is none.
    """
    values: Any = json.loads(line)
    if not isinstance(values, dict):
        raise ValueError("no object")
    known = {name: value for name, value in values.items() if name in _DEFAULTS}
    try:
        act = Act(**{**known, **{name: tuple(known.get(name, ())) for name in _LISTS}})
        if not (isinstance(act.number, int) and isinstance(act.verb, str) and act.number > 0):
            raise ValueError("no number")
    except TypeError as error:
        raise ValueError(str(error)) from error
    return act
