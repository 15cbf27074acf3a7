"""Feeds of a room, as their readers parse them: JSON Feed 1.1 and Atom (RFC 4287)."""

from __future__ import annotations

import json
from xml.etree import ElementTree

import pytest

from twistchat.core.events import Announced, Entry, Said
from twistchat.core.names import EVERYWHERE
from twistchat.wire.feeds import atom, json_feed, line_of

NOON = 1772366400.25
"""12:00:00.250 on the first of March 2026, in UTC."""

LINES = [
    Entry(16, NOON, Said("tea", "小明", "水 & <b>")),
    Entry(17, NOON + 1, Announced(EVERYWHERE, "Back at six")),
]

ATOM = {"": "http://www.w3.org/2005/Atom"}


def title_of(text: str) -> str | None:
    """What a feed of one line calls this, by its last words."""
    feed = ElementTree.fromstring(atom("tea", "m", [Entry(1, NOON, Said("tea", "a", text))], NOON))
    return feed.findtext("entry/title", namespaces=ATOM)


def test_a_json_feed_has_the_newest_line_first_and_ids_that_can_be_asked_behind() -> None:
    written = json_feed("kitchen: tea", LINES)
    assert "小明" in written.decode(), "as characters"
    assert '{"id":"17",' in written.decode(), "without blanks"
    assert json.loads(written) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "kitchen: tea",
        "items": [
            {
                "id": "17",
                "content_text": "Administrator: Back at six",
                "date_published": "2026-03-01T12:00:01.250Z",
                "authors": [{"name": "administrator"}],
            },
            {
                "id": "16",
                "content_text": "小明: 水 & <b>",
                "date_published": "2026-03-01T12:00:00.250Z",
                "authors": [{"name": "小明"}],
            },
        ],
    }


def test_an_atom_feed_says_the_same_and_has_the_time_of_its_newest_line() -> None:
    feed = ElementTree.fromstring(atom("kitchen: <tea>", "0abc", LINES, NOON + 60))
    assert [feed.findtext(each, namespaces=ATOM) for each in ("title", "id", "updated")] == [
        "kitchen: <tea>",
        "urn:twistchat:0abc",
        "2026-03-01T12:00:01.250Z",
    ]
    parts = ("id", "title", "updated", "author/name", "content")
    assert [[entry.findtext(part, namespaces=ATOM) for part in parts] for entry in feed.findall("entry", ATOM)] == [
        [
            "urn:twistchat:0abc:17",
            "Administrator: Back at six",
            "2026-03-01T12:00:01.250Z",
            "administrator",
            "Administrator: Back at six",
        ],
        ["urn:twistchat:0abc:16", "小明: 水 & <b>", "2026-03-01T12:00:00.250Z", "小明", "小明: 水 & <b>"],
    ]
    assert {each.get("type") for each in feed.findall("entry/content", ATOM)} == {"text"}


def test_an_atom_feed_without_lines_has_the_time_at_which_it_was_asked_for() -> None:
    feed = ElementTree.fromstring(atom("tea", "0abc", [], NOON))
    assert feed.findtext("updated", namespaces=ATOM) == "2026-03-01T12:00:00.250Z"
    assert feed.findall("entry", ATOM) == []


@pytest.mark.parametrize(
    ("length", "title"), [(77, "a: " + "x" * 77), (78, "a: " + "x" * 76 + "…"), (1000, "a: " + "x" * 76 + "…")]
)
def test_a_title_is_the_line_in_at_most_80_characters(length: int, title: str) -> None:
    assert title_of("x" * length) == title


def test_a_line_may_say_its_room() -> None:
    assert line_of(LINES[0], with_room=True) == "[tea] 小明: 水 & <b>"
    assert line_of(LINES[0]) == "小明: 水 & <b>"
