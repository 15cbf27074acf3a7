"""Calls: what of a chat a program is told by its URL, and how; and how that goes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from twistchat.core import names
from twistchat.core.addresses import parsed
from twistchat.core.bans import Act
from twistchat.core.events import (
    Acted,
    Announced,
    AnnouncedBy,
    Entry,
    Hooked,
    Joined,
    Left,
    Renamed,
    Said,
    Stored,
    TopicSet,
)
from twistchat.errors import NotAUrl

MOST_URL_CHARS = 2000
MOST_WORDS_CHARS = 200

MADE_FOR_PRIVATE = "private"
"""Stands among what an act is about beside its subject, where it was made for a room that was closed by then."""

DIALECTS = ("json", "slack", "discord", "text")

TALK: tuple[type[Stored], ...] = (Said, Acted, Announced, AnnouncedBy)
"""What is called out and is in a feed: what somebody meant for others to read."""

EVENTS: tuple[type[Stored], ...] = (*TALK, Joined, Left, Renamed, TopicSet)
"""What is called out with `--events all`."""

_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


@dataclass(frozen=True)
class CallOptions:
    """What of a room is called out, and how."""

    dialect: str = "json"
    """One of `DIALECTS`."""
    words: str = ""
    """All of these have to be in a line, whatever their case; empty for any line."""
    all_events: bool = False
    """Whether coming, going, new names and topics are told, too."""

    def written(self) -> tuple[str, ...]:
        """As an act has them."""
        said = {"as": self.dialect, "match": self.words, "events": "all" if self.all_events else ""}
        return tuple(f"{name} {value}" for name, value in said.items() if value)


def options_of(act: Act) -> CallOptions:
    """The options that a call's act has."""
    said: Mapping[str, str] = dict(text.partition(" ")[::2] for text in act.also)
    return CallOptions(said.get("as", "json"), said.get("match", ""), said.get("events") == "all")


def wants(act: Act, options: CallOptions, entry: Entry) -> bool:
    """Whether a call is about an entry, whoever may know of it.

    Rule: what a hook of the call's own name said is not called out, as it came from there.
    """
    event = entry.event
    if not isinstance(event, EVENTS if options.all_events else TALK):
        return False
    if act.room and act.room != event.room and isinstance(event.room, str):
        return False
    if isinstance(event, Hooked) and names.key(event.name) == names.key(act.subject):
        return False
    text = f"{event.name or ''} {getattr(event, 'text', '')}".casefold()
    return all(word in text for word in options.words.casefold().split())


def checked_url(text: str) -> str:
    """Make sure that something can be called, and return it without what stands behind `#`.

    Raises:
        NotAUrl: It cannot.
    """
    url = text.strip()
    try:
        parts = urlsplit(url)
        fits = _fits(parts) and url.isascii() and url.isprintable() and len(url) <= MOST_URL_CHARS
    except ValueError:
        fits = False
    if not fits or " " in url:
        raise NotAUrl(text[:100])
    return parts._replace(fragment="").geturl()


def _fits(parts: SplitResult) -> bool:
    has_host = _HOST.fullmatch(parts.hostname or "") is not None and parts.port != 0
    return parts.scheme in ("http", "https") and has_host and "@" not in parts.netloc


def shown_url(url: str) -> str:
    """What may be shown of a URL: paths of chats' own hooks are secrets."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/…"


@dataclass
class CallState:
    """How a call goes, on the server that does it."""

    position: int | None = None
    """The number of the last entry that is dealt with; None as long as that is not known."""
    behind: int = 0
    """Numbers of the log above it, when that was last looked at."""
    status: str = ""
    """What came of the latest try: an HTTP status, or what went wrong."""
    latest: float | None = None
    """When something was last called out; seconds since 1970."""
    failing_since: float | None = None
    """Since when nothing is; seconds since 1970."""
    sent: int = 0
    """Lines that were called out since the server started."""
    skipped: int = 0
    """Numbers that were left out as it was too far behind, and that the receiver was not told of yet."""
    failures: int = 0
    """Tries that failed since the server started."""


@dataclass
class Calls:
    """How all of them go, by the numbers of their acts."""

    states: dict[int, CallState] = field(default_factory=dict)
    secret: Callable[[Act], str] | None = None
    """Tells what a call is signed with; None where nobody does the calls."""
    may_call: Callable[[str], bool] = lambda address: True
    """Whether an address may be called."""
    is_at_rest: Callable[[], bool] = lambda: True
    """Whether nothing of how far they are is being written."""

    def refused_host(self, url: str) -> str | None:
        """The address that a URL names where that may not be called; None where it names none, or one that may be."""
        host = urlsplit(url).hostname or ""
        address = "127.0.0.1" if host == "localhost" else host
        return address if parsed(address) is not None and not self.may_call(address) else None

    def state(self, act: Act) -> CallState:
        """How one goes."""
        return self.states.setdefault(act.number, CallState())
