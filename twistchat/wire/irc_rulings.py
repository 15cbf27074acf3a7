"""What is decided on a room, as IRC has it: letters of MODE, and invitations.

A room's key is not known to whoever reads a line, as the log has only what tells it again: a star stands for it, as
other servers have it for those who may not see a key.
"""

from __future__ import annotations

from twistchat.core.events import (
    Invited,
    KeyGone,
    KeySet,
    OperatorGiven,
    OperatorTaken,
    PrivateSet,
    Ruling,
    TopicLocked,
)
from twistchat.core.terms import Terms

OPERATOR = "@"
"""Before the name of an operator of a room."""

INVITATION = "\0I"
"""Before an invitation, which is told to the guest, to who gave it and to who asked for that, each in their way."""

HIDDEN = "*"
"""In place of a key."""


def line_of(event: Ruling, source: str) -> str:
    """The line of a ruling, without its end; nothing for those that nobody is told of.

    Args:
        event: What was decided.
        source: Who did.
    """
    match event:
        case PrivateSet(state=state):
            change = _switched("i", state)
        case TopicLocked(state=state):
            change = _switched("t", state)
        case KeySet():
            change = f"+k {HIDDEN}"
        case KeyGone():
            change = f"-k {HIDDEN}"
        case OperatorGiven(recipient=recipient):
            change = f"+o {recipient}"
        case OperatorTaken(recipient=recipient):
            change = f"-o {recipient}"
        case Invited(room=room, recipient=recipient):
            return f"{INVITATION}:{source} INVITE {recipient} #{room}"
        case _:
            return ""
    return f":{source} MODE #{event.room} {change}"


def _switched(letter: str, state: str) -> str:
    return f"{'+' if state == 'on' else '-'}{letter}"


def modes_of(terms: Terms) -> str:
    """The modes of a room with what belongs to them: nobody outside ever talks in one, so `n` always is among them."""
    letters = "i" * terms.is_private + "k" * terms.has_key + "n" + "t" * terms.locks_topic
    return f"+{letters}{f' {HIDDEN}' * terms.has_key}"
