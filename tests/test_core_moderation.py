"""What administrators do, as the people in the chat see it."""

from __future__ import annotations

import pytest
from support.chat import FORMAT, Chat, Person, shorten_batches, shorten_queue
from support.journal import ListJournal
from support.results import done
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.logger import capturedLogs, formatEvent

from twistchat.core.bans import Act
from twistchat.core.events import Announced, Gone, Left, Removed
from twistchat.core.identity import Identity, key_mark
from twistchat.core.moderation import Moderation, shown_names
from twistchat.core.names import EVERYWHERE
from twistchat.core.replies import Refused
from twistchat.core.stays import RECENTLY
from twistchat.errors import (
    CannotUndo,
    ChatError,
    LobbyStaysOpen,
    NameTaken,
    NobodyCalled,
    NobodyThere,
    NoSuchAct,
    NoSuchRoom,
    NotASubject,
    NotDone,
    NothingSaid,
    NothingToLift,
    NotOnePerson,
    NotRecorded,
    NotStored,
    OverAlready,
    Overloaded,
    TextTooLong,
)


def refusal(chat: Chat, **client) -> list[str]:
    """What somebody is told who connects and may not."""
    with pytest.raises(ChatError) as caught:
        chat.connects(**client)
    return [piece.decode().rstrip() for piece in FORMAT.reply(Refused(caught.value))]


# --- announcing


def test_an_announcement_reaches_everyone_once_in_whatever_rooms_they_are(chat, mod):
    ada, bob, eve, zoe = (chat.enters(name) for name in ("ada", "bob", "eve", "zoe"))
    bob.sends("/join tea")  # in two rooms, so his lines are his own
    eve.sends("/join tea", "/leave lobby")
    zoe.sends("/leave")  # in no room
    unnamed = chat.connects()
    for person in (ada, bob, eve, zoe):
        person.hears()
    act, entry = done(chat, mod.announce("op", "Back at\x1b[2J six\n"))
    for person in (ada, bob, eve, zoe):
        assert person.hears() == ["!! Back at six"]
    assert unnamed.hears() == []
    assert chat.log.entries[-1] == entry
    assert entry.event == Announced(EVERYWHERE, "Back at six")
    assert (act.verb, act.who, act.entry) == ("announce", "op", entry.number)


def test_an_announcement_keeps_its_place_among_what_is_said(chat, mod):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    bob.sends("/join tea")
    ada.hears(), bob.hears()
    ada.types("before")
    waiting = ensureDeferred(mod.announce("op", "now"))
    ada.types("after")
    chat.turn()
    assert waiting.called
    assert ada.hears() == ["ada: before", "!! now", "ada: after"]
    assert bob.hears() == ["[lobby] ada: before", "!! now", "[lobby] ada: after"]


def test_who_comes_later_finds_an_earlier_announcement_once(chat, mod):
    chat.enters("ada").sends("/join tea")
    done(chat, mod.announce("op", "Back at six"))
    bob = chat.connects()
    bob.sends("bob")
    assert [line for line in bob.hears() if "six" in line] == ["past lobby: @0 !! Back at six"]
    for line in ("/join tea", "/join coffee", "/leave lobby", "/join lobby", "/leave tea", "/join tea"):
        assert not any("six" in heard for heard in bob.asks(line))
    assert any("six" in line for line in bob.asks("/history")), "who asks for it finds it"


def test_an_earlier_announcement_is_in_the_past_of_the_first_room_that_still_has_it(chat, mod):
    ada = chat.enters("ada")
    done(chat, mod.announce("op", "Back at six"))
    ada.sends(*(f"line {number}" for number in range(30)))
    bob = chat.enters("bob")
    assert [line for line in bob.asks("/join tea") if "six" in line] == ["past tea: @0 !! Back at six"]
    assert not any("six" in line for line in bob.asks("/join coffee"))


def test_who_heard_an_announcement_is_not_shown_it_again_in_another_room(chat, mod):
    ada = chat.enters("ada")
    done(chat, mod.announce("op", "Back at six"))
    assert ada.hears() == ["!! Back at six"]
    assert not any("six" in line for line in ada.asks("/join tea"))
    done(chat, mod.say("op", "tea", "the kettle is on"))
    bob = chat.enters("bob")
    for _ in range(2):
        assert "past tea: @0 !! the kettle is on" in bob.asks("/join tea"), "that was said in the room"
        bob.sends("/leave tea")


def test_standing_and_earlier_announcements_are_shown_once_in_whatever_rooms_one_goes(chat, mod):
    ada = chat.enters("ada")
    done(chat, mod.announce("op", "exam", 3600.0))
    ada.sends(*(f"line {number}" for number in range(30)))
    done(chat, mod.announce("op", "later", 3600.0))
    bob = chat.connects()
    bob.sends("bob", "/join tea", "/join coffee")
    done(chat, mod.announce("op", "now", 3600.0))
    bob.sends("/join cocoa", "/leave lobby", "/join lobby")
    heard = bob.hears()
    for text in ("!! exam", "!! later", "!! now"):
        assert sum(text in line for line in heard) == 1, text


def test_a_standing_announcement_that_the_log_has_is_shown_once_after_a_restart(chat, mod, journal):
    done(chat, mod.announce("op", "exam", 3600.0))
    done(chat, mod.announce("op", "now"))
    again = Chat(chat.log)
    Moderation(again.hub, journal)
    Deferred.fromCoroutine(again.hub.recall_announcements())
    bob = again.connects()
    bob.sends("bob", "/join tea")
    assert sum("exam" in line for line in bob.hears()) == 1


def test_several_announcements_stand_after_a_restart_and_are_shown_once_each(chat, mod, journal):
    for text in ("exam", "lunch"):
        done(chat, mod.announce("op", text, 3600.0))
    again = Chat()
    Moderation(again.hub, journal)
    bob = again.connects()
    bob.sends("bob", "/join tea")
    heard = bob.hears()
    assert [sum(text in line for line in heard) for text in ("exam", "lunch")] == [1, 1]


def test_an_announcement_while_a_room_is_being_opened_is_in_its_past(chat, mod):
    """The log was asked for the room's lines before, and answers after."""
    chat.log.slow = True
    ada = chat.connects()
    ada.sends("ada")
    waiting = ensureDeferred(mod.announce("op", "now"))
    chat.turn()
    asked, appended = chat.log._waiting
    chat.log._waiting.reverse()
    chat.log.go_on()  # the announcement is committed first
    assert waiting.called
    assert ada.hears() == []
    answer, _ = chat.log._waiting.popleft()
    answer.callback([])  # what was there when it was asked
    chat.log.hurry()
    chat.turn()
    chat.log.hurry()
    assert asked[0] is answer and appended
    assert sum("!! now" in line for line in ada.hears()) == 1


def test_announcements_are_found_when_looking_back_and_after_a_restart(chat, mod):
    ada = chat.enters("ada")
    ada.sends("before")
    done(chat, mod.announce("op", "Back at six"))
    ada.sends("after")
    assert ada.asks("/history 3")[:3] == [
        "past lobby: #2 @0 ada: before",
        "past lobby: #3 @0 !! Back at six",
        "past lobby: #4 @0 ada: after",
    ]
    assert "past lobby: #3 @0 !! Back at six" in ada.asks("/search six")

    again = Chat(chat.log)
    Deferred.fromCoroutine(again.hub.recall_announcements())
    assert "past lobby: @0 !! Back at six" in again.connects().asks("bob")


def test_a_standing_announcement_is_shown_to_those_who_come_in_its_time(chat, mod):
    ada = chat.enters("ada")
    act, _ = done(chat, mod.announce("op", "Exam until noon", 3600.0))
    ada.sends(*(f"line {number}" for number in range(30)))  # so it is no longer among the latest lines
    bob = chat.connects()
    assert bob.asks("bob")[:2] == ["welcome bob", "past lobby: @0 !! Exam until noon"]
    chat.clock.advance(3600)
    assert not any("Exam" in line for line in chat.connects().asks("eve"))
    assert act.until == 3600


def test_a_standing_announcement_among_the_latest_lines_is_shown_once(chat, mod):
    done(chat, mod.announce("op", "Exam until noon", 3600.0))
    assert sum("Exam" in line for line in chat.connects().asks("bob")) == 1


def test_a_standing_announcement_stands_after_a_restart(chat, mod, journal):
    done(chat, mod.announce("op", "Exam until noon", 3600.0))
    again = Chat()
    Moderation(again.hub, journal)
    assert again.connects().asks("bob")[1] == "past lobby: @0 !! Exam until noon"


def test_a_standing_announcement_that_is_also_in_the_past_is_shown_once_after_a_restart(chat, mod, journal):
    done(chat, mod.announce("op", "Exam until noon", 3600.0))
    again = Chat(chat.log)
    Moderation(again.hub, journal)
    Deferred.fromCoroutine(again.hub.recall_announcements())
    assert sum("Exam" in line for line in again.connects().asks("bob")) == 1


def test_undoing_a_standing_announcement_ends_it(chat, mod):
    ada = chat.enters("ada")
    done(chat, mod.announce("op", "Exam until noon", 3600.0))
    ada.sends(*(f"line {number}" for number in range(30)))
    done(chat, mod.undo("op", 1))
    assert not any("Exam" in line for line in chat.connects().asks("bob"))


def test_a_standing_announcement_that_a_rooms_past_has_is_not_shown_twice_after_a_restart(chat, mod, journal):
    chat.enters("ada")
    done(chat, mod.announce("op", "Exam", 3600.0))
    assert journal.kept[0].entry is None, "it was recorded before it had a number"
    again = Chat(log=chat.log, clock=chat.clock)
    Moderation(again.hub, journal)
    Deferred.fromCoroutine(again.hub.recall_announcements())
    heard = again.connects().asks("bob")
    assert sum("Exam" in line for line in heard) == 1
    chat.clock.advance(3600)
    again.enters("eve").sends(*map(str, range(30)))
    assert not any("Exam" in line for line in again.connects().asks("zoe"))


def test_an_announcement_that_is_not_stored_is_seen_by_nobody(chat, mod, journal):
    ada = chat.enters("ada")
    chat.log.failing = NotStored("the disk is full")
    with pytest.raises(NotStored):
        done(chat, mod.announce("op", "now"))
    assert ada.hears() == []
    assert [(act.verb, act.lifts) for act in journal.kept] == [("announce", ()), ("failed", (1,))]
    with pytest.raises(NotDone):
        done(chat, mod.undo("op", 1))
    with pytest.raises(CannotUndo):
        done(chat, mod.undo("op", 2))


def test_a_standing_announcement_that_is_not_stored_is_shown_to_nobody_who_comes(chat, mod, journal):
    chat.log.failing = NotStored("the disk is full")
    with pytest.raises(NotStored):
        done(chat, mod.announce("op", "now", 3600.0))
    chat.log.failing = None
    assert not any("now" in line for line in chat.connects().asks("ada"))
    again = Chat()
    Moderation(again.hub, journal)
    assert not any("now" in line for line in again.connects().asks("bob")), "nor after a restart"


def test_a_failure_that_cannot_be_recorded_either_is_still_told(chat, mod, journal):
    chat.enters("ada")
    chat.log.slow = True
    waiting = Deferred.fromCoroutine(mod.announce("op", "now"))
    chat.turn()
    journal.is_full = True
    chat.log.give_up()
    assert waiting.result.check(NotStored)
    waiting.addErrback(lambda _: None)


def test_an_announcement_is_refused_while_the_log_is_far_behind(chat, mod, monkeypatch):
    shorten_queue(monkeypatch, 0)
    with pytest.raises(Overloaded):
        done(chat, mod.announce("op", "now"))


@pytest.mark.parametrize(
    ("text", "error"), [("", NothingSaid), ("\u200b\x1b[2J", NothingSaid), ("x" * 1001, TextTooLong)]
)
def test_an_announcement_of_nothing_or_too_much_is_refused(chat, mod, text, error):
    with pytest.raises(error):
        done(chat, mod.announce("op", text))


def test_the_administrator_may_talk_in_one_room(chat, mod):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    bob.sends("/join tea", "/leave lobby")
    ada.hears(), bob.hears()
    done(chat, mod.say("op", "#Lobby", "hello"))
    assert ada.hears() == ["!! hello"]
    assert bob.hears() == []
    with pytest.raises(NoSuchRoom):
        done(chat, mod.say("op", "coffee", "hello"))


def test_the_administrator_may_set_a_topic_and_take_it_back(chat, mod):
    ada = chat.enters("ada")
    ada.sends("/topic tea")
    ada.hears()
    act = done(chat, mod.set_topic("op", "lobby", "exam"))
    assert ada.hears() == ["topic !!: exam"]
    done(chat, mod.undo("op", act.number))
    assert ada.hears() == ["topic !!: tea"]
    done(chat, mod.set_topic("op", "lobby", ""))
    assert chat.topic_of("lobby") == ""


# --- putting out


def test_who_is_kicked_is_told_why_and_may_come_back(chat, mod):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    act, found = done(chat, mod.kick("op", "BOB", "spam"))
    chat.turn()
    assert shown_names(found) == ["bob"]
    assert bob.hears() == ["kicked reason=spam", "goodbye"]
    assert not bob.client.connected
    assert ada.hears() == ["removed bob (spam)"]
    assert chat.enters("bob").session.name == "bob"
    with pytest.raises(CannotUndo):
        done(chat, mod.undo("op", act.number))


def test_kicking_an_address_puts_out_all_from_there(chat, mod):
    chat.enters("ada", address="10.1.2.3")
    chat.enters("bob", address="10.1.2.4")
    chat.connects(address="10.1.2.3")  # no name yet
    _, found = done(chat, mod.kick("op", "10.1.2.3"))
    assert shown_names(found) == ["ada"]
    assert len(found) == 2
    assert [session.name for session in chat.hub.everyone] == ["bob"]


def test_kicking_nobody_does_nothing(chat, mod, journal):
    with pytest.raises(NobodyThere):
        done(chat, mod.kick("op", "bob"))
    assert journal.kept == []


def test_a_ban_by_name_is_in_force_at_once_and_after_a_restart(chat, mod, journal):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.hears()
    done(chat, mod.ban("op", "bob", 3600.0, "spam"))
    chat.turn()
    banned = "refused banned subject=bob reason=spam until=1970-01-01T01:00:00+00:00"
    assert bob.hears() == [banned, "goodbye"]
    assert ada.hears() == ["removed bob (spam)"]

    again = Chat()
    Moderation(again.hub, journal)
    person = again.connects()
    assert person.asks("Bob") == [banned]
    assert person.client.connected, "another name may be tried"
    assert person.asks("robert")[0] == "welcome robert"
    assert person.asks("/nick bob") == [banned]
    again.clock.advance(3600)
    assert person.asks("/nick bob") == ["robert => bob"]


def test_a_ban_by_network_ends_connections_and_refuses_new_ones(chat, mod):
    bob = chat.enters("bob", address="10.1.9.9")
    done(chat, mod.ban("op", "10.1.0.0/16", None))
    assert bob.hears()[0] == "refused banned subject=10.1.0.0/16 reason=- until=None"
    assert refusal(chat, address="10.1.2.3") == ["refused banned subject=10.1.0.0/16 reason=- until=None"]
    assert chat.enters("eve", address="10.2.0.1")


def test_a_ban_reaches_those_who_have_not_given_a_name(chat, mod):
    bob = chat.connects(address="10.1.9.9")
    done(chat, mod.ban("op", "10.1.9.9", 60.0))
    assert not bob.client.connected


def test_lifting_a_ban_lets_people_in_again(chat, mod):
    done(chat, mod.ban("op", "bob", None))
    done(chat, mod.ban("op", "Bob", 60.0))
    act = done(chat, mod.lift("ban", "op", "BOB"))
    assert act.lifts == (1, 2)
    assert chat.enters("bob")
    with pytest.raises(NothingToLift):
        done(chat, mod.lift("ban", "op", "bob"))


def test_undoing_puts_back_and_undoing_that_puts_out_again(chat, mod, journal):
    done(chat, mod.ban("op", "bob", None, "spam"))
    done(chat, mod.undo("op", 1))
    bob = chat.enters("bob")
    with pytest.raises(OverAlready):
        done(chat, mod.undo("op", 1))
    done(chat, mod.undo("op", 2))
    assert bob.hears()[0] == "refused banned subject=bob reason=spam until=None"
    assert [act.verb for act in journal.kept] == ["ban", "undo", "undo"]


def test_what_holds_again_can_be_undone_again(chat, mod):
    """The undo of an undo leaves the first act as it was, which `why` says, too: nothing that is lifted lifts."""
    done(chat, mod.ban("op", "bob", None))
    done(chat, mod.undo("op", 1))
    done(chat, mod.undo("op", 2))
    assert chat.hub.rules.lifted_by(1) is None
    done(chat, mod.undo("op", 1))
    chat.enters("bob")
    done(chat, mod.undo("op", 4))
    assert [act.number for act in chat.hub.rules.in_force("ban", chat.hub.wall())] == [1]


@pytest.mark.parametrize("subject", ["*", "10.1.2.*", "300.1.1.1", "10.1.2.3:80", "[10.1.2.3]", "2001:db8::g", "ad=a"])
def test_who_bans_what_can_be_nobody_is_told_so(chat, mod, journal, subject):
    """An address with a slip in it must not be banned as if it were somebody's name."""
    for act in (mod.ban, mod.mute):
        with pytest.raises(NotASubject):
            done(chat, act("op", subject, 60.0))
    assert not journal.kept


def test_a_ban_of_what_is_no_name_any_more_holds_and_ends(chat, mod, journal):
    journal.kept.append(Act("ban", "op", "10.1.2.*", number=1))
    again = Moderation(Chat().hub, journal)
    assert [act.number for act in again.hub.rules.in_force("ban", again.hub.wall())] == [1]
    assert done(chat, again.lift("ban", "op", "10.1.2.*")).lifts == (1,)


def test_what_has_ended_by_itself_cannot_be_undone(chat, mod):
    done(chat, mod.ban("op", "bob", 60.0))
    chat.clock.advance(60)
    with pytest.raises(OverAlready):
        done(chat, mod.undo("op", 1))
    with pytest.raises(NoSuchAct):
        done(chat, mod.undo("op", 99))


# --- muting


def talk(person: Person) -> list[str]:
    return [person.asks(line)[-1] for line in ("hi", "/me waves", "/topic tea", "/msg ada psst", "/nick robert")]


def test_who_is_muted_can_read_and_not_talk_in_any_way(chat, mod):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    done(chat, mod.mute("op", "bob", 60.0, "noise"))
    muted = "refused muted subject=bob reason=noise until=1970-01-01T00:01:00+00:00"
    assert bob.hears() == [muted]
    assert [session.name for session in mod.silenced()] == ["bob"]
    assert talk(bob) == [muted] * 5
    ada.hears()
    ada.sends("hello")
    assert bob.hears() == ["ada: hello"]
    assert ada.hears() == ["ada: hello"]
    chat.clock.advance(60)
    assert bob.asks("hi") == ["bob: hi"]


def test_who_is_muted_may_leave_but_not_with_a_word(chat, mod):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    done(chat, mod.mute("op", "bob", None))
    ada.hears()
    bob.sends("/quit you will hear from me")
    assert ada.hears() == ["-bob"]


def test_a_muted_network_stays_muted_when_people_come_back(chat, mod):
    done(chat, mod.mute("op", "10.1.0.0/16", None))
    bob = chat.enters("bob", address="10.1.2.3")
    assert bob.asks("hi") == ["refused muted subject=10.1.0.0/16 reason=- until=None"]
    done(chat, mod.lift("mute", "op", "10.1.0.0/16"))
    assert bob.asks("hi") == ["bob: hi"]


def test_muting_where_somebody_has_no_name_yet(chat, mod):
    nobody = chat.connects(address="10.1.2.3")
    nobody.hears()
    done(chat, mod.mute("op", "10.1.2.3", None))
    assert nobody.hears() == []


def test_a_mute_of_all_is_not_shaken_off_by_coming_again_under_another_name(chat, mod, journal):
    bob = comes(chat, "bob", "secret")
    act, found = done(chat, mod.mute("op", "bob", 60.0, "noise", with_all=True))
    assert act.also == ("10.1.2.3/32", key_mark("secret"))
    assert shown_names(found) == ["bob"]
    assert bob.asks("/nick robert")[0].startswith("refused muted subject=bob")
    bob.vanishes()
    by_address, by_key = comes(chat, "robert"), comes(chat, "rob", "secret", "10.9.9.9")
    by_name, nobody = comes(chat, "bob", address="10.9.9.9"), comes(chat, "ada", "another", "10.9.9.9")
    until = "reason=noise until=1970-01-01T00:01:00+00:00"
    assert by_address.asks("hi") == [f"refused muted subject=10.1.2.3/32 {until}"]
    assert by_key.asks("hi") == by_name.asks("hi") == [f"refused muted subject=bob {until}"]
    assert nobody.asks("hi")[-1] == "ada: hi"

    again = Chat()
    Moderation(again.hub, journal)
    assert comes(again, "rob", "secret", "10.9.9.9").asks("hi") == [f"refused muted subject=bob {until}"]
    done(chat, mod.undo("op", act.number))
    assert by_address.asks("hi")[-1] == "robert: hi"


def test_a_ban_of_all_keeps_out_by_name_address_and_key(chat, mod):
    bob, neighbour = comes(chat, "bob", "secret"), comes(chat, "eve")
    act, found = done(chat, mod.ban("op", "bob", None, with_all=True))
    assert shown_names(found) == ["bob", "eve"]
    assert not bob.client.connected
    assert not neighbour.client.connected
    assert refusal(chat, address="10.1.2.3") == ["refused banned subject=10.1.2.3/32 reason=- until=None"]
    assert not comes(chat, "robert", "secret", "10.9.9.9").name
    ada = comes(chat, "ada", "another", "10.9.9.9")
    assert ada.name
    assert ada.asks("/nick bob")[0].startswith("refused banned")
    done(chat, mod.lift("ban", "op", "bob"))
    assert comes(chat, "robert", "secret").name
    assert act.subject == "bob"


def test_all_of_somebody_on_this_machine_is_without_the_address(chat, mod):
    bob, ada = comes(chat, "bob", address="127.0.0.1"), comes(chat, "ada", address="127.0.0.1")
    act, found = done(chat, mod.mute("op", "bob", None, with_all=True))
    assert (act.also, shown_names(found)) == ((), ["bob"])
    assert bob.name and ada.asks("hi") == ["ada: hi"]


@pytest.mark.parametrize("subject", ["10.1.2.3", "10.1.0.0/16", key_mark("secret")])
def test_all_is_about_one_person(chat, mod, journal, subject):
    for act in (mod.mute, mod.ban):
        with pytest.raises(NotOnePerson):
            done(chat, act("op", subject, None, with_all=True))
    assert journal.kept == []


def test_a_key_may_be_banned_by_its_mark(chat, mod):
    bob = comes(chat, "bob", "secret")
    done(chat, mod.ban("op", key_mark("secret"), None))
    assert not bob.client.connected


# --- the door, names and rooms


def test_a_locked_chat_lets_nobody_new_in_and_keeps_who_is_there(chat, mod):
    ada, nearly = chat.enters("ada"), chat.connects()
    act = done(chat, mod.lock("op", 600.0, "exam"))
    locked = "refused locked subject= reason=exam until=1970-01-01T00:10:00+00:00"
    assert chat.connects().asks("eve") == [locked]
    assert nearly.asks("bob")[-1] == locked
    assert ada.asks("hi") == ["ada: hi"]
    done(chat, mod.lift("lock", "op"))
    assert nearly.asks("bob")[0] == "welcome bob"
    done(chat, mod.lock("op", None))
    assert chat.connects().asks("eve") == ["refused locked subject= reason=- until=None"]
    assert act.verb == "lock"


def comes(chat: Chat, name: str, key: str = "", address: str = "10.1.2.3") -> Person:
    """Somebody comes, as a program does where there is a key."""
    person = chat.connects(address=address)
    if key:
        person.session.take_place(name, key)
    person.sends(name)
    return person


def test_a_lock_lets_those_back_in_whose_connection_was_lost(chat, mod):
    """By name and address, or by a program's key under whatever name and from wherever."""
    before = comes(chat, "early")
    before.vanishes()
    chat.clock.advance(RECENTLY)
    bob, eve = comes(chat, "bob"), comes(chat, "eve", "secret")
    done(chat, mod.lock("op", None))
    chat.clock.advance(9 * RECENTLY)
    bob.vanishes(), eve.vanishes()
    assert comes(chat, "early").name
    assert comes(chat, "Bob").name == "Bob"
    assert comes(chat, "zoe", "secret", "10.9.9.9").name
    assert comes(chat, "eve", "another").name, "the name and the address are enough"
    for stranger in (comes(chat, "eva"), comes(chat, "ian", "another one"), comes(chat, "eve2", address="10.1.2.4")):
        assert [line.split()[:2] for line in stranger.hears()] == [["refused", "locked"]]


def test_a_lock_keeps_out_who_left_more_than_an_hour_before(chat, mod):
    comes(chat, "bob").vanishes()
    chat.clock.advance(RECENTLY + 1)
    done(chat, mod.lock("op", None))
    assert not comes(chat, "bob").name


def test_a_lock_keeps_out_who_was_never_let_in(chat, mod):
    done(chat, mod.lock("op", None))
    comes(chat, "bob", "secret").vanishes()
    assert not comes(chat, "bob", "secret").name


def test_a_lock_keeps_out_who_is_removed_by_an_administrator(chat, mod):
    comes(chat, "bob", "secret")
    done(chat, mod.lock("op", None))
    done(chat, mod.kick("op", "bob"))
    assert not comes(chat, "bob", "secret").name
    done(chat, mod.lift("lock", "op"))
    assert comes(chat, "bob", "secret").name


def test_who_was_renamed_comes_back_by_either_name(chat, mod):
    bob = comes(chat, "bob")
    bob.sends("/nick robert")
    done(chat, mod.lock("op", None))
    bob.vanishes()
    back = comes(chat, "robert")
    assert back.name
    back.vanishes()
    assert comes(chat, "bob").name


def test_a_half_open_connection_makes_room_for_its_key_under_a_lock(chat, mod):
    comes(chat, "bob", "secret")
    done(chat, mod.lock("op", None))
    assert comes(chat, "bob", "secret").name
    assert comes(chat, "bob2", "secret", "10.9.9.9").name, "while the first is in"


def test_a_restart_forgets_who_was_in_and_keeps_the_lock(chat, mod, journal):
    comes(chat, "bob")
    done(chat, mod.lock("op", None))
    again = Chat()
    Moderation(again.hub, journal)
    assert not comes(again, "bob").name


def test_who_was_in_is_forgotten_an_hour_later_but_not_while_a_lock_holds(chat, mod):
    comes(chat, "bob").vanishes()
    done(chat, mod.lock("op", 9 * RECENTLY))
    for _ in range(9):
        chat.clock.advance(RECENTLY)
        comes(chat, "bob").vanishes()
    assert comes(chat, "bob").name
    chat.called("bob").end()
    chat.clock.advance(2 * RECENTLY)
    zoe = comes(chat, "zoe")
    zoe.vanishes()
    assert not chat.hub.stays.knows(Identity("bob", "10.1.2.3"), 0)


def test_an_administrator_may_rename_somebody_and_take_it_back(chat, mod):
    bob = chat.enters("bob")
    act = done(chat, mod.rename("op", "bob", "robert"))
    chat.turn()
    assert bob.hears() == ["bob => robert"]
    done(chat, mod.undo("op", act.number))
    assert bob.hears() == ["robert => bob"]
    chat.enters("eve")
    with pytest.raises(NameTaken):
        done(chat, mod.rename("op", "bob", "eve"))
    with pytest.raises(NobodyCalled):
        done(chat, mod.rename("op", "zoe", "zoey"))


def test_closing_a_room_puts_everyone_out_of_it(chat, mod):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    ada.sends("/join tea")
    bob.sends("/join tea")
    ada.hears(), bob.hears()
    done(chat, mod.close_room("op", "tea", "over"))
    chat.turn()
    assert ada.hears() == ["left room=tea"]
    assert "tea" not in chat.open_rooms
    assert ada.asks("hi") == ["ada: hi"]
    with pytest.raises(LobbyStaysOpen):
        done(chat, mod.close_room("op", "lobby"))
    with pytest.raises(NoSuchRoom):
        done(chat, mod.close_room("op", "tea"))


def test_what_cannot_be_recorded_is_not_done(chat, mod, journal):
    bob = chat.enters("bob")
    chat.enters("eve").sends("/join tea", "/leave lobby")
    done(chat, mod.mute("op", "eve", None))
    bob.hears()
    journal.is_full = True
    acts = [
        mod.announce("op", "now"),
        mod.announce("op", "now", 60.0),
        mod.say("op", "lobby", "now"),
        mod.set_topic("op", "lobby", "now"),
        mod.kick("op", "bob"),
        mod.ban("op", "bob", None),
        mod.mute("op", "bob", None),
        mod.lock("op", None),
        mod.rename("op", "bob", "robert"),
        mod.close_room("op", "tea"),
        mod.undo("op", 1),
        mod.lift("mute", "op", "eve"),
    ]
    for act in acts:
        with pytest.raises(NotRecorded):
            done(chat, act)
    assert bob.hears() == []
    assert bob.asks("hi") == ["bob: hi"]
    assert bob.asks("/rooms") == ["room room=lobby count=1", "room room=tea count=1"]
    assert len(journal.kept) == 1
    chat.enters("zoe")


def test_an_act_is_recorded_before_it_is_done(chat, mod, journal):
    bob = chat.enters("bob")
    recorded: list[list[str]] = []
    record = journal.record

    def watched(act):
        recorded.append(bob.hears())
        return record(act)

    journal.record = watched
    done(chat, mod.announce("op", "now"))
    done(chat, mod.set_topic("op", "lobby", "tea"))
    done(chat, mod.rename("op", "bob", "robert"))
    done(chat, mod.kick("op", "robert"))
    assert recorded == [[], ["!! now"], ["topic !!: tea"], ["bob => robert"]]


def test_a_room_that_closes_while_an_act_about_it_is_being_recorded_hears_nothing_of_it(chat, mod, journal):
    ada = chat.enters("ada")
    ada.sends("/join tea")
    answer, record = Deferred(), journal.record
    journal.record = lambda act: answer
    waiting = Deferred.fromCoroutine(mod.say("op", "tea", "now"))
    journal.record = record
    ada.sends("/leave tea")
    record(Act("say", "op", "tea", "now")).chainDeferred(answer)
    assert waiting.result.check(NoSuchRoom)
    waiting.addErrback(lambda _: None)
    assert [act.verb for act in journal.kept] == ["say", "failed"]


# --- watching


def test_a_watcher_sees_what_was_stored_until_it_ends(chat):
    seen: list[str] = []
    stop = chat.hub.pipeline.watch(lambda entries: seen.extend(type(entry.event).__name__ for entry in entries))
    ada = chat.enters("ada")
    ada.sends("hi", "/msg ada psst")
    stop()
    stop()
    ada.sends("again")
    assert seen == ["Joined", "Said"]


# --- of many


def held(chat: Chat, coroutine) -> list[object]:
    """The result of something that finds no time in this turn; empty as long as it waits."""
    chat.use_up_turn()
    results: list[object] = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    return results


def test_an_act_on_many_takes_as_many_turns_as_it_needs_and_is_done_then(chat, mod):
    people = [chat.enters(name) for name in ("ada", "bob", "eve")]
    results = held(chat, mod.kick("root", "127.0.0.1"))
    assert all(person.client.connected for person in people)
    chat.turn()
    assert not any(person.client.connected for person in people)
    [(_, found)] = results
    assert len(found) == 3


def test_who_leaves_before_their_turn_has_come_is_let_go_in_peace(chat, mod, monkeypatch):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    shorten_batches(chat, monkeypatch, 1)  # so that each turn has time for one of them
    results: list[object] = []
    Deferred.fromCoroutine(mod.kick("root", "127.0.0.1")).addBoth(results.append)
    chat.hub.turn.at_end(bob.vanishes)
    bob.hears()
    chat.turn()
    assert results
    assert "kicked" in " ".join(ada.hears())
    assert [entry.event for entry in chat.log.entries if isinstance(entry.event, Left)] == [
        Removed("lobby", "ada", ""),
        Gone("lobby", "bob"),
    ]


def test_who_leaves_a_room_before_they_are_put_out_of_it_is_not_put_out(chat, mod, monkeypatch):
    ada, bob = chat.enters("ada"), chat.enters("bob")
    for person in (ada, bob):
        person.sends("/join tea")
    shorten_batches(chat, monkeypatch, 1)
    results: list[object] = []
    Deferred.fromCoroutine(mod.close_room("root", "tea")).addBoth(results.append)
    chat.hub.turn.at_end(lambda: bob.types("/leave"))
    chat.turn()
    assert results
    assert "tea" not in chat.open_rooms
    assert [entry.event for entry in chat.log.entries if isinstance(entry.event, Left)] == [
        Removed("tea", "ada", ""),
        Left("tea", "bob"),
    ]


def test_a_failure_that_cannot_be_recorded_is_in_the_operators_log(chat: Chat, journal: ListJournal) -> None:
    mod = Moderation(chat.hub, journal)
    chat.enters("ada")
    chat.log.slow = True
    asked = Deferred.fromCoroutine(mod.say("op", "lobby", "hello"))
    chat.turn()
    journal.is_full = True
    with capturedLogs() as told:
        chat.log.give_up(NotStored("the disk is full"))
        chat.turn()
    asked.addErrback(lambda failure: failure.trap(NotStored))
    assert [formatEvent(event) for event in told] == ["audit: say 1 failed, which is not recorded"]
