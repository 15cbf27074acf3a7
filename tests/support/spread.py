"""A chat of two servers, for tests that know of one: a turn has ended once both servers have heard of it.

People at fake connections are at the first server, and the interface under test is at the second, so that all that
the test's people see of each other goes through Redis.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from support.chat import Chat
from support.cluster import Servers
from twisted.internet.interfaces import IDelayedCall


class SpreadClock:
    """The servers' time: it is Redis's, too, and passes for all of them."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers

    def seconds(self) -> float:
        return self._servers.clock.seconds()

    def callLater(self, delay: float, call: Callable[..., Any], *args: Any, **more: Any) -> IDelayedCall:
        return self._servers.clock.callLater(delay, call, *args, **more)

    def advance(self, seconds: float) -> None:
        self._servers.run(seconds)
        self._servers.end_readings()

    def pump(self, steps: Iterable[float]) -> None:
        for step in steps:
            self.advance(step)


class SpreadChat(Chat):
    """The chat of one of the servers."""

    def __init__(self, servers: Servers, *args: Any) -> None:
        super().__init__(*args)
        self._servers = servers
        self.clock: Any = SpreadClock(servers)

    def turn(self) -> None:
        """Let the turn end, at both servers and at Redis."""
        self._servers.run()

    def people_in(self, room: str) -> list[str]:
        """The names of those in a room by any server."""
        record = self.hub.census.get(room)
        return [] if record is None else sorted(record.people.values())


class Spread:
    """The two servers."""

    def __init__(self, servers: Servers) -> None:
        servers.make_chat = partial(SpreadChat, servers)
        self.one, self.two = servers.starts("one"), servers.starts("two")
        self.chat, self.far = self.one.chat, self.two.chat
