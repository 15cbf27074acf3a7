"""The audit of several servers: an act is an entry of the common log, and each server writes its audit from there.

Rule 1: an act's number is that of its entry, so it is the same at all servers, and so is what undoes it.
Rule 2: an act is in force from its place in the log on, at each server; whoever decided it is answered there.
Rule 3: Redis keeps what lasts, and what ends that, for servers that start later; servers give it back what it lost.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path

from twisted.internet.defer import Deferred
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.admin.journal import KEPT, FileJournal, read, written
from twistchat.cluster.batches import ENACTED, Batch, Row
from twistchat.core.bans import Act
from twistchat.errors import NotRecorded, NotStored, Phrase
from twistchat.log.cutting import free_name

log = Logger()

NOT_KNOWN = Phrase("it is not known yet whether it was; look into the audit before you try again")

_DEFAULTS = {field.name: field.default for field in fields(Act)}


Append = Callable[[list[Row], Sequence[str]], Deferred[Batch]]


class ClusterJournal(FileJournal):
    """The Journal port over several servers, on the file that each has."""

    def __init__(self, path: Path, now: Callable[[], float], append: Append) -> None:
        """Read the file, if there is one.

        Args:
            path: The file.
            now: Gives the time of what could not be put into the log.
            append: Stores rows in the common log, with what else Redis shall do with them.

        Raises:
            CannotStart: It cannot be read.
        """
        super().__init__(path, now)
        self._append = append
        self._known = {act.number for act in super().acts()}

    def acts(self) -> Iterator[Act]:
        """All acts so far, in the order of their numbers."""
        yield from sorted(super().acts(), key=lambda act: act.number)

    def record(self, act: Act) -> Deferred[Act]:
        """Keep an act in the common log, before it is done; gives it from its place there.

        The Deferred fails with NotRecorded.
        """
        text = _written(act)
        ops = ("a", text) if act.lasts or act.lifts else ()
        return self._append([["", ENACTED, "", text]], ops).addCallbacks(self._recorded, _not_recorded)

    def _recorded(self, batch: Batch) -> Act:
        return self.find(batch.last)

    def note(self, act: Act) -> None:
        """Record something that has happened and cannot be refused."""
        self.record(act).addErrback(self._only_here, act)

    def _only_here(self, failure: Failure, act: Act) -> None:
        why = failure.getErrorMessage()
        log.error("audit: {verb} by {who!a} is in this log alone: {why}", verb=act.verb, who=act.who, why=why)

    def take(self, number: int, time: float, text: str) -> Act | None:
        """Write down an act that the common log has brought; None where it is known already, or is none.

        One that does not get into the file is in force all the same: the common log has it.
        """
        try:
            act = replace(_read(text), number=number, time=time)
        except ValueError:
            log.error("audit: entry {number} of the common log is no act that this version knows", number=number)
            return None
        return act if self._add(act) else None

    def add(self, lines: Iterable[bytes]) -> bool:
        """Write down acts that Redis has; gives whether any was unknown."""
        acts = sorted(map(read, lines), key=lambda act: act.number)
        return any([self._add(act) for act in acts])

    def cut(self, after: int) -> bool:
        """Set aside the acts behind a number, which the common log has not; gives whether there were any.

        Raises:
            OSError: They cannot be set aside; they stay.
        """
        gone = [act for act in self.acts() if act.number > after]
        if not gone:
            return False
        kept = [act for act in super().acts() if act.number <= after]
        free_name(self.path).write_bytes(b"".join(map(written, gone)))
        new = self.path.with_name(f"{self.path.name}.new")
        new.touch(0o600)
        new.write_bytes(b"".join(map(written, kept)))
        self.close()
        new.replace(self.path)
        self._known = {act.number for act in kept}
        self.recent = deque(kept, KEPT)
        self._number = max(self._known, default=0)
        return True

    def lasting(self) -> dict[int, bytes]:
        """What lasts, and what ends that, by number: what servers that start later have to be given."""
        return {act.number: written(act) for act in self.acts() if act.lasts or act.lifts}

    def _add(self, act: Act) -> bool:
        if act.number in self._known:
            return False
        self._known.add(act.number)
        self.recent.append(act)
        self._number = max(self._number, act.number)
        try:
            self._write(written(act))
        except OSError as error:
            log.error("audit: act {number} is not in the file: {error}", number=act.number, error=str(error))
        return True


def _written(act: Act) -> str:
    """An act as an entry has it: JSON without its number and time, which are the entry's; the script adds them."""
    values = {name: value for name, value in asdict(act).items() if value != _DEFAULTS[name]}
    return json.dumps(values, separators=(",", ":"))


def _read(text: str) -> Act:
    """An act as an entry has it, without its number.

    Raises:
        ValueError: It is none.
    """
    values = json.loads(text)
    if not isinstance(values, dict):
        raise ValueError("no object")
    return read(json.dumps({**values, "number": 1}).encode())


def _not_recorded(failure: Failure) -> Act:
    error = failure.value
    raise NotRecorded(error.reason if isinstance(error, NotStored) else NOT_KNOWN) from error
