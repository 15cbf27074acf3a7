"""MODE: what is decided on a room, letter by letter, and what a client says of its own person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from twistchat.core.census import RoomRecord
from twistchat.core.deciding import Deciding
from twistchat.core.events import (
    TopicLocked,
)
from twistchat.core.intake import Doing
from twistchat.core.modes import (
    ModeratedSet,
    OutsideSet,
    SecretSet,
)
from twistchat.core.terms import Switch
from twistchat.errors import ChatError, NobodyCalled, NotALimit, NotAMask
from twistchat.interfaces.irc.channels import check_in, found
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MOST_MODES
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import CHANNEL, READER, channel
from twistchat.wire.irc_lines import IrcLine
from twistchat.wire.irc_rulings import as_mask, modes_of

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
        member.tell(member.numbered(329, shown, str(int(record.since))))
        return
    changes = [*_changes(words)][:MOST_MODES]
    if any(_asks_for_list(change) for change in changes):
        _tell_kept_out(member, record)
    wanted = [change for change in changes if not _asks_for_list(change)]
    if wanted:  # whoever asks whom a room keeps out need not be in it
        await _change(member, line, record, wanted)


def _asks_for_list(change: _Change) -> bool:
    return change.letter == "b" and change.parameter is None


def _tell_kept_out(member: IrcMember, record: RoomRecord) -> None:
    shown = channel(record.name)
    for mask in record.terms.kept_out.values():
        member.tell(member.numbered(367, shown, as_mask(mask)))
    member.tell(member.numbered(368, shown))


async def _change(member: IrcMember, line: IrcLine, record: RoomRecord, changes: Sequence[_Change]) -> None:
    """Decide all changes of a line together, those that are refused apart."""
    shown = channel(record.name)
    try:
        check_in(member, record)
        deciding = await Deciding.on(member.person, record.name)
    except ChatError as error:
        member.refuse(error, line, shown)
        return
    for change in changes:
        try:
            _decide(member, deciding, change)
        except NobodyCalled as error:
            member.refuse(error, line, word(change.parameter or ""))
        except (NotALimit, NotAMask) as error:
            member.refuse(error, line, f"{shown} {change.letter} {word(change.parameter or '')}")
        except ChatError as error:
            member.refuse(error, line, shown)
    deciding.submit()


def _decide(member: IrcMember, deciding: Deciding, change: _Change) -> None:
    letter, on, parameter = change
    if letter in _SWITCHES:
        kind, is_on = _SWITCHES[letter]
        deciding.switch(kind, on is is_on)
    elif letter == "i":
        deciding.set_private(on)
    elif letter == "l" and not on:
        deciding.set_limit(None)
    elif letter == "k" and not on:
        deciding.set_key(None)
    elif letter not in _WITH_WORD:
        member.tell(member.numbered(472, word(letter)))
    elif parameter is None:
        member.tell(member.numbered(461, "MODE"))
    else:
        _WITH_WORD[letter](member, deciding, on, parameter)


_SWITCHES: Mapping[str, tuple[type[Switch], bool]] = {
    "t": (TopicLocked, True),
    "s": (SecretSet, True),
    "m": (ModeratedSet, True),
    "n": (OutsideSet, False),
}


def _limit(_member: IrcMember, deciding: Deciding, _on: bool, number: str) -> None:
    deciding.set_limit(number)


def _key(_member: IrcMember, deciding: Deciding, _on: bool, key: str) -> None:
    deciding.set_key(key)


def _ban(_member: IrcMember, deciding: Deciding, on: bool, mask: str) -> None:
    (deciding.keep_out if on else deciding.let_in)(mask)


def _operator(_member: IrcMember, deciding: Deciding, on: bool, name: str) -> None:
    (deciding.make_operator if on else deciding.take_operator)(deciding.named(name))


def _voice(_member: IrcMember, deciding: Deciding, on: bool, name: str) -> None:
    (deciding.give_voice if on else deciding.take_voice)(deciding.named(name))


_WITH_WORD: Mapping[str, Callable[[IrcMember, Deciding, bool, str], None]] = {
    "l": _limit,
    "k": _key,
    "b": _ban,
    "o": _operator,
    "v": _voice,
}


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
