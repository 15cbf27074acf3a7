"""What the line dialect makes of an event, for tests of those who speak it that are not about its words.

So a test of a door, a client or a server says which event is to be seen there, and only the dialect's own tests and a
few from end to end hold the words that people read.
"""

from __future__ import annotations

from twistchat.core.events import Announced, Aside, Event, Joined, Left
from twistchat.core.names import EVERYWHERE, LOBBY
from twistchat.wire.line import LineFormat

LINES = LineFormat()


def shown(event: Event) -> str:
    """The line of an event, in English, without its end."""
    return LINES.event(Aside(None, 0.0, event)).decode().rstrip("\r\n")


def came(name: str) -> str:
    """What is seen of somebody's coming."""
    return shown(Joined(LOBBY, name))


def went(name: str, reason: str = "") -> str:
    """What is seen of somebody's going."""
    return shown(Left(LOBBY, name, reason))


def announced(text: str) -> str:
    """What is seen of an announcement to everyone."""
    return shown(Announced(EVERYWHERE, text))
