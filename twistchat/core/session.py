"""One connection of one person: unnamed, then chatting, then gone, whatever interface they came by."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from hmac import compare_digest
from typing import Any

from twistchat.core import names
from twistchat.core.alone import is_alone
from twistchat.core.claimcodes import read_code
from twistchat.core.claiming import name_and_code, prove, rename
from twistchat.core.command_table import Trace, split
from twistchat.core.intake import Deed, Intake
from twistchat.core.limits import Limits
from twistchat.core.names import LOBBY
from twistchat.core.person import Person
from twistchat.core.ports import Client, DelayedCall, Format
from twistchat.core.replies import Reply, notice
from twistchat.core.shared import SharedState
from twistchat.core.stays import RECENTLY, Ways
from twistchat.errors import ChatError, Failed, NameNotGiven, NobodyCalled, Overloaded, WrongNameCode

MOST_WRONG_CODES = 5
"""Of one connection that has no name yet; then it is ended."""


class Session:
    """What an interface sees of a person. It calls `receive` for each line and `close` when the connection is gone."""

    def __init__(self, shared: SharedState[Person], client: Client[Any], forget: Callable[[Person], None]) -> None:
        """Begin, and wait for a name.

        Args:
            shared: The chat.
            client: The far end of the connection.
            forget: Called with the person, once, when they are gone.
        """
        self.person = Person(shared, client, self)
        self._shared = shared
        self._client = client
        self._forget = forget
        self._intake = Intake(self.person, self._act)
        self._code: str | None = None
        """The code that came with the name."""
        self._wrong_codes = 0
        self._has_one_try = self._may_give_code = self._was_refused = False
        self._had_behind = False  # when the name was taken: what came while it was decided may be a person's
        self._read_behind: Callable[[], str | None] = _nothing
        self._deadline: DelayedCall | None = None
        self._last: DelayedCall | None = None
        self._ways: Ways | None = None
        """What they will be known by when they come again; None as long as they have not been let in."""
        self._await_name()

    # --- what there is to know

    @property
    def name(self) -> str | None:
        """The person's name; None as long as they have none."""
        return self.person.name

    @property
    def is_gone(self) -> bool:
        """Whether it has ended."""
        return self.person.is_gone

    @property
    def is_welcome(self) -> bool:
        """Whether the person has been let in; a name alone is not that yet."""
        return self.person.is_welcome

    @property
    def limits(self) -> Limits:
        """The limits in force."""
        return self._shared.limits

    @property
    def format(self) -> Format[Any]:
        """The dialect and language that the person is spoken to in now."""
        return self.person.preferences.format

    # --- what an interface does

    def receive(self, line: str, tag: str | None = None) -> None:
        """Take a line that the person sent: the name first, then commands and what is said.

        Lines are taken in their order, also while an earlier one waits for the log.

        Args:
            line: Text without its end.
            tag: Whatever a program calls it; exactly one `Done` or `Refused` bears it once the line is dealt with.
        """
        if not self.person.is_gone:
            self._intake.receive(line, tag)

    def do(self, deed: Deed) -> None:
        """Do something in the order of the lines, as an interface has it whose requests are no lines of ours."""
        if not self.person.is_gone:
            self._intake.receive(deed, None)

    def reject(self, error: ChatError, tag: str | None = None) -> None:
        """Refuse a line that could not even be read; it costs as much as any other."""
        if not self.person.is_gone:
            self._intake.receive(error, tag)

    @property
    def held(self) -> int:
        """Lines that were received and wait, for an earlier one or for the flood limit."""
        return self._intake.held

    def finish(self, then: Callable[[], object], is_answered: bool) -> None:
        """Call something once all lines that were received are dealt with, unless the session ends before.

        Args:
            then: It; at once where nothing waits.
            is_answered: Whether to wait, too, until what they brought is delivered or refused.
        """
        self._intake.when_at_rest(partial(self._when_stored, then) if is_answered else then)

    def end_in_order(self, seconds: float) -> None:
        """Say goodbye and end once all lines that were received are dealt with, or after so many seconds."""
        if self._last is None and not self.is_gone:
            self._last = self._shared.clock.callLater(seconds, self.end)
            self._intake.when_at_rest(self.end)

    def _when_stored(self, then: Callable[[], object]) -> None:
        self._shared.pipeline.drained().addCallback(lambda _: None if self.is_gone else then())

    def refuse(self, error: ChatError) -> None:
        """Tell the person why something that they did is not taken."""
        self.person.refuse(error)

    def tell(self, *replies: Reply) -> None:
        """Send replies to this person alone."""
        self.person.tell(*replies)

    def speak(self, format: Format[Any]) -> None:
        """Go on in another dialect, as the interface has learned what the client is."""
        self.person.speak(format)

    def want_past(self, lines: int | None) -> None:
        """Show at most so many lines of the past on coming into a room; with 0 no topic either; None for the usual."""
        self.person.preferences.past = lines

    def show_proof(self, proof: str) -> None:
        """Note what the connection proves of who somebody is, before they give a name.

        Args:
            proof: As `twistchat.core.nameclaims` has them: an SSH key's fingerprint, a certificate's digest.
        """
        self.person.ownership.shown.append(proof)

    def show_code(self, typed: str) -> None:
        """Take what came as the code of the name that comes next; what cannot be one is left alone."""
        self._code = read_code(typed)

    def conceal_codes(self, conceal: Callable[[bool], object]) -> None:
        """Have an interface keep what is typed off somebody's screen, where it can.

        Args:
            conceal: Called with true before the sentence that asks for a code, with false once a line came.
        """
        self.person.ownership.conceal = conceal

    def expect_code(self) -> None:
        """Let a code be the next line where a refused name is otherwise the end, as a file may begin with it."""
        self._may_give_code = True

    def read_ahead(self, behind: Callable[[], str | None] | None) -> None:
        """Have an interface tell what it has read behind the line that is being dealt with.

        Args:
            behind: Gives the next line in which there is anything, whole or not; empty at the end of all, None where
                more may come. What comes behind a name unasked is a pipe's, and no name. None for patient programs.
        """
        self._read_behind = behind or _nothing

    @property
    def wants_code(self) -> bool:
        """Whether the next line may be a code, which nobody else should read over somebody's shoulder."""
        return self.person.ownership.wanted is not None

    def take_place(self, name: str, key: str) -> None:
        """End the connection that a program had before, which may be dead without anyone's knowing it.

        Args:
            name: The name that it will give.
            key: Its own: an earlier connection of that name and key makes room, and a later one will for this.
        """
        self.person.key = key
        try:
            other = self._shared.roster.find(name)
        except NobodyCalled:
            return
        if other.key and compare_digest(other.key.encode(), key.encode()):
            other.make_room()

    def end(self, reason: str = "") -> None:
        """Say goodbye, leave every room and end the connection."""
        self.person.end(reason)

    def close(self) -> None:
        """Note that the connection is gone; the name is free at once. Idempotent."""
        self.person.close()

    # --- the way of a line

    def _act(self, word: str | None, rest: str) -> Coroutine[Any, Any, None] | None:
        """Do what a line says: a name from somebody who has none, a command, or something to say."""
        person = self.person
        if word is None and not rest and (person.name is not None or not self._client.one_try):
            return None  # Enter alone: what they are asked for they still are
        if person.name is None:
            self._had_behind = self._read_behind() is not None
        wanted = person.ownership.wanted
        if wanted is not None:
            person.ownership.wanted = None
            if word is None and (code := read_code(rest)) is not None:
                return self._give_code(wanted, code)
            if person.name is None and self._is_one_try:
                self._not_said()
                return None
        if person.name is None:
            return self._at_the_door(rest)
        if word is not None:
            return self._shared.commands.find(word).run(person, rest)
        person.say(rest)
        return None

    # --- coming in

    def _at_the_door(self, text: str) -> Coroutine[Any, Any, None] | None:
        """Take a name; or a script's /nick NAME [CODE], which is that name or none; or a goodbye."""
        if self._was_refused and self._had_behind:  # of a pipe that was slow; a name is sent alone then
            self._not_said()
            return None
        word, rest = split(text)
        row = None if word is None else self._shared.commands.get(word)
        if row is not None and row.trace is Trace.GOODBYE:
            self.end()
            return None
        if row is not None and row.name == "nick" and rest:
            self._has_one_try = self._may_give_code = True
            text, code = name_and_code(rest)
            self._code = code or self._code
        elif self._was_refused and self._read_behind is not _nothing:
            return self._enter_alone(text)
        return self._enter(text)

    async def _enter_alone(self, text: str) -> None:
        """Take another name, unless something comes right behind it: then it is a line of a slow pipe."""
        alone = await is_alone(self._shared.clock, lambda: self._intake.holds_lines or self._read_behind() is not None)
        if not self.person.is_gone:
            if alone:
                await self._enter(text)
            else:
                self._not_said()

    async def _enter(self, text: str) -> None:
        try:
            await self.enter(text)
        except ChatError as error:
            self.not_entered(error)

    async def _give_code(self, name: str, code: str) -> None:
        """Take a code for the name that was refused, of who comes in or of who is in and wants another."""
        if self.person.name is None:
            self._code = code
            await self._enter(name)
        else:
            await rename(self.person, name, code)

    async def enter(self, text: str, room: str | None = LOBBY) -> None:
        """Come in under a name; what stands behind it waits until the welcome is delivered, or they are refused.

        Args:
            text: The name, as it came.
            room: Where to; None for nowhere, for who goes into rooms by themselves.

        Raises:
            ChatError: Why they may not; `not_entered` has them try again.
        """
        person, shared = self.person, self._shared
        name = names.checked(text, shared.limits.name_chars)
        self._check_rules(name)
        code, self._code = self._code, None
        await prove(person, name, code)
        if person.is_gone:
            return
        await shared.roster.claim(name, person)
        if person.is_gone:
            return
        person.name = name
        if room is not None:
            await person.join(room)
        else:
            person.enter_nowhere()
        await shared.pipeline.drained()

    def _check_rules(self, name: str) -> None:
        """Make sure that the person may come in under a checked name.

        Raises:
            Banned, Locked: They may not.
        """
        shared, identity = self._shared, self.person.identity._replace(name=name)
        shared.rules.check_ban(identity, shared.wall())
        shared.rules.check_lock(lambda since: shared.stays.knows(identity, since - RECENTLY), shared.wall())

    def _await_name(self) -> None:
        seconds = self._shared.limits.name_seconds
        if seconds is not None:
            self._deadline = self._shared.clock.callLater(seconds, self._no_name_came, seconds)

    def _no_name_came(self, seconds: float) -> None:
        if self.name is not None:  # it did, but the log has not stored their coming yet
            self._await_name()
            return
        self.refuse(NameNotGiven(seconds))
        self._hang_up()

    def _hang_up(self) -> None:
        self._client.disconnect()
        self.close()

    # --- as the person's Doorkeeper

    def entered(self) -> None:
        """The person is in: they have all the time in the world."""
        self._stop_waiting()
        self._shared.comings.came(self.person)
        self._ways = self._shared.stays.begin(self.person.identity)

    def _stop_waiting(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    def not_entered(self, error: ChatError) -> None:
        """Have the person try another name, or type a code, where somebody is there to do so."""
        self._was_refused = True
        was_ahead = self._intake.refuse(error, self._is_code_awaited)
        self.stay_out()
        self._wrong_codes += isinstance(error, WrongNameCode)
        if ((was_ahead and self._had_behind) or self._is_ahead()) and not isinstance(error, Failed | Overloaded):
            self._not_said()
        elif self._wrong_codes >= (1 if self._is_one_try else MOST_WRONG_CODES) or self._is_the_end:
            self._hang_up()

    @property
    def _is_the_end(self) -> bool:
        """Whether a name that was refused is, as no code may follow and nobody is there to give another."""
        return self._is_one_try and not (self._may_give_code and self.wants_code)

    @property
    def _is_one_try(self) -> bool:
        return self._has_one_try or self._client.one_try

    def _not_said(self) -> None:
        self.tell(notice("not-said", "What you sent behind the name, before it was answered, is not said."))
        self._hang_up()

    def _is_ahead(self) -> bool:
        """Whether something stands behind a refused name that was no answer to that: another name, silently, else."""
        line = None if self._intake.held else self._read_behind()
        return line is not None and not self._is_code_awaited(line)

    def _is_code_awaited(self, line: str) -> bool:
        """Whether a line that stands behind a name that was refused is the code for it."""
        return self.wants_code and read_code(line) is not None

    def stay_out(self) -> None:
        """Give up the name that they could not come in under."""
        self._shared.roster.keep(None, self.person)
        self.person.name = None

    def ended(self) -> None:
        """Nothing of this session goes on."""
        self._stop_waiting()
        if self._last is not None and self._last.active():
            self._last.cancel()
        self._intake.end()
        self._forget(self.person)
        if self._ways is not None:
            self._end_stay(self._ways)
            self._shared.comings.went(self.person)

    def _end_stay(self, ways: Ways) -> None:
        stays, identity, now = self._shared.stays, self.person.identity, self._shared.wall()
        if self.person.is_removed:
            stays.end_removed(ways, identity)
        else:
            stays.end(ways, identity, now)
        stays.drop(self._shared.rules.locked_since(now) - RECENTLY)


def _nothing() -> None:
    """Nothing is read ahead."""
