"""What the Tab key offers in the chat: commands behind a slash, rooms behind /join, names everywhere else."""

from __future__ import annotations

from collections.abc import Iterator

from twistchat.core.person import Person
from twistchat.terminal.completion import Offer, among
from twistchat.wire.language import Language

WITH_A_ROOM = ("/join ", "/leave ", "/who ")
"""What stands before a room's name."""


def offer(before: str, person: Person, language: Language) -> Offer:
    """Complete what stands before the cursor.

    Args:
        before: That.
        person: Who typed it.
        language: In which commands have other names, too.
    """
    if before.startswith("/") and " " not in before:
        return among(before, [*_commands(person, language)])
    if before.startswith(WITH_A_ROOM):
        records = person.shared.census.visible(person.rooms)
        return among(before.partition(" ")[2], [record.name for record in records])
    word = before.split(" ")[-1]
    behind = ": " if word == before else " "
    return among(word, [f"{name}{behind}" for name in _people(person)]) if word else Offer("", [])


def _commands(person: Person, language: Language) -> Iterator[str]:
    moderates = any(person.rights.post(room) is not None for room in person.rooms)
    for row in person.shared.commands:
        if moderates or not row.is_for_moderators:
            yield from (f"/{name} " for name in (row.name, *language.words_for(row.name)))


def _people(person: Person) -> Iterator[str]:
    """Everyone in the same rooms, once."""
    seen: set[str] = set()
    for room in person.rooms:
        record = person.shared.census.find(room, person.rooms)
        for name in record.people if record is not None else ():
            if name not in seen and name != person.name:
                seen.add(name)
                yield name
