"""On what terms people are in a room: who may come in, who decides on that, and from where on its past is shown.

Rule 1: this is a function of the room's rulings in the log's order, its people's coming, going and new names.
Rule 2: a room is *closed* while it is private or has a key. Then only these come in: who was invited while somebody was
    in it, who knows the key, and who has a key of their own (as clients have) and was in it or invited.
Rule 3: what was said while it was closed is never shown to others. Before it is open to everybody its past is *sealed*.
Rule 4: whoever comes into a room that nobody is in is its operator, as in IRC (RFC 1459 1.3.1). An operator who
    leaves is none, but one with a key of their own is one again in a closed room. The lobby is nobody's.
Rule 5: a room may be *secret*: those outside do not learn of it, and come in if they know its name. When it is so no
    more, its past is sealed, too.
Rule 6: a limit of people and names that are kept out hold for all who were not invited. Who is kept out and is in it
    does not talk there; where it is moderated, only its operators and those with a voice do.
Rule 7: a closed room stays closed when its last one has left, as after a restart. It is begun anew, open and with a
    sealed past, by whoever comes where nobody could come back, or nobody did for `ABANDONED_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import copy
from hmac import compare_digest
from operator import attrgetter

from twistchat.core import masks, names
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
from twistchat.core.modes import (
    LimitSet,
    MasksSet,
    ModeratedSet,
    OutsideSet,
    SecretSet,
    VoiceGiven,
    VoiceTaken,
)
from twistchat.errors import KeptOut, NoVoice, RoomIsFull, TopicIsLocked

MOST_ADMITTED = 200
"""People with keys of their own who may come back into one room; the one admitted the longest ago goes first."""

MOST_OPERATORS = 50
"""Operators of one room."""

MOST_VOICES = 200
"""People with a voice in one room, beside its operators."""

MOST_MASKS = 50
"""Names that are kept out of one room: 1,200 characters. IRC servers allow some 60 (RFC 2811 4.3 leaves it to them)."""

HIGHEST_LIMIT = 100_000
"""Of the people in a room."""

OFF = "off"
"""What a `LimitSet` says where there is none."""

ABANDONED_SECONDS = 30 * 86400.0
"""A closed room in which nothing happened for so long may be begun anew: no name is kept from others for ever."""

MOST_KEY_CHARS = 32
"""Of a room's key. IRC servers allow 23 (RFC 2812 2.3.1) and more."""

Switch = PrivateSet | TopicLocked | SecretSet | ModeratedSet | OutsideSet
"""What is on or off."""

SETTINGS: tuple[type[Ruling], ...] = (
    *(Sealed, PrivateSet, KeySet, KeyGone, TopicLocked, SecretSet, ModeratedSet, OutsideSet, LimitSet, MasksSet),
)
"""Of these the log remembers the latest of each room, for good."""

ADMISSIONS: tuple[type[Ruling], ...] = (Admitted, Expelled)
"""Of these the latest of each room, twice `MOST_ADMITTED` of them."""


def room_mark(room: str, key: str) -> str:
    """What the log has of a room's key."""
    return key_mark(f"{room} {key}")


class Terms:
    """The terms of one room. What is None was not decided since this room was last forgotten, as far as is known."""

    def __init__(self) -> None:
        self._switches: dict[type[Switch], bool] = {}
        self._key: str | None = None
        self._limit: str | None = None
        self._masks: str | None = None
        self._latest = 0.0
        self.taken = 0
        """How many rulings it has followed: of two that are one but for what is on its way, which is ahead."""
        self.sealed = 0
        """Entries up to this number are shown to nobody."""
        self.operators: dict[str, str] = {}
        """Those who are in it: their names by their keys."""
        self.voiced: dict[str, str] = {}
        """The same of those who have a voice."""
        self.admitted: dict[str, bool] = {}
        """Marks of people's own keys, and whether they are operators once they are in."""
        self.kept_out: Mapping[str, str] = {}
        """Names that do not come in, by their keys."""
        self.holds_back = False
        """Whether there may be somebody in it who may not talk."""

    def preview(self, *rulings: Ruling) -> Terms:
        """What these and some rulings come to, before those are in the log."""
        other = copy(self)
        other._switches, other.admitted = dict(self._switches), dict(self.admitted)
        other.operators, other.voiced = dict(self.operators), dict(self.voiced)
        for ruling in rulings:
            other.take(Entry(other.sealed, 0.0, ruling))
        return other

    # --- what there is to know

    def has(self, switch: type[Switch]) -> bool:
        """Whether one of the things that are on or off is on."""
        return self._switches.get(switch, False)

    @property
    def is_private(self) -> bool:
        """Whether only those come in who are invited."""
        return self.has(PrivateSet)

    @property
    def has_key(self) -> bool:
        """Whether there is a key."""
        return bool(self._key)

    @property
    def is_closed(self) -> bool:
        """Whether not everybody may come in."""
        return self.is_private or self.has_key

    @property
    def is_hidden(self) -> bool:
        """Whether those outside do not learn of it."""
        return self.is_private or self.has(SecretSet)

    @property
    def locks_topic(self) -> bool:
        """Whether only operators set the topic."""
        return self.has(TopicLocked)

    @property
    def hears_outside(self) -> bool:
        """Whether those outside may say something in it; never in a room of which they may not know all."""
        return self.has(OutsideSet) and not self.is_closed

    @property
    def limit(self) -> int | None:
        """How many people may be in it; None for however many."""
        return None if self._limit in (None, OFF) else int(self._limit or 0)

    def is_operator(self, name: str) -> bool:
        """Whether somebody of that name, who is in it, is one of its operators."""
        return names.key(name) in self.operators

    def has_voice(self, name: str) -> bool:
        """Whether somebody of that name, who is in it, has a voice."""
        return names.key(name) in self.voiced

    def check_topic(self, room: str, *known_as: str) -> None:
        """Make sure that somebody who is in it may set its topic, by whichever of their names they are known there.

        Raises:
            TopicIsLocked: Its operators alone may.
        """
        if self.locks_topic and not any(map(self.is_operator, known_as)):
            raise TopicIsLocked(room)

    def keeps_out(self, name: str) -> bool:
        """Whether somebody of that name does not come in."""
        return any(masks.is_like(name, mask) for mask in self.kept_out.values())

    def check_voice(self, room: str, name: str, *former: str) -> None:
        """Make sure that somebody may talk in it, by their name or one that is theirs until the new one is stored.

        Raises:
            KeptOut: They are kept out.
            NoVoice: It is moderated, and they have no voice.
        """
        if any(self.is_operator(each) or self.has_voice(each) for each in (name, *former)):
            return
        if self.has(ModeratedSet):
            raise NoVoice(room)
        if self.keeps_out(name):
            raise KeptOut(room)

    def check_free(self, room: str, name: str, people: int) -> None:
        """Make sure that somebody comes in as far as their name and the people in it go.

        Raises:
            KeptOut: They are kept out.
            RoomIsFull: It has its most.
        """
        if self.keeps_out(name):
            raise KeptOut(room)
        if self.limit is not None and people >= self.limit:
            raise RoomIsFull(room, self.limit)

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
        was_hidden = self.is_closed or self.is_hidden
        yield from (switch(room, None, OFF) for switch, on in self._switches.items() if on)
        if self.has_key:
            yield KeyGone(room, None)
        if self.limit is not None:
            yield LimitSet(room, None, OFF)
        if self.kept_out:
            yield MasksSet(room, None)
        if was_hidden:
            yield Sealed(room, None)

    # --- following the log

    def take(self, entry: Entry) -> None:
        """Follow a ruling as it is committed."""
        event = entry.event
        match event:
            case PrivateSet() | TopicLocked() | SecretSet() | ModeratedSet() | OutsideSet():
                self._switches[type(event)] = event.state == "on"
            case KeySet(mark=mark):
                self._key = mark
            case KeyGone():
                self._key = ""
            case LimitSet(state=state):
                self._limit = state
            case MasksSet(masks=words):
                self._masks = words
            case OperatorGiven(recipient=recipient):
                self.operators[names.key(recipient)] = recipient
            case OperatorTaken(recipient=recipient):
                self.operators.pop(names.key(recipient), None)
            case VoiceGiven(recipient=recipient):
                self.voiced[names.key(recipient)] = recipient
            case VoiceTaken(recipient=recipient):
                self.voiced.pop(names.key(recipient), None)
            case Admitted(mark=mark, standing=standing):
                self._admit(mark, bool(standing))
            case Expelled(mark=mark):
                self.admitted.pop(mark, None)
            case Sealed():
                self.sealed = entry.number
                self.admitted.clear()
        self._latest = max(self._latest, entry.time)
        self.taken += 1
        self._work_out()

    def _work_out(self) -> None:
        self.kept_out = {names.key(mask): mask for mask in (self._masks or "").split()}
        self.holds_back = bool(self.kept_out) or self.has(ModeratedSet)

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
        self._switches = {**earlier._switches, **self._switches}
        self._key = earlier._key if self._key is None else self._key
        self._limit = earlier._limit if self._limit is None else self._limit
        self._masks = earlier._masks if self._masks is None else self._masks
        self._latest = max(self._latest, earlier._latest)
        if earlier.sealed >= self.sealed:
            self.sealed = earlier.sealed
            since, self.admitted = self.admitted, earlier.admitted
            for mark, is_operator in since.items():
                self._admit(mark, is_operator)
        self._work_out()

    # --- who is in it

    def revive(self, operators: Iterable[str], voiced: Iterable[str]) -> None:
        """Be where a portrait was made, as far as that is not the log's."""
        self.operators = {names.key(name): name for name in operators}
        self.voiced = {names.key(name): name for name in voiced}

    def left(self, key: str) -> None:
        """Note that somebody left."""
        self.operators.pop(key, None)
        self.voiced.pop(key, None)

    def renamed(self, key: str, name: str) -> None:
        """Note that somebody has another name."""
        for having in (self.operators, self.voiced):
            if having.pop(key, None) is not None:
                having[names.key(name)] = name
