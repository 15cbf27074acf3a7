"""People who came by all the ways in, in one room: what each of them sees of the same things, line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.chat import Chat
from support.command import runs
from support.datagrams import DatagramDoor
from support.dialect import shown
from support.irc import SERVER, IrcDoor, IrcPeer, IrcSocketDoor
from support.lines import LineDoor
from support.operator import an_operator
from support.web import WebDoor

from twistchat.core.events import Acted, Announced, Event, Gone, Noticed, Removed, Renamed, Said, TopicSet
from twistchat.core.names import EVERYWHERE

ADA, BOT = f":ada!~u@{SERVER}", f":bot!~u@{SERVER}"


class Room:
    """Those who are in the lobby, each at their own kind of connection."""

    def __init__(self, chat: Chat, folder: Path) -> None:
        self.chat = chat
        self.operator = an_operator(chat, folder)
        self.irssi: IrcPeer = IrcDoor(chat).registers("ada")
        self.bot: IrcPeer = IrcSocketDoor(chat).registers("bot", "echo-message")
        self.telnet = LineDoor(chat).enters("tel")
        self.datagrams = DatagramDoor(chat).enters("dan")
        self.page = WebDoor(chat).enters("web")
        self.seen()

    def seen(self) -> dict[str, list[str]]:
        """What each has seen since this was last asked."""
        people: dict[str, Any] = {"telnet": self.telnet, "datagrams": self.datagrams, "page": self.page}
        return {
            "irssi": self.irssi.lines(),
            "bot": self.bot.lines(),
            **{name: peer.hears() for name, peer in people.items()},
        }


@pytest.fixture
def room(chat: Chat, tmp_path: Path) -> Room:
    return Room(chat, tmp_path)


def of_texts(*events: Event) -> dict[str, list[str]]:
    """What those see who read sentences; datagrams have a blank before the colon."""
    lines = [shown(event) for event in events]
    by_datagrams = [
        line.replace(": ", " : ", 1) if isinstance(event, Said) else line
        for event, line in zip(events, lines, strict=True)
    ]
    return {"telnet": lines, "datagrams": by_datagrams, "page": lines}


def test_what_one_says_by_irc_all_see_once_and_themselves_only_where_they_asked(room: Room) -> None:
    room.irssi.writes("PRIVMSG #lobby :你好")
    line = f"{ADA} PRIVMSG #lobby :你好"
    assert room.seen() == {"irssi": [], "bot": [line], **of_texts(Said("lobby", "ada", "你好"))}
    room.bot.writes("PRIVMSG #lobby :hi")
    line = f"{BOT} PRIVMSG #lobby :hi"
    assert room.seen() == {"irssi": [line], "bot": [line], **of_texts(Said("lobby", "bot", "hi"))}


def test_actions_and_notices_are_lines_everywhere(room: Room) -> None:
    room.irssi.writes("PRIVMSG #lobby :\x01ACTION waves\x01")
    line = f"{ADA} PRIVMSG #lobby :\x01ACTION waves\x01"
    assert room.seen() == {"irssi": [], "bot": [line], **of_texts(Acted("lobby", "ada", "waves"))}
    room.bot.writes("NOTICE #lobby :done")
    line = f"{BOT} NOTICE #lobby :done"
    assert room.seen() == {"irssi": [line], "bot": [line], **of_texts(Noticed("lobby", "bot", "done"))}


@pytest.mark.parametrize("who", ["telnet", "datagrams", "page"])
def test_what_one_says_otherwise_both_kinds_of_irc_see_alike(room: Room, who: str) -> None:
    peer = getattr(room, who)
    name = {"telnet": "tel", "datagrams": "dan", "page": "web"}[who]
    peer.says("hello", "/me waves", "/topic tea")
    source = f":{name}!~u@{SERVER}"
    lines = [
        f"{source} PRIVMSG #lobby :hello",
        f"{source} PRIVMSG #lobby :\x01ACTION waves\x01",
        f"{source} TOPIC #lobby :tea",
    ]
    events = (Said("lobby", name, "hello"), Acted("lobby", name, "waves"), TopicSet("lobby", name, "tea"))
    assert room.seen() == {"irssi": lines, "bot": lines, **of_texts(*events)}


def test_who_changes_their_name_and_goes_is_told_everywhere(room: Room) -> None:
    room.irssi.writes("NICK ava")
    line = f"{ADA} NICK ava"
    assert room.seen() == {"irssi": [line], "bot": [line], **of_texts(Renamed("lobby", "ada", "ava"))}
    room.irssi.writes("QUIT :tea time")
    seen = room.seen()
    assert seen.pop("irssi") == ["ERROR :Closing Link: (tea time)"]
    assert seen == {"bot": [f":ava!~u@{SERVER} QUIT :tea time"], **of_texts(Gone("lobby", "ava", "tea time"))}


def test_what_the_administrator_says_and_does_is_told_everywhere(room: Room) -> None:
    runs(room.chat, room.operator, "announce tea is ready")
    seen = room.seen()
    assert seen.pop("irssi") == [f":{SERVER} NOTICE ada :tea is ready"]
    assert seen.pop("bot") == [f":{SERVER} NOTICE bot :tea is ready"]
    assert seen == of_texts(Announced(EVERYWHERE, "tea is ready"))
    runs(room.chat, room.operator, "say lobby quiet, please")
    line = f":{SERVER} NOTICE #lobby :quiet, please"
    assert room.seen() == {"irssi": [line], "bot": [line], **of_texts(Announced("lobby", "quiet, please"))}
    runs(room.chat, room.operator, "kick tel loud")
    line = f":{SERVER} KICK #lobby tel :loud"
    removed = of_texts(Removed("lobby", "tel", "loud"))
    seen = room.seen()
    assert seen.pop("telnet")[-1] == "Goodbye."
    del removed["telnet"]
    assert seen == {"irssi": [line], "bot": [line], **removed}
