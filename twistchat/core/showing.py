"""What somebody is shown of a room that they come into: its topic, its latest lines, and what stands for everyone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twistchat.core.events import Told
from twistchat.core.member import Member
from twistchat.core.replies import Here, Past, Reply, notice
from twistchat.core.room import Room


def shown_of(room: Room, member: Member, comes_first: bool) -> Iterator[Reply]:
    """What is shown to somebody who comes.

    Args:
        room: Where to.
        member: Who.
        comes_first: Whether their dialect shows them come first and the room then; it has the topic in what it is, too.
    """
    if comes_first:
        yield Here(room.record)
    if member.preferences.comes_quietly:
        return
    if room.record.topic and not comes_first:
        yield notice("topic", "Topic of {room}: {topic}", room=room.name, topic=room.record.topic)
    past = member.preferences.recent(filter(member.announcements.has_to_see, room.record.latest))
    if past:
        yield Past(room.name, past)


def standing_for(member: Member, room: Room, standing: Sequence[Told]) -> tuple[Told, ...]:
    """The announcements that stand for everyone and are not among a room's latest lines, as far as they are to be seen.

    Args:
        member: Who comes, to the chat itself and so into its first room.
        room: That.
        standing: All that stand.
    """
    if member.preferences.comes_quietly:
        return ()
    latest = {entry.number for entry in room.record.latest}
    later = (told for told in standing if told.number not in latest)
    return tuple(filter(member.announcements.has_to_see, later))
