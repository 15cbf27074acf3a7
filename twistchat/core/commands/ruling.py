"""Commands by which the operators of a room decide on it; `twistchat.core.terms` says what follows."""

from __future__ import annotations

from collections.abc import Callable

from twistchat.core import names, ruling
from twistchat.core.command_table import command
from twistchat.core.commands.arguments import needed, switched_on
from twistchat.core.deciding import Deciding
from twistchat.core.desk import Desk
from twistchat.core.events import (
    TopicLocked,
)
from twistchat.core.modes import (
    ModeratedSet,
    OutsideSet,
    SecretSet,
)
from twistchat.core.names import LOBBY
from twistchat.core.person import Person
from twistchat.core.replies import notice
from twistchat.core.terms import OFF, Switch
from twistchat.errors import ThatIsYou


async def _decide(person: Person, decision: Callable[[Deciding], bool]) -> None:
    """Have one thing decided on the room that somebody talks in."""
    deciding = await Deciding.on(person, person.membership.here)
    if decision(deciding):
        deciding.submit()
    else:
        person.tell(notice("unchanged", "That is so already; nothing has changed."))


async def _switch(person: Person, kind: type[Switch], argument: str, usage: str) -> None:
    """Have something that is on or off so."""
    on = switched_on(needed(argument, usage), usage)
    await _decide(person, lambda room: room.switch(kind, on))


# --- who may come in
@command("/private on|off", "hides this room from all who are not invited, or opens it", price=5.0)
async def _private(person: Person, argument: str) -> None:
    on = switched_on(needed(argument, "/private on|off"), "/private on|off")
    await _decide(person, lambda room: room.set_private(on))


@command("/key WORD|off", "has /join ROOM WORD let people into this room, or not", price=5.0)
async def _key(person: Person, argument: str) -> None:
    word = needed(argument, "/key WORD|off")
    is_off = word.casefold() == OFF
    await _decide(person, lambda room: room.set_key(None if is_off else word))


@command("/secret on|off", "takes this room off all lists, or puts it there", price=2.0)
async def _secret(person: Person, argument: str) -> None:
    await _switch(person, SecretSet, argument, "/secret on|off")


@command("/invite NAME", "invites somebody into this room", price=3.0)
async def _invite(person: Person, argument: str) -> None:
    name = needed(argument, "/invite NAME")
    await ruling.invite_called(person, person.membership.here, name)


@command("/limit NUMBER|off", "lets at most so many people into this room", price=2.0)
async def _limit(person: Person, argument: str) -> None:
    word = needed(argument, "/limit NUMBER|off")
    is_off = word.casefold() == OFF
    await _decide(person, lambda room: room.set_limit(None if is_off else word))


@command("/ban [NAME]", "keeps a name out of this room, spam* all like it; or lists those that are", price=2.0)
async def _ban(person: Person, argument: str) -> None:
    if argument:
        await _decide(person, lambda room: room.keep_out(argument))
        return
    room = person.shared.rooms[person.membership.here].record
    kept_out = [*room.terms.kept_out.values()]
    if kept_out:
        person.tell(notice("kept-out", "Kept out of {room}: {names}", room=room.name, names=kept_out))
    else:
        person.tell(notice("none-kept-out", "Nobody is kept out of {room}.", room=room.name))


@command("/unban NAME", "lets a name that was kept out into this room again", price=2.0)
async def _unban(person: Person, argument: str) -> None:
    word = needed(argument, "/unban NAME")
    await _decide(person, lambda room: room.let_in(word))


# --- who decides and who talks
@command("/op NAME", "lets somebody decide on this room, as you do", price=2.0)
async def _op(person: Person, argument: str) -> None:
    name = needed(argument, "/op NAME")
    if names.key(name) == names.key(person.shown_name):
        raise ThatIsYou
    await _decide(person, lambda room: room.make_operator(room.named(name)))


@command("/deop NAME", "lets somebody, or yourself, decide on this room no more", price=2.0)
async def _deop(person: Person, argument: str) -> None:
    name = needed(argument, "/deop NAME")
    await _decide(person, lambda room: room.take_operator(room.named(name)))


@command("/moderated on|off", "lets only operators and those with a voice talk here, or everybody", price=2.0)
async def _moderated(person: Person, argument: str) -> None:
    await _switch(person, ModeratedSet, argument, "/moderated on|off")


@command("/voice NAME", "lets somebody talk here, moderated as this room may be", price=2.0)
async def _voice(person: Person, argument: str) -> None:
    name = needed(argument, "/voice NAME")
    await _decide(person, lambda room: room.give_voice(room.named(name)))


@command("/devoice NAME", "takes somebody's voice in this room", price=2.0)
async def _devoice(person: Person, argument: str) -> None:
    name = needed(argument, "/devoice NAME")
    await _decide(person, lambda room: room.take_voice(room.named(name)))


@command("/topiclock on|off", "lets only operators set this room's topic, or everybody", price=2.0)
async def _topiclock(person: Person, argument: str) -> None:
    await _switch(person, TopicLocked, argument, "/topiclock on|off")


@command("/outside on|off", "lets people who are not in this room talk in it, or not", price=2.0)
async def _outside(person: Person, argument: str) -> None:
    await _switch(person, OutsideSet, argument, "/outside on|off")


@command("/kick NAME [REASON]", "puts somebody out of this room", price=2.0, is_parting=True)
async def _kick(person: Person, argument: str) -> None:
    name, _, reason = needed(argument, "/kick NAME [REASON]").partition(" ")
    here = person.membership.here
    if here == LOBBY or person.rights.post(here) is not None:  # a moderator's word is in the audit
        await Desk(person).kick(name, reason.strip())
        return
    if names.key(name) == names.key(person.shown_name):
        raise ThatIsYou
    await ruling.put_out(person, here, name, reason.strip())


ROWS = (
    *(_private, _key, _secret, _invite, _limit, _ban, _unban),
    *(_op, _deop, _moderated, _voice, _devoice, _topiclock, _outside, _kick),
)
