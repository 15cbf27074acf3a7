"""Answers who asks on the network whether there is a chat (`wire/search.py`), so that nobody has to type an address.

Rule 1: only near addresses are answered, as a question from far away can only be somebody's who collects servers, or be
    forged.
Rule 2: no answer is longer than its question, one address gets five a second, and all together a hundred: a forged
    sender gets no more than it would have got by being asked itself.
Rule 3: a port is told only to whom it is open. One that is bound to an address is open to the network of that address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twistchat.core.addresses import is_loopback, parsed
from twistchat.core.bucket import Bucket
from twistchat.core.limits import Rate
from twistchat.machine import Machine
from twistchat.reach import Door
from twistchat.wire.packing import Written
from twistchat.wire.search import Opened, ServerFound, answer

ANSWERS = Rate(5.0, 5)
"""For one address: `twistchat join` asks twice within its second, at two broadcast addresses."""

ANSWERS_IN_ALL = Rate(100.0, 200)

MOST_ASKERS = 1024
"""Addresses whose answers are counted at once. Of more, who asked longest ago is forgotten; the count of all is not."""


class Signpost:
    """What is answered, and how often."""

    def __init__(
        self,
        name: str = "",
        machine: Machine | None = None,
        doors: Callable[[], Iterable[Door]] = tuple,
    ) -> None:
        """Begin.

        Args:
            name: What the server is called.
            machine: Knows which networks are near; without it only loopback is.
            doors: Tells which ports listen now.
        """
        self._name = name
        self._machine = machine or Machine()
        self._doors = doors
        self._askers: dict[str, Bucket] = {}
        self._in_all = Bucket(0.0)

    def state(self, now: float) -> Written:
        """What another process needs to go on."""
        askers = [(address, *bucket.portrait(now)) for address, bucket in self._askers.items()]
        return {"askers": askers, "in_all": self._in_all.portrait(now)}

    def revive(self, state: Written, now: float) -> None:
        """Be where a state was written down."""
        self._askers = {address: Bucket.revived(portrait, now) for address, *portrait in state["askers"]}
        self._in_all = Bucket.revived(state["in_all"], now)

    @property
    def askers(self) -> int:
        """How many addresses are counted."""
        return len(self._askers)

    def answer(self, asker: str, now: float) -> bytes | None:
        """What a question from that address is answered with; None for nothing."""
        if not self._machine.is_near(asker) or not self._may_have_one(asker, now):
            return None
        doors = {door.interface: door for door in self._doors() if self._is_open(door, asker)}
        lines, page = (_opened(doors.get(name)) for name in ("tcp", "web"))
        return answer(ServerFound(self._name, lines, page))

    def _may_have_one(self, asker: str, now: float) -> bool:
        bucket = self._askers.pop(asker, None) or Bucket(now)
        self._askers[asker] = bucket  # the last of them now
        if len(self._askers) > MOST_ASKERS:
            del self._askers[next(iter(self._askers))]
        if bucket.wait(ANSWERS, 1.0, now) or self._in_all.wait(ANSWERS_IN_ALL, 1.0, now):
            return False
        bucket.spend(ANSWERS, 1.0, now)
        self._in_all.spend(ANSWERS_IN_ALL, 1.0, now)
        return True

    def _is_open(self, door: Door, asker: str) -> bool:
        at, peer = parsed(door.host), parsed(asker)
        if at is None or peer is None:
            return False
        if at.is_unspecified or is_loopback(asker):
            return door.hears(peer)
        return any(at in network and peer in network for network in self._machine.near)


def _opened(door: Door | None) -> Opened:
    return Opened() if door is None else Opened(door.port, door.is_sealed)
