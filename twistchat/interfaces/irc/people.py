"""Commands about people: who is here, who was, and what they say of themselves."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from twistchat.core.commands.looking import WHO_IS_AWAY
from twistchat.core.masks import matches
from twistchat.core.names import key
from twistchat.core.person import Person
from twistchat.core.speaking import be_away, describe
from twistchat.errors import ChatError
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.greeting import written_time
from twistchat.interfaces.irc.isupport import AWAY_BYTES
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.network import USER
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import CHANNEL, READER, channel
from twistchat.wire.irc_lines import LINE_BYTES, IrcLine
from twistchat.wire.irc_rulings import prefix_of
from twistchat.wire.irc_text import pieces, rows, said

MOST_NAMED = 20
"""People of one USERHOST, ISON or WHOIS."""

MOST_SHOWN = 1000
"""People of one answer to WHO: 250 KiB at most."""

_WHOX_FIELDS = "tcuihsnfdlaor"


# --- WHO
@irc_command("WHO mask [%fields]", price=0.5)
async def _who(member: IrcMember, line: IrcLine) -> None:
    mask = line.params[0] if line.params else "*"
    found, away = [*_people(member, mask)], set[str]()
    if afar := [name for name, _ in found if isinstance(name, str)]:
        away = await _away_afar(member, afar)
        found = [*_people(member, mask)]  # meanwhile others may have come and gone
    fields, _, token = (line.params[1] if len(line.params) > 1 else "").removeprefix("%").partition(",")
    is_x = len(line.params) > 1 and line.params[1].startswith("%")
    lines = []
    for person, room in found:
        row = _row(member, person, room) if isinstance(person, Person) else _row_afar(member, person, room, away)
        if is_x:
            words = [row[field] if field != "t" else word(token or "0") for field in _WHOX_FIELDS if field in fields]
            lines.append(" ".join([f":{member.network.server} 354 {READER}", *_last(words, "r" in fields)]))
        else:
            words = [row[field] for field in "cuhsnf"]
            lines.append(" ".join([f":{member.network.server} 352 {READER}", *words, f":0 {row['r']}"]))
    member.tell(*lines, member.numbered(315, word(mask)))


def _last(words: list[str], is_text: bool) -> list[str]:
    return [*words[:-1], f":{words[-1]}"] if is_text and words else words


def _row(member: IrcMember, person: Person, room: str) -> dict[str, str]:
    """What WHO tells of somebody, by WHOX's letters."""
    now = person.shared.clock.seconds()
    return {
        "c": channel(room) if room else "*",
        "u": member.network.user(person),
        "i": "255.255.255.255",
        "h": member.network.server,
        "s": member.network.server,
        "n": person.shown_name,
        "f": ("H" if person.away is None else "G") + prefix(member, person, room),
        "d": "0",
        "l": str(int(now - person.active)),
        "a": member.network.account_of(person) or "0",
        "o": "n/a",
        "r": member.network.described(person),
    }


async def _away_afar(member: IrcMember, names: Sequence[str]) -> set[str]:
    """Who of those who are at other servers is away, as these tell; the keys of their names."""
    told = await member.person.shared.elsewhere.ask_all(WHO_IS_AWAY, {"names": names})
    return {key(name) for each in told.values() for name in each.get("away", ())}


def _row_afar(member: IrcMember, name: str, room: str, away: Container[str]) -> dict[str, str]:
    """The same of somebody at another server, of whom no more is known here than their name, and who there is away."""
    network = member.network
    return {
        "c": channel(room) if room else "*",
        "u": f"~{USER}",
        "i": "255.255.255.255",
        "h": network.server,
        "s": network.server,
        "n": name,
        "f": ("G" if key(name) in away else "H") + _prefix_of(member, name, room),
        "d": "0",
        "l": "0",
        "a": "0",
        "o": "n/a",
        "r": "by another server",
    }


def _people(member: IrcMember, mask: str) -> Iterator[tuple[Person | str, str]]:
    """Those whom a mask means, each with the room that they are shown in; by their names who are at other servers."""
    roster = member.person.shared.roster
    if mask.startswith(CHANNEL):
        try:
            record = member.person.shared.census.find(member.room(mask), member.person.rooms)
        except ChatError:
            return
        names = [] if record is None else list(record.people.values())[:MOST_SHOWN]
        yield from ((member.network.find(name) or name, record.name) for name in names if record)
        return
    exact = member.network.find(mask) or member.network.name_afar(mask)
    if exact is not None:
        yield exact, ""
        return
    shown = 0
    for person in roster:
        if person.is_welcome and _may_beword(member, person) and matches(mask, person.shown_name):
            yield person, ""
            shown += 1
            if shown == MOST_SHOWN:
                return


def _may_beword(member: IrcMember, person: Person) -> bool:
    """Whether somebody is found by a mask: those who hide by MODE +i, only in a room that both are in."""
    other = member.network.members.get(person)
    is_hidden = other is not None and "i" in other.mode
    return not is_hidden or person is member.person or bool(person.rooms.keys() & member.person.rooms.keys())


# --- WHOIS, WHOWAS
@irc_command("WHOIS name", price=0.5)
async def _whois(member: IrcMember, line: IrcLine) -> None:
    if not line.params:
        member.tell(member.numbered(431))
        return
    for name in line.params[-1].split(",")[:MOST_NAMED]:
        person = member.network.find(name)
        if person is not None:
            member.tell(*_known_of(member, person), member.numbered(318, person.shown_name))
            continue
        try:
            facts = await member.person.shared.elsewhere.ask(name, "whois")
        except ChatError:
            member.tell(member.numbered(401, word(name)), member.numbered(318, word(name)))
        else:
            member.tell(*_known_afar(member, facts), member.numbered(318, facts["name"]))


def _known_afar(member: IrcMember, facts: Mapping[str, Any]) -> Iterator[str]:
    """What is told of somebody at another server, who tells it of them."""
    server, name, by = member.network.server, facts["name"], f"by {facts['interface']}"
    head = f":{server} "
    yield f"{head}311 {READER} {name} ~{USER} {server} * :{facts.get('description') or by}"
    shared = filter(partial(_may_see, member), facts["rooms"])
    for row in rows((_prefix_of(member, name, room) + channel(room) for room in shared), LINE_BYTES - 300):
        yield f"{head}319 {READER} {name} :{row}"
    yield f"{head}312 {READER} {name} {server} :{by}"
    if facts.get("away") is not None:
        yield f"{head}301 {READER} {name} :{facts['away']}"
    came = int(member.person.shared.wall() - facts["here"])
    yield f"{head}317 {READER} {name} {int(facts['idle'])} {came} :seconds idle, signon time"


def _known_of(member: IrcMember, person: Person) -> Iterator[str]:
    head, name = f":{member.network.server} ", person.shown_name
    now = person.shared.clock.seconds()
    network = member.network
    yield f"{head}311 {READER} {name} {network.user(person)} {network.server} * :{network.described(person)}"
    shared = filter(partial(_may_see, member), person.rooms)
    for row in rows((prefix(member, person, room) + channel(room) for room in shared), LINE_BYTES - 300):
        yield f"{head}319 {READER} {name} :{row}"
    yield f"{head}312 {READER} {name} {network.server} :by {person.client.interface}"
    if (account := network.account_of(person)) is not None:
        yield f"{head}330 {READER} {name} {account} :is logged in as"
    if person.away is not None:
        yield f"{head}301 {READER} {name} :{person.away}"
    idle, came = int(now - person.active), int(person.shared.wall() - (now - person.since))
    yield f"{head}317 {READER} {name} {idle} {came} :seconds idle, signon time"


def _may_see(member: IrcMember, room: str) -> bool:
    """Whether somebody may know of a room."""
    return member.person.shared.census.find(room, member.person.rooms) is not None


def prefix(member: IrcMember, person: Person, room: str) -> str:
    """What stands before somebody's name in a room; nothing where it is about no room."""
    return _prefix_of(member, person.shown_name, room)


def _prefix_of(member: IrcMember, name: str, room: str) -> str:
    record = member.person.shared.census.get(room)
    return "" if record is None else prefix_of(record.terms, key(name), "multi-prefix" in member.caps)


@irc_command("WHOWAS name [count]", price=0.5)
def _whowas(member: IrcMember, line: IrcLine) -> None:
    if not line.params or not line.params[0]:
        member.tell(member.numbered(431))
        return
    name = line.params[0]
    count = line.params[1] if len(line.params) > 1 else ""
    most = int(count) if count.isdecimal() and 0 < len(count) < 6 and int(count) else None
    found = [former for former in reversed(member.network.past) if former.name.casefold() == name.casefold()][:most]
    head = f":{member.network.server} "
    for former in found:
        member.tell(
            f"{head}314 {READER} {former.name} {former.user} {member.network.server} * :{former.real_name}",
            f"{head}312 {READER} {former.name} {member.network.server} :{written_time(former.time)}",
        )
    if not found:
        member.tell(member.numbered(406, word(name)))
    member.tell(member.numbered(369, word(name)))


# --- in short
@irc_command("USERHOST name{ name}", least=1)
def _userhost(member: IrcMember, line: IrcLine) -> None:
    people = _found(member, line.params[:5])
    words = [
        f"{p.shown_name}={'+' if p.away is None else '-'}{member.network.user(p)}@{member.network.server}"
        for p in people
    ]
    member.tell(f":{member.network.server} 302 {READER} :{' '.join(words)}")


@irc_command("ISON name{ name}", least=1)
def _ison(member: IrcMember, line: IrcLine) -> None:
    asked = [name for param in line.params for name in param.split()]
    found = (member.network.shown_anywhere(name) for name in asked[:MOST_NAMED])
    words = rows((name for name in found if name is not None), LINE_BYTES - 200)
    member.tell(f":{member.network.server} 303 {READER} :{next(words, '')}")


def _found(member: IrcMember, names: Iterable[str]) -> list[Person]:
    return [person for person in map(member.network.find, names) if person is not None]


# --- oneself
@irc_command("AWAY [:reason]", price=0.5)
def _away(member: IrcMember, line: IrcLine) -> None:
    text = next(pieces(said(line.params[0]), AWAY_BYTES)) if line.params and line.params[0] else ""
    be_away(member.person, text or None)
    member.tell(member.numbered(306 if text else 305))


@irc_command("SETNAME :real name", least=1, price=1.0)
def _setname(member: IrcMember, line: IrcLine) -> None:
    text = next(pieces(said(line.params[0]), AWAY_BYTES))
    if not text:
        member.fail("SETNAME", "INVALID_REALNAME", text="A real name needs something that can be seen.")
        return
    describe(member.person, text)


ROWS = (_who, _whois, _whowas, _userhost, _ison, _away, _setname)
