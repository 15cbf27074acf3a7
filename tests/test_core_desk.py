"""Moderators of a room: how one becomes one, what they can do there, and what they cannot."""

from __future__ import annotations

from typing import Any

import pytest
from support.chat import Chat, Person
from support.results import done
from twisted.internet.defer import Deferred

from twistchat.core import acts, holding
from twistchat.core.codes import code_of
from twistchat.core.desk import tell_of_ended_posts
from twistchat.core.identity import key_mark
from twistchat.core.moderation import DAY, MOST_DAYS, MOST_LABEL, Moderation
from twistchat.core.roomstays import RoomStays
from twistchat.core.stays import MOST_REMEMBERED, RECENTLY
from twistchat.core.tries import MOST_EACH
from twistchat.errors import LastsTooLong, NobodyModerates, NotALabel, NotRecorded, NotStored, OverAlready

CODE, OTHER = code_of(b"\x01" * 7), code_of(b"\x02" * 7)
UNTIL = "1970-01-01T08:00:00+00:00"
HOUR = "1970-01-01T01:00:00+00:00"


def appoint(chat: Chat, mod: Moderation, label: str = "Ms Li", room: str = "lobby", code: str = CODE) -> Any:
    return done(chat, mod.appoint("op", label, room, 8 * 3600.0, code))


@pytest.fixture
def ms_li(chat: Chat, mod: Moderation) -> Person:
    """Moderates the lobby, under the name of li."""
    appoint(chat, mod)
    li = chat.enters("li", address="10.0.0.1")
    li.sends(f"/moderate {CODE}")
    li.hears()
    return li


@pytest.fixture
def bob(chat: Chat, ms_li: Person) -> Person:
    bob = chat.enters("bob", address="10.0.0.2")
    ms_li.hears()
    return bob


# --- becoming one


def test_a_code_makes_a_moderator_of_whoever_shows_it_and_brings_them_into_its_room(chat, mod, journal) -> None:
    appoint(chat, mod, room="#Room7")
    li, bob = chat.enters("li", address="10.0.0.1"), chat.enters("bob")
    assert li.asks(f"/moderate {CODE.lower().replace('-', ' ')}") == [
        f"moderating room=room7 label=Ms Li until={UNTIL}",
        "turned room=room7",
        "+li",
    ]
    assert li.rooms == {"lobby", "room7"}
    assert bob.hears() == [], "nobody is told"
    used = journal.kept[-1]
    assert (used.verb, used.who, used.subject, used.room, used.text) == ("moderate", "Ms Li", "li", "room7", "10.0.0.1")


def test_the_audit_has_a_digest_and_no_code(chat, mod, ms_li, journal) -> None:
    kept = repr(journal.kept)
    assert CODE not in kept
    assert CODE.replace("-", "") not in kept
    assert len(journal.kept[0].digest) == 64


def test_help_offers_a_moderators_commands_to_moderators_alone(chat, ms_li, bob) -> None:
    def offered(person: Person) -> set[str]:
        return {line.split()[1].removeprefix("usage=/") for line in person.asks("/help") if "usage=" in line}

    assert offered(ms_li) - offered(bob) == {"mute", "unmute", "lock", "unlock", "announce"}
    assert "moderate" in offered(bob)
    assert bob.asks("/lokc") == ["refused unknown-command command=lokc nearest=lock"]
    assert bob.asks("/locked") == ["refused unknown-command command=locked"]


@pytest.mark.parametrize(
    "line",
    ["/kick li", "/mute li", "/mute", "/unmute li", "/lock", "/unlock", "/announce hi", "/topic --open", "/mute --all"],
)
def test_everybody_else_is_refused(chat, ms_li, bob, line: str) -> None:
    assert bob.asks(line) == ["refused not-moderator room=lobby"]


def test_a_wrong_code_is_refused_and_the_sixth_is_not_heard(chat, mod, ms_li) -> None:
    eve = chat.enters("eve", address="10.0.0.9")
    assert eve.asks("/moderate") == ["refused wrong-use usage=/moderate CODE"]
    for _ in range(9):
        assert eve.asks("/moderate what") == ["refused not-a-code"], "such a slip costs no try"
    for _ in range(MOST_EACH):
        assert eve.asks(f"/moderate {OTHER}") == ["refused wrong-code"]
    assert eve.asks(f"/moderate {CODE}") == ["refused too-many-codes minutes=10"]
    appoint(chat, mod, "Mr Wu")
    assert eve.asks(f"/moderate {CODE}")[0].startswith("moderating "), "a new code begins the count anew"


def test_a_code_works_again_after_a_reconnection_and_under_another_name(chat, ms_li, journal) -> None:
    ms_li.vanishes()
    again = chat.enters("lili", address="10.0.0.7")
    assert again.asks("/lock") == ["refused not-moderator room=lobby"]
    assert again.asks(f"/moderate {CODE}") == [f"moderating room=lobby label=Ms Li until={UNTIL}"]
    assert again.asks(f"/moderate {CODE}") == [f"moderating room=lobby label=Ms Li until={UNTIL}"]
    assert [act.verb for act in journal.kept] == ["moderator", "moderate", "moderate"], "once for each who comes"
    again.sends("/nick newname", "/leave")
    assert again.asks("/lock") == ["refused not-in-any-room"]
    assert f"room-locked by=Ms Li room=lobby until={HOUR}" not in again.hears()
    again.sends("/join lobby")
    again.hears()
    assert again.asks("/lock") == [f"room-locked by=Ms Li room=lobby until={HOUR}"]


def test_a_code_holds_after_a_restart(chat, ms_li, journal) -> None:
    later = Chat(clock=chat.clock)
    Moderation(later.hub, journal)
    li = later.enters("li")
    assert li.asks(f"/moderate {CODE}") == [f"moderating room=lobby label=Ms Li until={UNTIL}"]


def test_a_code_that_ends_is_told_at_once_and_holds_no_more(chat, mod, ms_li, bob) -> None:
    act, found = done(chat, mod.dismiss("op", "ms li"))
    assert (act.verb, act.subject, [person.name for person in found]) == ("unmoderate", "Ms Li", ["li"])
    assert ms_li.hears() == ["moderating-over room=lobby"]
    assert ms_li.asks("/kick bob") == ["refused not-moderator room=lobby"]
    assert ms_li.asks(f"/moderate {CODE}") == ["refused wrong-code"]
    with pytest.raises(NobodyModerates):
        done(chat, mod.dismiss("op", "Ms Li"))
    done(chat, mod.undo("op", act.number))
    assert ms_li.asks(f"/moderate {CODE}")[0].startswith("moderating ")


def test_undo_takes_a_code_back(chat, mod, ms_li) -> None:
    done(chat, mod.undo("op", 1))
    assert ms_li.hears() == ["moderating-over room=lobby"]


def test_a_code_ends_at_its_time_which_may_be_days_away_or_moved_by_who_sets_the_clock(chat, mod) -> None:
    done(chat, mod.appoint("op", "Ms Li", "lobby", 3 * DAY, CODE))
    li = chat.enters("li")
    li.sends(f"/moderate {CODE}")
    li.hears()
    chat.clock.advance(DAY)
    chat.set_by = -DAY
    chat.clock.advance(2 * DAY)
    assert li.hears() == [], "by the time of day there is a day left"
    chat.clock.advance(DAY)
    assert li.hears() == ["moderating-over room=lobby"]
    assert chat.clock.getDelayedCalls() == []


def test_who_leaves_leaves_no_timer(chat, ms_li) -> None:
    ms_li.vanishes()
    chat.turn()
    tell_of_ended_posts(ms_li.inside)
    assert chat.clock.getDelayedCalls() == []


def test_two_codes_make_a_moderator_of_two_rooms_each_for_itself(chat, mod, ms_li, bob) -> None:
    appoint(chat, mod, "Ms Li", "tea", OTHER)
    ms_li.sends(f"/moderate {OTHER}")
    assert ms_li.inside.rights.moderated == ["lobby", "tea"]
    done(chat, mod.undo("op", 1))
    ms_li.hears()
    ms_li.sends("/join lobby")
    ms_li.hears()
    assert ms_li.asks("/lock") == ["refused not-moderator room=lobby rooms=tea"]
    bob.sends("/join tea", "/join lobby")
    assert ms_li.asks("/kick bob") == ["refused not-moderator room=lobby rooms=tea"]


def test_a_code_can_only_be_made_as_it_should(chat, mod) -> None:
    for label in ("", " \u200b", "x" * (MOST_LABEL + 1)):
        with pytest.raises(NotALabel):
            done(chat, mod.appoint("op", label, "lobby", 60.0, CODE))
    for seconds in (None, (MOST_DAYS + 1) * DAY):
        with pytest.raises(LastsTooLong):
            done(chat, mod.appoint("op", "Ms Li", "lobby", seconds, CODE))


def test_what_cannot_be_recorded_is_not_done(chat, ms_li, bob, journal) -> None:
    journal.is_full = True
    for line in ("/lock", "/mute bob", "/kick bob", "/announce hi", "/topic tea"):
        assert ms_li.asks(line) == ["refused not-recorded reason=the disk is full"]
    assert bob.hears() == []
    other = chat.enters("wu")
    assert other.asks(f"/moderate {CODE}") == ["refused not-recorded reason=the disk is full"]
    assert other.asks("/lock") == ["refused not-moderator room=lobby"]


def test_without_an_audit_there_is_nobody_to_moderate(chat) -> None:
    assert chat.enters("eve").asks(f"/moderate {CODE}") == ["refused wrong-code"]
    with pytest.raises(NotRecorded):
        done(chat, chat.hub.acts.record(acts.Act("kick", "op")))


def test_one_code_does_a_bounded_number_of_things(chat, ms_li, bob, monkeypatch) -> None:
    monkeypatch.setattr(acts, "MOST_BY_CODE", 2)  # one was its use
    assert ms_li.asks("/lock")[0].startswith("room-locked")
    for line in ("/unlock", "/lock", "/mute bob", "/kick bob", "/announce x", "/topic x"):
        assert ms_li.asks(line) == ["refused too-many-acts limit=2"]


# --- muting


def test_who_is_muted_reads_and_does_not_talk_in_that_room_alone(chat, ms_li, bob) -> None:
    assert ms_li.asks("/mute bob 10m loud") == [
        "room-muted by=Ms Li room=lobby until=1970-01-01T00:10:00+00:00 name=bob"
    ]
    muted = "refused muted subject=bob reason=loud until=1970-01-01T00:10:00+00:00 room=lobby"
    assert bob.hears() == [muted]
    for line in ("hi", "/me waves", "/topic x", "/nick bobby"):
        assert bob.asks(line) == [muted]
    assert bob.asks("/msg li hi") == ["bob > li: hi"], "private messages are no business of a moderator's"
    bob.sends("/join tea")
    assert bob.asks("hello")[-1] == "bob: hello"
    assert bob.asks("/nick bobby") == [muted]
    ms_li.hears()
    assert ms_li.asks("/unmute bob") == ["room-unmuted by=Ms Li room=lobby name=bob"]
    assert bob.hears() == ["voice room=lobby"]
    bob.sends("/join lobby")
    assert bob.asks("hi")[-1] == "bob: hi"


def test_a_mute_holds_for_who_comes_again_under_another_name(chat, ms_li, bob) -> None:
    ms_li.sends("/mute bob")
    bob.vanishes()
    again = chat.enters("innocent", address="10.0.0.2")
    assert again.asks("hi") == [f"refused muted subject=bob reason=- until={HOUR} room=lobby"], "no address is shown"
    assert f"room-muted-too name=innocent room=lobby until={HOUR} other=bob" in ms_li.hears()
    assert ms_li.asks("/unmute innocent") == [
        "room-unmuted by=Ms Li room=lobby name=innocent",
        "room-unmuted by=Ms Li room=lobby name=bob",
    ]
    assert again.hears() == ["voice room=lobby"]


def test_who_ends_a_mute_ends_it_for_all_whom_it_held_for_and_all_are_told(chat, ms_li, bob) -> None:
    ms_li.sends("/mute bob")
    bob.hears()
    twin = chat.enters("twin", address="10.0.0.2")
    ms_li.hears()
    assert ms_li.asks("/mute twin")[0] == f"room-muted by=Ms Li room=lobby until={HOUR} name=twin"
    assert ms_li.asks("/unmute bob") == ["room-unmuted by=Ms Li room=lobby name=bob"], "twin is muted as such, too"
    assert bob.hears()[-1] == "voice room=lobby"
    assert twin.hears()[-1].startswith("refused muted subject=twin"), "nothing is promised"
    assert twin.asks("hi")[0].startswith("refused muted subject=twin")


def test_a_moderator_who_comes_is_told_whom_mutes_of_other_names_hold_for(chat, ms_li, bob) -> None:
    ms_li.sends("/mute bob")
    chat.enters("innocent", address="10.0.0.2")
    ms_li.hears()
    assert f"room-muted-too name=innocent room=lobby until={HOUR} other=bob" in ms_li.asks(f"/moderate {CODE}")


def test_who_is_there_already_and_is_muted_with_another_is_told_and_the_moderator_is(chat, ms_li) -> None:
    two = [chat.connects(), chat.connects()]
    for each, name in zip(two, ("eve", "eva"), strict=True):
        each.session.take_place(name, "secret")
        each.sends(name)
        each.hears()
    ms_li.hears()
    assert f"room-muted-too name=eva room=lobby until={HOUR} other=eve" in ms_li.asks("/mute eve")
    assert two[1].hears()[-1].startswith("refused muted subject=eve")


def test_who_is_let_talk_while_all_are_muted_is_promised_nothing(chat, ms_li, bob) -> None:
    ms_li.sends("/mute bob", "/mute --all")
    bob.hears()
    ms_li.sends("/unmute bob")
    assert bob.hears() == [f"refused muted subject= reason=- until={HOUR} room=lobby"]


def test_a_program_is_known_by_its_key(chat, ms_li, journal) -> None:
    eve = chat.connects()
    eve.session.take_place("eve", "secret")
    eve.sends("eve")
    ms_li.sends("/mute eve")
    assert journal.kept[-1].also == (key_mark("secret"),)
    eve.vanishes()
    again = chat.connects()
    again.session.take_place("eva", "secret")
    again.sends("eva")
    assert again.asks("hi")[0].startswith("refused muted subject=eve")


@pytest.mark.parametrize("address", ["10.0.0.2", "127.0.0.1", "", "unknown"])
def test_an_address_that_others_share_is_not_muted_and_the_moderator_is_told(chat, ms_li, address, journal) -> None:
    bob, ada = chat.enters("bob", address=address), chat.enters("ada", address=address)
    ms_li.hears()
    assert ms_li.asks("/mute bob")[1:] == ["name-alone name=bob"]
    assert journal.kept[-1].also == ()
    assert ada.asks("hi") == ["ada: hi"]
    assert bob.asks("hi")[-1].startswith("refused muted")


def test_all_are_muted_but_the_moderators_and_those_who_come_later_too(chat, mod, ms_li, bob) -> None:
    appoint(chat, mod, "Mr Wu", "lobby", OTHER)
    wu = chat.enters("wu")
    wu.sends(f"/moderate {OTHER}")
    wu.hears(), bob.hears(), ms_li.hears()
    told = f"room-all-muted by=Ms Li room=lobby until={HOUR}"
    assert ms_li.asks("/mute --all") == [told]
    assert wu.hears() == [told], "each moderator of the room is told"
    muted = f"refused muted subject= reason=- until={HOUR} room=lobby"
    assert bob.hears() == [muted]
    assert chat.enters("late").asks("hi") == [muted]
    assert bob.asks("/nick shout_it_out") == [muted]
    assert bob.asks("/quit shout") == ["goodbye"], "and no reason"
    assert wu.asks("so")[-1] == "wu: so"
    assert "shout" not in " ".join(ms_li.hears())


def test_all_twice_is_one_and_ends_by_one(chat, mod, ms_li, bob) -> None:
    for line in ("/mute --ALL", "/mute \u2014all 2h quiet please"):
        ms_li.sends(line)
    [act] = chat.hub.rules.in_force("mute", 0)
    assert (act.text, act.until) == ("quiet please", 7200.0)
    bob.hears(), ms_li.hears()
    assert ms_li.asks("/unmute --all") == ["room-all-unmuted by=Ms Li room=lobby"]
    assert bob.hears() == ["voice room=lobby"]
    assert ms_li.asks("/unmute --all") == ["refused nothing-there room=lobby"]
    done(chat, mod.undo("op", act.number + 1))
    assert bob.asks("hi")[0].startswith("refused muted")


def test_who_is_muted_by_name_stays_so_when_all_may_talk_again(chat, ms_li, bob) -> None:
    ms_li.sends("/mute bob", "/mute --all", "/unmute --all")
    bob.hears()
    assert bob.asks("hi")[0].startswith("refused muted subject=bob")


def test_what_an_administrator_did_no_moderator_ends(chat, mod, ms_li, bob) -> None:
    done(chat, mod.mute("op", "bob", 60.0))
    done(chat, mod.lock("op", 60.0))
    ms_li.hears()
    for line in ("/unmute bob", "/unlock", "/topic --open"):
        assert ms_li.asks(line) == ["refused nothing-there room=lobby"]
    done(chat, mod.announce("op", "dinner"))
    assert ms_li.hears() == ["!! dinner"]
    ms_li.sends("/mute --all")
    done(chat, mod.say("op", "lobby", "now"))
    assert ms_li.hears()[-1] == "!! now", "no mute is about the administrator"
    done(chat, mod.lift("mute", "op", "bob"))
    assert bob.asks("hi")[-1].startswith("refused muted subject= "), "what the moderator did holds"


def test_an_administrator_ends_what_a_moderator_did(chat, mod, ms_li, bob) -> None:
    ms_li.sends("/mute bob", "/lock")
    done(chat, mod.lift("mute", "op", "bob"))
    done(chat, mod.lift("lock", "op"))
    assert bob.asks("hi")[-1] == "bob: hi"
    assert chat.enters("new").rooms == {"lobby"}


def test_moderators_and_those_who_were_muted_are_told_what_an_administrator_ends_and_takes_back(
    chat, mod, ms_li, bob, journal
) -> None:
    ms_li.sends("/mute bob", "/lock", "/mute --all", "/topic plants")
    acts = {(act.verb, act.subject): act.number for act in journal.kept}
    ms_li.hears(), bob.hears()
    by = "by=The administrator room=lobby"
    unlock = done(chat, mod.lift("lock", "op"))
    done(chat, mod.undo("op", acts["mute", ""]))
    assert ms_li.hears() == [f"room-unlocked {by}", f"room-all-unmuted {by}"]
    assert bob.hears()[-1].startswith("refused muted subject=bob"), "that one holds"
    unmute = done(chat, mod.lift("mute", "op", "bob"))
    assert ms_li.hears() == [f"room-unmuted {by} name=bob"]
    assert bob.hears() == ["voice room=lobby"]
    done(chat, mod.undo("op", unmute.number))
    assert ms_li.hears() == [f"room-muted by=Ms Li room=lobby until={HOUR} name=bob"], "it is in force again"
    assert bob.hears() == [f"refused muted subject=bob reason=- until={HOUR} room=lobby"]
    done(chat, mod.undo("op", unlock.number))
    assert ms_li.hears() == [f"room-locked by=Ms Li room=lobby until={HOUR}"]
    done(chat, mod.undo("op", acts["topic", "lobby"]))
    assert f"topic-open {by}" in ms_li.hears()


def test_nobody_is_told_by_an_administrators_act_of_what_ended_by_itself(chat, mod, ms_li, bob) -> None:
    ms_li.sends("/lock 1m")
    ms_li.hears()
    held = holding.in_force(chat.hub)
    chat.clock.advance(61)
    done(chat, holding.tell_of_change(chat.hub, held))
    assert ms_li.hears() == []


@pytest.mark.parametrize("text", ["10x", "5", "10分钟", "0m", "9999999d"])
def test_a_time_that_cannot_be_read_is_refused(chat, ms_li, bob, text) -> None:
    for line in (f"/mute bob {text}", f"/mute --all {text}", f"/lock {text}"):
        assert ms_li.asks(line) == [f"refused not-a-duration text={text}"]


def test_nothing_holds_longer_than_the_code(chat, ms_li, bob) -> None:
    for line in ("/lock forever", "/lock 3d exam"):
        assert ms_li.asks(line) == [f"room-locked by=Ms Li room=lobby until={UNTIL}"]


def test_whom_there_is_not_or_is_no_business_of_theirs_is_refused(chat, mod, ms_li, bob) -> None:
    appoint(chat, mod, "Mr Wu", "lobby", OTHER)
    wu = chat.enters("wu")
    wu.sends(f"/moderate {OTHER}")
    chat.enters("cid").sends("/join tea", "/leave lobby")
    ms_li.hears()
    for verb in ("kick", "mute"):
        assert ms_li.asks(f"/{verb} nobody") == ["refused nobody-called name=nobody"]
        assert ms_li.asks(f"/{verb} li") == ["refused that-is-you"]
        assert ms_li.asks(f"/{verb} wu") == ["refused moderates-too name=wu room=lobby"]
        assert ms_li.asks(f"/{verb} CID") == ["refused not-here name=cid room=lobby"]
        assert ms_li.asks(f"/{verb}")[0].startswith("refused wrong-use")
    assert ms_li.asks("/unmute bob") == ["refused nothing-there room=lobby"]
    assert ms_li.asks("/mute bob " + "x" * 1001) == ["refused text-too-long limit=1000"]
    assert ms_li.asks("/kick bob " + "x" * 1001) == ["refused text-too-long limit=1000"]


# --- locking


def test_a_locked_room_lets_in_who_was_there_within_the_hour_and_nobody_new(chat, ms_li, bob) -> None:
    cid = chat.enters("cid", address="10.0.0.3")
    cid.sends("/leave")
    ms_li.hears()
    assert ms_li.asks("/lock exam") == [f"room-locked by=Ms Li room=lobby until={HOUR}"]
    eve = chat.connects(address="10.0.0.4")
    eve.sends("eve")
    assert eve.hears() == [f"refused locked subject= reason=exam until={HOUR} room=lobby"]
    assert eve.name is None, "and may try again"
    bob.vanishes()
    assert chat.enters("bob", address="10.0.0.2").rooms == {"lobby"}
    cid.sends("/join lobby")
    assert cid.rooms == {"lobby"}
    cid.sends("/quit")
    ms_li.hears()
    assert ms_li.asks("/unlock") == ["room-unlocked by=Ms Li room=lobby"]
    eve.sends("eve")
    assert eve.rooms == {"lobby"}


def test_a_lock_is_about_its_room_alone_and_never_about_its_moderators(chat, mod, ms_li, bob) -> None:
    appoint(chat, mod, "Ms Li", "tea", OTHER)
    ms_li.sends(f"/moderate {OTHER}", "/lock", "/leave")
    assert bob.asks("/join tea")[-1].startswith("refused locked")
    bob.sends("/join coffee")
    assert "coffee" in bob.rooms
    assert chat.enters("new").rooms == {"lobby"}
    ms_li.sends("/join tea")
    assert "tea" in ms_li.rooms


def test_who_is_put_out_is_new_when_they_come_again(chat, ms_li, bob) -> None:
    bob.sends("/join tea", "/join lobby")
    bob.hears()
    ms_li.hears()
    assert ms_li.asks("/kick bob throwing chalk") == ["removed bob (Ms Li: throwing chalk)"]
    assert bob.hears()[0] == "put-out by=Ms Li room=lobby reason=throwing chalk"
    assert bob.rooms == {"tea"}, "they stay wherever else they are"
    bob.sends("/join lobby")
    assert bob.rooms == {"tea", "lobby"}
    ms_li.sends("/kick bob", "/lock")
    bob.hears()
    assert bob.asks("/join lobby")[-1].startswith("refused locked")


def test_who_is_gone_before_it_is_recorded_is_not_put_out_twice(chat, ms_li, bob, journal) -> None:
    waiting: Deferred[Any] = Deferred()
    record, journal.record = journal.record, lambda act: waiting.addCallback(lambda _: record(act))
    ms_li.types("/kick bob")
    bob.vanishes()
    waiting.callback(None)
    chat.turn()
    assert ms_li.hears() == ["-bob"]


def test_of_stays_in_rooms_only_so_many_are_remembered_and_only_as_long_as_they_count(chat, mod) -> None:
    stays = RoomStays()
    person = chat.enters("ada", address="10.0.0.1").inside.identity
    for number in range(MOST_REMEMBERED + 10):
        stays.end(f"room{number}", person, float(number))
    assert len(stays) == MOST_REMEMBERED
    assert not stays.knows("room0", person, 0.0)
    stays.drop(float(MOST_REMEMBERED + 9))
    assert len(stays) == 1
    ada = chat.enters("eve")
    ada.sends("/join tea", "/leave tea")
    assert len(chat.hub.room_stays) == 1
    chat.clock.advance(RECENTLY + 1)
    ada.sends("/join tea", "/leave tea", "/join coffee", "/leave coffee")
    assert len(chat.hub.room_stays) == 2


# --- announcing, and the topic


def test_an_announcement_stands_out_in_that_room_and_says_whose_it_is(chat, ms_li, bob) -> None:
    zoe = chat.enters("zoe")
    zoe.sends("/join tea", "/leave lobby")
    zoe.hears(), ms_li.hears(), bob.hears()
    assert ms_li.asks("/announce books away") == ["!! li: books away"]
    assert bob.hears() == ["!! li: books away"]
    assert zoe.hears() == []
    assert ms_li.asks("/announce") == ["refused wrong-use usage=/announce TEXT"]


def test_a_moderators_topic_stays_until_they_let_everybody_set_it(chat, mod, ms_li, bob, journal) -> None:
    bob.sends("/topic bob is great")
    ms_li.hears()
    assert ms_li.asks("/topic fractions") == [
        "topic li: fractions",
        f"topic-held by=Ms Li room=lobby until={UNTIL}",
    ]
    bob.hears()
    held = f"refused topic-held room=lobby by=Ms Li until={UNTIL}"
    assert bob.asks("/topic bob") == [held]
    assert bob.asks("/topic") == ["topic room=lobby topic=fractions"]
    ms_li.sends("/topic decimals")
    ms_li.hears()
    assert ms_li.asks("/topic --open") == ["topic-open by=Ms Li room=lobby"]
    assert ms_li.asks("/topic --open") == ["refused nothing-there room=lobby"]
    bob.sends("/topic bob")
    assert chat.topic_of("lobby") == "bob"


def test_the_operator_takes_a_topic_back_and_with_it_that_it_stays(chat, mod, ms_li, bob, journal) -> None:
    bob.sends("/topic bob is great")
    ms_li.sends("/topic fractions")
    number = journal.kept[-1].number
    done(chat, mod.undo("op", number))
    assert chat.topic_of("lobby") == "bob is great"
    bob.sends("/topic mine")
    assert chat.topic_of("lobby") == "mine"
    with pytest.raises(OverAlready):
        done(chat, mod.undo("op", number))


def test_what_cannot_be_stored_is_told_and_recorded_as_failed(chat, ms_li, bob, journal) -> None:
    chat.log.failing = NotStored("disk full")
    assert ms_li.asks("/topic fractions")[0].startswith("refused not-stored")
    assert journal.kept[-1].verb == "failed"
    chat.log.failing = None
    bob.sends("/topic mine")
    assert chat.topic_of("lobby") == "mine", "so that it does not stay"


def test_a_room_that_closes_while_it_is_recorded_has_nothing_announced(chat, mod, ms_li, journal) -> None:
    appoint(chat, mod, "Ms Li", "tea", OTHER)
    ms_li.sends(f"/moderate {OTHER}")
    waiting: Deferred[Any] = Deferred()
    record = journal.record
    journal.record = lambda act: waiting.addCallback(lambda _: record(act)) if act.verb == "announce" else record(act)
    ms_li.types("/announce hi")
    ms_li.inside.leave("tea")
    chat.turn()
    ms_li.hears()
    waiting.callback(None)
    chat.turn()
    assert ms_li.hears() == ["refused no-such-room room=tea"]


def test_who_comes_to_moderate_is_told_what_holds(chat, mod, ms_li, bob) -> None:
    ms_li.sends("/lock 5m", "/mute bob 5m", "/mute --all 5m", "/topic sums")
    appoint(chat, mod, "Mr Wu", "lobby", OTHER)
    until = "until=1970-01-01T00:05:00+00:00"
    bob.vanishes()
    wu = chat.enters("bob", address="10.0.0.2")
    assert wu.asks(f"/moderate {OTHER}") == [
        f"moderating room=lobby label=Mr Wu until={UNTIL}",
        f"room-locked by=Ms Li room=lobby {until}",
        f"topic-held by=Ms Li room=lobby until={UNTIL}",
        f"room-muted by=Ms Li room=lobby {until} name=bob",
        f"room-all-muted by=Ms Li room=lobby {until}",
    ]
    assert wu.asks("I may talk")[-1] == "bob: I may talk"


def test_everything_is_in_the_audit_under_the_label(chat, ms_li, bob, journal) -> None:
    ms_li.sends("/lock", "/mute bob", "/unmute bob", "/announce x", "/topic y", "/unlock", "/kick bob")
    of_her = [(act.verb, act.subject, act.room) for act in journal.kept if act.who == "Ms Li"]
    assert of_her == [
        ("moderate", "li", "lobby"),
        ("lock", "", "lobby"),
        ("mute", "bob", "lobby"),
        ("unmute", "bob", "lobby"),
        ("announce", "", "lobby"),
        ("topic", "lobby", "lobby"),
        ("unlock", "", "lobby"),
        ("kick", "bob", "lobby"),
    ]


def test_a_program_is_answered_once_for_each_of_its_lines(chat, ms_li, bob) -> None:
    for line in ("/lock", "/announce hi", "/topic x"):
        ms_li.types(line, tag="7")
        chat.turn()
        assert [token for token in ms_li.hears() if token.startswith("done")] == ["done tag=7 number=0"]
    ms_li.types("/kick nobody", tag="8")
    assert ms_li.hears() == ["refused nobody-called name=nobody tag=8"]


def test_what_holds_in_one_room_is_nothing_to_who_is_in_another(chat, mod, ms_li, bob) -> None:
    bob.sends("/join tea", "/leave lobby")
    ms_li.sends("/mute --all", "/topic sums", "/lock")
    bob.hears()
    assert bob.asks("/nick bobby") == ["bob => bobby"]
    assert bob.asks("/topic biscuits") == ["topic bobby: biscuits"]
    assert bob.asks("hi") == ["bobby: hi"]
    assert chat.hub.rules.mutes_anybody
