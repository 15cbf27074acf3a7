"""One person's IRC without a socket: registration, capabilities, labels; shared by the port and by WebSockets.

| state | takes | left when |
|---|---|---|
| registering | CAP NICK USER PASS PING QUIT; all else is 451 | NICK and USER came, and no CAP is open: entering |
| entering | nothing: lines wait in the Intake | let in: registered; refused: registering, without a nick |
| registered | every command | the session ends |

What the state is says the session alone; nothing of it is noted here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import Any, Protocol

from twistchat.core import names
from twistchat.core.events import Aside, Event
from twistchat.core.intake import Deed, Doing
from twistchat.core.nameclaims import CERTIFICATE
from twistchat.core.person import Person
from twistchat.core.session import Session
from twistchat.core.speaking import say_in
from twistchat.core.text import clean_line
from twistchat.errors import (
    ChatError,
    NotALine,
    NotText,
    UnknownBareCommand,
    UnknownCommand,
    UnknownCommandNearest,
    WrongUse,
)
from twistchat.interfaces.irc.multiline import MultilineBatch
from twistchat.interfaces.irc.network import USER, Network
from twistchat.interfaces.irc.outgoing import Outgoing, word
from twistchat.interfaces.irc.registration import Registration, user_name
from twistchat.interfaces.sockets import DialectLink
from twistchat.wire.irc_format import CHANNEL, READER, channel
from twistchat.wire.irc_lines import LINE_BYTES, MOST_PARAMETERS, IrcLine, is_too_long, parse, plain_message
from twistchat.wire.irc_text import said
from twistchat.wire.packing import Written

_NOT_IN_A_LINE = re.compile(r"[\0\r\n]")
"""A message by WebSocket can have them all."""

TOO_LONG = b"\n"
"""In place of a line that was skipped, as it was too long: no line has an LF."""


class CommandRow(Protocol):
    """A row of the table of commands, as it is run."""

    @property
    def usage(self) -> str: ...
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


class IrcMember(Outgoing):
    """Takes one client's lines to its session, and the core's frames to its connection."""

    def __init__(self, network: Network, link: DialectLink, rows: Mapping[str, Any]) -> None:
        """Begin before registration.

        Args:
            network: What all have in common.
            link: The connection.
            rows: The commands.
        """
        super().__init__(network, link)
        self.registration = Registration()
        self.monitored: dict[str, str] = {}
        """Names that are watched for, by their keys."""
        self.multiline: MultilineBatch | None = None
        """The batch that is being sent, if one is."""
        self.mode = ""
        """Letters of MODE."""
        self._rows = rows
        self._prefix_bytes = len(f":!~{USER}@{network.server} \r\n".encode())  # but for a name

    def begin(self, session: Session) -> None:
        """Have a new session."""
        self.have(session)
        preferences = session.person.preferences
        preferences.echo = preferences.echo_private = False

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on; a proof that is half sent is in it, too."""
        return {
            **super().state(),
            "registration": asdict(self.registration),
            "monitored": dict(self.monitored),
            "multiline": None if self.multiline is None else self.multiline.state(),
            "mode": self.mode,
        }

    def revive(self, state: Written) -> None:
        """Be where a state was written down; there is no session before `have`, and nobody is watched for."""
        super().revive(state)
        self.registration = Registration(**state["registration"])
        self.mode, self.monitored = state["mode"], dict(state["monitored"])
        if state["multiline"] is not None:
            self.multiline = MultilineBatch.revived(state["multiline"])

    def resume(self) -> None:
        """Be told again of those who are watched for, and of marks, as all are back who were there."""
        if self.is_registered:
            self.find_marks()
        for name in self.monitored.values():
            self.network.follow(name, self)

    def have(self, session: Session) -> None:
        """Have a session."""
        self._session = session
        self.network.members[session.person] = self

    @property
    def certificate(self) -> str | None:
        """What is kept as a proof of the certificate that the connection has shown; None where it has shown none."""
        return next((proof for proof in self.person.ownership.shown if proof.startswith(CERTIFICATE)), None)

    @property
    def user(self) -> str:
        """What their client calls its user."""
        return user_name(self.registration.user or "")

    def usage_of(self, command: str) -> str:
        """How a command is typed; empty where there is none of that name."""
        row = self._rows.get(command)
        return "" if row is None else str(row.usage)

    # --- lines that come

    def take(self, data: bytes) -> None:
        """Take a line, without its end."""
        deed = self.deed(data)
        if deed is not None:
            self.session.do(deed)

    def take_too_long(self) -> None:
        """Note a line that was skipped, as it was too long."""
        self.take(TOO_LONG)

    def deed(self, data: bytes) -> Deed | None:
        """What a line is to bring, in the order of the lines; None where it has nothing in it.

        Args:
            data: The line, without its end; or `TOO_LONG`.
        """
        message = plain_message(data)
        if message is not None and self._has_room_for(data):
            return Deed(partial(self._say, data, *message), 1.0, True, data, only_says=True)
        if data == TOO_LONG or is_too_long(data):
            return Deed(partial(self.tell, self.numbered(417)), 1.0, True, TOO_LONG)
        parsed = self._parsed(data)
        if parsed is None:
            return None
        line, trouble = parsed
        if trouble is not None:
            return Deed(partial(self._perform, None, line, trouble), 1.0, True, data)
        row = self._rows.get(line.command)
        if row is None:
            return Deed(partial(self._perform, row, line), 1.0, True, data)
        return Deed(partial(self._perform, row, line), row.price(line), row.counts_as_activity, data)

    def _has_room_for(self, data: bytes) -> bool:
        """Whether a line will surely fit as others get it, behind who said it, who is here."""
        return self.is_registered and len(data) + 4 * len(self.person.shown_name) + self._prefix_bytes <= LINE_BYTES

    def _say(self, data: bytes, room: str, text: str) -> Doing | None:
        """Say something in one of one's rooms, by the shortest way; whatever else it is goes the way of all lines."""
        person = self.person
        if room in person.membership.rooms:
            try:
                words = clean_line(text)
                if words:
                    say_in(person, room, words)
                return None
            except ChatError:  # nothing was done: it is refused as any line is
                pass
        parsed = self._parsed(data)
        assert parsed is not None
        line, trouble = parsed
        return self._perform(self._rows.get(line.command), line, trouble)

    def _parsed(self, data: bytes) -> tuple[IrcLine, ChatError | None] | None:
        """A line taken apart, and why it is refused if it is; None where there is none."""
        try:
            text, error = data.decode("utf-8"), None
        except UnicodeDecodeError:
            text, error = data.decode("utf-8", "replace"), NotText()
        line = parse(text)
        if line is None:
            return None
        return line, NotALine() if _NOT_IN_A_LINE.search(text) else error

    def _perform(self, row: CommandRow | None, line: IrcLine, trouble: ChatError | None = None) -> Doing | None:
        label = self._label(line) if "labeled-response" in self.caps else None
        if label:
            return self._labelled(label, row, line, trouble)
        return self._run(row, line, trouble)

    def _label(self, line: IrcLine) -> str | None:
        """The label of what a line brings: of a batch of lines it is that of the first, and is answered by the last."""
        first = line.params[0] if line.command == "BATCH" and line.params else ""
        if first.startswith("-") and self.multiline is not None and self.multiline.name == first[1:]:
            line = self.multiline.opening
        return None if first.startswith("+") else line.tags.get("label")

    def _run(self, row: CommandRow | None, line: IrcLine, trouble: ChatError | None) -> Doing | None:
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

    async def _after_all(self, row: CommandRow, line: IrcLine) -> None:
        await self.drained()
        if not self.session.is_gone:
            doing = self._run(row._replace(waits=False), line, None)  # type: ignore[attr-defined]
            if doing is not None:
                await doing

    async def drained(self) -> None:
        """Wait until all that was sent before is stored and delivered."""
        await self.person.shared.pipeline.drained()

    def _begin(self, row: CommandRow | None, line: IrcLine) -> Doing | None:
        if not self.is_registered and (row is None or not row.is_for_strangers):
            self.tell(self.numbered(451, word(line.command)))
            return None
        if len(line.params) > MOST_PARAMETERS:
            raise WrongUse(f"{line.command} (15 parameters at most)")
        if row is None:
            return self._run_ours(line)
        if len(line.params) < row.least or (row.least and not line.params[row.least - 1] and row.least > 1):
            self.tell(self.numbered(461, word(line.command)))
            return None
        return row.run(self, line)

    def _run_ours(self, line: IrcLine) -> Doing | None:
        """Run what is no command of IRC's as one of our own: `HISTORY 50`."""
        person = self.person
        try:
            ours = person.shared.commands.find(line.command.casefold())
        except UnknownCommandNearest:
            raise
        except UnknownCommand:
            raise UnknownBareCommand(line.command) from None
        doing = None
        try:
            doing = ours.run(person, said(" ".join(line.params)))
        except ChatError as error:
            self.session.refuse(error)
        return doing

    async def _finish(self, doing: Doing, line: IrcLine) -> None:
        try:
            await doing
        except ChatError as error:
            self.refuse(error, line)

    async def _labelled(self, label: str, row: CommandRow | None, line: IrcLine, trouble: ChatError | None) -> None:
        self.begin_answer(label)
        try:
            doing = self._run(row, line, trouble)
            if doing is not None:
                await doing
            await self.drained()
        finally:
            self.finish_answer()

    # --- as a Follower

    @property
    def watches_more(self) -> bool:
        """Whether they asked for what else becomes of those whom they watch for."""
        return "extended-monitor" in self.caps

    def signalled(self, person: Person, event: Event, time: float) -> None:
        """Show a signal of somebody who is watched for, unless a room shows it."""
        if self.watches_more and not person.rooms.keys() & self.person.rooms.keys():
            self.send(self.format.event(Aside(None, time, event)))

    def account_changed(self, person: Person, account: str | None) -> None:
        """Say whose account is another, to who asked for that; and to themselves in any case."""
        source = self.format.source(person.shown_name)
        if person is self.person and account != self.told_account:
            self.told_account = account
            self.tell(self.numbered(901, source) if account is None else self.numbered(900, source, account))
        if "account-notify" in self.caps:
            self.tell(f":{source} ACCOUNT {account or '*'}")

    def told_of(self, name: str, is_here: bool) -> None:
        """Say that somebody who is watched for came or went."""
        person = self.format.source(name) if is_here else name
        self.tell(f":{self.network.server} {730 if is_here else 731} {READER} :{person}")

    def ended(self) -> None:
        """Watch for nobody any more; who was let in is known until the chat says that they are gone. Idempotent."""
        if self._session is not None and not self._session.is_welcome:
            self.network.members.pop(self.person, None)
        self.has_read()
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

    def let_go(self) -> None:
        """End the connection, all of it being said."""
        self.session.close()
        self.link.hang_up()

    # --- rooms and people that lines name

    def room(self, target: str) -> str:
        """The room that a target names.

        Raises:
            NoSuchRoom, RoomNameNotAllowed, NameReserved: It names none.
        """
        room = target.removeprefix(CHANNEL)
        return room if room in self.person.rooms else names.checked_room(target, self.session.limits.name_chars)

    def shown_room(self, target: str) -> str:
        """A target as it is shown: a room as it is looked up, anything else as it came."""
        try:
            return channel(self.room(target)) if target.startswith("#") else word(target)
        except ChatError:
            return word(target)
