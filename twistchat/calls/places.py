"""What all calls need beside the log: the key of their secrets, how far each has come, and whose turn it is to call."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from twisted.internet.defer import Deferred, succeed

from twistchat.calls.positions import FilePositions, Positions
from twistchat.drafts import put_in_place
from twistchat.log.worker import Worker

KEY = "calls.key"
"""In the state folder: what the secrets of all calls are made of."""

KEY_BYTES = 32

MOST_WAITING = 64
"""Writings that wait for the disk; there is one at a time."""


class CallsPlace(Protocol):
    """Of one server its state folder; of several what they share."""

    @property
    def is_ours(self) -> bool:
        """Whether it is this server that calls. Of several it is one at a time."""
        ...

    @property
    def positions(self) -> Positions:
        """How far each call has come."""
        ...

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is being written that another process reads once it goes on in place of this one."""
        ...

    def key(self) -> bytes:
        """What secrets are made of.

        Raises:
            OSError: It cannot be had.
        """
        ...

    def start(self, changed: Callable[[], None]) -> None:
        """Begin; `changed` is called when it becomes this server's turn, or no longer is."""
        ...

    def stop(self) -> Deferred[None]:
        """End, once all is kept."""
        ...


class OwnPlace:
    """That of a server that is alone."""

    is_ours = True

    def __init__(self, folder: Path, make_worker: Callable[[str, int], Worker]) -> None:
        """Read and write nothing yet.

        Args:
            folder: The state folder.
            make_worker: Makes what writes off the reactor's thread, from its name and how much may wait.
        """
        self._path = folder / KEY
        self._folder = folder
        self._make_worker = make_worker
        self._worker: Worker | None = None
        self._positions: FilePositions | None = None
        self._key: bytes | None = None

    @property
    def positions(self) -> FilePositions:
        """How far each call has come."""
        if self._positions is None:
            self._worker = self._make_worker("calls", MOST_WAITING)
            self._positions = FilePositions(self._folder, self._worker.call)
        return self._positions

    @property
    def is_at_rest(self) -> bool:
        """Whether nothing is being written, so that another process may go on with the files."""
        return self._positions is None or self._positions.are_written

    @property
    def has_key(self) -> bool:
        """Whether there is one from before."""
        return self._path.exists()

    def key(self) -> bytes:
        """What secrets are made of; made once."""
        if self._key is None:
            if not self.has_key:
                put_in_place(self._path, os.urandom(KEY_BYTES))
            self._key = self._path.read_bytes()
        return self._key

    def take_key(self, key: bytes) -> None:
        """Have another key from now on.

        Raises:
            OSError: It cannot be kept; it is used all the same.
        """
        self._key = key
        put_in_place(self._path, key, replaces=True)

    def start(self, changed: Callable[[], None]) -> None:
        """It is always this server's turn."""

    def stop(self) -> Deferred[None]:
        """End, once all is written."""
        worker, self._worker, self._positions = self._worker, None, None
        return succeed(None) if worker is None else worker.end(_nothing)


def _nothing() -> None:
    pass
