"""Terminals that write GB18030 also read it: a Chinese Windows console does, and shows UTF-8 as other characters."""

from __future__ import annotations

from support.chat import Chat
from support.dialect import came
from support.lines import LineDoor

from twistchat.wire.text import encoding_of


def test_who_writes_gb18030_is_written_to_in_it_until_they_write_utf8(chat: Chat) -> None:
    door = LineDoor(chat)
    ming, ada = door.enters("ming"), door.enters("ada")
    ming.sends("你好\n".encode("gb18030"))
    assert ming.gets().endswith("ming: 你好\r\n".encode("gb18030"))
    assert ada.gets().endswith("ming: 你好\r\n".encode())
    ada.sends("欢迎 😀\n".encode())
    assert ming.gets() == "ada: 欢迎 😀\r\n".encode("gb18030")
    ming.sends(b"ascii leaves it open\n")
    ada.sends("好\n".encode())
    assert ming.gets().endswith("ada: 好\r\n".encode("gb18030"))
    ming.sends("好\n".encode())
    assert ming.gets() == "ming: 好\r\n".encode()


def test_the_encoding_stays_with_times_on(chat: Chat) -> None:
    ming = LineDoor(chat).enters("ming")
    ming.sends("你\n".encode("gb18030"), b"/time on\n")
    ming.gets()
    ming.sends("好\n".encode("gb18030"))
    assert ming.gets().endswith("] ming: 好\r\n".encode("gb18030"))


def test_a_name_in_gb18030_is_taken_and_welcomed_in_it(chat: Chat) -> None:
    peer = LineDoor(chat).connects()
    peer.gets()
    peer.sends("小明\n".encode("gb18030"))
    assert peer.gets().endswith(f"{came('小明')}\r\n".encode("gb18030"))


def test_an_unframed_client_stays_with_ascii(chat: Chat) -> None:
    peer = LineDoor(chat).connects()
    peer.sends(b"bob")
    chat.clock.advance(0.3)
    chat.turn()
    chat.clock.advance(1)  # frames for it are kept apart
    peer.gets()
    peer.sends("bob: 你好".encode("gb18030"))
    assert peer.gets() == b"bob: ??"


def test_encodings() -> None:
    assert encoding_of(b"abc") is None
    assert encoding_of("你".encode()) == "utf-8"
    assert encoding_of("你".encode("gb18030")) == "gb18030"
