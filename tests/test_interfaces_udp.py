"""Datagram chat, byte for byte; what it shares with the other interfaces is in contract.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.datagrams import Address, DatagramDoor, DatagramPeer
from support.dialect import came, went
from support.examples import examples

from twistchat.core.limits import DEFAULT_FLOOD
from twistchat.interfaces.udp.proof import REPLIES_TO_STRANGERS
from twistchat.interfaces.udp.service import parse_description
from twistchat.wire.cookie import SLOT_SECONDS
from twistchat.wire.text import decode

FAR = "203.0.113.5"
NOT_IN = b"You have not logged in from this address. Send: L name"
UNKNOWN = b"That is no datagram of this protocol. Send L name, C name text, or Q name."


@pytest.fixture
def door(chat: Chat) -> DatagramDoor:
    return DatagramDoor(chat)


@pytest.fixture
def eve(chat: Chat) -> Any:
    """Somebody who listens, on a connection of another kind."""
    return chat.enters("eve")


# --- the protocol


def test_logging_in_is_answered_with_ok_in_a_datagram_of_its_own(door: DatagramDoor) -> None:
    peer = door.connects()
    peer.sends(b"L ada")
    assert peer.gets() == [b"OK", came("ada").encode()]


@pytest.mark.parametrize(("wanted", "shown"), [(b"", 3), (b" 0", 0), (b" 1", 1), (b"  2\n", 2), (b" 9999", 3)])
def test_a_device_says_how_much_of_the_past_it_wants(door: DatagramDoor, eve: Any, wanted: bytes, shown: int) -> None:
    eve.sends("one", "two", "three")
    peer = door.connects()
    peer.sends(b"L ada" + wanted)
    assert len([line for line in peer.hears() if "eve : " in line]) == shown


def test_a_conversation_is_what_the_tutorials_client_expects(door: DatagramDoor) -> None:
    ada, bob = door.enters("ada"), door.enters("bob")
    ada.gets(), bob.gets()
    ada.sends(b"C ada hello  there ")
    assert ada.gets() == bob.gets() == [b"ada : hello  there"]
    bob.sends("C bob 你好".encode())
    assert ada.gets() == bob.gets() == ["bob : 你好".encode()]
    ada.sends(b"Q ada")
    assert ada.gets() == [b"EXIT"]
    assert bob.gets() == [went("ada").encode()]


def test_a_newline_at_the_end_is_no_part_of_it_as_nc_sends_one(door: DatagramDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(b"L ada\n", b"C ada hi\n", b"Q ada\r\n")
    assert eve.hears() == ["+ada", "ada: hi", "-ada"]


def test_asking_again_after_a_lost_ok_is_answered_and_nobody_else_hears_of_it(door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"L ada")
    assert ada.gets() == [b"OK"]
    assert eve.hears() == []


def test_asking_again_before_the_answer_does_not_say_ok_too_early(chat: Chat, door: DatagramDoor) -> None:
    chat.log.slow = True
    ada = door.connects()
    ada.sends(b"L ada", b"L ada")
    assert ada.gets() == []
    chat.log.hurry()
    chat.turn()
    assert ada.gets()[0] == b"OK"


def test_a_refused_name_is_told_and_the_next_login_is_a_new_one(door: DatagramDoor, eve: Any) -> None:
    peer = door.connects()
    peer.sends(b"L eve")
    assert peer.gets() == [b"eve is taken, or looks like a name that is. Choose another name."]
    assert peer.is_closed
    peer.sends(b"L ada")
    assert peer.gets()[0] == b"OK"


def test_logging_in_under_another_name_leaves_under_the_first(door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"L bob")
    assert b"OK" in ada.gets()
    assert eve.hears() == ["-ada", "+bob"]


def test_a_keepalive_is_answered_with_its_verb(door: DatagramDoor) -> None:
    ada = door.enters("ada")
    ada.sends(b"P ada")
    assert ada.gets() == [b"P"]


def test_after_a_change_of_name_the_client_may_go_on_with_the_old_one(door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    ada.says("/nick ada2")
    eve.hears()
    ada.sends(b"C ada one", b"C ada2 two", b"Q ada")
    assert eve.hears() == ["ada2: one", "ada2: two", "-ada2"]


def test_long_lines_come_in_datagrams_of_1024_bytes_never_cut_inside_a_character(door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.sends("汉" * 1000)
    packets = ada.gets()
    assert max(map(len, packets)) <= 1024
    first, *rest = (packet.decode("utf-8") for packet in packets)
    assert all(packet.startswith("… ") for packet in rest)
    assert first + "".join(packet[2:] for packet in rest) == "eve : " + "汉" * 1000


def test_lines_of_one_turn_share_datagrams(door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.sends(*(f"line {number}" for number in range(100)))
    packets = ada.gets()
    assert len(packets) <= 3
    assert max(map(len, packets)) <= 1024
    assert b"\n".join(packets).split(b"\n") == [b"eve : line %d" % number for number in range(100)]


# --- whose name it is


@pytest.mark.parametrize("datagram", [b"C ada hi", b"Q ada", b"P ada", b"C nobody hi", b"Q nobody"])
def test_another_address_can_neither_speak_nor_leave_for_somebody(
    door: DatagramDoor, eve: Any, datagram: bytes
) -> None:
    door.enters("ada")
    eve.hears()
    stranger = door.connects()
    stranger.sends(datagram)
    assert stranger.gets() == [NOT_IN]
    assert eve.hears() == []


@pytest.mark.parametrize("datagram", [b"C eve hi", b"Q eve", b"P eve", b"C nobody hi", b"Q nobody"])
def test_a_member_can_neither_speak_nor_leave_for_another(door: DatagramDoor, eve: Any, datagram: bytes) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(datagram)
    name = datagram.split()[1]
    assert ada.gets() == [name + b" is not the name you logged in with from this address."]
    assert eve.hears() == []


# --- bad input


@pytest.mark.parametrize("datagram", [b"", b"\n", b"L", b"L ", b"C", b"X ada", b"l ada", b"Ladaa", b"\0\0\0\0"])
def test_what_is_no_datagram_of_the_protocol_is_refused(door: DatagramDoor, datagram: bytes) -> None:
    stranger, ada = door.connects(), door.enters("ada")
    stranger.sends(datagram)
    ada.sends(datagram)
    assert stranger.gets() == ada.gets() == [UNKNOWN]


def test_a_datagram_of_sixty_thousand_bytes_is_refused(door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    ada.sends(b"C ada " + b"x" * 59_994)
    assert ada.gets() == [b"That line is too long: 4096 bytes at most. It was not sent; send it in parts."]
    assert eve.hears() == []


def test_talking_too_fast_is_refused_and_that_is_said_once_a_second_at_most(chat: Chat, door: DatagramDoor) -> None:
    ada = door.enters("ada")
    chat.limit(flood=DEFAULT_FLOOD)
    for _ in range(1000):
        ada.sends(b"C ada hi")
        chat.clock.advance(0.001)
    heard = ada.hears()
    assert 10 <= heard.count("ada : hi") <= 12
    assert 1 <= len([line for line in heard if line.startswith("That was too fast")]) <= 2


def test_a_full_kernel_buffer_loses_datagrams_and_nothing_else(door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    door.transport.full = True
    eve.sends("lost")
    door.transport.full = False
    eve.sends("found")
    assert ada.gets() == [b"eve : found"]
    assert door.protocol.lost == 1


def test_the_table_of_members_is_bounded(chat: Chat, door: DatagramDoor) -> None:
    chat.limit(udp_members=3)
    for number in range(3):
        door.enters(f"guest{number}")
    late = door.connects()
    late.sends(b"L late")
    assert late.gets() == [b"There are 3 people here by UDP, which is the most. Try again later, or use TCP."]
    assert len(chat.hub.everyone) == 3


def test_an_address_logs_in_so_often_and_no_more_and_is_told_so_whoever_it_was_before(
    chat: Chat, door: DatagramDoor
) -> None:
    chat.limit(per_address_often=3, per_private_address_often=3)
    peer = door.connects("10.0.0.1")
    for number in range(3):
        peer.gives_name(f"guest{number}")
    peer.gets()
    peer.gives_name("late")
    (told,) = peer.gets()
    assert told.startswith(b"Your address connected 3 times within ten minutes. Wait 10 minutes, then try again")
    assert told.endswith(b"--per-private-address-often.")


# --- silence


def test_who_is_silent_for_an_hour_is_let_go(chat: Chat, door: DatagramDoor, eve: Any) -> None:
    ada = door.enters("ada")
    eve.hears()
    chat.clock.pump([15.0] * 240)
    assert not ada.is_closed
    chat.clock.pump([15.0] * 2)
    assert ada.gets() == [b"EXIT"]
    assert eve.hears() == ["-ada"]
    assert ada.is_closed


def test_who_has_sent_keepalives_is_let_go_after_three_are_missing(chat: Chat, door: DatagramDoor) -> None:
    ada = door.enters("ada")
    for _ in range(4):
        ada.sends(b"P ada")
        chat.clock.pump([15.0] * 2)
    chat.clock.pump([15.0] * 4)
    assert not ada.is_closed
    chat.clock.pump([15.0] * 2)
    assert ada.is_closed


def test_whoever_talks_or_asks_for_ok_again_is_not_silent(chat: Chat, door: DatagramDoor) -> None:
    ada = door.enters("ada")
    for datagram in (b"C ada hi", b"L ada", b"P ada", b"C ada /ping"):
        chat.clock.advance(3599 if not chat.hub.clock.seconds() > 10000 else 80)
        ada.sends(datagram)
    assert not ada.is_closed


# --- strangers from afar


def far_login(door: DatagramDoor, name: str = "ada") -> tuple[DatagramPeer, bytes]:
    """Somebody from afar who has been given a cookie."""
    peer = door.connects(FAR)
    peer.name = name
    peer.sends(f"L {name}".encode().ljust(32))
    (answer,) = peer.gets()
    verb, _, cookie = answer.partition(b" ")
    assert verb == b"K"
    return peer, cookie


def test_a_stranger_from_afar_gets_a_cookie_and_with_it_comes_in(door: DatagramDoor, eve: Any) -> None:
    peer, cookie = far_login(door)
    assert eve.hears() == []
    assert not door.chat.expects("lobby")
    peer.sends(b"L ada " + cookie)
    assert peer.gets() == [b"OK", came("ada").encode()]
    peer.says("hi")
    assert eve.hears() == ["+ada", "ada: hi"]


def test_a_cookie_is_not_kept(chat: Chat, door: DatagramDoor) -> None:
    for number in range(1000):
        door.protocol.datagramReceived(b"L ada".ljust(32), (FAR, number + 1))
    assert not chat.hub.everyone
    assert not chat.hub.admission
    assert not door.protocol._members


def test_too_short_a_login_is_told_to_pad(door: DatagramDoor) -> None:
    peer = door.connects(FAR)
    peer.sends(b"L a")
    assert peer.gets() == [b"PAD"]


@pytest.mark.parametrize("seconds", [0, SLOT_SECONDS, SLOT_SECONDS * 2 - 1])
def test_a_cookie_is_good_for_a_minute_at_least(chat: Chat, door: DatagramDoor, seconds: float) -> None:
    chat.clock.advance(30)
    peer, cookie = far_login(door)
    chat.clock.advance(min(seconds, SLOT_SECONDS))
    peer.sends(b"L ada " + cookie)
    assert peer.gets()[0] == b"OK"


def test_a_cookie_is_no_good_later_for_another_name_or_from_another_port(chat: Chat, door: DatagramDoor) -> None:
    peer, cookie = far_login(door)
    peer.sends(b"L bob " + cookie)
    assert peer.gets()[0].startswith(b"K ")
    other = door.connects(FAR)
    other.sends(b"L ada " + cookie)
    assert other.gets()[0].startswith(b"K ")
    peer.sends(b"L ada " + cookie[:-1] + b"!")
    assert peer.gets()[0].startswith(b"K ")
    chat.clock.advance(SLOT_SECONDS * 2)
    peer.sends(b"L ada " + cookie)
    assert peer.gets()[0].startswith(b"K ")
    assert not chat.hub.everyone


def test_a_forged_login_cannot_log_a_proven_member_out(door: DatagramDoor, eve: Any) -> None:
    peer, cookie = far_login(door)
    peer.sends(b"L ada " + cookie)
    eve.hears()
    peer.sends(b"L mallory".ljust(32))
    assert eve.hears() == []
    peer.says("still here")
    assert eve.hears() == ["ada: still here"]


@pytest.mark.parametrize("datagram", [b"C ada hi", b"Q ada", b"", b"\xff\xfe", b"X" * 30, b"L \xff"])
def test_a_stranger_from_afar_never_gets_more_bytes_than_came(door: DatagramDoor, datagram: bytes) -> None:
    peer = door.connects(FAR)
    peer.sends(datagram)
    assert sum(map(len, peer.gets())) <= len(datagram)


@pytest.mark.parametrize("address", [FAR, "192.168.1.9"])
def test_answers_to_strangers_are_bounded_all_together(chat: Chat, door: DatagramDoor, address: str) -> None:
    for port in range(1, 5001):
        door.protocol.datagramReceived(b"C ada hi".ljust(100), (address, port))
    sent = sum(map(len, door.transport.sent.values()))
    assert sent == REPLIES_TO_STRANGERS.at_once
    chat.clock.advance(1)
    for port in range(1, 5001):
        door.protocol.datagramReceived(b"C ada hi".ljust(100), (address, port))
    assert sum(map(len, door.transport.sent.values())) - sent == REPLIES_TO_STRANGERS.per_second


@pytest.mark.parametrize("line_bytes", [40, 4096])
@pytest.mark.parametrize("address", [FAR, "192.168.1.9"])
def test_two_servers_do_not_go_on_answering_each_others_refusals(
    chat: Chat, door: DatagramDoor, address: str, line_bytes: int
) -> None:
    """A forged datagram whose sender seems to be another server must not set off an endless exchange."""
    chat.limit(line_bytes=line_bytes)
    here, there = ("192.168.1.8", 8888), (address, 8888)
    other = DatagramDoor(Chat(line_bytes=line_bytes))
    waiting: list[tuple[DatagramDoor, bytes, Address]] = [(door, b"what?".ljust(20), there)]
    exchanged = 0
    while waiting:
        server, packet, sender = waiting.pop()
        server.protocol.datagramReceived(packet, sender)
        for answer in server.transport.sent.pop(sender, []):
            waiting.append((other, answer, here) if server is door else (door, answer, there))
        exchanged += 1
        assert exchanged < 10


# --- anything at all

DATAGRAMS = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda verb, name, text: verb + b" " + name + b" " + text,
        st.sampled_from([b"L", b"C", b"Q", b"P", b"K", b"X", b""]),
        st.sampled_from([b"ada", b"bob", b"eve", b"", b"/nick", "小明".encode(), b"\xff", b"a" * 50]),
        st.one_of(st.binary(max_size=20), st.sampled_from([b"/quit", b"/nick bob", b"/who", b"x" * 5000])),
    ),
)
SENDERS = st.sampled_from([("127.0.0.1", 1), ("10.0.0.1", 2), (FAR, 3), ("2001:db8::1", 4), ("fe80::1%eth0", 5)])


@examples(200)
@given(st.lists(st.tuples(SENDERS, DATAGRAMS), max_size=10))
def test_no_datagrams_raise_or_break_anybody_elses_lines(datagrams: list[tuple[Address, bytes]]) -> None:
    chat = Chat()
    door = DatagramDoor(chat)
    eve, carol = chat.enters("eve"), door.enters("carol")
    for sender, packet in datagrams:
        came = len(packet)
        door.protocol.datagramReceived(packet, sender)
        if sender[0] in (FAR, "2001:db8::1"):
            assert sum(map(len, door.transport.sent.pop(sender, []))) <= came
        chat.turn()
    eve.hears(), carol.gets()
    eve.sends("all is well")
    assert carol.gets() == [b"eve : all is well"]
    assert len(door.protocol._members) == len(chat.hub.everyone) - 1
    for packets in door.transport.sent.values():
        for packet in packets:
            decode(packet)
            assert len(packet) <= 1024


# --- where it listens


@pytest.mark.parametrize(
    ("description", "where"),
    [
        ("udp:8888", (8888, "")),
        ("udp:8888:interface=127.0.0.1", (8888, "127.0.0.1")),
        ("8888", (8888, "127.0.0.1")),
        ("udp:0:interface=\\:\\:1", (0, "::1")),
        ("udp6:8888", (8888, "::")),
        ("udp:port=8888:interface=10.0.0.1", (8888, "10.0.0.1")),
        ("udp:interface=10.0.0.1:port=8888", (8888, "10.0.0.1")),
        ("udp:8888:interface=fe80\\:\\:1%eth0", (8888, "fe80::1%eth0")),
    ],
)
def test_descriptions_have_the_words_of_twisteds_endpoints(description: str, where: tuple[int, str]) -> None:
    assert parse_description(description) == where


@pytest.mark.parametrize(
    "description", ["", "udp", "udp:", "tcp:8888", "udp:x", "udp:70000", "udp:1:2", "udp:1:colour=red", "udp:1:port=2"]
)
def test_other_descriptions_are_refused_with_what_is_wanted(description: str) -> None:
    with pytest.raises(ValueError, match="udp:PORT:interface=ADDRESS"):
        parse_description(description)


# --- coming again


@pytest.mark.parametrize(("silent", "address"), [(89, "127.0.0.1"), (3000, "10.1.2.3")])
def test_nobody_takes_the_place_of_a_member_who_may_be_there(
    door: DatagramDoor, chat: Chat, silent: int, address: str
) -> None:
    door.enters("ada")
    chat.clock.pump([1] * silent)
    late = door.connects(address)
    late.gives_name("ada")
    assert "is taken" in late.hears()[0]


def test_nobody_takes_the_place_of_who_came_by_another_interface(door: DatagramDoor, chat: Chat) -> None:
    chat.enters("ada")
    chat.clock.advance(3000)
    late = door.connects()
    late.gives_name("ada")
    assert "is taken" in late.hears()[0]
