"""How the page's files are sent: compressed for who asks for that, and with what browsers want to hear."""

from __future__ import annotations

import gzip
import json

import pytest
from support.chat import Chat
from support.web import WebDoor

from twistchat.interfaces.web.site import LATER, PAGE, Site
from twistchat.interfaces.web.visit import origin_policy
from twistchat.interfaces.web.words import sentences
from twistchat.languages import loaded
from twistchat.wire.http import Head

GET = "GET {} HTTP/1.1\nHost: 127.0.0.1:7980"


@pytest.fixture
def door(chat: Chat) -> WebDoor:
    return WebDoor(chat)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize(
    ("accepted", "is_packed"),
    [
        ("gzip, deflate, br, zstd", True),
        ("br;q=1.0, GZIP;q=0.8", True),
        ("*", True),
        ("x-gzip", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000, br", False),
        ("gzipped, not-gzip", False),
    ],
)
def test_a_file_is_sent_compressed_where_that_is_asked_for_and_only_there(
    door: WebDoor, accepted: str, is_packed: bool
) -> None:
    plain = door.opens().asks_for(GET.format("/page.js")).partition(b"\r\n\r\n")[2]
    head, _, body = (
        door.opens().asks_for(GET.format("/page.js") + f"\nAccept-Encoding: {accepted}").partition(b"\r\n\r\n")
    )
    assert b"Vary: Accept-Encoding\r\n" in head
    assert (b"Content-Encoding: gzip\r\n" in head) is is_packed
    assert f"Content-Length: {len(body)}\r\n".encode() in head
    assert (gzip.decompress(body) if is_packed else body) == plain
    assert (len(body) < len(plain)) is is_packed


def test_what_a_browser_has_compressed_is_not_sent_again_and_not_taken_for_the_file_as_it_is(door: WebDoor) -> None:
    visitor = door.opens()
    request = GET.format("/") + "\nAccept-Encoding: gzip"
    tag = visitor.asks_for(request).partition(b"ETag: ")[2].partition(b"\r")[0].decode()
    again = visitor.asks_for(f"{request}\nIf-None-Match: {tag}")
    assert (status(again), b"Vary: Accept-Encoding\r\n" in again) == (304, True)
    assert status(visitor.asks_for(f"{GET.format('/')}\nIf-None-Match: {tag}")) == 200


@pytest.mark.parametrize(
    ("fields", "is_alone"),
    [
        ("Host: localhost:7980", True),
        ("Host: chat.localhost", True),
        ("Host: 127.0.0.1:7980", True),
        ("Host: [::1]:7980", True),
        ("Host: chat.example\nX-Forwarded-Proto: https", True),
        ("Host: chat.example", False),
        ("Host: 192.0.2.7:7980", False),
    ],
)
def test_a_page_that_browsers_take_for_secure_keeps_its_window_to_itself(
    chat: Chat, fields: str, is_alone: bool
) -> None:
    """On any other they would log an error at each load."""
    door = WebDoor(chat, policy=origin_policy(None, None, "chat.example 192.0.2.7"))
    page = door.opens().asks_for(f"GET / HTTP/1.1\n{fields}")
    assert (b"Cross-Origin-Opener-Policy: same-origin\r\n" in page) is is_alone


@pytest.mark.parametrize(("code", "word"), [("en", "Settings"), ("zh_CN", "设置"), ("zh_TW", "設定")])
@pytest.mark.parametrize("path", ["/", "/some/chat/"])
def test_what_the_page_says_by_itself_comes_in_the_language_that_is_asked_for_and_no_other(
    path: str, code: str, word: str
) -> None:
    site = Site(path, {}, loaded())
    answer = site.answer("127.0.0.1", Head("GET", f"{path}words/{code}.json", {"host": "localhost"}, True))
    said = json.loads(answer.body)
    assert (answer.kind, said["settings"]) == ("application/json", word)
    assert said.keys() == sentences(PAGE).keys()
    assert all(said.values())


def test_a_language_that_the_page_does_not_have_is_not_there() -> None:
    head = Head("GET", "/words/fr.json", {"host": "localhost"}, True)
    assert Site("/", {}, loaded()).answer("127.0.0.1", head).status == 404


def test_a_browser_is_told_of_all_scripts_with_the_page_and_need_not_find_one_by_another() -> None:
    site = Site("/chat/", {})
    link = site.answer("127.0.0.1", Head("GET", "/chat/", {"host": "localhost"}, True)).more["Link"]
    scripts = {f"<{path.name}" for path in PAGE.glob("*.js") if path.name not in LATER}
    assert {each.partition(">")[0] for each in link.split(", ")} == scripts
    assert all(each.endswith("; rel=modulepreload") for each in link.split(", "))


@pytest.mark.parametrize(("accepted", "most"), [("gzip", 44), ("", 110)], ids=["compressed", "as it is"])
@pytest.mark.parametrize("code", loaded().codes)
def test_a_first_load_is_small(code: str, accepted: str, most: int) -> None:
    """In KiB, without heads, as docs/page.md has it."""
    site = Site("/", {}, loaded())
    names = [path.name for path in PAGE.iterdir() if path.suffix != ".json" and path.name not in {"index.html", *LATER}]
    heads = [
        Head("GET", f"/{each}", {"host": "localhost", "accept-encoding": accepted}, True)
        for each in ("", *names, f"words/{code}.json")
    ]
    answers = [site.answer("127.0.0.1", head) for head in heads]
    assert {answer.status for answer in answers} == {200}
    assert sum(len(answer.body) for answer in answers) < most * 1024


def test_all_that_there_is_for_the_page_is_72_kilobytes_at_most_as_it_is_sent() -> None:
    """With what moderators alone load, the poster and the words of every language."""
    site = Site("/", {}, loaded())
    names = [path.name for path in PAGE.iterdir() if path.suffix != ".json"]
    targets = ["/", *(f"/{name}" for name in names), *(f"/words/{code}.json" for code in loaded().codes)]
    answers = [
        site.answer("127.0.0.1", Head("GET", each, {"host": "localhost", "accept-encoding": "gzip"}, True))
        for each in targets
        if each != "/index.html"
    ]
    assert {answer.status for answer in answers} == {200}
    assert sum(len(answer.body) for answer in answers) < 72_000
