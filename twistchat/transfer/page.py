"""An export as one page of HTML without a script, to be read in a browser, sent to somebody, or printed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape

from twistchat.core.events import Acted, Entry, Said
from twistchat.errors import Phrase
from twistchat.log.exporting import StoredLine
from twistchat.transfer.days import days
from twistchat.wire.language import Language
from twistchat.wire.sentences import TextFormat
from twistchat.wire.text import escaped

_HEAD = """<!DOCTYPE html>
<html lang="{lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }}
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem; }}
h2 {{ font-size: 1.1rem; border-bottom: 1px solid; break-after: avoid; }}
ol {{ list-style: none; padding: 0; }}
li {{ display: flex; gap: .75rem; break-inside: avoid; }}
time, .room {{ opacity: .75; font-variant-numeric: tabular-nums; white-space: nowrap; }}
p {{ margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; min-width: 0; }}
.event {{ font-style: italic; }}
@media print {{ body {{ max-width: none; margin: 0; font-size: 10pt; }} }}
</style>
</head>
<body>
<h1>{title}</h1>
"""


def written(lines: Iterable[StoredLine], language: Language, room: str | None, now: float) -> Iterator[str]:
    """The page, part by part.

    Args:
        lines: What is exported.
        language: Of the sentences, and the zone of the times.
        room: The only room, if it is one: then no line names it.
        now: When it is made, in seconds since 1970.
    """
    said_in = Phrase("What was said in {room}")
    title = language.say(said_in, {"room": room}) if room is not None else language.say(Phrase("What was said"), {})
    yield _HEAD.format(lang=language.code.replace("_", "-"), title=_shown(title))
    format = TextFormat(language)
    for day in days(lines, language):
        yield f"<section>\n<h2>{day.date}</h2>\n<ol>\n"
        for time, entry in day.shown:
            yield _line(time, entry, format, is_labelled=room is None)
        yield "</ol>\n</section>\n"
    made = language.say(Phrase("Exported {time}."), {"time": language.time(now)})
    yield f"<footer><p>{_shown(made)}</p></footer>\n</body>\n</html>\n"


def _line(time: datetime, entry: Entry, format: TextFormat, *, is_labelled: bool) -> str:
    event = entry.event
    label = ""
    if is_labelled and isinstance(event.room, str):
        label = f'<span class="room">{_shown(event.room)}</span>'
    match event:
        case Said(name=name, text=text):
            body = f"<p><b><bdi>{_shown(name)}</bdi></b>: <bdi>{_shown(text)}</bdi></p>"
        case Acted(name=name, text=text):
            body = f"<p>* <b><bdi>{_shown(name)}</bdi></b> <bdi>{_shown(text)}</bdi></p>"
        case _:
            body = f'<p class="event">{escape(format.event(entry).decode())}</p>'
    when = f'<time datetime="{time.isoformat(timespec="seconds")}">{time:%H:%M}</time>'
    return f'<li id="{entry.number}">{when}{label}{body}</li>\n'


def _shown(text: str) -> str:
    return escape(escaped(text))
