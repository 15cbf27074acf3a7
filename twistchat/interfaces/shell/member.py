"""One person by SSH, as the core and the Ingress see them: there from the first byte on, in once a session begins."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Protocol

from twisted.python.failure import Failure

from twistchat.core.hub import Hub
from twistchat.core.session import Session
from twistchat.errors import NoSuchLanguage
from twistchat.interfaces.ingress import Ingress
from twistchat.interfaces.shell.fronts import DeedFront, Front, LinesFront, ProgramFront, TerminalFront
from twistchat.interfaces.ssh.channel import SessionChannel
from twistchat.status import OK
from twistchat.wire.json import JsonFormat
from twistchat.wire.language import Language
from twistchat.wire.line import LineFormat
from twistchat.wire.streams import StreamsFormat

NO_COLOURS = ("", "dumb", "unknown")
"""What terminals are called that have none, or say nothing."""


class ShellLine(Protocol):
    """The connection, as far as a member needs it."""

    transport: Any

    @property
    def address(self) -> str:
        """The peer's, without its port."""
        ...

    @property
    def held(self) -> int:
        """Bytes that wait for the peer."""
        ...

    def turn_away(self, sentence: str) -> None:
        """Hang up on somebody who has no session yet, with a sentence."""
        ...

    def end_soon(self) -> None:
        """End the connection, which the client should do by itself now."""
        ...


class ShellMember:
    """The core's Client, and the Ingress's Talker; what it came for is its `Front`."""

    interface = "ssh"

    def __init__(self, line: ShellLine, hub: Hub, language: Language) -> None:
        """Ask for nothing yet.

        Args:
            line: The connection.
            hub: The chat.
            language: What is spoken unless the person's own is told.
        """
        self.address = line.address
        self.format: Any = LineFormat(language)
        self.one_try = True
        """Whether nobody is there who could give another name: only at a terminal somebody is."""
        self._line = line
        self._language = language
        self._json = JsonFormat(language)
        self._front: Front | None = None
        self._channel: SessionChannel | None = None
        self._last_words = b""
        self._early = bytearray()  # came in the read that asked for a session
        self._is_over = False  # nothing more comes
        self.ingress = Ingress(hub, self, line.transport, self._json)

    # --- coming

    def connect(self) -> None:
        """Ask the chat for a place, before anything was said: a key exchange is for those who may have one.

        Raises:
            ChatError: There is none.
        """
        self.ingress.connect()

    def opens_shell(self, channel: SessionChannel, name: str, proof: str | None) -> None:
        """A terminal, or lines, are wanted."""
        columns = channel.columns
        if columns is None:
            if self._enters(channel, StreamsFormat(self._language), proof):
                self._serve(LinesFront(self.ingress, self._session, channel), name)
            return
        has_colours = channel.term.casefold() not in NO_COLOURS and "NO_COLOR" not in channel.environment
        self.one_try = False
        if self._enters(channel, LineFormat(self._language, colours=has_colours), proof):
            self._serve(TerminalFront(self._session, channel, columns), name)

    def does(self, channel: SessionChannel, name: str, proof: str | None, line: str) -> None:
        """One line is to be said, or one command done."""
        if self._enters(channel, StreamsFormat(self._language, answers_only=True), proof):
            self._serve(DeedFront(self.ingress, self._session, channel, line), name)

    def runs_program(self, channel: SessionChannel, name: str, proof: str | None) -> None:
        """A program is at the far end."""
        if self._enters(channel, self._json, proof):
            self._serve(ProgramFront(self.ingress, self._session, channel), name)

    def _enters(self, channel: SessionChannel, format: Any, proof: str | None) -> bool:
        """Speak as is wanted, and show what was proven; false where the session has ended meanwhile."""
        self._channel = channel
        self.ingress.speak(_in_language_of(channel, format))
        if proof is not None:
            self._session.show_proof(proof)
        return not self._session.is_gone

    def _serve(self, front: Front, name: str) -> None:
        self._front = front
        front.begin(name)
        self.receives(bytes(self._early))
        if self._is_over:
            self.comes_to_an_end()

    @property
    def _session(self) -> Session:
        assert self.ingress.session is not None
        return self.ingress.session

    # --- what comes

    def receives(self, data: bytes) -> None:
        """Something came, for a session that was asked for."""
        if self._front is None:
            self._early += data
        elif not self._session.is_gone:
            self._front.feed(data)
            self.ingress.go_on()

    def comes_to_an_end(self) -> None:
        """Nothing more comes; whoever it came from waits for the answers."""
        self._is_over = True
        if self._front is not None:
            self._front.no_more()
            self.ingress.no_more(None)
            self.ingress.go_on()

    def closes(self) -> None:
        """The session is over, in order; there is no second one on a connection."""
        if self._front is None:
            self._session.close()
            self._line.end_soon()
        self.comes_to_an_end()

    def resized(self, columns: int) -> None:
        """The terminal has another width."""
        if isinstance(self._front, TerminalFront):
            self._front.resize(columns)

    def lost(self, reason: Failure) -> None:
        """The connection is gone."""
        self.ingress.lost(reason)

    # --- called by the Ingress

    @property
    def waiting(self) -> int:
        """Bytes of lines that are still to be dealt with."""
        return 0 if self._front is None else self._front.waiting

    def take_next(self) -> bool:
        """Deal with the next line."""
        return self._front is not None and self._front.take_next()

    def look_ahead(self) -> bool:
        """Look at what came, without dealing with it: a terminal shows what is typed meanwhile."""
        return self._front is not None and self._front.look_ahead()

    def share_done(self) -> None:
        """Nothing is to be noted then."""

    def hang_up(self) -> None:
        """End the connection, whose session is closed, once what is queued for it is out."""
        self.disconnect()

    # --- called by the core

    @property
    def held(self) -> int:
        """Bytes that wait for the peer to read."""
        return self._line.held

    def send(self, frame: bytes) -> None:
        """Show a frame."""
        if self._front is None:
            self._last_words = frame
        else:
            self._front.show(frame)

    def hold(self, seconds: float) -> bool:
        """Take no lines for a while."""
        return self.ingress.hold(seconds)

    def disconnect(self) -> None:
        """Send what is queued and hang up."""
        self.ingress.stop()
        if self._channel is None:
            self._line.turn_away(self._last_words.decode("utf-8", "replace").strip())
        else:
            self._finish(OK if self._front is None else self._last_shown(self._front))

    def _last_shown(self, front: Front) -> int:
        front.ends()
        return front.status

    def _finish(self, status: int) -> None:
        assert self._channel is not None
        self._channel.finish(status)
        self._line.end_soon()


def _in_language_of(channel: SessionChannel, format: Any) -> Any:
    """A format in the language that the client's locale says, as far as that is spoken (POSIX 8.2)."""
    said = [channel.environment.get(name, "") for name in ("LC_ALL", "LC_MESSAGES", "LANG")]
    locale = next(filter(None, said), "")
    if locale.partition(".")[0] in ("", "C", "POSIX"):
        return format
    with suppress(NoSuchLanguage):
        return format.spoken(locale)
    return format
