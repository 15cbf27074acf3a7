"""Line chat at the level of bytes; what it shares with the other interfaces is in contract.py."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.dialect import came
from support.examples import examples
from support.lines import LineDoor, LinePeer
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from twistchat.core.alone import ALONE_SECONDS
from twistchat.core.limits import DEFAULT_FLOOD, Rate
from twistchat.interfaces.ingress import FULL_SECONDS, LINES_A_TURN, MOST_FOR_NEXT_TURN, Ingress
from twistchat.interfaces.tcp import connection, first_read
from twistchat.interfaces.tcp.pacer import GAP_SECONDS
from twistchat.languages import loaded
from twistchat.wire.telnet import TelnetFilter

IAC, DONT, DO, WONT, WILL, SB, SE = (bytes([code]) for code in (255, 254, 253, 252, 251, 250, 240))
PUTTY = bytes.fromhex("fffb1f fffb20 fffb18 fffb27 fffd01 fffb03 fffd03")  # NAWS, TSPEED, TTYPE, ENVIRON, ECHO, SGA
REFUSED_TOO_LONG = b"That line is too long: 4096 bytes at most. It was not sent; send it in parts.\r\n"


@pytest.fixture
def door(chat: Chat) -> LineDoor:
    return LineDoor(chat)


@pytest.fixture
def eve(chat: Chat) -> Any:
    """Somebody who listens, on a connection of another kind."""
    return chat.enters("eve")


# --- the connection


def test_the_prompt_is_eight_bytes_alone(door: LineDoor) -> None:
    assert door.connects().greeting == b"NICKNAME"


def test_lines_go_out_with_crlf(door: LineDoor) -> None:
    peer = door.connects()
    peer.sends(b"ada\n")
    assert peer.gets() == f"Connected to server!\r\n{came('ada')}\r\n".encode()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_lines_come_in_with_lf_or_crlf(door: LineDoor, eve: Any, end: bytes) -> None:
    door.connects().sends(b"ada" + end, b"hi" + end + b"there" + end)
    assert eve.hears() == ["+ada", "ada: hi", "ada: there"]


def test_a_line_may_come_in_any_pieces(door: LineDoor, eve: Any) -> None:
    door.connects().sends(b"a", b"d", b"a\r", b"\nhe", b"llo\r\n")
    assert eve.hears() == ["+ada", "ada: hello"]


def test_a_character_split_between_two_reads_is_whole(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    line = "你好\n".encode()
    ada.sends(line[:1], line[1:4], line[4:5], line[5:])
    assert eve.hears() == ["ada: 你好"]


def test_gb18030_is_understood_where_it_is_not_utf_8(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends("你好，小明\n".encode("gb18030"))
    assert eve.hears() == ["ada: 你好，小明"]


def test_a_line_that_is_no_text_is_refused(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"caf\x80\xe9 \x81\n")
    assert ada.hears() == ["That line is not text in UTF-8. It was not sent; set your terminal to UTF-8."]
    assert eve.hears() == []


def test_nul_bytes_are_taken_out(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"h\0i\r\0\n")
    assert eve.hears() == ["ada: hi"]


def test_the_rest_of_a_connection_that_is_no_line_is_not_said(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends("whole\nhalf 你".encode()[:-1])
    ada.protocol.connectionLost(Failure(ConnectionLost()))
    door.chat.turn()
    assert eve.hears() == ["ada: whole", "-ada"]


def test_losing_a_connection_twice_is_once(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.says("/quit")
    ada.hangs_up()
    assert eve.hears() == ["-ada"]
    assert door.chat.clock.getDelayedCalls() == []


def test_nobody_waits_for_a_name_for_ever(door: LineDoor) -> None:
    peer = door.connects()
    door.chat.clock.advance(59)
    assert not peer.is_closed
    door.chat.clock.advance(1)
    assert peer.hears() == ["No name came within 60 seconds. Connect again and type a name."]
    assert peer.is_closed


def test_the_seventeenth_connection_of_an_address_is_told_why_and_closed(door: LineDoor) -> None:
    peers = [door.connects("192.0.2.1") for _ in range(17)]
    assert [peer.greeting for peer in peers[:16]] == [b"NICKNAME"] * 16
    assert peers[16].greeting.startswith(b"Your address has 16 connections open")
    assert peers[16].is_closed
    peers[16].sends(b"ada\n")
    peers[16].hangs_up()
    peers[0].hangs_up()
    assert door.connects("192.0.2.1").greeting == b"NICKNAME"


# --- what is no chat


@pytest.mark.parametrize(
    "greeting",
    [
        b"GET / HTTP/1.1\r\nHost: localhost:7976\r\n\r\n",
        b"POST /x HTTP/1.0\r\n\r\nada\nhi\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\n" * 500,
    ],
)
def test_browsers_and_tls_clients_are_hung_up_on(door: LineDoor, chat: Chat, greeting: bytes) -> None:
    peer = door.connects()
    peer.sends(greeting)
    assert peer.is_closed
    assert peer.gets() == b""
    assert not chat.hub.everyone


def test_somebody_in_the_room_may_speak_of_http(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"GET / HTTP/1.1\r\n")
    assert eve.hears() == ["ada: GET / HTTP/1.1"]


# --- telnet


def test_puttys_opening_is_answered_with_no_and_does_not_reach_the_room(door: LineDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(PUTTY)
    assert peer.gets() == b"".join(
        IAC + (DONT if PUTTY[at + 1 : at + 2] == WILL else WONT) + PUTTY[at + 2 : at + 3]
        for at in range(0, len(PUTTY), 3)
    )
    door.chat.clock.advance(first_read.LONE_KEY_SECONDS)
    peer.sends(b"ada\r\n")
    assert eve.hears() == ["+ada"]


@pytest.mark.parametrize("cut", range(1, 12))
def test_negotiation_in_the_middle_of_a_line_breaks_nothing_wherever_it_is_cut(
    door: LineDoor, eve: Any, cut: int
) -> None:
    ada = door.enters("ada")
    eve.hears()
    line = b"he" + IAC + SB + b"\x18x" + IAC + SE + IAC + DO + b"\x06llo\r\n"
    ada.sends(line[:cut], line[cut:])
    assert eve.hears() == ["ada: hello"]


@pytest.mark.parametrize("command", [IAC + DO + b"\x01", IAC + IAC, IAC + b"\xf1", IAC + SB + IAC + b"\xf0"])
def test_a_read_full_of_commands_is_no_telnet_and_answered_by_nothing(
    door: LineDoor, eve: Any, command: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each costs a step of Python, which together would hold the reactor."""
    steps = []
    take = TelnetFilter._take_command

    def counting(telnet: TelnetFilter, *more: Any) -> int:
        steps.append(1)
        return take(telnet, *more)

    monkeypatch.setattr(TelnetFilter, "_take_command", counting)
    ada = door.enters("ada")
    ada.protocol.dataReceived(command * (65536 // len(command)))
    assert not ada.gets().startswith(IAC)
    assert len(steps) <= 2


def test_a_subnegotiation_that_never_ends_does_not_swallow_the_connection(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(IAC + SB + b"\x18", b"x" * 1100 + b"\n", b"hi\n")
    assert eve.hears()[-1] == "ada: hi"


def test_who_types_key_by_key_with_pauses_and_rubs_out_is_a_person(door: LineDoor, eve: Any) -> None:
    peer = door.connects()
    for key in (b"b", b"d", b"\x7f", b"o", b"x", b"\b", b"b", b"\r\n"):
        peer.sends(key)
        door.chat.clock.advance(1.0)
    for character in "嗨!\x7f？\r\n":
        for byte in character.encode():
            peer.sends(bytes([byte]))
        door.chat.clock.advance(1.0)
    assert eve.hears() == ["+bob", "bob: 嗨？"]
    assert not peer.protocol.one_try


def test_who_begins_with_telnet_and_then_types_without_a_newline_is_a_person(door: LineDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(IAC, DO + b"\x01" + b"ad")
    door.chat.clock.advance(10)
    peer.sends(b"a\n")
    assert eve.hears() == ["+ada"]


# --- the tutorial's client


def unframed(door: LineDoor, name: str = "ada") -> LinePeer:
    """Somebody who came by the threaded tutorial's client; what they heard on the way is forgotten."""
    peer = door.connects()
    peer.sends(name.encode())
    door.chat.clock.advance(first_read.SILENCE_SECONDS)
    door.chat.clock.advance(GAP_SECONDS)
    peer.gets()
    return peer


def test_a_nickname_without_a_newline_and_silence_make_an_unframed_client(door: LineDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(b"ada")
    door.chat.clock.advance(first_read.SILENCE_SECONDS - 0.01)
    assert eve.hears() == []
    door.chat.clock.advance(0.01)
    door.chat.turn()
    assert peer.gets() == f"Connected to server!\n{came('ada')}".encode()
    assert eve.hears() == ["+ada"]


def test_a_nickname_of_one_letter_takes_longer_as_it_may_be_a_key(door: LineDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(b"x")
    door.chat.clock.advance(first_read.LONE_KEY_SECONDS - 0.01)
    assert eve.hears() == []
    door.chat.clock.advance(0.02)
    assert peer.gets() == f"Connected to server!\n{came('x')}".encode()


def test_a_nickname_of_one_letter_is_known_by_the_first_message(door: LineDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(b"x")
    door.chat.clock.advance(1)
    peer.sends(b"x: hello")
    assert eve.hears() == ["+x", "x: hello"]


def test_an_unframed_clients_own_name_is_taken_off(door: LineDoor, eve: Any) -> None:
    ada = unframed(door)
    eve.hears()
    ada.sends(b"ada: hello")
    ada.sends(b"ada: ada: again")
    ada.sends(b"bare")
    assert eve.hears() == ["ada: hello", "ada: ada: again", "ada: bare"]


def test_sends_of_an_unframed_client_that_arrive_as_one_are_told_apart(door: LineDoor, eve: Any) -> None:
    ada = unframed(door)
    eve.hears()
    ada.sends(b"ada: oneada: two, says ada: meada: three")
    assert eve.hears() == ["ada: one", "ada: two, says ada: me", "ada: three"]


def test_an_unframed_client_gets_ascii_only(door: LineDoor, eve: Any) -> None:
    ada = unframed(door)
    eve.sends("你好 ok")
    assert ada.gets() == b"eve: ?? ok"


def test_frames_sent_soon_after_one_another_are_lines_of_one_for_an_unframed_client(door: LineDoor, eve: Any) -> None:
    """TCP puts together what is sent in a hurry, and nothing of such a client's frames says where one ends."""
    ada = unframed(door)
    eve.sends("one")
    assert ada.gets() == b"eve: one"
    eve.sends("two")
    eve.sends("three")
    assert ada.gets() == b""
    door.chat.clock.advance(GAP_SECONDS)
    assert ada.gets() == b"eve: two\neve: three"
    eve.sends("four")
    door.chat.clock.advance(GAP_SECONDS)
    assert ada.gets() == b"eve: four"
    door.chat.clock.advance(GAP_SECONDS)
    eve.sends("five")
    assert ada.gets() == b"eve: five"


def test_what_waits_for_an_unframed_client_is_sent_before_it_is_closed(door: LineDoor, eve: Any) -> None:
    ada = unframed(door)
    eve.sends("one")
    ada.sends(b"ada: /quit")
    assert ada.gets() == b"eve: one\nGoodbye."
    assert ada.is_closed
    ada.hangs_up()
    assert door.chat.clock.getDelayedCalls() == []


def test_what_waits_for_an_unframed_client_is_bounded(chat: Chat, door: LineDoor, eve: Any) -> None:
    chat.limit(backlog=1000)
    ada = unframed(door)
    for _ in range(4):
        eve.sends("x" * 400)
    assert len(ada.gets()) > 800


def test_a_refused_name_closes_an_unframed_client_as_it_would_give_it_for_ever(door: LineDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(b"eve")
    door.chat.clock.advance(first_read.SILENCE_SECONDS)
    assert peer.gets() == b"eve is taken, or looks like a name that is. Choose another name."
    assert peer.is_closed


def test_a_newline_makes_lines_of_an_unframed_clients_messages_with_its_prefix_or_without(
    door: LineDoor, eve: Any
) -> None:
    ada = unframed(door)
    eve.hears()
    ada.sends("ada: 你好\r\n".encode())
    assert eve.hears() == ["ada: 你好"]
    assert ada.gets() == "ada: 你好\r\n".encode()
    ada.sends(b"in pie", b"ces\nada: again\n")
    assert eve.hears() == ["ada: in pieces", "ada: again"]


TEXTS = st.lists(st.text("abé好:,!", min_size=1, max_size=5), min_size=1, max_size=4).map(" ".join)


@examples(50)
@given(
    lines=st.lists(st.tuples(st.sampled_from(["", "ada: "]), TEXTS, st.sampled_from(["\n", "\r\n"])), max_size=6),
    cuts=st.sets(st.integers(1, 200)),
)
def test_wherever_reads_are_cut_the_own_name_is_taken_off_lines_whatever_ends_them(
    lines: list[tuple[str, str, str]], cuts: set[int]
) -> None:
    chat = Chat()
    door, eve = LineDoor(chat), chat.enters("eve")
    ada = unframed(door)
    eve.hears()
    ada.sends(b"ada: this one ends its lines\n")
    written = "".join("".join(line) for line in lines).encode()
    for begin, end in pairwise(sorted({0, len(written), *(cut for cut in cuts if cut < len(written))})):
        ada.sends(written[begin:end])
    assert eve.hears() == ["ada: this one ends its lines", *(f"ada: {text}" for _, text, _ in lines)]


@examples(50)
@given(reads=st.lists(st.lists(TEXTS, min_size=1, max_size=4), max_size=4))
def test_however_many_sends_of_an_unframed_client_arrive_as_one_each_is_a_message(reads: list[list[str]]) -> None:
    chat = Chat()
    door, eve = LineDoor(chat), chat.enters("eve")
    ada = unframed(door)
    eve.hears()
    for texts in reads:
        ada.sends("".join(f"ada: {text}" for text in texts).encode())
    assert eve.hears() == [f"ada: {text}" for texts in reads for text in texts]


def test_a_first_message_that_ends_in_a_newline_may_come_at_once(door: LineDoor, eve: Any) -> None:
    ada = door.connects()
    ada.sends(b"ada")
    ada.sends(b"ada: hi\n", b"ada: again\n")
    assert eve.hears()[1:] == ["ada: hi", "ada: again"]


@pytest.mark.parametrize("first", [b"   ", IAC, "é".encode(), b"\x7f", b"\r"])
def test_what_can_be_no_nickname_makes_no_unframed_client(door: LineDoor, first: bytes) -> None:
    peer = door.connects()
    peer.sends(first)
    door.chat.clock.advance(first_read.LONE_KEY_SECONDS)
    assert not peer.protocol.one_try
    assert not peer.is_closed


def test_messages_of_an_unframed_client_in_one_read_are_held_to_the_limit(door: LineDoor, chat: Chat) -> None:
    eve, ada = chat.enters("eve"), unframed(door)
    chat.limit(flood=DEFAULT_FLOOD)
    eve.hears()
    ada.sends(b"ada: x" * 500)
    assert len(eve.hears()) <= DEFAULT_FLOOD.at_once + 1
    chat.clock.pump([0.5] * 20)
    assert 18 <= len(eve.hears()) <= 22


def test_an_unframed_clients_message_over_the_limit_is_refused(door: LineDoor, eve: Any) -> None:
    ada = unframed(door)
    eve.hears()
    ada.sends(b"x" * 5000)
    assert ada.gets() == REFUSED_TOO_LONG.rstrip()
    assert eve.hears() == []


# --- too much


def test_ten_megabytes_without_a_newline_are_refused_once_and_kept_nowhere(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    for _ in range(160):
        ada.protocol.dataReceived(b"x" * 65536)
        assert ada.protocol.waiting < 2 * 65536
    door.chat.turn()
    assert ada.gets() == REFUSED_TOO_LONG
    ada.sends(b"end\nhi\n")
    door.chat.turn()
    assert eve.hears() == ["ada: hi"]


def test_lines_that_are_too_long_are_held_to_the_flood_limit_like_any_other(chat: Chat, door: LineDoor) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    for _ in range(100):
        ada.sends((b"x" * 5000 + b"\n") * 2)
    assert ada.gets().count(REFUSED_TOO_LONG) <= DEFAULT_FLOOD.at_once + 1


def test_a_read_full_of_newlines_is_taken_in_slices(door: LineDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = door.enters("ada")
    taken = [0]
    take, begin = connection.ChatLineProtocol._take_line, Ingress.go_on

    def counting(*line: Any) -> None:
        taken[-1] += 1
        take(*line)

    def beginning(ingress: Ingress) -> None:
        reads_on = len(taken) == 1 or ada.protocol.waiting < MOST_FOR_NEXT_TURN
        assert ada.transport.producerState == ("producing" if reads_on else "paused")
        taken.append(0)
        begin(ingress)

    monkeypatch.setattr(connection.ChatLineProtocol, "_take_line", counting)
    monkeypatch.setattr(Ingress, "go_on", beginning)
    ada.protocol.dataReceived(b"\n" * 65536)
    while ada.protocol.waiting:
        door.chat.turn()
    assert sum(taken) == 65536
    assert max(taken) <= LINES_A_TURN


def test_lines_in_slices_keep_their_order_and_none_is_lost(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"".join(b"%d\n" % number for number in range(1000)))
    for _ in range(1000 // LINES_A_TURN + 1):
        door.chat.turn()
    assert eve.hears() == [f"ada: {number}" for number in range(1000)]


def test_a_talker_who_is_held_back_loses_no_line(chat: Chat, door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    eve.hears()
    for number in range(60):
        ada.sends(b"%d\n" % number)
    chat.clock.pump([0.5] * 60)
    assert eve.hears() == [f"ada: {number}" for number in range(60)]


def test_lines_that_come_while_the_log_is_slow_wait_and_none_is_lost(chat: Chat, door: LineDoor, eve: Any) -> None:
    chat.log.slow = True
    ada = door.connects()
    ada.sends(b"ada\n" + b"".join(b"%d\n" % number for number in range(500)))
    chat.clock.pump([0.05] * 20)
    chat.log.hurry()
    chat.clock.pump([0.05] * 20)
    assert eve.hears()[1:] == [f"ada: {number}" for number in range(500)]


def test_a_talker_who_is_held_back_is_read_no_further_than_so_far(chat: Chat, door: LineDoor) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    ada.sends(b"x\n" * 100)
    assert ada.transport.producerState == "producing"
    ada.sends(b"x\n" * 32768)
    assert ada.transport.producerState == "paused"
    chat.clock.advance(1)
    assert ada.transport.producerState == "paused"


def test_a_paste_of_200_lines_arrives_whole_and_slowly(chat: Chat, door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    eve.hears()
    ada.sends(b"".join(b"line %d of a longer text\n" % number for number in range(200)))
    assert len(eve.hears()) <= DEFAULT_FLOOD.at_once + 1
    chat.clock.pump([0.5] * 100)
    assert len(eve.hears()) == pytest.approx(100, abs=2)
    chat.clock.pump([0.5] * 100)
    assert eve.hears()[-1] == "ada: line 199 of a longer text"
    assert not ada.is_closed
    assert sum("faster than the limit" in line for line in ada.hears()) < 15


def test_a_talker_who_never_stops_is_let_go_after_a_minute_with_a_sentence(
    chat: Chat, door: LineDoor, eve: Any
) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    for _ in range(int(FULL_SECONDS) - 1):
        ada.sends(b"x\n" * 32768)
        chat.clock.pump([0.5] * 2)
    assert not ada.is_closed
    ada.hears(), eve.hears()
    chat.clock.pump([0.5] * 4)
    assert b"came faster than the limit for 60 seconds" in ada.gets()
    assert ada.is_closed
    assert eve.hears()[-1] == "-ada"


def test_a_talker_who_stops_in_time_may_stay(chat: Chat, door: LineDoor) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    ada.sends(b"x\n" * 33_000)
    assert ada.transport.producerState == "paused"
    chat.clock.advance(FULL_SECONDS / 2)
    chat.limit(flood=Rate(1e9, 20_000))
    chat.clock.pump([0.1] * 1200)
    chat.limit(flood=DEFAULT_FLOOD)
    ada.sends(b"x\n" * 100)
    chat.clock.pump([FULL_SECONDS] * 2)
    assert not ada.is_closed


def test_a_talker_who_is_held_back_and_whose_connection_is_lost_is_gone_at_once(
    chat: Chat, door: LineDoor, eve: Any
) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    ada.sends(b"x\n" * 100)
    eve.hears()
    assert ada.transport.producerState == "producing"  # or nobody would see the end of the connection
    ada.protocol.connectionLost(Failure(ConnectionLost()))
    chat.turn()
    assert eve.hears() == ["-ada"]
    assert chat.clock.getDelayedCalls() == []


def test_quitting_in_the_last_line_of_a_slice_ends_the_connection(door: LineDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"\n" * (LINES_A_TURN - 1) + b"/quit\n" + b"too late\n" * 100)
    door.chat.turn()
    assert eve.hears() == ["-ada"]
    assert ada.is_closed
    ada.sends(b"x" * 100_000)
    assert ada.protocol.waiting < 65536
    ada.hangs_up()
    assert door.chat.clock.getDelayedCalls() == []


def test_a_changed_limit_holds_for_those_who_are_here(chat: Chat, door: LineDoor) -> None:
    ada = door.enters("ada")
    chat.limit(line_bytes=100)
    ada.sends(b"x" * 200 + b"\n")
    assert ada.hears() == ["That line is too long: 100 bytes at most. It was not sent; send it in parts."]


# --- anything at all

FRAGMENTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"\n", b"\r\n", b"\0", IAC, IAC + IAC, IAC + SB, IAC + SE, IAC + DO + b"\x01", b"/", b"/who\n", b"/nick ",
         b"ada: ", b"\x1b[", "你".encode(), "你".encode("gb18030"), b"\xff\xfe", b"\x16\x03\x01", b" HTTP/1.1\r\n",
         b"x" * 5000, b"/quit\n", b"\b", b"\xe4\xbd"]
    ),
)  # fmt: skip


@examples(200)
@given(reads=st.lists(FRAGMENTS, max_size=12), pause=st.sampled_from([0.0, 0.1, 0.4, 6.0]), named=st.booleans())
def test_no_bytes_raise_or_break_anybody_elses_lines(reads: list[bytes], pause: float, named: bool) -> None:
    chat = Chat()
    door = LineDoor(chat)
    eve, bob = chat.enters("eve"), door.enters("bob")
    stranger = door.enters("ada") if named else door.connects()
    for read in reads:
        if not stranger.is_closed:
            stranger.sends(read)
            chat.clock.advance(pause)
    if not stranger.is_closed:
        stranger.gets()
    stranger.hangs_up()
    chat.clock.advance(ALONE_SECONDS)
    bob.hears(), eve.hears()
    eve.sends("all is well")
    assert bob.gets() == b"eve: all is well\r\n"
    assert chat.named <= set(chat.hub.everyone), "a name is free once its connection is gone"
    assert len(chat.hub.everyone) == 2


@examples(100)
@given(reads=st.lists(FRAGMENTS, max_size=12))
def test_what_others_see_of_any_bytes_is_whole_printable_lines(reads: list[bytes]) -> None:
    chat = Chat()
    door = LineDoor(chat)
    bob, stranger = door.enters("bob"), door.enters("ada")
    bob.gets()
    for read in reads:
        if not stranger.is_closed:
            stranger.sends(read)
    got = bob.gets()
    assert got == b"" or got.endswith(b"\r\n")
    for line in got.decode("utf-8").split("\r\n")[:-1]:
        assert line.isprintable() or not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b]", line)
        assert not line.startswith(("bob", "Connected")), line


PLAIN = st.sampled_from(
    [b"hello\n", b"hello\r\n", b" \n", b"\n", b"a\nb\n", b"hello\r", b"hel\x08lo\n", b"//x\n", b"x" * 4096 + b"\n"]
)

READS = st.lists(FRAGMENTS | PLAIN, min_size=1, max_size=3).map(b"".join)


@examples(100)
@given(reads=st.lists(READS, max_size=12), flood=st.sampled_from([None, DEFAULT_FLOOD]))
def test_the_short_way_of_a_plain_line_changes_nothing(reads: list[bytes], flood: Rate | None) -> None:
    def seen() -> list[object]:
        chat = Chat()
        chat.limit(flood=flood)
        door = LineDoor(chat)
        bob, stranger = door.enters("bob"), door.enters("ada")
        happened: list[object] = []
        for read in reads:
            if not stranger.is_closed:
                stranger.sends(read)
                happened += [bob.gets(), stranger.gets()]
                chat.clock.advance(0.3)
        return [*happened, stranger.is_closed]

    by_the_short_way = seen()
    with patch.object(connection, "plain_line", return_value=None):
        assert seen() == by_the_short_way


def test_a_whole_line_of_ascii_takes_the_short_way(door: LineDoor) -> None:
    ada = door.enters("ada")
    with patch.object(TelnetFilter, "feed", side_effect=AssertionError):
        ada.sends(b"hello\n", b"again\r\n")
    assert ada.hears() == ["ada: hello", "ada: again"]


def test_a_plain_line_within_a_subnegotiation_is_not_said(door: LineDoor) -> None:
    ada = door.enters("ada")
    ada.sends(b"hello\n" + IAC + SB, b"inside\n", IAC + SE, b"outside\n")
    assert ada.hears() == ["ada: hello", "ada: outside"]


# --- falling behind


def test_who_fell_behind_is_told_so_in_the_language_that_they_have_by_now(chat: Chat) -> None:
    chat.limit(backlog=4000)
    door = LineDoor(chat, loaded()["zh_CN"])
    ada, eve = door.connects(), chat.enters("eve")
    ada.says("ada", "/lang en")
    ada.gets()
    ada.transport.producer.pauseProducing()
    for _ in range(4):
        eve.sends("x" * 900)
    ada.transport.producer.resumeProducing()
    assert any(line.startswith("Lines that you have not received") for line in ada.hears())
