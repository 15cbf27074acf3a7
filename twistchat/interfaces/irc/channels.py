"""Commands about rooms, which IRC calls channels."""

from __future__ import annotations

from itertools import zip_longest

from twistchat.core import ruling
from twistchat.core.census import RoomRecord
from twistchat.core.masks import matches
from twistchat.core.speaking import set_topic_in, turn_to
from twistchat.errors import ChatError, Muted, NobodyCalled, NoSuchRoom, NotInRoom, Voiceless
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MOST_TARGETS, TOPIC_BYTES
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import CHANNEL, READER, channel
from twistchat.wire.irc_lines import LINE_BYTES, IrcLine
from twistchat.wire.irc_text import said

MOST_LISTED = 1000
"""Rooms of one answer to LIST, the fullest first: 200 KiB with topics."""


def found(member: IrcMember, target: str) -> RoomRecord:
    """The room that a target names.

    Raises:
        NoSuchRoom: There is none.
    """
    record = _known(member, member.room(target)) if target.startswith(CHANNEL) else None
    if record is None or not (record.people or record.is_open):
        raise NoSuchRoom(target.removeprefix(CHANNEL))
    return record


def _known(member: IrcMember, room: str) -> RoomRecord | None:
    return member.person.shared.census.find(room, member.person.rooms)


def check_in(member: IrcMember, record: RoomRecord) -> None:
    """Make sure that somebody is in a room.

    Raises:
        NotInRoom: They are not.
    """
    if record.name not in member.person.rooms:
        raise NotInRoom(record.name)


# --- coming and going
@irc_command("JOIN #room{,#room} [key{,key}]", least=1, price=0.0, price_each=0.5, waits=False)
async def _join(member: IrcMember, line: IrcLine) -> None:
    if line.params[0] == "0":
        for room in member.person.membership.rooms_to_be:
            member.person.leave(room)
        return
    keys = line.params[1].split(",") if len(line.params) > 1 else []
    for target, key in _with_keys(line.params[0].split(","), keys).items():
        try:
            if not target.startswith(CHANNEL):
                raise NoSuchRoom(target)
            await member.person.join(member.room(target), key)
        except ChatError as error:
            member.refuse(error, line, word(target))


def _with_keys(targets: list[str], keys: list[str]) -> dict[str, str]:
    """Targets, each with the key that stands in its place (RFC 2812 3.2.1)."""
    return dict(zip_longest(targets, keys[: len(targets)], fillvalue=""))


@irc_command("PART #room{,#room} [:reason]", least=1, price=0.0, price_each=0.5)
def _part(member: IrcMember, line: IrcLine) -> None:
    for target in dict.fromkeys(line.params[0].split(",")):
        try:
            reason = said(line.params[1]) if len(line.params) > 1 else ""
            record = found(member, target)
            member.person.leave(record.name, _heard_reason(member, reason, record.name))
        except ChatError as error:
            member.refuse(error, line, member.shown_room(word(target)))


def _heard_reason(member: IrcMember, reason: str, room: str) -> str:
    """Why somebody leaves, if they may talk there; whoever may not leaves without a word."""
    try:
        return member.person.checked_text(reason, room) if reason else ""
    except (Muted, Voiceless):
        return ""


def _price_of_kick(line: IrcLine) -> float:
    return 2.0 * min(MOST_TARGETS, line.params[1].count(",") + 1 if len(line.params) > 1 else 1)


@irc_command("KICK #room name{,name} [:reason]", least=2)
async def _kick(member: IrcMember, line: IrcLine) -> None:
    reason = said(line.params[2]) if len(line.params) > 2 else ""
    rooms = line.params[0].split(",")
    targets = list(dict.fromkeys(line.params[1].split(",")))[:MOST_TARGETS]
    for target, name in zip_longest(rooms[: len(targets)], targets, fillvalue=rooms[-1]):
        try:
            record = found(member, target)
            check_in(member, record)
        except ChatError as error:
            member.refuse(error, line, member.shown_room(word(target)))
        else:
            await _put_out(member, line, record, name, reason)


async def _put_out(member: IrcMember, line: IrcLine, record: RoomRecord, name: str, reason: str) -> None:
    """Put one person out of a room, as its operator or its moderator."""
    try:
        if " " in name:  # the rest would be taken for the reason
            raise NobodyCalled(name)
        turn_to(member.person, record.name)
        doing = member.person.shared.commands.find("kick").run(member.person, f"{name} {reason}")
        if doing is not None:
            await doing
    except NobodyCalled as error:
        member.refuse(error, line, word(name))
    except ChatError as error:
        member.refuse(error, line, channel(record.name))


@irc_command("INVITE [name #room]")
async def _invite(member: IrcMember, line: IrcLine) -> None:
    if not line.params:
        member.tell(*(member.numbered(336, room) for room in member.invited), member.numbered(337))
        return
    if len(line.params) < 2:
        member.tell(member.numbered(461, "INVITE"))
        return
    name, target = line.params[:2]
    other = member.network.find(name)
    if other is None and not member.network.hub.elsewhere.has_servers:
        raise NobodyCalled(name)
    try:
        record = found(member, target)
        check_in(member, record)
        if other is None:
            await ruling.invite_called(member.person, record.name, name)
        else:
            await ruling.invite(member.person, record.name, other)
    except ChatError as error:
        member.refuse(error, line, member.shown_room(word(target)))


# --- topics
@irc_command("TOPIC #room [:topic]", least=1, price=0.5)
def _topic(member: IrcMember, line: IrcLine) -> None:
    record = found(member, line.params[0])
    check_in(member, record)
    if len(line.params) > 1:
        topic = said(line.params[1])
        source = member.format.source(member.nick)
        whole = f":{source} TOPIC {channel(record.name)} :{topic}\r\n"
        if len(topic.encode()) > TOPIC_BYTES or len(whole.encode()) > LINE_BYTES:
            member.tell(member.numbered(417))
        else:
            set_topic_in(member.person, record.name, topic)
    elif record.topic:
        member.tell(*member.format.topic_of(record))
    else:
        member.tell(member.numbered(331, channel(record.name)))


# --- lists
@irc_command("NAMES [#room{,#room}]", price=0.0, price_each=0.2)
def _names(member: IrcMember, line: IrcLine) -> None:
    targets = [word(each) for each in line.params[0].split(",")[:MOST_TARGETS]] if line.params else ["*"]
    for target in targets:
        try:
            member.tell(*member.format.names_in(found(member, target)))
        except ChatError:  # there is nobody of whom to tell
            continue
    member.tell(member.numbered(366, ",".join(map(member.shown_room, targets))))


@irc_command("LIST [masks]", price=1.0)
def _list(member: IrcMember, line: IrcLine) -> None:
    words = [word for word in (line.params[0].split(",") if line.params else []) if word]
    visible = member.person.shared.census.visible(member.person.rooms)
    records = sorted(visible, key=lambda record: (-len(record.people), record.name))
    shown = [record for record in records if record.people and _is_wanted(record, words)][:MOST_LISTED]
    member.tell(f":{member.network.server} 321 {READER} Channel :Users  Name")
    for record in shown:
        head = f":{member.network.server} 322 {READER} {channel(record.name)} {len(record.people)} :"
        member.tell(member.format.fitting(head, record.topic))
    member.tell(member.numbered(323))


def _is_wanted(record: RoomRecord, words: list[str]) -> bool:
    """Whether a room is one of those that LIST asks for: by its name, or by how many people are in it."""
    masks = [each for each in words if each[0] not in "<>!"]
    if masks and not any(_matches(mask, record) for mask in masks):
        return False
    for bound in words:
        if bound[0] == "!" and _matches(bound[1:], record):
            return False
        if bound[0] in "<>" and bound[1:].isdecimal() and len(bound) < 9:
            count, most = len(record.people), int(bound[1:])
            if not (count < most if bound[0] == "<" else count > most):
                return False
    return True


def _matches(mask: str, record: RoomRecord) -> bool:
    return matches(mask, channel(record.name))


ROWS = (_join, _part, _kick._replace(price=_price_of_kick), _invite, _topic, _names, _list)
