"""A chat that goes on in another process, without a process: portraits go through JSON into a new Hub."""

from __future__ import annotations

import json
from collections.abc import Sequence

from support.chat import Chat, Person

from twistchat.core.hub import Hub
from twistchat.core.portrait import ChatPortrait, SessionPortrait


def at_rest(chat: Chat) -> None:
    """Let turns end until nothing is on its way."""
    for _ in range(100):
        if chat.hub.is_at_rest:
            return
        chat.turn()
    raise AssertionError("something is on its way for ever")


def hand_over(chat: Chat, people: Sequence[Person]) -> None:
    """Have another hub take a chat over; people keep their connections.

    Args:
        chat: It.
        people: All who ever connected to it.
    """
    at_rest(chat)
    old = chat.hub
    old.tell_presence()
    written = json.dumps(
        [old.portrait().written(), [session.portrait(old.numbers).written() for session in old.everyone.values()]]
    )
    clients = [person.client for person in old.everyone]
    for call in chat.clock.getDelayedCalls():
        call.cancel()
    portrait, sessions = json.loads(written)
    chat.hub = new = Hub(chat.log, chat.clock, chat.wall, old.limits, vault=chat.vault)
    whole = ChatPortrait.read(portrait)
    preparing = new.prepare(whole)
    try:
        preparing.send(None)
    except StopIteration:
        pass
    else:
        raise AssertionError("the log does not answer at once")
    portraits = [SessionPortrait.read(each) for each in sessions]
    made = {id(client): new.revive(each, client) for each, client in zip(portraits, clients, strict=True)}
    for go_on in new.settle(whole, portraits):
        go_on()
    for person in people:
        person.session = made.get(id(person.client), person.session)
