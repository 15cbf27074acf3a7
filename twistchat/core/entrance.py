"""The way in of one connection: a name, the code that it may take, who is kept out, the time that there is for it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from twistchat.core import names
from twistchat.core.alone import is_alone
from twistchat.core.claimcodes import read_code
from twistchat.core.claiming import name_and_code, prove, rename
from twistchat.core.clocks import Timer, cancel, seconds_left
from twistchat.core.command_table import Trace, split
from twistchat.core.identity import Identity
from twistchat.core.intake import Intake
from twistchat.core.names import LOBBY
from twistchat.core.person import Person
from twistchat.core.portrait import SessionPortrait, Values
from twistchat.core.replies import notice
from twistchat.core.stays import RECENTLY, Ways
from twistchat.errors import ChatError, Failed, NameNotGiven, Overloaded, WrongNameCode

MOST_WRONG_CODES = 5
"""Of one connection that has no name yet; then it is ended."""


class Entrance:
    """Where somebody stands who has no name yet, and what is remembered of their coming while they are in."""

    def __init__(self, person: Person, intake: Intake) -> None:
        """Begin to wait for a name.

        Args:
            person: Who comes.
            intake: Holds what stands behind the name.
        """
        self._person = person
        self._shared = person.shared
        self._intake = intake
        self._code: str | None = None
        """The code that came with the name."""
        self._wrong_codes = 0
        self._has_one_try = False
        self._may_give_code = False
        self._was_refused = False
        self._had_behind = False  # when the name was taken: what came while it was decided may be a person's
        self._read_behind: Callable[[], str | None] = _nothing
        self._deadline: Timer | None = None
        self._ways: Ways | None = None
        """What they will be known by when they come again; None as long as they have not been let in."""
        self._await_name()

    # --- handed to another process

    def portrait(self, now: float) -> Values:
        """The fields of a `SessionPortrait` that are about this."""
        return {
            "code": self._code,
            "wrong_codes": self._wrong_codes,
            "door": (self._has_one_try, self._may_give_code, self._was_refused, self._had_behind),
            "time_for_name": seconds_left(self._deadline, now),
            "ways": None if self._ways is None else sorted(self._ways),
        }

    def revive(self, portrait: SessionPortrait) -> None:
        """Be where a portrait was made."""
        self.stop_waiting()
        self._code, self._wrong_codes = portrait.code, portrait.wrong_codes
        self._has_one_try, self._may_give_code, self._was_refused, self._had_behind = portrait.door
        if portrait.time_for_name is not None:
            seconds = self._shared.limits.name_seconds or portrait.time_for_name
            self._deadline = self._shared.clock.callLater(portrait.time_for_name, self._no_name_came, seconds)
        if portrait.ways is not None:
            self._ways = frozenset(portrait.ways)
            self._shared.stays.resume(self._ways)

    # --- what an interface says of who comes

    def show_code(self, typed: str) -> None:
        """Take what came as the code of the name that comes next; what cannot be one is left alone."""
        self._code = read_code(typed)

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

    # --- lines

    def look_behind(self) -> None:
        """Note whether anything stands behind the line that is dealt with now."""
        self._had_behind = self._read_behind() is not None

    def take(self, text: str) -> Coroutine[Any, Any, None] | None:
        """Take a name; or a script's /nick NAME [CODE], which is that name or none; or a goodbye."""
        if self._was_refused and self._had_behind:  # of a pipe that was slow; a name is sent alone then
            self.say_not_said()
            return None
        word, rest = split(text)
        row = None if word is None else self._shared.commands.get(word)
        if row is not None and row.trace is Trace.GOODBYE:
            self._person.end()
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
        if not self._person.is_gone:
            if alone:
                await self._enter(text)
            else:
                self.say_not_said()

    async def _enter(self, text: str) -> None:
        try:
            await self.enter(text)
        except ChatError as error:
            self.not_entered(error)

    async def give_code(self, name: str, code: str) -> None:
        """Take a code for the name that was refused, of who comes in or of who is in and wants another."""
        if self._person.name is None:
            self._code = code
            await self._enter(name)
        else:
            await rename(self._person, name, code)

    async def enter(self, text: str, room: str | None = LOBBY) -> None:
        """Come in under a name; what stands behind it waits until the welcome is delivered, or they are refused.

        Args:
            text: The name, as it came.
            room: Where to; None for nowhere, for who goes into rooms by themselves.

        Raises:
            ChatError: Why they may not; `not_entered` has them try again.
        """
        person, shared = self._person, self._shared
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
        shared, (_, address, mark) = self._shared, self._person.identity
        identity = Identity(name, address, mark)
        shared.rules.check_ban(identity, shared.wall())
        shared.rules.check_lock(lambda since: shared.stays.knows(identity, since - RECENTLY), shared.wall())

    # --- the time for it

    def _await_name(self) -> None:
        seconds = self._shared.limits.name_seconds
        if seconds is not None:
            self._deadline = self._shared.clock.callLater(seconds, self._no_name_came, seconds)

    def _no_name_came(self, seconds: float) -> None:
        if self._person.name is not None:  # it did, but the log has not stored their coming yet
            self._await_name()
            return
        self._person.refuse(NameNotGiven(seconds))
        self._hang_up()

    def stop_waiting(self) -> None:
        """Give them all the time in the world: they are in, or gone."""
        cancel(self._deadline)

    def _hang_up(self) -> None:
        self._person.client.disconnect()
        self._person.close()

    # --- in, refused, gone

    def entered(self) -> None:
        """The person is in."""
        self.stop_waiting()
        self._shared.comings.came(self._person)
        self._ways = self._shared.stays.begin(self._person.identity)

    def not_entered(self, error: ChatError) -> None:
        """Have the person try another name, or type a code, where somebody is there to do so."""
        self._was_refused = True
        was_ahead = self._intake.refuse(error, self._is_code_awaited)
        self.stay_out()
        self._wrong_codes += isinstance(error, WrongNameCode)
        if ((was_ahead and self._had_behind) or self._is_ahead()) and not isinstance(error, Failed | Overloaded):
            self.say_not_said()
        elif self._wrong_codes >= (1 if self.is_one_try else MOST_WRONG_CODES) or self._is_the_end:
            self._hang_up()

    @property
    def _is_the_end(self) -> bool:
        """Whether a name that was refused is, as no code may follow and nobody is there to give another."""
        return self.is_one_try and not (self._may_give_code and self._wants_code)

    @property
    def is_one_try(self) -> bool:
        """Whether nobody is there to give another name than the first."""
        return self._has_one_try or self._person.client.one_try

    def say_not_said(self) -> None:
        """Tell whoever sends without waiting for answers what becomes of the rest, and hang up."""
        self._person.tell(notice("not-said", "What you sent behind the name, before it was answered, is not said."))
        self._hang_up()

    def _is_ahead(self) -> bool:
        """Whether something stands behind a refused name that was no answer to that: another name, silently, else."""
        line = None if self._intake.held else self._read_behind()
        return line is not None and not self._is_code_awaited(line)

    @property
    def _wants_code(self) -> bool:
        return self._person.ownership.wanted is not None

    def _is_code_awaited(self, line: str) -> bool:
        """Whether a line that stands behind a name that was refused is the code for it."""
        return self._wants_code and read_code(line) is not None

    def stay_out(self) -> None:
        """Give up the name that they could not come in under."""
        self._shared.roster.keep(None, self._person)
        self._person.name = None

    def end_stay(self) -> None:
        """Remember for a while who was in, that they may come back."""
        if self._ways is None:
            return
        stays, identity, now = self._shared.stays, self._person.identity, self._shared.wall()
        if self._person.is_removed:
            stays.end_removed(self._ways, identity)
        else:
            stays.end(self._ways, identity, now)
        stays.drop(self._shared.rules.locked_since(now) - RECENTLY)
        self._shared.comings.went(self._person)


def _nothing() -> None:
    """Nothing is read ahead."""
