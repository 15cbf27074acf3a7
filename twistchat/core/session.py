"""One person: unnamed, then chatting, then gone, whatever interface they came by."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from twistchat.core import names
from twistchat.core.events import Acted, Event, Joined, Left, Renamed, Said, TopicSet, Whispered
from twistchat.core.intake import Intake
from twistchat.core.names import LOBBY
from twistchat.core.ports import Client, DelayedCall, Format
from twistchat.core.queries import Query
from twistchat.core.replies import Done, Goodbye, Refused, Reply
from twistchat.core.room import Room
from twistchat.core.view import View
from twistchat.errors import (
    ChatError,
    InTooManyRooms,
    NameNotGiven,
    NotInAnyRoom,
    NotInRoom,
    TextTooLong,
)

if TYPE_CHECKING:
    from twistchat.core.hub import Hub


class Session:
    """What the chat knows of one connection. Interfaces call `receive` and `close`; the rest is the core's."""

    def __init__(self, hub: Hub, client: Client[Any]) -> None:
        self.hub = hub
        self.client = client
        self.name: str | None = None
        self.view = View(client.format)
        self.current: str | None = None
        self.rooms: dict[str, Room] = {}
        self.reply_to: Session | None = None
        self.more: Query | None = None  # where /more goes on
        self.is_gone = False
        self.since = self.active = hub.clock.seconds()
        self._joining: list[str] = []  # submitted, not yet committed
        self._leaving: list[str] = []
        self._welcomed = False
        self.key = ""  # for programs: whoever knows it may take this person's place
        self._intake = Intake(self)
        self._deadline: DelayedCall | None = None
        self._await_name()

    # --- called by interfaces

    def receive(self, line: str, tag: str = "") -> None:
        """Take a line that the person sent: the name first, then commands and what is said.

        Lines are taken in their order, also while an earlier one waits for the log.

        Args:
            line: Text without its end.
            tag: Whatever a program calls it; exactly one `Done` or `Refused` bears it once the line is dealt with.
        """
        if not self.is_gone:
            self._intake.receive(line, tag)

    def reject(self, error: ChatError, tag: str = "") -> None:
        """Refuse a line that could not even be read; it costs as much as any other."""
        if not self.is_gone:
            self._intake.reject(error, tag)

    def speak(self, format: Format[Any]) -> None:
        """Go on in another dialect, as the interface has learned what the client is."""
        self.view.speak(format)
        self.place_again()

    def close(self, reason: str = "", how: type[Left] = Left) -> None:
        """Note that the connection is gone; the name is free at once. Idempotent."""
        if self.is_gone:
            return
        self.is_gone = True
        self._cancel_deadline()
        self._intake.forget()
        self.hub.submit(self, *(how(name, self.shown_name, reason) for name in self.rooms_to_be()))
        for room in self.rooms.values():
            room.remove(self)
        self.rooms.clear()
        self.reply_to = None
        self.hub.roster.keep(None, self)
        self.hub.forget(self)

    def refuse(self, error: ChatError) -> None:
        """Tell the person why the line that is being dealt with was not done."""
        self._intake.refuse(error)

    def handed_on(self) -> str:
        """The tag of the line that is being dealt with; whoever takes it answers it."""
        return self._intake.handed_on()

    def done(self, tag: str, number: int) -> None:
        """Tell a program that a line of its is dealt with."""
        self.tell(Done(tag, number))

    # --- telling

    def tell(self, *replies: Reply) -> None:
        """Send replies to this person alone; they bear the tag of the line that is being dealt with."""
        for reply in replies:
            if isinstance(reply, Refused):
                self.hub.figures.refusals[reply.error.code] += 1
        self.send([piece for reply in self._intake.answers(replies) for piece in self.view.format.reply(reply)])

    def send(self, pieces: Sequence[bytes]) -> None:
        """Send rendered pieces as one frame."""
        self.client.send(self.view.format.frame(pieces))

    def end(self, reason: str = "") -> None:
        """Say goodbye, leave every room and end the connection."""
        if not self.is_gone:
            self.tell(Goodbye())
            self.client.disconnect()
            self.close(reason)

    # --- the way of a line

    def act_on(self, word: str | None, rest: str) -> Coroutine[Any, Any, None] | None:
        """Do what a line says: a name from somebody who has none, a command, or something to say.

        Args:
            word: The command, or None.
            rest: What stands behind it; all of the line where there is no command.

        Returns:
            What is to be waited for before the next line is taken, if anything is.

        Raises:
            ChatError: It is refused.
        """
        if self.name is None:
            return self._enter(rest) if rest or self.client.one_try else None
        if word is not None:
            return self.hub.commands.find(word).run(self, rest)
        if rest:
            self.say(rest)
        return None

    # --- coming and going

    async def _enter(self, text: str) -> None:
        try:
            name = names.checked(text, self.hub.limits.name_chars)
            self.hub.rules.check_ban(name, "", self.hub.clock.seconds())
            self.hub.rules.check_address(self.client.address, self.hub.clock.seconds())
            self.hub.roster.claim(name, self)
            self.name = name
            await self.join(LOBBY)
        except ChatError as error:
            self._not_entered(error)

    def _not_entered(self, error: ChatError) -> None:
        self.refuse(error)
        self.hub.roster.keep(None, self)
        self.name = None
        if self.client.one_try:
            self.client.disconnect()
            self.close()

    def _await_name(self) -> None:
        seconds = self.hub.limits.name_seconds
        if seconds is not None:
            self._deadline = self.hub.clock.callLater(seconds, self._no_name_came, seconds)

    def _no_name_came(self, seconds: float) -> None:
        if self.name is not None:  # it did, but the log has not stored their coming yet
            self._await_name()
            return
        self.refuse(NameNotGiven(seconds))
        self.client.disconnect()
        self.close()

    def _cancel_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()

    async def join(self, name: str) -> None:
        """Go into a room, and talk there from now on.

        Args:
            name: The room's checked name.

        Raises:
            InTooManyRooms, TooManyRooms, Overloaded: Nothing has changed.
        """
        if name not in self.rooms_to_be():
            if len(self.rooms_to_be()) >= self.hub.limits.rooms_each:
                raise InTooManyRooms(self.hub.limits.rooms_each)
            await self.hub.room(name)
            try:
                if self.is_gone or self.name is None:  # their very coming was not stored meanwhile
                    return
                self.hub.submit(self, Joined(name, self.shown_name))
            finally:
                self.hub.close_empty_rooms({name})
            self._joining.append(name)
        self._turn_to(name)

    def leave(self, name: str, reason: str = "", how: type[Left] = Left) -> None:
        """Leave one room.

        Raises:
            NotInRoom: The person is not in it.
        """
        if name not in self.rooms_to_be():
            raise NotInRoom(name)
        self.hub.submit(self, how(name, self.shown_name, reason))
        self._leaving.append(name)
        self._turn_away(name)

    def rooms_to_be(self) -> list[str]:
        """The rooms that the person will be in once all that was submitted is committed."""
        names = dict.fromkeys([*self.rooms, *self._joining])
        return [n for n in names if (n in self.rooms) + self._joining.count(n) > self._leaving.count(n)]

    def rename(self, name: str) -> None:
        """Take another name; it is shown from the next line on, and the old one is free once that is stored.

        Raises:
            ChatError: The name may not be had, or the log is too far behind; nothing has changed.
        """
        old, new = self.shown_name, names.checked(name, self.hub.limits.name_chars)
        if new == old:
            return
        self.hub.rules.check_ban(new, self.client.address, self.hub.clock.seconds())
        self.hub.check_load()
        self.hub.roster.claim(new, self)
        self.name = new
        self.hub.submit(self, *(Renamed(room, old, new) for room in self.rooms_to_be() or [""]))

    # --- talking

    def say(self, text: str) -> None:
        """Say something in the current room."""
        self.hub.submit(self, Said(self.here, self.shown_name, self.checked_text(text)))

    def act(self, text: str) -> None:
        """Do something in the current room."""
        self.hub.submit(self, Acted(self.here, self.shown_name, self.checked_text(text)))

    def set_topic(self, topic: str) -> None:
        """Set the current room's topic."""
        self.hub.submit(self, TopicSet(self.here, self.shown_name, self.checked_text(topic)))

    def whisper(self, recipient: Session, text: str) -> None:
        """Send a private message."""
        event = Whispered("", self.shown_name, recipient.shown_name, self.checked_text(text))
        self.hub.submit(self, event, recipient=recipient)

    def check_voice(self) -> None:
        """Make sure that the person may talk.

        Raises:
            Muted: An administrator has muted them.
        """
        if self.hub.rules.mutes_anybody:
            self.hub.rules.check_voice(self.shown_name, self.client.address, self.hub.clock.seconds())

    def checked_text(self, text: str) -> str:
        """The text, if others may be shown it.

        Raises:
            Muted: The person may not talk now.
            TextTooLong: It is longer than the limit.
        """
        self.check_voice()
        if len(text) > self.hub.limits.text_chars:
            raise TextTooLong(self.hub.limits.text_chars)
        return text

    @property
    def here(self) -> str:
        """The room that the person talks in.

        Raises:
            NotInAnyRoom: There is none.
        """
        if self.current is None:
            raise NotInAnyRoom
        return self.current

    @property
    def shown_name(self) -> str:
        """The name of somebody who has one."""
        assert self.name is not None
        return self.name

    @property
    def is_welcome(self) -> bool:
        """Whether the person has been let in; a name alone is not that yet."""
        return self._welcomed

    def heard_from(self, author: Session) -> None:
        """Note that a private message was delivered: /reply answers its author, whatever they are called by then."""
        if not self.is_gone and not self.view.ignores(author.shown_name):
            self.reply_to = author

    # --- placing

    @property
    def differs(self) -> bool:
        """Whether what this person gets cannot be shared with others of their format."""
        return self.view.differs or len(self.rooms) > 1

    def format_in(self, room: Room) -> Format[Any]:
        """How this person sees events of a room."""
        return self.view.format if room.name == self.current else self.view.labelled

    def place_again(self) -> None:
        """Have the rooms group this person anew, after something that differs has changed."""
        for room in self.rooms.values():
            room.add(self)

    def _turn_to(self, name: str | None) -> None:
        self.current = name
        self.place_again()

    def _turn_away(self, name: str) -> None:
        if self.current == name and name not in self.rooms_to_be():
            self._turn_to(next(reversed(self.rooms_to_be()), None))

    # --- called when a batch is committed

    def expects(self, room: Room) -> bool:
        """Whether the person is still on their way into the room."""
        return not self.is_gone and room.name in self._joining

    def arrived(self, room: Room) -> bool:
        """Note that the person is a member now; true for the first room."""
        self._joining.remove(room.name)
        self.rooms[room.name] = room
        self.place_again()
        self._cancel_deadline()
        first, self._welcomed = not self._welcomed, True
        return first

    def departed(self, room: Room) -> None:
        """Note that the person is no member any more."""
        del self.rooms[room.name]
        self._leaving.remove(room.name)
        self._turn_away(room.name)
        self.place_again()

    def renamed(self, event: Renamed) -> None:
        """Note that a new name is committed: the old one is free, and whoever ignores this person goes on doing so."""
        if event.name != self.name:
            self.hub.roster.release(event.name, self)
        for session in self.hub.sessions:
            session.view.heard_of(event)

    def taken_back(self, event: Event) -> None:
        """Undo what a submitted event of this person's had already changed; the last one comes first."""
        if isinstance(event, Renamed):
            self.name = event.name
        elif self.is_gone:
            return
        elif isinstance(event, Joined):
            self._joining.remove(event.room)
            self._turn_away(event.room)
        elif isinstance(event, Left):
            self._leaving.remove(event.room)
            if self.current is None:
                self._turn_to(event.room)

    def not_stored(self, error: ChatError, tags: Sequence[str] = ()) -> None:
        """Tell the person, once all is taken back, that it was not stored; who was not in yet may try again.

        Args:
            error: Why.
            tags: Those of the lines that it was about.
        """
        if self.is_gone:
            return
        self.hub.roster.keep(self.name, self)
        if self._welcomed:
            self.tell(*(Refused(error, tag) for tag in tags or ("",)))
        else:
            self._not_entered(error)
