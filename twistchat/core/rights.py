"""What one person may do in which room: as a moderator, as somebody who is muted, as somebody who is new there.

A code makes a moderator of whoever shows it, until its act is in force no more, wherever they are by then; what they do
holds in that room, and no mute, lock or held topic of that room holds for them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from twistchat.core.bans import APPOINT, Act, subjects_of
from twistchat.core.clocks import DelayedCall, cancel
from twistchat.core.identity import Identity
from twistchat.core.shared import SharedState
from twistchat.core.stays import RECENTLY
from twistchat.core.subjects import is_same_subject
from twistchat.errors import KeptOut

LONGEST_WAIT = 86400.0
"""Seconds between two looks whether a code's time is up, as the time of day may be set."""


class Rights:
    """One person's."""

    __slots__ = ("_former", "_identity", "_next", "_posts", "_shared")

    def __init__(self, shared: SharedState[Any], identity: Callable[[], Identity]) -> None:
        """Moderate nothing.

        Args:
            shared: The chat.
            identity: Tells by what the person is known now.
        """
        self._shared = shared
        self._identity = identity
        self._posts: dict[str, Act] = {}
        self._next: DelayedCall | None = None
        self._former: list[str] = []  # names by which rooms know them until a new one is stored

    # --- by their names

    def goes_from(self, name: str) -> str:
        """Note that another name than that is on its way into the log; gives it back."""
        self._former.append(name)
        return name

    def gone_from(self, name: str) -> str:
        """Note that the other name is stored, or never will be; idempotent, and gives back the one before."""
        if name in self._former:
            self._former.remove(name)
        return name

    @property
    def _known_as(self) -> tuple[str, ...]:
        return (self._identity().name or "", *self._former)

    def check_topic(self, room: str) -> None:
        """Make sure that the person, who is in a room, may set its topic.

        Raises:
            TopicIsLocked: Its operators alone may.
            TopicHeld: A moderator has set it, and it is to stay.
        """
        self._shared.rooms[room].terms_to_be.check_topic(room, *self._known_as)
        self._shared.rules.check_topic(room, self._shared.wall())

    # --- as a moderator

    @property
    def moderated(self) -> list[str]:
        """The rooms that they moderate, in the order in which they showed the codes."""
        return [room for room in self._posts if self.post(room) is not None]

    def post(self, room: str) -> Act | None:
        """The act that makes them a moderator of a room, if one in force does."""
        act = self._posts.get(room)
        if act is None or act not in self._shared.rules.in_force(APPOINT, self._shared.wall()):
            return None
        return act

    def take_post(self, act: Act) -> None:
        """Moderate the room of an act."""
        self._posts[act.room] = act

    @property
    def posts(self) -> list[int]:
        """The numbers of the acts that make them a moderator, in force or not."""
        return [act.number for act in self._posts.values()]

    def revive(self, posts: Collection[int]) -> None:
        """Have the posts of acts that are in force."""
        for act in self._shared.rules.in_force(APPOINT, self._shared.wall()) if posts else ():
            if act.number in posts:
                self.take_post(act)

    def ended_posts(self) -> list[str]:
        """The rooms that they moderate no more, each told once."""
        ended = [room for room in self._posts if self.post(room) is None]
        for room in ended:
            del self._posts[room]
        return ended

    def look_again(self, look: Callable[[], None]) -> None:
        """Have something called when the time of the next code is up; it has to call this again."""
        self._look_no_more()
        ends = [act.until for act in self._posts.values() if act.until is not None]
        if ends:
            wait = min(max(min(ends) - self._shared.wall(), 0.0), LONGEST_WAIT)
            self._next = self._shared.clock.callLater(wait, look)

    def _look_no_more(self) -> None:
        cancel(self._next)
        self._next = None

    # --- as somebody who is muted

    def check_talk(self, *rooms: str) -> None:
        """The same as `check_voice`, for each line that anybody says: it takes no time where nobody is muted."""
        if self._shared.rules.mutes_anybody:
            self.check_voice(*rooms)
            return
        for room in rooms:
            open_room = self._shared.rooms.if_open(room)
            if open_room is not None and (open_room.ruled is not None or open_room.record.terms.holds_back):
                self.check_terms(room)

    def check_voice(self, *rooms: str) -> None:
        """Make sure that the person may talk, and in each of some rooms.

        Raises:
            Muted: An administrator has muted them, or a moderator of one of the rooms.
            NoVoice, KeptOut: The operators of one of the rooms do not let them.
        """
        self._shared.rules.check_voice(self._identity(), self._shared.wall(), self._not_moderated(rooms))
        self.check_terms(*rooms)

    def check_terms(self, *rooms: str) -> None:
        """Make sure that the person may talk in each of some rooms, as far as the operators of those that are open go.

        Raises:
            NoVoice, KeptOut: They may not.
        """
        for room in rooms:
            open_room = self._shared.rooms.if_open(room)
            if open_room is None:
                continue
            terms = open_room.terms_to_be
            if terms.holds_back and self.post(room) is None:
                terms.check_voice(room, *self._known_as)

    def check_name_kept(self, rooms: Iterable[str]) -> None:
        """Make sure that the person, who is in some rooms, may take another name as far as mutes go.

        Raises:
            Muted, KeptOut: What holds for the old one must not be shaken off with it.
        """
        name, here = self._identity().name or "", self._not_moderated(rooms)
        self._shared.rules.check_name_kept(self._identity(), self._shared.wall(), here)
        for room in here:
            if self._shared.rooms[room].terms_to_be.keeps_out(name):
                raise KeptOut(room)

    def _not_moderated(self, rooms: Iterable[str]) -> list[str]:
        return [room for room in rooms if self.post(room) is None]

    def muted_as(self, room: str) -> Act | None:
        """The act by which a moderator of a room has muted them under another name, if one in force does."""
        rules = self._shared.rules
        if not rules.mutes_anybody or self.post(room) is not None:
            return None
        identity = self._identity()
        about = [act for act in rules.in_force("mute", self._shared.wall()) if act.room == room and act.subject]
        if any(is_same_subject(act.subject, identity.name or "") for act in about):
            return None
        return next((act for act in about if any(each.covers(identity) for each in subjects_of(act))), None)

    # --- as somebody who is new in a room

    def check_lock(self, room: str) -> None:
        """Make sure that the person may come into a room as far as its locks go.

        Raises:
            Locked: They were not in it of late, and do not moderate it.
        """
        if self.post(room) is None:
            stays = self._shared.room_stays
            self._shared.rules.check_lock(
                lambda since: stays.knows(room, self._identity(), since - RECENTLY), self._shared.wall(), room
            )

    def end_stay(self, room: str, is_removed: bool) -> None:
        """Note that they go from a room, or are removed from it."""
        stays, now = self._shared.room_stays, self._shared.wall()
        if is_removed:
            stays.end_removed(room, self._identity())
        else:
            stays.end(room, self._identity(), now)
        stays.drop(self._shared.rules.locked_since(now) - RECENTLY)

    def end(self, rooms: Iterable[str], is_removed: bool) -> None:
        """Note that they are gone from the chat, and from some rooms by that."""
        for room in rooms:
            self.end_stay(room, is_removed)
        self._look_no_more()
