"""What is sent to an address that may be forged; udp/proof.py begins with the rule."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.datagrams import Address, DatagramDoor, DatagramPeer
from support.dialect import came
from support.examples import examples
from support.place import place_at

from twistchat.core.addresses import is_near

NEAR, FAR = "192.168.1.9", "203.0.113.5"
TOKEN = b"abcdefghijklmnop"


@pytest.fixture
def door(chat: Chat) -> DatagramDoor:
    return DatagramDoor(chat)


def tutorials_client(door: DatagramDoor, name: str = "ada") -> DatagramPeer:
    """The tutorial's client on another machine of the server's network: it knows no cookies."""
    peer = door.connects(NEAR)
    peer.name = name
    peer.sends(f"L {name}".encode())
    return peer


def test_three_forged_bytes_bring_two(chat: Chat, door: DatagramDoor) -> None:
    eve = chat.enters("eve")
    eve.sends("/topic tea", *("x" * 900 for _ in range(40)))
    peer = tutorials_client(door, "a")
    eve.sends(*("y" * 900 for _ in range(40)))
    assert peer.gets() == [b"OK"]


def test_the_tutorials_client_beside_the_server_reads_everyone_once_it_has_said_something(
    chat: Chat, door: DatagramDoor
) -> None:
    eve = chat.enters("eve")
    eve.sends("early")
    ada = tutorials_client(door)
    assert ada.gets() == [b"OK"]
    ada.says("hello")
    assert eve.hears()[-1] == "ada: hello"
    assert ada.hears() == ["From now on you read everyone. /history shows what was said before.", "ada : hello"]
    eve.sends("welcome")
    assert ada.hears() == ["eve : welcome"]
    assert any("early" in line for line in ada.asks("/history"))


def test_a_sign_of_life_is_an_answer_too(chat: Chat, door: DatagramDoor) -> None:
    ada, eve = tutorials_client(door), chat.enters("eve")
    ada.gets()
    ada.sends(b"P ada")
    ada.gets()
    eve.sends("x" * 500)
    assert ada.hears() == ["eve : " + "x" * 500]


def test_who_logs_in_again_and_again_has_not_answered(chat: Chat, door: DatagramDoor) -> None:
    ada, eve = tutorials_client(door), chat.enters("eve")
    ada.sends(b"L ada", b"L ada")
    ada.gets()
    eve.sends("x" * 500)
    assert ada.hears() == []


def test_who_is_near_and_knows_of_cookies_gets_one_by_padding_and_the_past_with_it(
    chat: Chat, door: DatagramDoor
) -> None:
    eve = chat.enters("eve")
    eve.sends("early")
    ada = door.connects(NEAR)
    ada.sends(b"L ada".ljust(32))
    (answer,) = ada.gets()
    assert answer.startswith(b"K ")
    ada.sends(b"L ada " + answer[2:])
    heard = ada.hears()
    assert heard[0] == "OK"
    assert any("early" in line for line in heard)
    assert heard[-1] == came("ada")


def test_who_is_in_already_may_prove_the_address_by_a_cookie(chat: Chat, door: DatagramDoor) -> None:
    ada, eve = tutorials_client(door), chat.enters("eve")
    ada.gets()
    ada.sends(b"L ada".ljust(32))
    (answer,) = ada.gets()
    ada.sends(b"L ada " + answer[2:])
    assert b"OK" in ada.gets()
    eve.sends("x" * 500)
    assert ada.hears() == ["eve : " + "x" * 500]


def test_a_forged_login_cannot_log_out_somebody_near_who_is_proved(chat: Chat, door: DatagramDoor) -> None:
    ada, eve = door.enters("ada", NEAR), chat.enters("eve")
    ada.sends(b"L mallory", b"L mallory".ljust(32))
    assert eve.hears() == []
    ada.says("still here")
    assert eve.hears() == ["ada: still here"]


def test_a_private_address_of_another_network_is_no_neighbours(door: DatagramDoor) -> None:
    peer = door.connects("10.9.9.9")
    peer.sends(b"L a")
    assert peer.gets() == [b"PAD"]
    assert not door.chat.hub.everyone


@pytest.mark.parametrize(
    ("datagram", "answer"),
    [(b"L eve", b"NO"), (b"C ada hi", b"EXIT"), (b"Q ada", b"EXIT"), (b"what?", None)],
)
def test_where_a_refusal_is_longer_than_what_came_a_word_stands_for_it(
    chat: Chat, door: DatagramDoor, datagram: bytes, answer: bytes | None
) -> None:
    chat.enters("eve")
    peer = door.connects(NEAR)
    peer.sends(datagram)
    assert peer.gets() == ([] if answer is None else [answer])


def test_who_sent_enough_is_told_the_reason(chat: Chat, door: DatagramDoor) -> None:
    peer = door.connects(NEAR)
    peer.sends(b"C ada " + b"x" * 100)
    assert peer.gets() == [b"You have not logged in from this address. Send: L name"]


def test_who_proved_the_address_is_told_why_they_may_not_come_in(chat: Chat, door: DatagramDoor) -> None:
    chat.limit(udp_members=1)
    door.enters("ada")
    late = door.connects(NEAR)
    late.gives_name("late")
    assert "which is the most" in late.hears()[0]


# --- everybody and everything

TEXTS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([b"", b"/who", b"/history", b"/quit", b"/nick bob", b"/help", b"0", b"5", b"x" * 900, b"000000"]),
)
DATAGRAMS = st.one_of(
    st.binary(max_size=60),
    st.builds(
        lambda verb, name, text: b" ".join((verb, name, text)),
        st.sampled_from([b"L", b"C", b"Q", b"P", b"K", b"PAD", b"OK", b"NO", b"EXIT"]),
        st.sampled_from([b"a", b"ada", b"bob", b"eve", b"", "小明".encode(), "老师".encode("gb18030"), b"a" * 50]),
        TEXTS,
    ),
    st.builds(
        lambda verb, rest: verb + b" " + TOKEN + rest,
        st.sampled_from([b"H", b"D", b"A", b"E", b"O"]),
        st.sampled_from([b"", b" ", b" " * 45, b" 1 0 -\nada\n/help\n", b" 1 99 1-60\nada", b" abcdefghijklmnop"]),
    ),
    st.builds(lambda name, size: (b"L " + name).ljust(size), st.sampled_from([b"ada", b"bob"]), st.integers(5, 99)),
)
SENDERS = st.sampled_from(
    [
        ("192.168.1.9", 1),
        ("192.168.1.9", 2),
        ("10.0.0.1", 3),
        ("10.9.9.9", 4),
        (FAR, 5),
        ("2001:db8::1", 6),
        ("fe80::1%eth0", 7),
    ]
)


@examples(100)
@given(st.lists(st.one_of(st.tuples(SENDERS, DATAGRAMS), st.floats(0, 200)), max_size=25))
def test_an_address_that_is_not_proved_never_gets_more_bytes_than_came_from_it(
    steps: list[tuple[Address, bytes] | float],
) -> None:
    """Whoever the datagrams are from, whatever is in them, and however long it is waited for more."""
    chat = Chat()
    door, eve = DatagramDoor(chat), chat.enters("eve")
    eve.sends("/topic tea", *("x" * 900 for _ in range(30)))
    bytes_in: dict[Address, int] = {}
    datagrams_in: Counter[Address] = Counter()
    proved: set[Address] = set()
    for step in steps:
        if isinstance(step, float):
            chat.clock.advance(step)
            eve.sends(*("z" * size for size in (300, 40, 10, 3, 1, 1)))
        else:
            sender, datagram = step
            bytes_in[sender] = bytes_in.get(sender, 0) + len(datagram)
            datagrams_in[sender] += 1
            door.protocol.datagramReceived(datagram, sender)
            chat.turn()
        answered = {sender for sender, member in door.protocol._members.items() if member.credit.is_proved} - proved
        assert all(datagrams_in[sender] > 1 and is_near(sender[0], door.protocol._machine.near) for sender in answered)
        proved |= answered
        for sender, packets in door.transport.sent.items():
            assert sender in proved or sum(map(len, packets)) <= bytes_in[sender]


# --- for those near alone


@pytest.mark.parametrize(
    "datagram", [b"C ada hi", b"Q ada", b"P", b"NO", b"D x 1", b"H x 1 {}", b"\xff", b"", b"x" * 5000]
)
def test_whoever_is_too_far_is_answered_nothing_that_is_no_login(
    chat: Chat, door: DatagramDoor, datagram: bytes
) -> None:
    place_at(chat, far=["203.0.113.9"])
    stranger = door.connects("203.0.113.9")
    stranger.sends(datagram)
    assert stranger.gets() == []


@pytest.mark.parametrize("length", [4, 7, 48, 300])
def test_a_login_from_too_far_is_refused_with_no_more_bytes_than_came(
    chat: Chat, door: DatagramDoor, length: int
) -> None:
    place_at(chat, far=["203.0.113.9"])
    stranger = door.connects("203.0.113.9")
    stranger.sends(b"L ada".ljust(length)[:length])
    (answer,) = stranger.gets()
    assert len(answer) <= length
    assert answer.startswith(b"This chat is open to the networks" if length > 130 else b"NO")
    assert chat.people_in("lobby") == []
