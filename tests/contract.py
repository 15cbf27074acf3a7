"""What holds whatever people came by. Each interface has a door in tests/support; its class below runs it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest
from support.chat import Chat
from support.dialect import came, shown
from support.journal import ListJournal
from support.place import LINES, PAGE, place_at
from twisted.internet.defer import Deferred

from twistchat.core.alone import ALONE_SECONDS
from twistchat.core.codes import CODE_BYTES, code_of
from twistchat.core.events import Invited, PutOut
from twistchat.core.limits import DEFAULT_FLOOD
from twistchat.core.moderation import Moderation


class Contract:
    """The behaviour of one interface; a subclass says which."""

    make_door: ClassVar[Callable[[Chat], Any]]

    @pytest.fixture
    def door(self, chat: Chat) -> Any:
        return type(self).make_door(chat)

    def moderation(self, chat: Chat) -> Moderation:
        """What administrators can do, who have done nothing yet."""
        return Moderation(chat.hub, ListJournal(chat.clock.seconds))

    # --- coming

    def test_a_name_is_all_it_takes_to_be_in(self, door: Any, chat: Chat) -> None:
        ada = door.connects()
        ada.gives_name("ada")
        assert ada.hears()[-2:] == [door.welcome, "ada joined!"]
        assert chat.people_in("lobby") == ["ada"]

    def test_the_others_are_told_of_somebody_who_joins_once(self, door: Any, chat: Chat) -> None:
        eve = chat.enters("eve")
        door.enters("ada")
        assert eve.hears() == ["+ada"]

    @pytest.mark.parametrize(
        ("name", "reason"),
        [
            ("a" * 25, "That name is too long: 24 characters at most. Choose a shorter one."),
            ("...", "A name cannot contain . there. Use letters, digits, _ and -."),
            ("a\u0431c", "That name mixes letters that look alike from two alphabets. Use one of them."),
            ("admin", "admin is kept for the server itself. Choose another name."),
            ("管理员", "管理员 is kept for the server itself. Choose another name."),
            ("a/b", "A name cannot contain / there. Use letters, digits, _ and -."),
        ],
    )
    def test_a_name_that_may_not_be_is_refused_with_the_reason(
        self, door: Any, chat: Chat, name: str, reason: str
    ) -> None:
        peer = door.connects()
        peer.gives_name(name)
        assert peer.hears()[-1].endswith(reason)
        assert chat.people_in("lobby") == []

    @pytest.mark.parametrize("name", ["小明", "小明abc", "a" * 24, "Zoë", "J-P_7"])
    def test_many_names_are_fine(self, door: Any, name: str) -> None:
        assert door.enters(name).asks("hi") == [f"{name}{door.colon}hi"]

    def test_escape_sequences_and_invisible_characters_are_taken_out_of_a_name(self, door: Any, chat: Chat) -> None:
        peer = door.connects()
        peer.gives_name("a\x1b[31md\u200ba")
        assert peer.hears()[-1] == came("ada")
        assert chat.people_in("lobby") == ["ada"]

    @pytest.mark.parametrize("name", ["ada", "ADA", "ａｄａ", "Ａda"])
    def test_a_name_that_somebody_has_or_that_looks_the_same_is_refused(self, door: Any, chat: Chat, name: str) -> None:
        chat.enters("ada")
        peer = door.connects()
        peer.gives_name(name)
        assert "is taken, or looks like a name that is" in peer.hears()[-1]

    def test_a_refused_name_can_be_followed_by_another(self, door: Any, chat: Chat) -> None:
        chat.enters("ada")
        peer = door.connects()
        peer.gives_name("ada")
        peer.gives_name("bob")
        chat.clock.advance(ALONE_SECONDS)
        assert peer.hears()[-1] == came("bob")

    def test_who_joins_is_shown_the_latest_lines_before_anything_new(self, door: Any, chat: Chat) -> None:
        eve = chat.enters("eve")
        eve.sends("one", "two")
        peer = door.connects()
        peer.gives_name("ada")
        heard = peer.hears()
        start = heard.index(door.welcome)
        assert [line.partition("] ")[2] for line in heard[start + 1 : -1]] == [
            f"eve{door.colon}one",
            f"eve{door.colon}two",
        ]
        assert heard[-1] == came("ada")

    # --- a name of one's own

    def proves(self, door: Any, name: str, code: str) -> Any:
        """Somebody comes in by a name and its code, as this interface takes it."""
        peer = door.connects()
        peer.gives_name(name)
        peer.gives_name(code)
        return peer

    def claims(self, peer: Any) -> list[str]:
        """Somebody makes their name their own; what they hear."""
        return list(peer.asks("/claim"))

    def test_a_claimed_name_is_kept_for_whoever_proves_that_it_is_theirs(self, door: Any, chat: Chat) -> None:
        self.moderation(chat)
        eve, ada = chat.enters("eve"), door.enters("ada", "203.0.113.5")
        told = self.claims(ada)
        (code,) = door.chat.vault.given
        assert any(f"Its code is {code}" in line for line in told), told
        ada.hangs_up()
        for alike in ("ada", "ADA", "\uff41da"):
            stranger = door.connects("203.0.113.6")
            stranger.gives_name(alike)
            assert any(" is claimed. If it is yours, " in line for line in stranger.hears())
            assert chat.people_in("lobby") == ["eve"]
        thief = self.proves(door, "ada", "9999-9999-9999-9999")
        assert any("That is not the code of ada." in line for line in thief.hears())
        assert chat.people_in("lobby") == ["eve"]
        owner = self.proves(door, "ada", code)
        assert came("ada") in owner.hears() and chat.people_in("lobby") == ["ada", "eve"]
        assert not any(digits in line for line in eve.hears() for digits in ("9999", code[-4:]))

    # --- talking

    def test_a_line_reaches_everyone_once_the_speaker_too(self, door: Any, chat: Chat) -> None:
        eve, ada, bob = chat.enters("eve"), door.enters("ada"), door.enters("bob")
        for person in (eve, ada, bob):
            person.hears()
        ada.says("hello")
        assert eve.hears() == ["ada: hello"]
        assert ada.hears() == bob.hears() == [f"ada{door.colon}hello"]

    def test_everyone_hears_all_lines_in_one_order(self, door: Any, chat: Chat) -> None:
        eve, ada, bob = chat.enters("eve"), door.enters("ada"), door.enters("bob")
        for person in (eve, ada, bob):
            person.hears()
        for number in range(10):
            for person in (ada, bob):
                person.says(f"a{number}", f"b{number}")
            eve.sends(f"c{number}")
        texts = [line.split(":")[1].strip() for line in eve.hears()]
        assert len(texts) == 50
        assert texts == [line.partition(door.colon)[2] for line in ada.hears()]
        assert texts == [line.partition(door.colon)[2] for line in bob.hears()]

    def test_chinese_and_emoji_go_through_whole(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("小明")
        eve.hears()
        ada.says("你好，世界 🎉")
        assert eve.hears() == ["小明: 你好，世界 🎉"]

    @pytest.mark.parametrize(
        ("typed", "heard"),
        [
            ("\x1b[2Jhi", "hi"),
            ("a\u202eb", "ab"),
            ("a\u200bb", "ab"),
            ("a\x00b\x07", "ab"),
            ("a\tb", "a b"),
            ("a\u2028b", "a b"),
            ("a\x9b31mb", "ab"),
        ],
    )
    def test_what_a_terminal_would_act_on_reaches_nobody(self, door: Any, chat: Chat, typed: str, heard: str) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.says(typed)
        assert eve.hears() == [f"ada: {heard}"]

    @pytest.mark.parametrize(
        ("typed", "heard"),
        [
            ("    return 1  ", "    return 1"),
            ("\treturn 1", "    return 1"),
            ("  \t\tbreak", "        break"),
            ("\u3000\u3000从前", "\u3000\u3000从前"),
        ],
    )
    def test_a_line_keeps_what_it_is_indented_by(self, door: Any, chat: Chat, typed: str, heard: str) -> None:
        eve, ada, bob = chat.enters("eve"), door.enters("ada"), door.enters("bob")
        eve.hears()
        bob.hears()
        ada.says(typed)
        assert eve.hears() == [f"ada: {heard}"]
        assert bob.hears() == [f"ada{door.colon}{heard}"]

    def test_a_line_cannot_be_made_to_look_like_two(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.says("hi\rbob: forged\x0bcarol: forged")
        assert eve.hears() == ["ada: hi bob: forged carol: forged"]

    @pytest.mark.parametrize("nothing", ["", " ", "   \t ", "\u200b"])
    def test_nothing_is_said_where_there_is_nothing_to_see(self, door: Any, chat: Chat, nothing: str) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.says(nothing)
        assert eve.hears() == []

    def test_a_text_over_the_limit_is_refused_whole(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        assert ada.asks("x" * 1001) == [
            "That message is too long: 1000 characters at most. It was not sent; send it in parts."
        ]
        ada.says("汉" * 1000)
        assert eve.hears() == ["ada: " + "汉" * 1000]

    def test_a_line_over_the_limit_is_refused_and_the_next_one_is_fine(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        assert ada.asks("x" * 5000) == ["That line is too long: 4096 bytes at most. It was not sent; send it in parts."]
        ada.says("hi")
        assert eve.hears() == ["ada: hi"]

    def test_who_talks_too_fast_is_told_so_and_nobody_hears_more_than_the_limit_at_once(
        self, door: Any, chat: Chat
    ) -> None:
        door.chat.limit(flood=DEFAULT_FLOOD)
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.says(*(f"line {number}" for number in range(40)))
        assert len(eve.hears()) <= DEFAULT_FLOOD.at_once + 1
        assert any("fast" in line for line in ada.hears())
        chat.clock.pump([0.5] * 100)
        ada.says("patience")
        assert eve.hears()[-1] == "ada: patience"

    # --- commands

    def test_who_lists_the_people_whatever_they_came_by(self, door: Any, chat: Chat) -> None:
        chat.enters("eve")
        assert door.enters("ada").asks("/who") == ["In lobby (2): ada, eve"]

    def test_a_private_message_reaches_its_two_people_only(self, door: Any, chat: Chat) -> None:
        eve, bob, ada = chat.enters("eve"), chat.enters("bob"), door.enters("ada")
        eve.hears(), bob.hears()
        assert ada.asks("/msg eve psst") == ["[private] ada to eve: psst"]
        assert eve.hears() == ["ada > eve: psst"]
        assert bob.hears() == []
        eve.sends("/reply yes?")
        assert ada.hears() == ["[private] eve to ada: yes?"]

    def test_a_new_name_is_told_and_the_old_one_is_free(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        assert ada.asks("/nick ada2") == ["ada is now called ada2."]
        ada.says("still here")
        assert eve.hears() == ["ada => ada2", "ada2: still here"]
        door.enters("ada")

    def test_an_action_shows_without_a_colon(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        assert ada.asks("/me waves") == eve.hears() == ["* ada waves"]

    def test_a_topic_is_set_for_all_and_shown_to_those_who_come(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.says("/topic tea")
        assert eve.hears() == ["topic ada: tea"]
        bob = door.connects()
        bob.gives_name("bob")
        assert "Topic of lobby: tea" in bob.hears()

    def test_a_private_room_is_for_those_who_are_invited(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        ada.says("/join tea")
        ada.says("/private on")
        ada.hears(), eve.hears()
        assert eve.asks("/join tea") == ["refused room-private room=tea"]
        assert eve.asks("/rooms") == ["room room=lobby count=2"]
        assert ada.asks("/invite eve")[-1].endswith(shown(Invited("tea", "ada", "eve")))
        assert eve.asks("/join tea")[-1] == "+eve"
        ada.hears()
        assert ada.asks("/kick eve loud")[-1].endswith(shown(PutOut("tea", "eve", "loud", "ada")))
        assert eve.hears()[-1] == "left room=tea by=ada reason=loud"

    def test_what_comes_when_a_turn_has_no_time_left_is_dealt_with_in_its_order_in_the_next(
        self, door: Any, chat: Chat
    ) -> None:
        ada, bob = door.enters("ada"), door.enters("bob")
        ada.hears()
        for text in ("one", "two"):
            door.chat.use_up_turn()
            ada.says(text)
        heard = [f"ada{door.colon}one", f"ada{door.colon}two"]
        assert ada.hears() == bob.hears() == heard

    def test_who_is_ignored_is_not_heard(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        ada.says("/ignore eve")
        ada.hears()
        eve.sends("blah")
        assert ada.hears() == []
        ada.says("/unignore eve")
        ada.hears()
        eve.sends("sorry")
        assert ada.hears() == [f"eve{door.colon}sorry"]

    def test_an_unknown_command_names_the_nearest(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        assert ada.asks("/whoo") == ["There is no /whoo. Did you mean /who? //whoo says it as text."]
        assert eve.hears() == []

    def test_a_search_finds_what_was_said_on_a_day_and_says_what_is_no_date(self, door: Any, chat: Chat) -> None:
        chat.enters("eve").sends("red apples")
        ada = door.enters("ada")
        for dates in ("on:today", "after:yesterday", "since:1h", "before:2999-01-01"):
            found, end = ada.asks(f"/search apples {dates}")
            assert found.endswith(f"eve{door.colon}red apples")
            assert end == "Nothing else was found."
        for dates in ("on:yesterday", "before:today", "before:1h", "after:today"):
            assert ada.asks(f"/search apples {dates}") == ["Nothing was found."]
        [told] = ada.asks("/search apples on:1970-02-30")
        assert told.startswith("'1970-02-30' is no date. Write 2026-03-01, 2026-03-01T08:00, today, yesterday, or")

    def test_two_slashes_say_a_text_that_begins_with_one(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.says("//etc/hosts")
        assert eve.hears() == ["ada: /etc/hosts"]

    def test_whois_names_the_interface(self, door: Any, chat: Chat) -> None:
        door.enters("ada")
        eve = chat.enters("eve")
        assert f"whois name=ada interface={door.name} " in eve.asks("/whois ada")[0]

    def test_where_shows_by_which_addresses_others_join(self, door: Any, chat: Chat) -> None:
        place_at(door.chat, PAGE, LINES, name="Room 12")
        assert door.enters("ada").asks("/where") == [
            "This is Room 12.",
            "http://192.168.1.7:7980/  (in a browser)",
            "tcp://192.168.1.7:7976  (telnet 192.168.1.7 7976)",
        ]

    def test_who_comes_from_too_far_is_let_go(self, door: Any, chat: Chat) -> None:
        place_at(door.chat, far=["10.99.0.2"])
        stranger = door.connects("10.99.0.2")
        stranger.gives_name("stranger")
        assert stranger.is_closed or not stranger.hears(), "let go, or answered nothing at all"
        assert not door.chat.hub.everyone
        door.enters("ada", address="10.1.2.3")

    def test_a_code_makes_a_moderator_who_keeps_order_in_the_room(self, door: Any, chat: Chat) -> None:
        code, bob = code_of(b"7" * CODE_BYTES), chat.enters("bob")
        Deferred.fromCoroutine(self.moderation(chat).appoint("op", "Ms Li", "lobby", 3600.0, code))
        chat.turn()
        ada = door.enters("ada")
        assert ada.asks("/mute bob")[0].startswith("Only a moderator of lobby can do that.")
        assert ada.asks(f"/moderate {code}")[0].startswith("You moderate lobby as Ms Li until ")
        bob.hears()
        assert ada.asks("/mute --all")[0].startswith("Ms Li muted everybody in lobby until ")
        assert bob.hears()[0].startswith("refused muted")
        ada.asks("/announce books away")
        assert bob.hears() == ["!! ada: books away"]
        ada.asks("/kick bob")
        assert bob.hears()[0].startswith("put-out by=Ms Li")

    def test_help_lists_the_commands(self, door: Any) -> None:
        text = "\n".join(door.enters("ada").asks("/help"))
        assert "/who [ROOM]" in text
        assert "/quit [REASON]" in text

    # --- going

    def test_who_quits_is_let_go_and_the_others_hear_the_reason(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.says("/quit tea time")
        assert eve.hears() == ["-ada (tea time)"]
        assert ada.is_closed

    def test_who_hangs_up_has_left_and_their_name_is_free_at_once(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        eve.hears()
        ada.hangs_up()
        assert eve.hears() == ["-ada"]
        door.enters("ada")
        assert eve.hears() == ["+ada"]

    def test_under_a_lock_who_was_in_comes_back_and_nobody_new_comes_in(self, door: Any, chat: Chat) -> None:
        door.enters("ada").hangs_up()
        bob = door.enters("bob")
        Deferred.fromCoroutine(self.moderation(chat).lock("op", None))
        chat.turn()
        bob.hangs_up()
        door.enters("ada")
        door.enters("bob")
        stranger = door.connects()
        stranger.gives_name("eve")
        assert stranger.hears()[-1].endswith("Nobody new is let in for now.")
        assert chat.people_in("lobby") == ["ada", "bob"]

    def test_nothing_reaches_somebody_who_has_left(self, door: Any, chat: Chat) -> None:
        eve, ada = chat.enters("eve"), door.enters("ada")
        ada.says("/quit")
        ada.hears()
        eve.sends("anybody?")
        assert ada.hears() == []

    def test_it_is_known_how_much_waits_for_somebody(self, door: Any, chat: Chat) -> None:
        ada = door.enters("ada")
        ada.hears()
        chat.clock.pump([0.1] * 3)
        ada.hears()
        assert [session.client.held for session in door.chat.hub.everyone] == [0]

    def test_one_address_may_have_so_many_connections_and_no_more(self, door: Any, chat: Chat) -> None:
        door.chat.limit(per_private_address=16)
        for number in range(16):
            door.enters(f"guest{number}", address="10.1.2.3")
        late = door.connects("10.1.2.3")
        late.gives_name("late")
        (told,) = late.greeting.decode().splitlines() or late.hears()
        assert told.startswith("Your address has 16 connections open, which is the most. Close one, then try again; ")
        assert told.endswith("--per-private-address.")
        assert late.is_closed
        door.enters("neighbour", address="10.1.2.4")

    def test_a_stopping_server_says_so_and_lets_everyone_go(self, door: Any, chat: Chat) -> None:
        ada = door.enters("ada")
        ada.hears()
        door.chat.hub.shut_down()
        chat.turn()
        assert ada.hears()[0] == "The server is stopping. Goodbye."
        assert ada.is_closed
        assert not door.chat.hub.everyone
