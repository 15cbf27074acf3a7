"""What another server of the same log committed is delivered here at its place, and moves nobody who is here."""

from __future__ import annotations

import pytest
from support.chat import Chat, Person, shorten_queue
from twisted.internet.defer import Deferred

from twistchat.core import names, pipeline
from twistchat.core.events import Announced, Away, Entry, Event, Joined, Left, Renamed, Said
from twistchat.core.names import EVERYWHERE
from twistchat.core.ports import Committed
from twistchat.errors import NotStored


def brings(chat: Chat, *events: Event, first: int = 1000) -> None:
    """Let the log bring a batch of another server."""
    entries = [Entry(number, 0.0, event) for number, event in enumerate(events, first)]
    chat.log.bring([Committed(entries, is_own=False)])


def test_what_somebody_elsewhere_says_is_heard_here(chat: Chat) -> None:
    ada = chat.enters("ada")
    brings(chat, Joined("lobby", "far"), Said("lobby", "far", "hello from afar"))
    assert ada.hears() == ["+far", "far: hello from afar"]


def test_who_is_elsewhere_is_counted_listed_and_shown_in_the_past(chat: Chat) -> None:
    ada = chat.enters("ada")
    brings(chat, Joined("lobby", "far"), Joined("tea", "far"), Said("lobby", "far", "hello"))
    ada.hears()
    assert ada.asks("/who") == ["who room=lobby count=2 people=ada,far"]
    assert ada.asks("/rooms") == ["room room=lobby count=2", "room room=tea count=1"]
    assert ada.asks("/who tea") == ["who room=tea count=1 people=far"]
    assert "past lobby: @0 far: hello" in chat.connects().asks("bob")
    brings(chat, Renamed("lobby", "far", "near"), Left("tea", "far"), first=2000)
    assert ada.asks("/who") == ["who room=lobby count=3 people=ada,bob,near"]
    assert ada.asks("/who tea")[-1] == "refused no-such-room room=tea"


def test_rooms_that_are_not_open_here_are_told_to_nobody_and_a_name_that_is_the_same_moves_nobody(chat: Chat) -> None:
    ada = chat.enters("ada")
    brings(chat, Joined("tea", "ada"), Said("tea", "ada", "quiet"), Left("tea", "ada"))
    assert ada.hears() == []
    assert ada.rooms == {"lobby"}


def test_an_announcement_of_another_server_reaches_everyone_once(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    bob.sends("/join tea")
    ada.hears(), bob.hears()
    brings(chat, Announced(EVERYWHERE, "now"))
    assert ada.hears() == bob.hears() == ["!! now"]


def test_own_and_others_batches_are_delivered_in_the_order_of_the_log(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears(), bob.hears()
    chat.log.slow = True
    ada.sends("mine")
    brings(chat, Joined("lobby", "far"), Said("lobby", "far", "theirs"))
    assert bob.hears() == ["+far", "far: theirs"]
    chat.log.hurry()
    assert bob.hears() == ["ada: mine"]


def test_several_batches_that_come_together_are_one_frame(chat: Chat) -> None:
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears(), bob.hears()
    chat.log.slow = True
    ada.sends("mine")
    before = len(bob.client.frames)
    first = Committed([Entry(900, 0.0, Said("lobby", "far", "before"))], is_own=False)
    last = Committed([Entry(902, 0.0, Said("lobby", "far", "after"))], is_own=False)
    chat.log.bring([first, Committed([Entry(901, 0.0, chat.log.appended[-1][0])]), last])
    assert bob.hears() == ["far: before", "ada: mine", "far: after"]
    assert len(bob.client.frames) == before + 1


def test_what_comes_as_ones_own_though_nothing_was_sent_is_taken_for_anothers(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.log.bring([Committed([Entry(900, 0.0, Said("lobby", "far", "again"))])])
    assert ada.hears() == ["far: again"]
    assert ada.asks("goes on") == ["ada: goes on"]


class Registry:
    """Names that are reserved for several servers, by a registry that answers when the test wants it to."""

    def __init__(self) -> None:
        self.reserved: set[str] = set()
        self.asked: list[tuple[frozenset[str], Deferred[bool]]] = []

    def claim(self, keys: frozenset[str]) -> Deferred[bool]:
        self.asked.append((keys, Deferred()))
        return self.asked[-1][1]

    def free(self, keys: frozenset[str]) -> None:
        self.reserved -= keys

    def answer(self) -> None:
        keys, answer = self.asked.pop(0)
        is_free = not self.reserved & keys
        if is_free:
            self.reserved |= keys
        answer.callback(is_free)


def ada_is_in() -> tuple[Registry, Chat, Person]:
    """A chat with a registry, which has given ada her name."""
    registry = Registry()
    chat = Chat(names=registry)
    ada = chat.connects()
    ada.sends("ada")
    registry.answer()
    chat.turn()
    ada.hears()
    return registry, chat, ada


def test_a_name_is_free_again_where_the_registry_could_not_be_asked() -> None:
    registry = Registry()
    chat = Chat(names=registry)
    ada, bob = chat.connects(), chat.connects()
    ada.types("ada")
    _, answer = registry.asked.pop()
    answer.errback(NotStored("no registry"))
    assert ada.hears() == ["refused not-stored reason=no registry"]
    bob.types("ada")
    registry.answer()
    chat.turn()
    assert bob.name == "ada"


def test_a_name_that_somebody_elsewhere_has_is_refused_once_that_is_known() -> None:
    registry = Registry()
    chat = Chat(names=registry)
    registry.reserved |= names.keys("ada")
    ada = chat.connects()
    assert ada.asks("ada") == []
    assert ada.asks("/typed meanwhile") == []
    registry.answer()
    assert ada.hears()[0] == "refused name-taken name=ada"
    ada.sends("eve")
    registry.answer()
    chat.turn()
    assert "+eve" in ada.hears()
    assert registry.reserved == names.keys("ada") | names.keys("eve")


def test_a_new_name_waits_for_the_registry_and_lines_behind_it_wait_too() -> None:
    registry, chat, ada = ada_is_in()
    ada.sends("/nick eve", "hello")
    assert ada.hears() == []
    registry.answer()
    chat.turn()
    assert ada.hears() == ["ada => eve", "eve: hello"]
    assert registry.reserved == names.keys("eve")


def test_a_name_that_was_asked_for_by_somebody_who_is_gone_by_then_is_given_back() -> None:
    registry = Registry()
    chat = Chat(names=registry)
    ada = chat.connects()
    ada.sends("ada")
    ada.vanishes()
    registry.answer()
    chat.turn()
    assert not registry.reserved
    assert not chat.named


def test_a_new_name_that_somebody_gone_by_then_asked_for_is_given_back() -> None:
    registry, chat, ada = ada_is_in()
    ada.sends("/nick eve")
    ada.vanishes()
    registry.answer()
    chat.turn()
    assert not registry.reserved


def test_a_new_name_that_the_log_cannot_take_by_then_is_given_back(monkeypatch: pytest.MonkeyPatch) -> None:
    registry, _chat, ada = ada_is_in()
    ada.sends("/nick eve")
    shorten_queue(monkeypatch, 0)
    registry.answer()
    assert ada.hears() == ["refused overloaded"]
    assert ada.name == "ada"
    assert registry.reserved == names.keys("ada")


def test_another_spelling_of_ones_own_name_needs_no_registry() -> None:
    registry, _chat, ada = ada_is_in()
    assert ada.asks("/nick Ada") == ["ada => Ada"]
    assert not registry.asked


def test_a_signal_of_somebody_elsewhere_that_goes_down_with_a_batch_owes_nobody_anything(chat: Chat) -> None:
    ada = chat.enters("ada")
    brings(chat, Joined("lobby", "far"))
    ada.hears()
    chat.log.failing = NotStored("the disk is full")
    ada.types("lost")
    chat.hub.pipeline.relay(Away("lobby", "far", "gone"), None)
    chat.turn()
    assert [told.split()[:2] for told in ada.hears()] == [["refused", "not-stored"]]
    chat.log.failing = None
    assert ada.asks("again") == ["ada: again"]


def test_a_signal_of_somebody_elsewhere_is_told_to_nobody_while_too_much_waits(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = chat.enters("ada")
    monkeypatch.setattr(pipeline, "MOST_PENDING", 0)
    chat.hub.pipeline.relay(Away("lobby", "far", "gone"), None)
    chat.turn()
    assert ada.hears() == []
