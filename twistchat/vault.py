"""Codes of names that are claimed: made of the machine's own randomness, and compared in a thread of their own."""

from __future__ import annotations

import secrets
from typing import Any

from twisted.internet.defer import Deferred, succeed

from twistchat.core import claimcodes
from twistchat.log.worker import ThreadWorker

MOST_WAITING = 8
"""Comparisons of 45 ms that wait; of more, whoever asks is told to come again."""


class ThreadVault:
    """The Vault port of a server; hashlib lets other threads run meanwhile."""

    def __init__(self, reactor: Any) -> None:
        """Begin no thread yet.

        Args:
            reactor: Where Deferreds fire.
        """
        self._reactor = reactor
        self._begun: ThreadWorker | None = None

    def digits(self, count: int) -> str:
        """Digits that nobody can guess."""
        return "".join(secrets.choice("0123456789") for _ in range(count))

    def keep(self, code: str) -> Deferred[str]:
        """What may be kept of a code."""
        return self._worker.call(claimcodes.kept_of, code, secrets.token_bytes(claimcodes.SALT_BYTES))

    def fits(self, code: str, kept: str) -> Deferred[bool]:
        """Whether a code is the one of which something was kept."""
        return self._worker.call(claimcodes.fits, code, kept)

    def close(self) -> Deferred[None]:
        """End the thread, if one was begun."""
        return succeed(None) if self._begun is None else self._begun.end(lambda: None)

    @property
    def _worker(self) -> ThreadWorker:
        if self._begun is None:
            self._begun = ThreadWorker(self._reactor, "claims", MOST_WAITING)
        return self._begun
