"""Looking back: /history, /missed, /search and /more, as people see them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat, Person
from support.flakylog import FlakyLog
from support.tokens import TokenFormat
from support.worker import SameThread
from twisted.internet.defer import Deferred, succeed

from twistchat.core.queries import Found, Query
from twistchat.errors import NotRead
from twistchat.log.sqlite import SqliteLog

HISTORY = "refused wrong-use usage=/history [N] [before NUMBER|DATE]"
SEARCH = "refused wrong-use usage=/search WORDS [from:NAME] [in:ROOM] [since:2d] [before:DATE] [after:DATE] [on:DATE]"
TIME = "@0"


@pytest.fixture(params=["memory", "sqlite"])
def chat(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chat]:
    """A chat with either log: people see the same."""
    chat = Chat()
    if request.param == "sqlite":
        log = SqliteLog(tmp_path, chat.clock, chat.wall, worker=SameThread)
        log.open()
        chat = Chat(FlakyLog(log), chat.clock)
    yield chat
    chat.log.close()


@pytest.fixture
def ada(chat: Chat) -> Person:
    """Somebody whose joining is line 1."""
    return chat.enters("ada")


def talk(person: Person, *lines: str) -> None:
    person.sends(*lines)
    person.hears()


# --- /history


def test_history_shows_lines_with_numbers_and_times_and_how_to_go_on(ada: Person) -> None:
    talk(ada, "one", "two", "three")
    assert ada.asks("/history 2") == [
        f"past lobby: #3 {TIME} ada: two",
        f"past lobby: #4 {TIME} ada: three",
        "older count=2 number=3",
    ]
    assert ada.asks("/history 2 before 3") == [
        f"past lobby: #2 {TIME} ada: one",
        "older count=2 number=2",
    ]
    assert ada.asks("/history 2 before 2") == ["no-history room=lobby"]


def test_a_number_may_be_copied_with_its_mark(ada: Person) -> None:
    talk(ada, "one", "two")
    assert ada.asks("/history before #3")[0] == f"past lobby: #2 {TIME} ada: one"


@pytest.mark.parametrize(
    "argument",
    ["x", "before", "1 2", "-1", "5before 3", "before 3 4"],
)
def test_history_that_is_not_understood_says_how_it_is_used(ada: Person, argument: str) -> None:
    assert ada.asks(f"/history {argument}") == [HISTORY]


@pytest.mark.parametrize("written", ["x", "2026-13-01", "0000-01-01", "01.03.2026", "2026-03-01t25:00", "#x", "5y"])
def test_what_is_no_date_is_said_to_be_none(ada: Person, written: str) -> None:
    refused = [f"refused not-a-date text={written}"]
    assert ada.asks(f"/history before {written}") == refused
    for key in ("since", "on", "before", "after"):
        assert ada.asks(f"/search apples {key}:{written}") == refused


@pytest.mark.parametrize("written", ["tomorrow", "99999w", "9999-12-31"])
def test_a_date_that_is_none_or_far_away_is_no_error(ada: Person, written: str) -> None:
    talk(ada, "apples")
    for key in ("since", "on", "before", "after"):
        assert ada.asks(f"/search apples {key}:{written}")


@pytest.mark.parametrize("written", ["1970-01-01T00:00:02Z", "1970-01-01T01:00:02+01:00", "1970-01-01T00:00:01.500z"])
def test_history_before_a_moment_shows_what_was_said_until_then(chat: Chat, ada: Person, written: str) -> None:
    talk(ada, "at once")
    chat.clock.advance(1)
    talk(ada, "a second later")
    chat.clock.advance(1)
    talk(ada, "two seconds later")
    assert ada.asks(f"/history 2 before {written}") == [
        "past lobby: #2 @0 ada: at once",
        "past lobby: #3 @1 ada: a second later",
        "older count=2 number=2",
    ]
    assert len(ada.asks("/history before 2999-01-01")) == 3 + 1
    assert ada.asks("/history before 1970-01-01T00:00Z") == ["no-history room=lobby"]


def test_a_day_begins_at_midnight_of_the_servers_zone(chat: Chat, ada: Person) -> None:
    talk(ada, "at midnight in Greenwich")
    for hours, is_before in ((-5, True), (8, False)):
        chat.hub.zone = timezone(timedelta(hours=hours))
        assert (len(ada.asks("/history before 1970-01-01")) > 1) is is_before


def test_history_shows_twenty_lines_unless_told_and_a_hundred_at_most(ada: Person) -> None:
    talk(ada, *map(str, range(150)))
    assert len(ada.asks("/history")) == 20 + 1
    assert len(ada.asks("/history 999")) == 100 + 1
    assert len(ada.asks("/history 0")) == 1 + 1


def test_history_has_what_one_said_a_moment_ago(ada: Person) -> None:
    """All of it came in one read."""
    assert ada.asks("/ping") == ["pong"]
    ada.types("one", "/history")
    ada.chat.turn()
    ada.chat.turn()
    assert ada.hears() == ["ada: one", f"past lobby: #2 {TIME} ada: one", "older count=20 number=2"]


def test_history_is_of_the_room_that_one_talks_in(ada: Person) -> None:
    talk(ada, "in the lobby", "/join den", "in the den")
    assert ada.asks("/history")[0].endswith("ada: in the den")


def test_an_answer_never_outgrows_a_slow_readers_backlog(chat: Chat, ada: Person) -> None:
    """A hundred lines of a thousand emoji would be 400 KB, and cost the asker the connection."""
    talk(ada, *["\N{GRINNING FACE}" * 1000 for _ in range(100)])
    ada.asks("/history 100")
    assert 20_000 < len(ada.client.frames[-1]) < chat.hub.limits.backlog / 2


def test_one_line_is_shown_however_long(chat: Chat, ada: Person) -> None:
    talk(ada, "a first line", "a line over the limit")
    bob = chat.enters("bob", format=TokenFormat(past_bytes=10))
    assert bob.asks("/history")[:-1] == [f"past lobby: #3 {TIME} ada: a line over the limit"]
    assert bob.asks("/more")[:-1] == [f"past lobby: #2 {TIME} ada: a first line"]


@pytest.mark.parametrize("asked", ["/history 100", "/search line"])
def test_whoever_gets_the_past_by_small_pages_reads_all_of_it_once_by_more(chat: Chat, ada: Person, asked: str) -> None:
    talk(ada, *(f"line {number}" for number in range(50)))
    bob = chat.enters("bob", format=TokenFormat(past_bytes=200))
    heard = bob.asks(asked)
    answers = 1
    while (page := bob.asks("/more")) and page[0].startswith("past"):
        assert len(page) <= 6
        heard += page
        answers += 1
    lines = [int(line.rpartition(" ")[2]) for line in heard if ": line " in line]
    assert sorted(lines) == [*range(50)]
    assert answers >= 10
    assert bob.asks("/more") == ["refused nothing-more"]


def test_more_of_a_room_that_somebody_has_left_is_not_theirs_to_read(chat: Chat, ada: Person) -> None:
    ada.sends("/join tea", "one", "two")
    ada.asks("/history 1")
    ada.sends("/leave tea")
    assert ada.asks("/more") == ["refused nothing-more"]


def test_a_log_that_cannot_be_read_is_told_to_the_asker(chat: Chat, ada: Person) -> None:
    chat.log.unreadable = NotRead("the disk is full")
    assert ada.asks("/history") == ["refused not-read reason=the disk is full"]


# --- /missed


def test_missed_is_what_was_said_between_two_stays(chat: Chat, ada: Person) -> None:
    bob = chat.enters("bob")
    talk(ada, "bob sees this")
    bob.sends("/quit")
    talk(ada, "bob misses this")
    bob = chat.enters("Bob")
    talk(ada, "bob sees this too")
    assert bob.asks("/missed") == [f"past lobby: #5 {TIME} ada: bob misses this"]


def test_more_than_a_hundred_missed_lines_are_cut_aloud(chat: Chat, ada: Person) -> None:
    chat.enters("bob").sends("/quit")
    talk(ada, *map(str, range(137)))
    answer = chat.enters("bob").asks("/missed")
    assert answer[0] == "missed-older count=37 number=41"
    assert answer[1] == f"past lobby: #41 {TIME} ada: 37"
    assert len(answer) == 1 + 100


def test_missed_where_nothing_was_said(chat: Chat, ada: Person) -> None:
    chat.enters("bob").sends("/quit")
    assert chat.enters("bob").asks("/missed") == ["nothing-missed room=lobby"]


def test_missed_by_somebody_who_was_never_here(ada: Person) -> None:
    assert ada.asks("/missed") == ["never-left room=lobby"]


def test_missed_by_somebody_who_took_back_an_old_name(chat: Chat, ada: Person) -> None:
    """Nobody joined under that name, so everything since it left counts."""
    chat.enters("bob").sends("/quit")
    talk(ada, "for bob", "/nick bob")
    assert ada.asks("/missed") == [f"past lobby: #4 {TIME} ada: for bob"]


# --- /search and /more


def test_search_finds_parts_of_words_newest_first_case_aside(ada: Person) -> None:
    talk(ada, "The Lighthouse", "a house", "a mouse", "HOUSES")
    assert ada.asks("/search house") == [
        f"past lobby: #5 {TIME} ada: HOUSES",
        f"past lobby: #3 {TIME} ada: a house",
        f"past lobby: #2 {TIME} ada: The Lighthouse",
        "found-all",
    ]


def test_all_words_must_be_in_a_line_and_quotes_keep_words_together(ada: Person) -> None:
    talk(ada, "red fish blue fish", "blue red", "fish")
    assert len(ada.asks("/search red blue")) == 2 + 1
    assert ada.asks('/search "blue fish"')[:-1] == [f"past lobby: #2 {TIME} ada: red fish blue fish"]


def test_search_works_for_two_chinese_characters(ada: Person) -> None:
    talk(ada, "欢迎来到聊天室", "天气很好")
    assert ada.asks("/search 聊天")[:-1] == [f"past lobby: #2 {TIME} ada: 欢迎来到聊天室"]


def test_search_shows_a_page_and_more_goes_on(ada: Person) -> None:
    talk(ada, *(f"line {number}" for number in range(45)))
    first, second, third = ada.asks("/search line"), ada.asks("/more"), ada.asks("/more")
    assert [len(first), len(second), len(third)] == [21, 21, 6]
    assert first[0].endswith("line 44") and second[0].endswith("line 24") and third[0].endswith("line 4")
    assert first[-1] == "found-more"
    assert third[-1] == "found-all"
    assert ada.asks("/more") == ["refused nothing-more"]


def test_search_can_be_limited_to_a_person(chat: Chat, ada: Person) -> None:
    bob = chat.enters("bob")
    talk(ada, "apples")
    talk(bob, "apples and pears")
    assert ada.asks("/search apples from:BOB")[:-1] == [f"past lobby: #4 {TIME} bob: apples and pears"]
    assert ada.asks("/search from:ada")[:-1] == [f"past lobby: #3 {TIME} ada: apples"]


def test_search_can_be_limited_to_the_last_days(chat: Chat, ada: Person) -> None:
    talk(ada, "apples")
    chat.clock.advance(3 * 86400)
    talk(ada, "apples again")
    assert ada.asks("/search apples since:2d")[:-1] == ["past lobby: #3 @259200 ada: apples again"]
    assert len(ada.asks("/search apples since:4d")) == 2 + 1


@pytest.mark.parametrize(
    ("filters", "days"),
    [
        ("on:1970-01-03", [3]),
        ("on:YESTERDAY", [4]),
        ("on:today", [5]),
        ("since:1970-01-03", [5, 4, 3]),
        ("after:1970-01-03", [5, 4]),
        ("before:1970-01-03", [2, 1]),
        ("before:3d", [2, 1]),
        ("before:1970-01-03T00:00Z", [2, 1]),
        ("after:1970-01-02 before:1970-01-04", [3]),
        ("on:1970-01-02 since:yesterday", []),
    ],
)
def test_search_can_be_limited_to_days(chat: Chat, ada: Person, filters: str, days: list[int]) -> None:
    for day in range(1, 6):
        talk(ada, f"apples of day {day}")
        chat.clock.advance(86400)
    chat.clock.advance(-43200)  # noon of the fifth day; each line was said at midnight
    shown = [line.rsplit(" ", 1)[1] for line in ada.asks(f"/search apples {filters}")[:-1]]
    assert shown == [str(day) for day in days]


def test_the_wide_colon_of_a_chinese_keyboard_is_a_filters_too(chat: Chat, ada: Person) -> None:
    bob = chat.enters("bob")
    talk(ada, "苹果")
    talk(bob, "苹果：青")
    assert ada.asks("/search 苹果 from：bob on：1970-01-01")[:-1] == [f"past lobby: #4 {TIME} bob: 苹果：青"]
    assert len(ada.asks("/search 苹果：青")) == 1 + 1


def test_history_before_a_word_for_a_day_or_an_age(chat: Chat, ada: Person) -> None:
    talk(ada, "apples")
    chat.clock.advance(86400)
    talk(ada, "pears")
    for written in ("today", "12h"):
        assert ada.asks(f"/history before {written}")[-2] == f"past lobby: #2 {TIME} ada: apples"


def test_search_looks_into_all_rooms_that_one_is_in_and_says_which(chat: Chat, ada: Person) -> None:
    talk(ada, "apples here", "/join den", "apples there")
    assert ada.asks("/search apples") == [
        f"past : #4 {TIME} [den] ada: apples there",
        f"past : #2 {TIME} [lobby] ada: apples here",
        "found-all",
    ]
    assert ada.asks("/search apples in:#DEN")[:-1] == [f"past den: #4 {TIME} ada: apples there"]


def test_nobody_searches_a_room_that_they_are_not_in(chat: Chat, ada: Person) -> None:
    bob = chat.enters("bob")
    talk(ada, "/join den", "a secret of the den")
    assert bob.asks("/search secret") == ["found-nothing"]
    assert bob.asks("/search secret in:den") == ["refused not-in-room room=den"]


def test_more_shows_nothing_of_a_room_that_one_has_left(ada: Person) -> None:
    talk(ada, "/join den", *(f"secret {number}" for number in range(30)))
    ada.asks("/search secret in:den")
    talk(ada, "/leave den")
    assert ada.asks("/more") == ["refused nothing-more"]


def test_the_lobby_may_be_searched_from_anywhere(ada: Person) -> None:
    talk(ada, "apples", "/join den", "/leave lobby")
    assert len(ada.asks("/search apples in:lobby")) == 1 + 1


@pytest.mark.parametrize("argument", ["", "   ", "since:2d", "in:lobby", "on:2026-02-30", '""'])
def test_a_search_that_is_not_understood_says_how_it_is_used(ada: Person, argument: str) -> None:
    assert ada.asks(f"/search {argument}") == [SEARCH]


@pytest.mark.parametrize("words", ["AND", "NEAR(", '"', "a*", "text:x", "from:", "-not", "x^2", "(", "'; --"])
def test_whatever_looks_like_a_query_language_is_words(ada: Person, words: str) -> None:
    talk(ada, f"before {words} after", "something else")
    assert ada.asks(f"/search {words}")[0] == f"past lobby: #2 {TIME} ada: before {words} after"


def test_a_search_that_takes_too_long_says_how_far_it_came(chat: Chat, ada: Person) -> None:
    asked: list[Query] = []

    def search(query: Query) -> object:
        asked.append(query)
        return succeed(Found([], 1234))

    chat.log.search = search
    assert ada.asks("/search needle") == ["found-so-far number=1234"]
    ada.asks("/more")
    assert asked[1].before == 1234


# --- on joining


def test_the_past_can_be_switched_off(chat: Chat) -> None:
    chat.limit(history=None)
    ada = chat.enters("ada")
    talk(ada, "one", "/topic weather")
    bob = chat.connects()
    assert bob.asks("bob") == ["welcome bob", "topic room=lobby topic=weather", "+bob"]


def test_a_rooms_topic_outlives_the_latest_lines(chat: Chat) -> None:
    """Also once everybody has left, and more was said than those who come are shown."""
    ada = chat.enters("ada")
    talk(ada, "/join den", "/topic weather", *map(str, range(30)), "/leave den")
    assert "topic room=den topic=weather" in ada.asks("/join den")


@pytest.mark.parametrize("wanted", [None, 0, 1, 2, 100])
def test_who_says_how_much_of_the_past_they_want_gets_no_more(chat: Chat, wanted: int | None) -> None:
    """With none of it they come quietly: no topic and no announcement either. What happens from then on they get."""
    ada = chat.enters("ada")
    talk(ada, "/topic tea", "one", "two", "/join den", "/topic weather", "three")
    bob = chat.connects()
    bob.session.want_past(wanted)
    heard = bob.asks("bob")
    said = [line.rpartition(" ")[2] for line in heard if line.startswith("past") and "ada: " in line]
    lines = ["tea", "one", "two"]
    assert said == lines[len(lines) - min(len(lines), 100 if wanted is None else wanted) :]
    assert ("topic room=lobby topic=tea" in heard) is (wanted != 0)
    heard = bob.asks("/join den")
    assert any("three" in line for line in heard) is (wanted != 0)
    assert ("topic room=den topic=weather" in heard) is (wanted != 0)
    ada.sends("live")
    assert bob.hears() == ["ada: live"]


@pytest.mark.parametrize(("command", "method"), [("/missed", "missed"), ("/history", "history")])
def test_who_leaves_a_room_while_the_log_is_asked_is_shown_nothing_of_it(
    chat: Chat, ada: Person, command: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk(ada, "/join den", "a secret")
    asked: list[Deferred[Any]] = []
    monkeypatch.setattr(chat.log, method, lambda *_words: asked.append(Deferred()) or asked[-1])
    ada.types(command)
    ada.inside.leave("den")
    chat.turn()
    ada.hears()
    for answer in asked:  # the second is asked for once the first is there
        answer.callback([])
    chat.turn()
    assert ada.hears() == ["refused not-in-room room=den"]
