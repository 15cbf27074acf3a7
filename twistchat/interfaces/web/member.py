"""A member of the chat at a WebSocket: websockets' sans-IO protocol between the bytes and a `Session`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from twisted.python.failure import Failure
from websockets.frames import CloseCode

from twistchat.core.clocks import Timer, cancel, seconds_left
from twistchat.core.hub import Hub
from twistchat.core.intake import Deed
from twistchat.core.session import Session
from twistchat.interfaces.carried import CarriedConnection, with_socket
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.ingress import FREE, Ingress
from twistchat.interfaces.sockets import SocketDialect, Speaker
from twistchat.interfaces.talker import Talker
from twistchat.interfaces.web.frames import MOST_MESSAGE_BYTES, WebFrames
from twistchat.wire.language import Language
from twistchat.wire.packing import Written, again, packed, unpacked
from twistchat.wire.websocket import BINARY, TEXT, WebFormat, framed_lines, whole_frames, whole_text

STEP_BYTES = 128
"""Bytes of frames parsed at a step, of which a turn has 32: 21 of the smallest, which take 0.2 ms."""

LEAST_FRAME_BYTES = 6
"""Of a client's frame without any payload (RFC 6455 5.2); so much is counted for each message that waits."""

PING_SECONDS = 20.0
"""Time between two pings; proxies give up a silent connection after 60 s (nginx)."""

MOST_UNANSWERED = 2
"""Pings after which nothing came; the peer is taken for dead then, where the next one would be due."""

CLOSE_SECONDS = 1.0
"""Time for a peer to answer a closing frame (RFC 6455 7.1.1)."""


class WebMember:
    """One open WebSocket; the core's `Client`."""

    interface = "web"
    home = "web"
    one_try = False
    send: Callable[[bytes], None]
    """Sends frames, or keeps them up to the limit for a peer that does not read."""

    def __init__(
        self,
        hub: Hub,
        language: Language,
        transport: Any,
        egress: Egress,
        address: str,
        dialect: SocketDialect | None = None,
    ) -> None:
        """Prepare a member; `open` makes it one.

        Args:
            hub: The chat.
            language: What it is spoken to in, unless it asks for another.
            transport: Its connection.
            egress: All output of that.
            address: Where it is really from.
            dialect: What is spoken, if it is not the page's own.
        """
        self.address = address
        own = WebFormat(language)
        self.format: Any = own
        self.send = egress.write
        self._speaker: Speaker | None = None
        self._kind = TEXT
        self._dialect = dialect
        self._clock = hub.clock
        self._turn = hub.turn
        self._transport = transport
        self._egress = egress
        if dialect is not None:
            self.interface = dialect.interface
            self.format = dialect.format
            self._speaker = dialect.speaker(self)
            self.send = self._speaker.send
        self._ingress = Ingress(hub, self, transport, own)
        self._ingress.is_program = dialect is None
        self._frames = WebFrames(() if dialect is None else dialect.subprotocols, takes_binary=dialect is not None)
        self._session: Session | None = None
        self._unparsed = bytearray()  # of a half-read frame all bytes are here
        self._texts: deque[str] = deque()
        self._texts_size = 0
        self._unanswered = 0  # pings
        self._next_beat: Timer | None = None
        self._closing: Timer | None = None
        self._is_lost = False

    def open(self, head: bytes) -> tuple[HTTPStatus, bytes]:
        """Answer the opening handshake.

        Args:
            head: The request's head, without its end.

        Returns:
            The status and, unless that is 101, what is wrong with the request.
        """
        status, problem = self._frames.shake_hands(head)
        if status is not HTTPStatus.SWITCHING_PROTOCOLS:
            return status, problem
        self._flush()
        if self._dialect is not None and self._frames.subprotocol == self._dialect.binary:
            self._kind = BINARY
        self._next_beat = self._clock.callLater(PING_SECONDS, self._beat)
        self._session = self._ingress.come_in()
        if self._session is None:
            self._close(CloseCode.POLICY_VIOLATION)
        elif self._speaker is not None:
            self._speaker.begin(self._session)
        return HTTPStatus.SWITCHING_PROTOCOLS, b""

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, beside the session and the socket."""
        now = self._clock.seconds()
        return {
            "address": self.address,
            "dialect": None if self._dialect is None else self._dialect.interface,
            "binary": self._kind == BINARY,
            "language": self.format.language.code,
            "unparsed": packed(self._unparsed),
            "frames": self._frames.state(),
            "texts": list(self._texts),
            "unanswered": self._unanswered,
            "beat": seconds_left(self._next_beat, now),
            "ingress": self._ingress.written(),
            "egress": self._egress.state(),
            "speaker": None if self._speaker is None else self._speaker.state(),
        }

    def carried(self) -> CarriedConnection | None:
        """What goes to another process; None where that cannot be."""
        return with_socket(self.state(), self._transport)

    def revive(self, state: Written, session_of: Callable[[Talker], Session]) -> None:
        """Be where a state was written down, in place of `open`; `begin` goes on.

        Args:
            state: It.
            session_of: Gives a client its session back.
        """
        self._kind = BINARY if state["binary"] else TEXT
        self._unparsed += unpacked(state["unparsed"])
        self._frames.revive(state["frames"])
        self._is_lost = state["ingress"]["lost"]
        for text in state["texts"]:
            self._keep(text)
        self._unanswered = state["unanswered"]
        if self._speaker is None:
            self.format = self.format.spoken(state["language"])
        else:
            self._speaker.revive(state["speaker"])
        self._egress.revive(state["egress"])
        self._session = self._ingress.revive(state["ingress"], session_of)
        if self._speaker is not None:
            self._speaker.have(self._session)

    def begin(self, state: Written) -> None:
        """Go on, with the same state, now that all are back who were there."""
        self._next_beat = again(state["beat"], self._beat, self._clock)
        if self._speaker is not None:
            self._speaker.resume()
        self._egress.begin()
        self._ingress.begin(state["ingress"])

    def deed(self, came: bytes) -> Deed | None:
        """What a line is to bring that waited in another process; the page's own dialect has none of those."""
        return None if self._speaker is None else self._speaker.deed(came)

    # --- as a DialectLink

    def write(self, frame: bytes) -> None:
        """Send lines, each as a message."""
        if self._frames.is_open:
            self._egress.write(framed_lines(frame, self._kind))

    def gather(self, on: bool) -> None:
        """The speaker is given all there is, as lines become messages."""

    def speak(self, format: Any) -> None:
        """Go on in another dialect."""
        self._ingress.speak(format)

    # --- called by the core

    @property
    def held(self) -> int:
        """Bytes that wait for the peer to read."""
        return self._egress.held

    def hold(self, seconds: float) -> bool:
        """Take no messages for a while; what comes is read ahead a little, so that the connection's end is seen."""
        return self._ingress.hold(seconds)

    def disconnect(self) -> None:
        """Send what is queued, say that this is the end, and hang up."""
        self._close(CloseCode.NORMAL_CLOSURE)
        self._ingress.stop_if_lost()

    def _close(self, code: CloseCode) -> None:
        """Say that this is the end, or answer it where the peer has said so."""
        if self._is_lost:
            return
        if self._frames.is_open:
            self._frames.close(code)
            self._closing = self._clock.callLater(CLOSE_SECONDS, self._egress.close)
        self._flush()
        self.send = _nothing

    # --- reading

    def received(self, data: bytes) -> None:
        """Take what came."""
        self._unanswered = 0
        if self._is_between_messages:
            is_free = self._ingress.state is FREE and not self._turn.is_over
            found = whole_text(data, 0) if is_free else None
            if found is not None and found[1] == len(data):  # as nearly all reads are
                self._deal_with(found[0])
                return
            data = self._take_texts(data)
        self._unparsed += data
        self._ingress.go_on()

    @property
    def _is_between_messages(self) -> bool:
        return not (self._texts or self._unparsed) and self._frames.is_between_messages

    def _take_texts(self, data: bytes) -> bytes:
        """Take the messages at the beginning of a read that are as nearly all are; return what is left of it.

        websockets reads any frame, in a generator, which takes 10 us for each; this takes 1, so that a whole read of
        the smallest takes 10 ms.
        """
        end = 0
        while (found := whole_text(data, end)) is not None:
            text, end = found
            self._keep(text)
        return data[end:]

    def _keep(self, text: str) -> None:
        self._texts.append(text)
        self._texts_size += len(text) + LEAST_FRAME_BYTES

    def _deal_with(self, text: str) -> None:
        session = self._session
        if session is None or session.is_gone:
            return
        if self._speaker is None:
            self._ingress.hear(text)
        else:
            self._speaker.take(text.encode("utf-8", "surrogateescape").rstrip(b"\r\n"))

    # --- called by the Ingress

    @property
    def waiting(self) -> int:
        """Bytes of frames and messages that are still to be dealt with."""
        return len(self._unparsed) + self._texts_size

    def take_next(self) -> bool:
        """Deal with the next message, or look for one in what came: what was said before a close is heard first."""
        if not self._texts:
            return self.look_ahead()
        text = self._texts.popleft()
        self._texts_size -= len(text) + LEAST_FRAME_BYTES
        self._deal_with(text)
        return True

    def look_ahead(self) -> bool:
        """Parse a few frames; behind the last one of all nothing more comes."""
        end = whole_frames(self._unparsed, MOST_MESSAGE_BYTES, STEP_BYTES)
        if end:
            self._parse(end)
        elif not self._frames.is_open:
            self._last_came()
        return end > 0

    def _last_came(self) -> None:
        """Close, once all is said that came before the closing frame; its answer is the last that is sent."""
        if self._session is None or self._session.is_gone:
            self._flush()
        else:
            self._ingress.no_more()

    def share_done(self) -> None:
        """Answer what was parsed; that the connection closes is said once all is dealt with."""
        if self._frames.is_open:
            self._flush()

    def hang_up(self) -> None:
        """Close the connection of somebody who is let go for what they send."""
        self._forget_texts()
        self._close(CloseCode.POLICY_VIOLATION)

    def _parse(self, end: int) -> None:
        frames = bytes(self._unparsed[:end])
        del self._unparsed[:end]
        for text in self._frames.texts(frames, self._session is not None and not self._session.is_gone):
            self._keep(text)

    def _forget_texts(self) -> None:
        self._texts.clear()
        self._texts_size = 0

    # --- the connection

    def _flush(self) -> None:
        for chunk in self._frames.to_send():
            if chunk:
                self._egress.write(chunk)
            else:
                self._egress.close()

    def _beat(self) -> None:
        """Hang up on a peer that is dead, or ask it whether it is."""
        if not self._ingress.is_reading:  # it cannot be heard
            self._unanswered = 0
        if self._unanswered >= MOST_UNANSWERED:
            self._ingress.log_end("no answer to a ping")
            self._transport.abortConnection()
            return
        if self._frames.is_open:
            self._unanswered += 1
            self._frames.ping()
            self._flush()
        self._next_beat = self._clock.callLater(PING_SECONDS, self._beat)

    def overflowed(self, cap: int) -> None:
        """Note that the peer was let go."""
        self._ingress.overflowed(cap)

    def lost(self, why: Failure) -> None:
        """Note that the connection is gone."""
        self._is_lost = True
        if self._speaker is not None:
            self._speaker.ended()
        for call in (self._next_beat, self._closing):
            cancel(call)
        self._ingress.lost(why)


def _nothing(frame: bytes) -> None:
    """Send nothing: a closing frame was the last one (RFC 6455 5.5.1)."""
