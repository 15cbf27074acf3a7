"""What the log says of rooms is a function of its entries, whoever is connected where."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from twistchat.core.census import MOST_ANNOUNCED, Census
from twistchat.core.events import Announced, Entry, Event, Joined, Left, Renamed, Said, TopicSet
from twistchat.core.names import EVERYWHERE

KEEP = 3


def census(*events: Event) -> Census:
    """A census that has followed some events, numbered from 1."""
    made = Census(lambda: KEEP)
    for number, event in enumerate(events, 1):
        made.take(Entry(number, 0.0, event))
    return made


def numbers(made: Census, room: str) -> list[int]:
    """The numbers of a room's latest lines."""
    record = made.get(room)
    assert record is not None
    return [entry.number for entry in record.latest]


def test_people_are_where_their_entries_say_under_the_name_that_they_have() -> None:
    made = census(
        Joined("tea", "ada"),
        Joined("tea", "bob"),
        Renamed("tea", "ada", "eve"),
        Left("tea", "bob"),
        Joined("den", "bob"),
    )
    assert {record.name: sorted(record.people.values()) for record in made} == {"tea": ["eve"], "den": ["bob"]}


def test_a_name_is_the_same_in_another_spelling() -> None:
    made = census(Joined("tea", "Ada"), Left("tea", "ada"))
    assert made.get("tea") is None


def test_a_room_that_nobody_is_in_is_forgotten_unless_it_is_held_open() -> None:
    made = census(Joined("tea", "ada"))
    made.opened("tea", [])
    made.take(Entry(2, 0.0, Left("tea", "ada")))
    assert made.get("tea") is not None
    made.closed("tea")
    assert made.get("tea") is None


def test_a_room_that_is_let_go_stays_while_somebody_elsewhere_is_in_it() -> None:
    made = census(Joined("tea", "ada"))
    made.opened("tea", [])
    made.closed("tea")
    assert made.get("tea") is not None


def test_topic_and_latest_lines_are_those_of_the_log() -> None:
    made = census(
        Joined("tea", "ada"), TopicSet("tea", "ada", "green"), *(Said("tea", "ada", str(n)) for n in range(3))
    )
    record = made.get("tea")
    assert record is not None and record.topic == "green"
    assert numbers(made, "tea") == [3, 4, 5]


def test_what_came_while_the_log_was_asked_for_the_past_is_there_once_and_in_its_place() -> None:
    made = census(Joined("tea", "ada"), Said("tea", "ada", "one"), Said("tea", "ada", "two"))
    asked = [Entry(1, 0.0, TopicSet("tea", "zoe", "old")), Entry(2, 0.0, Said("tea", "ada", "one"))]
    record = made.opened("tea", asked)
    assert numbers(made, "tea") == [1, 2, 3]
    assert record.topic == "old"


def test_an_announcement_is_among_the_lines_of_every_room_and_of_rooms_that_open_later() -> None:
    made = census(Joined("tea", "ada"), Announced(EVERYWHERE, "now"), Said("tea", "ada", "yes"))
    assert numbers(made, "tea") == [2, 3]
    made.opened("den", [])
    assert numbers(made, "den") == [2]


def test_announcements_of_before_the_start_come_before_those_since_and_none_twice() -> None:
    made = census(Announced(EVERYWHERE, "now"))
    made.recall([Entry(-1, 0.0, Announced(EVERYWHERE, "then")), Entry(1, 0.0, Announced(EVERYWHERE, "now"))])
    made.opened("den", [])
    assert numbers(made, "den") == [-1, 1]


def test_announcements_that_are_kept_have_a_bound() -> None:
    made = census(*(Announced(EVERYWHERE, str(n)) for n in range(MOST_ANNOUNCED + 5)))
    assert len(made._announced) == MOST_ANNOUNCED


EVENTS = st.one_of(
    st.builds(Joined, st.sampled_from(["a", "b"]), st.sampled_from(["ada", "bob"])),
    st.builds(Left, st.sampled_from(["a", "b"]), st.sampled_from(["ada", "bob"])),
    st.builds(Renamed, st.sampled_from(["a", "b"]), st.sampled_from(["ada", "bob"]), st.sampled_from(["eve", "ada"])),
    st.builds(Said, st.sampled_from(["a", "b"]), st.just("ada"), st.text(max_size=2)),
    st.builds(TopicSet, st.sampled_from(["a", "b"]), st.just("ada"), st.text(max_size=2)),
    st.builds(Announced, st.just(EVERYWHERE), st.text(max_size=2)),
)


@given(st.lists(EVENTS, max_size=30))
def test_two_servers_that_read_the_same_entries_know_the_same(events: list[Event]) -> None:
    one, other = census(*events), census(*events)
    assert {r.name: (r.people, r.topic, [*r.latest]) for r in one} == {
        r.name: (r.people, r.topic, [*r.latest]) for r in other
    }
    assert all(record.people for record in one), "a room that nobody is in is forgotten"


def test_what_is_cut_off_the_log_is_forgotten_and_rooms_that_are_open_stay() -> None:
    made = census(
        Joined("tea", "ada"),
        TopicSet("tea", "ada", "oolong"),
        Announced(EVERYWHERE, "before"),
        Joined("den", "bob"),
        Said("tea", "ada", "gone"),
        TopicSet("tea", "ada", "green"),
        Announced(EVERYWHERE, "gone, too"),
    )
    made.opened("tea", [])
    made.cut(3)
    assert [record.name for record in made] == ["tea"]
    tea = made.get("tea")
    assert tea is not None
    assert (numbers(made, "tea"), tea.people, tea.topic) == ([], {}, "")
    made.found("tea", ["ada"], [Entry(2, 0.0, TopicSet("tea", "ada", "oolong"))], [])
    assert (tea.topic, [*tea.people]) == ("oolong", ["ada"])
    made.cut(3)
    assert tea.topic == "oolong"
    assert numbers(made, "tea") == [2, 3]
