"""A chat that is portrayed and revived, at whatever moment, is to everybody in it as one that was not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.chat import Chat, Person
from support.journal import ListJournal
from support.succession import hand_over
from twisted.internet.defer import ensureDeferred

from twistchat.core.codes import code_of
from twistchat.core.events import Entry, Invited, Joined
from twistchat.core.intake import Deed
from twistchat.core.limits import Rate
from twistchat.core.moderation import Moderation
from twistchat.core.portrait import ChatPortrait, SessionPortrait, error_as, error_of, more_as, more_of
from twistchat.core.ports import Committed
from twistchat.core.queries import Older, Query
from twistchat.errors import LineTooLong, NotText

NAMES = ["ada", "bob", "cyd", "eve"]
LINES = [
    "hello",
    "/me waves",
    "/join tea",
    "/join den",
    "/leave",
    "/leave tea",
    "/room lobby",
    "/msg ada psst",
    "/reply yes",
    "/ignore bob",
    "/unignore bob",
    "/echo off",
    "/echo on",
    "/times on",
    "/lang zh_CN",
    "/away tea time",
    "/away",
    "/topic ours",
    "/private on",
    "/private off",
    "/key oolong",
    "/limit 2",
    "/moderated on",
    "/voice bob",
    "/op cyd",
    "/invite eve",
    "/kick bob",
    "/nick zoe",
    "/who",
    "/whois ada",
    "/rooms",
    "/topic",
    "/history",
    "/search tea",
    "/more",
    "/missed",
    "/nonsense",
]
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.integers(0, 3), st.sampled_from(LINES)),
        st.tuples(st.integers(0, 3), st.sampled_from(["vanish", "connect", "wait"])),
    ),
    max_size=40,
)


class Twins:
    """Two chats in which the same is done, one of which is handed over."""

    def __init__(self, **limits: Any) -> None:
        self.chats = (Chat(history=8, **limits), Chat(history=8, **limits))
        self.ever: tuple[list[Person], list[Person]] = ([], [])
        self.here: list[tuple[Person, Person] | None] = [None] * len(NAMES)
        for number in range(len(NAMES)):
            self.connect(number)

    def connect(self, number: int) -> None:
        one, other = (chat.connects(address=f"10.0.0.{number}") for chat in self.chats)
        self.ever[0].append(one)
        self.ever[1].append(other)
        self.here[number] = (one, other)
        self._both(number, lambda person: person.types(NAMES[number], "one", "/me twice", "three"))

    def _both(self, number: int, do: Any) -> None:
        for person in self.here[number] or ():
            do(person)

    def do(self, number: int, what: str) -> None:
        if what == "wait":
            for chat in self.chats:
                chat.clock.advance(1)
        elif what == "connect":
            if self.here[number] is None:
                self.connect(number)
        elif what == "vanish":
            self._both(number, lambda person: person.vanishes())
            self.here[number] = None
        else:
            more = ["over here", "and here"] if what.startswith("/join") else []
            self._both(number, lambda person: person.types(what, *more))
        self.turn()

    def turn(self) -> None:
        for chat in self.chats:
            chat.turn()

    def hand_over(self) -> None:
        hand_over(self.chats[1], self.ever[1])
        self.turn()

    def check(self) -> None:
        for one, other in zip(*self.ever, strict=True):
            assert one.client.lines == other.client.lines
            assert one.client.connected == other.client.connected


@settings(deadline=None)
@given(DEEDS, st.sets(st.integers(0, 40), min_size=1, max_size=3))
def test_nobody_can_tell_that_a_chat_was_handed_over(deeds: list[tuple[int, str]], moments: set[int]) -> None:
    twins = Twins()
    for count, (number, what) in enumerate([*deeds, *((number, "/who") for number in range(4))]):
        if count in moments:
            twins.hand_over()
        twins.do(number, what)
    twins.check()


@settings(deadline=None)
@given(DEEDS, st.sets(st.integers(0, 40), min_size=1, max_size=3))
def test_nor_where_talkers_are_held_back(deeds: list[tuple[int, str]], moments: set[int]) -> None:
    twins = Twins(flood=Rate(1.0, 3))
    for count, (number, what) in enumerate(deeds):
        if count in moments:
            twins.hand_over()
        twins.do(number, what)
    for _ in range(50):
        twins.do(0, "wait")
    twins.check()


@pytest.fixture
def chat() -> Chat:
    return Chat()


def test_who_has_no_name_yet_has_the_rest_of_their_time_to_give_one(chat: Chat) -> None:
    chat.limit(name_seconds=60)
    ada = chat.connects()
    chat.clock.advance(50)
    hand_over(chat, [ada])
    chat.clock.advance(9)
    assert ada.client.connected
    chat.clock.advance(2)
    assert not ada.client.connected


def test_who_is_to_end_in_order_does_so_within_the_rest_of_the_time(chat: Chat) -> None:
    chat.limit(flood=Rate(0.01, 2))
    ada = chat.connects()
    ada.sends("ada", "one", "two", "three")
    ada.session.end_in_order(10)
    chat.clock.advance(4)
    hand_over(chat, [ada])
    chat.clock.advance(5)
    assert ada.client.connected
    chat.clock.advance(2)
    assert not ada.client.connected


def test_a_reply_to_somebody_who_is_gone_says_so(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    bob.sends("/msg ada psst")
    bob.vanishes()
    hand_over(chat, [ada, bob])
    assert any("bob" in line for line in ada.asks("/reply what?"))


def test_connections_of_an_address_are_counted_on(chat: Chat) -> None:
    chat.limit(per_address=2, per_private_address=2)
    people = [chat.enters("ada", address="10.1.2.3"), chat.enters("bob", address="10.1.2.3")]
    hand_over(chat, people)
    with pytest.raises(Exception, match="2"):
        chat.connects(address="10.1.2.3")
    people[0].vanishes()
    chat.connects(address="10.1.2.3")


def test_a_deed_that_waits_is_made_again_by_its_interface(chat: Chat) -> None:
    chat.limit(flood=Rate(1.0, 2))
    ada = chat.connects()
    done: list[bytes] = []

    def deed(came: bytes) -> Deed:
        return Deed(lambda: done.append(came), 1.0, True, came)

    ada.client.deed = deed  # type: ignore[attr-defined]
    ada.sends("ada", "one", "two", "three")
    assert not done
    ada.session.do(deed(b"\xff three"))
    hand_over(chat, [ada])
    chat.clock.advance(10)
    assert done == [b"\xff three"]


def test_a_deed_that_its_interface_does_not_know_again_is_not_guessed_at(chat: Chat) -> None:
    chat.limit(flood=Rate(1.0, 2))
    ada = chat.connects()
    ada.client.deed = lambda came: None  # type: ignore[attr-defined]
    ada.sends("ada", "one", "two", "three")
    ada.session.do(Deed(lambda: None, 1.0, True, b"three"))
    with pytest.raises(ValueError, match="cannot be read again"):
        hand_over(chat, [ada])


def test_what_could_not_be_read_is_refused_in_its_place(chat: Chat) -> None:
    chat.limit(flood=Rate(1.0, 2))
    ada = chat.connects()
    ada.sends("ada", "one", "two", "three")
    ada.session.reject(NotText(), "tag")
    hand_over(chat, [ada])
    chat.clock.advance(10)
    assert "not-text" in " ".join(ada.hears())


def test_refusals_are_read_again_as_they_were_written() -> None:
    kind, *what = error_as(LineTooLong(100))
    assert kind == "error"
    again = error_of(*what)
    assert isinstance(again, LineTooLong)
    assert again.limit == 100
    for name in ("Phrase", "nonsense"):
        with pytest.raises(ValueError, match="no refusal"):
            error_of(name, {})


@pytest.mark.parametrize(
    "more", [None, Older("tea", 20, 7), Query(("a",), ("tea",), "ada", 1.0, 9, {"tea": 3}, 2.0)], ids=str
)
def test_where_more_goes_on_is_kept(more: Query | Older | None) -> None:
    assert more_of(more_as(more)) == more


def test_what_a_newer_version_wrote_beside_is_left_out_and_what_an_older_one_did_not_has_a_default() -> None:
    read = ChatPortrait.read({"rooms": [], "unheard_of": 1})
    assert read == ChatPortrait([])
    with pytest.raises(TypeError):
        SessionPortrait.read({"key": "k"})


def test_a_portrait_without_counts_of_codes_leaves_them_as_they_are(chat: Chat) -> None:
    prepared = ensureDeferred(chat.hub.prepare(ChatPortrait([])))
    assert prepared.result is None
    assert chat.enters("ada").asks("/who") == ["who room=lobby count=1 people=ada"]


def test_a_moderator_has_the_posts_again_that_they_had_and_no_others(chat: Chat) -> None:
    moderation = Moderation(chat.hub, ListJournal(chat.clock.seconds))
    for name, room in (("Li", "lobby"), ("Wang", "tea")):
        ensureDeferred(moderation.appoint("op", name, room, 3600.0, code_of(name.encode() * 8)))
    chat.turn()
    mine, _ = moderation.appointed()
    ada = chat.enters("ada")
    ada.inside.rights.revive([mine.number])
    assert ada.inside.rights.posts == [mine.number]


def test_who_is_invited_into_a_room_of_another_server_is_so_again(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    events = [Joined("tea", "far"), Joined("den", "far"), Invited("tea", "far", "bob")]
    chat.log.bring([Committed([Entry(number, 0.0, event) for number, event in enumerate(events, 1000)], is_own=False)])
    assert bob.hears()[-1] == "invited tea: far bob"
    before = chat.hub.portrait().rooms_elsewhere
    assert [(room["name"], [*room["guests"]]) for room in before] == [("tea", [1]), ("den", [])]
    hand_over(chat, [ada, bob])
    assert chat.hub.portrait().rooms_elsewhere == before
