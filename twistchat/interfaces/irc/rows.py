"""The commands of IRC: a new one is a function with its row in one of these files."""

from __future__ import annotations

from twistchat.interfaces.irc import (
    asking,
    channels,
    entering,
    history,
    messages,
    modes,
    monitoring,
    people,
    proving,
    talking,
)
from twistchat.interfaces.irc.commands import by_name

ROWS = by_name(asking, channels, entering, history, messages, modes, monitoring, people, proving, talking)
"""By name."""
