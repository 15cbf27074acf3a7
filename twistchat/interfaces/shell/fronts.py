"""What somebody came by SSH for: a terminal, lines, one line, or to have a program speak.

Each is the dialect's half of a `Talker`: it takes what comes apart, and shows what is sent.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from twistchat.core.session import Session
from twistchat.errors import LineTooLong, NotARequest, NotText
from twistchat.interfaces.encodings import answer_in
from twistchat.interfaces.ingress import Ingress
from twistchat.interfaces.shell.completion import offer
from twistchat.interfaces.ssh.channel import SessionChannel
from twistchat.status import FAILED, OK
from twistchat.terminal.columns import width
from twistchat.terminal.completion import Offer
from twistchat.terminal.editor import Editor
from twistchat.terminal.readline import Readline
from twistchat.wire.colours import with_mentions
from twistchat.wire.framing import Lines
from twistchat.wire.line import LineFormat
from twistchat.wire.streams import MARK as MARK_OF_STREAMS
from twistchat.wire.streams import parts_of
from twistchat.wire.text import Encoding

MARK = "> "
"""What stands before the line being typed."""

SLICE_BYTES = 64
"""Typed or pasted bytes that are taken at once; then others have their turn."""

HISTORY_LINES = 100
"""Of each person's own; a terminal of one's own remembers more."""


class Front(Protocol):
    """One way to be here."""

    status: int
    """What `ssh` is to exit with once this is over."""

    @property
    def waiting(self) -> int:
        """Bytes that came and are still to be dealt with."""
        ...

    def begin(self, name: str) -> None:
        """Begin, with the name that was given to `ssh`."""
        ...

    def feed(self, data: bytes) -> None:
        """Take what came next; no more than that."""
        ...

    def no_more(self) -> None:
        """Note that nothing more comes."""
        ...

    def take_next(self) -> bool:
        """Deal with the next line; false where none is there as a whole."""
        ...

    def look_ahead(self) -> bool:
        """Look at what came next without dealing with it; false where there is nothing to be seen."""
        ...

    def show(self, frame: bytes) -> None:
        """Show what is sent to this person."""
        ...

    def ends(self) -> None:
        """Show the last there is to be shown."""
        ...


class TerminalFront:
    """Somebody at a terminal: what is typed stays below what others say."""

    status = OK

    def __init__(self, session: Session, channel: SessionChannel, columns: int) -> None:
        """Show the empty line.

        Args:
            session: The chat's.
            channel: The connection's.
            columns: Of the terminal.
        """
        self._session = session
        self._channel = channel
        limits = session.limits
        editor = Editor(limits.text_chars, HISTORY_LINES)
        searching = session.format.language.say("search", {}) if isinstance(session.format, LineFormat) else "search"
        self._readline = Readline(self, columns, self._write, searching, editor)
        self._typed = bytearray()
        self._lines: deque[str] = deque()
        self._size = 0  # characters in those
        self._leaves = False
        self._conceals = False
        self._has_offered = False  # in this slice: a look at everybody's names takes a while

    def begin(self, name: str) -> None:
        self._session.conceal_codes(self._conceal)
        self._readline.draw()
        self._session.receive(name)

    # --- what comes

    @property
    def waiting(self) -> int:
        return len(self._typed) + self._size

    def feed(self, data: bytes) -> None:
        if not self._leaves:
            self._typed += data

    def no_more(self) -> None:
        self._leaves = True

    def take_next(self) -> bool:
        if not self._lines:
            return self.look_ahead() or self._leave()
        line = self._lines.popleft()
        self._size -= len(line)
        self._session.receive(line)
        return True

    def look_ahead(self) -> bool:
        typed = bytes(self._typed[:SLICE_BYTES])
        del self._typed[:SLICE_BYTES]
        self._has_offered = False
        if typed:
            self._readline.receive(typed)
        return bool(typed)

    def _leave(self) -> bool:
        if self._leaves:
            self._session.end()
        return False

    # --- what is shown

    def show(self, frame: bytes) -> None:
        text = frame.decode("utf-8", "replace")
        own, format = self._session.name, self._session.format
        if own is not None and isinstance(format, LineFormat) and format.colours and own.casefold() in text.casefold():
            text = "".join(with_mentions(line, own) for line in text.splitlines(keepends=True))
        self._readline.print_above(text)

    def ends(self) -> None:
        self._readline.erase()

    def resize(self, columns: int) -> None:
        """Note another width of the terminal."""
        self._readline.resize(columns)

    def _write(self, text: str) -> None:
        self._channel.say(text.encode("utf-8", "replace"))

    # --- for the line editor

    @property
    def mark(self) -> str:
        return MARK

    def keeps(self, line: str) -> bool:
        """Commands stay above their answers; what is said comes back from the chat."""
        return line.startswith("/") and not line.startswith("//")

    def take(self, line: str) -> None:
        if not self._leaves:  # what came in the same read as Ctrl-D
            self._lines.append(line)
            self._size += len(line)

    def interrupt(self) -> None:
        """Ctrl-C drops the line, and no more."""

    def end(self) -> None:
        """Ctrl-D on an empty line: leave, behind what was said before."""
        self._leaves = True
        self._typed.clear()

    def offer(self, before: str) -> Offer:
        if self._has_offered or self._session.name is None:
            return Offer(before, [])
        self._has_offered = True
        format = self._session.format
        assert isinstance(format, LineFormat)
        return offer(before, self._session.person, format.language)

    def coloured(self, line: str) -> str:
        """The code of a claimed name is not for those who look on."""
        return "*" * width(line) if self._conceals else line

    def _conceal(self, on: bool) -> None:
        self._conceals = on


class _Streams:
    """What those have in common at whose end a program reads lines."""

    def __init__(self, ingress: Ingress, session: Session, channel: SessionChannel) -> None:
        """Begin.

        Args:
            ingress: The way of its lines.
            session: The chat's.
            channel: The connection's.
        """
        self.status = OK
        self._ingress = ingress
        self._session = session
        self._channel = channel
        self._framing = Lines()

    @property
    def waiting(self) -> int:
        return self._framing.waiting

    def feed(self, data: bytes) -> None:
        self._framing.feed(data)

    def no_more(self) -> None:
        """The end of all ends the last line, as a script may leave its newline out."""
        if self._framing.begun:
            self._framing.feed(b"\n")

    def take_next(self) -> bool:
        try:
            line = self._framing.next(self._session.limits.line_bytes)
            if line is not None:
                self._take(line)
        except (LineTooLong, NotText) as error:
            self._session.reject(error)
            return True
        return line is not None

    def look_ahead(self) -> bool:
        """Nothing in a line has to be answered before it is dealt with."""
        return False

    def ends(self) -> None:
        """Nothing is shown that nobody said."""

    def _take(self, line: bytes) -> None:
        raise NotImplementedError

    def _tell(self, text: bytes, is_error: bool) -> None:
        """Write to one of the two streams; at a terminal both are one, whose rows end by CRLF."""
        if self._channel.columns is not None:
            self._channel.say(text.replace(b"\n", b"\r\n"))
        elif is_error:
            self._channel.complain(text)
        else:
            self._channel.say(text)


class LinesFront(_Streams):
    """Lines as over nc: from a script, a file, or somebody without a terminal."""

    def __init__(self, ingress: Ingress, session: Session, channel: SessionChannel) -> None:
        super().__init__(ingress, session, channel)
        self._encoding = Encoding()
        self._was_refused = False  # at the door, where the code may still come

    def begin(self, name: str) -> None:
        self._session.entrance.expect_code()
        self._session.receive(name)

    def _take(self, line: bytes) -> None:
        text = self._encoding.decode(line.replace(b"\0", b""))
        answer_in(self._encoding, self._session)
        self._session.receive(text)

    def show(self, frame: bytes) -> None:
        if MARK_OF_STREAMS not in frame and self._channel.columns is None:  # as nearly always
            self._channel.say(frame)
            return
        for part in parts_of(frame):
            if part.is_error:
                self._note_refusal()
            self._tell(part.text, part.is_error)

    def _note_refusal(self) -> None:
        if self._session.name is None:
            self._was_refused = True
        else:
            self.status = FAILED

    def ends(self) -> None:
        """Who was refused and never came in has failed."""
        if self._was_refused and self._session.name is None:
            self.status = FAILED


class DeedFront(_Streams):
    """One line: `ssh host 'Back at six'` or `ssh host /who`. What else happens meanwhile is not shown."""

    def __init__(self, ingress: Ingress, session: Session, channel: SessionChannel, line: str) -> None:
        super().__init__(ingress, session, channel)
        self._left = [line]
        self._is_in = False

    def begin(self, name: str) -> None:
        self._session.want_past(0)
        self._session.receive(name, "name")

    def feed(self, _data: bytes) -> None:
        """Standard input is not asked for."""

    def show(self, frame: bytes) -> None:
        for part in parts_of(frame):
            if part.is_end:
                self._go_on()
            elif part.is_error:
                self.status = FAILED
                self._tell(part.text, True)
                if self._is_in:
                    self._session.end()
            elif self._is_in:
                self._tell(part.text, False)

    def _go_on(self) -> None:
        self._is_in = True
        if self._left:
            self._session.receive(self._left.pop(), "line")
        else:
            self._session.end()


class ProgramFront(_Streams):
    """The dialect of programs, as the subsystem `json`; its hello has the name."""

    def begin(self, name: str) -> None:
        """Wait for the hello."""

    def _take(self, line: bytes) -> None:
        if not self._ingress.hear(Encoding().decode(line)):
            self._session.reject(NotARequest())

    def show(self, frame: bytes) -> None:
        self._channel.say(frame)
