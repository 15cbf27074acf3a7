"""A turn's time: who has it, who waits, and that nothing is lost, turned round or done twice by it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat, Person
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from twistchat.core.figures import TURN_BOUNDS, Figures
from twistchat.core.replies import Reply
from twistchat.core.turn import SHARE_SECONDS, Turn


class Work:
    """Calls that take time by a clock, and what was made of them."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.figures = Figures()
        self.turn = Turn(self.clock, self.figures)
        self.done: list[object] = []

    def takes(self, seconds: float, what: object = None) -> Callable[[], None]:
        """A call that takes so long."""

        def call() -> None:
            self.clock.rightNow += seconds
            self.done.append(what)

        return call

    def one_turn(self) -> None:
        """Let this turn end, and nothing of the next."""
        due = [call for call in self.clock.getDelayedCalls() if call.getTime() <= self.clock.seconds()]
        self.clock.calls = [call for call in self.clock.calls if call not in due]
        for call in due:
            call.func(*call.args, **call.kw)

    def all_turns(self) -> None:
        """Let turns come and go until nothing is left to be done."""
        self.clock.advance(0)


@pytest.fixture
def work() -> Work:
    return Work()


def test_a_turn_has_time_until_its_share_is_used_up_and_the_next_has_its_own(work: Work) -> None:
    assert work.turn.has_time()
    work.takes(SHARE_SECONDS / 2)()
    assert work.turn.has_time()
    work.takes(SHARE_SECONDS / 2)()
    assert not work.turn.has_time()
    work.one_turn()
    assert work.turn.has_time()


def test_a_turn_that_brought_enough_is_over(work: Work) -> None:
    work.turn.fill()
    assert not work.turn.has_time()
    work.all_turns()
    assert work.turn.has_time()


def test_what_a_turn_ends_with_comes_before_those_who_wait(work: Work) -> None:
    work.turn.wait(work.takes(0, "waited"))
    work.turn.at_end(work.takes(1, "at the end, however long it takes"))
    work.one_turn()
    assert work.done == ["at the end, however long it takes", "waited"]


def test_who_waits_comes_before_what_is_new_then_and_of_many_so_many_as_there_is_time_for(work: Work) -> None:
    for number in range(5):
        work.turn.wait(work.takes(SHARE_SECONDS / 2, number))
    work.one_turn()
    assert (work.done, work.turn.waiting) == ([0, 1], 3)
    assert not work.turn.has_time()
    work.one_turn()
    work.one_turn()
    assert (work.done, work.turn.waiting) == ([0, 1, 2, 3, 4], 0)


def test_what_is_taken_back_is_not_done(work: Work) -> None:
    waiting = work.turn.wait(work.takes(0, "taken back"))
    other = work.turn.wait(work.takes(0, "done"))
    waiting.cancel()
    assert (waiting.active(), other.active()) == (False, True)
    work.all_turns()
    assert (work.done, other.active()) == (["done"], False)


def test_a_failure_is_nobody_elses(work: Work, flush_errors: Callable[..., list[BaseException]]) -> None:
    def fails() -> None:
        raise ValueError

    work.turn.at_end(fails)
    work.turn.at_end(work.takes(0, "at the end"))
    work.turn.wait(fails)
    work.turn.wait(work.takes(0, "waited"))
    work.all_turns()
    assert work.done == ["at the end", "waited"]
    assert len(flush_errors(ValueError)) == 2


def test_who_asks_for_time_has_it_at_once_where_there_is_some(work: Work) -> None:
    assert work.turn.time().called
    work.turn.fill()
    later = work.turn.time()
    assert not later.called
    work.all_turns()
    assert later.called


def test_something_is_done_to_each_of_many_in_as_many_turns_as_it_takes(work: Work) -> None:
    def do(number: int) -> None:
        work.takes(SHARE_SECONDS / 2, number)()

    done = Deferred.fromCoroutine(work.turn.each(range(5), do))
    assert work.done == [0, 1]
    work.one_turn()
    assert work.done == [0, 1, 2, 3]
    assert not done.called
    work.one_turn()
    assert (work.done, done.called) == ([0, 1, 2, 3, 4], True)


def test_turns_are_counted_by_how_long_they_took(work: Work) -> None:
    for seconds in (0.0005, 0.015, 2.0):
        assert work.turn.has_time()
        work.takes(seconds)()
        work.one_turn()
    counts = dict(zip((*TURN_BOUNDS, None), work.figures.turns, strict=True))
    assert {bound for bound, number in counts.items() if number} == {0.001, 0.02, None}
    assert work.figures.longest_turn == pytest.approx(2.0)
    assert work.figures.turn_seconds == pytest.approx(2.0155)


def test_a_turn_that_follows_at_once_begins_where_the_one_before_it_ended(work: Work) -> None:
    for _ in range(4):
        work.turn.wait(work.takes(SHARE_SECONDS))
    for _ in range(4):
        work.one_turn()
    assert work.figures.longest_turn == pytest.approx(SHARE_SECONDS)
    assert work.figures.turn_seconds == pytest.approx(4 * SHARE_SECONDS)


@given(st.lists(st.floats(0, 3 * SHARE_SECONDS)))
def test_everything_is_done_once_in_its_order_and_no_turn_is_longer_than_its_share_and_one_call(
    times: list[float],
) -> None:
    work = Work()
    for number, seconds in enumerate(times):
        work.turn.wait(work.takes(seconds, number))
    while work.turn.waiting:
        before = work.clock.seconds()
        work.one_turn()
        assert work.clock.seconds() - before <= SHARE_SECONDS + max(times) + 1e-9
    assert work.done == [*range(len(times))]


# --- who goes by it


def test_held_lines_of_one_person_leave_a_turn_to_the_others(chat: Chat) -> None:
    """Somebody waits for the log, with lines behind; once it answers there is no time, and they wait again."""
    ada, bob = chat.enters("ada"), chat.enters("bob")
    chat.log.slow = True
    ada.types("/join tea", "one", "two")
    chat.use_up_turn()
    chat.log.hurry()
    bob.types("mine")
    assert chat.queued == 2, "their coming, and what bob says"
    chat.turn()
    assert bob.hears() == ["bob: mine"]
    assert ada.hears()[-2:] == ["ada: one", "ada: two"]


def test_who_leaves_while_their_lines_wait_for_time_says_nothing_more(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    chat.log.slow = True
    ada.types("/join tea", "/join lobby", "unsaid")
    chat.use_up_turn()
    chat.log.hurry()
    ada.vanishes()
    chat.turn()
    assert bob.hears() == ["-ada"]


def test_an_answer_of_the_log_waits_for_time(chat: Chat) -> None:
    ada = chat.enters("ada")
    ada.sends("tea is ready")
    ada.hears()
    for question in ("/history", "/missed", "/search tea"):
        chat.use_up_turn()
        ada.types(question)
        assert ada.hears() == []
        chat.turn()
        assert ada.hears(), question


def test_an_answer_that_waits_for_time_is_given_to_nobody_who_is_gone_meanwhile(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.sends("tea is ready")
    ada.hears()
    for question in ("/history", "/missed", "/search tea"):
        eve = chat.enters("eve")
        eve.hears()
        chat.use_up_turn()
        eve.types(question)
        assert chat.hub.turn.waiting == 1
        eve.vanishes()
        chat.turn()
        assert (eve.hears(), chat.hub.turn.waiting) == ([], 0), question
    assert bob.hears()[-1] == "-eve"


def gathered(chat: Chat, count: int) -> list[Person]:
    people = [chat.enters(f"p{number}") for number in range(count)]
    for person in people:
        person.hears()
    return people


def test_stopping_tells_everyone_in_as_many_turns_as_it_takes(chat: Chat) -> None:
    people = gathered(chat, 3)
    chat.use_up_turn()
    told = chat.hub.shut_down()
    assert not told.called
    chat.turn()
    assert told.called
    assert not any(person.client.connected for person in people)
    assert not chat.named


def test_after_a_command_that_took_long_the_turn_is_known_to_be_over(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So interfaces need not look at the clock for what is only said."""
    ada = chat.enters("ada")
    chat.hub.turn.has_time()
    tell = ada.inside.tell

    def slow_tell(*replies: Reply) -> None:
        chat.clock.rightNow += SHARE_SECONDS
        tell(*replies)

    monkeypatch.setattr(ada.inside, "tell", slow_tell)
    ada.types("hello")
    assert not chat.hub.turn.is_over
    ada.types("/who")
    assert chat.hub.turn.is_over
