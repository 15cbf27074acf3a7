"""Line chat without a network: the real protocol on a transport in memory."""

from __future__ import annotations

from support.chat import Chat
from support.farend import FarEnd

from twistchat.interfaces.tcp.connection import ChatLineProtocol
from twistchat.interfaces.tcp.service import ChatFactory
from twistchat.wire.language import ENGLISH, Language


class LineDoor:
    """The line interface of a chat."""

    name = "tcp"
    welcome = "Connected to server!"
    colon = ": "

    def __init__(self, chat: Chat, language: Language = ENGLISH) -> None:
        self.chat = chat
        self.factory = ChatFactory(chat.hub, language)

    def connects(self, address: str = "127.0.0.1") -> LinePeer:
        """Somebody connects and is asked for a name."""
        return LinePeer(self, address)

    def enters(self, name: str, address: str = "127.0.0.1") -> LinePeer:
        """Somebody connects, gives a name and is in; what they heard on the way is forgotten."""
        peer = self.connects(address)
        peer.gives_name(name)
        assert self.welcome in peer.hears()
        return peer


class LinePeer(FarEnd):
    """Somebody who types lines."""

    near = ChatLineProtocol

    def __init__(self, door: LineDoor, address: str) -> None:
        super().__init__(door, address)
        self.greeting = self.gets()
        """The prompt, or why there is none."""

    def gives_name(self, name: str) -> None:
        """Answer the prompt."""
        self.says(name)

    def says(self, *texts: str) -> None:
        """Send lines, all in one turn."""
        self.sends(*(f"{text}\r\n".encode() for text in texts))

    def asks(self, line: str) -> list[str]:
        """Send a line, and return what comes of it, without what came before."""
        self.hears()
        self.says(line)
        return self.hears()

    def hears(self) -> list[str]:
        """The lines that came since this was last asked."""
        return self.gets().decode("utf-8").splitlines()

    def closes_its_side(self) -> None:
        """Send nothing more, and read on, as `nc -N` does; let the turn end."""
        if not self.transport.disconnecting and not self.transport.disconnected:
            self.protocol.readConnectionLost()
        self.door.chat.turn()
