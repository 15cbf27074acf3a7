"""Lines for a terminal: the same words as everywhere, with colours that help to tell who speaks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twistchat.client.wording import Wording, clock_time
from twistchat.core.events import Acted, Announced, AnnouncedBy, Event, Said, Told, Whispered
from twistchat.wire.colours import mention, shade
from twistchat.wire.text import escaped

Fragments = list[tuple[str, str]]
"""A line as prompt-toolkit has it: styles and texts."""

STYLE = {
    "time": "ansibrightblack",
    "room": "ansibrightblack",
    "quiet": "ansibrightblack",
    "own": "bold underline",
    "mention": "bold reverse",
    "private": "ansimagenta italic",
    "announced": "bold reverse",
    "refused": "ansired",
    "remark": "ansiyellow",
    "bottom-toolbar": "noreverse ansibrightblack",
    "bottom-toolbar.lost": "ansired bold",
}


def colour(name: str) -> str:
    """The colour of a name: the same in every run, whoever else is there."""
    return shade(name)[0]


def event(wording: Wording, told: Told, here: str, own: str) -> Fragments:
    """What happened in a room: the time on the left, the speaker in their colour."""
    said = told.event
    line: Fragments = [("class:time", f"{clock_time(told)} ")]
    if not isinstance(said, Said | Acted):
        style = {Announced: "class:announced", AnnouncedBy: "class:announced", Whispered: "class:private"}.get(
            type(said), "class:quiet"
        )
        return [*line, (style, wording.line(told, here))]
    if said.room != here:
        line.append(("class:room", f"[{escaped(said.room)}] "))
    style = f"{colour(said.name)} bold" + (" class:own" if said.name == own else "")
    name = (style, escaped(said.name))
    text = _with_mentions(escaped(said.text), own)
    return [*line, name, ("", ": "), *text] if isinstance(said, Said) else [*line, ("", "* "), name, ("", " "), *text]


def concerns(event: Event, own: str) -> bool:
    """Whether an event is somebody's writing to the person, or names them."""
    if isinstance(event, Whispered):
        return event.recipient == own
    return isinstance(event, Said | Acted) and event.name != own and bool(own and mention(own).search(event.text))


def _with_mentions(text: str, own: str) -> Fragments:
    """A text in which one's own name stands out, where it is a word of its own or among letters without spaces."""
    parts = mention(own).split(text) if own else [text]
    return [("class:mention" if place % 2 else "", part) for place, part in enumerate(parts) if part]


def told(wording: Wording, value: Mapping[str, Any]) -> Fragments:
    """An answer of the server's."""
    return [("class:refused" if value.get("kind") == "refused" else "", wording.told(value))]


def remark(wording: Wording, sentence: str, data: Mapping[str, object]) -> Fragments:
    """A remark of the client's."""
    return [("class:remark", f"-- {wording.remark(sentence, data)}")]
