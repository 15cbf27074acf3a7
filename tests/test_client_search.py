"""Searching for servers, with servers on loopback, and with what else may answer at that port."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from ipaddress import ip_interface
from itertools import count
from typing import Any

import pytest
from support.patience import PATIENCE_SECONDS
from support.standin import stand_in

from twistchat.client import search as searching
from twistchat.client.address import Address
from twistchat.client.search import MOST_ASKING, MOST_SERVERS, Asking, Destination, Sought, search
from twistchat.wire.search import QUESTION

Answer = Callable[[socket.socket, tuple[str, int]], None]

SOON = 0.3
"""Seconds of a search of these tests, within which it asks once."""

LOOK_SECONDS = 0.02


@pytest.fixture
def answered() -> threading.Event:
    """Whether a server has said all that it says."""
    return threading.Event()


@pytest.fixture
def answering(answered: threading.Event) -> Iterator[Callable[[str, Answer], int]]:
    """Starts a server at an address of loopback, which does something for each question; gives its port."""
    port = 0
    with ExitStack() as ends:

        def start(host: str, answer: Answer) -> int:
            nonlocal port
            listening = ends.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            listening.bind((host, port))
            port = listening.getsockname()[1]

            def serve() -> None:
                while True:
                    datagram, asker = listening.recvfrom(2048)
                    if datagram == b"end":
                        return
                    assert datagram == QUESTION
                    answer(listening, asker)
                    answered.set()

            thread = threading.Thread(target=serve)
            thread.start()

            def end() -> None:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ending:
                    ending.sendto(b"end", (host, port))
                thread.join()

            ends.callback(end)
            return port

        yield start


def says(*packets: bytes) -> Answer:
    return lambda listening, asker: [listening.sendto(packet, asker) for packet in packets] and None


@pytest.fixture
def found(answered: threading.Event, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[Destination]]:
    """Searches at a port until all that was answered is read, however long that takes; then its time is over."""
    at = 0.0

    def until_all_is_read(sockets: list[socket.socket], *_: Any) -> tuple[list[socket.socket], list[Any], list[Any]]:
        nonlocal at
        for _ in range(round(PATIENCE_SECONDS / LOOK_SECONDS)):
            is_said = answered.is_set()
            ready, _, _ = select.select(sockets, [], [], 0 if is_said else LOOK_SECONDS)
            if ready:
                return ready, [], []
            if is_said:
                break
        at = SOON
        return [], [], []

    stand_in(monkeypatch, searching, "select", select=until_all_is_read)
    return lambda port: list(search([], SOON, port, lambda: at).places)


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        (b"F Room 12 7976 7980", "tcp://127.0.0.1:7976"),
        (b"F Room 12 +443 0", "tls://127.0.0.1:443"),
        (b"F Room 12 0 7980", "udp://127.0.0.1:{port}"),
    ],
)
def test_a_server_on_this_machine_is_found_and_joined_as_it_can_be(
    answering: Callable[[str, Answer], int],
    found: Callable[[int], list[Destination]],
    answer: bytes,
    address: str,
) -> None:
    port = answering("127.0.0.1", says(answer))
    (place,) = found(port)
    assert (place.name, str(place.address)) == ("Room 12", address.format(port=port))


@pytest.mark.parametrize("other", [b"", b"\xff" * 2000, b"F", QUESTION, b"F x 99999 1", b"F \x1b[2J 1 1", b"NOTIFY"])
def test_what_else_comes_is_nothing(
    answering: Callable[[str, Answer], int], found: Callable[[int], list[Destination]], other: bytes
) -> None:
    assert found(answering("127.0.0.1", says(other))) == []


def test_a_server_that_answers_500_times_is_one(
    answering: Callable[[str, Answer], int], found: Callable[[int], list[Destination]]
) -> None:
    port = answering("127.0.0.1", says(*(f"F Room {number} 1 1".encode() for number in range(500))))
    assert [place.name for place in found(port)] == ["Room 0"]


def test_an_answer_from_another_port_or_another_network_is_none(
    answering: Callable[[str, Answer], int], found: Callable[[int], list[Destination]]
) -> None:
    def elsewhere(listening: socket.socket, asker: tuple[str, int]) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.1", 0))
            other.sendto(b"F other port 1 1", asker)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.0.0.77", listening.getsockname()[1]))
            other.sendto(b"F other host 1 1", asker)

    assert found(answering("127.0.0.1", elsewhere)) == []


def test_it_takes_its_time_and_no_more_however_much_comes(answering: Callable[[str, Answer], int]) -> None:
    flooded, over, looks = threading.Event(), threading.Event(), count()

    def floods(listening: socket.socket, asker: tuple[str, int]) -> None:
        while not over.is_set():
            listening.sendto(b"F flood 1 1", asker)
            flooded.set()

    def now() -> float:
        """A hundredth of the time for each look, and none before the first answer has come."""
        return next(looks) * SOON / 100 if flooded.is_set() else 0.0

    places = search([], SOON, answering("127.0.0.1", floods), now).places
    over.set()
    assert [place.name for place in places] == ["flood"]
    assert next(looks) <= 101


def test_what_has_come_by_the_time_that_it_is_over_is_read(
    answering: Callable[[str, Answer], int], answered: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the machine stood still meanwhile."""
    times, looks = iter([0.0, 0.0, SOON]), count()

    def late(sockets: list[socket.socket], *_: Any) -> tuple[list[socket.socket], list[Any], list[Any]]:
        if next(looks):
            return select.select(sockets, [], [], 0)
        assert answered.wait(PATIENCE_SECONDS)
        return [], [], []

    stand_in(monkeypatch, searching, "select", select=late)
    port = answering("127.0.0.1", says(b"F Room 12 7976 7980"))
    assert [place.name for place in search([], SOON, port, lambda: next(times)).places] == ["Room 12"]


def test_of_500_servers_a_hundred_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their addresses are made up, as the sockets of 500 would be more than a test may have."""
    now = 0.0
    answers = [
        Destination(f"Room {number}", Address("tcp", f"10.0.{number // 250}.{number % 250}", 1))
        for number in range(500)
    ]
    monkeypatch.setattr(Asking, "take", lambda self: answers.pop() if answers else None)
    stand_in(monkeypatch, searching, "select", select=lambda sockets, *_: (sockets, [], []))

    def clock() -> float:
        nonlocal now
        now += 0.001
        return now

    sought = search([], 1.0, 9, clock)
    assert len(sought.places) == MOST_SERVERS
    assert sought.has_more
    assert not answers


def test_each_network_is_asked_at_its_broadcast_addresses_and_nowhere_else() -> None:
    """That is what makes it no scan."""
    at = {"127.0.0.1/8": ("127.0.0.1",), "127.0.0.9/24": ("127.0.0.9",)}
    for written, targets in at.items():
        asking = Asking(ip_interface(written), 9)  # type: ignore[arg-type]
        assert asking.targets == targets
        asking.socket.close()


@pytest.mark.parametrize(
    ("interface", "targets"),
    [
        ("10.0.0.5/24", ("255.255.255.255", "10.0.0.255")),
        ("192.168.1.5/20", ("255.255.255.255", "192.168.15.255")),
        ("10.8.0.2/32", ("255.255.255.255",)),
        ("10.8.0.2/31", ("255.255.255.255",)),
    ],
)
def test_a_network_has_two_addresses_that_all_hear(
    monkeypatch: pytest.MonkeyPatch, interface: str, targets: tuple[str, ...]
) -> None:
    monkeypatch.setattr(socket.socket, "bind", lambda *_: None)
    asking = Asking(ip_interface(interface), 9)  # type: ignore[arg-type]
    assert asking.targets == targets
    asking.socket.close()


def test_addresses_that_cannot_be_asked_from_are_left_out_and_very_many_are_bounded() -> None:
    gone = [ip_interface(f"203.0.113.{number}/24") for number in range(1, 200)]
    sought = search([*gone, ip_interface("fe80::1/64"), ip_interface("127.0.0.1/8")], 0.05, 9)
    assert sought == Sought()
    assert len(gone) > MOST_ASKING


def test_what_answers_here_as_loopback_and_by_another_address_of_this_machine_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A broadcast is heard by the machine that sends it, too."""
    places = {host: Destination("here", Address("tcp", host, 1)) for host in ("127.0.0.1", "127.0.0.2", "10.0.0.6")}
    monkeypatch.setattr(searching, "_heard", lambda *_: (places, False))
    monkeypatch.setattr(socket.socket, "bind", lambda *_: None)
    own = ip_interface("10.0.0.6/24")
    assert [place.address.host for place in search([own], 0.1, 9).places] == ["127.0.0.1", "127.0.0.2"]
    del places["127.0.0.1"]
    assert [place.address.host for place in search([own], 0.1, 9).places] == ["10.0.0.6", "127.0.0.2"]
