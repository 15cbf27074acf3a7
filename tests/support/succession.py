"""A chat that goes on in another process, without a process: portraits go through JSON into a new Hub."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from support.carried import client_of, put_on_transport, through_json
from support.chat import Chat, Person
from support.datagrams import DatagramDoor

from twistchat.core.bans import Rules
from twistchat.core.hub import Hub
from twistchat.core.portrait import ChatPortrait, SessionPortrait


def at_rest(chat: Chat) -> None:
    """Let turns end until nothing is on its way."""
    for _ in range(100):
        if chat.hub.is_at_rest:
            return
        chat.turn()
    raise AssertionError("something is on its way for ever")


def hand_over(chat: Chat, people: Sequence[Person], rules: Rules | None = None) -> None:
    """Have another hub take a chat over; people keep their connections.

    Args:
        chat: It.
        people: All who ever connected to it.
        rules: What the journal has, where there is one.
    """
    at_rest(chat)
    old = chat.hub
    old.tell_presence()
    written = json.dumps(
        [old.portrait().written(), [session.portrait(old.numbers).written() for session in old.everyone.values()]]
    )
    clients = [person.client for person in old.everyone]
    for call in list(chat.clock.getDelayedCalls()):  # a cancelled one leaves that list
        call.cancel()
    portrait, sessions = json.loads(written)
    chat.hub = new = Hub(chat.log, chat.clock, chat.wall, old.limits, vault=chat.vault)
    new.rules = rules or new.rules
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


def carry_all(chat: Chat, doors: Sequence[Any], peers: Sequence[Any]) -> None:
    """Have another hub take a chat over, and new interfaces all of its connections.

    Args:
        chat: It.
        doors: Of each of its interfaces one.
        peers: Who came by those that have a `FarEnd`; all others are known by their addresses.
    """
    at_rest(chat)
    old = chat.hub
    ends = {id(client_of(peer)): peer for peer in peers}
    datagrams = next(door for door in doors if isinstance(door, DatagramDoor))
    found = [ends.get(id(person.client)) for person in old.everyone]
    written = through_json(
        {
            "chat": old.portrait().written(),
            "sessions": [session.portrait(old.numbers).written() for session in old.everyone.values()],
            "clients": [person.client.state() for person in old.everyone],
            "doors": [_made_by(door).state() for door in doors],
        }
    )
    for call in list(chat.clock.getDelayedCalls()):  # a cancelled one leaves that list
        call.cancel()
    chat.hub = new = Hub(chat.log, chat.clock, chat.wall, old.limits, vault=chat.vault)
    whole = ChatPortrait.read(written["chat"])
    with pytest.raises(StopIteration):
        new.prepare(whole).send(None)
    for door, state in zip(doors, written["doors"], strict=True):
        _begin_anew(door, state)
    portraits = [SessionPortrait.read(each) for each in written["sessions"]]
    for portrait, state, peer in zip(portraits, written["clients"], found, strict=True):
        revived = _made_by(datagrams if peer is None else peer.door).revived(state, partial(new.revive, portrait))
        if peer is not None:
            put_on_transport(peer, revived)
    for go_on in new.settle(whole, portraits):
        go_on()
    for person, state in zip(list(new.everyone), written["clients"], strict=True):
        person.client.begin(state)
    for door, state in zip(doors, written["doors"], strict=True):
        if isinstance(door, DatagramDoor):
            door.protocol.begin(state)


def _made_by(door: Any) -> Any:
    return door.protocol if isinstance(door, DatagramDoor) else door.factory


def _begin_anew(door: Any, state: Any) -> None:
    """Have a door of the new hub's in place of the old one's."""
    kept = {"transport": door.transport, "_ports": door._ports} if isinstance(door, DatagramDoor) else {}
    door.__init__(door.chat)
    vars(door).update(kept)
    if isinstance(door, DatagramDoor):
        door.protocol.transport = door.transport
    _made_by(door).revive(state)
