"""One server of several goes on in another process, without a process: its portrait goes through JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.cluster import LEASE, Node, Servers
from support.redis import Redis
from support.succession import at_rest
from twisted.internet.defer import Deferred

from twistchat.cluster.handover import HELD_SECONDS, server_of
from twistchat.cluster.joining import make_cluster
from twistchat.cluster.post import AGAIN_SECONDS, ANSWER_SECONDS, MOST_ANSWERED
from twistchat.core.events import Whispered
from twistchat.core.portrait import ChatPortrait
from twistchat.core.ports import Bearer
from twistchat.errors import CannotStart
from twistchat.log.memory import MemoryLog


def leases(redis: Redis) -> dict[str, float]:
    found = redis.call("ZRANGE", "{tc}:leases", "0", "-1", "WITHSCORES")
    flat = [each for pair in found for each in (pair if isinstance(pair, list) else [pair])]
    return dict(zip(flat[::2], map(float, flat[1::2]), strict=True))


def test_a_server_is_held_for_longer_while_it_stands_still_and_no_longer_after(servers: Servers, redis: Redis) -> None:
    one = servers.starts("one")
    hand_over = one.member.hand_over
    hand_over.hold(1.0)
    servers.run()
    assert leases(redis)[one.cluster.server] == pytest.approx(servers.wall() + HELD_SECONDS, abs=0.2)
    servers.run(LEASE)
    assert leases(redis)[one.cluster.server] > servers.wall() + HELD_SECONDS - LEASE
    assert hand_over.is_at_rest
    assert hand_over.trouble is None
    assert hand_over.transport is not None
    hand_over.release()
    servers.run()
    assert leases(redis)[one.cluster.server] == pytest.approx(servers.wall() + LEASE, abs=0.2)


def test_what_was_said_and_asked_meanwhile_comes_to_the_new_process(servers: Servers, redis: Redis) -> None:
    one, other = servers.starts("one"), servers.starts("other")
    ada, bob = one.enters("ada"), other.enters("bob")
    other.says(bob, "/join away")
    one.says(ada, "/claim")
    servers.run()
    ada.hears()
    new = handed_over(servers, one, lambda: said_meanwhile(servers, other, bob))
    assert new.cluster.server == one.cluster.server
    assert [*leases(redis)] == sorted(leases(redis), key=leases(redis).__getitem__)
    assert "bob: meanwhile" in "".join(map(str, new.kept()))
    assert "their server is gone" not in str(new.kept())
    away = new.chat.hub.census.get("away")
    assert away is not None and [*away.people.values()] == ["bob"]
    assert new.cluster.names.held == one.cluster.names.held != set()
    assert new.cluster.is_open
    stranger = new.chat.connects()
    assert any("claimed" in line or "code" in line for line in new.says(stranger, "ada")), "it is its owner's"
    banned = new.chat.connects()
    assert "banned" in str(new.says(banned, "eve"))


def said_meanwhile(servers: Servers, other: Node, bob: Any) -> None:
    """Somebody talks at the other server, and somebody is banned there."""
    bob.types("/join lobby", "bob: meanwhile")
    banning = Deferred.fromCoroutine(other.administration.moderation.ban("op", "eve", 60, "spam"))
    servers.run(0.2)
    assert banning.called


def handed_over(servers: Servers, old: Node, meanwhile: Any) -> Node:
    """Have a new node be the server that another was; its people are left out."""
    at_rest(old.chat)
    old.member.hand_over.hold(1.0)
    servers.run()
    assert old.member.hand_over.is_at_rest
    written = json.loads(json.dumps(old.member.hand_over.portrait()))
    chat = json.loads(json.dumps(old.chat.hub.portrait().written()))
    old.kill()
    meanwhile()
    new = Node.taking_over(servers, old, written)
    preparing = new.chat.hub.prepare(ChatPortrait.read({**chat, "rooms": []}))
    with pytest.raises(StopIteration):
        preparing.send(None)
    new.member.hand_over.go_on()
    servers.nodes.append(new)
    servers.run(1.5)
    return new


def test_a_question_that_was_lost_is_asked_again_and_done_once(servers: Servers) -> None:
    one, other = servers.starts("one"), servers.starts("other")
    ada, bob = one.enters("ada"), other.enters("bob")
    heard = one.member.post.heard
    lost: list[Any] = []
    one.cluster._chat.heard = lost.append  # type: ignore[union-attr]
    bob.types("/msg ada psst")
    servers.run()
    assert [message["what"] for message in lost] == ["whisper"]
    assert not one.member.post._asked
    assert not other.member.post.is_idle
    one.cluster._chat.heard = heard  # type: ignore[union-attr]
    servers.run(AGAIN_SECONDS + 0.1)
    assert any("psst" in line for line in ada.hears())
    assert other.member.post.is_idle
    heard(lost[0])
    servers.run()
    assert not any("psst" in line for line in ada.hears()), "it was done already"
    answered = one.member.post.answered()
    assert answered[-1][0] == lost[0]["id"]
    servers.run(2 * ANSWER_SECONDS)
    assert one.member.post.answered() == []


def test_of_too_many_answers_the_first_are_forgotten(servers: Servers) -> None:
    post = servers.starts("one").member.post
    for number in range(MOST_ANSWERED + 5):
        post.heard({"what": "whisper", "name": "nobody", "id": str(number), "from": "x"})
    assert len(post.answered()) <= MOST_ANSWERED
    assert post.answered()[-1][0] == str(MOST_ANSWERED + 4)


def test_another_cluster_than_before_is_refused(tmp_path: Path) -> None:
    written = {"where": "unix:/a", "server": "n1.0011", "last_batch": 3, "run": "r"}
    assert server_of(written, "unix:/a") == "n1.0011"
    assert server_of(None, "unix:/a") is None
    with pytest.raises(CannotStart, match="names unix:/b now, and unix:/a before"):
        server_of(written, "unix:/b")
    with pytest.raises(CannotStart, match="is off now, and was not before"):
        make_cluster({"cluster": "off"}, MemoryLog(float), tmp_path, None, written)


def test_a_private_message_to_a_name_asks_the_server_that_has_it(servers: Servers) -> None:
    one, other = servers.starts("one"), servers.starts("other")
    ada = one.enters("ada")
    answer: list[Bearer] = []
    asked = other.member.post.whisper("ada", Whispered("bob", "ada", "hi"))
    Deferred.fromCoroutine(asked).addCallback(answer.append)
    servers.run(0.1)
    assert answer == [Bearer("ada", None)]
    assert any("hi" in line for line in ada.hears())
