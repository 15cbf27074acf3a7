"""How the client shows things: words, colours, plain lines, JSON; and that no server can hurt a terminal with them."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twistchat.client import paint
from twistchat.client.address import Address
from twistchat.client.conversation import Conversation
from twistchat.client.memory import last_name, remember
from twistchat.client.plain import JsonDisplay, PlainDisplay
from twistchat.client.proving import Proving
from twistchat.client.wording import Wording
from twistchat.core import events
from twistchat.core.events import Acted, Entry, Said
from twistchat.core.names import EVERYWHERE

NASTY = "a\x1b[2J\x9b1m\x07\r\n\u202e\u2066\u200b\x00\ud800z"


def is_harmless(text: str) -> bool:
    return not any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text)


@pytest.fixture
def talk() -> Conversation:
    return Conversation("ada", Proving("k"), "en")


def shown_by(display: PlainDisplay) -> None:
    """Show one of each thing, made by somebody who means harm."""
    entry = Entry(1, 5.0, Said(NASTY, NASTY, NASTY))
    display.event(entry, {"kind": "said", "text": NASTY, "past": True})
    display.told({"kind": "notice", "text": NASTY})
    display.told({"kind": "refused", "text": NASTY, "line": NASTY})
    display.told({"kind": "notice"})
    display.told({"kind": "notice", "text": [NASTY]})
    display.remark("lost", "No connection: {reason}", {"reason": NASTY})
    display.changed()


@pytest.mark.parametrize("kind", [PlainDisplay, JsonDisplay])
def test_plain_lines_are_free_of_all_that_a_terminal_acts_on(talk: Conversation, capsys: Any, kind: Any) -> None:
    shown_by(kind(talk, Wording(), lambda status: None))
    output = "".join(capsys.readouterr())
    assert len(output.splitlines()) == 6
    assert all(is_harmless(line) for line in output.split("\n"))


def test_json_lines_are_the_servers_objects_and_the_clients_remarks(talk: Conversation, capsys: Any) -> None:
    shown_by(JsonDisplay(talk, Wording(), lambda status: None))
    values = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert values[0] == {"kind": "said", "text": NASTY, "past": True}
    assert (values[-1]["kind"], values[-1]["code"]) == ("client", "lost")


@pytest.mark.parametrize("kind", [PlainDisplay, JsonDisplay])
def test_refused_lines_and_uncertain_ones_are_counted(talk: Conversation, kind: Any) -> None:
    display = kind(talk, Wording(), lambda status: None)
    shown_by(display)
    display.remark("uncertain", "Connected again.", {})
    assert display.trouble == 2


def test_a_refusal_goes_to_stderr(talk: Conversation, capsys: Any) -> None:
    PlainDisplay(talk, Wording(), lambda status: None).told({"kind": "refused", "text": "no"})
    assert capsys.readouterr() == ("", "no\n")


def test_a_refused_name_and_a_goodbye_end_it(talk: Conversation) -> None:
    ends: list[int] = []
    display = PlainDisplay(talk, Wording(), ends.append)
    display.name_refused({"kind": "refused", "text": "taken"})
    display.ended(0)
    assert ends == [1, 0]


def test_a_claimed_name_ends_it_with_how_its_code_is_given(talk: Conversation, capsys: Any) -> None:
    ends: list[int] = []
    PlainDisplay(talk, Wording(), ends.append).name_refused(
        {"kind": "refused", "code": "name-claimed", "text": "ada is claimed."}
    )
    assert capsys.readouterr().err.startswith("ada is claimed.\n--code FILE gives the code")
    assert ends == [1]


def test_a_prompt_comes_back_after_each_line(talk: Conversation, capsys: Any) -> None:
    display = PlainDisplay(talk, Wording(), lambda status: None, prompt="> ")
    display.told({"text": "one"})
    display.told({"text": "two"})
    assert capsys.readouterr().out == "\rone\n> \rtwo\n> "


def test_the_past_has_its_time_and_another_room_its_name(talk: Conversation, capsys: Any) -> None:
    display = PlainDisplay(talk, Wording(), lambda status: None)
    display.event(Entry(1, 0.0, Said("tea", "bob", "hi")), {"past": True})
    display.event(Entry(1, 0.0, Said("lobby", "bob", "hi")), {})
    past, live = capsys.readouterr().out.splitlines()
    assert past.startswith("[1970-01-0") and past.endswith("[tea] bob: hi")
    assert live == "bob: hi"


EVENTS = [
    Said(NASTY, NASTY, NASTY),
    Acted(NASTY, NASTY, NASTY),
    events.Left(NASTY, NASTY, NASTY),
    events.Announced(EVERYWHERE, NASTY),
    events.Whispered(NASTY, NASTY, NASTY),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_painted_lines_are_harmless_too(event: events.Event) -> None:
    line = paint.event(Wording(), Entry(1, 5.0, event), "lobby", "ada")
    assert is_harmless("".join(text for _, text in line))
    assert is_harmless("".join(text for _, text in paint.told(Wording(), {"text": NASTY})))
    assert is_harmless("".join(text for _, text in paint.remark(Wording(), "Your name: ", {})))


@given(st.text())
def test_whatever_is_said_is_harmless(text: str) -> None:
    entry = Entry(1, 5.0, Said(text, text, text))
    assert is_harmless(Wording().line(entry, "lobby", dated=True))
    assert is_harmless(Wording().told({"text": text, "line": text}))


def test_a_name_has_the_same_colour_always_and_in_whatever_case() -> None:
    assert paint.colour("ada") == paint.colour("ADA")
    assert len({paint.colour(f"name{number}") for number in range(100)}) > 4


def test_ones_own_name_is_marked_and_the_time_is_on_the_left() -> None:
    own = paint.event(Wording(), Entry(1, 5.0, Said("lobby", "ada", "hi")), "lobby", "ada")
    other = paint.event(Wording(), Entry(1, 5.0, Acted("tea", "bob", "waves")), "lobby", "ada")
    assert own[0][0] == "class:time"
    assert "class:own" in own[1][0]
    assert "".join(text for _, text in other)[6:] == "[tea] * bob waves"
    assert not any("class:own" in style for style, _ in other)


@pytest.mark.parametrize(
    ("text", "mentions"),
    [("hi ada!", ["ada"]), ("ADA, ada", ["ADA", "ada"]), ("adam and canada", []), ("找ada嗎", ["ada"]), ("", [])],
)
def test_ones_own_name_stands_out_in_what_others_say(text: str, mentions: list[str]) -> None:
    line = paint.event(Wording(), Entry(1, 5.0, Said("lobby", "bob", text)), "lobby", "ada")
    assert [part for style, part in line if style == "class:mention"] == mentions
    assert "".join(part for _, part in line).endswith(f"bob: {text}")


# --- what is remembered

HERE = Address("tcp", "127.0.0.1", 7976)


def test_the_last_name_is_remembered_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "new" / "client.json"
    assert last_name(file) == ""
    remember(file, "小明", HERE)
    remember(file, "bob", HERE)
    assert last_name(file) == "bob"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"{}", b'{"name": 5}', b"5"])
def test_a_broken_file_is_no_name(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "client.json"
    file.write_bytes(content)
    assert last_name(file) == ""


def test_where_nothing_can_be_kept_it_goes_on(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    remember(tmp_path / "file" / "client.json", "ada", HERE)
    assert last_name(tmp_path / "file" / "client.json") == ""
