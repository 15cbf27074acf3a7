"""Programs at the TCP port: JSON objects where people type lines."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.chat import Chat
from support.lines import LineDoor, LinePeer

from twistchat.languages import loaded


@pytest.fixture
def door(chat: Chat) -> LineDoor:
    return LineDoor(chat, loaded()["en"])


def sends(peer: LinePeer, *values: Any) -> list[dict[str, Any]]:
    """Send objects, and read what comes of them."""
    peer.sends(*(json.dumps(value).encode() + b"\n" for value in values))
    return heard(peer)


def heard(peer: LinePeer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in peer.hears()]


def kinds(values: list[dict[str, Any]]) -> list[str]:
    return [value["kind"] for value in values]


def test_a_hello_instead_of_a_nickname_makes_it_a_program(door: LineDoor) -> None:
    peer = door.connects()
    assert peer.greeting == b"NICKNAME"
    came = sends(peer, {"v": 1, "name": "ada"})
    assert kinds(came) == ["welcome", "joined"]
    assert came[0]["name"] == "ada"


def test_programs_and_people_are_in_one_room(chat: Chat, door: LineDoor) -> None:
    eve = chat.enters("eve")
    ada = door.connects()
    sends(ada, {"name": "ada"}, {"line": "hello 小明", "id": "1"})
    assert eve.hears() == ["+ada", "ada: hello 小明"]
    eve.sends("hi")
    assert [(v["kind"], v["name"], v["text"]) for v in heard(ada)] == [("said", "eve", "hi")]


def test_a_line_that_bears_an_id_is_answered_with_its_number(door: LineDoor) -> None:
    ada = door.connects()
    came = sends(ada, {"name": "ada"}, {"line": "hi", "id": "1"}, {"line": "/nosuch", "id": "2"})
    by_id = {value["id"]: value for value in came if "id" in value}
    said = next(value for value in came if value["kind"] == "said")
    assert (by_id["1"]["kind"], by_id["1"]["number"]) == ("done", said["number"])
    assert (by_id["2"]["kind"], by_id["2"]["code"]) == ("refused", "unknown-command")


def test_a_refused_name_may_be_tried_again_with_another_hello(chat: Chat, door: LineDoor) -> None:
    chat.enters("ada")
    peer = door.connects()
    came = sends(peer, {"name": "ada"}, {"line": "lost", "id": "1"}, {"name": "bob"})
    assert [value.get("code", value["kind"]) for value in came] == ["name-taken", "nobody-called", "welcome", "joined"]
    assert came[1]["id"] == "1"


def test_what_is_no_request_is_refused_and_the_connection_goes_on(door: LineDoor) -> None:
    peer = door.connects()
    sends(peer, {"name": "ada"})
    peer.sends(b"plain text\n", b"{broken\n", b'{"line": "fine"}\n')
    assert [value.get("code", value.get("text")) for value in heard(peer)] == ["not-a-request", "not-a-request", "fine"]


def test_a_hello_of_another_version_is_refused(door: LineDoor) -> None:
    peer = door.connects()
    peer.sends(b'{"v": 9, "name": "ada"}\n')
    assert b"That is no request" in peer.gets()


def test_control_characters_in_a_request_are_taken_out(chat: Chat, door: LineDoor) -> None:
    eve = chat.enters("eve")
    sends(door.connects(), {"name": "ada"}, {"line": "a\x1b[31mb\nc\u202ed"})
    assert eve.hears() == ["+ada", "ada: ab cd"]


def test_who_comes_again_with_the_same_key_takes_the_place_of_the_earlier_connection(
    chat: Chat, door: LineDoor
) -> None:
    first, second = door.connects(), door.connects()
    sends(first, {"name": "ada", "key": "secret"})
    came = sends(second, {"name": "ada", "key": "secret"})
    assert kinds(came)[0] == "welcome"
    assert [value.get("code", value["kind"]) for value in heard(first)] == ["replaced", "goodbye"]
    assert first.is_closed
    assert [session.name for session in chat.hub.everyone] == ["ada"]


@pytest.mark.parametrize(("held", "given"), [("secret", "other"), ("secret", ""), ("", ""), ("", "x"), ("密", "鑰")])
def test_without_the_key_a_name_stays_taken(door: LineDoor, held: str, given: str) -> None:
    first, second = door.connects(), door.connects()
    sends(first, {"name": "ada", "key": held})
    assert sends(second, {"name": "ada", "key": given})[0]["code"] == "name-taken"
    assert not first.is_closed


@pytest.mark.parametrize("written", ["zh_TW", "zh-Hant", "zh_TW.UTF-8"])
def test_a_program_chooses_the_language_of_its_sentences(door: LineDoor, written: str) -> None:
    came = sends(door.connects(), {"name": "ada", "lang": written}, {"line": "/unignore bob"}, {"line": "/lang en"})
    texts = [value.get("text") for value in came]
    assert "你沒有忽略 bob。單獨輸入 /ignore 查看已忽略的人。" in texts
    assert "Notices are in English from now on." in texts


def test_the_sentences_come_in_a_language_that_there_is(door: LineDoor) -> None:
    came = sends(door.connects(), {"name": "ada", "lang": "xx_NO"}, {"line": "/ping x"})
    assert "pong x" in [value.get("text") for value in came]


def test_a_program_keeps_what_is_no_backspace_of_a_terminal(chat: Chat, door: LineDoor) -> None:
    """Rubbing out is for terminals that send each key; here a control character is only taken out."""
    eve = chat.enters("eve")
    sends(door.connects(), {"name": "ada"}, {"line": "ab\bc"})
    assert eve.hears() == ["+ada", "ada: abc"]


def test_what_answers_a_line_bears_its_id(door: LineDoor) -> None:
    ada = door.connects()
    sends(ada, {"name": "ada"}, {"line": "early"})
    came = sends(ada, {"line": "/who", "id": "w"}, {"line": "/history", "id": "h"}, {"line": "/rooms"})
    assert [(value.get("id"), value.get("code", value["kind"])) for value in came] == [
        ("w", "who"),
        ("w", "done"),
        ("h", "said"),
        ("h", "older"),
        ("h", "done"),
        (None, "room"),
    ]


def test_a_program_says_how_much_of_the_past_it_wants(chat: Chat, door: LineDoor) -> None:
    eve = chat.enters("eve")
    eve.sends("/topic tea", "one", "two")
    assert kinds(sends(door.connects(), {"name": "ada", "past": 0})) == ["welcome", "joined"]
    came = sends(door.connects(), {"name": "bob", "past": 1})
    assert [value["kind"] for value in came] == ["welcome", "notice", "said", "joined"]
