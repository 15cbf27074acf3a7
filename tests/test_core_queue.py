"""What one batch takes: the oldest, so much that it costs a few milliseconds, and what was submitted together whole."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat, Person, shorten_batches

from twistchat.core.author import Proclamation
from twistchat.core.batch import RoomBatch
from twistchat.core.events import Aside, Event, Joined, Left, Removed, Renamed, Said
from twistchat.core.ignoring import Ignoring
from twistchat.core.queue import COSTS, IGNORING_A_LINE, MOST_IN_A_BATCH, Queue
from twistchat.core.submission import Submission

EVENTS = st.sampled_from(
    [
        Said("lobby", "ada", "hi"),
        Joined("lobby", "ada"),
        Left("lobby", "ada"),
        Removed("lobby", "ada"),
        Renamed("lobby", "ada", "eve"),
    ]
)


class Listener:
    def __init__(self) -> None:
        self.preferences: Any = SimpleNamespace(ignored={})


def cost(batch: list[Submission]) -> int:
    return sum(COSTS.get(type(one.event), 1) for one in batch)


@given(st.lists(st.lists(EVENTS, min_size=1, max_size=5), max_size=200))
def test_batches_have_everything_in_its_order_and_each_costs_little_more_than_it_may(groups: list[list[Event]]) -> None:
    queue, put = Queue(Ignoring()), []
    for events in groups:
        for event in events:
            put.append(Submission(event, Proclamation(), is_last=False))
        put[-1].is_last = True
    for submission in put:
        queue.put(submission)
    assert len(queue) == len(put)
    assert queue.is_full == (cost(put) >= MOST_IN_A_BATCH)
    taken: list[Submission] = []
    while queue:
        batch = queue.take()
        assert batch[-1].is_last, "what was submitted together is committed together"
        assert cost(batch) < MOST_IN_A_BATCH + 5 * max(COSTS.values())
        assert not queue or cost(batch) >= MOST_IN_A_BATCH
        taken += batch
    assert taken == put
    assert not queue.is_full


def test_all_can_be_taken_out_at_once() -> None:
    queue = Queue(Ignoring())
    put = [Submission(Said("lobby", "ada", "hi"), Proclamation()) for _ in range(2 * MOST_IN_A_BATCH)]
    for submission in put:
        queue.put(submission)
    assert queue.take_all() == put
    assert (len(queue), queue.is_full) == (0, False)


def test_a_line_costs_more_the_more_people_ignore_its_author_whatever_they_do_then() -> None:
    ignoring: Ignoring[Any] = Ignoring()
    crowd = [Listener() for _ in range((MOST_IN_A_BATCH - 1) * IGNORING_A_LINE)]
    for listener in crowd:
        ignoring.begin(listener, "Ada")
    assert ignoring.of(None) == (), "nobody ignores the administrator"
    queue = Queue(ignoring)
    put = [Submission(Said("lobby", name, "hi"), Proclamation()) for name in ("eve", "ada", "bob")]
    queue.put(put[0])
    assert not queue.is_full
    queue.put(put[1])
    assert queue.is_full
    queue.put(put[2])
    for listener in crowd:
        ignoring.end(listener, "ada")
    assert (queue.take(), queue.is_full) == (put[:2], False)
    assert queue.take() == put[2:]


# --- the pipeline


def gathered(chat: Chat) -> tuple[Person, Person]:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    return ada, bob


def lines(events: list[Event]) -> list[str]:
    return [getattr(event, "text", type(event).__name__) for event in events]


def test_many_lines_go_in_several_batches_and_come_in_their_order(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, bob = gathered(chat)
    shorten_batches(chat, monkeypatch, 4)
    del chat.log.appended[:]
    ada.types(*(f"a{number}" for number in range(5)))
    bob.types(*(f"b{number}" for number in range(5)))
    chat.turn()
    assert [len(batch) for batch in chat.log.appended] == [4, 4, 2]
    heard = [f"ada: a{number}" for number in range(5)] + [f"bob: b{number}" for number in range(5)]
    assert ada.hears() == bob.hears() == heard


def test_a_turn_that_has_brought_a_batch_has_no_more_time(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    """So what is taken from connections is no more than can be stored, and the rest waits with them."""
    ada = chat.enters("ada")
    shorten_batches(chat, monkeypatch, 4)
    ada.types("one", "two", "three")
    assert chat.hub.turn.has_time()
    ada.types("four")
    assert not chat.hub.turn.has_time()
    chat.turn()
    assert chat.hub.turn.has_time()


def test_there_is_no_time_while_as_much_waits_as_a_batch_takes(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = chat.enters("ada")
    shorten_batches(chat, monkeypatch, 4)
    had: list[bool] = []
    chat.hub.pipeline.watch(lambda _entries: chat.hub.turn.wait(lambda: had.append(chat.queued < 4)))
    ada.types(*map(str, range(10)))
    chat.turn()
    assert had == [True] * 3


def test_while_the_log_is_slow_lines_are_taken_until_too_many_wait(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = chat.enters("ada")
    shorten_batches(chat, monkeypatch, 4)
    chat.log.slow = True
    ada.types("one")
    chat.turn()
    ada.types(*map(str, range(10)))
    assert chat.hub.turn.has_time()
    chat.log.hurry()
    chat.turn()
    assert ada.hears() == ["ada: one", *(f"ada: {number}" for number in range(10))]


def test_a_new_name_is_stored_in_all_rooms_or_in_none(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = chat.enters("ada")
    ada.sends("/join tea", "/join den")
    shorten_batches(chat, monkeypatch, 3)
    del chat.log.appended[:]
    ada.types("one", "two", "/nick eve", "three")
    chat.turn()
    assert [lines(batch) for batch in chat.log.appended] == [["one", "two", "Renamed", "Renamed", "Renamed"], ["three"]]


def test_where_a_batch_is_refused_those_behind_it_are_taken_back_with_it(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob = gathered(chat)
    shorten_batches(chat, monkeypatch, 2)
    chat.log.slow = True
    ada.types("one", "two", "three", "/nick eve", "four")
    chat.turn()
    chat.log.go_on()
    chat.turn()
    chat.log.give_up()
    chat.log.hurry()
    chat.turn()
    assert bob.hears() == ["ada: one", "ada: two"]
    assert ada.hears()[:2] == ["ada: one", "ada: two"]
    assert ada.name == "ada"
    ada.sends("five")
    assert bob.hears() == ["ada: five"]


def test_who_asks_what_was_said_is_answered_once_all_that_was_before_is_stored(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = chat.enters("ada")
    shorten_batches(chat, monkeypatch, 2)
    ada.types(*map(str, range(7)), "/history 7")
    chat.turn()
    answer = ada.hears()
    assert answer[:7] == [f"ada: {number}" for number in range(7)]
    assert all(any(f"ada: {number}" in line for line in answer[7:]) for number in range(7))


def test_waiting_for_all_that_was_submitted_is_over_with_its_batch(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = chat.enters("ada")
    shorten_batches(chat, monkeypatch, 2)
    chat.log.slow = True
    ada.types("one", "two", "three")
    chat.turn()
    waited: Any = chat.hub.pipeline.drained()
    chat.log.go_on()
    chat.turn()
    assert not waited.called
    chat.log.go_on()
    chat.turn()
    assert waited.called


def test_who_begins_to_wait_while_a_batch_is_delivered_waits_for_those_behind_it_too(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = chat.enters("ada")
    shorten_batches(chat, monkeypatch, 2)
    chat.log.slow = True
    ada.types("one", "two", "three")
    waited: list[Any] = []
    stop = chat.hub.pipeline.watch(lambda _entries: waited.append(chat.hub.pipeline.drained()))
    chat.turn()
    chat.log.go_on()
    stop()
    chat.turn()
    assert [one.called for one in waited] == [False]
    chat.log.go_on()
    chat.turn()
    assert waited[0].called


def test_a_few_who_come_are_as_much_as_a_batch_takes(chat: Chat) -> None:
    """Each costs more than a line, in whatever order they and lines are submitted."""
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.sends("in the log's hands")
    fewer = MOST_IN_A_BATCH - COSTS[Renamed]
    ada.types(*["a line"] * fewer, "/nick eve")
    assert chat.hub.pipeline._pending.is_full
    chat.log.hurry()
    chat.turn()
    assert not chat.hub.pipeline._pending.is_full


def test_a_room_that_was_told_presence_alone_was_told_something(chat: Chat) -> None:
    room = chat.enters("ada").inside.shared.rooms["lobby"]
    for folds in (True, False):
        batch = RoomBatch(room)
        assert not batch
        batch.add(folds, Aside(None, 0.0, Said("lobby", "ada", "hi")), 0)
        assert batch
