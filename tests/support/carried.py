"""Connections that go on in another process, without one: what is written down goes through JSON, and is read again.

What the core keeps of a person stays as it is here; of each connection everything is made anew, on the same transport.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from twistchat.core.intake import Deed
from twistchat.core.session import Session


def through_json(state: Any) -> Any:
    """What another process reads of what was written."""
    text = json.dumps(state, allow_nan=False)
    again = json.loads(text)
    assert json.dumps(again) == text
    return again


def parts_of(thing: Any, seen: set[int] | None = None) -> Iterator[Any]:
    """A connection and all objects that it is made of, but none of the chat's."""
    seen = set() if seen is None else seen
    if id(thing) in seen or not type(thing).__module__.startswith(("twistchat.interfaces.", "twistchat.wire.")):
        return
    seen.add(id(thing))
    if type(thing).__name__ in ("Network", "WebFactory", "IrcFactory", "Connections", "ChatDatagramProtocol"):
        return
    yield thing
    for value in vars(thing).values() if hasattr(thing, "__dict__") else ():
        yield from parts_of(value, seen)


def stop(connection: Any) -> None:
    """Have a connection do nothing any more, as its process has ended."""
    for part in list(parts_of(connection)):
        for value in list(vars(part).values()) if hasattr(part, "__dict__") else ():
            if hasattr(value, "cancel") and hasattr(value, "active") and value.active():
                value.cancel()


def back(session: Session) -> Callable[[Any], Session]:
    """What gives a client the session of another one: the core's part, here by the same object."""

    def session_of(client: Any) -> Session:
        session._client = session.person.client = client
        intake = session._intake
        intake._held = deque((_made_again(client, heard), tag) for heard, tag in intake._held)
        return session

    return session_of


def _made_again(client: Any, heard: Any) -> Any:
    if not isinstance(heard, Deed):
        return heard
    made = client.deed(through_json(heard.came.decode("latin-1")).encode("latin-1"))
    assert made is not None
    assert (made.price, made.counts_as_activity, made.came) == (heard.price, heard.counts_as_activity, heard.came)
    return made


def carry(peer: Any) -> Any:
    """Have a connection of a `FarEnd` go on in another process.

    Returns:
        What was written down of it.
    """
    old = peer.protocol
    state = through_json(old.state())
    session = old.session_to_carry
    stop(old)
    peer.protocol = peer.door.factory.revived(state, back(session))
    old._connections_of_test.closed() if hasattr(old, "_connections_of_test") else None
    peer.protocol.makeConnection(peer.transport)
    peer.protocol.begin(state)
    return state
