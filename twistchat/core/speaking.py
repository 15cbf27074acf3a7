"""What somebody says to a room or a person that they name, in whatever room they talk otherwise; and signals."""

from __future__ import annotations

from twistchat.core.events import Acted, Away, Described, Noticed, Said, Tagged, Whispered
from twistchat.core.member import Member
from twistchat.core.person import Person
from twistchat.core.ports import Bearer
from twistchat.errors import IgnoresYou, NotInRoom


def say_in(
    person: Person, room: str, text: str, how: type[Said | Acted | Noticed] = Said, beside: str | None = None
) -> None:
    """Say something in a room, and talk there from now on; from outside it, if the room hears that.

    Args:
        person: Who.
        room: Its checked name.
        text: Cleaned.
        how: What it is.
        beside: What stands beside it as it happens.

    Raises:
        NotInRoom: They are not in it.
        Muted, NoVoice, KeptOut, Locked, TextTooLong, Overloaded: Nobody has seen it.
    """
    is_in = person.membership.will_be_in(room)
    if is_in:
        turn_to(person, room)
    else:
        check_heard_outside(person, room)
    event = how(room, person.shown_name, person.checked_text(text, room))
    pipeline = person.shared.pipeline
    if beside or not is_in:  # whoever is outside is told of it apart
        pipeline.submit(person, person, event, recipient=None if is_in else person, beside=beside or None)
    else:
        pipeline.submit_line(person, person, event)


def check_heard_outside(person: Person, room: str) -> None:
    """Make sure that somebody who is not in a room may say something in it.

    Raises:
        NotInRoom: It hears nobody outside; nor does one that nobody is in who is connected here.
        Locked: They could not come in either.
    """
    record, open_room = person.shared.census.find(room, person.rooms), person.shared.rooms.if_open(room)
    if record is None or not record.people or open_room is None or not open_room.terms_to_be.hears_outside:
        raise NotInRoom(room)
    person.rights.check_lock(room)


def turn_to(person: Person, room: str) -> None:
    """Have somebody talk in a room from now on.

    Raises:
        NotInRoom: They are not in it.
    """
    if person.membership.turn_to(room):
        person.place_again()


def set_topic_in(person: Person, room: str, topic: str) -> None:
    """Set the topic of a room.

    Raises:
        NotInRoom: They are not in it.
        Muted, TextTooLong, Overloaded: It is as it was.
    """
    turn_to(person, room)
    person.set_topic(topic)


def whisper_to(
    person: Person, recipient: Member, text: str, how: type[Whispered] = Whispered, beside: str | None = None
) -> None:
    """Say something to one person.

    Raises:
        IgnoresYou: They ignore the sender.
        Muted, TextTooLong, Overloaded: They have not seen it.
    """
    check_hears(recipient, person)
    event = how(person.shown_name, recipient.shown_name, person.checked_text(text))
    person.shared.pipeline.submit(person, person, event, recipient=recipient, beside=beside or None)


async def whisper_afar(
    person: Person, name: str, text: str, how: type[Whispered] = Whispered, beside: str | None = None
) -> Bearer:
    """Say something to one person at another server; gives them.

    Raises:
        NobodyCalled, IgnoresYou, NotKnownWhether: They have not got it, or that is not known.
        Muted, TextTooLong, Overloaded: They have not seen it.
    """
    event = how(person.shown_name, name, person.checked_text(text))
    bearer = await person.shared.elsewhere.whisper(name, event, beside or None)
    if not person.is_gone:
        told = how(person.shown_name, bearer.name, event.text)
        person.shared.pipeline.submit(person, person, told, beside=beside or None)
    return bearer


def check_hears(recipient: Member, person: Person) -> None:
    """Make sure that somebody hears what a person tells them alone.

    Raises:
        IgnoresYou: They ignore the person.
    """
    if recipient.preferences.ignores(person.shown_name):
        raise IgnoresYou(recipient.shown_name)


def be_away(person: Person, text: str | None) -> None:
    """Be away for a reason, or be back; who is in a room with them may be told.

    Raises:
        Muted, TextTooLong, Overloaded: Nothing has changed.
    """
    reason = person.checked_text(text or "") or None
    if reason != person.away:
        _signal(person, Away, reason or "")
        person.away = reason


def describe(person: Person, text: str) -> None:
    """Say who one is.

    Raises:
        Muted, TextTooLong, Overloaded: Nothing has changed.
    """
    description = person.checked_text(text)
    _signal(person, Described, description)
    person.description = description


def tag(person: Person, to: str | Person, tags: str) -> None:
    """Send tags without a line.

    Args:
        person: Who.
        to: A room's checked name, or a person.
        tags: As they are written.

    Raises:
        NotInRoom, IgnoresYou, Muted, Overloaded: Nobody has seen them.
    """
    person.rights.check_voice(*([to] if isinstance(to, str) else []))
    pipeline = person.shared.pipeline
    if isinstance(to, str):
        turn_to(person, to)
        tagged = Tagged(to, person.shown_name, "")
        pipeline.submit(person, person, tagged, beside=tags or None)
        person.shared.signals.tell([tagged], tags or None)
        return
    check_hears(to, person)
    pipeline.submit(
        person, person, Tagged(None, person.shown_name, "", to.shown_name), recipient=to, beside=tags or None
    )


async def tag_afar(person: Person, name: str, tags: str) -> None:
    """Send tags without a line to one person at another server.

    Raises:
        NobodyCalled, IgnoresYou, NotKnownWhether: They have not got them, or that is not known.
        Muted, Overloaded: They have not seen them.
    """
    person.rights.check_voice()
    bearer = await person.shared.elsewhere.whisper(name, Tagged(None, person.shown_name, "", name), tags or None)
    if not person.is_gone:
        tagged = Tagged(None, person.shown_name, "", bearer.name)
        person.shared.pipeline.submit(person, person, tagged, beside=tags or None)


def _signal(person: Person, how: type[Away | Described], text: str) -> None:
    """Tell those around somebody; where they are in no room, themselves."""
    shared, name = person.shared, person.shown_name
    rooms: list[str | None] = [*person.membership.rooms_to_be] or [None]
    signals = [how(room, name, text) for room in rooms]
    shared.pipeline.submit(person, person, *signals)
    shared.signals.tell(signals)
    shared.comings.signalled(person, how(None, name, text))
