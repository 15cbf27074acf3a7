"""The web port without a network: the real protocol on a transport in memory, websockets' own client at the far end."""

from __future__ import annotations

import json
from typing import Any

from support.chat import Chat
from support.farend import FarEnd, WebSocketEnd
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from twistchat.interfaces.hooks.reception import ProgramReception
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

    def __init__(self, chat: Chat, path: str = "/", policy: OriginPolicy | None = None, hooks: str = "near") -> None:
        self.chat = chat
        reception = ProgramReception(chat.hub, hooks, path)
        self.factory = WebFactory(chat.hub, ENGLISH, Site(path, {}), policy or OriginPolicy(), reception=reception)

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


class WebVisitor(FarEnd):
    """Somebody who speaks HTTP."""

    near = WebProtocol

    def asks_for(self, request: str) -> bytes:
        """Send a request's head, its lines ended by newlines, and return what comes."""
        self.gets()
        self.sends(request.strip().replace("\n", "\r\n").encode("latin-1") + b"\r\n\r\n")
        return self.gets()


class WebPeer(WebSocketEnd):
    """A program at a WebSocket; what it is sent is read as the lines that a person would see."""

    near = WebProtocol

    def __init__(self, door: WebDoor, address: str) -> None:
        super().__init__(door, address)
        self._objects: list[dict[str, Any]] = []
        self.opens("/chat")

    def takes(self, frame: Frame) -> None:
        """Keep an object."""
        if frame.opcode is Opcode.TEXT:
            assert frame.fin
            self._objects.append(json.loads(frame.data))

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
