"""Rooms over several servers: their operators decide on whoever is in them, by whatever server."""

from __future__ import annotations

import pytest
from support.cluster import Servers
from test_cluster_acts import Pair


@pytest.fixture
def pair(servers: Servers) -> Pair:
    """Two servers, and a room with somebody of each, which ada has opened."""
    pair = Pair(servers)
    pair.one.says(pair.ada, "/join tea")
    pair.two.says(pair.bob, "/join tea")
    pair.ada.hears()
    return pair


def test_an_operator_makes_another_of_somebody_at_another_server_who_then_decides(pair: Pair) -> None:
    pair.two.says(pair.bob, "/limit 5")
    assert pair.two.says(pair.bob, "/topiclock on")[-1].startswith("refused")
    pair.one.says(pair.ada, "/op bob")
    pair.bob.hears()
    pair.two.says(pair.bob, "/topiclock on")
    assert pair.one.says(pair.ada, "/deop bob")[-1].count("bob")
    assert pair.two.says(pair.bob, "/topiclock off")[-1].startswith("refused")


def test_an_operator_gives_and_takes_the_voice_of_somebody_at_another_server(pair: Pair) -> None:
    pair.one.says(pair.ada, "/moderated on")
    pair.bob.hears()
    assert pair.two.says(pair.bob, "hear me")[-1].startswith("refused")
    pair.one.says(pair.ada, "/voice bob")
    assert "bob: hear me" in pair.two.says(pair.bob, "hear me")
    pair.one.says(pair.ada, "/devoice bob")
    assert pair.two.says(pair.bob, "hear me")[-1].startswith("refused")


def test_an_operator_puts_out_somebody_at_another_server(pair: Pair) -> None:
    pair.one.says(pair.ada, "/kick bob loud")
    assert pair.bob.rooms == {"lobby"}
    assert "loud" in " ".join(pair.bob.hears())
    assert pair.one.says(pair.ada, "/kick bob")[-1].startswith("refused nobody-called")
    assert pair.one.says(pair.ada, "/op bob")[-1].startswith("refused")


def test_who_was_let_into_a_closed_room_and_is_put_out_of_it_is_not_let_in_again(pair: Pair) -> None:
    pair.one.says(pair.ada, "/key word", "/kick bob")
    assert pair.two.says(pair.bob, "/join tea")[-1].startswith("refused")
    pair.two.says(pair.bob, "/join tea word")
    assert "tea" in pair.bob.rooms


def test_a_server_that_starts_later_knows_the_operators_of_rooms(pair: Pair, servers: Servers) -> None:
    pair.one.says(pair.ada, "/op bob", "/topiclock on")
    three = servers.starts("three")
    eve = three.enters("eve")
    three.says(eve, "/join tea")
    refused = three.says(eve, "/topic mine")[-1]
    assert refused.startswith("refused")
    record = three.chat.hub.census.get("tea")
    assert record is not None
    assert sorted(record.terms.operators.values()) == ["ada", "bob"]
    pair.two.says(pair.bob, "/topic ours")
    assert record.topic == "ours"


def test_who_is_at_a_server_that_does_not_answer_is_not_known_to_be_put_out(pair: Pair, servers: Servers) -> None:
    pair.two.road.swallow()
    pair.ada.types("/kick bob")
    servers.run(2.5)
    assert "known" in " ".join(pair.ada.hears())
