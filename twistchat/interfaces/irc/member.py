"""One person's IRC without a socket: registration, capabilities, labels; shared by the port and by WebSockets.

| state | is | takes | left when |
|---|---|---|---|
| registering | there is no name yet | CAP NICK USER PASS PING QUIT; all else is 451 | NICK and USER came, and no CAP is open |
| entering | the name is asked for | nothing: lines wait in the Intake | in: registered; refused: registering, without a nick |
| registered | the core has let them in | every command | the session ends |

What the state is says the session alone; nothing of it is noted here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any, Protocol

from twistchat.core import names
from twistchat.core.intake import Deed, Doing
from twistchat.core.person import Person
from twistchat.core.session import Session
from twistchat.errors import ChatError, NotALine, NotText, WrongUse
from twistchat.interfaces.irc.greeting import greeting
from twistchat.interfaces.irc.labels import LabelledAnswer
from twistchat.interfaces.irc.network import Network
from twistchat.interfaces.irc.registration import Registration
from twistchat.wire.irc_format import GOODBYE, READER, WELCOME, IrcFormat, channel
from twistchat.wire.irc_lines import MOST_PARAMETERS, IrcLine, is_too_long, parse
from twistchat.wire.irc_numerics import OTHERWISE, REFUSALS


class Command(Protocol):
    """A row of the table of commands, as it is run."""

    @property
    def run(self) -> Callable[[Any, IrcLine], Doing | None]: ...
    @property
    def least(self) -> int: ...
    @property
    def price(self) -> Callable[[IrcLine], float]: ...
    @property
    def is_for_strangers(self) -> bool: ...
    @property
    def waits(self) -> bool: ...
    @property
    def counts_as_activity(self) -> bool: ...


class Link(Protocol):
    """The connection of a member."""

    format: Any

    def write(self, frame: bytes) -> None:
        """Send lines as they are."""
        ...

    def speak(self, format: IrcFormat) -> None:
        """Go on in another set of capabilities."""
        ...

    def hang_up(self) -> None:
        """Close the session, and the connection once what is queued is out."""
        ...


class IrcMember:
    """Takes one client's lines to its session, and the core's frames to its connection."""

    def __init__(self, network: Network, link: Link, rows: Mapping[str, Any]) -> None:
        """Begin before registration.

        Args:
            network: What all have in common.
            link: The connection.
            rows: The commands.
        """
        self.network = network
        self.link = link
        self.caps: frozenset[str] = frozenset()
        self.registration = Registration()
        self.parting = "Goodbye."
        """What is said in the last line of all."""
        self.invited: dict[str, None] = {}
        self.monitored: dict[str, str] = {}
        """Names that are watched for, by their keys."""
        self.marks: dict[str, str] = {}
        """Up to when rooms were read, where nobody keeps it longer."""
        self.multiline: Any = None
        """The batch that is being sent, if one is."""
        self.mode = ""
        self.numbers = count(1)
        """For names of batches."""
        self._rows = rows
        self._session: Session | None = None
        self._answer: LabelledAnswer | None = None
        self._names: set[str] = set()  # of the reader, since the labelled command began

    def begin(self, session: Session) -> None:
        """Have a session."""
        self._session = session
        self.network.members[session.person] = self

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
        self.link.speak(IrcFormat(self.format.language, self.network.server, caps, self.network.real_name))

    # --- lines that come

    def take(self, data: bytes) -> None:
        """Take a line, without its end."""
        if not data:
            return
        if is_too_long(data):
            self.take_too_long()
            return
        line = self._parsed(data)
        if line is not None:
            row = self._rows.get(line.command)
            price = 1.0 if row is None else row.price(line)
            self.do(partial(self._perform, row, line), price, row is None or row.counts_as_activity)

    def take_too_long(self) -> None:
        """Note a line that was skipped, as it was too long."""
        self.do(partial(self.tell, self.numbered(417)), 1.0)

    def _parsed(self, data: bytes) -> IrcLine | None:
        try:
            text, error = data.decode("utf-8"), None
        except UnicodeDecodeError:
            text, error = data.decode("utf-8", "replace"), NotText()
        line = parse(text)
        if line is None:
            return None
        trouble: ChatError | None = NotALine() if "\0" in text or "\r" in text else error
        if trouble is not None:
            self.do(partial(self._perform, None, line, trouble), 1.0)
            return None
        return line

    def do(self, what: Callable[[], Any], price: float, counts_as_activity: bool = True) -> None:
        """Have something done in the order of the lines."""
        self.session.do(Deed(what, price, counts_as_activity))

    def _perform(self, row: Command | None, line: IrcLine, trouble: ChatError | None = None) -> Doing | None:
        label = line.tags.get("label") if "labeled-response" in self.caps else None
        if label:
            return self._labelled(label, row, line, trouble)
        return self._run(row, line, trouble)

    def _run(self, row: Command | None, line: IrcLine, trouble: ChatError | None) -> Doing | None:
        if trouble is not None:
            self.refuse(trouble, line)
            return None
        if row is not None and row.waits and self.is_registered and self.person.shared.pipeline.is_busy:
            return self._after_all(row, line)
        try:
            doing = self._begin(row, line)
        except ChatError as error:
            self.refuse(error, line)
            return None
        return None if doing is None else self._finish(doing, line)

    async def _after_all(self, row: Command, line: IrcLine) -> None:
        await self.drained()
        if not self.session.is_gone:
            doing = self._run(row._replace(waits=False), line, None)  # type: ignore[attr-defined]
            if doing is not None:
                await doing

    async def drained(self) -> None:
        """Wait until all that was sent before is stored and delivered."""
        await self.person.shared.pipeline.drained()

    def _begin(self, row: Command | None, line: IrcLine) -> Doing | None:
        if not self.is_registered and (row is None or not row.is_for_strangers):
            self.tell(self.numbered(451, line.command))
            return None
        if len(line.params) > MOST_PARAMETERS:
            raise WrongUse(f"{line.command} (15 parameters at most)")
        if row is None:
            return self._run_ours(line)
        if len(line.params) < row.least or (row.least and not line.params[row.least - 1] and row.least > 1):
            self.tell(self.numbered(461, line.command))
            return None
        return row.run(self, line)

    def _run_ours(self, line: IrcLine) -> Doing | None:
        """Run what is no command of IRC's as one of our own: `HISTORY 50`."""
        person = self.person
        ours = person.shared.commands.find(line.command.casefold())
        doing = None
        try:
            doing = ours.run(person, " ".join(line.params))
        except ChatError as error:
            self.session.refuse(error)
        return doing

    async def _finish(self, doing: Doing, line: IrcLine) -> None:
        try:
            await doing
        except ChatError as error:
            self.refuse(error, line)

    async def _labelled(self, label: str, row: Command | None, line: IrcLine, trouble: ChatError | None) -> None:
        self._answer = LabelledAnswer(label, f"l{next(self.numbers)}")
        self._names = {self.nick}
        try:
            doing = self._run(row, line, trouble)
            if doing is not None:
                await doing
            await self.drained()
        finally:
            self.finish_answer()

    def finish_answer(self) -> None:
        """Send what a labelled command has brought, if one is being done."""
        answer, self._answer = self._answer, None
        if answer is not None:
            self.link.write(answer.finished(self.network.server))

    # --- being told

    def numbered(self, number: int, *params: str) -> str:
        """A numbered answer, without its end."""
        line: str = self.link.format.numbered(number, *params)
        return line

    def tell(self, *lines: str) -> None:
        """Send lines, without their ends, to this client alone."""
        self.send("".join(f"{line}\r\n" for line in lines).encode())

    def fail(self, command: str, code: str, *context: str, text: str) -> None:
        """Say that something was not done, as IRCv3's standard replies have it."""
        self.tell(f":{self.network.server} FAIL {' '.join([command, code, *context])} :{text}")

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
        context = (
            [line.command] if number in (421, 461) else [about or _first(line)] if number not in (417, 465) else []
        )
        self.tell(" ".join([f":{self.network.server} {number} {READER}", *context, f":{sentence}"]))

    def send(self, frame: bytes) -> None:
        """Send a frame of the core's: as it is, unless something of it is this connection's to fill in."""
        if self._answer is None and b"\0" not in frame:
            self.link.write(frame)
        else:
            self._send_filled(frame)

    def _send_filled(self, frame: bytes) -> None:
        nick = self.nick.encode()
        if self._answer is not None:
            self._names.add(self.nick)
        out: list[bytes] = []
        for line in _lines(frame):
            for each in self._filled(line, nick):
                if self._answer is None or not self._answer.takes(each, self.network.server, self._names):
                    out.append(each)
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
        if line.startswith(b"\0M"):
            return [f":{self.network.server} MARKREAD {self.mark(line[2:].decode().strip())}\r\n".encode()]
        return [line.replace(b"\0", nick)]

    def mark(self, target: str) -> str:
        """A target, and up to when it was read."""
        return f"{target} {self.marks.get(target, '*')}"

    # --- as a Follower

    def told_of(self, name: str, is_here: bool) -> None:
        """Say that somebody who is watched for came or went."""
        person = self.format.source(name) if is_here else name
        self.tell(f":{self.network.server} {730 if is_here else 731} {READER} :{person}")

    def ended(self) -> None:
        """Watch for nobody any more, and be known to nobody; idempotent."""
        if self._session is not None:
            self.network.members.pop(self.person, None)
        self.watch_nobody()

    def watch_nobody(self) -> None:
        """Be told of nobody any more."""
        for name in self.monitored.values():
            self.network.unfollow(name, self)
        self.monitored.clear()

    def part(self, reason: str) -> None:
        """Go, for a reason."""
        self.parting = reason
        self.session.end(reason)

    # --- rooms and people that lines name

    def room(self, target: str) -> str:
        """The room that a target names.

        Raises:
            NoSuchRoom, RoomNameNotAllowed, NameReserved: It names none.
        """
        return names.checked_room(target, self.session.limits.name_chars)

    def shown_room(self, target: str) -> str:
        """A target as it is shown: a room as it is looked up, anything else as it came."""
        try:
            return channel(self.room(target)) if target.startswith("#") else target
        except ChatError:
            return target


def _first(line: IrcLine) -> str:
    first = line.params[0] if line.params else ""
    return first if first and " " not in first and not first.startswith(":") else "*"


def _lines(frame: bytes) -> list[bytes]:
    return [line + b"\r\n" for line in frame.split(b"\r\n")[:-1]]
