"""Commands about the server, and those that only its administrators could have: these are at SSH."""

from __future__ import annotations

from twistchat.interfaces.irc.commands import irc_command
from twistchat.interfaces.irc.greeting import isupport, lusers, written_time
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.network import VERSION
from twistchat.interfaces.irc.outgoing import word
from twistchat.wire.irc_format import READER
from twistchat.wire.irc_lines import IrcLine

_HELP = {
    "*": (
        "The rooms here are those of everybody, whatever they came by: telnet, browser, datagrams.",
        "What IRC has no command for can be typed all the same: HISTORY 50, SEARCH tea, MISSED, IGNORE bob.",
        "HELP RULES says what differs from other servers.",
    ),
    "RULES": (
        "A text that would not fit into a line of 512 bytes is refused, and not cut.",
        "CTCP but for ACTION is not passed on; colours are taken out.",
        "Who opens a room is its operator: MODE +i, +k, +t, +o. The lobby is nobody's; administrators are at SSH.",
    ),
}

_AS_ELSEWHERE = "What it does is what https://modern.ircdocs.horse/ says, but for what HELP RULES has."


@irc_command("PING token", price=0.1, is_for_strangers=True, counts_as_activity=False)
def _ping(member: IrcMember, line: IrcLine) -> None:
    if not line.params or not line.params[0]:
        member.tell(member.numbered(409))
        return
    server = member.network.server
    member.tell(f":{server} PONG {server} :{line.params[0]}")


@irc_command("PONG token", price=0.0, is_for_strangers=True, waits=False, counts_as_activity=False)
def _pong(_member: IrcMember, _line: IrcLine) -> None:
    """That something came is all that it says."""


@irc_command("LUSERS")
def _lusers(member: IrcMember, _line: IrcLine) -> None:
    member.tell(*lusers(member.network))


@irc_command("MOTD")
def _motd(member: IrcMember, _line: IrcLine) -> None:
    member.tell(member.numbered(422))


@irc_command("VERSION")
def _version(member: IrcMember, _line: IrcLine) -> None:
    server = member.network.server
    member.tell(f":{server} 351 {READER} {VERSION} {server} :", *isupport(member.network))


@irc_command("TIME")
def _time(member: IrcMember, _line: IrcLine) -> None:
    server = member.network.server
    member.tell(f":{server} 391 {READER} {server} :{written_time(member.network.hub.wall())}")


@irc_command("INFO")
def _info(member: IrcMember, _line: IrcLine) -> None:
    head = f":{member.network.server} 371 {READER} :"
    started = f"started {written_time(member.network.started)}"
    member.tell(f"{head}{VERSION}", f"{head}{started}", member.numbered(374))


@irc_command("ADMIN")
def _admin(member: IrcMember, _line: IrcLine) -> None:
    member.tell(member.numbered(423, member.network.server))


@irc_command("LINKS")
def _links(member: IrcMember, _line: IrcLine) -> None:
    member.tell(member.numbered(365, "*"))


@irc_command("HELP [command]")
def _help(member: IrcMember, line: IrcLine) -> None:
    subject = (line.params[0].upper() if line.params else "") or "*"
    usage = member.usage_of(subject)
    texts = _HELP.get(subject) or (usage and (usage, _AS_ELSEWHERE))
    if not texts:
        member.tell(member.numbered(524, word(subject)))
        return
    numbers = [704, *[705] * (len(texts) - 2), 706]
    for number, text in zip(numbers, texts, strict=True):
        member.tell(f":{member.network.server} {number} {READER} {subject} :{text}")


@irc_command("OPER name password", least=2)
def _oper(member: IrcMember, _line: IrcLine) -> None:
    member.tell(member.numbered(491))


@irc_command("KILL name :reason", least=1)
def _kill(member: IrcMember, _line: IrcLine) -> None:
    member.tell(member.numbered(481))


@irc_command("REDACT target msgid [:reason]", least=2)
def _redact(member: IrcMember, line: IrcLine) -> None:
    text = "Nothing that was said is taken back: the log only grows."
    member.fail("REDACT", "REDACT_FORBIDDEN", *line.params[:2], text=text)


ROWS = (
    *(_ping, _pong, _lusers, _motd, _version, _time, _info, _admin, _links, _help, _oper, _kill, _redact),
    _help._replace(name="HELPOP"),
    _kill._replace(name="WALLOPS"),
)
