"""An export as a transcript: plain text, a heading for each day, a line for each event."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from twistchat.log.exporting import StoredLine
from twistchat.transfer.days import days
from twistchat.wire.language import Language
from twistchat.wire.sentences import TextFormat


def written(lines: Iterable[StoredLine], language: Language, room: str | None) -> Iterator[str]:
    """The text, line by line.

    Args:
        lines: What is exported.
        language: Of the sentences, and the zone of the times.
        room: The only room, if it is one: then no line names it.
    """
    format = TextFormat(language, labels=room is None)
    blank = ""
    for day in days(lines, language):
        yield f"{blank}== {day.date} ==\n"
        blank = "\n"
        for time, entry in day.shown:
            yield f"{time:%H:%M} {format.event(entry).decode()}\n"
