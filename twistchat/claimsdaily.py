"""Looks once a day, and at the start, for claimed names whose owners have not come for long."""

from __future__ import annotations

from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.task import LoopingCall
from twisted.logger import Logger

from twistchat.core.claimexpiry import DAY, ClaimExpiry
from twistchat.errors import NotRead

log = Logger()


class ClaimsDaily(Service):
    """Has a ClaimExpiry look."""

    name = "claims-keep"

    def __init__(self, expiry: ClaimExpiry, clock: Any) -> None:
        """Wait for the start.

        Args:
            expiry: It.
            clock: The reactor.
        """
        self._expiry = expiry
        self._daily = LoopingCall(self._look)
        self._daily.clock = clock

    def startService(self) -> None:
        """Look, and again each day."""
        super().startService()
        self._daily.start(DAY)

    def stopService(self) -> None:
        """Look no more."""
        super().stopService()
        if self._daily.running:
            self._daily.stop()

    def _look(self) -> Deferred[None]:
        return Deferred.fromCoroutine(self._expiry.look()).addErrback(self._failed)

    def _failed(self, failure: Any) -> None:
        if failure.check(NotRead):  # what is wrong with the log is said by itself
            log.warn("claims: who was here cannot be looked up, so no name is set free today: {why}", why=failure.value)
        else:
            log.failure("claims: looking for names that nobody comes by failed", failure)
