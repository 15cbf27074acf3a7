"""IRC over several servers: who is at another one is told, listed, and written to as anybody."""

from __future__ import annotations

from support.cluster import Node, Servers
from support.irc import IrcDoor


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
