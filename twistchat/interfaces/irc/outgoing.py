"""What one client is told: its connection's own words filled in, and what a labelled command brings put together."""

from __future__ import annotations

import re
from typing import Any

from twistchat.core import names
from twistchat.core.person import Person
from twistchat.core.session import Session
from twistchat.core.text import clean
from twistchat.errors import ChatError
from twistchat.interfaces.irc.greeting import greeting
from twistchat.interfaces.irc.labels import LabelledAnswer
from twistchat.interfaces.irc.marks import Marks, Owner
from twistchat.interfaces.irc.network import NO_LINE_CAPS, Network
from twistchat.interfaces.sockets import DialectLink
from twistchat.wire.irc_format import GOODBYE, MARK, READER, WELCOME, IrcFormat, channel
from twistchat.wire.irc_lines import IrcLine, fitted, parse
from twistchat.wire.irc_numerics import OTHERWISE, REFUSALS
from twistchat.wire.irc_pieces import ToFill
from twistchat.wire.irc_rulings import INVITATION
from twistchat.wire.packing import Written

_INVITATION = INVITATION.encode()

_MORE_TO_FILL = re.compile(b"|".join(map(re.escape, (WELCOME[:2], GOODBYE[:2], MARK, _INVITATION))))

MOST_INVITED = 20
"""Invitations that are remembered for who asks for them."""


class Outgoing:
    """The way out to one client."""

    def __init__(self, network: Network, link: DialectLink) -> None:
        """Begin without a session.

        Args:
            network: What all have in common.
            link: The connection.
        """
        self.network = network
        self.link = link
        self.caps: frozenset[str] = frozenset()
        self.parting = "Goodbye."
        """What is said in the last line of all."""
        self.invited: dict[str, None] = {}
        """Rooms that they were invited into, the latest last."""
        self.proven = ""
        """The claimed name that SASL has proven, whatever name they came in by."""
        self.told_account: str | None = None
        """Whose they were told they are."""
        self._marks = self._own_marks = Marks()
        self._batches = 0
        self._session: Session | None = None
        self._answer: LabelledAnswer | None = None
        self._names: set[str] = set()  # of the reader, since the labelled command began

    def state(self) -> Written:
        """What another process needs to go on; no labelled command is being done then, as those are waited for."""
        return {
            "language": self.link.format.language.code,
            "caps": sorted(self.caps),
            "parting": self.parting,
            "invited": list(self.invited),
            "marks": self._own_marks.state(),
            "proven": self.proven,
            "told_account": self.told_account,
            "batches": self._batches,
        }

    def revive(self, state: Written) -> None:
        """Be where a state was written down, still without a session."""
        self.link.format = self.network.format_in(state["language"], frozenset(state["caps"]))
        self.caps, self.parting, self._batches = frozenset(state["caps"]), state["parting"], state["batches"]
        self.invited = dict.fromkeys(state["invited"])
        self._marks = self._own_marks = Marks.revived(state["marks"])
        self.proven, self.told_account = state["proven"], state["told_account"]

    # --- what there is to know

    @property
    def session(self) -> Session:
        """The session of somebody who has one."""
        assert self._session is not None
        return self._session

    @property
    def person(self) -> Person:
        """Who they are to the core."""
        return self.session.person

    @property
    def is_registered(self) -> bool:
        """Whether they have been let in."""
        return self._session is not None and self._session.is_welcome

    @property
    def nick(self) -> str:
        """Their name; an asterisk as long as they have none."""
        return self.person.shown_name if self.is_registered else "*"

    @property
    def format(self) -> IrcFormat:
        """What they are spoken to in."""
        format: Any = self.session.format
        return format  # type: ignore[no-any-return]

    def become(self, caps: frozenset[str]) -> None:
        """Go on with other capabilities."""
        self.caps = caps
        preferences = self.person.preferences
        preferences.echo = preferences.echo_private = "echo-message" in caps
        self.link.speak(self.network.format_for(self.format.language, caps - NO_LINE_CAPS))

    # --- being told

    def numbered(self, number: int, *params: str) -> str:
        """A numbered answer, without its end."""
        line: str = self.link.format.numbered(number, *params)
        return line

    def tell(self, *lines: str) -> None:
        """Send lines, without their ends, to this client alone."""
        self._send_filled("".join(f"{line}\r\n" for line in lines).encode())

    def fail(self, command: str, code: str, *context: str, text: str) -> None:
        """Say that something was not done, as IRCv3's standard replies have it."""
        self.tell(f":{self.network.server} FAIL {' '.join(map(word, (command, code, *context)))} :{text}")

    def refuse(self, error: ChatError, line: IrcLine, about: str | None = None) -> None:
        """Say why a line was not done.

        Args:
            error: Why.
            line: The line.
            about: What of it, where that is not its first parameter.
        """
        if self.session.is_gone:
            return
        self.person.shared.figures.refusals[error.code] += 1
        number, code = REFUSALS.get(error.code, OTHERWISE)
        sentence = self.format.say(error)
        if number is None:
            self.fail(line.command, code, text=sentence)
            if "standard-replies" not in self.caps and code != "INVALID_UTF8":
                self.tell(f":{self.network.server} NOTICE {READER} :{sentence}")
            return
        context = _context(number, error, line, about)
        self.tell(" ".join([f":{self.network.server} {number} {READER}", *context, f":{sentence}"]))

    def send(self, frame: bytes | ToFill) -> None:
        """Send a frame of the core's: as it is, unless something of it is this connection's to fill in."""
        if isinstance(frame, ToFill):
            self._send_filled(frame.frame, is_cores=True)
        elif self._answer is None:
            self.link.write(frame)
        else:
            self._send_filled(frame)

    def _send_filled(self, frame: bytes, is_cores: bool = False) -> None:
        """Send lines, line by line where more than the reader's name is to be filled in.

        Args:
            frame: They, with their ends.
            is_cores: Whether each of them surely fits.
        """
        nick = self.nick.encode()
        rest = b""
        if is_cores and self._answer is None:
            frame, rest = _parted(frame)
        if self._answer is not None:
            self._names.add(self.nick)
        out: list[bytes] = []
        for line in _lines(frame):
            for each in map(fitted, self._filled(line, nick)):
                if self._answer is None or not self._answer.takes(each, self.network.server, self._names):
                    out.append(each)
        if rest:
            out.append(rest.replace(b"\0", nick))
        if out:
            self.link.write(b"".join(out))

    def _filled(self, line: bytes, nick: bytes) -> list[bytes]:
        if b"\0" not in line:
            return [line]
        if line == WELCOME:
            lines = greeting(self.network, self.person.shown_name)
            return [f"{each}\r\n".encode().replace(b"\0", nick) for each in lines]
        if line == GOODBYE:
            self.finish_answer()
            return [f"ERROR :Closing Link: {self.parting}\r\n".encode()]
        if line.startswith(MARK):
            target = line.removeprefix(MARK).decode().strip()
            return [f":{self.network.server} MARKREAD {self.mark(target)}\r\n".encode()]
        if _INVITATION in line:
            return self._invitation(line.replace(_INVITATION, b""))
        return [line.replace(b"\0", nick)]

    def _invitation(self, line: bytes) -> list[bytes]:
        """An invitation, as who is invited, who has invited and who asked for all of them is told."""
        invitation = parse(line.decode().rstrip())
        assert invitation is not None
        assert invitation.source is not None
        guest, room = invitation.params
        if guest == self.nick:
            self._note_invited(room)
        elif invitation.source.partition("!")[0] == self.nick:
            return [f"{self.numbered(341, guest, room)}\r\n".replace(READER, self.nick).encode()]
        elif "invite-notify" not in self.caps:
            return []
        return [line]

    def _note_invited(self, room: str) -> None:
        self.invited.pop(room, None)
        self.invited[room] = None
        if len(self.invited) > MOST_INVITED:
            del self.invited[next(iter(self.invited))]

    # --- up to when something was read

    @property
    def owner(self) -> Owner | None:
        """Whose marks they have: an account's, a name's that came with a secret; None for those of the connection."""
        person, claim = self.person, self.network.claim_of(self.person)
        if claim is not None:
            return names.key(claim.name), claim.since
        return (names.key(person.shown_name), person.key) if person.key else None

    def find_marks(self) -> Marks:
        """Up to when rooms and people were read; who has found them is told of changes."""
        owner = self.owner
        marks = self._own_marks if owner is None else self.network.marks.of(owner)
        if marks is not self._marks:
            self._marks.left_by(self)
            self._marks = marks
            marks.read_by(self)
        return marks

    def mark(self, target: str) -> str:
        """A target, and up to when it was read."""
        return f"{target} {self.find_marks().of(target)}"

    def read(self, target: str) -> None:
        """Tell of a mark that another connection of the same owner has set."""
        before = self._marks
        if "draft/read-marker" in self.caps and self.find_marks() is before:
            self.tell(f":{self.network.server} MARKREAD {self.mark(target)}")

    def has_read(self) -> None:
        """Be told of no more marks."""
        self._marks.left_by(self)

    def next_batch(self, kind: str) -> str:
        """The name of a batch that this client has not been sent yet."""
        self._batches += 1
        return f"{kind}{self._batches}"

    # --- answers to labelled commands

    def begin_answer(self, label: str) -> None:
        """Put together what is sent from now on, as one answer with a label."""
        self._answer = LabelledAnswer(label, self.next_batch("l"))
        self.link.gather(True)
        self._names = {self.nick}

    def finish_answer(self) -> None:
        """Send what a labelled command has brought, if one is being done."""
        answer, self._answer = self._answer, None
        if answer is not None:
            self.link.gather(False)
            self.link.write(answer.finished(self.network.server))


def _context(number: int, error: ChatError, line: IrcLine, about: str | None) -> list[str]:
    """What stands between the number of a refusal and its sentence."""
    if number in (417, 465):
        return []
    if number in (421, 461):
        return [word(line.command)]
    if number in (441, 443):
        data = error.data
        return [str(data["name"]), channel(str(data["room"]))]
    return [clean(about) or "*" if about else word(_first(line))]


def _first(line: IrcLine) -> str:
    return line.params[0] if line.params else ""


def word(text: str) -> str:
    """A text of a client's as it can stand in an answer: nothing that acts on a terminal, an asterisk for no word."""
    text = clean(text)
    return text if text and " " not in text and not text.startswith(":") else "*"


def _parted(frame: bytes) -> tuple[bytes, bytes]:
    """The lines up to the last one that has more to be filled in than the reader's name; and the others."""
    end = max((found.end() for found in _MORE_TO_FILL.finditer(frame)), default=0)
    end = frame.index(b"\n", end) + 1 if end else 0
    return frame[:end], frame[end:]


def _lines(frame: bytes) -> list[bytes]:
    return [line + b"\r\n" for line in frame.split(b"\r\n")[:-1]]
