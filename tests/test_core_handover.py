"""What a chat has in hand as another process goes on with it, thing by thing."""

from __future__ import annotations

from typing import Any

import pytest
from support.chat import Chat, Person
from support.journal import ListJournal
from support.results import at_once, done
from support.succession import hand_over

from twistchat.core import making
from twistchat.core.bans import HOOK
from twistchat.core.codes import code_of
from twistchat.core.moderation import Moderation
from twistchat.core.portrait import ChatPortrait
from twistchat.core.presence import LARGE
from twistchat.core.programs import RATES, WRONG
from twistchat.errors import TooFast

CODE = code_of(b"\x01" * 7)
HOURS = 8 * 3600.0


class Kept(Chat):
    """A chat whose acts are kept in a journal, as another process reads it."""

    def __init__(self, **limits: Any) -> None:
        super().__init__(**limits)
        self.journal = ListJournal(self.clock.seconds)
        self.moderation = Moderation(self.hub, self.journal)

    def hands_over(self, people: list[Person]) -> None:
        rules = self.hub.rules
        hand_over(self, people, rules)
        self.moderation = Moderation(self.hub, self.journal)

    def claims(self, name: str) -> str:
        """Somebody makes a name their own, and goes; its code."""
        owner = self.enters(name)
        owner.types("/claim")
        owner.vanishes()
        return self.vault.given[-1]


def test_who_came_into_a_large_room_is_told_of_before_it_is_handed_over(chat: Chat) -> None:
    crowd = [chat.enters(f"p{number}") for number in range(LARGE + 1)]
    chat.clock.advance(10)
    late = chat.enters("late")
    crowd[0].hears()
    hand_over(chat, [*crowd, late])
    assert "+late" in crowd[0].hears()
    chat.clock.advance(10)
    assert crowd[0].hears() == [], "and not once more"


def test_wrong_codes_for_a_name_are_counted_on() -> None:
    chat = Kept()
    code = chat.claims("ada")
    thief = chat.connects(address="10.9.9.9")
    thief.types("ada")
    thief.types("9999-9999-9999-9999")
    before = chat.hub.claim_desk.portrait(chat.clock.seconds())
    chat.hands_over([thief])
    assert chat.hub.claim_desk.portrait(chat.clock.seconds()) == before
    assert before["names"], "one was counted"
    owner = chat.connects(address="10.1.1.1")
    owner.types("ada", code)
    assert owner.name == "ada"


def test_what_a_hook_said_lately_is_known_again_and_what_it_was_used_for_is_counted_on() -> None:
    chat = Kept()
    hook = at_once(making.make_hook(chat.hub, "op", "grafana", "lobby", "token", "10m"))
    use = chat.hub.programs.use(hook)
    for _ in range(20):
        use.check_rate(RATES[HOOK], chat.clock.seconds())
    use.remember("one", chat.clock.seconds())
    use.done(7.0)
    use.refusal = "too-fast"
    for _ in range(WRONG.at_once):
        chat.hub.programs.check_wrong("10.0.0.1")
    chat.clock.advance(0.5)
    chat.hands_over([])
    programs, now = chat.hub.programs, chat.clock.seconds()
    again = programs.use(hook)
    assert (again.count, again.latest, again.refusal) == (1, 7.0, "too-fast")
    with pytest.raises(TooFast) as told:
        again.check_rate(RATES[HOOK], now)
    assert told.value.seconds == 0.5
    with pytest.raises(TooFast):
        programs.check_wrong("10.0.0.1")
    assert not at_once(again.is_new("one", 600.0, chat.clock))
    chat.clock.advance(599.5)
    assert at_once(again.is_new("one", 600.0, chat.clock))


def test_what_is_said_where_a_code_was_asked_for_is_said() -> None:
    chat = Kept()
    chat.claims("ada")
    bob = chat.enters("bob")
    bob.types("/nick ada")
    assert bob.session.wants_code
    bob.hears()
    assert bob.asks("hello") == ["bob: hello"]
    assert not bob.session.wants_code


@pytest.mark.parametrize("is_lifted", [False, True])
def test_a_moderator_is_one_behind_it_as_long_as_the_act_is_in_force(is_lifted: bool) -> None:
    chat = Kept()
    done(chat, chat.moderation.appoint("op", "Mr Wu", "tea", HOURS, code_of(b"\x02" * 7)))
    done(chat, chat.moderation.appoint("op", "Ms Li", "lobby", HOURS, CODE))
    li = chat.enters("li")
    li.sends(f"/moderate {CODE}")
    li.hears()
    if is_lifted:
        (act,) = li.session.person.rights.posts
        done(chat, chat.moderation.undo("op", act))
    chat.hands_over([li])
    assert li.session.person.rights.moderated == ([] if is_lifted else ["lobby"])


def test_who_went_as_others_went_on_is_dealt_with_no_more(chat: Chat) -> None:
    ada = chat.enters("ada")
    portrait = ada.session.portrait(chat.hub.numbers)
    ada.vanishes()
    ada.session.go_on(portrait)
    assert ada.session.is_gone


def test_rooms_of_other_servers_are_known_with_who_was_invited_into_them(chat: Chat) -> None:
    ada = chat.enters("ada")
    for room in ("far", "away"):
        chat.hub.census.found(room, ["bob"], [], [])
    record = chat.hub.census.get("away")
    assert record is not None
    record.know_who_decides(["bob"], [])
    chat.hub.rooms.invite("away", ada.session.person)
    hand_over(chat, [ada])
    found = chat.hub.census.get("away")
    assert found is not None
    assert found is not record
    assert [*found.people.values()] == [*found.terms.operators.values()] == ["bob"]
    assert not found.is_open
    room = at_once(chat.hub.rooms.opened("away"))
    assert [*room.guests] == [ada.session.person]
    assert not at_once(chat.hub.rooms.opened("far")).guests


def test_a_chat_waits_for_what_is_being_written_of_its_calls(chat: Chat) -> None:
    assert chat.hub.is_at_rest
    chat.hub.calls.is_at_rest = lambda: False
    assert not chat.hub.is_at_rest


def test_who_owns_a_name_takes_it_in_another_spelling() -> None:
    chat = Kept()
    ada = chat.enters("ada")
    ada.types("/claim", "/nick ADA")
    assert ada.name == "ADA"


def test_what_an_older_version_did_not_write_down_begins_anew(chat: Chat) -> None:
    older = {
        name: value
        for name, value in chat.hub.portrait().written().items()
        if name not in ("tries", "claim_desk", "programs")
    }
    at_once(chat.hub.prepare(ChatPortrait.read(older)))
    assert chat.enters("ada").rooms == {"lobby"}
