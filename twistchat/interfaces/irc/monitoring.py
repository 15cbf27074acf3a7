"""MONITOR: being told when people of certain names come and go (IRCv3)."""

from __future__ import annotations

from collections.abc import Iterable

from twistchat.core import names
from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.isupport import MOST_MONITORED
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import READER
from twistchat.wire.irc_lines import LINE_BYTES, IrcLine
from twistchat.wire.irc_text import rows

_ONLINE, _OFFLINE, _LISTED, _END, _FULL = 730, 731, 732, 733, 734


@irc_command("MONITOR +|-|C|L|S [name{,name}]", least=1, counts_as_activity=False)
def _monitor(member: IrcMember, line: IrcLine) -> None:
    given = line.params[1].split(",") if len(line.params) > 1 else []
    wanted = [name for name in given if name]
    match line.params[0].upper():
        case "+":
            _add(member, wanted)
        case "-":
            for name in wanted:
                member.network.unfollow(name, member)
                member.monitored.pop(names.key(name), None)
        case "C":
            member.watch_nobody()
        case "L":
            _tell(member, _LISTED, member.monitored.values())
            member.tell(f":{member.network.server} {_END} {READER} :End of MONITOR list")
        case "S":
            _tell_state(member, member.monitored.values())


def _add(member: IrcMember, wanted: list[str]) -> None:
    added: list[str] = []
    for at, name in enumerate(wanted):
        key = names.key(name)
        if key in member.monitored:
            continue
        if len(member.monitored) >= MOST_MONITORED:
            left = next(rows(map(word, wanted[at:]), LINE_BYTES - 250, ","))
            member.tell(member.numbered(_FULL, str(MOST_MONITORED), left))
            break
        member.monitored[key] = name
        member.network.follow(name, member)
        added.append(name)
    _tell_state(member, added)


def _tell_state(member: IrcMember, wanted: Iterable[str]) -> None:
    here, away = [], []
    for name in wanted:
        shown = member.network.shown_anywhere(name)
        if shown is None:
            away.append(name)
        else:
            here.append(member.format.source(shown))
    _tell(member, _ONLINE, here)
    _tell(member, _OFFLINE, away)


def _tell(member: IrcMember, number: int, words: Iterable[str]) -> None:
    head = f":{member.network.server} {number} {READER} :"
    member.tell(*(head + row for row in rows(map(word, words), LINE_BYTES - 250, ",")))


ROWS = (_monitor,)
