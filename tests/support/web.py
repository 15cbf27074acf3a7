"""The web port without a network: the real protocol on a transport in memory, websockets' own client at the far end."""

from __future__ import annotations

import json
from typing import Any

from support.chat import Chat
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from twistchat.interfaces.web.connection import WebFactory, WebProtocol
from twistchat.interfaces.web.site import Site
from twistchat.interfaces.web.visit import OriginPolicy
from twistchat.wire.json import told_of
from twistchat.wire.language import ENGLISH
from twistchat.wire.line import LineFormat

LINE = LineFormat()


class WebDoor:
    """The web interface of a chat."""

    name = "web"
    welcome = "Connected to server!"
    colon = ": "

    def __init__(self, chat: Chat, path: str = "/", policy: OriginPolicy | None = None) -> None:
        self.chat = chat
        self.factory = WebFactory(chat.hub, ENGLISH, Site(path, {}), policy or OriginPolicy())

    def opens(self, address: str = "127.0.0.1") -> WebVisitor:
        """Somebody connects, and has sent nothing yet."""
        return WebVisitor(self, address)

    def connects(self, address: str = "127.0.0.1") -> WebPeer:
        """Somebody opens a WebSocket from the server's own page."""
        return WebPeer(self, address)

    def enters(self, name: str, address: str = "127.0.0.1") -> WebPeer:
        """Somebody opens a WebSocket, gives a name and is in; what they heard on the way is forgotten."""
        peer = self.connects(address)
        peer.gives_name(name)
        assert self.welcome in peer.hears()
        return peer


class WebVisitor:
    """The far end of one connection."""

    def __init__(self, door: WebDoor, address: str) -> None:
        self.door = door
        peer = IPv4Address("TCP", address, 40000)
        self.transport = StringTransport(peerAddress=peer, lenient=True)
        self.protocol: WebProtocol = door.factory.buildProtocol(peer)
        self.protocol.makeConnection(self.transport)

    def sends(self, *reads: bytes) -> None:
        """Send bytes, each of them read at once, and let the turn end."""
        for read in reads:
            self.protocol.dataReceived(read)
        self.door.chat.turn()

    def gets(self) -> bytes:
        """The bytes that came since this was last asked."""
        got: bytes = self.transport.value()
        self.transport.clear()
        return got

    def asks_for(self, request: str) -> bytes:
        """Send a request's head, its lines ended by newlines, and return what comes."""
        self.gets()
        self.sends(request.strip().replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
        return self.gets()

    def hangs_up(self) -> None:
        """End the connection, and let the turn end."""
        self.protocol.connectionLost(Failure(ConnectionDone()))
        self.door.chat.turn()

    @property
    def is_closed(self) -> bool:
        """Whether the server hung up."""
        return bool(self.transport.disconnecting)

    @property
    def was_aborted(self) -> bool:
        """Whether the server hung up without waiting for what is queued."""
        return bool(self.transport.disconnected)


class WebPeer(WebVisitor):
    """A program at a WebSocket; what it is sent is read as the lines that a person would see."""

    greeting = b""

    def __init__(self, door: WebDoor, address: str) -> None:
        super().__init__(door, address)
        self.socket = ClientProtocol(parse_uri("ws://127.0.0.1/chat"))
        request = self.socket.connect()
        request.headers["Origin"] = "http://127.0.0.1"
        self.socket.send_request(request)
        self._objects: list[dict[str, Any]] = []
        self.pump()

    def pump(self) -> None:
        """Carry bytes both ways until nobody has any."""
        for _ in range(100):
            sent = [chunk for chunk in self.socket.data_to_send() if chunk]
            for chunk in sent:
                self.protocol.dataReceived(chunk)
            self.door.chat.turn()
            got = self.gets()
            if not sent and not got:
                return
            self._read(got)

    def _read(self, data: bytes) -> None:
        if data:
            self.socket.receive_data(data)
        for event in self.socket.events_received():
            if isinstance(event, Response):
                assert event.status_code == 101, event.body
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                assert event.fin
                self._objects.append(json.loads(event.data))

    def tells(self, *values: Any) -> list[dict[str, Any]]:
        """Send objects, all in one turn, and return those that came since this was last asked."""
        for value in values if self.socket.state is State.OPEN else ():
            self.socket.send_text(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        return self.objects()

    def objects(self) -> list[dict[str, Any]]:
        """The objects that came since this was last asked."""
        self.pump()
        objects, self._objects = self._objects, []
        return objects

    def says_goodbye(self) -> None:
        """Send a closing frame, and read on."""
        if self.socket.state is State.OPEN:
            self.socket.send_close(1000)
        self.pump()

    def gives_name(self, name: str) -> None:
        """Say hello."""
        self._say({"name": name})

    def says(self, *texts: str) -> None:
        """Send lines, all in one turn."""
        self._say(*({"line": text} for text in texts))

    def _say(self, *values: Any) -> None:
        heard = self._objects
        self._objects = []
        self._objects = heard + self.tells(*values)

    def asks(self, line: str) -> list[str]:
        """Send a line, and return what comes of it, without what came before."""
        self.hears()
        self.says(line)
        return self.hears()

    def hears(self) -> list[str]:
        """What came since this was last asked, as a person would see it at a terminal."""
        return [_line(value) for value in self.objects()]

    @property
    def close_code(self) -> int | None:
        """The code that the server closed with, if it did."""
        self.pump()
        return None if self.socket.close_rcvd is None else self.socket.close_rcvd.code


def _line(value: dict[str, Any]) -> str:
    told = told_of(value)
    if told is not None:
        past = LINE.stamped(bool(value.get("past")))
        return past.event(told).decode().rstrip("\r\n")
    return str(value.get("text") or {"welcome": WebDoor.welcome, "goodbye": "Goodbye."}[value["kind"]])
