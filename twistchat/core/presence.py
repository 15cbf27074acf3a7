"""Coming and going in a large room: held back for a moment and told together, as telling each of each is n².

Rule 1: a small room hears of everyone at once.
Rule 2: a large one is told four times a second, one of more than 1,000 people less often; or when 2,500 have come; or
    when a rush is over. People are told a count, programs one by one. Once 250 have come, those are told who came
    after them; see `twistchat.core.telling`.
Rule 3: whoever does anything else has been announced first, by name. Programs get everything in the order of the log.
Rule 4: nobody is told of what was before their own coming.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, chain
from operator import attrgetter

from twistchat.core.clocks import Timer
from twistchat.core.events import Aside, Entry, Gone, Joined, Left, Told, Turnover
from twistchat.core.member import Member

LARGE = 50
"""A room with more people than this is large."""

TOLD_SECONDS = 0.25
"""How long coming and going is held back in a large room of up to 1,000 people."""

MOST_A_SECOND = 4000
"""Sends that telling a room of more people takes, a tenth of a core at most: 5,000 are told each 1.25 s."""

MOST_UNTOLD = 250
"""Once so many came and were told of nothing since, they are: each is told from their own coming on, which is n², and
takes 3 to 6 ms for so many."""

MOST_NEWCOMERS = 2500
"""Once so many came since the room was last told, it is told at once; until then each batch that has somebody say
something looks at all of them. Telling 5,000 costs 40 ms: a lower number has a crowd that comes told too often."""

RUSH, RUSH_SHARE = 50, 0.1
"""A rush is 50 who came or went since the room was told, and one for each ten people in it: of a large room, telling it
early costs no more than ten sends for each of them."""

LULL_SECONDS = 0.03
"""A rush is over once nobody has come or gone for so long: a few turns of a server that has all it can do."""

BY_NAME = 3
"""So many are told by name, more of them as a count."""


_number = attrgetter("number")


class Presence:
    """What the members of one room have not been told yet of its coming and going."""

    def __init__(self) -> None:
        self.due: Timer | None = None
        """What has the room told, once anything is held."""
        self.lull: Timer | None = None
        """What has it told earlier, where a rush is over by then."""
        self._waiting: list[Entry] = []  # for formats that do not fold
        self._by_name: dict[str | None, list[Entry]] = {}  # for those that do
        self._newcomers: dict[Member, int] = {}  # the numbers never fall
        self.untold: dict[Member, None] = {}
        """Those of them who were told of nothing since."""

    def __bool__(self) -> bool:
        return bool(self._waiting or self._by_name)

    def hold(self, entry: Entry) -> None:
        """Keep somebody's coming or leaving for later. Who left the chat may be back by then: they left the room."""
        event = entry.event
        if isinstance(event, Gone):
            entry = entry._replace(event=Left(event.room, event.name, event.reason))
        self._waiting.append(entry)
        self._by_name.setdefault(entry.event.name, []).append(entry)

    def seconds_held(self, people: int) -> float:
        """How long what is held may be, of a room with so many people."""
        return max(TOLD_SECONDS, people / MOST_A_SECOND)

    def is_rush(self, people: int) -> bool:
        """Whether what is held is a rush for so many people in the room."""
        return len(self._by_name) >= max(RUSH, people * RUSH_SHARE)

    def came(self, member: Member, entry: Entry) -> None:
        """Note that somebody who came need not be told of what has been held so far, nor of themselves."""
        self._newcomers[member] = entry.number
        self.untold[member] = None

    def since(self, member: Member) -> int:
        """The number of the last entry that a newcomer knows, such as their own coming; 0, below all, for others."""
        return self._newcomers.get(member, 0)

    @property
    def newcomers(self) -> dict[Member, int]:
        """Who came since the room was last told, in the order of their coming, with the last number they know."""
        return self._newcomers

    def first_for(self, folds: bool, name: str | None) -> list[Entry]:
        """Take out what must be told before something that the person of that name does; None for no person's doing."""
        return self._by_name.pop(name, []) if folds else self.all_for(False)

    def all_for(self, folds: bool) -> list[Entry]:
        """Take out everything, in the order of the log."""
        held = self.held_for(folds)
        if folds:
            self._by_name.clear()
        else:
            self._waiting = []
        return held

    def held_for(self, folds: bool) -> list[Entry]:
        """Everything that is held, in the order of the log."""
        return sorted(chain.from_iterable(self._by_name.values()), key=_number) if folds else self._waiting

    def left(self, member: Member, folds: bool) -> list[Entry]:
        """What a program that leaves has not been told yet; a person who leaves need not be told who else did."""
        came = self._newcomers.pop(member, 0)
        self.untold.pop(member, None)
        return [] if folds else self._waiting[bisect_right(self._waiting, came, key=_number) :]

    def all_told(self) -> None:
        """Note that everyone has been told of everything: nobody is a newcomer any more."""
        self._newcomers.clear()
        self.untold.clear()

    def newcomers_told(self) -> None:
        """Note that all who came, of whom there is one at least, know everything that is held."""
        latest = [held[-1].number for held in map(self.held_for, (True, False)) if held]
        self._newcomers.update(dict.fromkeys(self.untold, max(*self._newcomers.values(), *latest)))
        self.untold.clear()


class PresenceSummary:
    """Some coming and going, as people are told: a count in place of many."""

    def __init__(self, room: str, entries: Sequence[Entry]) -> None:
        self._room = room
        self._entries = entries
        self._joined = [0, *accumulate(isinstance(entry.event, Joined) for entry in entries)]

    def after(self, number: int) -> Sequence[Told]:
        """What they are told who came with the entry of that number; everyone else is told what is after 0."""
        start = bisect_right(self._entries, number, key=_number)
        count = len(self._entries) - start
        if count <= BY_NAME:
            return self._entries[start:]
        joined = self._joined[-1] - self._joined[start]
        last = self._entries[-1]
        return [Aside(None, last.time, Turnover(self._room, joined, count - joined))]
