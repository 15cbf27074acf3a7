"""Connections that go on in another process, without one: what is written down goes through JSON, and is read again.

What the core keeps of a person stays as it is here; of each connection everything is made anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from support.datagrams import DatagramDoor
from support.farend import FarEnd
from twisted.internet.testing import StringTransport
from websockets.frames import Frame, Opcode
from websockets.utils import apply_mask

from twistchat.core.intake import Deed
from twistchat.core.session import Session
from twistchat.interfaces.udp.port import ChatDatagramProtocol
from twistchat.wire.language import ENGLISH

_OF_THE_CHAT = {"Network", "WebFactory", "IrcFactory", "ChatFactory", "Connections", "Streams", "ChatDatagramProtocol"}


def through_json(state: Any) -> Any:
    """What another process reads of what was written."""
    return json.loads(json.dumps(state, allow_nan=False))


def rounded(state: Any) -> Any:
    """What was written, with its times rounded as sums of them are not exact."""
    if isinstance(state, float):
        return round(state, 6)
    if isinstance(state, list):
        return [rounded(each) for each in state]
    return {key: rounded(each) for key, each in state.items()} if isinstance(state, dict) else state


def attributes(thing: Any) -> dict[str, Any]:
    """All that an object keeps, by name."""
    slots = [name for kind in type(thing).__mro__ for name in getattr(kind, "__slots__", ())]
    return {**{name: getattr(thing, name) for name in slots}, **getattr(thing, "__dict__", {})}


def parts_of(thing: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """A connection and all objects of its own that it is made of."""
    seen = set() if seen is None else seen
    kind = type(thing)
    is_ours = kind.__module__.startswith(("twistchat.interfaces.", "twistchat.wire."))
    if id(thing) in seen or not is_ours or kind.__name__ in _OF_THE_CHAT:
        return
    seen.add(id(thing))
    yield thing
    for value in attributes(thing).values():
        yield from parts_of(value, seen)


def stop(connection: Any) -> None:
    """Have a connection do nothing any more, as its process has ended."""
    for part in list(parts_of(connection)):
        for value in attributes(part).values():
            if hasattr(value, "cancel") and hasattr(value, "active") and value.active():
                value.cancel()


def back(session: Session) -> Callable[[Any], Session]:
    """What gives a client the session of another one: the core's part, which is the same object here."""

    def session_of(client: Any) -> Session:
        session.person.client = client
        intake = session._intake
        intake._held = [(_made_again(client, heard), tag) for heard, tag in intake._held]
        for room in session.person.rooms:
            session.person.shared.rooms[room].group_of(session.person)[session.person] = client.send
        return session

    return session_of


def _made_again(client: Any, heard: Any) -> Any:
    if not isinstance(heard, Deed):
        return heard
    made = client.deed(heard.came)
    assert made is not None
    assert made[1:] == heard[1:]
    return made


def client_of(peer: FarEnd) -> Any:
    """The server's end of a connection, as the core knows it."""
    return getattr(peer.protocol, "_member", None) or peer.protocol


def carry(peer: FarEnd) -> Any:
    """Have somebody's connection go on in another process.

    Returns:
        What was written down of it.
    """
    old, factory = client_of(peer), peer.door.factory
    assert not old._session.is_gone, "who has gone is waited for"
    state = through_json(old.state())
    stop(peer.protocol)
    put_on_transport(peer, factory.revived(state, back(old._session)))
    factory.connections.closed()
    client = old._session.person.client
    before_it = through_json(client.state())  # there are no timers yet, and what was kept is sent with the beginning
    client.begin(state)
    after = {**through_json(client.state()), "egress": before_it["egress"]}
    assert rounded(after) == rounded(state)
    return state


def put_on_transport(peer: FarEnd, protocol: Any) -> None:
    """Have somebody be connected with another protocol, and have what they did not read yet."""
    before, peer.transport = peer.transport, StringTransport(peerAddress=peer.transport.getPeer(), lenient=True)
    peer.transport.write(before.value())
    peer.protocol = protocol
    protocol.makeConnection(peer.transport)


def carry_port(door: DatagramDoor) -> Any:
    """Have a port of datagrams and all of its members go on in another process.

    Returns:
        What was written down of the port.
    """
    old = door.protocol
    state = through_json(old.state())
    members = [person for person in door.chat.hub.everyone if hasattr(person.client, "sender")]
    states = [through_json(person.client.state()) for person in members]
    for person in members:
        stop(person.client)
    old.stopProtocol()
    door.protocol = new = ChatDatagramProtocol(door.chat.hub, ENGLISH, old._machine, old._probe)
    new.transport = door.transport
    new.signpost = old.signpost
    new.revive(state)
    for person, written in zip(members, states, strict=True):
        new.revived(written, back(person._door))  # type: ignore[arg-type]
    assert rounded({**through_json(new.state()), "asked_for": state["asked_for"]}) == rounded(state)
    new.startProtocol()
    for person, written in zip(members, states, strict=True):
        person.client.begin(written)
    new.begin(state)
    return state


MASK = b"\x01\x02\x03\x04"


def masked(opcode: Opcode, payload: bytes, fin: bool = True, wasted: int = 0) -> bytes:
    """A client's frame, always with the same mask; its length may be written in more bytes than it needs."""
    plain = Frame(opcode, payload, fin).serialize(mask=False)
    head = plain[1 : len(plain) - len(payload)]
    if wasted:
        head = bytes([126 if wasted == 2 else 127]) + len(payload).to_bytes(wasted, "big")
    return plain[:1] + bytes([head[0] | 0x80]) + head[1:] + MASK + apply_mask(payload, MASK)
