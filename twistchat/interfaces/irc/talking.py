"""Commands that say something: to rooms and to people, as text, as a notice, or as tags alone."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twistchat.core.events import Acted, Noticed, Said, Whispered, WhisperedNotice
from twistchat.core.speaking import say_in, tag, tag_afar, whisper_afar, whisper_to
from twistchat.errors import ChatError, IgnoresYou, Muted, NobodyCalled, NoSuchRoom, NotInRoom, Voiceless
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MOST_TARGETS
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import CHANNEL, channel
from twistchat.wire.irc_lines import LINE_BYTES, IrcLine, client_tags
from twistchat.wire.irc_text import action_in, is_ctcp, line_said, said

NO_CTCP = "CTCP is not passed on. /me is, as any text."


def speak(member: IrcMember, line: IrcLine, is_notice: bool) -> None:
    """Say a text to each of its targets."""
    if len(line.params) < 2 or not line.params[1]:
        if not is_notice:
            member.tell(member.numbered(412 if line.params and line.params[0] else 411))
        return
    targets = _targets(member, line, is_notice)
    for target in targets:
        say_to(member, line, target, line.params[1], is_notice)


def _targets(member: IrcMember, line: IrcLine, is_quiet: bool) -> list[str]:
    targets = [target for target in dict.fromkeys(line.params[0].split(",")) if target] if line.params else []
    if len(targets) > MOST_TARGETS:
        if not is_quiet:
            member.tell(member.numbered(407, word(targets[MOST_TARGETS])))
        return []
    if not targets and not is_quiet:
        member.tell(member.numbered(411))
    return targets


def say_to(
    member: IrcMember, line: IrcLine, target: str, text: str, is_notice: bool, may_be_long: bool = False
) -> None:
    """Say a text to one target, and answer why not.

    Args:
        member: Who.
        line: What it came by.
        target: A room or a person.
        text: As it came.
        is_notice: Whether nobody may answer, the server included.
        may_be_long: Whether it may be longer than a line, as it came in several.
    """
    try:
        if is_ctcp(text) and action_in(text) is None:
            if not is_notice:
                member.tell(f":{member.network.server} {_cannot(target)} \0 {word(target)} :{NO_CTCP}")
            return
        if target.startswith(CHANNEL):
            _tell_room(member, line, target, text, is_notice, may_be_long)
        else:
            _tell_person(member, line, target, text, is_notice, may_be_long)
    except ChatError as error:
        refuse_to(member, line, target, error, is_notice)


def _cannot(target: str) -> int:
    return 404 if target.startswith(CHANNEL) else 531


def refuse_to(member: IrcMember, line: IrcLine, target: str, error: ChatError, is_notice: bool) -> None:
    """Answer why a text did not reach a target; a notice gets no answer but one that says that it is too long."""
    if isinstance(error, Muted | NotInRoom | IgnoresYou | Voiceless):
        if not is_notice:
            sentence = member.format.say(error)
            shown = member.shown_room(target)
            member.tell(f":{member.network.server} {_cannot(target)} \0 {shown} :{sentence}")
    elif not is_notice or error.code not in ("nobody-called", "no-such-room", "room-name-not-allowed"):
        member.refuse(error, line, target)


def _tell_room(member: IrcMember, line: IrcLine, target: str, text: str, is_notice: bool, may_be_long: bool) -> None:
    room = member.room(target)
    person = member.person
    if person.shared.census.find(room, person.rooms) is None and not person.membership.will_be_in(room):
        raise NoSuchRoom(room)
    did = action_in(text)
    how: type[Said | Acted | Noticed] = Noticed if is_notice else Said if did is None else Acted
    words = line_said(text) if did is None else said(did)
    if words and (may_be_long or _fits(member, channel(room), line.command, words, did is not None)):
        say_in(member.person, room, words, how, client_tags(line.tags))


def _tell_person(member: IrcMember, line: IrcLine, target: str, text: str, is_notice: bool, may_be_long: bool) -> None:
    other = member.network.find(target)
    if other is None:
        _tell_afar(member, line, target, _said_afar(member, line, target, text, is_notice), is_notice)
        return
    did = action_in(text)
    words = line_said(text) if did is None else f"* {member.nick} {said(did)}"
    if not words or not (may_be_long or _fits(member, other.shown_name, line.command, words, False)):
        return
    whisper_to(member.person, other, words, WhisperedNotice if is_notice else Whispered, client_tags(line.tags))
    if other.away is not None and not is_notice:
        member.tell(f":{member.network.server} 301 \0 {other.shown_name} :{other.away}")


def _tell_afar(
    member: IrcMember, line: IrcLine, target: str, telling: Coroutine[Any, Any, None], is_notice: bool
) -> None:
    """Tell somebody at another server something; whether they got it is answered when that is known."""
    Deferred.fromCoroutine(telling).addErrback(_not_told, member, line, target, is_notice)


async def _said_afar(member: IrcMember, line: IrcLine, target: str, text: str, is_notice: bool) -> None:
    """Say a text to somebody at another server.

    Raises:
        NobodyCalled: This server is alone, or nobody has that name there.
        ChatError: They have not got it, or that is not known.
    """
    if not member.person.shared.elsewhere.has_servers:
        raise NobodyCalled(target)
    did = action_in(text)
    words = line_said(text) if did is None else f"* {member.nick} {said(did)}"
    how = WhisperedNotice if is_notice else Whispered
    bearer = await whisper_afar(member.person, target, words, how, client_tags(line.tags))
    if bearer.away is not None and not is_notice and not member.session.is_gone:
        member.tell(f":{member.network.server} 301 \0 {bearer.name} :{bearer.away}")


def _not_told(failure: Failure, member: IrcMember, line: IrcLine, target: str, is_notice: bool) -> None:
    failure.trap(ChatError)
    assert isinstance(failure.value, ChatError)
    refuse_to(member, line, target, failure.value, is_notice)


def _fits(member: IrcMember, target: str, command: str, text: str, is_action: bool) -> bool:
    """Whether a text fits into one line as others get it; a client that knows its own source sends no longer ones."""
    source = member.format.source(member.nick)
    size = len(f":{source} {command} {target} :{text}\r\n".encode()) + 9 * is_action
    if size > LINE_BYTES:
        member.tell(member.numbered(417))
    return size <= LINE_BYTES


@irc_command("TAGMSG target{,target}", price=0.0, price_each=0.5, waits=False, counts_as_activity=False)
def _tagmsg(member: IrcMember, line: IrcLine) -> None:
    if "message-tags" not in member.caps:
        member.tell(member.numbered(421, word(line.command)))
        return
    tags = client_tags(line.tags)
    for target in _targets(member, line, is_quiet=False):
        try:
            if target.startswith(CHANNEL):
                tag(member.person, member.room(target), tags)
            elif (other := member.network.find(target)) is not None:
                tag(member.person, other, tags)
            elif member.person.shared.elsewhere.has_servers:
                _tell_afar(member, line, target, tag_afar(member.person, target, tags), is_notice=False)
            else:
                raise NobodyCalled(target)
        except ChatError as error:
            refuse_to(member, line, target, error, is_notice=False)


ROWS = (_tagmsg,)
