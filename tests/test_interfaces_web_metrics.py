"""The figures for those who watch the server."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.chat import Chat
from support.web import WebDoor

from twistchat.core.events import Announced
from twistchat.core.names import EVERYWHERE
from twistchat.errors import NotStored
from twistchat.interfaces.web.metrics import BEAT_SECONDS, BEATS_KEPT, Metrics
from twistchat.interfaces.web.visit import OriginPolicy, origin_policy
from twistchat.wire.http import Head

HEAD = Head("GET", "/metrics", {"host": "localhost"}, True)


@pytest.fixture
def figures(chat: Chat) -> Callable[[], dict[str, float]]:
    """All figures as they are now, by name and label."""
    metrics = Metrics(chat.hub, OriginPolicy(), "loopback", lambda: len(chat.clock.getDelayedCalls()))

    def read() -> dict[str, float]:
        text = metrics.answer("127.0.0.1", HEAD).body.decode()
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {" ".join([each.name.removeprefix("twistchat_"), *each.labels.values()]): each.value for each in samples}

    return read


def test_people_rooms_and_lines_are_counted(chat: Chat, figures: Callable[[], dict[str, float]]) -> None:
    ada, _bob = WebDoor(chat).enters("ada"), chat.enters("bob")
    chat.connects()  # has no name yet
    ada.says("hi", "/join kitchen")
    now = figures()
    assert (now["people web"], now["people fake"], now["rooms"]) == (1, 1, 2)
    assert (now["lines_total said"], now["lines_total joined"]) == (1, 3)
    assert now["deliveries_total"] == 1 + 2 + 2 + 1
    assert now["commits_total"] >= 3
    assert now["pending_events"] == now["backlog_bytes"] == 0


def test_what_waits_and_how_long_turns_take_is_told(chat: Chat, figures: Callable[[], dict[str, float]]) -> None:
    chat.enters("ada")
    chat.connects()
    timers = len(chat.clock.getDelayedCalls())
    chat.use_up_turn()
    chat.hub.turn.wait(lambda: None)
    now = figures()
    assert (now["connections"], now["names"], now["waiting_calls"]) == (2, 1, 1)
    assert now["delayed_calls"] == timers + 1, "the end of the turn"
    before = now["turn_seconds_count"]
    chat.turn()
    now = figures()
    assert now["turn_seconds_count"] == now["turn_seconds_bucket +Inf"] == now["turn_seconds_bucket 0.02"] > before
    assert now["turn_seconds_sum"] == now["longest_turn_seconds"] == 0


def test_what_is_announced_to_everyone_is_delivered_to_everyone(
    chat: Chat, figures: Callable[[], dict[str, float]]
) -> None:
    ada, _bob, cid = chat.enters("ada"), chat.enters("bob"), chat.enters("cid")
    chat.connects()  # has no name yet
    ada.sends("/join kitchen")
    cid.sends("/leave")
    before = figures()["deliveries_total"]
    chat.hub.pipeline.proclaim(Announced(EVERYWHERE, "Back at six"))
    chat.turn()
    assert figures()["deliveries_total"] - before == 3


def test_refusals_are_counted_by_code_at_the_door_too(chat: Chat, figures: Callable[[], dict[str, float]]) -> None:
    ada = chat.enters("ada")
    ada.sends("/nosuch", "/nosuch")
    chat.limit(per_address=1)
    door = WebDoor(chat)
    for _ in range(2):
        door.connects("192.0.2.1")
    now = figures()
    assert (now["refusals_total unknown-command"], now["refusals_total too-many-connections"]) == (2, 1)


def test_what_could_not_be_stored_is_counted(chat: Chat, figures: Callable[[], dict[str, float]]) -> None:
    ada = chat.enters("ada")
    chat.log.failing = NotStored("no space")
    ada.sends("lost")
    assert figures()["commit_failures_total"] == 1


def test_bytes_that_wait_for_readers_are_told(chat: Chat, figures: Callable[[], dict[str, float]]) -> None:
    ada, bob = WebDoor(chat).enters("ada"), chat.enters("bob")
    ada.protocol._egress.pauseProducing()
    bob.sends("x" * 500)
    assert figures()["backlog_bytes"] > 500


def test_a_reactor_that_is_late_is_seen_for_a_while(chat: Chat) -> None:
    metrics = Metrics(chat.hub, OriginPolicy(), "loopback", lambda: len(chat.clock.getDelayedCalls()))
    metrics.start()
    chat.clock.advance(BEAT_SECONDS + 0.75)
    late = b"twistchat_reactor_delay_seconds 0.75"
    assert late in metrics.answer("", HEAD).body
    chat.clock.pump([BEAT_SECONDS] * BEATS_KEPT)
    assert late not in metrics.answer("", HEAD).body
    metrics.stop()
    metrics.stop()
    assert not chat.clock.getDelayedCalls()


@pytest.mark.parametrize(
    ("whom", "peer", "headers", "status"),
    [
        ("loopback", "127.0.0.1", {}, 200),
        ("loopback", "", {}, 200),
        ("loopback", "192.0.2.1", {}, 403),
        ("loopback", "127.0.0.1", {"x-forwarded-for": "192.0.2.1"}, 403),
        ("everyone", "192.0.2.1", {}, 200),
        ("off", "127.0.0.1", {}, 404),
    ],
)
def test_only_this_machine_is_answered_unless_it_is_opened(
    chat: Chat, whom: str, peer: str, headers: dict[str, str], status: int
) -> None:
    for policy in (OriginPolicy(), origin_policy("127.0.0.1", None)):
        answer = Metrics(chat.hub, policy, whom, lambda: 0).answer(peer, Head("GET", "/metrics", headers, True))
        assert answer.status == status
