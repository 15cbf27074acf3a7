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


def test_somebody_at_another_server_is_invited_into_a_room_that_is_not_open_there(pair: Pair, servers: Servers) -> None:
    eve = pair.two.enters("eve")
    pair.two.says(pair.bob, "/leave tea")
    pair.one.says(pair.ada, "/private on")
    assert pair.two.says(eve, "/join tea") == ["refused room-private room=tea"]
    assert pair.one.says(pair.ada, "/invite EVE") == ["invited tea: ada eve"]
    assert eve.hears() == ["invited tea: ada eve"]
    pair.two.says(eve, "/join tea")
    assert "tea" in eve.rooms
    pair.two.says(eve, "/leave tea")
    pair.two.says(eve, "/join tea")
    assert "tea" in eve.rooms, "an invitation holds as long as the room does, also where it was closed at this server"
    pair.two.says(eve, "/leave tea")
    pair.one.says(pair.ada, "/leave tea")
    pair.one.says(pair.ada, "/join tea")
    pair.one.says(pair.ada, "/private on")
    assert pair.two.says(eve, "/join tea") == ["refused room-private room=tea"], "it is another room of that name"


def test_an_invitation_to_another_server_is_refused_for_the_reasons_of_one_at_home(
    pair: Pair, servers: Servers
) -> None:
    assert pair.one.says(pair.ada, "/invite bob") == ["refused there-already name=bob room=tea"]
    assert pair.one.says(pair.ada, "/invite nobody") == ["refused nobody-called name=nobody"]
    assert pair.one.says(pair.ada, "/invite ada") == ["refused that-is-you"]
    eve = pair.two.enters("eve")
    pair.one.says(pair.ada, "/private on")
    assert pair.two.says(pair.bob, "/invite eve")[-1].startswith("refused not-operator")
    pair.two.says(eve, "/ignore ada")
    assert pair.one.says(pair.ada, "/invite eve") == ["refused ignores-you name=eve"]
    pair.two.says(eve, "/unignore ada")
    pair.two.road.swallow()
    pair.ada.types("/invite eve")
    servers.run(2.5)
    assert pair.ada.hears()[-1].startswith("refused not-known-whether")


def test_who_is_kept_out_after_all_is_invited_no_more_at_whatever_server(pair: Pair) -> None:
    eve = pair.two.enters("eve")
    pair.one.says(pair.ada, "/private on", "/invite eve")
    assert eve.hears() == ["invited tea: ada eve"]
    pair.one.says(pair.ada, "/ban eve")
    assert pair.two.says(eve, "/join tea")[-1].startswith("refused")
    pair.one.says(pair.ada, "/unban eve")
    assert pair.two.says(eve, "/join tea") == ["refused room-private room=tea"]


def test_who_is_in_a_room_by_another_server_comes_back_into_it_after_it_was_closed(pair: Pair) -> None:
    pair.bob.inside.key = "a key of bob's own"
    eve = pair.two.enters("eve")
    pair.two.says(eve, "/join tea")
    pair.one.says(pair.ada, "/private on")
    pair.two.says(pair.bob, "/leave tea", "/join tea")
    assert "tea" in pair.bob.rooms
    pair.two.says(eve, "/leave tea")
    assert pair.two.says(eve, "/join tea") == ["refused room-private room=tea"], "there is nothing to know her by"
    pair.one.says(pair.ada, "/kick bob")
    pair.bob.hears()
    assert pair.two.says(pair.bob, "/join tea") == ["refused room-private room=tea"]


def test_what_is_said_by_any_server_is_found_at_each(pair: Pair, servers: Servers) -> None:
    pair.two.says(pair.bob, "a line about elephants")
    assert any("elephants" in line for line in pair.one.says(pair.ada, "/search elephants"))
    assert any("elephants" in line for line in pair.one.says(pair.ada, "/history 5"))


@pytest.mark.parametrize("comes_back", ["one", "two"])
def test_what_was_missed_is_shown_by_whatever_server_they_come_back(
    pair: Pair, servers: Servers, comes_back: str
) -> None:
    eve, fay = pair.one.enters("eve"), pair.two.enters("fay")
    pair.two.says(fay, "heard")
    pair.one.says(pair.ada, "/quit")
    pair.two.says(fay, "missed, said at two")
    pair.one.says(eve, "missed, said at one")
    node = {"one": pair.one, "two": pair.two}[comes_back]
    ada = node.chat.connects()
    node.says(ada, "ada")
    pair.one.says(eve, "not missed")
    ada.hears()
    told = node.says(ada, "/missed")
    lines = [each for each in told if ": " in each]
    assert [each.rpartition(": ")[2] for each in lines] == ["missed, said at two", "missed, said at one"]


def test_coming_and_going_by_two_servers_is_folded_in_a_large_room(pair: Pair, servers: Servers) -> None:
    crowd = [(pair.one, pair.two)[number % 2].chat.connects() for number in range(60)]
    for number, person in enumerate(crowd):
        person.types(f"p{number}", "/join tea")
    servers.run(10)
    pair.ada.hears()
    late = [(pair.one, pair.two)[number % 2].chat.connects() for number in range(10)]
    for number, person in enumerate(late):
        person.types(f"late{number}", "/join tea")
    servers.run(10)
    assert pair.ada.hears() == ["[lobby] turnover +10 -0", "turnover +10 -0"]
