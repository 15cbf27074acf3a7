"""What verbs answer: a sentence, a table, or lines as they happen; each for people and as JSON for programs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

from wcwidth import iter_graphemes

from twistchat.core.bans import Act
from twistchat.core.events import Entry
from twistchat.terminal.columns import fitting, width, wrapped
from twistchat.wire.flat import flat_name, flat_room, more_of
from twistchat.wire.language import ENGLISH
from twistchat.wire.text import escaped

MOST_COLUMNS = 80
"""Columns of one cell; what is longer is cut where people read it, and whole in JSON."""

LEAST_WRAPPED = 16
"""Columns that a cell is wrapped to at least; in a narrower terminal the cells of a row stand one under another."""

MOST_LINES = 1000
"""Lines of one answer."""

_FINGERPRINT = re.compile(r"((?:SHA256|key):\S{8})[^\s,]+")
"""Of a key, as whoever logs in and whoever is meant is known by; eight characters tell an operator's few apart."""


class Abridged(NamedTuple):
    """A value of which people are shown less than programs."""

    whole: str
    shown: str


class Outcome(Protocol):
    """What a verb answers. Its `repr` is for people at the prompt of Python, where verbs are written as calls."""

    def text(self) -> str:
        """For people elsewhere: lines, the last without its end."""
        ...

    def data(self) -> object:
        """For programs: what json.dumps takes."""
        ...


@dataclass(frozen=True, repr=False)
class Sentence:
    """A sentence, and what a program may want to know of it."""

    sentence: str
    facts: Mapping[str, object] = field(default_factory=dict)
    undone_by: int | None = None
    """The act that `undo` takes back, where that is worth saying."""

    def text(self) -> str:
        """The sentence, and how to take it back by a command."""
        return self._shown("undo {}")

    def __repr__(self) -> str:
        return self._shown("undo({})")

    def _shown(self, undo: str) -> str:
        hint = "" if self.undone_by is None else f" {undo.format(self.undone_by)} takes it back."
        return "\n".join(map(escaped, f"{self.sentence}{hint}".splitlines()))

    def data(self) -> object:
        """The facts."""
        return {name: _plain(value) for name, value in self.facts.items()}


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under their columns' names."""

    columns: Sequence[str]
    rows: Sequence[Sequence[object]]
    nothing: str = "Nothing."
    """What people are shown in place of no rows."""
    more: str = ""
    """What they are told below the rows, such as that there are others."""

    def text(self, most: int | None = None) -> str:
        """Columns aligned by what characters take on a terminal; numbers to the right.

        Args:
            most: Columns of the terminal, where it has any: the widest of ours is wrapped at its words to fit.
        """
        if not self.rows:
            return self.nothing
        cells = [list(self.columns), *([_cell(value) for value in row] for row in self.rows)]
        widths = [max(map(width, column)) for column in zip(*cells, strict=True)]
        right = [all(isinstance(row[n], int) for row in self.rows) for n in range(len(self.columns))]
        if most is not None and (over := sum(widths) + 2 * len(widths) - 2 - most) > 0:
            widest = widths.index(max(widths))
            if widths[widest] - over < LEAST_WRAPPED:
                return "\n".join(filter(None, (_records(cells), self.more)))
            widths[widest] -= over
            cells = [each for row in cells for each in _rows(row, widest, widths[widest])]
        lines = ("  ".join(_padded(*cell) for cell in zip(row, widths, right, strict=True)).rstrip() for row in cells)
        return "\n".join([*lines, *filter(None, [self.more])])

    def data(self) -> object:
        """A list of objects."""
        return [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.rows]

    def __repr__(self) -> str:
        return self.text()


class HandedOut(NamedTuple):
    """One line of a list of names that are handed out."""

    name: str
    code: str
    act: int


class NotHandedOut(NamedTuple):
    """Another, which cannot be."""

    line: int
    """Its place in the list, from 1."""
    name: str
    why: str


@dataclass(frozen=True)
class HandOut:
    """Names with their codes, to be printed and cut apart: nothing else stands among them."""

    given: Sequence[HandedOut]
    refused: Sequence[NotHandedOut]

    @property
    def handed_out(self) -> str:
        """A line for each name, the codes one under another."""
        widest = max((width(each.name) for each in self.given), default=0)
        return "".join(f"{_padded(escaped(each.name), widest, False)}  {each.code}\n" for each in self.given)

    @property
    def refusals(self) -> str:
        """A line for each of the others."""
        return "".join(f"line {each.line}, {escaped(each.name)}: {escaped(each.why)}\n" for each in self.refused)

    def text(self) -> str:
        """Both."""
        return f"{self.handed_out}{self.refusals}".rstrip("\n")

    def data(self) -> object:
        """Objects: those with a code, then those without."""
        return [*(each._asdict() for each in self.given), *(each._asdict() for each in self.refused)]

    __repr__ = text


@dataclass(frozen=True)
class Asked:
    """What a verb answers at the prompt that needs more lines."""

    sentence: str
    go_on: Callable[[Sequence[str]], Coroutine[Any, Any, Outcome]]
    """Called with these."""

    def text(self) -> str:
        """What is wanted."""
        return self.sentence

    def data(self) -> object:
        """Nothing."""
        return []

    __repr__ = text


@dataclass(frozen=True)
class LogLines:
    """Entries of the log: lines for people, objects for programs."""

    entries: Sequence[Entry]
    shown: Callable[[Entry], str]
    """An entry as a line."""

    def text(self) -> str:
        """As people in the chat see them, with their times."""
        return "\n".join(map(self.shown, self.entries)) or "Nothing is stored."

    def data(self) -> object:
        """Objects, in the same order."""
        return [entry_data(entry) for entry in self.entries]

    __repr__ = text


@dataclass(frozen=True)
class Live:
    """Lines as they happen, until somebody has enough."""

    watch: Callable[[Callable[[Entry], None]], Callable[[], None]]
    """Begins: called with what takes each entry, returns what ends it."""

    shown: Callable[[Entry], str]
    """An entry as a line."""

    waits_for: str = ""
    """The room where nobody is yet, if it is that."""

    def text(self) -> str:
        """What people are told first."""
        if self.waits_for:
            return f"Nobody is in {self.waits_for} now; what happens is shown here once somebody comes. Ctrl-C ends it."
        return "What happens is shown here; Ctrl-C ends it."

    def data(self) -> object:
        """Nothing; entries are."""
        return []

    __repr__ = text


def entry_data(entry: Entry) -> dict[str, object]:
    """An entry for programs."""
    event = entry.event
    values = {"room": flat_room(event.room), "name": flat_name(event.name), "stored": True, "past": event.past}
    values |= {name: getattr(event, name) for name in more_of(type(event))}
    when = datetime.fromtimestamp(entry.time, UTC)
    return {"number": entry.number, "time": _plain(when), "event": event.kind, **values}


def as_json(data: object) -> str:
    """One line of JSON, in which Chinese stands as it is, and nothing that a terminal would act on."""
    text = json.dumps(data, separators=(", ", ": "), ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join(each if escaped(each) == each else json.dumps(each)[1:-1] for each in text)


def abridged(who: str) -> Abridged:
    """Whoever did something, without most of their key's fingerprint."""
    return Abridged(who, _FINGERPRINT.sub(r"\1…", who))


def whom(act: Act, whole: bool = False) -> Abridged:
    """Whom or what an act is about; people are shown all of it, keys' marks cut unless they are wanted whole."""
    all_of_it = f"{', '.join((act.subject, *act.also))}{_where(act)}".lstrip()
    return Abridged(act.subject, all_of_it if whole else abridged(all_of_it).shown)


def _where(act: Act) -> str:
    """In which room alone an act holds, where that is not its subject."""
    return f" in {act.room}" if act.room not in ("", act.subject) else ""


def moment(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as a time that tables show."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def clock_time(seconds: float) -> str:
    """Seconds since 1970 as people here read the time."""
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M}"


def _plain(value: object) -> object:
    match value:
        case Abridged():
            return value.whole
        case datetime():
            return value.isoformat(timespec="seconds")
        case timedelta():
            return round(value.total_seconds())
        case list() | tuple():
            return [_plain(each) for each in value]
    return value


def _cell(value: object) -> str:
    match value:
        case None:
            shown = "-"
        case Abridged():
            shown = value.shown
        case datetime():
            shown = clock_time(value.timestamp())
        case timedelta():
            shown = ENGLISH.duration(max(0, round(value.total_seconds())))
        case list() | tuple():
            shown = ", ".join(map(str, value))
        case _:
            shown = str(value)
    return _cut(escaped(shown))


def _rows(cells: list[str], widest: int, columns: int) -> Iterable[list[str]]:
    """A row as several, of which each has a part of the widest cell."""
    first, *more = wrapped(cells[widest], columns).split("\n")
    yield [*cells[:widest], first, *cells[widest + 1 :]]
    for part in more:
        yield ["" if n != widest else part for n in range(len(cells))]


def _records(cells: list[list[str]]) -> str:
    """Rows of a table that is too wide: one under another, each cell of it behind its column's name, unless empty."""
    names, *rows = cells
    label = max(map(width, names)) + 2
    return "\n\n".join(
        "\n".join(_padded(name, label, False) + cell for name, cell in zip(names, row, strict=True) if cell)
        for row in rows
    )


def _cut(text: str) -> str:
    fits, _ = fitting(iter_graphemes(text), MOST_COLUMNS + 1)
    if len(fits) == len(text) or "".join(fits) == text:
        return text
    return "".join(fitting(fits, MOST_COLUMNS)[0]) + "…"


def _padded(text: str, columns: int, right: bool) -> str:
    space = " " * (columns - width(text))
    return space + text if right else text + space
