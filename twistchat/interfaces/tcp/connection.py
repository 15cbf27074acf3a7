"""One connection of line chat: telnet, nc, the threaded tutorial's own client, a program."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.error import ConnectionDone
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from twistchat.core.clocks import Timer, cancel, seconds_left
from twistchat.core.hub import Hub
from twistchat.core.replies import notice
from twistchat.core.session import Session
from twistchat.core.text import rubbed_out
from twistchat.errors import CutByTelnet, LineTooLong, NotText
from twistchat.interfaces.carried import CarriedClient
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.encodings import answer_in
from twistchat.interfaces.ingress import FREE, Ingress
from twistchat.interfaces.keepalive import ready_for_lines
from twistchat.interfaces.listening import Connections
from twistchat.interfaces.mistaken import is_http_request, is_tls_hello
from twistchat.interfaces.talker import Talker
from twistchat.interfaces.tcp.dialects import Dialect, dialect_of, written_dialect
from twistchat.interfaces.tcp.first_read import SILENCE_SECONDS, FirstRead
from twistchat.interfaces.tcp.pacer import Pacer
from twistchat.wire import unframed
from twistchat.wire.framing import Lines
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import Language
from twistchat.wire.line import PROMPT, LineFormat, plain_line, plain_text
from twistchat.wire.lineends import SETTLE_SECONDS, LineEnds
from twistchat.wire.packing import Written, again
from twistchat.wire.telnet import TelnetFilter
from twistchat.wire.text import UTF_8, Encoding


@implementer(IHalfCloseableProtocol)
class ChatLineProtocol(CarriedClient):
    """One TCP connection: lines go to a `Session`, frames come back as they are."""

    send: Callable[[bytes], None]
    """Sends a frame, or keeps it up to the limit for a peer that does not read. No method, as it is called the most."""

    interface = "tcp"

    def __init__(self, hub: Hub, address: str, language: Language, connections: Connections) -> None:
        super().__init__()
        self._hub = hub
        self._turn = hub.turn
        self._connections = connections
        self.address = address
        self._language = language
        self.format: Dialect = LineFormat(language)
        self._session: Session | None = None
        self._telnet = TelnetFilter()
        self._ends = LineEnds()
        self._encoding = Encoding()
        self._framing: Lines | unframed.Messages = Lines()
        self._prefix = ""  # what an unframed client puts before each message
        self._first = FirstRead(hub.clock, self._is_unframed)
        self._has_read = False
        self._last_read = 0  # its bytes
        self._is_between_lines = False  # then a read may take the short way
        self._settling: Timer | None = None  # after a CR that came last
        self._pacer: Pacer | None = None  # for an unframed client
        self._prompted = 0.0

    # --- the connection

    def connectionMade(self) -> None:
        self._connections.opened()
        ready_for_lines(self.transport)
        self._ingress = Ingress(self._hub, self, self.transport, JsonFormat(self._language))
        self._egress = Egress(self.transport, self._hub.clock, self._cap, self._ingress.overflowed, self._behind)
        self.send = self._egress.write
        self._come()

    def _come_in(self) -> None:
        self._session = self._ingress.come_in()
        if self._session is None:
            self.disconnect()
        else:
            self._at_the_door(self._session)
            self._prompted = self._hub.clock.seconds()
            self.send(PROMPT)

    def _at_the_door(self, session: Session) -> None:
        session.conceal_codes(self._conceal)
        session.entrance.read_ahead(self._read_behind)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._connections.closed()
        if reason.check(ConnectionDone):
            self._end_last_line()
        self._stop_watching()
        if self._pacer is not None:
            self._pacer.ended()
        self._egress.ended()
        self._ingress.lost(reason)

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, beside the session and the socket."""
        now = self._hub.clock.seconds()
        return {
            "address": self.address,
            "dialect": written_dialect(self.format),
            "telnet": self._telnet.state(),
            "ends": self._ends.state(),
            "encoding": self._encoding.name,
            "framing": self._framing.state(),
            "first": self._first.state(),
            "prefix": self._prefix,
            "reads": (self._has_read, self._last_read),
            "settling": seconds_left(self._settling, now),
            "prompted": now - self._prompted,
            "pacer": None if self._pacer is None else self._pacer.state(),
            "ingress": self._ingress.written(),
            "egress": self._egress.state(),
        }

    def _come_back(self, state: Written, session_of: Callable[[Talker], Session]) -> None:
        self.format = dialect_of(state["dialect"], self._language)
        self._telnet, self._ends = TelnetFilter.revived(state["telnet"]), LineEnds.revived(state["ends"])
        self._encoding = Encoding(state["encoding"])
        self._has_read, self._last_read = state["reads"]
        self._prefix = state["prefix"]
        self._first.revive(state["first"])
        self._prompted = self._hub.clock.seconds() - state["prompted"]
        self._egress.revive(state["egress"])
        if state["pacer"] is None:
            self._framing = Lines.revived(state["framing"])
        else:
            self._pace().revive(state["pacer"])
            self._framing = unframed.Messages.revived(self._first.data.decode("ascii"), state["framing"])
        self._session = self._ingress.revive(state["ingress"], session_of)
        self._at_the_door(self._session)
        answer_in(self._encoding, self._session)
        if state["ingress"]["lost"]:
            self._connections.closed()
            self._egress.ended()

    def begin(self, state: Written) -> None:
        """Go on, with the same state, now that all are back who were there."""
        self._first.begin(state["first"])
        self._settling = again(state["settling"], self._has_settled, self._hub.clock)
        self._egress.begin()
        if self._pacer is not None:
            self._pacer.begin(state["pacer"])
        self._ingress.begin(state["ingress"])

    def readConnectionLost(self) -> None:
        """Twisted's hook: the peer has closed its sending side, and may still read; see rule 5 of ingress.py."""
        self._end_last_line()
        self._stop_watching()
        self._ingress.shut()

    def writeConnectionLost(self) -> None:
        """Twisted's hook for who closes the sending side alone, as this end never does."""

    def _end_last_line(self) -> None:
        """Have the end of all end the last line, as a script may leave its newline out.

        What came key by key is half a line that nobody has sent, and a key alone may be the first of one.
        """
        lines = self._framing
        if isinstance(lines, Lines) and 1 < lines.begun <= self._last_read:
            self._last_read = 0
            lines.feed(b"\n")

    def _stop_listening(self) -> None:
        self._ingress.stop()
        self._stop_watching()

    def _stop_watching(self) -> None:
        self._first.stop()
        cancel(self._settling)

    def _cap(self) -> int:
        return self._hub.limits.backlog

    def _behind(self, lines: int) -> bytes:
        sentence = "Lines that you have not received: {count}. Read on, or the connection will be closed."
        told = notice("behind", sentence, count=lines)
        assert self._session is not None
        format: Any = self._session.format  # not ours: they may have chosen another language since they connected
        frame: bytes = format.frame(format.reply(told))
        return frame

    # --- called by the core

    @property
    def one_try(self) -> bool:
        """An unframed client answers the prompt with the same name for ever."""
        return self._pacer is not None

    @property
    def held(self) -> int:
        """Bytes that wait for the peer to read."""
        return self._egress.held + (0 if self._pacer is None else self._pacer.held)

    def hold(self, seconds: float) -> bool:
        """Take no lines for a while; a little is still read, so that the connection's end is seen."""
        return self._ingress.hold(seconds)

    def disconnect(self) -> None:
        """Send what is queued and hang up."""
        self._stop_listening()
        if self._pacer is not None:
            self._pacer.flush()
        self._egress.close()

    # --- reading

    def dataReceived(self, data: bytes) -> None:
        session = self._session
        if session is None or session.is_gone:
            return
        is_free = self._ingress.state is FREE and not self._turn.is_over
        if is_free and self._is_between_lines and len(data) <= self._hub.limits.line_bytes:
            line = plain_line(data)
            if line is not None and session.name is not None:
                session.receive(line.removeprefix(self._prefix))
                return
        self._read(data)

    def _read(self, data: bytes) -> None:
        """Take a read of any kind."""
        is_first, self._has_read = not self._has_read, True
        self._last_read = len(data)
        if is_first and is_tls_hello(data):
            self.hang_up()
            return
        data, answers = self._telnet.feed(data)
        if answers:
            self.send(answers)
        if self._telnet.keys:
            self._keys_pressed()
        self._take_bytes(self._with_ends(data))
        if is_first and self._may_be_unframed(data):
            self._first.watch(data)

    def _take_bytes(self, data: bytes) -> None:
        """Cut what came into lines, and deal with those."""
        self._first.followed_by(data)
        if isinstance(self._framing, unframed.Messages) and b"\n" in data:  # this one ends its lines after all
            self._is_framed(self._framing)
        self._framing.feed(data)
        self._ingress.go_on()

    def _with_ends(self, data: bytes) -> bytes:
        """What came, with LF where a bare CR ended a line; one that came last is watched for what follows it."""
        if self._settling is not None:
            self._settling.cancel()
            self._settling = None
        if not isinstance(self._framing, Lines):
            return data
        data = self._ends.feed(data)
        if self._ends.waits:
            self._settling = self._hub.clock.callLater(SETTLE_SECONDS, self._has_settled)
        return data

    def _has_settled(self) -> None:
        self._settling = None
        self._take_bytes(self._ends.settle())

    # --- called by the Ingress

    @property
    def waiting(self) -> int:
        """Bytes of lines that are still to be dealt with."""
        return self._framing.waiting

    def take_next(self) -> bool:
        """Deal with the next line."""
        assert self._session is not None
        try:
            line = self._framing.next(self._hub.limits.line_bytes)
            if line is not None:
                self._take_line(self._session, line)
        except (LineTooLong, NotText, CutByTelnet) as error:
            self._session.reject(error)
            return True
        return line is not None

    def _take_line(self, session: Session, line: bytes) -> None:
        text = plain_text(line)
        if text is None or session.name is None or self._ingress.is_program:
            self._take_any(session, line)
        else:
            session.receive(text.removeprefix(self._prefix))

    def _take_any(self, session: Session, line: bytes) -> None:
        has_begun_binary = False
        if session.name is None:
            if is_http_request(line):
                self.hang_up()
                return
            if self._framing.crlf and not self._ends.by_cr:
                has_begun_binary = self._suspect_telnet()
        try:
            text = self._encoding.decode(line.replace(b"\0", b""))
        except NotText:
            raise CutByTelnet if has_begun_binary else NotText from None
        if not self._ingress.hear(text):
            answer_in(self._encoding, session)
            session.receive(rubbed_out(text).removeprefix(self._prefix))

    def look_ahead(self) -> bool:
        """Nothing in a line has to be answered before it is dealt with."""
        return False

    def share_done(self) -> None:
        """Note whether, all being taken, what comes next is a line for the session."""
        lines = self._framing
        is_whole = isinstance(lines, Lines) and lines.is_between_lines and self._telnet.is_between_commands
        self._is_between_lines = is_whole and not self._ingress.is_program and not self._ends.by_cr

    def hang_up(self) -> None:
        """Close the session, and the connection once what is queued is out."""
        assert self._session is not None
        self._session.close()
        self.disconnect()

    def _read_behind(self) -> str | None:
        lines = self._framing
        read = lines.next_begun if isinstance(lines, Lines) and not self._ingress.is_program else b""
        return read.decode("utf-8", "replace") or ("" if self._ingress.has_all else None)

    # --- telnet

    def _suspect_telnet(self) -> bool:
        """Ask for binary where CRLF came after a person's time; a program answers the prompt at once.

        Returns:
            Whether it was asked for now, so that what came before is what is left of it.
        """
        return self._hub.clock.seconds() - self._prompted >= SILENCE_SECONDS and self._offer_binary()

    def _conceal(self, on: bool) -> None:
        """Keep a code off the screen of whoever types it, where it is telnet that they type it into."""
        if said := self._telnet.conceal(on):
            self.send(said if on else said + b"\r\n")  # Enter was not shown either
        elif on and not self._ingress.is_program and self._session is not None:
            self._hub.turn.at_end(self._session.tell_that_codes_are_shown)  # behind what asks for the code

    def _keys_pressed(self) -> None:
        """Give up a line with control keys in it, if those may be pieces of characters; then have whole ones sent."""
        self._telnet.keys = False
        assert self._session is not None
        lines = self._framing
        if self._offer_binary() and isinstance(lines, Lines) and self._ingress.state is FREE:
            lines.give_up()  # a half line: those that wait while they are held back are whole
            self._session.reject(CutByTelnet())

    def _offer_binary(self) -> bool:
        offer = self._telnet.offer_binary()
        if offer:
            self.send(offer)
        return bool(offer)

    # --- the tutorial's client

    def _may_be_unframed(self, data: bytes) -> bool:
        assert self._session is not None
        return self._session.name is None and not self._telnet.seen and unframed.could_be_name(data)

    def _is_unframed(self) -> None:
        nick = self._first.data.decode("ascii")
        self._prefix = unframed.prefix(nick)
        self._framing = unframed.Messages(nick)
        self._pace()
        self._ingress.speak(unframed.UnframedFormat(self._language))
        self._framing.feed(self._first.data)
        self._ingress.go_on()

    def _pace(self) -> Pacer:
        self._pacer = pacer = Pacer(self._egress, self._hub.clock, self._cap, unframed.READ_BYTES)
        self.send = pacer.write
        return pacer

    def _is_framed(self, messages: unframed.Messages) -> None:
        assert self._pacer is not None
        self._pacer.flush()
        self._pacer.ended()
        self._pacer = None
        self.send = self._egress.write
        self._framing = Lines()
        self._framing.feed(messages.rest())
        self._ingress.speak(LineFormat(self._language).written(self._encoding.name or UTF_8))
