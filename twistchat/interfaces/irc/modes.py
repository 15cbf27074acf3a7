"""MODE: what is decided on a room, letter by letter, and what a client says of its own person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from twistchat.core import ruling
from twistchat.core.census import RoomRecord
from twistchat.core.intake import Doing
from twistchat.core.person import Person
from twistchat.errors import ChatError, NobodyCalled
from twistchat.interfaces.irc.channels import check_in, found
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MOST_MODES
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import CHANNEL, READER, channel
from twistchat.wire.irc_lines import IrcLine
from twistchat.wire.irc_rulings import modes_of

_WITH_PARAMETER = frozenset({"+b", "-b", "+k", "-k", "+o", "-o", "+v", "-v", "+l"})
"""Changes that take a word from behind the letters, be they known here or only elsewhere."""

_PRICE_EACH = 1.0


class _Change(NamedTuple):
    """One letter of a MODE."""

    letter: str
    on: bool
    parameter: str | None


def _changes(words: Sequence[str]) -> Iterator[_Change]:
    """The changes that the words of a line stand for."""
    rest, on = iter(words[1:]), True
    for letter in words[0]:
        if letter in "+-":
            on = letter == "+"
        else:
            takes = f"{'+' if on else '-'}{letter}" in _WITH_PARAMETER
            yield _Change(letter, on, next(rest, None) if takes else None)


def _price(line: IrcLine) -> float:
    """Asking is cheap: clients do it for each room that they come into."""
    letters = line.params[1].replace("+", "").replace("-", "") if len(line.params) > 1 else ""
    is_asking = not letters or (letters == "b" and len(line.params) < 3)
    return 0.2 if is_asking else _PRICE_EACH * min(len(letters), MOST_MODES)


@irc_command("MODE #room|name [modes [words]]", least=1)
def _mode(member: IrcMember, line: IrcLine) -> Doing | None:
    if line.params[0].startswith(CHANNEL):
        return _room_mode(member, line)
    _own_mode(member, line)
    return None


# --- of rooms
async def _room_mode(member: IrcMember, line: IrcLine) -> None:
    record = found(member, line.params[0])
    shown, words = channel(record.name), line.params[1:]
    if not words or not words[0]:
        member.tell(member.numbered(324, shown, modes_of(record.terms)))
        return
    if len(words) > 1 or words[0].lstrip("+-") != "b":  # whoever asks whom a room keeps out need not be in it
        check_in(member, record)
    for change in [*_changes(words)][:MOST_MODES]:
        try:
            await _decide(member, record, change)
        except NobodyCalled as error:
            member.refuse(error, line, word(change.parameter or ""))
        except ChatError as error:
            member.refuse(error, line, shown)


async def _decide(member: IrcMember, record: RoomRecord, change: _Change) -> None:
    room, (letter, on, parameter) = record.name, change
    decide = _DECIDED.get(letter)
    if decide is not None:
        await decide(member.person, room, on)
    elif letter == "k":
        await _key(member, room, on, parameter)
    elif letter == "o":
        await _operator(member, room, on, parameter)
    elif letter == "b" and parameter is None:
        member.tell(member.numbered(368, channel(room)))
    elif not record.terms.is_operator(member.nick):
        member.tell(member.numbered(482, channel(room)))
    elif change != ("n", True, None):
        member.tell(member.numbered(472, letter))


_DECIDED: Mapping[str, Callable[[Person, str, bool], Awaitable[bool]]] = {
    "i": ruling.set_private,
    "t": ruling.lock_topic,
}


async def _key(member: IrcMember, room: str, on: bool, key: str | None) -> None:
    if on and key is None:
        member.tell(member.numbered(461, "MODE"))
    else:
        await ruling.set_key(member.person, room, key if on else None)


async def _operator(member: IrcMember, room: str, on: bool, name: str | None) -> None:
    if name is None:
        member.tell(member.numbered(461, "MODE"))
        return
    other = member.network.find(name)
    if other is None:
        raise NobodyCalled(name)
    await (ruling.make_operator if on else ruling.take_operator)(member.person, room, other)


# --- of oneself
def _own_mode(member: IrcMember, line: IrcLine) -> None:
    other = member.network.find(line.params[0])
    if other is None:
        raise NobodyCalled(line.params[0])
    if other is not member.person:
        member.tell(member.numbered(502))
        return
    if len(line.params) == 1:
        member.tell(member.numbered(221, f"+{''.join(sorted(member.mode))}"))
        return
    before, on = set(member.mode), True
    after = set(before)
    for letter in line.params[1]:
        if letter in "+-":
            on = letter == "+"
        elif letter not in "iw":
            member.tell(member.numbered(501))
        else:
            (after.add if on else after.discard)(letter)
    member.mode = "".join(sorted(after))
    changes = "".join(f"+{m}" for m in sorted(after - before)) + "".join(f"-{m}" for m in sorted(before - after))
    if changes:
        member.tell(f":{member.nick} MODE {READER} :{changes}")


ROWS = (_mode._replace(price=_price),)
