"""IRC over several servers: who is at another one is told, listed, and written to as anybody."""

from __future__ import annotations

from support.cluster import Node, Servers
from support.irc import SERVER, IrcDoor, IrcPeer


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


def test_who_is_at_another_server_is_shown_to_irc_as_who_is_here(servers: Servers) -> None:
    one, two = servers.starts("one"), servers.starts("two")
    bob, ada = two.enters("bob"), IrcDoor(one.chat).connects()
    ada.writes("NICK ada", "USER ada 0 * :Ada")
    servers.run()
    two.says(bob, "/away tea")
    whois = lines_of(servers, ada, "WHOIS BOB")
    assert [line.split()[0] for line in whois] == ["311", "319", "312", "301", "317", "318"]
    assert whois[0] == f"311 bob ~u {SERVER} * :by fake"
    assert whois[1] == "319 bob :#lobby"
    assert whois[3] == "301 bob :tea"
    assert f"352 #lobby ~u {SERVER} {SERVER} bob H :0 by another server" in lines_of(servers, ada, "WHO #lobby")
    assert f"352 * ~u {SERVER} {SERVER} bob H :0 by another server" in lines_of(servers, ada, "WHO bob")
    assert lines_of(servers, ada, "ISON bob nobody") == ["303 :bob"]
    assert [line.split()[0] for line in lines_of(servers, ada, "WHOIS nobody")] == ["401", "318"]


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
