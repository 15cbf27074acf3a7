"""What hooks say: stored first, then delivered, as what anybody says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import DeferredList

from twistchat.core.bans import Act
from twistchat.core.events import Entry, Hooked, Relayed
from twistchat.core.identity import Identity
from twistchat.core.shared import SharedState
from twistchat.errors import NameHeld


async def say_by_hook(shared: SharedState[Any], hook: Act, lines: Sequence[str], is_relayed: bool) -> list[Entry]:
    """Say lines in a hook's room, whether anybody is in it or not. They are stored and delivered by then.

    Args:
        shared: The chat.
        hook: Its act.
        lines: Cleaned, in their order, none of them too long.
        is_relayed: Whether another chat has called them out.

    Raises:
        NameHeld: Somebody here has its name.
        Muted: It may not talk there.
        TooManyRooms, Overloaded, NotStored: Not all of it is stored.
    """
    if shared.roster.is_held(hook.subject) or shared.elsewhere.name_of(hook.subject) is not None:
        raise NameHeld(hook.subject)
    shared.rules.check_voice(Identity(hook.subject, ""), shared.wall(), (hook.room,))
    how = Relayed if is_relayed else Hooked
    await shared.rooms.opened(hook.room)
    said = [shared.pipeline.proclaim(how(hook.room, hook.subject, line)) for line in lines]
    results: list[tuple[bool, Any]] = await DeferredList(said, consumeErrors=True)
    shared.rooms.close_empty({hook.room})
    for is_stored, failure in results:
        if not is_stored:
            raise failure.value
    return [entry for _, entry in results]
