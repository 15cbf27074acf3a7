"""A member of the chat at a WebSocket: websockets' sans-IO protocol between the bytes and a `Session`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from twisted.logger import Logger
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Request
from websockets.protocol import State
from websockets.server import ServerProtocol

from twistchat.core.hub import Hub
from twistchat.core.ports import DelayedCall
from twistchat.core.replies import Refused
from twistchat.core.session import Session
from twistchat.errors import ChatError, NeverStops, NotARequest
from twistchat.interfaces.descriptors import check_capacity
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.program import Program, spoken_by
from twistchat.wire.http import END_OF_HEAD
from twistchat.wire.json import parse_hello
from twistchat.wire.language import Language
from twistchat.wire.websocket import WebFormat, whole_frames, whole_text

log = Logger()

MOST_MESSAGE_BYTES = 64 * 1024
"""The longest message; a longer one ends the connection with 1009 (a line within it has a limit of its own)."""

MOST_WAITING = MOST_MESSAGE_BYTES + 14
"""Bytes of frames and messages read ahead of a talker who is held back; more waits in the kernel. A frame that is not
there as a whole does not fill it: its payload, and its head of 14 bytes (RFC 6455 5.2)."""

FULL_SECONDS = 60.0
"""How long that much may wait before its sender is let go."""

SLICE_BYTES = 4096
"""Bytes of frames parsed in a turn: 680 of the smallest, which take 10 ms."""

MESSAGES_A_TURN = 32
"""Messages taken from one connection before the others have their turn (ngircd: 3 a pass)."""

PING_SECONDS = 20.0
"""Time between two pings; proxies give up a silent connection after 60 s (nginx)."""

MOST_UNANSWERED = 2
"""Pings after which nothing came; the peer is taken for dead then, where the next one would be due."""

CLOSE_SECONDS = 1.0
"""Time for a peer to answer a closing frame (RFC 6455 7.1.1)."""


class WebMember:
    """One open WebSocket; the core's `Client`."""

    interface = "web"
    one_try = False
    send: Callable[[bytes], None]
    """Sends frames, or keeps them up to the limit for a peer that does not read."""

    def __init__(self, hub: Hub, language: Language, transport: Any, egress: Egress, address: str) -> None:
        """Prepare a member; `open` makes it one.

        Args:
            hub: The chat.
            language: What it is spoken to in, unless it asks for another.
            transport: Its connection.
            egress: All output of that.
            address: Where it is really from.
        """
        self.address = address
        self.format = WebFormat(language)
        self.send = egress.write
        self._hub = hub
        self._language = language
        self._transport = transport
        self._egress = egress
        self._socket = ServerProtocol(max_size=MOST_MESSAGE_BYTES)
        self._session: Session | None = None
        self._program: Program | None = None
        self._unparsed = bytearray()  # websockets is given whole frames, so that of a half-read one all bytes are here
        self._message: bytearray | None = None  # what came of one that is sent in fragments
        self._texts: deque[str] = deque()
        self._waiting = 0  # bytes of those
        self._unanswered = 0  # pings
        self._is_due = False
        self._is_paused = False
        self._held_until = 0.0
        self._calls: dict[str, DelayedCall] = {}

    def open(self, head: bytes) -> tuple[HTTPStatus, bytes]:
        """Answer the opening handshake.

        Args:
            head: The request's head, without its end.

        Returns:
            The status and, unless that is 101, what is wrong with the request.
        """
        self._socket.receive_data(head + END_OF_HEAD)
        requests = [event for event in self._socket.events_received() if isinstance(event, Request)]
        if not requests:
            return HTTPStatus.BAD_REQUEST, b"This is no WebSocket handshake.\n"
        response = self._socket.accept(requests[0])
        if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
            return HTTPStatus(response.status_code), bytes(response.body or b"")
        self._socket.send_response(response)
        self._flush()
        self._calls["beat"] = self._hub.clock.callLater(PING_SECONDS, self._beat)
        self._enter()
        return HTTPStatus.SWITCHING_PROTOCOLS, b""

    def _enter(self) -> None:
        try:
            check_capacity(self._transport)
            self._session = self._hub.connect(self)
        except ChatError as error:
            self.send(self.format.frame(self.format.reply(Refused(error))))
            self._close(CloseCode.POLICY_VIOLATION)
        else:
            self._program = Program(self._session)

    # --- called by the core

    @property
    def held(self) -> int:
        """Bytes that wait for the peer to read."""
        return self._egress.held

    def hold(self, seconds: float) -> bool:
        """Take no messages for a while; what comes is read ahead a little, so that the connection's end is seen."""
        until = self._hub.clock.seconds() + seconds
        if until > self._held_until:
            self._held_until = until
            self._cancel("held")
            self._calls["held"] = self._hub.clock.callLater(seconds, self._go_on_after_hold)
        return True

    def _go_on_after_hold(self) -> None:
        self._cancel("held")
        self._work()

    def disconnect(self) -> None:
        """Send what is queued, say that this is the end, and hang up."""
        self._close(CloseCode.NORMAL_CLOSURE)

    def _close(self, code: CloseCode) -> None:
        if self._socket.state is State.OPEN:
            self._socket.send_close(code)
            self._flush()
            self.send = _nothing
            self._calls["close"] = self._hub.clock.callLater(CLOSE_SECONDS, self._egress.close)

    # --- reading

    def received(self, data: bytes) -> None:
        """Take what came."""
        self._unanswered = 0
        if self._is_between_messages:
            found = whole_text(data, 0)
            if found is not None and found[1] == len(data) and not self._is_held:  # as nearly all reads are
                self._deal_with(found[0])
                return
            data = self._take_texts(data)
        self._unparsed += data
        if not self._is_due:
            self._work()

    @property
    def _is_between_messages(self) -> bool:
        begun = self._texts or self._unparsed or self._message is not None
        return not begun and self._socket.state is State.OPEN

    def _take_texts(self, data: bytes) -> bytes:
        """Take the messages at the beginning of a read that are as nearly all are; return what is left of it.

        websockets reads any frame, in a generator, which takes 10 us for each; this takes 1, so that a whole read of
        the smallest takes 10 ms.
        """
        end = 0
        while (found := whole_text(data, end)) is not None:
            text, end = found
            self._texts.append(text)
            self._waiting += len(text)
        return data[end:]

    def lost(self) -> None:
        """Note that the connection is gone."""
        for what in [*self._calls]:
            self._cancel(what)
        if self._session is not None:
            self._session.close()

    @property
    def _is_held(self) -> bool:
        return "held" in self._calls

    def _work(self) -> None:
        """Do one turn's share of what came."""
        self._cancel("turn")
        self._is_due = False
        if self._can_parse:
            self._parse()
        for _ in range(MESSAGES_A_TURN):
            if not self._can_deal:
                break
            text = self._texts.popleft()
            self._waiting -= len(text)
            self._deal_with(text)
        if self._socket.state is not State.OPEN and not self._can_deal:
            self._end()
        self._go_on()

    @property
    def _can_deal(self) -> bool:
        return bool(self._texts) and not self._is_held

    @property
    def _can_parse(self) -> bool:
        """Whether more may be read: what was said before a closing frame comes first."""
        return self._waiting < MOST_WAITING and not self._can_deal and self._whole_frames(1) > 0

    def _whole_frames(self, share: int) -> int:
        return whole_frames(self._unparsed, MOST_MESSAGE_BYTES, share)

    def _go_on(self) -> None:
        if self._can_parse or self._can_deal:
            self._is_due = True
            self._calls["turn"] = self._hub.clock.callLater(0, self._work)
        too_much = len(self._unparsed) + self._waiting >= MOST_WAITING
        if too_much and not self._is_paused:
            self._transport.pauseProducing()
            if "full" not in self._calls:
                self._calls["full"] = self._hub.clock.callLater(FULL_SECONDS, self._never_stops)
        elif self._is_paused and not too_much:
            self._unanswered = 0  # it could not be heard meanwhile
            self._transport.resumeProducing()
        if self._waiting < MOST_WAITING // 2:
            self._cancel("full")
        self._is_paused = too_much

    def _never_stops(self) -> None:
        """Let a talker go whose lines come faster than they may for so long that this is no paste."""
        assert self._session is not None
        log.info("web: {name!a} let go: sent too fast for {seconds:.0f} s", name=self._name(), seconds=FULL_SECONDS)
        self._session.refuse(NeverStops(FULL_SECONDS))
        self._session.close()
        self._texts.clear()
        self._close(CloseCode.POLICY_VIOLATION)

    def _parse(self) -> None:
        end = self._whole_frames(SLICE_BYTES)
        self._socket.receive_data(self._unparsed[:end])
        del self._unparsed[:end]
        for frame in self._socket.events_received():
            assert isinstance(frame, Frame)
            if self._session is not None and not self._session.is_gone and not self._take(frame):
                break
        if self._socket.state is State.OPEN:
            self._flush()

    def _end(self) -> None:
        """Close, now that all is said that came before the closing frame and may be said."""
        self._flush()
        self._texts.clear()
        self._waiting = 0
        if self._session is not None:
            self._session.close()

    def _take(self, frame: Frame) -> bool:
        """Put a frame to its message; false where none may follow, as it is no text."""
        if frame.opcode is Opcode.BINARY:
            self._socket.fail(CloseCode.UNSUPPORTED_DATA, "text only")
            return False
        if frame.opcode in (Opcode.TEXT, Opcode.CONT):
            if self._message is None:
                self._message = bytearray()
            self._message += frame.data
            if frame.fin:
                message, self._message = self._message, None
                return self._whole(message)
        return True

    def _whole(self, message: bytearray) -> bool:
        try:
            text = message.decode("utf-8")
        except UnicodeDecodeError:
            self._socket.fail(CloseCode.INVALID_DATA, "not UTF-8")
            return False
        self._texts.append(text)
        self._waiting += len(text)
        return True

    def _deal_with(self, text: str) -> None:
        session, program = self._session, self._program
        if session is None or program is None or session.is_gone:
            return
        try:
            hello = parse_hello(text) if session.name is None else None
        except NotARequest as error:
            session.reject(error)
            return
        if hello is None:
            program.receive(text)
        else:
            session.speak(WebFormat(spoken_by(hello, self._language).language))
            program.greet(hello)

    # --- the connection

    def _flush(self) -> None:
        for chunk in self._socket.data_to_send():
            if chunk:
                self._egress.write(chunk)
            else:
                self._egress.close()

    def _beat(self) -> None:
        """Hang up on a peer that is dead, or ask it whether it is."""
        if self._unanswered >= MOST_UNANSWERED and not self._is_paused:
            log.info("web: {name!a} let go: no answer to a ping", name=self._name())
            self._transport.abortConnection()
            return
        if self._socket.state is State.OPEN:
            self._unanswered += 1
            self._socket.send_ping(b"")
            self._flush()
        self._calls["beat"] = self._hub.clock.callLater(PING_SECONDS, self._beat)

    def overflowed(self, cap: int) -> None:
        """Note that the peer was let go."""
        log.info("web: {name!a} let go: {cap} bytes waited for it to read", name=self._name(), cap=cap)

    def _name(self) -> str:
        return (self._session.name if self._session is not None else None) or self.address

    def _cancel(self, what: str) -> None:
        call = self._calls.pop(what, None)
        if call is not None and call.active():
            call.cancel()


def _nothing(frame: bytes) -> None:
    """Send nothing: a closing frame was the last one (RFC 6455 5.5.1)."""
