"""What the log says of rooms: who is in them, wherever they are connected, their topics and their latest lines.

Rule 1: this is a function of the entries alone, in their order: every server that reads the same log has the same.
Rule 2: nothing here knows of connections; what is connected here is `twistchat.core.room`'s.
Rule 3: what is announced to everyone is among the latest lines of every room.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator

from twistchat.core import names
from twistchat.core.events import Entry, Joined, Left, Renamed, Ruling, Sealed, TopicSet
from twistchat.core.names import EVERYWHERE, LOBBY, Place
from twistchat.core.portrait import RoomPortrait
from twistchat.core.terms import Terms

MOST_ANNOUNCED = 100
"""Announcements kept for the past of rooms that are opened."""


class RoomRecord:
    """What the log says of one room."""

    def __init__(self, name: str, keep: int) -> None:
        self.name = name
        self.topic = ""
        self.topic_entry: Entry | None = None
        """What set it, where that is known."""
        self.people: dict[str, str] = {}
        """Who is in it: their names by their keys."""
        self.latest: deque[Entry] = deque(maxlen=keep)
        """What was said last, oldest first, for those who come."""
        self.latest_line = 0.0
        """When something was last said, as far as is known; seconds since 1970."""
        self.terms = Terms()
        self.since = 0.0
        """When somebody came into it while nobody was in it; seconds since 1970."""
        self.is_open = False
        """Whether somebody who is connected here is in it, or on the way."""

    def revive(self, portrait: RoomPortrait) -> None:
        """Be where a portrait was made, as far as that does not follow from what the log has of the room."""
        self.people = {names.key(name): name for name in portrait.people}
        self.since, self.latest_line = portrait.since, portrait.latest_line
        self.terms.revive(portrait.operators, portrait.voiced)

    def recall(self, earlier: Iterable[Entry], keep: int) -> None:
        """Put what was said earlier ahead of what is known.

        Args:
            earlier: What the log has; some of it may be known by now.
            keep: How many lines to keep.
        """
        known = {entry.number: entry for entry in (*earlier, *self.latest)}
        self.latest = deque(maxlen=keep)
        for number in sorted(known):
            if self.shows(known[number]):
                self.note(known[number])

    def shows(self, entry: Entry) -> bool:
        """Whether an entry is shown to the people in the room; what was said before the past was sealed is not."""
        return entry.number > self.terms.sealed or entry.event.room is EVERYWHERE

    def rule(self, entry: Entry) -> None:
        """Follow what is decided about the room."""
        self.terms.take(entry)
        if isinstance(entry.event, Sealed):
            self.topic = ""
            self.latest = deque(filter(self.shows, self.latest), self.latest.maxlen)

    def cut(self, number: int) -> None:
        """Forget what came behind a number, who is in it, and what else follows from the log."""
        self.people.clear()
        self.terms = Terms()
        self.latest = deque((entry for entry in self.latest if entry.number <= number), self.latest.maxlen)
        if self.topic_entry is not None and self.topic_entry.number > number:
            self.topic, self.topic_entry = "", None

    def move(self, entry: Entry) -> None:
        """Follow who comes, goes and changes their name."""
        event = entry.event
        assert isinstance(event, Joined | Left | Renamed)
        key = names.key(event.name)
        if isinstance(event, Joined):
            if not self.people:
                self._begin(entry.time, key, event.name)
            self.people[key] = event.name
            return
        self.people.pop(key, None)
        if isinstance(event, Renamed):
            self.people[names.key(event.new_name)] = event.new_name
            self.terms.renamed(key, event.new_name)
        else:
            self.terms.left(key)

    def know_who_decides(self, operators: Iterable[str], voiced: Iterable[str]) -> None:
        """Know who of those who are in the room decides on it and who has a voice, as another server has it.

        Args:
            operators: Names.
            voiced: The same of those who have a voice.
        """
        for known, told in ((self.terms.operators, operators), (self.terms.voiced, voiced)):
            known.update((key, self.people[key]) for key in map(names.key, told) if key in self.people)

    def _begin(self, time: float, key: str, name: str) -> None:
        self.since = time
        if self.name != LOBBY:
            self.terms.operators[key] = name

    def note(self, entry: Entry) -> None:
        """Keep something that people who come later are shown."""
        self.latest.append(entry)
        self.latest_line = entry.time
        if isinstance(entry.event, TopicSet):
            self.topic = entry.event.topic
            self.topic_entry = entry

    def heard(self, lines: Iterable[Entry]) -> None:
        """Keep lines that were said, as `note` does each."""
        self.latest.extend(lines)


class Census:
    """All rooms that somebody is in."""

    def __init__(self, keep: Callable[[], int]) -> None:
        """Know of no room yet.

        Args:
            keep: Tells how many lines of a room to keep.
        """
        self._keep = keep
        self._records: dict[str, RoomRecord] = {}
        self._announced: deque[Entry] = deque(maxlen=MOST_ANNOUNCED)

    def __iter__(self) -> Iterator[RoomRecord]:
        return iter(self._records.values())

    def get(self, room: str) -> RoomRecord | None:
        """What the log says of a room; None where nobody is in it."""
        return self._records.get(room)

    def take(self, entry: Entry) -> None:
        """Follow one entry; they come in the order of the log, each once."""
        event = entry.event
        if event.room is EVERYWHERE:
            self._announced.append(entry)
            for record in self._records.values():
                record.note(entry)
            return
        record = self._record(event.room)
        if event.past:
            record.note(entry)
        elif isinstance(event, Ruling):
            record.rule(entry)
        else:
            record.move(entry)
        if not record.people:
            self._drop_if_empty(record)

    def visible(self, rooms: Container[str]) -> list[RoomRecord]:
        """What somebody who is in those rooms may know of: not the hidden ones that they are not in."""
        return [record for record in self if not record.terms.is_hidden or record.name in rooms]

    def find(self, room: str, rooms: Container[str]) -> RoomRecord | None:
        """What the log says of a room to somebody who is in those rooms; None where they may not know of it."""
        record = self._records.get(room)
        return None if record is None or (record.terms.is_hidden and room not in rooms) else record

    def shown(self, entries: Iterable[Entry]) -> list[Entry]:
        """Those of some entries that the people in their rooms are shown; nobody is in a room that is not known."""
        return [entry for entry in entries if entry.number > self.sealed(entry.event.room)]

    def sealed(self, place: Place) -> int:
        """The number up to which entries of a place are shown to nobody; 0 where all are."""
        record = self._records.get(place) if isinstance(place, str) else None
        return 0 if record is None else record.terms.sealed

    def opened(self, room: str, latest: Iterable[Entry], terms: Iterable[Entry] = ()) -> RoomRecord:
        """Hold a room open, as somebody here is about to come into it.

        Args:
            room: Its checked name.
            latest: What the log has of its latest lines.
            terms: What the log has of its terms.
        """
        record = self._record(room)
        record.terms.recall(terms)
        record.recall([*latest, *self._announced], self._keep())
        record.is_open = True
        return record

    def found(self, room: str, people: Iterable[str], latest: Iterable[Entry], terms: Iterable[Entry]) -> None:
        """Know who is in a room of other servers, as this one starts.

        Args:
            room: The room.
            people: Their names.
            latest: What the log has of its latest lines; what set its topic is enough.
            terms: What the log has of its terms.
        """
        record = self._record(room)
        record.terms.recall(terms)
        record.recall([*latest, *self._announced], self._keep())
        record.people.update((names.key(name), name) for name in people)

    def cut(self, number: int) -> None:
        """Forget what came behind a number, as the log has it no more, and who is where; rooms stay open.

        What is to be known is then `found`.
        """
        self._announced = deque((entry for entry in self._announced if entry.number <= number), MOST_ANNOUNCED)
        for record in [*self]:
            record.cut(number)
            self._drop_if_empty(record)

    def closed(self, room: str) -> None:
        """Let a room go, as nobody here is in it."""
        record = self._records[room]
        record.is_open = False
        self._drop_if_empty(record)

    def recall(self, announced: Iterable[Entry]) -> None:
        """Put what was announced to everyone before this start ahead of what was since."""
        known = {entry.number for entry in self._announced}
        earlier = [entry for entry in announced if entry.number not in known]
        self._announced.extendleft(reversed(earlier))

    def _record(self, room: str) -> RoomRecord:
        record = self._records.get(room)
        if record is None:
            record = self._records[room] = RoomRecord(room, self._keep())
        return record

    def _drop_if_empty(self, record: RoomRecord) -> None:
        if not record.people and not record.is_open:
            del self._records[record.name]
