"""A whole chat goes on in another process, with clients of every kind in the middle of something."""

from __future__ import annotations

import pytest
from support.carried import client_of, masked
from support.chat import Chat
from support.datagrams import DatagramPeer
from support.farend import FarEnd
from support.irc import IrcDoor, IrcSocketDoor
from support.lines import LineDoor
from support.streams import StreamDoor
from support.succession import carry_all
from support.web import WebDoor
from websockets.frames import Opcode

from twistchat.core.limits import Rate

PAGE = masked(Opcode.TEXT, b'{"line":"half a frame"}')
IRC = masked(Opcode.TEXT, b"PRIVMSG #lobby :half")


def run(is_carried: bool, is_slow: bool) -> list[object]:
    """What everybody heard."""
    chat = Chat()
    doors = [LineDoor(chat), IrcDoor(chat), WebDoor(chat), IrcSocketDoor(chat), StreamDoor(chat)]
    lines, irc, web, socket, datagrams = doors
    ada, bob, cyd, dan = (
        lines.enters("ada"),
        irc.registers("bob", "echo-message"),
        web.enters("cyd"),
        socket.enters("dan"),
    )
    eve, fay, new = datagrams.enters("eve"), DatagramPeer(datagrams, ("127.0.0.1", 900)), lines.connects()
    fay.gives_name("fay")
    peers = [ada, bob, cyd, dan, new]
    bob.writes("MONITOR + zed", "JOIN #tea")
    ada.says("/join tea", "/ignore fay", "/lang zh_CN", "/times on", "/away tea")
    cyd.says("/private on", "/join den")
    if is_slow:
        chat.limit(flood=Rate(1.0, 2))
        for peer in (ada, bob, cyd, dan, eve):
            peer.says("one", "two", "three", "four", "five")
    FarEnd.sends(ada, b"half a l")
    FarEnd.sends(bob, "PRIVMSG #tea :你".encode()[:-1])
    FarEnd.sends(cyd, PAGE[:9])
    FarEnd.sends(dan, IRC[:9])
    eve.writes(b"half a ")
    FarEnd.sends(new, b"ne")
    if is_carried:
        carry_all(chat, doors, peers)
    chat.turn()
    FarEnd.sends(ada, b"ine\r\n")
    FarEnd.sends(bob, "你".encode()[-1:] + b"\r\n")
    FarEnd.sends(cyd, PAGE[9:])
    FarEnd.sends(dan, IRC[9:])
    eve.writes(b"datagram\n")
    fay.says("still here")
    FarEnd.sends(new, b"w\r\n")
    zed = lines.enters("zed")
    zed.says("/msg bob psst", "/who", "/whois ada", "/rooms")
    for _ in range(200 if is_slow else 10):
        chat.clock.advance(0.1)
        eve.takes()
    heard: list[object] = [FarEnd.gets(peer) for peer in (*peers, zed)]
    return [*heard, eve.hears(), fay.hears(), sorted(map(str, chat.names)), [client_of(peer).held for peer in peers]]


@pytest.mark.parametrize("is_slow", [False, True])
def test_everybody_hears_what_they_would_have_heard(is_slow: bool) -> None:
    carried, not_carried = run(True, is_slow), run(False, is_slow)
    for one, other in zip(carried, not_carried, strict=True):
        assert one == other
