"""Signals over servers: that somebody is away, who they say they are, that they type. Nothing of it is kept anywhere.

Rule 1: one message for each signal, to all other servers at once; of what is more than `MOST_TOLD` they learn nothing.
Rule 2: a server tells those in rooms in which the log has the one who signals; who is elsewhere, or is not known, is
    nobody's to be told of.
Rule 3: what comes is believed no more than what people type: it is cleaned, and cut to what they may say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from twistchat.core import names
from twistchat.core.bucket import Bucket
from twistchat.core.census import Census
from twistchat.core.clocks import Clock
from twistchat.core.events import Away, Described, Signal, Tagged
from twistchat.core.limits import Limits, Rate
from twistchat.core.pipeline import Pipeline
from twistchat.core.ports import Elsewhere
from twistchat.core.rooms import Rooms
from twistchat.core.text import clean_line

SIGNALLED = "signalled"
"""What other servers are told where somebody signals: `kind`, `rooms`, `name`, `text`, and perhaps `beside`."""

MOST_TOLD = Rate(100.0, 200)
"""Of all who are here: a thousand people who type at once, each with a word every ten seconds as clients have it."""

MOST_BESIDE = 4094
"""Bytes of a client's tags (IRCv3 message-tags)."""

MOST_ROOMS = 1000
"""Of one message."""

_KINDS: Mapping[str, type[Signal]] = {each.kind: each for each in (Away, Described, Tagged)}


class Signals:
    """Those of people here, told to other servers; and those of others, told here."""

    def __init__(
        self,
        clock: Clock,
        limits: Callable[[], Limits],
        elsewhere: Callable[[], Elsewhere],
        census: Census,
        rooms: Rooms,
        pipeline: Pipeline,
    ) -> None:
        """Tell nothing yet.

        Args:
            clock: Time for intervals.
            limits: Tells the limits in force.
            elsewhere: Gives the other servers.
            census: Has who is in which room, of all servers.
            rooms: Those that are open here.
            pipeline: Tells those who are in them.
        """
        self._clock = clock
        self._limits = limits
        self._elsewhere = elsewhere
        self._census = census
        self._rooms = rooms
        self._pipeline = pipeline
        self._bucket = Bucket(clock.seconds())

    def tell(self, signals: Iterable[Signal], beside: str | None = None) -> None:
        """Have other servers tell theirs.

        Args:
            signals: The same one, in each room that it is about; what is in no room stays here.
            beside: What stands beside it.
        """
        told = [signal for signal in signals if signal.room is not None]
        elsewhere = self._elsewhere()
        if not told or not elsewhere.has_servers:
            return
        if self._bucket.take(MOST_TOLD, 1.0, self._clock.seconds()):
            one = told[0]
            facts: dict[str, Any] = {"kind": one.kind, "name": one.name, "text": one.text, "beside": beside}
            elsewhere.tell_all(SIGNALLED, {**facts, "rooms": [signal.room for signal in told]})

    def heard(self, facts: Mapping[str, Any]) -> None:
        """Tell those here of a signal of somebody at another server; what is none is left alone."""
        match facts:
            case {"kind": str(kind), "rooms": [*rooms], "name": str(name), "text": str(text)} if kind in _KINDS:
                self._tell_here(_KINDS[kind], rooms[:MOST_ROOMS], names.key(name), text, facts.get("beside"))

    def _tell_here(self, kind: type[Signal], rooms: Sequence[Any], key: str, text: str, beside: Any) -> None:
        is_odd = beside is not None and not is_of_tags(beside)
        if is_odd:
            return
        text = clean_line(text)[: self._limits().text_chars]
        for room in rooms:
            record = self._census.get(room) if isinstance(room, str) else None
            shown = None if record is None else record.people.get(key)
            if shown is not None and room in self._rooms:
                self._pipeline.relay(kind(room, shown, text), beside)


def is_of_tags(beside: object) -> bool:
    """Whether something that came from another server can be a client's tags, as they are written."""
    if not isinstance(beside, str):
        return False
    return len(beside.encode("utf-8", "replace")) <= MOST_BESIDE and beside.isprintable() and " " not in beside
