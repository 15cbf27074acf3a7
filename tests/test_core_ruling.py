"""What the operators of a room decide by commands, and what those outside learn of a private room: nothing."""

from __future__ import annotations

import pytest
from support.chat import Chat, Person
from support.journal import ListJournal
from twisted.internet.defer import Deferred

from twistchat.core import deciding, terms
from twistchat.core.events import Entry, Invited, Joined, PrivateSet, Removed, Sealed, Stored
from twistchat.core.moderation import Moderation
from twistchat.core.ports import Committed
from twistchat.core.room import MOST_GUESTS
from twistchat.core.terms import MOST_KEY_CHARS
from twistchat.errors import NotStored

PRIVATE = "refused room-private room=tea"
NO_ROOM = "refused no-such-room room=tea"


@pytest.fixture
def chat() -> Chat:
    return Chat()


def comes(chat: Chat, name: str, *rooms: str, key: str = "") -> Person:
    """Somebody comes, with a key of their own as clients have it, or without, and goes into rooms."""
    person = chat.connects()
    if key:
        person.session.take_place(name, key)
    person.sends(name, *(f"/join {room}" for room in rooms))
    person.hears()
    return person


@pytest.fixture
def ada(chat: Chat) -> Person:
    """She opened the room tea."""
    return comes(chat, "ada", "tea", key="ada's")


@pytest.fixture
def bob(chat: Chat) -> Person:
    return comes(chat, "bob")


def goes_and_comes_again(person: Person, name: str, key: str = "", room: str = "tea") -> Person:
    person.vanishes()
    person.chat.turn()
    again = person.chat.connects()
    if key:
        again.session.take_place(name, key)
    again.sends(name)
    again.hears()
    again.sends(f"/join {room}")
    return again


# --- private rooms


def test_a_private_room_is_for_those_who_are_invited(ada: Person, bob: Person) -> None:
    assert ada.asks("/private on") == ["private tea: ada on"]
    assert bob.asks("/join tea") == [PRIVATE]
    assert bob.asks("/join tea anything") == [PRIVATE]
    assert ada.asks("/invite bob") == ["invited tea: ada bob"]
    assert bob.hears()[-1] == "invited tea: ada bob"
    bob.sends("/join tea")
    assert bob.rooms == {"lobby", "tea"}


def test_who_comes_while_a_room_becomes_private_waits_until_that_is_decided(ada: Person, bob: Person) -> None:
    ada.types("/private on")
    bob.types("/join tea")
    bob.sends()
    assert bob.hears() == [PRIVATE]
    assert bob.rooms == {"lobby"}


def test_nobody_outside_learns_of_a_private_room(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/topic secret", "secret", "/private on")
    bob.hears()
    assert bob.asks("/rooms") == ["room room=lobby count=2"]
    assert bob.asks("/who tea") == [NO_ROOM]
    assert bob.asks("/whois ada")[-1].endswith("rooms=lobby")
    assert bob.asks("/search secret") == ["found-nothing"]
    assert bob.asks("/search secret in:tea") == ["refused not-in-room room=tea"]
    ada.sends("/kick bob", "/op bob", "/nick eve", "secret")
    assert bob.hears() == ["ada => eve"]
    assert "room room=tea count=1 topic=secret private=True" in ada.asks("/rooms")
    assert ada.asks("/who") == ["who room=tea count=1 people=eve private=True"]
    assert ada.asks("/whois eve")[-1].endswith("rooms=lobby,tea")


def test_who_is_invited_may_read_what_was_said_before(ada: Person, bob: Person) -> None:
    ada.sends("/private on", "before", "/invite bob")
    bob.hears()
    assert "past tea: @0 ada: before" in bob.asks("/join tea")
    assert any(line.endswith("ada: before") for line in bob.asks("/history"))


def test_an_invitation_holds_for_whoever_got_it_whatever_they_are_called(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/private on", "/invite bob")
    bob.sends("/nick eve")
    other = comes(chat, "bob")
    assert other.asks("/join tea") == [PRIVATE]
    bob.sends("/join tea")
    assert "tea" in bob.rooms


def test_who_comes_again_without_a_key_of_their_own_needs_another_invitation(ada: Person, bob: Person) -> None:
    ada.sends("/private on", "/invite bob")
    again = goes_and_comes_again(bob, "bob")
    assert again.hears() == [PRIVATE]


def test_who_has_a_key_of_their_own_comes_back(chat: Chat, ada: Person) -> None:
    bob, cyd = comes(chat, "bob", "tea", key="bob's"), comes(chat, "cyd", key="cyd's")
    ada.sends("/private on", "/invite cyd")
    assert "tea" in goes_and_comes_again(bob, "bob", "bob's").rooms
    cyd = goes_and_comes_again(cyd, "cyd", "cyd's")
    assert "tea" in cyd.rooms
    assert goes_and_comes_again(cyd, "cyd", "another's").hears() == [PRIVATE]


def test_a_closed_room_stays_closed_when_all_have_left_and_its_operator_decides_again(chat: Chat, ada: Person) -> None:
    bob = comes(chat, "bob", "tea", key="bob's")
    ada.sends("/private on", "secret", "/leave")
    bob.sends("/leave")
    assert "tea" not in chat.open_rooms
    eve = comes(chat, "eve")
    assert eve.asks("/join tea") == [PRIVATE]
    assert "tea" not in chat.open_rooms
    bob.sends("/join tea")
    ada.hears()
    assert "opgiven tea: !! ada" in ada.asks("/join tea")
    assert any(line.endswith("ada: secret") for line in ada.asks("/history"))
    assert ada.asks("/invite eve") == ["invited tea: ada eve"]


def test_the_past_of_a_room_that_nobody_could_come_back_to_is_shown_to_nobody(chat: Chat) -> None:
    ada = comes(chat, "ada", "tea")
    ada.sends("/topic secret", "/private on", "secret", "/topiclock on", "/leave")
    eve = comes(chat, "eve")
    assert not any("secret" in line for line in eve.asks("/join tea"))
    assert eve.rooms == {"lobby", "tea"}
    for line in ("/history", "/history before 99", "/missed", "/search secret", "/search secret in:tea", "/topic"):
        assert not any("ada: secret" in answer for answer in eve.asks(line))
    assert eve.asks("/topic green") == ["topic eve: green"]
    assert "tea" in comes(chat, "bob", "tea").rooms


def test_a_closed_room_that_nobody_comes_to_for_long_is_begun_anew(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/private on", "secret", "/leave")
    chat.set_by = terms.ABANDONED_SECONDS + 1
    assert not any("secret" in line for line in bob.asks("/join tea"))
    assert "tea" in bob.rooms


def test_a_room_for_everybody_again_shows_nothing_of_before(ada: Person, bob: Person) -> None:
    ada.sends("/private on", "secret")
    assert ada.asks("/private off") == ["private tea: ada off"]
    ada.sends("open")
    heard = bob.asks("/join tea")
    assert any(line.endswith("ada: open") for line in heard)
    assert not any("secret" in line for line in heard + bob.asks("/history") + bob.asks("/search ecre"))
    for person in (ada, bob):
        assert not any("ada: secret" in line for line in person.asks("/history"))


def test_what_is_so_already_is_not_said_again(ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    ada.hears()
    for line in ("/private off", "/key off", "/topiclock off", "/deop bob"):
        assert ada.asks(line) == ["unchanged"], line
    ada.sends("/op bob", "/private on", "/topiclock on")
    ada.hears()
    for line in ("/op bob", "/private on", "/topiclock on"):
        assert ada.asks(line) == ["unchanged"], line


@pytest.mark.parametrize(
    "line", ["/private", "/private maybe", "/key", "/invite", "/op", "/deop", "/topiclock", "/kick", "/private ON?"]
)
def test_what_a_command_lacks_is_said(ada: Person, line: str) -> None:
    assert ada.asks(line)[0].startswith("refused wrong-use usage=/")


# --- keys


def test_a_key_lets_people_in_and_another_does_not(chat: Chat, ada: Person, bob: Person) -> None:
    assert ada.asks("/key oolong") == ["keyset tea: ada"]
    assert bob.asks("/join tea") == ["refused room-has-key room=tea"]
    assert bob.asks("/join tea green") == ["refused wrong-room-key room=tea"]
    assert "room room=tea count=1" in bob.asks("/rooms"), "a key hides nothing"
    bob.sends("/join tea oolong")
    assert "tea" in bob.rooms
    assert ada.asks("/key OFF") == ["keygone tea: ada"]
    assert "tea" in comes(chat, "cyd", "tea").rooms


def test_the_key_is_as_good_as_an_invitation(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/private on", "/key oolong")
    assert bob.asks("/join tea") == [PRIVATE]
    assert bob.asks("/join tea green") == ["refused wrong-room-key room=tea"]
    bob.sends("/join tea oolong")
    assert "tea" in bob.rooms
    ada.sends("/leave")
    bob.sends("/leave")
    cyd = comes(chat, "cyd", key="cyd's")
    assert cyd.asks("/join tea") == [PRIVATE]
    cyd.sends("/join tea oolong")
    assert chat.people_in("tea") == ["cyd"]
    assert cyd.asks("/topiclock on") == ["topiclock tea: cyd on"], "who comes first decides"
    assert "tea" in goes_and_comes_again(cyd, "cyd", "cyd's").rooms


def test_a_room_stays_closed_as_long_as_one_thing_closes_it(ada: Person, bob: Person) -> None:
    ada.sends("/private on", "/key oolong", "secret", "/private off")
    assert bob.asks("/join tea") == ["refused room-has-key room=tea"]
    ada.sends("/private on", "/key off")
    assert bob.asks("/join tea") == [PRIVATE]
    assert any(line.endswith("ada: secret") for line in ada.asks("/history"))
    ada.sends("/private off")
    assert not any("secret" in line for line in bob.asks("/join tea"))


@pytest.mark.parametrize("key", ["two words", "x" * (MOST_KEY_CHARS + 1)])
def test_a_key_is_one_word_and_not_too_long(ada: Person, key: str) -> None:
    assert ada.asks(f"/key {key}") == [f"refused not-a-room-key limit={MOST_KEY_CHARS}"]


def test_no_key_is_told_to_anybody_nor_stored_as_it_is(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    assert ada.asks("/key oolong")[-1] == bob.hears()[-1].removeprefix("[tea] ") == "keyset tea: ada"
    assert "oolong" not in str(chat.log.entries)


# --- operators


def test_the_first_in_a_room_decides_and_nobody_else(ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    bob.hears()
    for line in ("/private on", "/key green", "/topiclock on", "/op ada", "/deop ada", "/kick ada"):
        assert bob.asks(line) == ["refused not-operator room=tea operators=ada"], line
    ada.sends("/leave")
    bob.hears()
    assert bob.asks("/private on") == ["refused not-operator room=tea operators=-"]


def test_the_lobby_is_nobodys(ada: Person, bob: Person) -> None:
    for line in ("/private on", "/key green", "/topiclock on", "/op ada"):
        assert bob.asks(line) == ["refused nobodys-room room=lobby"], line
    assert bob.asks("/invite ada") == ["refused there-already name=ada room=lobby"]


def test_who_is_nowhere_decides_nothing(bob: Person) -> None:
    bob.sends("/leave")
    bob.hears()
    assert bob.asks("/private on") == ["refused not-in-any-room"]


def test_operators_make_others_operators_and_end_that_their_own_too(ada: Person, bob: Person) -> None:
    assert ada.asks("/op bob") == ["refused not-there name=bob room=tea"]
    bob.sends("/join tea")
    ada.hears()
    assert ada.asks("/op bob") == ["opgiven tea: ada bob"]
    bob.hears()
    assert bob.asks("/deop ada") == ["optaken tea: bob ada"]
    assert ada.asks("/topiclock on")[-1] == "refused not-operator room=tea operators=bob"
    assert bob.asks("/deop bob") == ["optaken tea: bob bob"]
    assert bob.asks("/op ada") == ["refused not-operator room=tea operators=-"]


def test_who_decides_on_a_room_is_not_made_to_by_themselves(ada: Person) -> None:
    assert ada.asks("/op ADA") == ["refused that-is-you"]


def test_a_room_has_so_many_operators(ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "MOST_OPERATORS", 1)
    bob.sends("/join tea")
    ada.hears()
    assert ada.asks("/op bob") == ["refused too-many-operators limit=1"]


def test_an_operator_of_a_closed_room_is_one_again_as_decided_last(chat: Chat, ada: Person) -> None:
    bob = comes(chat, "bob", "tea", key="bob's")
    ada.sends("/private on", "/op bob")
    bob = goes_and_comes_again(bob, "bob", "bob's")
    assert "opgiven tea: !! bob" in bob.hears()
    ada.sends("/deop bob")
    bob = goes_and_comes_again(bob, "bob", "bob's")
    assert "tea" in bob.rooms
    assert not any("opgiven" in line for line in bob.hears())


def test_one_thing_at_a_time_is_decided(chat: Chat, ada: Person, bob: Person) -> None:
    """Two operators each end one of the two things that close a room: its past is sealed all the same."""
    bob.sends("/join tea")
    ada.sends("/op bob", "/private on", "/key oolong", "secret")
    ada.types("one", "/private off")
    bob.types("two", "/key off")
    chat.turn()
    assert chat.hub.census.sealed("tea")
    assert not any("secret" in line for line in comes(chat, "cyd").asks("/join tea"))


def test_who_is_put_out_while_their_decision_waits_is_told_so(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    ada.sends("/op bob")
    bob.hears()
    bob.types("hello", "/private on")
    bob.inside.leave("tea", "", Removed)
    chat.turn()
    assert bob.hears()[-1] == "refused not-in-room room=tea"


def test_what_the_log_does_not_take_changes_nothing(chat: Chat, ada: Person, bob: Person) -> None:
    chat.log.failing = NotStored("the disk is full")
    ada.sends("/private on")
    assert ada.hears()[-1] == "refused not-stored reason=the disk is full"
    chat.log.failing = None
    assert ada.asks("/private on") == ["private tea: ada on"]


# --- the topic


def test_a_locked_topic_is_for_operators(ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    ada.hears()
    assert ada.asks("/topiclock on") == ["topiclock tea: ada on"]
    bob.hears()
    assert bob.asks("/topic green") == ["refused topic-is-locked room=tea"]
    assert ada.asks("/topic black") == ["topic ada: black"]
    ada.sends("/topiclock off")
    bob.hears()
    assert bob.asks("/topic green") == ["topic bob: green"]


def test_a_room_that_is_opened_anew_has_no_locked_topic(ada: Person, bob: Person) -> None:
    ada.sends("/topiclock on", "/leave")
    bob.sends("/join tea")
    assert ada.asks("/join tea")[-1]
    assert ada.asks("/topic green") == ["topic ada: green"]


# --- putting out


def test_who_is_put_out_is_told_by_whom_and_why_and_may_come_again(ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    bob.hears()
    ada.hears()
    assert ada.asks("/kick bob too  loud") == ["ada put out bob (too  loud)"]
    assert bob.hears() == ["left room=tea by=ada reason=too  loud"]
    assert bob.rooms == {"lobby"}
    bob.sends("/join tea")
    assert "tea" in bob.rooms
    ada.sends("/kick bob")
    assert bob.hears()[-1] == "left room=tea by=ada reason=-"
    assert ada.asks("/kick bob") == ["refused not-there name=bob room=tea"]
    assert ada.asks("/kick ada") == ["refused that-is-you"]


def test_who_is_put_out_of_a_closed_room_stays_out(chat: Chat, ada: Person) -> None:
    bob = comes(chat, "bob", "tea", key="bob's")
    cyd = comes(chat, "cyd")
    ada.sends("/private on", "/invite cyd")
    cyd.sends("/join tea")
    ada.sends("/kick bob", "/kick cyd")
    for person in (bob, cyd):
        person.hears()
        assert person.asks("/join tea") == [PRIVATE]
    assert goes_and_comes_again(bob, "bob", "bob's").hears() == [PRIVATE]


def test_who_is_put_out_while_an_answer_is_on_its_way_does_not_get_it(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    ada.sends("secret", "/private on")
    for question in ("/history", "/missed", "/search secret in:tea"):
        ada.sends("/invite bob")
        bob.sends("/join tea")
        bob.hears()
        chat.log.slow = True
        bob.types(question)
        chat.log.slow = False
        ada.sends("/kick bob")
        chat.log.hurry()
        chat.turn()
        assert "tea" not in bob.rooms
        assert not any("ada: secret" in line for line in bob.hears()), question


# --- invitations


def test_anybody_in_a_room_that_is_open_invites_and_operators_alone_into_a_closed_one(
    chat: Chat, ada: Person, bob: Person
) -> None:
    cyd = comes(chat, "cyd")
    bob.sends("/join tea")
    bob.hears()
    assert bob.asks("/invite cyd") == ["invited tea: bob cyd"]
    assert cyd.hears() == ["invited tea: bob cyd"]
    assert bob.asks("/invite ada") == ["refused there-already name=ada room=tea"]
    assert bob.asks("/invite nobody") == ["refused nobody-called name=nobody"]
    ada.sends("/private on")
    bob.hears()
    assert bob.asks("/invite cyd") == ["refused not-operator room=tea operators=ada"]
    cyd.sends("/join tea")
    assert "tea" in cyd.rooms, "the invitation of before holds"


def test_who_ignores_somebody_is_not_invited_by_them(ada: Person, bob: Person) -> None:
    bob.sends("/ignore ada")
    bob.hears()
    assert ada.asks("/invite bob") == ["refused ignores-you name=bob"]
    assert bob.hears() == []


def test_invitations_of_one_room_have_a_bound(chat: Chat, ada: Person) -> None:
    guests = [comes(chat, f"guest{number}") for number in range(MOST_GUESTS + 1)]
    ada.sends("/private on")
    for guest in guests:
        ada.sends(f"/invite {guest.name}")
    assert guests[0].asks("/join tea")[-1] == PRIVATE
    guests[1].sends("/join tea")
    assert "tea" in guests[1].rooms
    gone = guests[2]
    gone.vanishes()
    chat.turn()
    ada.sends(f"/invite {guests[0].name}")
    guests[3].sends("/join tea")
    assert "tea" in guests[3].rooms, "whoever is gone makes room"


def test_only_so_many_are_let_back_in(chat: Chat, ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "MOST_ADMITTED", 2)
    people = [comes(chat, f"p{number}", "tea", key=str(number)) for number in range(3)]
    ada.sends("/private on")
    assert "tea" not in goes_and_comes_again(people[0], "p0", "0").rooms
    assert "tea" in goes_and_comes_again(people[2], "p2", "2").rooms
    assert "opgiven tea: !! ada" in goes_and_comes_again(ada, "ada", "ada's").hears()


def test_an_invitation_from_another_server_reaches_the_guest_who_is_here(chat: Chat, bob: Person) -> None:
    def brings(*events: Stored) -> None:
        entries = [Entry(100 + number, 0.0, event) for number, event in enumerate(events)]
        chat.log.bring([Committed(entries, is_own=False)])

    brings(
        Joined("tea", "zoe"),
        PrivateSet("tea", "zoe", "on"),
        Invited("tea", "zoe", "bob"),
        Invited("tea", "zoe", "nobody"),
        Sealed("tea", None),
    )
    assert bob.hears() == ["invited tea: zoe bob"]
    assert bob.asks("/rooms") == ["room room=lobby count=1"]


# --- the administrator


def test_a_room_that_the_administrator_closes_is_one_like_any_other(chat: Chat, ada: Person, bob: Person) -> None:
    ada.sends("/private on", "/key oolong", "secret")
    moderation = Moderation(chat.hub, ListJournal(chat.wall))
    Deferred.fromCoroutine(moderation.close_room("op", "tea"))
    chat.turn()
    assert ada.rooms == {"lobby"}
    assert not any("secret" in line for line in bob.asks("/join tea"))
    assert "tea" in bob.rooms


# --- how many, and who


def test_a_room_with_a_limit_lets_nobody_in_beyond_it(chat: Chat, ada: Person, bob: Person) -> None:
    assert ada.asks("/limit 2") == ["limit tea: ada 2"]
    eve = comes(chat, "eve")
    for person in (bob, eve):
        person.hears()
        person.types("/join tea")
    chat.turn()
    chat.turn()
    assert "tea" in bob.rooms
    assert eve.hears() == ["refused room-is-full room=tea limit=2"]
    assert ada.asks("/limit 2") == ["unchanged"]
    assert ada.asks("/limit off")[-1] == "limit tea: ada off"
    eve.sends("/join tea")
    assert "tea" in eve.rooms


def test_into_a_room_with_a_limit_only_operators_invite(chat: Chat, ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    ada.sends("/limit 1")
    eve = comes(chat, "eve")
    bob.hears()
    assert bob.asks("/invite eve") == ["refused not-operator room=tea operators=ada"]
    ada.sends("/invite eve")
    eve.sends("/join tea")
    assert "tea" in eve.rooms


@pytest.mark.parametrize("word", ["0", "-1", "many", "²", "100001", "9" * 5000])
def test_what_is_no_number_of_people_is_no_limit(ada: Person, word: str) -> None:
    assert ada.asks(f"/limit {word}") == ["refused not-a-limit limit=100000"]


def test_who_is_kept_out_does_not_come_in_by_a_name_that_looks_the_same(chat: Chat, ada: Person, bob: Person) -> None:
    assert ada.asks("/ban Bob") == ["barred tea: ada Bob"]
    assert bob.asks("/join tea") == ["refused kept-out room=tea"]
    bob.sends("/nick b0b")
    assert bob.asks("/join tea") == ["refused kept-out room=tea"]
    assert ada.asks("/ban") == ["kept-out room=tea names=Bob"]
    assert ada.asks("/ban BOB") == ["unchanged"]
    assert ada.asks("/unban bob") == ["unbarred tea: ada Bob"]
    assert ada.asks("/unban bob") == ["unchanged"]
    assert ada.asks("/ban") == ["none-kept-out room=tea"]
    bob.sends("/join tea")
    assert "tea" in bob.rooms


def test_who_is_kept_out_and_in_the_room_neither_talks_nor_takes_another_name(ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    ada.sends("/ban b*!*@*")
    bob.hears()
    for line in ("hi", "/me waves", "/topic mine", "/nick eve", "/invite eve"):
        assert bob.asks(line)[-1].startswith(("refused kept-out", "refused nobody")), line
    ada.hears()
    bob.sends("/quit buy this")
    assert ada.hears() == ["[lobby] -bob", "-bob"]


def test_an_invitation_lets_in_who_is_kept_out_and_ends_when_they_are_kept_out_again(ada: Person, bob: Person) -> None:
    ada.sends("/ban bob", "/invite bob")
    bob.sends("/join tea", "/leave")
    ada.sends("/unban bob", "/ban bob")
    bob.hears()
    assert bob.asks("/join tea") == ["refused kept-out room=tea"]


@pytest.mark.parametrize(
    "word", ["*", "*!*@*", "***", "*!~u@irc.test", "bob!*@10.0.0.1", "two words", "x" * 25, "!", "a@b"]
)
def test_what_would_keep_out_everybody_or_nobody_is_refused(ada: Person, word: str) -> None:
    assert ada.asks(f"/ban {word}") == ["refused not-a-mask limit=24"]
    assert ada.asks(f"/unban {word}") == ["refused not-a-mask limit=24"]


def test_a_room_keeps_out_so_many_names(ada: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "MOST_MASKS", 2)
    ada.sends("/ban a", "/ban b")
    assert ada.asks("/ban c") == ["refused too-many-masks limit=2"]


# --- who talks


def test_in_a_moderated_room_operators_and_those_with_a_voice_talk(ada: Person, bob: Person) -> None:
    bob.sends("/join tea")
    assert ada.asks("/moderated on") == ["moderated tea: ada on"]
    bob.hears()
    for line in ("hi", "/me waves", "/topic mine"):
        assert bob.asks(line) == ["refused no-voice room=tea"]
    assert ada.hears() == []
    assert ada.asks("/voice bob") == ["voicegiven tea: ada bob"]
    assert ada.asks("/voice bob") == ["unchanged"]
    assert bob.asks("hi")[-1].endswith("bob: hi")
    bob.sends("/nick bert")
    assert bob.asks("hi")[-1].endswith("bert: hi")
    assert ada.asks("/devoice bert")[-1] == "voicetaken tea: ada bert"
    assert ada.asks("/devoice bert") == ["unchanged"]
    assert bob.asks("hi")[-1] == "refused no-voice room=tea"
    assert ada.asks("/moderated off") == ["moderated tea: ada off"]
    assert bob.asks("hi")[-1].endswith("bert: hi")


def test_what_is_decided_holds_for_what_is_said_behind_it(ada: Person, bob: Person, chat: Chat) -> None:
    """A line behind a decision in the log obeys it, though it was typed before the decision was stored."""
    bob.sends("/join tea")
    for on, off, code in (("/moderated on", "/moderated off", "no-voice"), ("/ban bob", "/unban bob", "kept-out")):
        ada.types(on)
        bob.types("hi")
        chat.turn()
        assert "bob: hi" not in " ".join(ada.hears())
        assert f"refused {code} room=tea" in bob.hears()
        ada.types(off)
        bob.types("hi again")
        chat.turn()
        assert ada.hears()[-1].endswith("bob: hi again")
    ada.sends("/moderated on", "/voice bob")
    ada.types("/devoice bob")
    bob.types("still")
    chat.turn()
    assert "refused no-voice room=tea" in bob.hears()


def test_who_sets_the_topic_and_talks_from_outside_goes_by_what_is_decided_before(
    ada: Person, bob: Person, chat: Chat
) -> None:
    bob.sends("/join tea")
    ada.types("/topiclock on")
    bob.types("/topic mine")
    chat.turn()
    assert "refused topic-is-locked room=tea" in bob.hears()
    ada.sends("/outside on")
    bob.sends("/leave", "/msg #tea heard")
    assert ada.hears()[-1].endswith("bob: heard")
    ada.types("/outside off")
    bob.types("/msg #tea unheard")
    chat.turn()
    assert bob.hears()[-1].startswith("refused ")
    assert "unheard" not in " ".join(ada.hears())


def test_a_decision_that_is_not_stored_holds_for_nothing(ada: Person, bob: Person, chat: Chat) -> None:
    bob.sends("/join tea")
    chat.log.failing = NotStored("the disk is full")
    ada.sends("/moderated on")
    chat.log.failing = None
    bob.hears()
    assert bob.asks("hi")[-1].endswith("bob: hi")


def test_whoever_decided_and_took_another_name_at_once_talks_on(ada: Person, bob: Person, chat: Chat) -> None:
    bob.sends("/join tea")
    ada.types("/moderated on", "/nick ana", "it is quiet here")
    chat.turn()
    ada.sends("/topiclock on")
    ada.types("/nick anna", "/nick ada", "/topic quiet", "and still is")
    chat.turn()
    heard = " ".join(bob.hears())
    assert "ana: it is quiet here" in heard and "ada: and still is" in heard and "topic ada: quiet" in heard


def test_a_name_that_is_not_stored_gives_nobody_a_voice(ada: Person, bob: Person, chat: Chat) -> None:
    """Nor does one that was given up, once whoever has the voice is known by another."""
    bob.sends("/join tea")
    ada.sends("/moderated on")
    chat.log.failing = NotStored("the disk is full")
    bob.sends("/nick ben")
    chat.log.failing = None
    ada.sends("/nick ana")
    bob.sends("/nick ada")
    bob.hears()
    assert bob.asks("hi") == ["refused no-voice room=tea"]


def test_a_voice_ends_with_leaving_and_there_are_so_many(
    ada: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "MOST_VOICES", 1)
    bob.sends("/join tea")
    ada.sends("/moderated on", "/voice bob")
    assert ada.asks("/voice ada") == ["refused too-many-voices limit=1"]
    bob.sends("/leave", "/join tea")
    bob.hears()
    assert bob.asks("hi") == ["refused no-voice room=tea"]
    assert ada.asks("/voice ada")[-1] == "voicegiven tea: ada ada"


# --- secret rooms, and those outside


def test_a_secret_room_is_in_no_list_and_its_past_is_sealed_once_it_is(ada: Person, bob: Person) -> None:
    assert ada.asks("/secret on") == ["secret tea: ada on"]
    ada.sends("hidden")
    assert bob.asks("/rooms") == ["room room=lobby count=2"]
    assert bob.asks("/who tea") == [NO_ROOM]
    bob.sends("/join tea")
    assert any(line.endswith("ada: hidden") for line in bob.asks("/history"))
    ada.sends("/secret off")
    assert not any("hidden" in line for line in bob.asks("/history"))


def test_a_secret_room_that_is_private_as_well_stays_sealed_by_each(ada: Person, bob: Person) -> None:
    ada.sends("/secret on", "/private on", "hidden", "/private off")
    assert not any("hidden" in line for line in bob.asks("/join tea"))
    ada.sends("/private on", "again", "/secret off")
    assert any(line.endswith("ada: again") for line in ada.asks("/history"))


def test_a_room_that_nobody_is_in_is_begun_anew_with_none_of_its_modes(ada: Person, bob: Person) -> None:
    ada.sends(*(f"/{word} on" for word in ("secret", "moderated", "outside", "topiclock")))
    ada.sends("/limit 3", "/ban bob", "hidden", "/leave")
    bob.hears()
    assert not any("hidden" in line for line in bob.asks("/join tea"))
    assert "room room=tea count=1" in ada.asks("/rooms")
    assert bob.asks("/ban") == ["none-kept-out room=tea"]
    assert bob.asks("/limit off") == ["unchanged"]


def test_those_outside_talk_in_a_room_that_hears_them_and_go_on_where_they_are(ada: Person, bob: Person) -> None:
    assert bob.asks("/msg #tea hi") == ["refused not-in-room room=tea"]
    assert ada.asks("/outside on") == ["outside tea: ada on"]
    told = bob.asks("/msg #tea hi")
    assert len(told) == 1 and told[0].endswith("bob: hi")
    assert ada.hears()[-1].endswith("bob: hi")
    bob.inside.preferences.echo = False
    assert bob.asks("/msg #tea hi") == []
    assert bob.rooms == {"lobby"}
    ada.sends("/ban bob")
    assert bob.asks("/msg #tea hi") == ["refused kept-out room=tea"]
    ada.sends("/unban bob", "/moderated on")
    assert bob.asks("/msg #tea hi") == ["refused no-voice room=tea"]
    assert bob.asks("/msg #nowhere hi") == ["refused not-in-room room=nowhere"]
    assert bob.asks("/msg #tea") == ["refused wrong-use usage=/msg NAME TEXT"]


def test_who_is_in_a_room_talks_there_and_goes_on_in_another(ada: Person, bob: Person) -> None:
    bob.sends("/join tea", "/join lobby", "/msg #tea hi")
    assert bob.inside.membership.current == "lobby"
    assert ada.hears()[-1].endswith("bob: hi")
    alone = bob.chat.connects()
    alone.sends("eve", "/leave lobby")
    ada.sends("/outside on")
    alone.sends("/msg #tea ho")
    assert ada.hears()[-1].endswith("eve: ho")


def test_a_decision_waits_for_who_comes_into_a_room_with_a_limit_in_the_same_turn(
    chat: Chat, ada: Person, bob: Person
) -> None:
    """It once waited for that without end, and nobody was served any more."""
    ada.sends("/limit 5")
    ada.types("hello", "/private on")
    bob.types("/join tea")
    chat.turn()
    chat.turn()
    assert ada.hears()[-1] == "private tea: ada on"
    assert "tea" in bob.rooms
