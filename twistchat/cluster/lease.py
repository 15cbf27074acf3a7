"""A server's lease: as long as it holds, the others take it for alive, and its people for present."""

from __future__ import annotations

import json
from collections.abc import Callable

from twisted.python.failure import Failure

from twistchat.cluster.ownbatches import OwnBatches
from twistchat.cluster.resp import CommandRefused
from twistchat.cluster.scripts import KEPT_IN_STREAM, Scripts
from twistchat.core.clocks import Clock


class Lease:
    """That of one server."""

    def __init__(self, scripts: Scripts, own: OwnBatches, server: str, seconds: float, clock: Clock) -> None:
        """Nobody knows of this server yet.

        Args:
            scripts: Those of the connection that writes.
            own: Knows which process Redis is, while it is open.
            server: This one.
            seconds: After which others say that its people are gone, if it is not heard of.
            clock: Time for intervals.
        """
        self._scripts = scripts
        self._own = own
        self._server = server
        self._clock = clock
        self.seconds = seconds
        self.about: Callable[[], dict[str, object]] = dict
        """What other servers can see of this one."""
        self.refused: Callable[[str], None] = lambda why: None
        """Called where it was not prolonged, with why."""
        self.kept: Callable[[float], None] = lambda sent: None
        """Called where it was, with when that was asked, by the clock for intervals."""
        self.beaten: float | None = None
        """When it was last prolonged, by the clock for intervals."""

    @property
    def left(self) -> float:
        """For how many seconds it holds."""
        return 0.0 if self.beaten is None else max(0.0, self.seconds - (self._clock.seconds() - self.beaten))

    def beat(self) -> None:
        """Prolong it, where Redis is open."""
        if self._own.run is None:
            return
        about = json.dumps(self.about())
        beaten = self._scripts.run("beat", self._server, self._own.run, self.seconds, KEPT_IN_STREAM, about)
        beaten.addCallbacks(self._has_beaten, self._not_beaten, callbackArgs=(self._clock.seconds(),))

    def _has_beaten(self, _buried: int, sent: float) -> None:
        self.beaten = self._clock.seconds()
        self.kept(sent)

    def _not_beaten(self, failure: Failure) -> None:
        if failure.check(CommandRefused):
            self.refused(failure.getErrorMessage())
