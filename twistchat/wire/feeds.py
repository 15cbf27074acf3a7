"""Lines of a room as feeds: JSON Feed 1.1 (https://jsonfeed.org/version/1.1) and Atom (RFC 4287)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from twistchat.core.events import Entry
from twistchat.wire.flat import flat_name
from twistchat.wire.line import LineFormat

JSON_FEED = "application/feed+json; charset=utf-8"
ATOM = "application/atom+xml; charset=utf-8"

_ADMINISTRATOR = "administrator"
_MOST_TITLE_CHARS = 80


def line_of(entry: Entry, with_room: bool = False) -> str:
    """An entry as the line that people see, in English.

    Args:
        entry: What happened.
        with_room: Whether the room stands before it.
    """
    return LineFormat().labelled(with_room).event(entry).decode().rstrip()


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def json_feed(title: str, entries: Sequence[Entry]) -> bytes:
    """A JSON Feed, the newest line first. An item's id is the line's number, for `?after=`.

    Args:
        title: Of the feed.
        entries: With a text each, the oldest first.
    """
    items = [
        {
            "id": str(entry.number),
            "content_text": line_of(entry),
            "date_published": _date(entry.time),
            "authors": [{"name": flat_name(entry.event.name) or _ADMINISTRATOR}],
        }
        for entry in reversed(entries)
    ]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": title, "items": items}
    return json.dumps(feed, ensure_ascii=False, separators=(",", ":")).encode()


def atom(title: str, mark: str, entries: Sequence[Entry], now: float) -> bytes:
    """An Atom feed, the newest line first.

    Args:
        title: Of the feed.
        mark: Tells it from others, and does not tell its token.
        entries: With a text each, the oldest first.
        now: When it is, for a feed without lines.
    """
    updated = _date(entries[-1].time if entries else now)
    head = f"<title>{escape(title)}</title><id>urn:twistchat:{mark}</id><updated>{updated}</updated>"
    items = "".join(_items(mark, entries))
    return f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">{head}{items}</feed>\n'.encode()


def _items(mark: str, entries: Sequence[Entry]) -> Iterator[str]:
    for entry in reversed(entries):
        name, text = flat_name(entry.event.name) or _ADMINISTRATOR, line_of(entry)
        short = text if len(text) <= _MOST_TITLE_CHARS else f"{text[: _MOST_TITLE_CHARS - 1]}…"
        yield (
            f"<entry><id>urn:twistchat:{mark}:{entry.number}</id><title>{escape(short)}</title>"
            f"<updated>{_date(entry.time)}</updated><author><name>{escape(name)}</name></author>"
            f'<content type="text">{escape(text)}</content></entry>'
        )
