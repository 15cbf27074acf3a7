"""One connection of one person: unnamed, then chatting, then gone, whatever interface they came by."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from hmac import compare_digest
from typing import Any

from twistchat.core.claimcodes import read_code
from twistchat.core.clocks import Timer, cancel, seconds_left
from twistchat.core.desk import tell_of_ended_posts
from twistchat.core.entrance import Entrance
from twistchat.core.intake import Deed, Intake
from twistchat.core.limits import Limits
from twistchat.core.person import Person
from twistchat.core.portrait import IntakePortrait, SessionPortrait
from twistchat.core.portraying import person_as, put_in_place
from twistchat.core.ports import Client, Format
from twistchat.core.replies import Reply, notice
from twistchat.core.shared import SharedState
from twistchat.errors import ChatError, NobodyCalled


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
        self._forget = forget
        self._intake = Intake(self.person, self._act)
        self.entrance = Entrance(self.person, self._intake)
        """Where they come in."""
        self._last: Timer | None = None

    # --- handed to another process

    @property
    def is_at_rest(self) -> bool:
        """Whether no line waits for the log or another thread."""
        return not self._intake.is_waiting

    def portrait(self, numbers: Mapping[Any, int]) -> SessionPortrait:
        """What another process needs to go on, beside the interface's part; nothing is on its way into the log.

        Args:
            numbers: Of all who are connected.
        """
        now = self._shared.clock.seconds()
        return SessionPortrait(
            **person_as(self.person, numbers, now),
            intake=self._intake.portrait(now).written(),
            **self.entrance.portrait(now),
            time_to_end=seconds_left(self._last, now),
        )

    def revive(self, portrait: SessionPortrait) -> None:
        """Be, as a session that has just begun, where a portrait was made; nothing is dealt with before `go_on`."""
        now = self._shared.clock.seconds()
        put_in_place(self.person, portrait, now)
        self._intake.revive(IntakePortrait.read(portrait.intake), now)
        self.entrance.revive(portrait)

    def go_on(self, portrait: SessionPortrait) -> None:
        """Deal with what waits, now that all are back who were there."""
        if self.is_gone:
            return
        if portrait.posts:
            tell_of_ended_posts(self.person)
        self._intake.go_on()
        if portrait.time_to_end is not None:
            self.end_in_order(portrait.time_to_end)

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

    def conceal_codes(self, conceal: Callable[[bool], object]) -> None:
        """Have an interface keep what is typed off somebody's screen, where it can.

        Args:
            conceal: Called with true before the sentence that asks for a code, with false once a line came.
        """
        self.person.ownership.conceal = conceal

    @property
    def wants_code(self) -> bool:
        """Whether the next line may be a code, which nobody else should read over somebody's shoulder."""
        return self.person.ownership.wanted is not None

    def tell_that_codes_are_shown(self) -> None:
        """Warn somebody who is to type a code where it cannot be kept off the screen; not who has sent it already."""
        if self.wants_code and self.is_at_rest:
            sentence = "What you type here is shown. telnet, ssh and twistchat join do not show a code."
            self.person.tell(notice("code-shown", sentence))

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
        if word is None and rest and person.name is not None and person.ownership.wanted is None:
            person.say(rest)
            return None
        if word is None and not rest and (person.name is not None or not self.person.client.one_try):
            return None  # Enter alone: what they are asked for they still are
        if person.name is None:
            self.entrance.look_behind()
        wanted = person.ownership.wanted
        if wanted is not None:
            person.ownership.wanted = None
            if word is None and (code := read_code(rest)) is not None:
                return self.entrance.give_code(wanted, code)
            if person.name is None and self.entrance.is_one_try:
                self.entrance.say_not_said()
                return None
        if person.name is None:
            return self.entrance.take(rest)
        if word is not None:
            return self._shared.commands.find(word).run(person, rest)
        person.say(rest)
        return None

    # --- as the person's Doorkeeper

    def entered(self) -> None:
        """The person is in."""
        self.entrance.entered()

    def not_entered(self, error: ChatError) -> None:
        """Have the person try another name, or type a code, where somebody is there to do so."""
        self.entrance.not_entered(error)

    def ended(self) -> None:
        """Nothing of this session goes on."""
        self.entrance.stop_waiting()
        cancel(self._last)
        self._intake.end()
        self._forget(self.person)
        self.entrance.end_stay()
