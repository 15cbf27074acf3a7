"""Where somebody goes who has given no address."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from twistchat.client.address import Address
from twistchat.client.memory import MOST_BYTES, last_address, last_name, remember
from twistchat.client.search import Destination, Sought
from twistchat.client.whereto import MOST_SHOWN, TRIES, Guide, Nowhere, listens_here
from twistchat.status import FAILED, INTERRUPTED
from twistchat.wire.language import ENGLISH

NETWORKS = ("10.0.0.0/24", "192.168.1.0/24")


def place(number: int, name: str = "") -> Destination:
    return Destination(name or f"Room {number}", Address("tcp", f"10.0.0.{number}", 7976))


class Journey:
    """Somebody who is led."""

    def __init__(self, sought: Sought | None = None, typed: list[str] | None = None, listens: bool = False) -> None:
        self.said: list[str] = []
        answers: Iterator[str] = iter(typed or [])

        def ask(prompt: str) -> str:
            self.said.append(prompt)
            try:
                return next(answers)
            except StopIteration:
                raise EOFError from None

        def search() -> Sought:
            assert sought is not None, "nobody was to search"
            return sought

        self._guide = Guide(ENGLISH, search, None if typed is None else ask, self.said.append, lambda address: listens)

    def leads(self, last: Address | None = None) -> Address | int:
        """Where to, or the exit status."""
        try:
            return self._guide.leads(last)
        except Nowhere as nowhere:
            return nowhere.status


def test_the_last_server_is_joined_without_searching_and_it_is_said_how_to_search() -> None:
    journey = Journey()
    assert journey.leads(place(5).address) == place(5).address
    assert journey.said == [
        "Joining tcp://10.0.0.5:7976, as the last time. `twistchat join --find` looks for servers here."
    ]


def test_the_only_server_that_answers_is_joined() -> None:
    journey = Journey(Sought((place(5),), NETWORKS))
    assert journey.leads() == place(5).address
    assert journey.said[-1] == "Joining Room 5 at tcp://10.0.0.5:7976."


def test_of_several_the_person_says_which() -> None:
    journey = Journey(Sought((place(5), place(6)), NETWORKS), ["2"])
    assert journey.leads() == place(6).address
    assert journey.said[1:3] == ["  1  Room 5  tcp://10.0.0.5:7976", "  2  Room 6  tcp://10.0.0.6:7976"]


@pytest.mark.parametrize("nonsense", ["", "0", "3", "-1", "x", "٢", "1.5", "9" * 5000])
def test_what_is_no_number_of_the_list_is_asked_again_and_not_for_ever(nonsense: str) -> None:
    several = Sought((place(5), place(6)), NETWORKS)
    journey = Journey(several, [nonsense, " 1 "])
    assert journey.leads() == place(5).address
    assert "A number from 1 to 2, please." in journey.said
    assert Journey(several, [nonsense] * TRIES).leads() == FAILED


def test_who_leaves_the_question_leaves() -> None:
    assert Journey(Sought((place(5), place(6)), NETWORKS), []).leads() == INTERRUPTED


def test_where_nobody_can_be_asked_several_are_listed_and_it_ends() -> None:
    journey = Journey(Sought((place(5), place(6)), NETWORKS))
    assert journey.leads() == FAILED
    assert journey.said[-1] == "Several servers answered; give the address of one: twistchat join ADDRESS"
    assert "  2  Room 6  tcp://10.0.0.6:7976" in journey.said


@pytest.mark.parametrize("has_more", [True, False])
def test_of_very_many_a_screen_full_is_shown(has_more: bool) -> None:
    many = Sought(tuple(place(number) for number in range(1, MOST_SHOWN + 2 - has_more)), NETWORKS, has_more)
    journey = Journey(many, ["1"])
    assert journey.leads() == place(1).address
    assert len([line for line in journey.said if "tcp://" in line]) == MOST_SHOWN
    assert "More answered than are shown; give the address to join another." in journey.said


def test_names_that_others_chose_do_nothing_to_a_terminal() -> None:
    journey = Journey(Sought((place(5, "\x1b[2J"), place(6, "a\u202eb")), NETWORKS), ["1"])
    journey.leads()
    assert not any("\x1b" in line or "\u202e" in line for line in journey.said)


def test_where_nothing_answers_it_is_said_what_may_be_the_cause_and_what_to_do() -> None:
    journey = Journey(Sought((), NETWORKS))
    assert journey.leads() == FAILED
    said = journey.said[-1]
    assert "10.0.0.0/24, 192.168.1.0/24" in said
    assert "keeps its guests apart" in said
    assert "twistchat join tcp://ADDRESS:7976" in said


def test_a_machine_in_no_network_is_told_so() -> None:
    journey = Journey(Sought())
    assert journey.leads() == FAILED
    assert "this machine is in no network" in journey.said[-1]


def test_a_server_on_this_machine_without_datagrams_is_found_by_its_port() -> None:
    assert Journey(Sought(), listens=True).leads() == Address("tcp", "127.0.0.1", 7976)


def test_whether_a_port_here_is_open_is_seen_by_opening_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        assert listens_here(Address("tcp", "127.0.0.1", port))
    assert not listens_here(Address("tcp", "127.0.0.1", port))


def test_name_and_server_are_remembered_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "client.json"
    remember(path, "小明", Address("tls", "fe80::1", 7976, "someone"))
    assert (last_name(path), last_address(path)) == ("小明", Address("tls", "fe80::1", 7976))
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "kept",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b'{"name": 5, "address": 7}',
        b'{"address": "http://10.0.0.5"}',
        b'{"address": "tcp://10.0.0.5:99999"}',
        b"[" * 40_000,
        b'{"x": "' + b"x" * MOST_BYTES + b'", "name": "ada"}',
    ],
)
def test_a_memory_that_is_broken_is_none(tmp_path: Path, kept: bytes) -> None:
    path = tmp_path / "client.json"
    path.write_bytes(kept)
    assert (last_name(path), last_address(path)) == ("", None)
    remember(path, "ada", Address("tcp", "host", 1))
    assert json.loads(path.read_text()) == {"name": "ada", "address": "tcp://host:1"}
