"""Connections that go on in another process: cut anywhere, they do what they would have done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.carried import carry, carry_port, client_of, rounded, through_json
from support.chat import Chat
from support.farend import FarEnd
from support.irc import IrcDoor, IrcPeer, IrcSocketDoor, IrcSocketPeer
from support.relay import Loss, Network
from support.streams import StreamDoor
from support.web import WebDoor, WebPeer
from websockets.frames import Frame, Opcode

from twistchat.core.limits import Rate
from twistchat.interfaces.irc.connection import GONE_SECONDS, PING_SECONDS
from twistchat.wire.framing import Lines
from twistchat.wire.numbered import Stream

IRC_LINES = (
    "CAP LS 302",
    "CAP REQ :batch draft/multiline echo-message labeled-response message-tags server-time draft/read-marker",
    "AUTHENTICATE PLAIN",
    "NICK ada",
    "PASS a-secret-of-hers",
    "USER ada 0 * :Ada L.",
    "CAP END",
    "MONITOR + bob,cy",
    "@label=1 PRIVMSG #lobby :你好 everyone",
    "BATCH +b draft/multiline #lobby",
    "@batch=b PRIVMSG #lobby :one",
    "@batch=b;draft/multiline-concat PRIVMSG #lobby :ty",
    "@batch=b PRIVMSG #lobby :two",
    "BATCH -b",
    "MARKREAD #lobby timestamp=2026-01-01T00:00:00.000Z",
    "MODE ada +i",
    "AWAY :tea",
    "x" * 9000,
    "CHATHISTORY LATEST #lobby * 2",
    "PRIVMSG bob :psst",
    "MARKREAD #lobby",
    "MONITOR L",
    "MODE ada",
    "AWAY",
    "QUIT :bye",
)
IRC_BYTES = "".join(f"{line}\r\n" for line in IRC_LINES).encode()


def told(peer: FarEnd, others: list[IrcPeer | WebPeer]) -> object:
    """All that came of it, to everybody."""
    return [peer.gets(), *(other.hears() for other in others)]


def irc_run(cut: int, is_carried: bool) -> object:
    chat = Chat()
    door = IrcDoor(chat)
    bob = door.enters("bob")
    peer = door.connects()
    peer.sends(IRC_BYTES[:cut])
    if is_carried:
        carry(peer)
    chat.turn()
    peer.sends(IRC_BYTES[cut:])
    return [*told(peer, [bob]), peer.is_closed]  # type: ignore[misc]


@settings(max_examples=60)
@given(st.integers(0, len(IRC_BYTES) - 20))
def test_irc_goes_on_wherever_it_was_cut(cut: int) -> None:
    assert irc_run(cut, True) == irc_run(cut, False)


class Script:
    """What a client sends to a chat with somebody else in it, cut at some byte."""

    def __init__(self, door: Callable[[Chat], IrcDoor | WebDoor], **limits: object) -> None:
        self.chat = Chat()
        self.door = door(self.chat)
        self.bob = IrcDoor(self.chat).enters("bob")
        self.chat.limit(**limits)

    def run(self, peer: FarEnd, data: bytes, cut: int, is_carried: bool, seconds: float = 0.0) -> list[object]:
        """Everything that comes of it, to everybody."""
        FarEnd.sends(peer, data[:cut])
        if is_carried and not client_of(peer)._session.is_gone:
            carry(peer)
        self.chat.turn()
        FarEnd.sends(peer, data[cut:])
        for _ in range(round(10 * seconds)):
            self.chat.clock.advance(0.1)
        return [FarEnd.gets(peer), self.bob.hears(), peer.is_closed]


def masked(opcode: Opcode, payload: bytes, fin: bool = True, wasted: int = 0) -> bytes:
    """A client's frame; its length may be written in more bytes than it needs."""
    frame = Frame(opcode, payload, fin).serialize(mask=True)
    if not wasted:
        return frame
    length = (126).to_bytes(1, "big") if wasted == 2 else (127).to_bytes(1, "big")
    head = bytes([frame[0], 0x80 | length[0]]) + len(payload).to_bytes(wasted, "big")
    return head + frame[-len(payload) - 4 :]


WEB_BYTES = b"".join(
    [
        masked(Opcode.TEXT, '{"name":"ada","key":"k"}'.encode()),
        masked(Opcode.TEXT, '{"line":"你好 ev'.encode(), fin=False),
        masked(Opcode.PING, b"there?"),
        masked(Opcode.CONT, b"ery", fin=False),
        masked(Opcode.CONT, 'one 你"}'.encode()),
        masked(Opcode.TEXT, b'{"line":"short","id":"1"}', wasted=2),
        masked(Opcode.TEXT, b'{"line":"shorter","id":"2"}', wasted=8),
        masked(Opcode.TEXT, b'{"line":"' + b"x" * 1000 + b'","id":"3"}'),
        masked(Opcode.TEXT, b"", fin=False),
        masked(Opcode.CONT, b'{"line":"/who","id":"4"}'),
        masked(Opcode.TEXT, b'{"line":"last"}'),
        masked(Opcode.CLOSE, b"\x03\xe8bye"),
        masked(Opcode.TEXT, b'{"line":"never said"}'),
    ]
)


@settings(max_examples=60)
@given(st.integers(0, len(WEB_BYTES)))
def test_a_websocket_goes_on_wherever_it_was_cut(cut: int) -> None:
    def run(is_carried: bool) -> list[object]:
        script = Script(WebDoor)
        peer = script.door.connects()
        FarEnd.gets(peer)
        return script.run(peer, WEB_BYTES, cut, is_carried)

    assert run(True) == run(False)


@settings(max_examples=60)
@given(st.integers(0, len(WEB_BYTES)), st.integers(0, 30))
def test_what_waits_for_the_flood_limit_is_said_behind_a_restart_and_a_close_is_answered_last(
    cut: int, tenths: int
) -> None:
    def run(is_carried: bool) -> list[object]:
        script = Script(WebDoor, flood=Rate(1.0, 1))
        peer = script.door.connects()
        FarEnd.gets(peer)
        FarEnd.sends(peer, WEB_BYTES[:cut])
        for _ in range(tenths):
            script.chat.clock.advance(0.1)
        return script.run(peer, WEB_BYTES[cut:], 0, is_carried, seconds=15)

    assert run(True) == run(False)


IRC_MESSAGES = [line.encode() for line in IRC_LINES if len(line) < 1000]


@settings(max_examples=40)
@given(st.booleans(), st.data())
def test_irc_by_websocket_goes_on_wherever_it_was_cut(is_binary: bool, data: st.DataObject) -> None:
    opcode = Opcode.BINARY if is_binary else Opcode.TEXT
    extra = [b"PRIVMSG #lobby :\xff\xfe"] if is_binary else []
    sent = b"".join(masked(opcode, line) for line in [*IRC_MESSAGES[:-1], *extra, IRC_MESSAGES[-1]])
    cut = data.draw(st.integers(0, len(sent) - 30))

    def run(is_carried: bool) -> list[object]:
        script = Script(lambda chat: IrcSocketDoor(chat))
        script.door.offered = ["binary.ircv3.net" if is_binary else "text.ircv3.net"]
        peer = script.door.connects()
        FarEnd.gets(peer)
        return script.run(peer, sent, cut, is_carried)

    assert run(True) == run(False)


@settings(max_examples=40)
@given(st.integers(0, len(IRC_BYTES) - 20), st.integers(0, 30))
def test_irc_that_waits_for_the_flood_limit_goes_on_wherever_it_was_cut(cut: int, tenths: int) -> None:
    def run(is_carried: bool) -> list[object]:
        script = Script(IrcDoor, flood=Rate(1.0, 2))
        peer = script.door.connects()
        FarEnd.sends(peer, IRC_BYTES[:cut])
        for _ in range(tenths):
            script.chat.clock.advance(0.1)
        return script.run(peer, IRC_BYTES[cut:], 0, is_carried, seconds=60)

    assert run(True) == run(False)


def test_a_silent_client_of_irc_is_asked_and_let_go_when_it_would_have_been(chat: Chat) -> None:
    door = IrcDoor(chat)
    peer, bob = door.enters("ada"), door.enters("bob")
    peer.lines()
    chat.clock.advance(PING_SECONDS - 1)
    carry(peer)
    chat.clock.advance(1)
    assert peer.lines() == [":irc.test PING :irc.test"]
    carry(peer)
    bob.writes("PONG x")
    chat.clock.advance(GONE_SECONDS - PING_SECONDS - 1)
    assert not peer.is_closed
    chat.clock.advance(1)
    assert peer.is_closed


def test_who_is_watched_for_is_told_of_behind_a_restart_and_once(chat: Chat) -> None:
    door = IrcDoor(chat)
    peer = door.enters("ada")
    peer.says_line("MONITOR + bob")
    carry(peer)
    assert peer.lines() == []
    door.enters("bob")
    assert [line for line in peer.lines() if " 730 " in line] == [":irc.test 730 ada :bob!~u@irc.test"]


# --- datagrams


@settings(max_examples=40)
@given(
    st.integers(0, 2**32),
    st.floats(0, 0.5),
    st.lists(st.tuples(st.integers(0, 1), st.binary(max_size=3000)), max_size=20),
    st.lists(st.tuples(st.floats(0, 3), st.integers(0, 1)), min_size=1, max_size=5),
)
def test_a_stream_goes_on_whatever_the_network_does(
    seed: int, drop: float, writes: list[tuple[int, bytes]], carried: list[tuple[float, int]]
) -> None:
    network = Network(Loss(seed, drop))

    def hand_over(end: int) -> None:
        ends = list(network.ends)
        state = through_json(ends[end].state(network.now))
        ends[end] = Stream.revived(ends[end].token, state, network.now)
        assert rounded(through_json(ends[end].state(network.now))) == rounded(state)
        network.ends = (ends[0], ends[1])
        network.pump(end)

    for number, (end, data) in enumerate(writes):
        network.at(number * 0.03, lambda end=end, data=data: network.write(end, data))  # type: ignore[misc]
    for time, end in carried:
        network.at(time, lambda end=end: hand_over(end))  # type: ignore[misc]
    network.run()
    for end in (0, 1):
        assert bytes(network.got[1 - end]) == b"".join(data for sender, data in writes if sender == end)
