"""On what terms people are in a room: who may come in, who decides on that, and from where on its past is shown.

Rule 1: this is a function of the room's rulings in the log's order, its people's coming, going and new names.
Rule 2: a room is *closed* while it is private or has a key. Then only these come in: who was invited while somebody was
    in it, who knows the key, and who has a key of their own (as clients have) and was in it or invited.
Rule 3: what was said while it was closed is never shown to others. Before it is open to everybody its past is *sealed*.
Rule 4: whoever comes into a room that nobody is in is its operator, as in IRC (RFC 1459 1.3.1). An operator who
    leaves is none, but one with a key of their own is one again in a closed room. The lobby is nobody's.
Rule 5: a closed room stays closed when its last one has left, as after a restart. It is begun anew, open and with a
    sealed past, by whoever comes where nobody could come back, or nobody did for `ABANDONED_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from hmac import compare_digest
from operator import attrgetter

from twistchat.core import names
from twistchat.core.events import (
    Admitted,
    Entry,
    Expelled,
    KeyGone,
    KeySet,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    Ruling,
    Sealed,
    TopicLocked,
)
from twistchat.core.identity import key_mark
from twistchat.errors import TopicIsLocked

MOST_ADMITTED = 200
"""People with keys of their own who may come back into one room; the one admitted the longest ago goes first."""

MOST_OPERATORS = 50
"""Operators of one room."""

ABANDONED_SECONDS = 30 * 86400.0
"""A closed room in which nothing happened for so long may be begun anew: no name is kept from others for ever."""

MOST_KEY_CHARS = 32
"""Of a room's key. IRC servers allow 23 (RFC 2812 2.3.1) and more."""

SETTINGS: tuple[type[Ruling], ...] = (Sealed, PrivateSet, KeySet, KeyGone, TopicLocked)
"""Of these the log remembers the latest of each room, for good."""

ADMISSIONS: tuple[type[Ruling], ...] = (Admitted, Expelled)
"""Of these the latest of each room, twice `MOST_ADMITTED` of them."""


def room_mark(room: str, key: str) -> str:
    """What the log has of a room's key."""
    return key_mark(f"{room} {key}")


class Terms:
    """The terms of one room. What is None was not decided since this room was last forgotten, as far as is known."""

    def __init__(self) -> None:
        self._private: bool | None = None
        self._key: str | None = None
        self._topic_locked: bool | None = None
        self._latest = 0.0
        self.sealed = 0
        """Entries up to this number are shown to nobody."""
        self.operators: dict[str, str] = {}
        """Those who are in it: their names by their keys."""
        self.admitted: dict[str, bool] = {}
        """Marks of people's own keys, and whether they are operators once they are in."""

    # --- what there is to know

    @property
    def is_private(self) -> bool:
        """Whether those outside do not learn of it."""
        return bool(self._private)

    @property
    def has_key(self) -> bool:
        """Whether there is a key."""
        return bool(self._key)

    @property
    def is_closed(self) -> bool:
        """Whether not everybody may come in."""
        return self.is_private or self.has_key

    @property
    def locks_topic(self) -> bool:
        """Whether only operators set the topic."""
        return bool(self._topic_locked)

    def is_operator(self, name: str) -> bool:
        """Whether somebody of that name, who is in it, is one of its operators."""
        return names.key(name) in self.operators

    def check_topic(self, room: str, name: str) -> None:
        """Make sure that somebody who is in it may set its topic.

        Raises:
            TopicIsLocked: Its operators alone may.
        """
        if self.locks_topic and not self.is_operator(name):
            raise TopicIsLocked(room)

    def fits(self, room: str, key: str) -> bool:
        """Whether that is the room's key."""
        return compare_digest(room_mark(room, key).encode(), (self._key or "").encode())

    def is_over(self, now: float, latest_line: float) -> bool:
        """Whether it is closed to everybody for good, or abandoned, provided that nobody is in it.

        Args:
            now: Seconds since 1970.
            latest_line: When something was last said.
        """
        is_lost = not self.has_key and not self.admitted
        return self.is_closed and (is_lost or now - max(self._latest, latest_line) > ABANDONED_SECONDS)

    def ending(self, room: str) -> Iterator[Ruling]:
        """What is to be stored so that it is a room like any other."""
        if self.locks_topic:
            yield TopicLocked(room, None, "off")
        if self.is_closed:
            if self.is_private:
                yield PrivateSet(room, None, "off")
            if self.has_key:
                yield KeyGone(room, None)
            yield Sealed(room, None)

    # --- following the log

    def take(self, entry: Entry) -> None:
        """Follow a ruling as it is committed."""
        event = entry.event
        match event:
            case PrivateSet(state=state):
                self._private = state == "on"
            case KeySet(mark=mark):
                self._key = mark
            case KeyGone():
                self._key = ""
            case TopicLocked(state=state):
                self._topic_locked = state == "on"
            case OperatorGiven(recipient=recipient):
                self.operators[names.key(recipient)] = recipient
            case OperatorTaken(recipient=recipient):
                self.operators.pop(names.key(recipient), None)
            case Admitted(mark=mark, standing=standing):
                self._admit(mark, bool(standing))
            case Expelled(mark=mark):
                self.admitted.pop(mark, None)
            case Sealed():
                self.sealed = entry.number
                self.admitted.clear()
        self._latest = max(self._latest, entry.time)

    def _admit(self, mark: str, is_operator: bool) -> None:
        self.admitted.pop(mark, None)
        self.admitted[mark] = is_operator
        if len(self.admitted) > MOST_ADMITTED:
            del self.admitted[next(iter(self.admitted))]

    def recall(self, entries: Iterable[Entry]) -> None:
        """Follow what the log has of before; what is known of since then counts more."""
        earlier = Terms()
        for entry in sorted(entries, key=attrgetter("number")):
            earlier.take(entry)
        self._private = earlier._private if self._private is None else self._private
        self._key = earlier._key if self._key is None else self._key
        self._topic_locked = earlier._topic_locked if self._topic_locked is None else self._topic_locked
        self._latest = max(self._latest, earlier._latest)
        if earlier.sealed >= self.sealed:
            self.sealed = earlier.sealed
            since, self.admitted = self.admitted, earlier.admitted
            for mark, is_operator in since.items():
                self._admit(mark, is_operator)

    # --- who is in it

    def left(self, key: str) -> None:
        """Note that somebody left."""
        self.operators.pop(key, None)

    def renamed(self, key: str, name: str) -> None:
        """Note that somebody has another name."""
        if self.operators.pop(key, None) is not None:
            self.operators[names.key(name)] = name
