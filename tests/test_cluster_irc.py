"""IRC over several servers: who is at another one is told, listed, and written to as anybody."""

from __future__ import annotations

import re

import pytest
from support.chat import Person
from support.cluster import Node, Servers
from support.irc import SERVER, IrcDoor, IrcPeer

from twistchat.core import signals
from twistchat.core.events import Entry, Joined
from twistchat.core.limits import Rate


def test_a_private_message_by_irc_reaches_somebody_at_another_server(servers: Servers) -> None:
    one, two = servers.starts("one"), servers.starts("two")
    bob = two.enters("bob")
    door = IrcDoor(one.chat)
    ada = door.connects()
    ada.writes("NICK ada", "USER ada 0 * :Ada")
    servers.run()
    ada.lines()
    bob.hears()
    ada.writes("PRIVMSG bob :psst")
    servers.run()
    assert bob.hears() == ["ada > bob: psst"]
    ada.lines()
    ada.writes("NAMES #lobby")
    servers.run()
    assert any("353" in line and "bob" in line for line in ada.lines())
    ada.writes("PRIVMSG nobody :psst", "NOTICE nobody :psst")
    servers.run()
    assert [line.split()[1] for line in ada.lines()] == ["401"]
    two.says(bob, "/ignore ada")
    ada.writes("PRIVMSG bob :psst")
    servers.run()
    assert [line.split()[1] for line in ada.lines()] == ["531"]


def test_what_somebody_in_no_room_is_called_is_known_to_all_servers(servers: Servers) -> None:
    one, two = servers.starts("one"), servers.starts("two")
    ada, bob = one.enters("ada"), two.enters("bob")
    one.says(ada, "/leave")
    bob.hears()
    assert two.says(bob, "/msg ada psst") == ["bob > ada: psst"]
    assert isinstance(one, Node)


def lines_of(servers: Servers, peer: IrcPeer, *lines: str) -> list[str]:
    """What comes of lines, without who it is from and for."""
    peer.lines()
    peer.writes(*lines)
    servers.run()
    return [line.split(" ", 1)[1].replace(" ada ", " ", 1) for line in peer.lines()]


def with_bob_away(servers: Servers) -> tuple[Node, Node, Person, IrcPeer]:
    """Two servers; bob, who is away, is at the second, and ada at the first by IRC."""
    one, two = servers.starts("one"), servers.starts("two")
    bob, ada = two.enters("bob"), IrcDoor(one.chat).connects()
    ada.writes("NICK ada", "USER ada 0 * :Ada")
    servers.run()
    two.says(bob, "/away tea")
    return one, two, bob, ada


def test_who_is_at_another_server_is_shown_to_irc_as_who_is_here(servers: Servers) -> None:
    _, two, bob, ada = with_bob_away(servers)
    whois = lines_of(servers, ada, "WHOIS BOB")
    assert [line.split()[0] for line in whois] == ["311", "319", "312", "301", "317", "318"]
    assert whois[0] == f"311 bob ~u {SERVER} * :by fake"
    assert whois[1] == "319 bob :#lobby"
    assert whois[3] == "301 bob :tea"
    assert f"352 #lobby ~u {SERVER} {SERVER} bob G :0 by another server" in lines_of(servers, ada, "WHO #lobby")
    assert f"352 * ~u {SERVER} {SERVER} bob G :0 by another server" in lines_of(servers, ada, "WHO bob")
    assert "354 #lobby bob G" in lines_of(servers, ada, "WHO #lobby %cnf")
    two.says(bob, "/away")
    assert f"352 #lobby ~u {SERVER} {SERVER} bob H :0 by another server" in lines_of(servers, ada, "WHO #lobby")
    assert lines_of(servers, ada, "ISON bob nobody") == ["303 :bob"]
    assert [line.split()[0] for line in lines_of(servers, ada, "WHOIS nobody")] == ["401", "318"]


def test_who_is_asked_of_a_server_that_is_silent_is_told_of_all_the_same(servers: Servers) -> None:
    _, two, _, ada = with_bob_away(servers)
    ada.lines()
    two.road.swallow()
    ada.writes("WHO #lobby")
    servers.run(2.1)
    assert [line.split()[7:9] for line in ada.lines() if " 352 " in line] == [["bob", "H"], ["ada", "H"]]


def test_who_writes_to_somebody_at_another_server_is_told_that_they_are_away(servers: Servers) -> None:
    one, two, bob, ada = with_bob_away(servers)
    eve = one.enters("eve")
    assert lines_of(servers, ada, "PRIVMSG bob :psst") == ["301 bob :tea"]
    assert lines_of(servers, ada, "NOTICE bob :psst") == []
    assert "is-away name=bob reason=tea" in one.says(eve, "/msg bob psst")
    two.says(bob, "/reply what is it?")
    assert "is-away name=bob reason=tea" in one.says(eve, "/reply nothing")


def test_tags_for_one_person_at_another_server_reach_them_alone(servers: Servers) -> None:
    two, ada, eve = watchers(servers)
    bob = two.enters("bob")
    servers.run()
    ada.lines(), eve.lines(), bob.hears()
    ada.writes("@+typing=active TAGMSG eve")
    servers.run()
    assert shown(eve) == [f"@+typing=active :ada!~u@{SERVER} TAGMSG eve"]
    assert shown(ada) == [f"@+typing=active :ada!~u@{SERVER} TAGMSG eve"], "as she wants it"
    ada.writes("@+draft/reply=7 PRIVMSG eve :yes")
    servers.run()
    assert shown(eve) == [f"@+draft/reply=7 :ada!~u@{SERVER} PRIVMSG eve :yes"]
    ada.lines()
    ada.writes("@+typing=active TAGMSG bob", "@+typing=active TAGMSG nobody")
    servers.run()
    assert bob.hears() == [], "who comes by lines is shown no tags"
    assert [line.split()[1] for line in shown(ada) if " TAGMSG " not in line] == ["401"]
    two.says(bob, "/ignore ada")
    ada.lines()
    ada.writes("@+typing=active TAGMSG bob")
    servers.run()
    assert [line.split()[1] for line in ada.lines()] == ["531"]


def test_tags_of_another_server_are_believed_no_more_than_what_people_send(servers: Servers) -> None:
    _, ada, eve = watchers(servers)
    asked = {"what": "tag", "name": "ada", "author": "eve", "text": "", "beside": "+x=1\r\nQUIT"}
    ada.protocol._hub.elsewhere.heard(asked)
    servers.run()
    assert shown(ada) == [f":eve!~u@{SERVER} TAGMSG ada"]
    assert eve


def test_who_is_watched_for_is_told_of_at_whatever_server_they_come(servers: Servers) -> None:
    one, two = servers.starts("one"), servers.starts("two")
    bob, ada = two.enters("bob"), IrcDoor(one.chat).connects()

    def told() -> list[str]:
        servers.run()
        return [line.split(" ", 1)[1] for line in ada.lines() if line.split()[1] in ("730", "731")]

    ada.writes("NICK ada", "USER ada 0 * :Ada")
    two.says(bob, "/nick bo", "/nick bob")
    assert told() == []
    ada.writes("MONITOR + bob,eve")
    assert told() == [f"730 ada :bob!~u@{SERVER}", "731 ada :eve"]
    eve = two.enters("eve")
    assert told() == [f"730 ada :eve!~u@{SERVER}"]
    two.says(bob, "/join tea", "hi")
    assert told() == []
    two.says(eve, "/nick eva")
    assert told() == ["731 ada :eve"]
    two.says(bob, "/quit")
    assert told() == ["731 ada :bob"]
    one.enters("bob")
    assert told() == [f"730 ada :bob!~u@{SERVER}"]
    ada.writes("MONITOR S")
    assert told() == [f"730 ada :bob!~u@{SERVER}", "731 ada :eve"]
    ada.writes("MONITOR C")
    two.enters("eve")
    assert told() == []


def test_somebody_at_another_server_is_invited_by_irc(servers: Servers) -> None:
    one, two = servers.starts("one"), servers.starts("two")
    ada, bob = IrcDoor(one.chat).connects(), IrcDoor(two.chat).connects()
    for peer, name in ((ada, "ada"), (bob, "bob")):
        peer.writes(f"NICK {name}", f"USER {name} 0 * :{name}")
        servers.run()
    lines_of(servers, ada, "JOIN #tea", "MODE #tea +i")
    bob.lines()
    assert [line.split()[0] for line in lines_of(servers, bob, "JOIN #tea")] == ["473"]
    assert [line.split()[0] for line in lines_of(servers, ada, "INVITE bob #tea")] == ["341"]
    assert [line for line in bob.lines() if " INVITE " in line] == [f":ada!~u@{SERVER} INVITE bob #tea"]
    assert any(" JOIN " in line for line in _raw(servers, bob, "JOIN #tea"))
    assert [line.split()[0] for line in lines_of(servers, ada, "INVITE nobody #tea")] == ["401"]
    assert [line.split()[0] for line in lines_of(servers, ada, "INVITE bob #tea")] == ["443"]


def _raw(servers: Servers, peer: IrcPeer, *lines: str) -> list[str]:
    peer.lines()
    peer.writes(*lines)
    servers.run()
    return peer.lines()


# --- what is no line: being away, typing


def watchers(servers: Servers) -> tuple[Node, IrcPeer, IrcPeer]:
    """A server, and ada at another; both she and eve, who is where the test's people are, ask to be told of all."""
    one, two = servers.starts("one"), servers.starts("two")
    wishes = "CAP REQ :away-notify setname message-tags echo-message"
    found = []
    for node, name in ((one, "ada"), (two, "eve")):
        peer = IrcDoor(node.chat).connects()
        peer.writes(wishes, f"NICK {name}", f"USER {name} 0 * :{name}", "CAP END")
        servers.run()
        found.append(peer)
    for peer in found:
        peer.lines()
    return two, found[0], found[1]


def shown(peer: IrcPeer) -> list[str]:
    """What came, without the ids that each server gives what has no number."""
    return [re.sub(r"^@ ", "", re.sub(r"msgid=p?\d+;?", "", line)) for line in peer.lines()]


def test_who_is_away_is_so_at_all_servers_at_once_and_where_they_come_in_later(servers: Servers) -> None:
    two, ada, _ = watchers(servers)
    bob = two.enters("bob")
    servers.run()
    ada.lines()
    two.says(bob, "/away tea")
    servers.run()
    assert shown(ada) == [f":bob!~u@{SERVER} AWAY :tea"]
    ada.writes("JOIN #den")
    servers.run()
    ada.lines()
    two.says(bob, "/join den")
    servers.run(2)
    assert shown(ada) == [f":bob!~u@{SERVER} JOIN #den", f":bob!~u@{SERVER} AWAY :tea"]
    two.says(bob, "/away")
    servers.run()
    assert f":bob!~u@{SERVER} AWAY" in shown(ada)


def test_typing_and_new_real_names_cross_servers_and_nothing_of_them_is_kept(servers: Servers) -> None:
    two, ada, eve = watchers(servers)
    eve.writes("@+typing=active TAGMSG #lobby", "SETNAME :Eve of two")
    servers.run()
    assert shown(ada) == [f"@+typing=active :eve!~u@{SERVER} TAGMSG #lobby", f":eve!~u@{SERVER} SETNAME :Eve of two"]
    eve.lines()
    kept: list[Entry] = []
    two.chat.log.after(0, 100).addCallback(kept.extend)
    servers.run()
    assert {type(entry.event) for entry in kept} == {Joined}


def test_of_too_many_signals_the_others_learn_nothing(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "MOST_TOLD", Rate(1.0, 3))
    _, ada, eve = watchers(servers)
    for _ in range(10):
        eve.writes("@+typing=active TAGMSG #lobby")
    servers.run()
    assert len(ada.lines()) <= 4


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "said"},
        {"kind": 3},
        {"rooms": "lobby"},
        {"rooms": [3, "nowhere"]},
        {"rooms": ["den"]},
        {"name": "nobody"},
        {"name": None},
        {"text": 5},
        {"beside": "+typing=active\r\nQUIT"},
        {"beside": "two words"},
        {"beside": 7},
        {"beside": "+x=" + "y" * 5000},
    ],
)
def test_what_is_no_signal_of_somebody_in_the_room_is_told_to_nobody(
    servers: Servers, change: dict[str, object]
) -> None:
    _, ada, eve = watchers(servers)
    good = {"kind": "tagged", "rooms": ["lobby"], "name": "eve", "text": "", "beside": "+typing=active"}
    hub = ada.protocol._hub
    hub.signals.heard(good | change)
    servers.run()
    assert ada.lines() == []
    hub.signals.heard(good)
    servers.run()
    assert len(ada.lines()) == 1
    hub.signals.heard({**good, "kind": "away", "beside": None, "text": "x\r\n\x1b[31m" + "y" * 10_000})
    servers.run()
    (told,) = ada.lines()
    assert "\x1b" not in told and len(told) < 6000
    assert eve
