"""The web port without a network: requests, the opening handshake, and frames of every kind."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from support.chat import Chat
from support.examples import examples
from support.web import WebDoor, WebPeer
from twisted.internet.error import ConnectionLost
from twisted.internet.testing import MemoryReactorClock, StringTransport
from twisted.python.failure import Failure
from websockets.frames import Frame, Opcode

from twistchat.core.limits import Rate
from twistchat.interfaces.ingress import LINES_A_TURN
from twistchat.interfaces.web import connection, member, service
from twistchat.interfaces.web.site import Site
from twistchat.interfaces.web.visit import OriginPolicy, origin_policy
from twistchat.wire import websocket

GET = "GET {} HTTP/1.1\nHost: 127.0.0.1:7980"
HANDSHAKE = (
    GET.format("/chat")
    + "\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13"
    + "\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
)


@pytest.fixture
def door(chat: Chat) -> WebDoor:
    return WebDoor(chat)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


# --- requests


def test_the_page_is_served_and_the_connection_goes_on(door: WebDoor) -> None:
    visitor = door.opens()
    page = visitor.asks_for(GET.format("/"))
    assert status(page) == 200
    assert b"Content-Type: text/html" in page
    assert b"<title>twistchat</title>" in page
    assert status(visitor.asks_for(GET.format("/nothing"))) == 404
    assert not visitor.is_closed


def test_head_gets_the_same_head_and_no_body(door: WebDoor) -> None:
    page = door.opens().asks_for(GET.format("/"))
    bare = door.opens().asks_for(GET.format("/").replace("GET", "HEAD"))
    assert bare == page.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def test_what_a_browser_has_is_not_sent_again(door: WebDoor) -> None:
    visitor = door.opens()
    tag = visitor.asks_for(GET.format("/")).partition(b"ETag: ")[2].partition(b"\r")[0].decode()
    assert status(visitor.asks_for(GET.format("/") + f"\nIf-None-Match: {tag}")) == 304


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
def test_other_methods_are_refused(door: WebDoor, method: str) -> None:
    visitor = door.opens()
    answer = visitor.asks_for(GET.format("/").replace("GET", method))
    assert status(answer) == 405
    assert b"Allow: GET, HEAD" in answer
    assert visitor.is_closed


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("nonsense", 400),
        (GET.format("/") + "\nContent-Length: 3", 400),
        (GET.format("/../etc/passwd"), 404),
        (GET.format("/%2e%2e/web.py"), 404),
        (GET.format("/chat"), 426),
        (GET.format("/") + "\nX: " + "x" * 8192, 400),
    ],
)
def test_what_cannot_be_answered_is_refused(door: WebDoor, request_: str, code: int) -> None:
    assert status(door.opens().asks_for(request_)) == code


def test_a_head_without_end_is_refused_and_the_connection_closed(door: WebDoor) -> None:
    visitor = door.opens()
    visitor.sends(b"GET / HTTP/1.1\r\nX: " + b"x" * 8192)
    assert status(visitor.gets()) == 431
    assert visitor.is_closed


@pytest.mark.parametrize("first", [b"\x16\x03\x01\x02\x00\x01", b"SSH-2.0-OpenSSH\r\n", b"GET / HTTP/1.0\n\n", b"\x00"])
def test_who_speaks_something_else_is_let_go_at_once(door: WebDoor, first: bytes) -> None:
    """Of TLS: a browser that tries https first would wait, and not try http."""
    visitor = door.opens()
    visitor.sends(first)
    assert status(visitor.gets()) == 400
    assert visitor.is_closed


def test_an_empty_line_may_stand_before_a_request(door: WebDoor) -> None:
    visitor = door.opens()
    for piece in (b"\r", b"\nGE", b"T / HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        visitor.sends(piece)
    assert status(visitor.gets()) == 200


def test_who_is_slow_with_a_request_is_let_go(door: WebDoor, chat: Chat) -> None:
    visitor = door.opens()
    for _ in range(5):
        visitor.sends(b"G")
        chat.clock.advance(connection.HEAD_SECONDS / 5 - 0.01)
    assert not visitor.is_closed
    chat.clock.advance(1)
    assert visitor.is_closed


def test_an_idle_connection_is_let_go(door: WebDoor, chat: Chat) -> None:
    visitor = door.opens()
    chat.clock.advance(connection.HEAD_SECONDS - 1)
    visitor.asks_for(GET.format("/"))
    chat.clock.advance(connection.HEAD_SECONDS - 1)
    assert not visitor.is_closed
    chat.clock.advance(2)
    assert visitor.is_closed


def test_several_requests_in_one_read_are_answered_in_their_order(door: WebDoor) -> None:
    visitor = door.opens()
    request = b"GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n"
    visitor.sends(request % b"/" + request % b"/nothing" + request % b"/"[:-2])
    answers = visitor.gets()
    assert answers.index(b" 200 OK") < answers.index(b" 404 Not Found")


def test_one_address_may_have_so_many_idle_connections(door: WebDoor) -> None:
    visitors = [door.opens("192.0.2.1") for _ in range(65)]
    assert [visitor.is_closed for visitor in visitors] == [False] * 64 + [True]
    visitors[0].hangs_up()
    assert not door.opens("192.0.2.1").is_closed


def test_the_page_may_be_below_a_path(chat: Chat) -> None:
    visitor = WebDoor(chat, "/some/where/").opens()
    assert status(visitor.asks_for(GET.format("/some/where/"))) == 200
    assert status(visitor.asks_for(GET.format("/"))) == 404
    moved = visitor.asks_for(GET.format("/some/where"))
    assert (status(moved), b"Location: /some/where/\r\n" in moved) == (308, True)
    assert status(visitor.asks_for(GET.format("/some/where/chat"))) == 426


@pytest.mark.parametrize("path", ["chat", "/chat", "//", "/a b/", "/\x1b/"])
def test_a_path_that_is_none_is_refused_at_the_start(path: str) -> None:
    with pytest.raises(Exception, match="this is no path"):
        Site(path, {})


# --- the opening handshake


def test_a_program_on_this_machine_needs_no_origin(door: WebDoor) -> None:
    assert status(door.opens().asks_for(HANDSHAKE)) == 101


@pytest.mark.parametrize(
    ("address", "origin", "code"),
    [
        ("192.0.2.1", "", 403),
        ("192.0.2.1", "\nOrigin: http://127.0.0.1:7980", 101),
        ("192.0.2.1", "\nOrigin: http://evil.example", 403),
        ("127.0.0.1", "\nOrigin: http://evil.example", 403),
        ("127.0.0.1", "\nOrigin: null", 403),
    ],
)
def test_a_page_from_elsewhere_may_not_talk(door: WebDoor, address: str, origin: str, code: int) -> None:
    visitor = door.opens(address)
    assert status(visitor.asks_for(HANDSHAKE + origin)) == code
    assert visitor.is_closed is (code != 101)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("Version: 13", "Version: 8"), 400),
        (("Key: AAAAAAAAAAAAAAAAAAAAAA==", "Key: short"), 400),
        (("\nConnection: Upgrade", ""), 426),
    ],
)
def test_a_handshake_that_is_none_is_refused(door: WebDoor, change: tuple[str, str], code: int) -> None:
    visitor = door.opens()
    answer = visitor.asks_for(HANDSHAKE.replace(*change))
    assert status(answer) == code
    assert b"nosniff" in answer
    assert visitor.is_closed


def test_behind_a_listed_proxy_the_real_address_counts(chat: Chat) -> None:
    door = WebDoor(chat, policy=origin_policy("127.0.0.1", None))
    visitor = door.opens()
    origin = "\nOrigin: http://127.0.0.1:7980\nX-Forwarded-For: 192.0.2.7"
    assert status(visitor.asks_for(HANDSHAKE + origin)) == 101
    assert [session.client.address for session in chat.hub.everyone] == ["192.0.2.7"]


def test_who_is_refused_is_told_why_before_the_close(chat: Chat) -> None:
    door = WebDoor(chat)
    for number in range(16):
        door.enters(f"guest{number}", "203.0.113.7")
    late = door.connects("203.0.113.7")
    assert [value["code"] for value in late.objects()] == ["too-many-connections"]
    assert late.close_code == 1008


def test_who_comes_to_a_full_server_is_told_so(door: WebDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(StringTransport, "fileno", lambda _self: 10**9, raising=False)
    late = door.connects()
    assert [value["code"] for value in late.objects()] == ["server-full"]
    assert late.close_code == 1008


def test_a_message_behind_the_handshake_in_one_read_is_taken(door: WebDoor, chat: Chat) -> None:
    hello = Frame(Opcode.TEXT, b'{"name":"ada"}').serialize(mask=True)
    door.opens().sends(HANDSHAKE.replace("\n", "\r\n").encode() + b"\r\n\r\n" + hello)
    assert "ada" in [session.name for session in chat.hub.everyone]


# --- frames


def masked(opcode: int, payload: bytes, fin: bool = True) -> bytes:
    return Frame(Opcode(opcode), payload, fin).serialize(mask=True)


BROKEN = {
    "not masked": (Frame(Opcode.TEXT, b"{}").serialize(mask=False), 1002),
    "not UTF-8": (masked(1, b"\xff\xfe"), 1007),
    "half a character": (masked(1, '{"name":"é'.encode()[:-1]), 1007),
    "binary": (masked(2, b"binary"), 1003),
    "binary in fragments": (masked(2, b"bin", fin=False) + masked(0, b"ary"), 1003),
    "continuing nothing": (masked(0, b"..."), 1002),
    "a message within another": (masked(1, b"{", fin=False) + masked(1, b"}"), 1002),
    "a huge length": (b"\x81\xff" + struct.pack("!Q", 2**62) + b"mask", 1009),
    "too large in fragments": (masked(1, b"x" * 40_000, fin=False) + masked(0, b"x" * 40_000), 1009),
    "reserved bits": (b"\xf1\x80mask", 1002),
    "a reserved opcode": (b"\x83\x80mask", 1002),
    "a ping in fragments": (b"\x09\x80mask", 1002),
    "a long ping": (b"\x89\xfe\x00\x7emask" + b"x" * 126, 1002),
    "half a close code": (b"\x88\x81mask\x00", 1002),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_frame_ends_the_connection_with_the_right_code(door: WebDoor, chat: Chat, what: str) -> None:
    data, code = BROKEN[what]
    eve, ada = chat.enters("eve"), door.enters("ada")
    eve.hears()
    ada.protocol.dataReceived(data)
    assert ada.close_code == code
    assert ada.is_closed
    assert eve.hears() == ["-ada"]


def test_a_message_may_come_in_fragments_with_pings_between(door: WebDoor) -> None:
    ada = door.enters("ada")
    text = '{"line":"早上好"}'.encode()
    for piece in (
        masked(1, text[:10], False),
        masked(9, b"there?"),
        masked(0, text[10:13], False),
        masked(0, text[13:]),
    ):
        for byte in piece:
            ada.protocol.dataReceived(bytes([byte]))
    assert ada.hears() == ["ada: 早上好"]


def test_a_message_of_the_longest_size_is_taken_and_its_line_refused(door: WebDoor) -> None:
    ada = door.enters("ada")
    frame = b'{"line":"' + b"x" * (64 * 1024 - 11) + b'"}'
    ada.protocol.dataReceived(masked(1, frame))
    assert ada.hears() == ["That line is too long: 4096 bytes at most. It was not sent; send it in parts."]


@pytest.mark.parametrize("fin", [True, False])
def test_of_a_frame_that_is_not_there_as_a_whole_all_bytes_are_kept_by_us(door: WebDoor, fin: bool) -> None:
    ada = door.enters("ada")
    for byte in (frame := wire(1, b'{"line":"' + b"x" * 300 + b'"}', fin=fin, wasted=2))[:-1]:
        ada.protocol.dataReceived(bytes([byte]))
    far_end = ada.protocol._member
    assert far_end is not None
    assert bytes(far_end._unparsed) == frame[:-1]
    assert not far_end._frames._socket.reader.buffer


def test_a_line_that_is_too_long_is_refused_by_its_id(door: WebDoor) -> None:
    ada = door.enters("ada")
    came = ada.tells({"line": "x" * 5000, "id": "7"})
    assert [(value["kind"], value["code"], value["id"]) for value in came] == [("refused", "line-too-long", "7")]


def test_a_client_that_closes_is_answered_and_gone(door: WebDoor, chat: Chat) -> None:
    eve, ada = chat.enters("eve"), door.enters("ada")
    eve.hears()
    ada.socket.send_close(1001)
    assert ada.close_code == 1001
    assert ada.is_closed
    assert eve.hears() == ["-ada"]


def test_a_client_that_does_not_answer_the_close_is_closed_all_the_same(door: WebDoor, chat: Chat) -> None:
    ada = door.enters("ada")
    ada.protocol.dataReceived(masked(1, b'{"line":"/quit"}'))
    chat.turn()
    assert not ada.is_closed
    chat.clock.advance(member.CLOSE_SECONDS)
    assert ada.is_closed


def test_a_dead_peer_is_found_by_pings(door: WebDoor, chat: Chat) -> None:
    visitor = door.opens()
    visitor.asks_for(HANDSHAKE)
    visitor.sends(masked(1, b'{"name":"ada"}'))
    visitor.gets()
    for _ in range(member.MOST_UNANSWERED):
        chat.clock.advance(member.PING_SECONDS)
        assert visitor.gets() == b"\x89\x00"
    assert not visitor.was_aborted
    chat.clock.advance(member.PING_SECONDS)
    assert visitor.was_aborted


def test_a_living_peer_stays(door: WebDoor, chat: Chat) -> None:
    ada = door.enters("ada")
    for _ in range(10):
        for _ in range(member.MOST_UNANSWERED):
            chat.clock.advance(member.PING_SECONDS)
        ada.pump()
    assert not ada.was_aborted
    assert ada.asks("hi") == ["ada: hi"]


def test_a_frame_for_many_is_made_once(door: WebDoor, chat: Chat, monkeypatch: Any) -> None:
    people = [door.enters(name) for name in ("ada", "bob", "cid")]
    made: list[Any] = []
    framed = websocket.framed
    monkeypatch.setattr(websocket, "framed", lambda line: made.append(line) or framed(line))
    people[0].protocol.dataReceived(masked(1, b'{"line":"hi"}'))
    made.clear()
    chat.turn()
    assert len(made) == 1
    assert [person.hears()[-1] for person in people] == ["ada: hi"] * 3


def wire(opcode: int, payload: bytes, fin: bool = True, mask: bytes | None = b"mask", wasted: int = 0) -> bytes:
    """A frame with nothing checked; its length may take more bytes than it needs."""
    length = len(payload)
    form = max(wasted, 0 if length < 126 else 1)
    size = [bytes([length % 126]), b"\x7e" + struct.pack("!H", length), b"\x7f" + struct.pack("!Q", length)][form]
    size = bytes([size[0] | (0x80 if mask else 0)]) + size[1:]
    hidden = payload if mask is None else bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return bytes([opcode | (0x80 if fin else 0)]) + size + (mask or b"") + hidden


LONG_LINE = b'{"line":"' + b"x" * 3000 + b'"}'
LINES = st.text(max_size=60).map(
    lambda text: json.dumps({"line": "." + text}, ensure_ascii=False).encode("utf-8", "replace")
)
COMMON = st.builds(wire, st.just(1), LINES, mask=st.binary(min_size=4, max_size=4))
RARE = st.one_of(
    st.builds(wire, st.just(1), LINES, wasted=st.integers(0, 2)),
    st.builds(wire, st.sampled_from([0, 1]), LINES, fin=st.booleans()),
    st.builds(wire, st.sampled_from([9, 10]), st.binary(max_size=10)),
    st.builds(wire, st.integers(0, 15), st.binary(max_size=10), st.booleans(), st.sampled_from([b"mask", None])),
    st.just(wire(1, LONG_LINE)),
    st.just(wire(8, b"\x03\xe8")),
    st.binary(max_size=8),
)


@examples(100)
@given(
    st.lists(st.one_of(COMMON, COMMON, RARE), max_size=12).map(b"".join),
    st.lists(st.integers(0, 600), max_size=6),
    st.sampled_from([None, Rate(2.0, 3)]),
)
def test_messages_that_are_read_the_short_way_bring_the_same(data: bytes, cuts: list[int], flood: Rate | None) -> None:
    """Whatever is sent in whatever reads, nothing differs from having websockets read all of it."""
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    reads = [data[start:end] for start, end in pairwise(edges)]

    def outcome() -> Any:
        chat = Chat(flood=flood)
        eve, ada = chat.enters("eve"), WebDoor(chat).enters("ada")
        eve.hears()
        for read in reads:
            ada.protocol.dataReceived(read)
            chat.turn()
        chat.clock.pump([0.5] * 30)
        answers, code = sorted(ada.hears()), ada.close_code  # a refusal may overtake a line that waits for its turn
        return eve.hears(), code, ada.is_closed, answers if code is None else "closed, perhaps before they came"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(member, "whole_text", lambda _data, _start: None)
        expected = outcome()
    assert outcome() == expected


# --- slow, fast and many


def test_a_read_full_of_tiny_messages_is_taken_in_turns(door: WebDoor, chat: Chat) -> None:
    ada = door.enters("ada")
    ada.protocol.dataReceived(masked(1, b'{"line":"x"}') * 1000)
    assert chat.queued == LINES_A_TURN
    assert ada.hears() == ["ada: x"] * 1000


def test_a_talker_who_is_held_back_is_read_no_further_than_the_limit(chat: Chat) -> None:
    chat.limit(flood=Rate(2.0, 10))
    door = WebDoor(chat)
    eve, ada = chat.enters("eve"), door.enters("ada")
    eve.hears()
    message = masked(1, b'{"line":"' + b"x" * 1000 + b'"}')
    sent = 0
    while ada.transport.producerState == "producing" and sent < 300:
        ada.protocol.dataReceived(message)
        chat.turn()
        sent += 1
    assert 60 < sent < 100
    for _ in range(120):
        chat.clock.advance(0.5)
        ada.pump()
    assert ada.transport.producerState == "producing"
    assert len([line for line in eve.hears() if "xxx" in line]) == sent
    assert not ada.was_aborted


def test_messages_without_a_byte_that_wait_for_a_talker_who_is_held_back_are_bounded_too(chat: Chat) -> None:
    chat.limit(flood=Rate(2.0, 10))
    ada = WebDoor(chat).enters("ada")
    sent = 0
    while ada.transport.producerState == "producing" and sent < 10**6:
        ada.protocol.dataReceived(masked(1, b"") * 1000)
        chat.turn()
        sent += 1000
    assert sent < 20_000


def test_what_is_said_in_one_read_with_a_close_is_answered_before_it(door: WebDoor) -> None:
    ada = door.enters("ada")
    ada.protocol.dataReceived(masked(1, b'{"line":"hi","id":"1"}') + masked(8, b"\x03\xe8"))
    assert [value["kind"] for value in ada.objects()] == ["said", "done"]
    assert ada.close_code == 1000


def test_a_talker_whose_connection_is_lost_while_held_back_is_gone_at_once(chat: Chat) -> None:
    chat.limit(flood=Rate(2.0, 10))
    eve, ada = chat.enters("eve"), WebDoor(chat).enters("ada")
    ada.protocol.dataReceived(masked(1, b'{"line":"x"}') * 30)
    chat.turn()
    eve.hears()
    ada.protocol.connectionLost(Failure(ConnectionLost()))
    chat.turn()
    assert eve.hears() == ["-ada"]


def test_who_closes_with_lines_still_waiting_says_them_at_the_pace_of_the_limit(chat: Chat) -> None:
    chat.limit(flood=Rate(2.0, 1))
    eve, ada = chat.enters("eve"), WebDoor(chat).enters("ada")
    chat.clock.advance(10)
    eve.hears()
    ada.protocol.dataReceived(masked(1, b'{"line":"x"}') * 9 + masked(8, b""))
    chat.clock.pump([0.5] * 4)
    assert 3 <= len(eve.hears()) <= 6
    assert not ada.is_closed
    chat.clock.pump([0.5] * 20)
    assert eve.hears()[-2:] == ["ada: x", "-ada"]
    assert ada.close_code is not None
    assert "ada" not in chat.names


def test_what_is_said_just_before_a_close_is_heard(door: WebDoor, chat: Chat) -> None:
    eve, ada = chat.enters("eve"), door.enters("ada")
    eve.hears()
    ada.protocol.dataReceived(masked(1, b'{"line":"x"}') * 500 + masked(8, b"\x03\xe8"))
    assert not ada.is_closed
    assert ada.close_code == 1000
    assert eve.hears() == ["ada: x"] * 500 + ["-ada"]


def test_who_does_not_read_is_let_go(chat: Chat) -> None:
    chat.limit(backlog=4096)
    door = WebDoor(chat)
    ada, eve = door.enters("ada"), chat.enters("eve")
    ada.protocol._egress.pauseProducing()
    for _ in range(8):
        eve.sends("x" * 1000)
    assert ada.was_aborted


@examples(60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.binary(min_size=1, max_size=60), max_size=8), st.booleans())
def test_random_bytes_break_nothing(reads: list[bytes], after: bool) -> None:
    chat = Chat()
    door = WebDoor(chat)
    visitor = door.enters("ada") if after else door.opens()
    for read in reads:
        visitor.protocol.dataReceived(read)
        chat.turn()
    visitor.hangs_up()
    assert not chat.hub.everyone
    assert not [call for call in chat.clock.getDelayedCalls() if "hang_up" in repr(call)]


@examples(60)
@given(st.lists(st.text(max_size=40), max_size=6), st.booleans())
def test_any_text_is_an_answer_and_no_end(texts: list[str], named: bool) -> None:
    chat = Chat()
    door = WebDoor(chat)
    peer: WebPeer = door.enters("ada") if named else door.connects()
    for text in texts:
        peer.protocol.dataReceived(masked(1, text.encode("utf-8", "replace")))
    peer.pump()
    assert peer.close_code is None


def test_the_language_of_a_hello_is_spoken_where_there_is_one(door: WebDoor) -> None:
    peer = door.connects()
    came = peer.tells({"name": "ada", "lang": "xx"}, {"line": "/ping 1"})
    assert "pong 1" in [value.get("text") for value in came]


def test_a_hello_of_another_version_is_refused(door: WebDoor) -> None:
    came = door.connects().tells({"v": 9, "name": "ada"})
    assert [value["code"] for value in came] == ["not-a-request"]


def test_a_silent_visitor_is_asked_for_a_name_only_so_long(door: WebDoor, chat: Chat) -> None:
    peer = door.connects()
    for _ in range(4):
        chat.clock.advance(16)
        peer.pump()
    assert peer.close_code == 1000


def test_stopping_lets_idle_connections_go(chat: Chat) -> None:
    door = WebDoor(chat)
    serving = service.WebService(MemoryReactorClock(), "web", "tcp:7980", door.factory, "")
    serving.startService()
    visitor, ada = door.opens(), door.enters("ada")
    serving.stopService()
    assert visitor.is_closed
    assert not ada.is_closed


def test_nothing_is_free_for_a_stranger(chat: Chat) -> None:
    assert not OriginPolicy().is_proxy("127.0.0.1")


def test_who_never_stops_sending_is_let_go(chat: Chat) -> None:
    chat.limit(flood=Rate(2.0, 10))
    eve, ada = chat.enters("eve"), WebDoor(chat).enters("ada")
    for _ in range(1000):
        if ada.transport.producerState == "producing":
            ada.protocol.dataReceived(masked(1, b'{"line":"' + b"x" * 1000 + b'"}'))
        chat.clock.advance(0.1)
    eve.hears()
    assert [value.get("code") for value in ada.objects()][-1] == "never-stops"
    assert ada.close_code == 1008
    assert "ada" not in [session.name for session in chat.hub.everyone]


def test_nothing_follows_a_closing_frame(door: WebDoor) -> None:
    ada = door.enters("ada")
    ada.protocol.dataReceived(masked(1, b'{"line":"/quit","id":"1"}'))
    ada.door.chat.turn()
    assert ada.gets().endswith(b"\x88\x02\x03\xe8")
