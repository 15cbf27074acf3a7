"""The page at /qr, and the server's name on the pages."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from support.chat import Chat
from support.place import own
from support.web import WebDoor

from twistchat.interfaces.web.poster import MOST_WAYS, REFRESH_SECONDS, Poster
from twistchat.interfaces.web.site import Site
from twistchat.languages import loaded
from twistchat.reach import Door, Reach
from twistchat.wire.language import ENGLISH

WEB = Door("web", "0.0.0.0", 7980, "http://{host}:{port}/ in a browser")
TCP = Door("tcp", "0.0.0.0", 7976, "telnet {host} {port}")
ATTACK = "<script>\"&'</script>"


def asks(chat: Chat, *doors: Door, name: str | None = None, addresses: Any = None, more: str = "") -> str:
    """Ask for the page; what comes is its head and its body."""
    place = Reach(name=name, look=lambda: own("eth0", "192.168.1.7/24") if addresses is None else addresses)
    place.doors = lambda: doors
    door = WebDoor(chat)
    door.factory.site = Site("/", {"/qr": Poster(place, loaded()[ENGLISH.code])}, name=name)
    return door.opens().asks_for(f"GET /qr HTTP/1.1\nHost: 127.0.0.1:7980{more}").decode()


def test_name_address_and_code_are_on_it_and_it_asks_again_by_itself(chat: Chat) -> None:
    answer = asks(chat, WEB, TCP, name="Room 12")
    assert answer.startswith("HTTP/1.1 200 OK\r\n")
    assert f"Refresh: {REFRESH_SECONDS}\r\n" in answer
    assert "Content-Security-Policy: default-src 'none'" in answer
    assert "<title>Room 12</title>" in answer
    assert '<h1 dir="auto">Room 12</h1>' in answer
    assert '<p class="url">http://192.168.1.7:7980/</p>' in answer
    assert '<svg viewBox="0 0 33 33" class="code">' in answer
    assert "<li>tcp://192.168.1.7:7976 <small>telnet 192.168.1.7 7976</small></li>" in answer
    assert answer.count("http://192.168.1.7:7980/") == 3
    assert "style=" not in answer
    assert "<script" not in answer


def test_a_server_without_a_name_is_called_by_its_programs(chat: Chat) -> None:
    assert "<title>twistchat</title>" in asks(chat, WEB)


@pytest.mark.parametrize("lang", ["zh-TW,zh;q=0.9,en;q=0.8", "zh-Hant-HK", "xx, , zh_TW"])
def test_it_is_in_the_browsers_language(chat: Chat, lang: str) -> None:
    answer = asks(chat, WEB, more=f"\nAccept-Language: {lang}")
    assert '<html lang="zh-TW">' in answer
    assert "掃描 QR Code" in answer


@pytest.mark.parametrize("lang", ["", "xx", ",,,;;;", "xx," * 500 + "zh-TW", "*", "en-GB"])
def test_whoever_asks_for_no_language_that_there_is_gets_the_servers(chat: Chat, lang: str) -> None:
    assert "Scan this" in asks(chat, WEB, more=f"\nAccept-Language: {lang}")


def test_a_name_is_shown_as_text_on_both_pages(chat: Chat) -> None:
    shown = "&lt;script&gt;&quot;&amp;&#x27;&lt;/script&gt;"
    assert asks(chat, WEB, name=ATTACK).count(shown) == 2
    door = WebDoor(chat)
    door.factory.site = Site("/", {}, name=ATTACK)
    page = door.opens().asks_for("GET / HTTP/1.1\nHost: 127.0.0.1:7980").decode()
    assert page.count(f">{shown}<") == 3
    assert ">twistchat<" not in page
    assert ATTACK not in page
    packed = door.opens().asks_for("GET / HTTP/1.1\nHost: 127.0.0.1:7980\nAccept-Encoding: gzip")
    assert gzip.decompress(packed.partition(b"\r\n\r\n")[2]).decode() == page.partition("\r\n\r\n")[2]


def test_without_a_page_that_others_reach_there_are_the_other_ways(chat: Chat) -> None:
    answer = asks(chat, TCP)
    assert "tcp://192.168.1.7:7976" in answer
    assert "<svg" not in answer


def test_where_nobody_else_can_join_it_says_why(chat: Chat) -> None:
    assert "--open lets others in." in asks(chat, Door("web", "127.0.0.1", 7980, WEB.how))
    assert "has no address now" in asks(chat, WEB, addresses=[])


def test_40_adapters_make_no_endless_page(chat: Chat) -> None:
    many = [each for number in range(40) for each in own(f"eth{number}", f"10.{number}.0.1/16")]
    assert asks(chat, WEB, TCP, addresses=many).count("<li>") == MOST_WAYS
