"""The line at the bottom: where one talks, with how many, over what connection."""

from __future__ import annotations

from collections.abc import Iterator

from twistchat.client.address import Address
from twistchat.client.conversation import Conversation
from twistchat.client.paint import Fragments
from twistchat.client.wording import Wording
from twistchat.errors import Phrase
from twistchat.wire.text import escaped

MOST_ROOMS = 9
"""Rooms that have a key: Alt-1 to Alt-9."""


def status_line(talk: Conversation, address: Address, wording: Wording) -> Fragments:
    """The line, styled by whether there is a connection."""
    style = "class:bottom-toolbar" if talk.is_in else "class:bottom-toolbar.lost"
    return [(style, " " + " · ".join(_parts(talk, address, wording)))]


def _parts(talk: Conversation, address: Address, wording: Wording) -> Iterator[str]:
    yield _rooms(talk) or wording.remark(Phrase("in no room"), {})
    if not talk.is_in:
        yield wording.remark(Phrase("no connection to {address}"), {"address": str(address)})
        if waiting := len(talk.outbox):
            yield wording.remark(Phrase("{count} waiting to be sent"), {"count": waiting})
        return
    if talk.room:
        yield wording.remark(Phrase("{count} here"), {"count": len(talk.people.of(talk.room))})
    yield str(address)
    if talk.lag is not None:
        yield f"{talk.lag * 1000:.0f} ms"


def _rooms(talk: Conversation) -> str:
    """The room; where there are several, each with the number of its key, and the one that one talks in in brackets."""
    if len(talk.rooms) < 2:
        return f"#{escaped(talk.room)}" if talk.room else ""
    numbered = [(room, f"{number} #{escaped(room)}") for number, room in enumerate(talk.rooms[:MOST_ROOMS], 1)]
    return " ".join(f"[{text}]" if room == talk.room else text for room, text in numbered)
