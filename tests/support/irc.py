"""IRC without a network: the real protocol on a transport in memory, or on a WebSocket's, and a client at the far end.

The client types what a person would (`/msg eve psst`) as IRC's own commands, and shows what comes as the line dialect
would show it, so that the contract of all interfaces can be asked of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from support.chat import Chat
from support.dialect import shown
from support.farend import FarEnd, WebSocketEnd
from twisted.internet.protocol import Protocol
from websockets.frames import Frame, Opcode
from websockets.protocol import State

from twistchat.core.events import (
    Acted,
    Event,
    Invited,
    Joined,
    Left,
    Noticed,
    PrivateSet,
    PutOut,
    Removed,
    Renamed,
    Said,
    TopicSet,
    Whispered,
)
from twistchat.interfaces.irc.connection import IrcFactory, IrcProtocol
from twistchat.interfaces.irc.network import Network
from twistchat.interfaces.irc.service import member_of
from twistchat.interfaces.sockets import SocketDialect
from twistchat.interfaces.web.connection import WebFactory, WebProtocol
from twistchat.interfaces.web.site import Site
from twistchat.interfaces.web.visit import OriginPolicy
from twistchat.wire.irc_lines import IrcLine, parse
from twistchat.wire.irc_text import action, action_in, pieces
from twistchat.wire.language import ENGLISH

SERVER = "irc.test"
CAPS = "batch draft/multiline echo-message message-tags server-time"
"""What the door's client asks for."""

SUBPROTOCOLS = ("binary.ircv3.net", "text.ircv3.net")

_LINE_BYTES = 400
_RENAMED = {"who": "NAMES #lobby", "help": "H"}


def network_of(chat: Chat, **more: Any) -> Network:
    """A chat as IRC has it."""
    return Network(chat.hub, server=SERVER, started=0.0, **more)


def typed(text: str, room: str = "lobby") -> Iterator[str]:
    """The lines that a client sends for what a person types in the window of a room."""
    text = text.replace("\0", "").replace("\r", " ")  # no line of IRC can have them
    word, _, rest = text[1:].partition(" ")
    if not text.startswith("/") or text.startswith("//"):
        yield from said(f"#{room}", text[text.startswith("//") :])
    elif word == "me":
        yield f"PRIVMSG #{room} :{action(rest)}"
    elif word == "msg":
        name, _, message = rest.partition(" ")
        yield from said(name, message)
    elif word == "kick":
        name, _, reason = rest.partition(" ")
        yield f"KICK #{room} {name} :{reason}"
    elif word == "topic":
        yield f"TOPIC #{room} :{rest}"
    elif word == "join":
        yield f"JOIN #{rest}"
    elif word == "invite":
        yield f"INVITE {rest} #{room}"
    elif word == "private":
        yield f"MODE #{room} {'+' if rest == 'on' else '-'}i"
    elif word == "quit":
        yield f"QUIT :{rest}"
    else:
        yield f"{_RENAMED.get(word, word.upper())} {rest}".strip()


def said(target: str, text: str) -> Iterator[str]:
    """A text as a line, or in pieces where it is long."""
    if len(text.encode()) <= _LINE_BYTES:
        yield f"PRIVMSG {target} :{text}"
        return
    yield f"BATCH +long draft/multiline {target}"
    for at, piece in enumerate(pieces(text, _LINE_BYTES, keeps_blanks=True)):
        yield f"@batch=long{';draft/multiline-concat' if at else ''} PRIVMSG {target} :{piece}"
    yield "BATCH -long"


class Screen:
    """Shows what comes, line by line."""

    def __init__(self) -> None:
        self._asks = False
        self._names: list[str] = []

    def asked(self, lines: Iterable[str]) -> None:
        """Note what was sent: names are shown to who asks for them."""
        self._asks |= any(line.startswith("NAMES") for line in lines)

    def shows(self, text: str) -> list[str]:
        """A line that came, as a person sees it; nothing for what clients keep to themselves."""
        line = parse(text)
        assert line is not None, text
        assert line.source or line.command == "ERROR", text
        return [*self._shown(line, (line.source or "").partition("!")[0])]

    def _shown(self, line: IrcLine, name: str) -> Iterator[str]:
        params = list(line.params)
        match [line.command, *params]:
            case ["001", *_]:
                yield "Connected to server!"
            case ["332", _, room, topic]:
                yield f"Topic of {room[1:]}: {topic}"
            case ["353", _, _, _, names]:
                self._names += names.split()
            case ["366", _, room, _]:
                if self._asks:
                    yield f"In {room[1:]} ({len(self._names)}): {', '.join(sorted(self._names))}"
                self._asks, self._names = False, []
            case ["341", inviter, guest, room]:
                yield shown(Invited(room[1:], inviter, guest))
            case ["ERROR", text]:
                yield text.removeprefix("Closing Link: ")
            case ["412" | "422", *_]:
                return
            case ["FAIL", *_, text]:
                yield text
            case [number, *_, text] if number.isdecimal() and number[0] in "45":
                yield text
            case ["NOTICE", _, text] if name == SERVER:
                yield text
            case _:
                event = event_of(line, name)
                if event is not None:
                    yield shown(event)


def event_of(line: IrcLine, name: str) -> Event | None:
    """What a line tells of somebody."""
    params = list(line.params)
    room = params[0].removeprefix("#") if params else ""
    match [line.command, *params]:
        case ["JOIN", *_]:
            return Joined(room, name)
        case ["PART", _, *reason]:
            return Left(room, name, *reason)
        case ["QUIT", *reason]:
            return Left("lobby", name, *reason)
        case ["KICK", _, whom, reason]:
            return Removed(room, whom, reason) if name == SERVER else PutOut(room, whom, reason, name)
        case ["MODE", _, "+i" | "-i" as change]:
            return PrivateSet(room, name, "on" if change == "+i" else "off")
        case ["INVITE", guest, room]:
            return Invited(room[1:], name, guest)
        case ["NICK", new]:
            return Renamed("lobby", name, new)
        case ["TOPIC", _, topic]:
            return TopicSet(room, name, topic)
        case ["NOTICE", _, text]:
            return Noticed(room, name, text)
        case ["PRIVMSG", target, text] if not target.startswith("#"):
            return Whispered(name, target, text)
        case ["PRIVMSG", _, text]:
            did = action_in(text)
            return Said(room, name, text) if did is None else Acted(room, name, did)
    return None


def numbers(lines: list[str]) -> list[str]:
    """The commands of lines."""
    return [line.command for line in map(parse, lines) if line is not None]


class IrcPeer(FarEnd):
    """Somebody with a client of IRC."""

    near: type[Protocol] = IrcProtocol

    def __init__(self, door: Any, address: str) -> None:
        super().__init__(door, address)
        self.screen = Screen()
        self.room = "lobby"
        self._has_come = False

    def writes(self, *lines: str) -> None:
        """Send lines of IRC, all in one read."""
        self.screen.asked(lines)
        self.sends("".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape"))

    def lines(self) -> list[str]:
        """The lines of IRC that came since this was last asked."""
        got = self.gets().decode("utf-8")
        assert not got or got.endswith("\r\n")
        return got.split("\r\n")[:-1]

    def says_line(self, *lines: str) -> list[str]:
        """Send lines of IRC, and return those that come of it, without what came before."""
        self.lines()
        self.writes(*lines)
        return self.lines()

    # --- as a person does it

    def gives_name(self, name: str) -> None:
        """Register, or try another name."""
        if self._has_come:
            self.writes(f"NICK :{name}")
        else:
            self._has_come = True
            self.writes("CAP LS 302", f"CAP REQ :{CAPS}", f"NICK :{name}", "USER u 0 * :Somebody", "CAP END")

    def registers(self, name: str, caps: str = "") -> None:
        """Register with other capabilities; what comes of it is forgotten."""
        self._has_come = True
        asked = [f"CAP REQ :{caps}"] if caps else []
        self.writes(*asked, f"NICK {name}", "USER u 0 * :Somebody", *(["CAP END"] if caps else []))
        self.lines()

    def says(self, *texts: str) -> None:
        """Type lines, all in one turn."""
        lines = []
        for text in texts:
            if text.startswith("/join "):
                self.room = text.split()[1]
            lines += typed(text, self.room)
        self.writes(*lines)

    def asks(self, line: str) -> list[str]:
        """Type a line, and return what comes of it, without what came before."""
        self.hears()
        self.says(line)
        return self.hears()

    def hears(self) -> list[str]:
        """What came since this was last asked, as a person sees it."""
        return [each for line in self.lines() for each in self.screen.shows(line)]


class IrcDoor:
    """The IRC interface of a chat."""

    name = "irc"
    welcome = "Connected to server!"
    colon = ": "

    def __init__(self, chat: Chat, **network: Any) -> None:
        self.chat = chat
        self.network = network_of(chat, **network)
        self.factory: Any = self.make_factory()

    def make_factory(self) -> Any:
        """What makes protocols."""
        return IrcFactory(self.network)

    def connects(self, address: str = "127.0.0.1") -> IrcPeer:
        """Somebody connects, and has sent nothing yet."""
        return IrcPeer(self, address)

    def enters(self, name: str, address: str = "127.0.0.1") -> IrcPeer:
        """Somebody registers and is in; what they heard on the way is forgotten."""
        peer = self.connects(address)
        peer.gives_name(name)
        assert self.welcome in peer.hears()
        return peer

    def registers(self, name: str, caps: str = "", address: str = "127.0.0.1") -> IrcPeer:
        """Somebody registers with capabilities of their own; what they heard on the way is forgotten."""
        peer = self.connects(address)
        peer.registers(name, caps)
        return peer


class IrcSocketPeer(WebSocketEnd, IrcPeer):
    """Somebody with a client of IRC that is in a browser."""

    near = WebProtocol

    def __init__(self, door: Any, address: str) -> None:
        super().__init__(door, address)
        self._messages: list[bytes] = []
        self.kinds: set[Opcode] = set()
        self.opens(door.path, door.offered)

    def takes(self, frame: Frame) -> None:
        """Keep a message."""
        if frame.opcode in (Opcode.TEXT, Opcode.BINARY):
            assert frame.fin
            self.kinds.add(frame.opcode)
            self._messages.append(frame.data)

    def writes(self, *lines: str) -> None:
        self.screen.asked(lines)
        self.sends(*(line.encode("utf-8", "surrogateescape") for line in lines))

    def sends(self, *reads: bytes) -> None:
        """Send messages, all in one turn."""
        for read in reads if self.socket.state is State.OPEN else ():
            if self.socket.subprotocol == SUBPROTOCOLS[0]:
                self.socket.send_binary(read)
            else:
                self.socket.send_text(read)
        self.pump()

    def gets(self) -> bytes:
        self.pump()
        messages, self._messages = self._messages, []
        return b"".join(message + b"\r\n" for message in messages)


class IrcSocketDoor(IrcDoor):
    """IRC at the web port."""

    path = "/irc"
    offered = SUBPROTOCOLS

    def make_factory(self) -> WebFactory:
        def speaker(link: Any) -> Any:
            return member_of(self.network, link)

        dialect = SocketDialect("irc", "irc", SUBPROTOCOLS, SUBPROTOCOLS[0], self.network.format, speaker, self.network)
        return WebFactory(self.chat.hub, ENGLISH, Site("/", {}), OriginPolicy(), [dialect])

    def connects(self, address: str = "127.0.0.1") -> IrcSocketPeer:
        return IrcSocketPeer(self, address)
