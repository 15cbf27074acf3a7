"""Who shares a frame: everyone of one format, whatever else they are in or prefer, but whom a batch concerns alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat, Person
from support.tokens import TokenFormat

from twistchat.core.events import Entry, Said


@pytest.fixture
def crowd(chat: Chat) -> list[Person]:
    """Ten people who are in the same three rooms, and talk in the lobby; every other one wants no echo."""
    people = [chat.enters(f"guest{number}") for number in range(10)]
    for number, person in enumerate(people):
        person.sends("/join tea", "/join den", "/join lobby")
        if number % 2:
            person.sends("/echo off")
    for person in people:
        person.hears()
    return people


def last_frames(people: list[Person]) -> set[int]:
    """Which objects people were sent last."""
    return {id(person.client.frames[-1]) for person in people}


def test_people_in_several_rooms_share_the_frame_of_a_line_in_one(crowd: list[Person]) -> None:
    crowd[0].sends("hello")
    assert len(last_frames(crowd)) == 1
    assert crowd[5].hears() == ["guest0: hello"]


def test_who_wants_no_echo_is_singled_out_only_as_the_author(crowd: list[Person]) -> None:
    crowd[1].types("mine")
    crowd[2].types("theirs")
    crowd[1].types("mine again")
    crowd[0].sends()
    assert crowd[1].hears() == ["guest2: theirs"]
    others = [person for person in crowd if person is not crowd[1]]
    assert len(last_frames(others)) == 1
    assert crowd[3].hears() == ["guest1: mine", "guest2: theirs", "guest1: mine again"]


def test_many_who_want_no_echo_are_each_told_all_but_their_own_lines(crowd: list[Person]) -> None:
    talkers = crowd[1::2]
    for person in (*talkers, *talkers[:2]):
        person.types(f"hello from {person.name}")
    crowd[0].sends()
    said = [f"{person.name}: hello from {person.name}" for person in (*talkers, *talkers[:2])]
    assert crowd[0].hears() == said
    for person in talkers:
        assert person.hears() == [line for line in said if not line.startswith(f"{person.name}:")]


@dataclass(frozen=True)
class Counted(TokenFormat):
    """A dialect whose frame says how many pieces it has, so that it cannot be cut out of another."""

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        return b"%d:\n" % len(pieces) + super().frame(pieces)


def test_a_frame_that_is_more_than_its_pieces_is_made_anew_for_who_is_told_less(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob", format=Counted())
    bob.sends("/echo off")
    bob.hears()
    bob.types("mine")
    ada.types("theirs")
    bob.types("mine again")
    ada.sends("and more")
    assert bob.hears() == ["2:", "ada: theirs", "ada: and more"]
    taciturn = chat.enters("eve", format=Taciturn())
    taciturn.sends("/echo off")
    taciturn.hears()
    before = len(taciturn.client.frames)
    taciturn.types("mine")
    ada.sends("theirs")
    assert len(taciturn.client.frames) == before, "nor is an empty one sent"


def test_who_is_told_less_and_nothing_is_left_for_them_is_sent_nothing(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob", format=CountedTaciturn())
    bob.sends("/echo off")
    bob.hears()
    before = len(bob.client.frames)
    bob.types("/me is bob")
    ada.sends("hello")
    assert len(bob.client.frames) == before


def test_who_wants_no_echo_and_says_all_that_there_is_gets_no_frame_at_all(crowd: list[Person]) -> None:
    before = len(crowd[1].client.frames)
    crowd[1].sends("only this")
    assert len(crowd[1].client.frames) == before


def test_people_in_the_same_rooms_share_the_frame_of_a_batch_that_touches_several(crowd: list[Person]) -> None:
    for room in ("tea", "den", "lobby"):
        crowd[0].types(f"/join {room}", f"hello {room}")
    crowd[0].sends()
    assert crowd[4].hears() == ["[tea] guest0: hello tea", "[den] guest0: hello den", "guest0: hello lobby"]
    assert len(last_frames(crowd[1:])) == 1, "one frame for all whose rooms and formats are the same"


def test_who_talks_elsewhere_or_is_in_fewer_of_the_rooms_shares_with_their_like(
    chat: Chat, crowd: list[Person]
) -> None:
    lone = chat.enters("lone")
    crowd[8].sends("/join tea")
    crowd[9].sends("/join tea")
    for person in (lone, *crowd):
        person.hears()
    crowd[0].types("/join tea", "hello tea", "/join lobby", "hello lobby")
    crowd[0].sends()
    assert lone.hears() == ["guest0: hello lobby"]
    assert crowd[8].hears() == crowd[9].hears() == ["guest0: hello tea", "[lobby] guest0: hello lobby"]
    assert crowd[3].hears() == ["[tea] guest0: hello tea", "guest0: hello lobby"]
    assert crowd[8].client.frames[-1] is crowd[9].client.frames[-1]


def test_who_ignores_somebody_shares_all_frames_that_have_no_lines_of_theirs(crowd: list[Person]) -> None:
    crowd[2].sends("/ignore guest0")
    for person in crowd:
        person.hears()
    crowd[4].sends("hello")
    assert len(last_frames(crowd)) == 1
    crowd[0].types("unheard")
    crowd[4].types("heard")
    crowd[4].sends()
    assert crowd[2].hears() == ["guest4: hello", "guest4: heard"]
    assert crowd[6].hears() == ["guest4: hello", "guest0: unheard", "guest4: heard"]


def test_what_somebody_is_told_aside_stands_at_its_place_among_the_lines(crowd: list[Person]) -> None:
    crowd[0].types("one", "/msg guest2 psst")
    crowd[0].types("/join tea", "two", "/join lobby", "three")
    crowd[0].sends()
    assert crowd[2].hears() == ["guest0: one", "guest0 > guest2: psst", "[tea] guest0: two", "guest0: three"]


@dataclass(frozen=True)
class Taciturn(TokenFormat):
    """A dialect that has nothing for what is said."""

    def event(self, entry: Entry) -> bytes:
        return b"" if isinstance(entry.event, Said) else super().event(entry)

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        assert all(pieces), "a format is asked to join only what it has made"
        return super().frame(pieces)


@dataclass(frozen=True)
class CountedTaciturn(Taciturn):
    """The two at once."""

    def frame(self, pieces: Sequence[bytes]) -> bytes:
        return b"%d:\n" % len(pieces) + super().frame(pieces)


def test_a_format_may_have_nothing_for_an_event_and_no_empty_frame_is_sent(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob", format=Taciturn())
    bob.hears()
    before = len(bob.client.frames)
    ada.sends("hello")
    assert len(bob.client.frames) == before
    ada.types("hello", "/me waves")
    ada.sends()
    assert bob.hears() == ["* ada waves"]
    ada.types("hello", "/msg bob psst")
    ada.sends()
    assert bob.hears() == ["ada > bob: psst"]
    for person in (ada, bob):
        person.sends("/join tea", "/join lobby")
    bob.hears()
    before = len(bob.client.frames)
    ada.types("/join tea", "hello tea", "/join lobby", "hello lobby")
    ada.sends()
    assert len(bob.client.frames) == before, "nor where the batch touches several rooms"


@given(
    said=st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["hello", "/me waves", "/topic new"]))),
    is_anyone_ignored=st.booleans(),
)
def test_lines_that_are_committed_together_are_told_like_lines_that_come_alone(
    said: list[tuple[int, str]], is_anyone_ignored: bool
) -> None:
    heard = []
    for is_together in (True, False):
        people = crowd_of_four(is_anyone_ignored)
        for number, line in said:
            if is_together:
                people[number].types(line)
            else:
                people[number].sends(line)
        people[0].sends()
        heard.append([person.hears() for person in people])
    assert heard[0] == heard[1]


def crowd_of_four(is_anyone_ignored: bool) -> list[Person]:
    """Four people in two rooms, one talks in the second; another wants no echo, a third may ignore the first."""
    chat = Chat()
    people = [chat.enters(f"guest{number}") for number in range(4)]
    for person in people:
        person.sends("/join tea", "/join lobby")
    people[3].sends("/join tea")
    people[1].sends("/echo off")
    if is_anyone_ignored:
        people[2].sends("/ignore guest0")
    for person in people:
        person.hears()
    return people
