"""Numbered datagrams at the UDP port."""

from __future__ import annotations

import json
from typing import Any

import pytest
from support.chat import Chat
from support.dialect import came
from support.streams import TOKEN, StreamDoor, StreamPeer

from twistchat.core.alone import ALONE_SECONDS
from twistchat.core.limits import Rate
from twistchat.interfaces.udp.streams import FLUSH_SECONDS, SILENCE_SECONDS

FAR = "203.0.113.5"


@pytest.fixture
def door(chat: Chat) -> StreamDoor:
    return StreamDoor(chat)


@pytest.fixture
def eve(chat: Chat) -> Any:
    return chat.enters("eve")


def test_a_session_is_a_stream_of_lines_of_which_the_first_is_the_name(door: StreamDoor, eve: Any) -> None:
    peer = StreamPeer(door, ("127.0.0.1", 5000))
    peer.throws(f"H {TOKEN}".encode())
    assert peer.others == [f"O {TOKEN}".encode()]
    peer.throws(f"D {TOKEN} 1 0 -\nada\nhello 小明\n".encode())
    assert eve.hears() == ["+ada", "ada: hello 小明"]
    assert peer.hears() == ["Connected to server!", came("ada"), "ada: hello 小明"]


def test_programs_say_hello_in_json_as_over_tcp(door: StreamDoor) -> None:
    peer = door.connects()
    peer.says('{"v":1,"name":"ada"}', '{"line":"hi","id":"1"}')
    assert [json.loads(line)["kind"] for line in peer.hears()] == ["welcome", "joined", "said", "done"]


def test_a_hello_that_is_repeated_opens_nothing_new(door: StreamDoor, chat: Chat) -> None:
    peer = door.connects()
    peer.opens()
    assert peer.others == [f"O {peer.token}".encode()] * 2
    assert len(chat.hub.everyone) == 1


def test_what_is_repeated_is_said_once(door: StreamDoor, eve: Any) -> None:
    peer = door.connects()
    for _ in range(3):
        peer.throws(f"D {peer.token} 1 0 -\nada\nhello\n".encode())
    assert eve.hears() == ["+ada", "ada: hello"]


def test_what_comes_out_of_order_is_said_in_order(door: StreamDoor, eve: Any) -> None:
    peer = door.connects()
    for number, text in ((1, "ada\n"), (3, "lo\n"), (2, "hel")):
        peer.throws(f"D {peer.token} {number} 0 -\n{text}".encode())
    assert eve.hears() == ["+ada", "ada: hello"]


def test_lines_of_any_length_pass_in_datagrams_of_1024_bytes(door: StreamDoor, chat: Chat) -> None:
    ada = door.enters("ada")
    text = "天" * 1000
    chat.enters("bob").sends(text)
    sizes = []
    write = door.transport.write
    door.transport.write = lambda packet, to: (sizes.append(len(packet)), write(packet, to))[1]  # type: ignore[method-assign]
    assert ada.asks(text)[-1] == f"ada: {text}"
    assert max(sizes) <= 1024


def test_a_line_over_the_limit_is_refused_and_the_next_one_taken(door: StreamDoor) -> None:
    ada = door.enters("ada")
    ada.writes(b"x" * 5000 + b"\nfine\n")
    assert [line[:22] for line in ada.hears()] == ["That line is too long:", "ada: fine"]


def test_bytes_that_are_no_text_are_refused(door: StreamDoor) -> None:
    ada = door.enters("ada")
    ada.writes(b"\xff\xff\xff\nfine\n")
    assert [line[:17] for line in ada.hears()] == ["That line is not ", "ada: fine"]


def test_a_hello_of_another_version_is_refused(door: StreamDoor) -> None:
    peer = door.connects()
    assert peer.asks('{"v":2,"name":"ada"}')[0].startswith("That is no request.")


def test_who_is_too_fast_waits_and_loses_nothing(door: StreamDoor, chat: Chat, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    chat.limit(flood=Rate(10, 5))
    ada.says(*(f"line {number}" for number in range(100)))
    ada.passes(15)
    assert eve.hears() == [f"ada: line {number}" for number in range(100)]


def test_many_short_lines_do_not_hold_the_others_up(door: StreamDoor, chat: Chat) -> None:
    """A datagram's worth of lines is taken in slices."""
    ada, lines = door.enters("ada"), 400
    ada.stream.write(b"x\n" * lines)
    for packet in ada.stream.datagrams(ada.now):
        door.protocol.datagramReceived(packet, ada.address)
    assert 0 < chat.queued <= 32
    ada.passes(2)
    assert len(ada.hears()) == lines


# --- addresses


def test_a_name_follows_an_address_of_this_machine_that_changes(door: StreamDoor) -> None:
    ada = door.enters("ada")
    ada.address = ("127.0.0.2", 6000)
    assert ada.asks("still me") == ["ada: still me"]


def test_a_late_datagram_from_the_old_address_does_not_turn_it_back(door: StreamDoor) -> None:
    ada = door.enters("ada")
    old = ada.address
    ada.address = ("127.0.0.2", 6000)
    ada.says("here now")
    ada.hears()
    door.protocol.datagramReceived(f"D {ada.token} 1 0 -\nada\n".encode(), old)
    door.chat.clock.advance(1)
    assert old not in door.transport.sent


@pytest.mark.parametrize("address", [FAR, "192.168.1.9"])
def test_any_other_machine_gets_a_cookie_before_anything_is_kept_of_it(
    door: StreamDoor, chat: Chat, address: str
) -> None:
    peer = StreamPeer(door, (address, 5000))
    peer.opens()
    assert not chat.hub.everyone
    assert not len(door.protocol.streams)
    (answer,) = peer.others
    assert answer.startswith(b"K ")
    peer.opens(answer[2:].decode())
    peer.says("ada")
    assert peer.hears()[0] == "Connected to server!"


def test_a_wrong_cookie_gets_another_one(door: StreamDoor, chat: Chat) -> None:
    peer = StreamPeer(door, (FAR, 5000))
    peer.opens("0123456789abcdef")
    assert peer.others[0].startswith(b"K ")
    assert not chat.hub.everyone


def test_a_name_follows_to_a_far_address_only_once_that_is_proved(door: StreamDoor) -> None:
    """Otherwise a member could have the room sent to somebody else."""
    ada = door.enters("ada")
    home, ada.address = ada.address, (FAR, 7000)
    ada.says("on the way")
    assert ada.hears() == []
    (cookie,) = [packet for packet in ada.others if packet.startswith(b"K ")]
    assert home in door.transport.sent
    ada.opens(cookie[2:].decode())
    ada.passes(10)
    assert ada.hears()[-1] == "ada: on the way"


def test_a_stranger_is_never_sent_more_than_came(door: StreamDoor) -> None:
    for datagram in (
        b"H abcdefghijklmnop",
        b"D abcdefghijklmnop 1 0 -\n",
        b"A abcdefghijklmnop",
        b"E abcdefghijklmnop",
    ):
        door.protocol.datagramReceived(datagram, (FAR, 1))
        assert all(len(packet) <= len(datagram) for packet in door.transport.sent.pop((FAR, 1), []))


# --- the end


@pytest.mark.parametrize("datagram", [b"D abcdefghijklmnop 5 3 -\nx", b"A abcdefghijklmnop"])
def test_who_has_no_session_is_told_to_begin_anew(door: StreamDoor, datagram: bytes) -> None:
    peer = StreamPeer(door, ("127.0.0.1", 5000))
    peer.throws(datagram)
    assert peer.others == [b"E abcdefghijklmnop"]


def test_an_end_is_never_answered_so_that_two_servers_cannot_go_on_for_ever(door: StreamDoor) -> None:
    peer = StreamPeer(door, ("127.0.0.1", 5000))
    peer.throws(b"E abcdefghijklmnop")
    assert peer.others == []


@pytest.mark.parametrize("datagram", [b"H ", b"H short", b"A", b"E ?", b"H abcdefghijklmno!", b"H \xff\xff"])
def test_a_broken_datagram_opens_nothing(door: StreamDoor, chat: Chat, datagram: bytes) -> None:
    peer = StreamPeer(door, ("127.0.0.1", 5000))
    peer.throws(datagram)
    assert not chat.hub.everyone


def test_leaving_is_confirmed_and_then_the_end_is_said(door: StreamDoor, eve: Any) -> None:
    ada = door.enters("ada")
    ada.says("/quit tired")
    ada.passes(0.5)
    assert ada.hears()[-1] == "Goodbye."
    assert ada.others[-1] == f"E {ada.token}".encode()
    assert eve.hears()[-1] == "-ada (tired)"
    assert not len(door.protocol.streams)


def test_who_vanishes_while_leaving_is_forgotten_after_a_moment(door: StreamDoor) -> None:
    ada = door.enters("ada")
    door.protocol.datagramReceived(stream_of(ada, b"/quit\n"), ada.address)
    door.chat.clock.advance(FLUSH_SECONDS)
    assert not len(door.protocol.streams)


def stream_of(peer: StreamPeer, data: bytes) -> bytes:
    """The next datagram of a peer that will never take an answer."""
    peer.stream.write(data)
    (packet,) = peer.stream.datagrams(peer.now)
    return packet


def test_a_sign_of_life_is_answered_and_keeps_the_session(door: StreamDoor, chat: Chat) -> None:
    ada = door.enters("ada")
    for _ in range(10):
        chat.clock.pump([10] * 2)
        door.protocol.datagramReceived(f"A {ada.token}".encode(), ada.address)
        assert any(p.startswith(b"D ") for p in door.transport.sent.pop(ada.address))
    assert not ada.is_closed


def test_who_is_silent_is_let_go(door: StreamDoor, chat: Chat, eve: Any) -> None:
    door.enters("ada")
    chat.clock.pump([15] * round(SILENCE_SECONDS / 15 + 1))
    assert eve.hears()[-1] == "-ada"


def test_who_confirms_nothing_is_let_go_at_the_limit(door: StreamDoor, chat: Chat, eve: Any) -> None:
    door.enters("ada")
    chat.limit(backlog=20_000)
    for _ in range(40):
        eve.sends("x" * 900)
    assert "-ada" in eve.hears()
    assert not len(door.protocol.streams)


def test_what_is_not_confirmed_waits_for_its_member(door: StreamDoor, chat: Chat, eve: Any) -> None:
    ada = door.enters("ada")
    ada.passes(0.3)
    (client,) = (session.client for session in chat.hub.everyone if session.client.interface == "udp")
    assert client.held == 0
    eve.sends("x" * 900)
    assert client.held > 900
    ada.passes(0.3)
    assert client.held == 0


def test_no_more_may_come_than_the_limit(door: StreamDoor, chat: Chat) -> None:
    chat.limit(udp_members=1)
    door.connects()
    late = StreamPeer(door, ("127.0.0.1", 5000))
    late.opens()
    assert late.others[0].startswith(b"E abcdefghijklmnop There are 1 people here by UDP")


def test_no_name_within_a_minute_ends_it(door: StreamDoor, chat: Chat) -> None:
    peer = door.connects()
    peer.passes(61)
    assert peer.is_closed
    assert not chat.hub.everyone


def test_stopping_waits_until_everyone_has_what_was_sent(door: StreamDoor, chat: Chat) -> None:
    ada = door.enters("ada")
    chat.hub.shut_down()
    from twisted.internet.defer import Deferred

    waiting = Deferred.fromCoroutine(door.protocol.streams.open.all_closed())
    assert not waiting.called
    assert ada.hears() == ["The server is stopping. Goodbye.", "Goodbye."]
    ada.passes(0.3)
    assert waiting.called


def test_what_is_piped_behind_a_refused_name_is_neither_said_nor_a_name(door: StreamDoor, eve: Any, chat: Chat) -> None:
    peer = door.connects()
    peer.throws(f"D {peer.token} 1 0 -\neve\nhel".encode())
    assert "not said" in peer.hears()[-1]
    assert len(chat.hub.everyone) == 1 and eve.hears() == []
    patient = door.connects()
    patient.says("eve")
    patient.says("bob")
    chat.clock.advance(ALONE_SECONDS)
    assert "Connected to server!" in patient.hears(), "who waits for the answer may give another name"
    slow = door.connects()
    slow.says("eve")
    slow.says("hello")
    chat.clock.advance(ALONE_SECONDS / 2)
    slow.says("/quit")
    chat.clock.advance(ALONE_SECONDS)
    assert "not said" in slow.hears()[-1], "a line of a pipe is no name, however late it comes"
    program = door.connects()
    program.says('{"v":1,"name":"eve"}', '{"line":"hi","id":"1"}')
    assert [json.loads(line)["kind"] for line in program.hears()] == ["refused", "refused"]


def test_a_port_that_is_closed_while_somebody_has_not_confirmed_all_leaves_nothing_behind_that_fails(
    chat: Chat, door: StreamDoor, eve: Any
) -> None:
    door.enters("ada")
    member: Any = chat.called("ada").client
    eve.types("the end")
    chat.turn()
    sent = sum(len(packets) for packets in door.transport.sent.values())
    door.protocol.transport = None
    door.protocol.stopProtocol()
    door.protocol.send(b"late", ("127.0.0.1", 1))
    member.pump()
    chat.clock.advance(SILENCE_SECONDS * 2)
    assert sum(len(packets) for packets in door.transport.sent.values()) == sent
