"""Making and ending what programs come by: each is recorded as an act, and is in force from then on."""

from __future__ import annotations

from twistchat.core import names
from twistchat.core.bans import CALL, FEED, HOOK, Act, with_replaced
from twistchat.core.calling import MADE_FOR_PRIVATE, MOST_WORDS_CHARS, CallOptions, checked_url, shown_url
from twistchat.core.hub import Hub
from twistchat.core.leaving import terms_of
from twistchat.core.names import LOBBY
from twistchat.core.programs import ONCE, digest_of_token
from twistchat.core.text import clean
from twistchat.errors import NameTaken, NotMade, TextTooLong


async def make_hook(hub: Hub, who: str, name: str, room: str, token: str, once: str = "") -> Act:
    """Let whoever has a token say something in a room, under a name that nobody else has.

    Args:
        hub: The chat.
        who: The administrator.
        name: The hook's.
        room: The room, which need not be open; empty for the lobby.
        token: What `token_of` made.
        once: A time such as `10m` within which the same is said once; empty for never.

    Raises:
        NameNotAllowed and the like, RoomNameNotAllowed, NameTaken, MadeAlready, TooManyMade: There is none.
    """
    shown = _new(hub, HOOK, name)
    is_held = hub.roster.is_held(shown) or hub.elsewhere.name_of(shown) is not None
    if is_held or hub.rules.claims.find(shown) is not None:
        raise NameTaken(shown)
    text = f"{ONCE}{once}" if once else ""
    return await hub.acts.record(Act(HOOK, who, shown, text, room=_room(hub, room), digest=digest_of_token(token)))


async def make_feed(hub: Hub, who: str, name: str, room: str, token: str) -> Act:
    """Let whoever has a token read what is said in a room; in a private one, if it is private by now.

    Raises:
        NameNotAllowed and the like, RoomNameNotAllowed, MadeAlready, TooManyMade, NotRead: There is none.
    """
    shown, where = _new(hub, FEED, name), _room(hub, room)
    also = await _for_private(hub, where)
    return await hub.acts.record(Act(FEED, who, shown, room=where, digest=digest_of_token(token), also=also))


async def make_call(hub: Hub, who: str, name: str, url: str, room: str = "", options: CallOptions | None = None) -> Act:
    """Tell a program by its URL what is said from now on.

    Args:
        hub: The chat.
        who: The administrator.
        name: The call's.
        url: Where to.
        room: The room of which it is told; empty for all that are open to everybody.
        options: What of it, and how.

    Raises:
        NotAUrl, NameNotAllowed and the like, RoomNameNotAllowed, MadeAlready, TooManyMade, NotRead: There is none.
    """
    shown, whole = _new(hub, CALL, name), checked_url(url)
    where, wanted = _room(hub, room) if room else "", options or CallOptions()
    if len(wanted.words) > MOST_WORDS_CHARS:
        raise TextTooLong(MOST_WORDS_CHARS)
    also = (*wanted.written(), *(await _for_private(hub, where) if where else ()))
    act = Act(CALL, who, shown, shown_url(whole), whole, room=where, also=also)
    return await hub.acts.record(act)


async def end(hub: Hub, verb: str, who: str, name: str) -> Act:
    """End a hook, a call or a feed.

    Raises:
        NotMade: There is none of that kind and name.
    """
    found = hub.programs.called(verb, clean(name))
    if not found:
        raise NotMade(name, verb)
    return await hub.acts.record(Act(f"un{verb}", who, found[0].subject, lifts=with_replaced(found)))


def _new(hub: Hub, verb: str, name: str) -> str:
    shown = names.checked(name, hub.limits.name_chars)
    hub.programs.check_new(verb, shown)
    return shown


def _room(hub: Hub, room: str) -> str:
    return names.checked_room(room or LOBBY, hub.limits.name_chars)


async def _for_private(hub: Hub, room: str) -> tuple[str, ...]:
    return (MADE_FOR_PRIVATE,) if (await terms_of(hub, room)).is_closed else ()
