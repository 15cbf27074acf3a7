"""Terminals that write GB18030 also read it: a Chinese Windows console does, and shows UTF-8 as other characters."""

from __future__ import annotations

import pytest
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.dialect import came
from support.lines import LineDoor
from support.streams import TOKEN, StreamDoor, StreamPeer

from twistchat.wire.unframed import READ_BYTES


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


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_unframed_client_is_written_to_in_what_it_writes_beyond_ascii(chat: Chat, encoding: str) -> None:
    peer, ada = LineDoor(chat).connects(), LineDoor(chat).enters("ada")
    peer.sends(b"bob")
    chat.clock.advance(0.3)
    chat.turn()
    chat.clock.advance(1)  # frames for it are kept apart
    ada.says("你好")
    chat.clock.advance(1)
    assert peer.gets().endswith(b"ada: ??")
    peer.sends("bob: 好".encode(encoding))
    assert peer.gets() == "bob: 好".encode(encoding)
    ada.says("汉" * 900)
    chat.clock.advance(1)
    frame = peer.gets()
    reads = [frame[at : at + READ_BYTES].decode(encoding) for at in range(0, len(frame), READ_BYTES)]
    assert reads[0].startswith("ada: 汉")
    assert all(read.startswith("... 汉") for read in reads[1:])
    peer.sends("bob: 好\n".encode(encoding))
    assert peer.gets() == "bob: 好\r\n".encode(encoding)


def test_a_line_that_may_be_either_is_what_its_sender_wrote_before(chat: Chat) -> None:
    ming = LineDoor(chat).enters("ming")
    for line, encoding in [("你好", "gb18030"), ("一", "gb18030"), ("你好", "utf-8"), ("é", "utf-8")]:
        ming.sends(f"{line}\n".encode(encoding))
        assert ming.gets() == f"ming: {line}\r\n".encode(encoding)


def test_who_logs_in_by_datagram_in_gb18030_is_answered_in_it(chat: Chat) -> None:
    door = DatagramDoor(chat)
    peer, ada = door.connects(), door.enters("ada")
    peer.sends("L 老师\n".encode("gb18030"))
    assert peer.gets() == [b"OK\n", f"{came('老师')}\n".encode("gb18030")]
    ada.says("欢迎")
    assert peer.gets() == ["ada : 欢迎\n".encode("gb18030")]
    peer.sends("C 老师 你好".encode("gb18030"))
    assert ada.hears() == [came("老师"), "ada : 欢迎", "老师 : 你好"]
    peer.gets()
    peer.sends("C 老师 你好".encode())
    assert peer.gets() == ["老师 : 你好\n".encode()]


def test_a_stranger_is_refused_in_what_they_write(chat: Chat) -> None:
    door = DatagramDoor(chat)
    peer, other, ada = door.connects(), door.connects(), door.enters("老师")
    peer.sends("L 老师".encode("gb18030"))
    assert peer.gets()[0].startswith("老师 is taken".encode("gb18030"))
    other.sends("L 老师".encode())
    assert other.gets()[0].startswith("老师 is taken".encode())
    assert ada.hears() == []


def test_numbered_datagrams_are_answered_in_what_they_bring(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StreamPeer, "encoding", "gb18030")
    peer = StreamPeer(StreamDoor(chat), ("127.0.0.1", 5000))
    peer.throws(f"H {TOKEN}".encode().ljust(64), f"D {TOKEN} 1 0 -\n".encode() + "老师\n你好\n".encode("gb18030"))
    assert peer.hears() == ["Connected to server!", came("老师"), "老师: 你好"]
