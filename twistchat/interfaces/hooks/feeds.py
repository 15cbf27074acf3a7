"""A room's latest lines for readers of feeds and for scripts."""

from __future__ import annotations

import re
from http import HTTPStatus
from operator import attrgetter

from twistchat.core.bans import Act
from twistchat.core.calling import TALK
from twistchat.core.events import Entry
from twistchat.core.hub import Hub
from twistchat.core.leaving import leaving
from twistchat.core.names import EVERYWHERE
from twistchat.core.programs import RATES
from twistchat.interfaces.responses import Response
from twistchat.wire.feeds import ATOM, JSON_FEED, atom, json_feed
from twistchat.wire.http import Head

MOST_ENTRIES = 50
"""Of one feed."""

_ABOVE_ALL = 2**62

_AFTER = re.compile(r"[?&]after=([0-9]{1,18})(?:&|$)", re.ASCII)


async def read_feed(hub: Hub, feed: Act, head: Head) -> Response:
    """The newest lines of a feed's room, or the first ones behind the number that is asked for.

    Raises:
        TooFast: It was read too often.
        NotRead: The log cannot be read now.
    """
    hub.programs.use(feed).check_rate(RATES[feed.verb], hub.clock.seconds())
    asked = _AFTER.search(head.target)
    entries = await _entries(hub, feed, None if asked is None else int(asked[1]))
    tag = f'"{entries[-1].number if entries else 0}"'
    if tag in head.headers.get("if-none-match", ""):
        return Response(HTTPStatus.NOT_MODIFIED, more={"ETag": tag})
    title = f"{feed.subject}: {feed.room}"
    if head.path.endswith((".atom", ".xml")):
        return Response(HTTPStatus.OK, atom(title, feed.digest[:16], entries, hub.wall()), ATOM, {"ETag": tag})
    return Response(HTTPStatus.OK, json_feed(title, entries), JSON_FEED, {"ETag": tag})


async def _entries(hub: Hub, feed: Act, after: int | None) -> list[Entry]:
    if after is not None:
        found = [*await hub.log.between(feed.room, after, _ABOVE_ALL, MOST_ENTRIES, False)]
    else:
        of_room = await hub.log.history(feed.room, MOST_ENTRIES)
        found = sorted([*of_room, *await hub.log.history(EVERYWHERE, MOST_ENTRIES)], key=attrgetter("number"))
    may_leave = await leaving(hub, feed, (entry for entry in found if isinstance(entry.event, TALK)))
    return [*may_leave][-MOST_ENTRIES:]
