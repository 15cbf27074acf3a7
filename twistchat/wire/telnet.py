"""Telnet's negotiation (RFC 854, RFC 855) taken out of what people type, and answered: no, but for binary (RFC 856).

Unanswered requests are not harmless: after Ctrl-C Debian's telnet shows nothing until its `DO TIMING-MARK` is answered.
Binary is needed for Chinese: until it is agreed on, Debian's telnet looks at the lower seven bits of each typed byte
for its control keys, takes the last byte of a common character for Ctrl-O or its escape key, and the line is lost.
"""

from __future__ import annotations

from typing import Self

from twistchat.wire.packing import Written, packed, unpacked

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
_REFUSAL = {DO: WONT, WILL: DONT}
_CONSENT = {DO: WILL, WILL: DO}
_KEYS = frozenset({236, 237, 238, 243, 244, 245, 247, 248})  # EOF, SUSP, ABORT, BRK, IP, AO, EC, EL
BINARY, ECHO, TIMING_MARK = 0, 1, 6

MOST_SUBNEGOTIATION = 1024
"""Bytes of one subnegotiation; real ones have under 100. What goes on longer is taken for text again."""

MOST_COMMANDS = 256
"""Commands of one read; real clients send under 20, and 64 KiB of them would hold the reactor for 30 ms and more."""

_NOTHING: frozenset[int] = frozenset()
"""One for all: each empty set that is made takes 200 bytes."""


class TelnetFilter:
    """Takes bytes as they were read, gives those that are text; commands may be split between reads anywhere."""

    def __init__(self) -> None:
        self.seen = False
        """Whether the peer has sent any telnet command: then it is telnet, and no tutorial's client."""
        self.keys = False
        """Whether a control key came since this was last set to false; it may have been part of a character."""
        self._negotiates = False
        self._agreed = _NOTHING  # our verbs for binary
        self._has_spoken_of_echo = False
        self._after_cr = False
        self._pending = b""  # the beginning of a command whose rest has not come yet
        self._subnegotiated: int | None = None

    def state(self) -> Written:
        """What another process needs to go on."""
        return {
            "seen": self.seen,
            "keys": self.keys,
            "negotiates": self._negotiates,
            "agreed": sorted(self._agreed),
            "echo": self._has_spoken_of_echo,
            "after_cr": self._after_cr,
            "pending": packed(self._pending),
            "subnegotiated": self._subnegotiated,
        }

    @classmethod
    def revived(cls, state: Written) -> Self:
        """Go on where a state was written down."""
        telnet = cls()
        telnet.seen, telnet.keys, telnet._negotiates = state["seen"], state["keys"], state["negotiates"]
        telnet._agreed, telnet._has_spoken_of_echo = frozenset(state["agreed"]), state["echo"]
        telnet._after_cr, telnet._pending = state["after_cr"], unpacked(state["pending"])
        telnet._subnegotiated = state["subnegotiated"]
        return telnet

    @property
    def is_between_commands(self) -> bool:
        """Whether all that was read was whole, so that a line of plain text next needs no filter."""
        return not self._pending and self._subnegotiated is None

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Separate a read.

        Returns:
            The text in it, and what is to be answered.
        """
        if self.is_between_commands and IAC not in data:
            return self._with_line_ends(data), b""
        if data.count(IAC) > MOST_COMMANDS:  # this is no telnet
            data = data.replace(bytes((IAC,)), b"")
        data, self._pending = self._pending + data, b""
        text, answers = bytearray(), bytearray()
        position = 0
        while position < len(data):
            if self._subnegotiated is not None:
                position = self._skip_subnegotiation(data, position)
                continue
            start = data.find(IAC, position)
            if start < 0:
                start = len(data)
            text += data[position:start]
            position = self._take_command(data, start, text, answers)
        return self._with_line_ends(bytes(text)), bytes(answers)

    def offer_binary(self) -> bytes:
        """Ask for all eight bits of what is typed, unless the client negotiates by itself and so will ask or need not.

        PuTTY is such a client: it sends all bits anyway, and once in binary its Enter would be a bare CR.
        """
        if self._negotiates or DO in self._agreed:
            return b""
        self._agreed |= {DO}
        return bytes((IAC, DO, BINARY))

    def conceal(self, on: bool) -> bytes:
        """What has a client show nothing of what is typed, or show it again (RFC 857); empty where that is no telnet.

        Args:
            on: Whether what comes next is to be hidden; this end says that it echoes, and does not.
        """
        if not (self.seen or self._agreed):
            return b""
        self._has_spoken_of_echo = True
        return bytes((IAC, WILL if on else WONT, ECHO))

    def _with_line_ends(self, text: bytes) -> bytes:
        """Make a newline of CR NUL, which is Enter where a terminal sends each key (RFC 854)."""
        if self._after_cr and text.startswith(b"\0"):
            text = b"\n" + text[1:]
        if text:
            self._after_cr = text.endswith(b"\r")
        return text.replace(b"\r\0", b"\r\n")

    def _take_command(self, data: bytes, start: int, text: bytearray, answers: bytearray) -> int:
        """Read the command at `start`, if it is whole, and tell where it ends."""
        if start == len(data):
            return start
        command = data[start + 1] if start + 1 < len(data) else None
        needed = 3 if command in (DO, DONT, WILL, WONT) else 2
        if start + needed > len(data):
            self._pending = data[start:]
            return len(data)
        if command == IAC:
            text.append(IAC)
            return start + needed
        self.seen = True
        if command == SB:
            self._subnegotiated = 0
        elif command in _KEYS:
            self.keys = True
        elif command is not None and needed == 3:
            answers += self._answer(command, data[start + 2])
        return start + needed

    def _answer(self, verb: int, option: int) -> bytes:
        if option == ECHO and verb in (DO, DONT) and self._has_spoken_of_echo:
            return b""  # it answers what we said; a refusal would have it show the code
        if option != TIMING_MARK:
            self._negotiates = True
        if verb not in _REFUSAL:
            return b""
        if option != BINARY:
            return bytes((IAC, _REFUSAL[verb], option))
        consent = _CONSENT[verb]
        if consent in self._agreed:  # it answers what we said: another answer would go round for ever (RFC 1143)
            return b""
        self._agreed |= {consent}
        return bytes((IAC, consent, option))

    def _skip_subnegotiation(self, data: bytes, position: int) -> int:
        """Skip to behind its IAC SE, or to the end of the data."""
        assert self._subnegotiated is not None
        while position < len(data):
            if self._subnegotiated >= MOST_SUBNEGOTIATION:
                self._subnegotiated = None
                return position
            if data[position] != IAC:
                position += 1
                self._subnegotiated += 1
                continue
            if position + 1 == len(data):
                self._pending = data[position:]
                return len(data)
            if data[position + 1] == SE:
                self._subnegotiated = None
                return position + 2
            position += 2
            self._subnegotiated += 2
        return position
