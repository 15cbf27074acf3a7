"""Somebody who may come by any interface, as a test sees who does not care which: lines in, an end, and what is left.

A transport in memory does not end by itself: `settles` does for it what a real one does once it is told to.
"""

from __future__ import annotations

import json
from collections.abc import Sized
from typing import Any

from support.chat import Chat
from support.datagrams import DatagramDoor, DatagramPeer
from support.irc import IrcDoor, IrcSocketDoor
from support.lines import LineDoor, LinePeer
from support.streams import StreamDoor
from support.web import WebDoor, WebPeer
from twisted.internet.error import TimeoutError
from twisted.python.failure import Failure

ADDRESS = "10.1.2.3"
"""Not this machine's own, which no limit counts."""

DEAD_SECONDS = 120.0
"""After which every interface must have found out that a peer is dead."""


class Guest:
    """The far end of one connection; a subclass for each way in."""

    way = ""

    def __init__(self, chat: Chat) -> None:
        """Connect, with no name yet."""
        self.chat = chat
        self.door = self.opens_door()
        self.standing = len(chat.clock.getDelayedCalls())
        """What is scheduled while nobody is connected by it."""
        self.peer = self.connects()

    def opens_door(self) -> Any:
        """The interface."""
        raise NotImplementedError

    def connects(self) -> Any:
        """Connect to it."""
        return self.door.connects(ADDRESS)

    def gives_name(self, name: str) -> None:
        """Give a name, in the way's own manner."""
        self.peer.gives_name(name)

    def says(self, line: str) -> None:
        """Send a line."""
        self.peer.says(line)

    def hangs_up(self) -> None:
        """End it from this side."""
        self.peer.hangs_up()

    def closes_its_side(self) -> None:
        """Say that nothing more comes, and read on; where the way knows no such thing, end it."""
        self.hangs_up()

    def stops_reading(self) -> None:
        """Take nothing more of what is sent, where the way has a notion of that."""

    def falls_silent(self) -> None:
        """Be dead, and let as much time pass as that may stay unknown."""
        for _ in range(round(DEAD_SECONDS / 15) + 1):
            self.chat.clock.advance(15)

    def settles(self) -> None:
        """Let three seconds pass, and end what the server has ended."""
        for _ in range(30):
            self.chat.clock.advance(0.1)

    def came(self) -> Any:
        """What was sent to this peer since this was last asked."""
        return self.peer.gets()

    def tables(self) -> list[Sized]:
        """What the interface keeps of those who are connected."""
        return []


class _Connected(Guest):
    """By a connection, whose end the kernel tells."""

    peer: Any
    is_lost = False

    def settles(self) -> None:
        for _ in range(30):
            self.chat.clock.advance(0.1)
            if not self.is_lost and (self.peer.is_closed or self.peer.was_aborted):
                self.hangs_up()

    def hangs_up(self) -> None:
        if not self.is_lost:
            self.is_lost = True
            self.peer.hangs_up()

    def stops_reading(self) -> None:
        if self.peer.transport.producer is not None:
            self.peer.transport.producer.pauseProducing()

    def tables(self) -> list[Sized]:
        return [range(self.door.factory.connections._open)]


class LineGuest(_Connected):
    """By telnet, nc or the like."""

    way = "lines"

    def opens_door(self) -> LineDoor:
        return LineDoor(self.chat)

    def connects(self) -> LinePeer:
        return self.door.connects(ADDRESS)  # type: ignore[no-any-return]

    def closes_its_side(self) -> None:
        self.peer.closes_its_side()

    def falls_silent(self) -> None:
        """The kernel finds it out: see tests of the sockets' options."""
        super().falls_silent()
        if not self.is_lost:
            self.is_lost = True
            self.peer.protocol.connectionLost(Failure(TimeoutError()))


class UnframedGuest(LineGuest):
    """By the threaded tutorial's own client, which ends no line."""

    way = "unframed"

    def gives_name(self, name: str) -> None:
        self.peer.sends(name.encode())
        self.chat.clock.advance(0.5)

    def says(self, line: str) -> None:
        self.peer.sends(f"ada: {line}".encode())


class ProgramGuest(LineGuest):
    """By a program's JSON over TCP."""

    way = "program"

    def gives_name(self, name: str) -> None:
        self.peer.says(json.dumps({"name": name}))

    def says(self, line: str) -> None:
        self.peer.says(json.dumps({"line": line, "id": "1"}))


class WebGuest(_Connected):
    """By a WebSocket."""

    way = "web"

    def opens_door(self) -> WebDoor:
        return WebDoor(self.chat)

    def connects(self) -> WebPeer:
        return self.door.connects(ADDRESS)  # type: ignore[no-any-return]

    def closes_its_side(self) -> None:
        self.peer.says_goodbye()

    def came(self) -> Any:
        objects, self.peer._objects = self.peer._objects, []
        return [*objects, self.peer.gets()]

    def tables(self) -> list[Sized]:
        return [*super().tables(), self.door.factory.visitors, +self.door.factory.doorstep._open]


class IrcGuest(_Connected):
    """By IRC."""

    way = "irc"

    def opens_door(self) -> IrcDoor:
        return IrcDoor(self.chat)

    def tables(self) -> list[Sized]:
        network = self.door.network
        here = [person for person in network.members if person.client is self.peer.protocol]
        return [*super().tables(), here, network._followers]


class IrcSocketGuest(WebGuest):
    """By IRC in a WebSocket."""

    way = "irc by websocket"

    def opens_door(self) -> Any:
        return IrcSocketDoor(self.chat)

    def closes_its_side(self) -> None:
        self.hangs_up()

    def came(self) -> Any:
        return [*self.peer._messages, self.peer.gets()]


class DatagramGuest(Guest):
    """By bare datagrams."""

    way = "datagrams"

    def opens_door(self) -> DatagramDoor:
        return DatagramDoor(self.chat)

    def connects(self) -> DatagramPeer:
        return self.door.connects(ADDRESS)  # type: ignore[no-any-return]

    def gives_name(self, name: str) -> None:
        self.peer.gives_name(name)
        self.peer.sends(f"P {name}".encode())

    def tables(self) -> list[Sized]:
        return [self.door.protocol._members, self.door.protocol.streams]


class StreamGuest(DatagramGuest):
    """By numbered datagrams."""

    way = "numbered"

    def opens_door(self) -> StreamDoor:
        return StreamDoor(self.chat)

    def gives_name(self, name: str) -> None:
        self.peer.gives_name(name)

    def came(self) -> Any:
        return self.door.transport.sent.pop(self.peer.address, [])

    def tables(self) -> list[Sized]:
        return [*super().tables(), range(self.door.protocol.streams.open._open)]


WAYS: tuple[type[Guest], ...] = (
    *(LineGuest, UnframedGuest, ProgramGuest, WebGuest, IrcGuest, IrcSocketGuest, DatagramGuest, StreamGuest),
)
