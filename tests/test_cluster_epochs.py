"""Redis loses what it had, once or again, while servers come late: what the others went on with is what stays."""

from __future__ import annotations

import sqlite3

import pytest
from support.cluster import LEASE, Node, Servers

from twistchat.errors import NotStored, Phrase


@pytest.fixture
def one(servers: Servers) -> Node:
    return servers.starts("one")


@pytest.fixture
def two(servers: Servers, one: Node) -> Node:
    return servers.starts("two")


def said(node: Node) -> list[object]:
    return [row[5] for row in node.kept() if row[3] == "said"]


def same(*nodes: Node) -> None:
    copies = [node.kept() for node in nodes]
    assert all(copy == copies[0] for copy in copies)


@pytest.mark.parametrize("late", [0.0, 2.0])
def test_a_new_server_that_comes_first_to_a_redis_that_lost_all_does_not_begin_another_log(
    servers: Servers, one: Node, two: Node, late: float
) -> None:
    ada = one.enters("ada")
    one.says(ada, "before")
    one.road.close(), two.road.close()
    servers.restart_redis()
    three = servers.starts("three")
    servers.run(late)
    one.road.is_closed = two.road.is_closed = False
    servers.run(3 * LEASE)
    assert one.says(ada, "after")[-1] == "ada: after"
    servers.run(1)
    same(one, two, three)
    assert said(three) == ["before", "after"]


@pytest.mark.parametrize("comes_first", ["the one that was away", "the others"])
@pytest.mark.parametrize("keeps", ["nothing", "what the others said", "what was before that"])
def test_a_server_that_was_away_does_not_give_back_what_the_others_went_on_without(
    servers: Servers, one: Node, two: Node, comes_first: str, keeps: str
) -> None:
    three = servers.starts("three")
    ada, bob, eve = one.enters("ada"), two.enters("bob"), three.enters("eve")
    one.says(ada, "everywhere")
    servers.keep_redis()
    two.road.close(), three.road.close()
    one.says(ada, "only here", "nor this", "nor that")
    one.road.close()
    servers.restart_redis()
    two.road.is_closed = three.road.is_closed = False
    servers.run(3 * LEASE)
    if keeps == "what was before that":
        servers.keep_redis()
    two.says(bob, "instead of it")
    assert eve.hears()[-1] == "bob: instead of it"
    if keeps == "what the others said":
        servers.keep_redis()
    others = (two, three)
    first, then = ((one,), others) if comes_first == "the one that was away" else (others, (one,))
    for node in others:
        node.road.close()
    servers.restart_redis()
    for node in first:
        node.road.is_closed = False
    servers.run(0.5)
    for node in then:
        node.road.is_closed = False
    servers.run(4 * LEASE)
    same(one, two, three)
    assert said(two) == ["everywhere", "instead of it"]
    assert not [told for told in (*bob.hears(), *eve.hears()) if told.startswith("apart") or "only here" in told]
    told = ada.hears()
    assert [each for each in told if ": " in each][-1] == "bob: instead of it"
    bob.types("and on")
    servers.run(1)
    assert bob.hears()[-1] == "bob: and on"
    assert ada.hears()[-1] == "bob: and on"


def test_what_was_read_and_is_not_kept_yet_is_said_to_redis_before_it_opens(
    servers: Servers, one: Node, two: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes it late: people see it then, so it has to be in the common log."""
    ada, bob = one.enters("ada"), two.enters("bob")
    ada.hears()
    servers.keep_redis()
    keep, is_slow = one.copy.keep, [True]
    monkeypatch.setattr(one.copy, "keep", lambda rows: _refused() if is_slow[0] else keep(rows))
    two.road.deafen()
    one.says(ada, "kept late")
    one.road.close(), two.road.close()
    servers.restart_redis()
    two.road.is_closed = False
    servers.run(0.3)
    one.road.is_closed = False
    servers.run(0.3)
    is_slow[0] = False
    servers.run(2 * LEASE)
    two.says(bob, "goes on")
    servers.run(1)
    same(one, two)
    assert said(two) == ["kept late", "goes on"]
    assert [told for told in ada.hears() if ": " in told] == ["ada: kept late", "bob: goes on"]


def _refused() -> None:
    raise NotStored(Phrase("the disk is full"))


def test_a_server_whose_coming_redis_lost_is_waited_for_where_others_know_it(
    servers: Servers, one: Node, two: Node
) -> None:
    bob = two.enters("bob")
    servers.keep_redis()
    three = servers.starts("three")
    eve = three.enters("eve")
    assert bob.hears()[-1] == "+eve"
    one.road.close(), two.road.close()
    three.says(eve, "seen by eve alone")
    three.road.close()
    servers.restart_redis()
    one.road.is_closed = two.road.is_closed = False
    servers.run(1)
    three.road.is_closed = False
    servers.run(2 * LEASE)
    same(one, two, three)
    assert said(one) == ["seen by eve alone"]
    assert not [told for told in eve.hears() if told.startswith("apart")]


def test_a_copy_that_cannot_be_written_is_said_and_opened_once_it_can(
    servers: Servers, one: Node, two: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = one.enters("ada")
    with monkeypatch.context() as broken:
        broken.setattr(one.cluster.copy, "enter", _broken)
        servers.restart_redis()
        servers.run(2 * LEASE)
        assert one.says(ada, "refused")[-1].startswith("refused")
        assert not one.cluster.is_open and two.cluster.is_open
        assert one.cluster._told == "this server's copy cannot be used: disk I/O error"
    servers.run(2 * LEASE)
    ada.types("and on")
    servers.run(1)
    assert "ada: and on" in ada.hears()


def _broken(epoch: int) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def test_an_epoch_is_the_same_in_a_copy_and_in_redis(servers: Servers, one: Node) -> None:
    epoch = one.cluster.copy.epoch
    written = servers.redis.call("HGET", "{tc}:state", "epoch")
    assert epoch == round(float(written) * 1_000_000) > 0
    one.kill()
    assert servers.starts("one").cluster.copy.epoch == epoch
    servers.restart_redis()
    two = servers.starts("two")
    servers.run(2 * LEASE)
    assert two.cluster.copy.epoch > epoch
