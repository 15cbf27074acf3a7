"""What stands behind a command's name, read."""

from __future__ import annotations

from twistchat.core import names
from twistchat.core.person import Person
from twistchat.errors import Phrase, ThatIsYou, WrongUse


def needed(argument: str, usage: str) -> str:
    """An argument that must be there.

    Raises:
        WrongUse: It is not; the sentence shows the usage.
    """
    if not argument:
        raise WrongUse(usage)
    return argument


def switched_on(argument: str, usage: str) -> bool:
    """Whether `on` or `off` was said.

    Raises:
        WrongUse: It was neither.
    """
    if argument.casefold() not in ("on", "off"):
        raise WrongUse(usage)
    return argument.casefold() == "on"


def state(on: bool) -> Phrase:
    """The word for a state, for a sentence in the reader's language."""
    return Phrase("on") if on else Phrase("off")


def other(person: Person, name: str) -> Person:
    """Somebody else who is here.

    Raises:
        NobodyCalled: There is nobody of that name.
        ThatIsYou: It is the asker's own.
    """
    found = person.shared.roster.find(name)
    if found is person:
        raise ThatIsYou
    return found


def room_name(person: Person, argument: str) -> str:
    """The room that is named, or the one that the person talks in.

    Raises:
        RoomNameNotAllowed, NameReserved: No room can be called so.
        NotInAnyRoom: None is named, and the person is in none.
    """
    return names.checked_room(argument, person.shared.limits.name_chars) if argument else person.membership.here
