"""From a committed batch to frames: each format renders each event once, and each member gets one frame.

Rule 1: what a member gets is in the order of the log.
Rule 2: somebody is a member from their `Joined` on and up to their `Left`, at its place in the batch.
Rule 3: all members of a group share one frame; those whose part of the batch differs get a stream of their own.
Rule 4: in a large room coming and going waits a moment, see `twistchat.core.presence`; nothing else does.
Rule 5: what is announced to everyone reaches each person once, in whatever rooms they are, and is in every room's past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from twistchat.core.events import Entry, Event, Joined, Left, Renamed
from twistchat.core.ports import Format
from twistchat.core.presence import told
from twistchat.core.proclamation import Proclamation
from twistchat.core.replies import Past, Reply, Welcome, notice
from twistchat.core.room import Group, Room

if TYPE_CHECKING:
    from twistchat.core.session import Session


Author: TypeAlias = "Session | Proclamation"


class Submission(NamedTuple):
    """An event on its way into the log."""

    event: Event
    author: Author
    recipient: Session | None = None
    """Who gets a private message."""

    tag: str = ""
    """What its author's client calls the line that it came of."""

    @property
    def stored(self) -> bool:
        """Whether it goes into the log; a private message does not, nor a new name that no room is told of."""
        return self.event.stored and (bool(self.event.room) or not isinstance(self.event, Renamed))


class _Turn:
    """What one batch brings to one room; formats that fold presence are told otherwise than those that do not."""

    def __init__(self, room: Room, alone: Iterable[Session]) -> None:
        self.room = room
        self.alone = dict.fromkeys(alone)
        self._entries: dict[bool, list[Entry]] = {True: [], False: []}
        self._pieces: dict[Format[Any], list[bytes]] = {}

    def add(self, folds: bool, entries: Sequence[Entry]) -> None:
        """Tell something to everyone whose format folds presence, or does not."""
        self._entries[folds].extend(entries)

    def pieces(self, format: Format[Any]) -> list[bytes]:
        """The entries so far, each rendered once."""
        pieces = self._pieces.setdefault(format, [])
        entries = self._entries[format.folds_presence]
        if len(entries) > len(pieces):
            pieces.extend(map(format.event, entries[len(pieces) :]))
        return pieces


class Delivery:
    """Delivers one committed batch."""

    def __init__(self, rooms: dict[str, Room], sessions: Iterable[Session], standing: Sequence[Entry] = ()) -> None:
        """Prepare a delivery.

        Args:
            rooms: The open rooms.
            sessions: Everyone, in a room or not.
            standing: Announcements that everyone who comes is shown.
        """
        self._rooms = rooms
        self._sessions = sessions
        self._standing = standing
        self._turns: dict[str, _Turn] = {}
        self._streams: dict[Session, list[bytes]] = {}

    def deliver(self, batch: Iterable[tuple[Submission, Entry]]) -> None:
        """Hand every member what the batch brings them; the batch is in the order of the log."""
        for submission, entry in batch:
            self._take(submission, entry)
        self._send()

    def tell_presence(self, room: Room) -> None:
        """Tell the members of a large room who came and left since they were last told."""
        self._tell_all_presence(self._turn(room.name))
        room.presence.forget_newcomers()
        self._send()

    def _send(self) -> None:
        for turn in self._turns.values():
            self._send_to_groups(turn)
        for session, stream in self._streams.items():
            if stream:
                session.send(stream)

    def _take(self, submission: Submission, entry: Entry) -> None:
        event, author = entry.event, submission.author
        if not submission.stored:
            self._take_private(submission, entry)
        elif event.room:
            self._happen(self._turn(event.room), entry, author)
        else:
            self._announce(entry)

    def _happen(self, turn: _Turn, entry: Entry, author: Author) -> None:
        event, presence = entry.event, turn.room.presence
        if not isinstance(author, Proclamation):
            self._move(turn, entry, author)
        if not isinstance(event, Joined | Left):
            self._tell_first(turn, event.name)
        elif turn.room.is_large:
            presence.hold(entry)
            return
        elif presence:  # it was large until now
            self._tell_all_presence(turn)
        self._tell_room(turn, entry, author)

    def _tell_room(self, turn: _Turn, entry: Entry, author: Author) -> None:
        for folds in (True, False):
            turn.add(folds, (entry,))
        turn.room.note(entry)
        for session in turn.alone:
            if session.view.wants(entry.event, author is session):
                self._streams.setdefault(session, []).append(turn.pieces(session.format_in(turn.room))[-1])

    def _tell_first(self, turn: _Turn, name: str) -> None:
        """Announce somebody before what they do; and tell programs everything, as theirs is the log's order."""
        if turn.room.presence:
            for folds in (True, False):
                self._tell_held(turn, turn.room.presence.first_for(folds, name), folds)

    def _tell_all_presence(self, turn: _Turn) -> None:
        for folds in (True, False):
            self._tell_held(turn, turn.room.presence.all_for(folds), folds)

    def _tell_held(self, turn: _Turn, entries: list[Entry], folds: bool) -> None:
        if not entries:
            return
        presence = turn.room.presence
        for session in presence.newcomers(entries):
            self._single_out(session)
        turn.add(folds, told(entries, folds))
        for session in turn.alone:
            format = session.format_in(turn.room)
            if format.folds_presence is folds:
                part = told(presence.part(session, entries), folds)
                self._streams.setdefault(session, []).extend(map(format.event, part))

    def _announce(self, entry: Entry) -> None:
        turns = [self._turn(name) for name in self._rooms]
        for turn in turns:
            self._tell_first(turn, "")
            for folds in (True, False):
                turn.add(folds, (entry,))
            turn.room.note(entry)
        one_turn = {session: turn for turn in turns for session in turn.alone}
        for session, turn in one_turn.items():
            self._streams.setdefault(session, []).append(turn.pieces(session.format_in(turn.room))[-1])
        for session in self._sessions:
            if session.is_welcome and not session.rooms:
                self._single_out(session).append(session.view.format.event(entry))

    def _move(self, turn: _Turn, entry: Entry, author: Session) -> None:
        event = entry.event
        if isinstance(event, Joined):
            self._join(turn, entry, author)
        elif isinstance(event, Left):
            self._leave(turn, author)
        elif isinstance(event, Renamed):
            author.renamed(event)

    def _turn(self, name: str) -> _Turn:
        turn = self._turns.get(name)
        if turn is None:
            room = self._rooms[name]
            alone = [*room.alone, *(session for session in self._streams if session in room)]
            turn = self._turns[name] = _Turn(room, alone)
        return turn

    def _single_out(self, session: Session) -> list[bytes]:
        """Give somebody a stream of their own for this batch, beginning with what their group has so far."""
        stream = self._streams.setdefault(session, [])
        for turn in self._turns.values():
            if session in turn.room and session not in turn.alone:
                turn.alone[session] = None
                stream.extend(turn.pieces(session.format_in(turn.room)))
        return stream

    def _tell(self, session: Session, reply: Reply) -> None:
        self._single_out(session).extend(session.view.format.reply(reply))

    def _join(self, turn: _Turn, entry: Entry, session: Session) -> None:
        if not session.expects(turn.room):  # gone again before the batch was committed
            return
        self._single_out(session)
        turn.alone[session] = None  # what the room has so far came before them
        if session.arrived(turn.room):
            self._tell(session, Welcome(session.shown_name))
            self._show_standing(session, turn.room)
        if turn.room.topic:
            self._tell(session, notice("topic", "Topic of {room}: {topic}", room=turn.room.name, topic=turn.room.topic))
        past = tuple(entry for entry in turn.room.latest if session.view.wants(entry.event, is_own=False))
        if past:
            self._tell(session, Past(turn.room.name, past))
        if turn.room.is_large:  # the others hear of it later
            turn.room.presence.came(session, entry)
            self._single_out(session).append(session.format_in(turn.room).event(entry))

    def _show_standing(self, session: Session, room: Room) -> None:
        latest = {entry.number for entry in room.latest}
        standing = tuple(entry for entry in self._standing if entry.number not in latest)
        if standing:
            self._tell(session, Past(room.name, standing))

    def _leave(self, turn: _Turn, session: Session) -> None:
        if session not in turn.room:
            return
        format = session.format_in(turn.room)
        part = turn.room.presence.left(session, format.folds_presence)
        self._single_out(session).extend(map(format.event, told(part, format.folds_presence)))
        turn.room.remove(session)
        turn.alone.pop(session, None)
        session.departed(turn.room)
        self._tell(session, notice("left", "You left {room}.", room=turn.room.name))

    def _take_private(self, submission: Submission, entry: Entry) -> None:
        event, author, recipient = entry.event, submission.author, submission.recipient
        assert not isinstance(author, Proclamation)
        if isinstance(event, Renamed):
            author.renamed(event)
        if recipient is not None:
            recipient.heard_from(author)
        for session in {author: None, recipient: None}:
            if session is not None and session.view.wants(event, author is session):
                self._single_out(session).append(session.view.format.event(entry))

    def _send_to_groups(self, turn: _Turn) -> None:
        for format, members in list(turn.room.groups.items()):
            pieces = turn.pieces(format)
            if pieces:
                frame = format.frame(pieces)
                for send in _others(members, turn.alone):
                    send(frame)


def _others(members: Group, alone: dict[Session, None]) -> list[Callable[[Any], None]]:
    """What sends to the members that got no stream of their own; a list, as whoever is let go leaves the room."""
    if not alone:
        return list(members.values())
    return [send for session, send in members.items() if session not in alone]
