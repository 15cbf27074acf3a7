"""Commands that tell those around somebody something of them: that they are away, that others may come."""

from __future__ import annotations

from twistchat.core.command_table import command
from twistchat.core.person import Person
from twistchat.core.replies import notice
from twistchat.core.speaking import be_away


@command("/away [TEXT]", "says that you are away and why, or that you are back")
def _away(person: Person, argument: str) -> None:
    be_away(person, argument or None)
    if argument:
        person.tell(notice("away", "You are away now: {reason}", reason=argument))
    else:
        person.tell(notice("back", "You are not away."))


ROWS = (_away,)
