"""How far each call has come, on the disk, so that a restart goes on there.

The reactor never waits for the disk: a file is written in a thread, and what changes meanwhile goes with the next.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from twisted.internet.defer import Deferred
from twisted.logger import Logger

from twistchat.drafts import put_in_place

log = Logger()

POSITIONS = "calls.json"
"""In the state folder."""

Write = Callable[[Callable[[], None]], Deferred[None]]
"""Makes a call that waits for the disk, somewhere else."""


@dataclass(frozen=True)
class Position:
    """How far one call has come."""

    at: int
    """The number of the last entry that is dealt with."""
    to: int | None = None
    """The last entry of the call that is being tried, so that it is the same one after a restart."""
    skipped: int = 0
    """Entries that were left out and that the receiver was not told of yet."""


class Positions(Protocol):
    """Where positions are kept; several servers have one place for them."""

    @property
    def are_shared(self) -> bool:
        """Whether another server may have dealt with entries that are not in this one's copy of the log yet."""
        ...

    def get(self, call: int) -> Position | None:
        """Where a call has come to, by the number of its act; None where it has not begun."""
        ...

    def put(self, call: int, position: Position) -> Deferred[bool]:
        """Keep one; it is kept by then, as far as the disk takes it. False where it is another server's turn now."""
        ...

    def forget_others(self, calls: set[int]) -> None:
        """Keep those of these calls alone."""
        ...


class FilePositions:
    """Positions of one server that is alone."""

    are_shared = False

    def __init__(self, folder: Path, write: Write) -> None:
        """Read the file, if there is one.

        Args:
            folder: Where it is.
            write: Writes it.
        """
        self._path = folder / POSITIONS
        self._write = write
        self._known = self._read()
        self._waiting: list[Deferred[bool]] = []
        self._is_writing = False

    def _read(self) -> dict[int, Position]:
        try:
            found: dict[str, dict[str, Any]] = json.loads(self._path.read_bytes())
            return {int(call): Position(**values) for call, values in found.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            log.error(
                "calls: {path} cannot be read ({error}), so that every call begins where it was made.",
                path=str(self._path),
                error=str(error),
            )
            return {}

    @property
    def are_written(self) -> bool:
        """Whether the file has what was put last, and nobody writes it."""
        return not self._is_writing

    @property
    def numbers(self) -> set[int]:
        """The calls that have one."""
        return {*self._known}

    def get(self, call: int) -> Position | None:
        """Where a call has come to."""
        return self._known.get(call)

    def put(self, call: int, position: Position) -> Deferred[bool]:
        """Keep one."""
        self._known[call] = position
        kept: Deferred[bool] = Deferred()
        self._waiting.append(kept)
        if not self._is_writing:
            self._go_on()
        return kept

    def forget_others(self, calls: set[int]) -> None:
        """Keep those alone; it is written with the next."""
        self._known = {call: position for call, position in self._known.items() if call in calls}

    def _go_on(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._is_writing = True
        data = json.dumps({str(call): asdict(position) for call, position in self._known.items()}).encode()
        writing = self._write(lambda: put_in_place(self._path, data, replaces=True))
        writing.addErrback(lambda failure: log.error("calls: how far they are cannot be kept: {e}", e=failure.value))
        writing.addCallback(self._written, waiting)

    def _written(self, _: None, waiting: list[Deferred[bool]]) -> None:
        self._is_writing = False
        for kept in waiting:
            kept.callback(True)
        if self._waiting and not self._is_writing:
            self._go_on()
