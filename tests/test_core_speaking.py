"""What people say to rooms and persons that they name, and what those around them are told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import pytest
from support.chat import Chat, Person
from support.results import at_once
from support.tokens import ProgramFormat
from twisted.internet.defer import Deferred

from twistchat.core.bans import Act
from twistchat.core.commands.looking import who_is_away
from twistchat.core.events import (
    Acted,
    Event,
    Gone,
    Joined,
    Left,
    Noticed,
    Signal,
    Tagged,
    Told,
    Whispered,
    WhisperedNotice,
)
from twistchat.core.intake import Deed
from twistchat.core.ports import Bearer
from twistchat.core.presence import LARGE
from twistchat.core.speaking import be_away, describe, say_in, set_topic_in, tag, tag_afar, whisper_afar, whisper_to
from twistchat.errors import IgnoresYou, Muted, NotInRoom


@dataclass(frozen=True)
class SignalFormat(ProgramFormat):
    """Shows signals, and one's own coming before what a room is."""

    comes_first: ClassVar[bool] = True

    def event(self, told: Told) -> bytes:
        event = told.event
        if not isinstance(event, Signal):
            return super().event(told)
        beside = f" {told.beside}" if told.beside else ""
        return f"~{type(event).__name__} {event.name} {event.text}{beside}\n".encode()


SIGNALS = SignalFormat()


@pytest.fixture
def ada(chat: Chat) -> Person:
    return chat.enters("ada", format=SIGNALS)


@pytest.fixture
def eve(chat: Chat, ada: Person) -> Person:
    eve = chat.enters("eve", format=SIGNALS)
    ada.hears()
    return eve


def test_somebody_says_something_in_a_room_that_they_name_and_talks_there_from_then_on(
    chat: Chat, ada: Person, eve: Person
) -> None:
    ada.sends("/join tea", "/join den")
    eve.sends("/join tea")
    for person in (ada, eve):
        person.hears()
    say_in(ada.inside, "tea", "hello")
    say_in(ada.inside, "tea", "waves", Acted)
    say_in(ada.inside, "tea", "hm", Noticed)
    set_topic_in(ada.inside, "tea", "leaves")
    chat.turn()
    assert eve.hears() == ["ada: hello", "* ada waves", "-ada- hm", "topic ada: leaves"]
    ada.sends("here")
    assert eve.hears() == ["ada: here"]


def test_nobody_says_anything_in_a_room_where_they_are_not(ada: Person, eve: Person) -> None:
    for wrong in (say_in, set_topic_in, tag):
        with pytest.raises(NotInRoom):
            wrong(ada.inside, "tea", "hello")


def test_what_stands_beside_a_line_comes_with_it_and_is_not_kept(chat: Chat, ada: Person, eve: Person) -> None:
    beside: list[str | None] = []
    chat.hub.pipeline.watch(lambda entries: beside.extend(entry.beside for entry in entries))
    say_in(ada.inside, "lobby", "hello", beside="+draft/reply=1")
    say_in(ada.inside, "lobby", "again")
    chat.turn()
    assert beside == ["+draft/reply=1", None]
    assert [entry.beside for entry in chat.log.entries[-2:]] == [None, None]


def test_a_private_message_to_oneself_comes_as_what_one_sent_and_as_what_one_got(chat: Chat, ada: Person) -> None:
    whisper_to(ada.inside, ada.inside, "psst")
    chat.turn()
    assert ada.hears() == ["ada > ada: psst"] * 2
    ada.inside.preferences.echo_private = False
    whisper_to(ada.inside, ada.inside, "psst", WhisperedNotice)
    chat.turn()
    assert ada.hears() == ["ada > ada: psst"]


def test_who_is_away_is_shown_so_to_those_around_and_to_who_writes_to_them(
    chat: Chat, ada: Person, eve: Person
) -> None:
    assert ada.asks("/away lunch") == ["away reason=lunch"]
    assert eve.hears() == ["~Away ada lunch"]
    assert eve.asks("/msg ada psst") == ["is-away name=ada reason=lunch", "eve > ada: psst"]
    assert ada.asks("/away lunch")[-1] == "away reason=lunch"
    assert eve.hears() == []
    ada.hears()
    eve.sends("/join tea")
    eve.hears()
    ada.sends("/join tea")
    assert eve.hears() == ["+ada", "~Away ada lunch"]
    assert "~Away" not in " ".join(ada.hears())
    assert ada.asks("/away") == ["back"]
    assert eve.hears() == ["~Away ada ", "~Away ada "]


def test_who_says_who_they_are_is_shown_so_themselves(chat: Chat, ada: Person, eve: Person) -> None:
    describe(ada.inside, "Countess")
    chat.turn()
    assert ada.hears() == eve.hears() == ["~Described ada Countess"]
    assert ada.inside.description == "Countess"
    ada.sends("/leave")
    ada.hears()
    describe(ada.inside, "Nobody")
    chat.turn()
    assert ada.hears() == ["~Described ada Nobody"]


def test_tags_without_a_line_reach_the_room_or_the_person(chat: Chat, ada: Person, eve: Person) -> None:
    tag(ada.inside, "lobby", "+typing=active")
    tag(ada.inside, eve.inside, "+typing=done")
    chat.turn()
    assert eve.hears() == ["~Tagged ada  +typing=active", "~Tagged ada  +typing=done"]
    eve.sends("/ignore ada")
    with pytest.raises(IgnoresYou):
        tag(ada.inside, eve.inside, "+typing=done")
    with pytest.raises(IgnoresYou):
        whisper_to(ada.inside, eve.inside, "psst")
    ada.sends("/join tea")
    assert ada.asks("/invite eve") == ["refused ignores-you name=eve"]
    ada.sends("/join lobby")
    eve.hears()
    tag(ada.inside, "lobby", "+typing=active")
    be_away(ada.inside, "gone")
    chat.turn()
    assert eve.hears() == []


def test_who_of_some_is_away_is_told_to_other_servers(chat: Chat, ada: Person, eve: Person) -> None:
    be_away(eve.inside, "lunch")
    assert who_is_away(chat.hub, ["EVE", "ada", "nobody", 7]) == {"away": ["eve"]}


def test_text_clients_see_nothing_of_signals(chat: Chat, ada: Person) -> None:
    bob = chat.enters("bob")
    tag(ada.inside, "lobby", "+typing=active")
    be_away(ada.inside, "lunch")
    describe(ada.inside, "Countess")
    chat.turn()
    assert bob.hears() == []


def test_who_is_muted_signals_nothing(chat: Chat, ada: Person, eve: Person) -> None:
    chat.hub.rules.take(Act("mute", "op", subject="ada", number=1))
    for wrong in (
        lambda: tag(ada.inside, "lobby", "+a"),
        lambda: be_away(ada.inside, "lunch"),
        lambda: describe(ada.inside, "x"),
    ):
        with pytest.raises(Muted):
            wrong()


def test_a_deed_waits_for_its_turn_as_a_line_does_and_is_paid_for(chat: Chat, ada: Person, eve: Person) -> None:
    done: list[str] = []
    chat.log.slow = True
    ada.types("/history 5")
    ada.session.do(Deed(lambda: done.append("one"), 1.0))  # type: ignore[arg-type, func-returns-value]
    assert done == []
    chat.log.hurry()
    chat.turn()
    assert done == ["one"]
    before = ada.inside.active
    chat.clock.advance(5)
    ada.session.do(Deed(lambda: None, 0.0, counts_as_activity=False))
    assert ada.inside.active == before
    ada.vanishes()
    ada.session.do(Deed(lambda: done.append("two"), 1.0))  # type: ignore[arg-type, func-returns-value]
    assert done == ["one"]


def test_a_deed_that_comes_too_fast_where_nobody_can_wait_is_refused(chat: Chat) -> None:
    chat.limit(flood=type(chat.hub.limits)().flood)
    ada = chat.enters("ada", patient=False)
    for _ in range(20):
        ada.session.do(Deed(lambda: None, 1.0))
    assert [line.split()[:2] for line in ada.hears()] == [["refused", "too-fast"]]


def test_somebody_may_come_in_and_be_nowhere(chat: Chat) -> None:
    ada = chat.connects(format=SIGNALS)
    coming = ada.session.entrance.enter("ada", None)
    with pytest.raises(StopIteration):
        coming.send(None)
    assert ada.hears() == ["welcome ada"]
    assert ada.session.is_welcome
    assert ada.rooms == set()
    chat.clock.advance(120)
    assert not ada.session.is_gone
    ada.sends("/join tea")
    assert "+ada" in ada.hears()


def test_whose_name_was_refused_may_give_another_after_all(chat: Chat, ada: Person) -> None:
    eve = chat.connects()
    eve.session.entrance.stay_out()
    eve.sends("eve")
    assert "welcome eve" in eve.hears()


def test_who_sees_their_own_coming_first_sees_their_leaving_too(chat: Chat, ada: Person) -> None:
    bob = chat.connects(format=SIGNALS)
    bob.sends("bob")
    heard = bob.hears()
    assert heard[:3] == ["welcome bob", "+bob", "here lobby"]
    bob.sends("/leave")
    assert bob.hears() == ["-bob"]


def test_who_leaves_the_chat_is_told_from_who_leaves_a_room(chat: Chat, ada: Person) -> None:
    told: list[type[Event]] = []
    chat.hub.pipeline.watch(lambda entries: told.extend(type(entry.event) for entry in entries))
    ada.sends("/join tea", "/leave")
    ada.vanishes()
    chat.turn()
    assert told == [Joined, Left, Gone]


def test_who_leaves_the_chat_of_a_large_room_has_left_the_room_as_they_may_be_back_when_it_is_told(
    chat: Chat, ada: Person
) -> None:
    seen: list[type[Event]] = []

    class Watching(SignalFormat):
        def event(self, told: Told) -> bytes:
            seen.append(type(told.event))
            return super().event(told)

    chat.enters("eve", format=Watching())
    for number in range(LARGE + 2):
        chat.enters(f"guest{number}").hears()
    chat.clock.advance(1)
    seen.clear()
    tag(ada.inside, "lobby", "+a")
    ada.vanishes()
    chat.turn()
    chat.clock.advance(1)
    assert Left in seen
    assert Gone not in seen


def test_a_signal_in_a_large_room_tells_first_who_sends_it(chat: Chat, ada: Person) -> None:
    for number in range(LARGE + 2):
        chat.enters(f"guest{number}").hears()
    chat.clock.advance(1)
    ada.hears()
    late = chat.enters("late")
    tag(late.inside, "lobby", "+a")
    chat.turn()
    assert ada.hears() == ["+late", "~Tagged late  +a"]


class Watcher:
    """Notes who comes and goes."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def came(self, person: object) -> None:
        self.seen.append(f"+{person.name}")  # type: ignore[attr-defined]

    def renamed(self, person: object, old: str) -> None:
        self.seen.append(f"{old} => {person.name}")  # type: ignore[attr-defined]

    def signalled(self, person: object, event: Event) -> None:
        self.seen.append(f"~{event.name}")

    def went(self, person: object) -> None:
        self.seen.append(f"-{person.name}")  # type: ignore[attr-defined]


def test_who_watches_people_is_told_of_them_in_whatever_rooms_they_are(chat: Chat) -> None:
    watcher = Watcher()
    stop = chat.hub.comings.watch(watcher)
    chat.connects().vanishes()
    ada = chat.enters("ada")
    for line in ("/join tea", "/nick ada2", "/leave", "/leave", "/nick ada3"):
        ada.sends(line)
    be_away(ada.inside, "lunch")
    ada.vanishes()
    chat.turn()
    assert watcher.seen == ["+ada", "ada => ada2", "ada => ada2", "ada2 => ada3", "~ada3", "-ada3"]
    stop()
    stop()
    chat.enters("eve")
    assert watcher.seen[-1] == "-ada3"


class Far:
    """Another server, with bob."""

    has_servers = True

    def __init__(self) -> None:
        self.answer: Deferred[Bearer] = Deferred()
        self.told: list[tuple[str, str | None]] = []

    def whisper(self, _name: str, event: Whispered | Tagged, beside: str | None = None) -> Deferred[Bearer]:
        self.told.append((event.kind, beside))
        return self.answer


def afar(chat: Chat) -> Far:
    far = Far()
    chat.hub.elsewhere = far  # type: ignore[assignment]
    return far


def test_who_is_gone_before_another_server_answers_is_shown_nothing(chat: Chat, ada: Person) -> None:
    far = afar(chat)
    ada.types("/msg bob psst")
    tagging = Deferred.fromCoroutine(tag_afar(ada.inside, "bob", "+typing=active"))
    ada.vanishes()
    far.answer.callback(Bearer("bob", None))
    chat.turn()
    assert tagging.called
    assert not any("psst" in line or "typing" in line for line in ada.hears())


def test_who_is_told_something_at_another_server_may_be_away(chat: Chat, ada: Person) -> None:
    far = afar(chat)
    far.answer.callback(Bearer("Bob", "tea"))
    ada.hears()
    assert sorted(ada.asks("/msg bob psst")) == ["ada > Bob: psst", "is-away name=Bob reason=tea"]


def test_tags_for_one_person_at_another_server_are_shown_to_who_sends_them_as_here(chat: Chat, ada: Person) -> None:
    far = afar(chat)
    far.answer.callback(Bearer("Bob", None))
    ada.hears()
    at_once(tag_afar(ada.inside, "bob", "+typing=active"))
    at_once(whisper_afar(ada.inside, "bob", "psst", beside="+x=1"))
    chat.turn()
    assert far.told == [("tagged", "+typing=active"), ("whispered", "+x=1")]
    assert ada.hears() == ["~Tagged ada  +typing=active", "ada > Bob: psst"]


def test_who_types_to_somebody_is_not_whom_they_reply_to(chat: Chat, ada: Person, eve: Person) -> None:
    bob = chat.enters("bob")
    bob.types("/msg ada psst")
    tag(eve.inside, ada.inside, "+typing=active")
    chat.turn()
    ada.hears()
    assert ada.asks("/reply yes") == ["ada > bob: yes"]
