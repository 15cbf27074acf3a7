"""Coming and going in large rooms: held back, counted for people, whole for programs, never after one's words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chat import FORMAT, Chat, Person
from support.tokens import ProgramFormat, TokenFormat

from twistchat.core import dispatch
from twistchat.core.events import Entry, Gone, Joined, Left
from twistchat.core.presence import BY_NAME, LARGE, LULL_SECONDS, RUSH, TOLD_SECONDS, Presence

PROGRAM = ProgramFormat()


@pytest.fixture
def crowd() -> list[Person]:
    """A room that is large, at rest."""
    return filled(Chat())


def filled(chat: Chat) -> list[Person]:
    people = [chat.connects() for _ in range(LARGE)]
    for number, person in enumerate(people):
        person.types(f"old{number}")
    chat.turn()
    later(chat)
    for person in people:
        person.hears()
    return people


def later(chat: Chat) -> None:
    chat.clock.advance(TOLD_SECONDS)


def come(chat: Chat, *names: str, format: TokenFormat = FORMAT) -> list[Person]:
    people = [chat.connects(format=format) for _ in names]
    for person, name in zip(people, names, strict=True):
        person.types(name)
    chat.turn()
    return people


def test_a_small_room_hears_of_everyone_at_once() -> None:
    chat = Chat()
    ada = chat.enters("ada")
    come(chat, "bob", "eve")
    assert ada.hears() == ["+bob", "+eve"]


def test_a_large_room_hears_a_little_later_and_all_together(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    come(chat, *(f"new{number}" for number in range(40)))
    assert crowd[0].hears() == []
    later(chat)
    assert crowd[0].hears() == ["turnover +40 -0"]


def test_a_few_are_told_by_name(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    come(chat, *(f"new{number}" for number in range(BY_NAME)))
    later(chat)
    assert crowd[0].hears() == [f"+new{number}" for number in range(BY_NAME)]


def test_more_than_three_are_a_count_and_are_told_within_a_quarter_of_a_second(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    come(chat, "one", "two", "three")
    chat.clock.advance(0.25)
    assert crowd[0].hears() == ["+one", "+two", "+three"]
    come(chat, "four", "five", "six", "seven")
    chat.clock.advance(0.24)
    assert crowd[0].hears() == []
    chat.clock.advance(0.01)
    assert crowd[0].hears() == ["turnover +4 -0"]


def test_a_room_of_fifty_is_small_and_one_of_more_is_large() -> None:
    chat = Chat()
    people = [chat.enters(f"old{number}") for number in range(49)]
    come(chat, "fiftieth")
    assert people[0].hears()[-1] == "+fiftieth"
    come(chat, "late")
    assert people[0].hears() == []
    chat.clock.advance(0.25)
    assert people[0].hears() == ["+late"]


def test_who_left_is_counted_beside_who_came(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    people = come(chat, *(f"new{number}" for number in range(10)))
    later(chat)
    crowd[0].hears()
    come(chat, *(f"late{number}" for number in range(5)))
    for person in people[:4]:
        person.vanishes()
    chat.turn()
    later(chat)
    assert crowd[0].hears() == ["turnover +5 -4"]
    for person in people[4:]:
        person.vanishes()
    chat.turn()
    later(chat)
    assert crowd[0].hears() == ["turnover +0 -6"]


def test_a_large_room_is_told_four_times_a_second_at_most(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    for number in range(100):
        come(chat, f"new{number}")
        chat.clock.advance(0.02)
    frames = crowd[0].hears()
    assert len(frames) <= 2.0 / TOLD_SECONDS
    later(chat)
    assert counted(frames + crowd[0].hears()) == 100


def test_a_rush_is_told_as_soon_as_it_is_over(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    for number in range(RUSH):
        come(chat, f"new{number}")
        chat.clock.advance(LULL_SECONDS / 8)
    assert crowd[0].hears() == []
    chat.clock.advance(LULL_SECONDS * 7 / 8)
    assert crowd[0].hears() == [f"turnover +{RUSH} -0"]
    come(chat, "late")
    chat.clock.advance(TOLD_SECONDS * 0.99)
    assert crowd[0].hears() == []
    chat.clock.advance(TOLD_SECONDS * 0.01)
    assert crowd[0].hears() == ["+late"]


def test_fewer_are_no_rush_nor_are_those_who_go_on_coming(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    come(chat, *(f"new{number}" for number in range(RUSH - 1)))
    chat.clock.advance(LULL_SECONDS)
    assert crowd[0].hears() == []
    later(chat)
    assert crowd[0].hears() == [f"turnover +{RUSH - 1} -0"]
    for number in range(4):
        come(chat, *(f"more{number}x{each}" for each in range(RUSH)))
        chat.clock.advance(LULL_SECONDS / 2)
    assert crowd[0].hears() == []
    later(chat)
    assert crowd[0].hears() == [f"turnover +{4 * RUSH} -0"]


def test_more_than_a_thousand_people_are_told_less_often() -> None:
    presence = Presence()
    assert [presence.seconds_held(people) for people in (51, 1000, 2000, 5000)] == [0.25, 0.25, 0.5, 1.25]


def test_of_a_larger_room_a_rush_is_more_people() -> None:
    presence = Presence()
    for number in range(RUSH):
        presence.hold(Entry(number + 1, 0.0, Joined("lobby", f"new{number}")))
    assert presence.is_rush(500)
    assert not presence.is_rush(501)


def test_programs_are_told_of_each_one_in_the_order_of_the_log(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    (program,) = come(chat, "program", format=PROGRAM)
    later(chat)
    program.hears()
    come(chat, *(f"new{number}" for number in range(10)))
    assert program.hears() == []
    crowd[0].sends("hello")
    assert program.hears() == [*(f"+new{number}" for number in range(10)), "old0: hello"]
    come(chat, "last")
    later(chat)
    assert program.hears() == ["+last"]


def test_whoever_speaks_has_been_announced_first(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    people = come(chat, *(f"new{number}" for number in range(10)))
    people[3].sends("hello")
    assert crowd[0].hears() == ["+new3", "new3: hello"]
    later(chat)
    assert crowd[0].hears() == ["turnover +9 -0"]


def test_whoever_comes_back_and_speaks_was_seen_leaving(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    crowd[7].vanishes()
    chat.turn()
    (back,) = come(chat, "old7")
    come(chat, *(f"new{number}" for number in range(10)))
    back.sends("here again")
    assert crowd[0].hears() == ["-old7", "+old7", "old7: here again"]


def test_others_may_talk_without_the_room_being_told_more_often(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    for number in range(10):
        come(chat, f"new{number}")
        crowd[1].sends("on and on")
    assert crowd[0].hears() == ["old1: on and on"] * 10
    later(chat)
    assert crowd[0].hears() == ["turnover +10 -0"]


def test_newcomers_see_their_own_coming_at_once_and_nothing_from_before_it(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    people = come(chat, *(f"new{number}" for number in range(10)))
    assert [person.hears() for person in people] == [[f"welcome new{number}", f"+new{number}"] for number in range(10)]
    later(chat)
    assert [counted(person.hears()) for person in people] == list(range(9, -1, -1))


def test_newcomers_are_not_told_of_a_speaker_who_came_before_them(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    early, late = come(chat, "early", "late")
    early.hears(), late.hears()
    early.sends("hello")
    assert late.hears() == ["early: hello"]
    assert crowd[0].hears() == ["+early", "early: hello"]


def test_of_two_newcomers_who_speak_in_one_batch_each_is_announced_before_their_words(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    early, late = come(chat, "early", "late")
    early.hears(), late.hears()
    chat.log.slow = True
    crowd[1].sends("in the log's hands")
    early.sends("hello")
    late.sends("hi")
    chat.log.hurry()
    chat.turn()
    chat.log.hurry()
    chat.turn()
    assert crowd[0].hears() == ["old1: in the log's hands", "+early", "early: hello", "+late", "late: hi"]
    assert early.hears()[-2:] == ["+late", "late: hi"]


def test_who_is_in_two_rooms_hears_of_each_in_its_place(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    crowd[3].sends("/join den")
    crowd[3].hears()
    people = come(chat, *(f"new{number}" for number in range(10)))
    people[0].sends("hello")
    later(chat)
    assert crowd[3].hears() == ["[lobby] +new0", "[lobby] new0: hello", "[lobby] turnover +9 -0"]
    come(chat, "one", "two")
    crowd[3].sends("/leave den")
    later(chat)
    assert crowd[3].hears() == ["left room=den", "+one", "+two"]


def test_a_newcomer_with_another_preference_hears_only_of_those_who_came_later(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    come(chat, *(f"early{number}" for number in range(5)))
    (new,) = come(chat, "new")
    new.sends("/echo off")
    new.hears()
    come(chat, *(f"late{number}" for number in range(6)))
    later(chat)
    assert new.hears() == ["turnover +6 -0"]


def test_a_program_that_leaves_was_told_of_all_before(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    (program,) = come(chat, "program", format=PROGRAM)
    come(chat, *(f"new{number}" for number in range(5)))
    program.hears()
    program.sends("/leave")
    assert program.hears() == [*(f"+new{number}" for number in range(5)), "left room=lobby"]


def test_who_turns_another_preference_on_misses_nobody(crowd: list[Person]) -> None:
    """Whoever gets a stream of their own is told the same."""
    chat = crowd[0].chat
    crowd[2].sends("/echo off")
    crowd[2].hears()
    come(chat, *(f"new{number}" for number in range(10)))
    later(chat)
    assert crowd[2].hears() == ["turnover +10 -0"]


def test_a_room_that_became_small_is_told_before_it_hears_of_the_next(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    (new,) = come(chat, "new")
    for person in (new, crowd[1], crowd[2]):
        person.vanishes()
    chat.turn()
    assert crowd[0].hears() == ["+new", "-new", "-old1", "-old2"]
    later(chat)
    assert crowd[0].hears() == []


def test_who_came_lately_into_a_room_that_became_small_is_told_of_those_who_went_since(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    come(chat, *(f"early{number}" for number in range(4)))
    (new,) = come(chat, "new")
    new.hears()
    for person in crowd[1:8]:
        person.vanishes()
    chat.turn()
    assert crowd[0].hears() == ["turnover +5 -4", "-old5", "-old6", "-old7"]
    assert new.hears() == ["turnover +0 -4", "-old5", "-old6", "-old7"]


def test_a_room_that_everyone_left_is_told_nothing() -> None:
    chat = Chat()
    people = filled(chat)
    for person in people:
        person.types("/join den")
    chat.turn()
    later(chat)
    people.append(chat.enters("late"))
    people[-1].sends("/join den")
    for person in people:
        person.vanishes()
    chat.turn()
    assert "den" not in chat.open_rooms
    later(chat)
    assert "den" not in chat.open_rooms


def test_the_log_has_each_one(crowd: list[Person]) -> None:
    chat = crowd[0].chat
    stored: list[object] = []
    chat.hub.pipeline.watch(lambda entries: stored.extend(entry.event for entry in entries))
    for person in come(chat, *(f"new{number}" for number in range(10))):
        person.vanishes()
    chat.turn()
    assert stored == [Joined("lobby", f"new{n}") for n in range(10)] + [Gone("lobby", f"new{n}") for n in range(10)]


def counted(lines: list[str]) -> int:
    """How many people's coming the lines tell of."""
    joined = sum(line.startswith("+") for line in lines)
    return joined + sum(int(count) for line in lines for count in re.findall(r"^turnover \+([0-9]+)", line))


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("come"), st.integers(1, 8), st.booleans()),
        st.tuples(st.sampled_from(["vanish", "leave", "say"]), st.integers(0, 200)),
        st.tuples(st.sampled_from(["turn", "wait"])),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_everyone_is_told_of_all_that_came_and_went_while_they_were_there(steps: list[tuple]) -> None:
    chat = Chat()
    filled(chat)
    watchers = [chat.enters(f"watch{number}", format=format) for number, format in enumerate((FORMAT, PROGRAM))]
    later(chat)
    for watcher in watchers:
        watcher.hears()
    log: list[object] = []
    chat.hub.pipeline.watch(lambda entries: log.extend(entry.event for entry in entries))
    people: list[Person] = []
    made = 0
    for step, *values in steps:
        if step == "come":
            for _ in range(values[0]):
                people.append(chat.connects(format=PROGRAM if values[1] else FORMAT))
                people[-1].types(f"p{made}")
                made += 1
        elif step == "turn":
            chat.turn()
        elif step == "wait":
            later(chat)
        elif people:
            person = people[values[0] % len(people)]
            if step == "say":
                person.types(f"words of p{people.index(person)}")
            else:
                people.remove(person)
                person.vanishes() if step == "vanish" else person.types("/leave")
    chat.turn()
    later(chat)
    later(chat)
    person, program = watchers
    came, went = (sum(type(event) in kind for event in log) for kind in ((Joined,), (Left, Gone)))
    assert counted(person.hears()) == came
    lines = program.hears()
    moves = [line for line in lines if line.startswith(("+", "-"))]
    assert moves == [f"{'+' if type(e) is Joined else '-'}{e.name}" for e in log if type(e) in (Joined, Left, Gone)]
    assert len(moves) == came + went
    for newcomer in people:
        if newcomer.rooms:
            own = f"+{newcomer.name}"
            after = log[log.index(Joined("lobby", str(newcomer.name))) :]
            heard = newcomer.hears()
            assert heard.count(own) == 1
            assert counted(heard) == sum(type(event) is Joined for event in after)


def test_nobody_is_a_newcomer_any_more_once_nothing_waits_to_be_told(crowd: list[Person]) -> None:
    """Who came and talked in one turn is announced before their words: no later telling would forget them."""
    chat = crowd[0].chat
    new = chat.connects()
    new.types("new", "hello")
    chat.turn()
    assert not chat.hub.rooms["lobby"].presence.newcomers


def test_once_too_many_came_for_a_moment_they_are_told_at_once(
    crowd: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those who come after them in the same moment, a moment later."""
    monkeypatch.setattr(dispatch, "MOST_NEWCOMERS", 5)
    chat = crowd[0].chat
    first = come(chat, *(f"new{number}" for number in range(4)))
    assert crowd[0].hears() == []
    more = come(chat, *(f"more{number}" for number in range(4)))
    assert crowd[0].hears() == ["turnover +8 -0"]
    assert first[0].hears()[-1:] == ["turnover +7 -0"]
    last = come(chat, "last")
    later(chat)
    assert crowd[0].hears() == more[3].hears()[-1:] == ["+last"]
    assert "+last" in last[0].hears()


def test_many_who_came_are_told_who_came_after_them_before_the_room_is_told(
    crowd: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that telling the room, whose newcomers know equally much by then, is no long turn."""
    monkeypatch.setattr(dispatch, "MOST_UNTOLD", 4)
    chat = crowd[0].chat
    first = come(chat, *(f"new{number}" for number in range(6)))
    assert crowd[0].hears() == []
    assert first[0].hears()[-1:] == ["turnover +5 -0"]
    assert first[5].hears()[-1:] == ["+new5"]
    come(chat, "last")
    later(chat)
    assert crowd[0].hears() == ["turnover +7 -0"]
    assert first[0].hears() == first[5].hears() == ["+last"]


def test_programs_who_came_are_told_everything_once_in_its_order(
    crowd: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "MOST_UNTOLD", 3)
    chat = crowd[0].chat
    first = come(chat, "a", "b", "c", format=PROGRAM)
    more = come(chat, "d", format=PROGRAM)
    first[1].types("hello")
    chat.turn()
    later(chat)
    heard = [token for token in first[0].hears() if token.startswith("+")]
    assert heard == ["+a", "+b", "+c", "+d"]
    assert [token for token in more[0].hears() if token.startswith("+")] == ["+d"]


def test_who_was_told_of_a_speaker_in_a_count_is_not_told_by_name(
    crowd: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "MOST_UNTOLD", 6)
    chat = crowd[0].chat
    first = come(chat, *(f"new{number}" for number in range(6)))
    first[0].hears()
    first[3].types("hello")
    chat.turn()
    assert crowd[0].hears() == ["+new3", "new3: hello"]
    assert first[0].hears() == ["new3: hello"]
