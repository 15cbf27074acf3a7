"""Doing here what was decided at another server: an act is in force, and reaches those who are connected here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from twisted.internet.defer import Deferred

from twistchat.core import holding
from twistchat.core.bans import Act, subjects_of
from twistchat.core.desk import put_out_by_moderator
from twistchat.core.enforcing import put_all_out_of, put_out, remind
from twistchat.core.moderation import Moderation
from twistchat.core.subjects import parse_subject
from twistchat.errors import ChatError


async def follow(moderation: Moderation, act: Act) -> None:
    """Put an act in force at its place in the log, and do here what it does to people.

    Args:
        moderation: That of this server's chat.
        act: What another server has recorded.
    """
    hub, before = moderation.hub, holding.in_force(moderation.hub)
    following = Deferred.fromCoroutine(hub.acts.follow(act))  # it is in force at once
    if act.lasts or act.lifts:
        await holding.tell_of_change(hub, before, act.who if act.room else holding.ADMINISTRATOR)
    await following
    do = _DONE_HERE.get(act.verb)
    if do is not None:
        await do(moderation, act)


async def _kick(moderation: Moderation, act: Act) -> None:
    found = moderation.people(parse_subject(act.subject))
    if act.room:
        await moderation.hub.turn.each(found, lambda person: put_out_by_moderator(person, act))
    else:
        await put_out(moderation.hub, found, act)


async def _close(moderation: Moderation, act: Act) -> None:
    await put_all_out_of(moderation.hub, act.subject, act.text)


async def _mute(moderation: Moderation, act: Act) -> None:
    found = moderation.people(*subjects_of(act)) if act.subject else []
    await moderation.hub.turn.each(found, remind)


async def _rename(moderation: Moderation, act: Act) -> None:
    for person in moderation.people(parse_subject(act.subject)):
        try:
            person.check_rename(act.text)
            await person.rename(act.text)
        except ChatError as error:
            await moderation.hub.acts.failed(act, error)


_DONE_HERE: dict[str, Callable[[Moderation, Act], Awaitable[None]]] = {
    "kick": _kick,
    "close": _close,
    "mute": _mute,
    "rename": _rename,
}
"""By the verb of the act."""
