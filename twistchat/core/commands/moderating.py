"""Commands by which moderators keep order in a room; `/moderate` makes one of whoever has a code."""

from __future__ import annotations

from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed
from twistchat.core.desk import Desk, take_post
from twistchat.core.durations import time_and_reason
from twistchat.core.person import Person

PRICE = 2.0

_MUTE = "/mute NAME|--all [TIME] [REASON]"
_ALL = frozenset({"--all", "-all", "\u2014all", "\u2013all"})
"""Phones make a dash of two hyphens."""


@command("/moderate CODE", "makes you a moderator of the room that the code is for", price=3.0)
async def _moderate(person: Person, argument: str) -> None:
    await take_post(person, needed(argument, "/moderate CODE"))


@command(_MUTE, "lets somebody, or all, read here and not talk, for an hour", price=PRICE, is_for_moderators=True)
async def _mute(person: Person, argument: str) -> None:
    desk = Desk(person)
    name, _, rest = needed(argument, _MUTE).partition(" ")
    seconds, reason = time_and_reason(rest.strip())
    if name.casefold() in _ALL:
        await desk.mute_all(seconds, reason)
    else:
        await desk.mute(name, seconds, reason)


@command("/unmute NAME|--all", "lets somebody, or all, talk here again", price=PRICE, is_for_moderators=True)
async def _unmute(person: Person, argument: str) -> None:
    desk = Desk(person)
    name = needed(argument, "/unmute NAME|--all").partition(" ")[0]
    await (desk.unmute_all() if name.casefold() in _ALL else desk.unmute(name))


@command("/lock [TIME] [REASON]", "lets nobody new into this room, for an hour", price=PRICE, is_for_moderators=True)
async def _lock(person: Person, argument: str) -> None:
    await Desk(person).lock(*time_and_reason(argument))


@command("/unlock", "lets new people into this room again", price=PRICE, is_for_moderators=True)
async def _unlock(person: Person, _argument: str) -> None:
    await Desk(person).unlock()


@command("/announce TEXT", "says something to this room that stands out", price=PRICE, is_for_moderators=True)
async def _announce(person: Person, argument: str) -> None:
    desk = Desk(person)
    await desk.announce(needed(argument, "/announce TEXT"))


ROWS = (_moderate, _mute, _unmute, _lock, _unlock, _announce)
