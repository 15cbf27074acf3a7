"""Claimed names over several servers: an act that is made at one holds at all, and a code is good at each."""

from __future__ import annotations

import re
from typing import Any

import pytest
from support.chat import Person
from support.cluster import Node, Servers
from test_cluster_acts import Pair
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from twistchat.core.claimkeeping import grant, recode, set_free
from twistchat.errors import ClaimedAlready


@pytest.fixture
def pair(servers: Servers) -> Pair:
    return Pair(servers)


def code_in(lines: list[str]) -> str:
    """The code that somebody was told."""
    [told] = re.findall(r"[0-9]{4}(?:-[0-9]{4})+", " ".join(lines))
    return str(told)


def comes(servers: Servers, node: Node, *lines: str) -> Person:
    """Somebody connects, and types lines; they may be refused."""
    person = node.chat.connects()
    for line in lines:
        person.types(line)
        servers.run(0.5)
    return person


def test_a_name_that_was_claimed_at_one_server_is_kept_at_the_other(pair: Pair, servers: Servers) -> None:
    code = code_in(pair.one.says(pair.ada, "/claim"))
    pair.one.says(pair.ada, "/quit")
    assert not comes(servers, pair.two, "ada").rooms
    assert not comes(servers, pair.two, "аda").rooms, "what looks like it is refused as well"
    assert comes(servers, pair.two, "ada", code).rooms


def test_who_comes_with_the_code_to_another_server_takes_the_place_of_their_own_old_connection(
    pair: Pair, servers: Servers
) -> None:
    code = code_in(pair.one.says(pair.ada, "/claim"))
    assert not comes(servers, pair.two, "ada", "0000-0000-0000-0000").rooms
    assert not pair.ada.session.is_gone
    again = comes(servers, pair.two, "ada", code)
    assert again.rooms
    assert pair.ada.session.is_gone
    assert "replaced" in " ".join(pair.ada.hears())
    pair.two.says(again, "/leave")
    assert comes(servers, pair.one, "ada", code).rooms
    assert again.session.is_gone


def test_another_device_is_linked_at_another_server_and_once(pair: Pair, servers: Servers) -> None:
    pair.one.says(pair.ada, "/claim")
    digits = code_in(pair.one.says(pair.ada, "/link"))
    device = comes(servers, pair.two, "ada", digits)
    assert device.rooms
    assert not comes(servers, pair.two, "ada", digits).rooms


def test_a_name_that_is_released_is_free_at_every_server(pair: Pair, servers: Servers) -> None:
    pair.one.says(pair.ada, "/claim")
    pair.one.says(pair.ada, "/release ada", "/quit")
    assert comes(servers, pair.two, "ada").rooms


def test_what_an_administrator_does_about_a_name_holds_at_every_server(pair: Pair, servers: Servers) -> None:
    _act, old = pair.does(grant(pair.one.chat.hub, "op", "eve"))
    assert not comes(servers, pair.two, "eve").rooms
    for _ in range(2):  # the codes of a vault of tests are counted, at each server
        _act, code = pair.does(recode(pair.two.chat.hub, "op", "eve"))
    assert not comes(servers, pair.one, "eve", old).rooms
    eve = comes(servers, pair.one, "eve", code)
    assert eve.rooms
    act = pair.does(set_free(pair.two.chat.hub, "op", "eve", ""))
    pair.one.says(eve, "/quit")
    assert comes(servers, pair.one, "eve").rooms
    pair.does(pair.one.administration.moderation.undo("op", act.number))
    assert not comes(servers, pair.two, "eve").rooms


def test_a_server_that_starts_later_knows_whose_names_are_whose(pair: Pair, servers: Servers) -> None:
    code = code_in(pair.one.says(pair.ada, "/claim"))
    pair.one.says(pair.ada, "/quit")
    three = servers.starts("three")
    assert not comes(servers, three, "ada").rooms
    assert comes(servers, three, "ada", code).rooms


def test_a_server_that_does_not_answer_keeps_the_name_for_a_lease(pair: Pair, servers: Servers) -> None:
    code = code_in(pair.one.says(pair.ada, "/claim"))
    pair.one.road.swallow()
    again = pair.two.chat.connects()
    again.types("ada")
    again.types(code)
    servers.run(2.5)
    assert not again.rooms
    assert not again.session.is_gone


def test_of_two_hundred_pairs_of_servers_that_claim_one_name_at_once_one_has_it_and_the_other_is_told(
    pair: Pair, servers: Servers
) -> None:
    one, two = pair.one.chat.hub, pair.two.chat.hub
    for race in range(200):
        name, ends = f"n{race}", list[Any]()
        for hub in (one, two) if race % 2 else (two, one):
            Deferred.fromCoroutine(grant(hub, "op", name if race % 3 else name.upper())).addBoth(ends.append)
        servers.run()
        [won] = [end for end in ends if not isinstance(end, Failure)]
        [lost] = [end for end in ends if isinstance(end, Failure)]
        assert lost.check(ClaimedAlready), lost
        held = [hub.rules.claims.find(name) for hub in (one, two)]
        assert held[0] == held[1] is not None and held[0].name == won[0].subject, race
    failed = [verb for _, verb, _ in pair.audit(pair.one) if verb == "failed"]
    assert len(failed) == 200 and pair.audit(pair.one) == pair.audit(pair.two)


def test_who_claims_their_name_just_as_an_administrator_at_another_server_does_is_told_whose_it_is(
    pair: Pair, servers: Servers
) -> None:
    ends: list[Any] = []
    Deferred.fromCoroutine(grant(pair.two.chat.hub, "op", "ada")).addBoth(ends.append)
    pair.ada.types("/claim")
    servers.run()
    [(act, code)] = ends
    assert any(line.startswith("refused name-claimed") for line in pair.ada.hears())
    pair.one.says(pair.ada, "/quit")
    assert comes(servers, pair.one, "ada", code).rooms
    assert act.number
