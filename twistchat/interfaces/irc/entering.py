"""Commands of coming in: capabilities, names, and the way out that is there from the first line on."""

from __future__ import annotations

from twistchat.core import names
from twistchat.core.claimcodes import read_code
from twistchat.core.claiming import rename
from twistchat.core.intake import Doing
from twistchat.core.names import LOBBY
from twistchat.core.text import clean
from twistchat.errors import Banned, ChatError, Locked, TooManyCodes
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import CAPABILITIES, values
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.outgoing import word as as_word
from twistchat.interfaces.irc.proving import abort, logged_in
from twistchat.wire.irc_format import READER
from twistchat.wire.irc_lines import IrcLine
from twistchat.wire.irc_numerics import REFUSALS
from twistchat.wire.irc_text import rows, said

_OF_302 = 302
_MOST_CAPS_BYTES = 400


# --- capabilities
@irc_command(
    "CAP LS|REQ|LIST|END [:capabilities]", price=0.0, is_for_strangers=True, waits=False, counts_as_activity=False
)
def _cap(member: IrcMember, line: IrcLine) -> Doing | None:
    word = line.params[0].upper() if line.params else ""
    run = _SUBCOMMANDS.get(word)
    if run is None:
        member.tell(member.numbered(410, as_word(word)))
        return None
    return run(member, line.params[1] if len(line.params) > 1 else "")


def _ls(member: IrcMember, version: str) -> Doing | None:
    registration = member.registration
    registration.is_negotiating = not member.is_registered
    if version.isdecimal() and len(version) < 6:
        registration.version = max(registration.version, int(version))
    is_302 = registration.version >= _OF_302
    if is_302:
        member.become(member.caps | {"cap-notify"})
    valued = values(member.session.limits, member.certificate is not None) if is_302 else {}
    words = [f"{name}={valued[name]}" if name in valued else name for name in CAPABILITIES]
    _list(member, "LS", words, is_302)
    return None


def _list(member: IrcMember, word: str, words: list[str], says_more: bool) -> None:
    """Tell words, in as many lines as they take.

    Args:
        member: Whose client is told.
        word: LS, LIST, ACK or NAK.
        words: Capabilities.
        says_more: Whether a line says that another one follows, as those of LS and LIST do for who knows of that.
    """
    lines = [*rows(words, _MOST_CAPS_BYTES)] or [""]
    for at, text in enumerate(lines, 1):
        more = "* " if says_more and at < len(lines) else ""
        member.tell(f":{member.network.server} CAP {READER} {word} {more}:{text}")


def _req(member: IrcMember, asked: str) -> Doing | None:
    member.registration.is_negotiating |= not member.is_registered
    caps = set(member.caps)
    for word in asked.split():
        name = word.removeprefix("-")
        if name not in CAPABILITIES:
            _list(member, "NAK", clean(asked).split(), False)
            return None
        if word != name:
            caps.discard(name)
        else:
            caps.add(name)
    _list(member, "ACK", clean(asked).split(), False)
    member.become(frozenset(caps))
    return None


def _caps_of(member: IrcMember, _rest: str) -> Doing | None:
    _list(member, "LIST", sorted(member.caps), True)
    return None


def _end(member: IrcMember, _rest: str) -> Doing | None:
    member.registration.is_negotiating = False
    abort(member)
    return _entering(member)


_SUBCOMMANDS = {"LS": _ls, "REQ": _req, "LIST": _caps_of, "END": _end}


# --- names
@irc_command("PASS secret|code", least=1, is_for_strangers=True, waits=False)
def _pass(member: IrcMember, line: IrcLine) -> None:
    if member.is_registered:
        member.tell(member.numbered(462))
    elif read_code(line.params[0]) is None:
        member.registration.secret = line.params[0]
    else:
        member.registration.code = line.params[0]


@irc_command("USER name 0 * :real name", least=4, is_for_strangers=True, waits=False)
def _user(member: IrcMember, line: IrcLine) -> Doing | None:
    if member.is_registered:
        member.tell(member.numbered(462))
        return None
    member.registration.user = line.params[0]
    member.registration.real_name = said(line.params[3])
    return _entering(member)


@irc_command("NICK name", price=2.0, is_for_strangers=True, waits=False)
def _nick(member: IrcMember, line: IrcLine) -> Doing | None:
    wanted = line.params[0] if line.params else ""
    if not wanted:
        member.tell(member.numbered(431))
        return None
    if member.is_registered:
        return _renamed(member, wanted)
    member.registration.nick = None
    try:
        name = names.checked(wanted, member.session.limits.name_chars)
        if not _may_make_room(member, name):
            member.person.shared.roster.check(name, member.person)
    except ChatError as error:
        member.refuse(error, line)
        return None
    member.registration.nick = wanted
    return _entering(member)


async def _renamed(member: IrcMember, wanted: str) -> None:
    member.person.rights.check_name_kept(member.person.membership.rooms_to_be)
    await rename(member.person, wanted)


def _may_make_room(member: IrcMember, name: str) -> bool:
    """Whether whoever has a name may go, as it is somebody's who has come again, or who may still prove it by SASL."""
    registration, claim = member.registration, member.person.shared.rules.claims.find(name)
    if claim is None:
        return bool(registration.secret)
    may_prove_it = registration.secret or registration.code or registration.is_negotiating
    return bool(may_prove_it) or member.person.owns(claim)


def _entering(member: IrcMember) -> Doing | None:
    is_due = member.registration.is_complete and not member.is_registered
    return _enter(member, member.registration.nick or "") if is_due else None


async def _enter(member: IrcMember, nick: str) -> None:
    session, registration = member.session, member.registration
    if registration.secret:
        session.take_place(nick, registration.secret)
    session.entrance.show_code(registration.code)
    member.person.description = registration.real_name or None
    try:
        await session.entrance.enter(nick, LOBBY if member.network.joins_lobby else None)
        await member.drained()
        logged_in(member)
        if not session.is_gone and not session.is_welcome:  # it was not stored, and they have been told
            registration.nick = None
    except (Banned, Locked) as error:
        member.tell(f":{member.network.server} {REFUSALS[error.code].number} {READER} :{member.format.say(error)}")
        session.refuse(error)
        member.let_go()
    except TooManyCodes as error:  # by a number that has clients try another name, as they do for a wrong code
        _keep_out(member)
        member.tell(f":{member.network.server} 433 {READER} {as_word(nick)} :{member.format.say(error)}")
    except ChatError as error:
        _keep_out(member)
        member.refuse(error, IrcLine({}, None, "NICK", [nick]))


def _keep_out(member: IrcMember) -> None:
    member.session.entrance.stay_out()
    member.registration.nick = None


@irc_command("QUIT [:reason]", is_for_strangers=True)
def _quit(member: IrcMember, line: IrcLine) -> None:
    reason = line.params[0] if line.params else ""
    if member.is_registered:
        try:
            reason = member.person.checked_text(said(reason), *member.person.rooms)
        except ChatError:
            reason = ""
    reason = clean(reason)  # a stranger's came as it was sent
    member.parting = f"({reason})" if reason else "Goodbye."
    member.session.end(reason if member.is_registered else "")


ROWS = (_cap, _pass, _user, _nick, _quit)
