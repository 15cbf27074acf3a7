"""Lines of one person go one after another, at the pace of the flood limit, however they came; none is lost."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat, Person

from twistchat.core.events import Said
from twistchat.core.intake import HELD_SECONDS, MOST_HELD
from twistchat.core.limits import DEFAULT_FLOOD, Rate
from twistchat.errors import NotARequest

AT_ONCE = DEFAULT_FLOOD.at_once


def said(person: Person) -> list[str]:
    """What ada said since this was last asked."""
    return [line for line in person.hears() if line.startswith("ada: ")]


def comes_with(chat: Chat, lines: int) -> Person:
    """Somebody gives a name and says lines before the log has told the lobby's past, for which they wait."""
    chat.log.slow = True
    ada = chat.connects()
    ada.types("ada", *map(str, range(lines)))
    chat.turn()
    chat.log.hurry()
    chat.turn()
    return ada


def count_said(chat: Chat) -> int:
    """How much was said so far."""
    return sum(isinstance(entry.event, Said) for entry in chat.log.entries)


def test_lines_behind_a_name_cost_what_they_cost_behind_the_welcome() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada = comes_with(chat, 60)
    assert count_said(chat) <= AT_ONCE
    chat.clock.pump([0.25] * 4 * 40)
    heard = [entry.event.text for entry in chat.log.entries if isinstance(entry.event, Said)]
    assert heard == [*map(str, range(60))], "none is lost, and they keep their order"
    heard = ada.hears()
    assert heard[0] == "welcome ada"
    assert "slow-down" in heard


@given(st.integers(1, MOST_HELD), st.integers(1, 20), st.sampled_from([0.5, 2.0, 10.0]))
def test_what_waited_for_the_log_goes_out_at_the_pace_of_the_limit(lines: int, at_once: int, per_second: float) -> None:
    chat = Chat(flood=Rate(per_second, at_once))
    comes_with(chat, lines)
    spent = 0.0
    while count_said(chat) < lines:
        assert count_said(chat) <= at_once + per_second * spent + 1
        chat.clock.advance(0.25)
        spent += 0.25
        assert spent <= (lines + 1) * (0.25 + 1 / per_second), "it goes on"


def test_the_interface_is_asked_to_wait_as_long_as_what_is_held_takes() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada = comes_with(chat, 20)
    assert ada.client.holds[-1] == pytest.approx(1 / DEFAULT_FLOOD.per_second, abs=0.01)


def waits_for_the_log(chat: Chat) -> Person:
    """Somebody whose line has asked the log for something, and is not answered yet."""
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.types("said", "/history")
    chat.turn()
    return ada


def test_the_interface_is_asked_to_wait_from_half_of_what_may_be_held_on() -> None:
    ada = waits_for_the_log(Chat())
    ada.types(*map(str, range(MOST_HELD // 2 - 1)))
    assert ada.client.holds == []
    ada.types("one more")
    assert ada.client.holds == [HELD_SECONDS]


def test_of_what_an_interface_brings_all_the_same_the_sixty_fifth_line_is_refused() -> None:
    chat = Chat()
    ada = waits_for_the_log(chat)
    ada.types(*map(str, range(MOST_HELD)))
    assert ada.hears() == []
    ada.types("too many", tag="t")
    assert ada.hears() == ["refused overloaded tag=t"]
    chat.log.hurry()
    chat.turn()
    assert count_said(chat) == 1 + MOST_HELD


def test_what_waited_behind_a_question_is_dropped_when_its_author_is_gone() -> None:
    chat = Chat()
    ada = waits_for_the_log(chat)
    ada.types("held")
    ada.vanishes()
    chat.log.hurry()
    chat.turn()
    assert count_said(chat) == 1
    assert not chat.clock.getDelayedCalls()


def test_lines_that_could_not_be_read_cost_as_much_as_others_and_are_answered_once_a_second() -> None:
    chat = Chat(flood=Rate(1.0, 3))
    ada = chat.enters("ada", patient=False)
    chat.clock.advance(60.0)
    for _ in range(6):
        ada.session.reject(NotARequest(), None)
    assert [line.split()[1] for line in ada.hears()] == ["not-a-request"] * 3 + ["too-fast"]
    chat.clock.advance(0.5)
    ada.session.reject(NotARequest(), None)
    assert ada.hears() == []
    ada.session.reject(NotARequest(), "t")
    assert [line.split()[1] for line in ada.hears()] == ["too-fast"]


def test_who_is_told_to_slow_down_is_not_told_again_for_ten_seconds() -> None:
    chat = Chat(flood=Rate(1.0, 2))
    ada = chat.enters("ada")
    chat.clock.advance(60.0)
    told = []
    for _ in range(21):
        ada.types("a", "b")
        chat.clock.advance(1.0)
        told += [chat.clock.seconds() for line in ada.hears() if line == "slow-down"]
    assert [later - earlier for earlier, later in pairwise(told)] == [10.0]


def test_lines_that_cannot_wait_are_refused_and_each_that_has_a_tag_is_answered() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada = chat.enters("ada", patient=False)
    ada.types(*map(str, range(AT_ONCE - 1)))
    chat.turn()
    ada.hears()
    ada.types("over the limit", tag="t1")
    assert ada.hears()[0].startswith("refused too-fast")


def test_what_is_held_is_dropped_when_its_author_is_gone() -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada = comes_with(chat, 30)
    so_far = count_said(chat)
    ada.vanishes()
    chat.clock.pump([1.0] * 60)
    assert count_said(chat) == so_far
    assert not chat.clock.getDelayedCalls()


def test_a_malformed_line_takes_no_answer_from_the_line_that_waits_for_the_log() -> None:
    chat = Chat()
    ada = chat.enters("ada")
    chat.log.slow = True
    ada.types("hello")
    chat.turn()
    ada.types("/history", tag="h1")
    ada.session.reject(NotARequest(), "r1")
    chat.log.hurry()
    chat.turn()
    answers = [line for line in ada.hears() if "h1" in line or "r1" in line]
    assert sum("r1" in line for line in answers) == 1
    assert any("h1" in line for line in answers)


@pytest.mark.parametrize("jump", [-3600.0, 300.0, 7200.0])
def test_a_clock_that_is_set_changes_nobodys_pace(jump: float) -> None:
    chat = Chat(flood=DEFAULT_FLOOD)
    ada, eve = chat.enters("ada"), chat.enters("eve")
    ada.types(*map(str, range(12)))
    chat.turn()
    chat.set_by = jump
    counts = []
    for _ in range(8):
        chat.clock.advance(0.5)
        counts.append(len(said(eve)))
    assert ada.session.name == "ada"
    assert max(counts[1:]) <= 1 + AT_ONCE
    ada.types("and on")
    chat.clock.pump([0.5] * 10)
    assert "ada: and on" in said(eve)
