"""Acts of other servers, and what a server that is alone says of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.chat import Chat
from support.operator import an_operator
from support.results import at_once, done

from twistchat.core.bans import Act
from twistchat.core.elsewhere import NoServers, may_be_meant
from twistchat.core.events import Whispered
from twistchat.core.following import follow
from twistchat.core.subjects import parse_subject
from twistchat.errors import NobodyCalled


def test_a_server_that_is_alone_knows_of_nobody_else() -> None:
    alone = NoServers()
    assert alone.name_of("ada") is None
    assert at_once(alone.servers()) == ()
    assert at_once(alone.ask_all("who")) == {}
    assert not may_be_meant(alone, parse_subject("10.0.0.0/8"))
    with pytest.raises(NobodyCalled):
        at_once(alone.whisper("ada", Whispered("bob", "ada", "psst")))
    with pytest.raises(NobodyCalled):
        at_once(alone.ask("ada", "whois"))


class Elsewhere(NoServers):
    has_servers = True


def test_at_other_servers_there_may_be_anybody_by_an_address_and_nobody_by_an_unknown_name() -> None:
    assert may_be_meant(Elsewhere(), parse_subject("10.0.0.0/8"))
    assert not may_be_meant(Elsewhere(), parse_subject("ada"))


def test_whom_a_moderator_elsewhere_put_out_of_a_room_is_out_of_it_here(chat: Chat, tmp_path: Path) -> None:
    moderation = an_operator(chat, tmp_path).moderation
    ada, bob = chat.enters("ada"), chat.enters("bob")
    for each in (ada, bob):
        each.sends("/join tea")
    act = Act("kick", "desk", "bob", "noise", room="tea", number=7)
    done(chat, follow(moderation, act))
    chat.turn()
    assert bob.rooms == {"lobby"}
    done(chat, follow(moderation, act))
    assert ada.rooms == {"lobby", "tea"}


def test_a_mute_of_a_whole_room_elsewhere_is_told_to_everybody_who_is_in_it_here(chat: Chat, tmp_path: Path) -> None:
    moderation = an_operator(chat, tmp_path).moderation
    ada = chat.enters("ada")
    done(chat, follow(moderation, Act("mute", "desk", "", "quiet", until=1e9, room="lobby", number=7)))
    assert [line.partition(" reason")[0] for line in ada.hears()] == ["refused muted subject="]
    assert ada.asks("hello")[-1].startswith("refused")


def test_an_invitation_into_a_room_that_is_no_more_lets_nobody_in(chat: Chat) -> None:
    ada = chat.enters("ada")
    chat.hub.rooms.invite("tea", ada.inside)
    ada.sends("/join tea")
    assert not chat.hub.rooms["tea"].guests


def test_an_act_of_before_an_audit_was_there_changes_nobody(chat: Chat) -> None:
    at_once(chat.hub.acts.follow(Act("ban", "op", "ada", number=3)))
    assert chat.connects().asks("ada")[-1].startswith("refused banned")
    chat.hub.acts.begin_again([])
    assert "+ada" in chat.connects().asks("ada")
