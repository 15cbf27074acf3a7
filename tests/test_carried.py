"""Connections that go on in another process: cut anywhere, they do what they would have done."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.carried import back, carry, carry_port, client_of, masked, rounded, stop, through_json
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.farend import FarEnd
from support.irc import IrcDoor, IrcPeer, IrcSocketDoor
from support.lines import LineDoor
from support.relay import Loss, Network
from support.streams import StreamDoor
from support.web import WebDoor, WebPeer
from websockets.frames import Opcode

from twistchat.core.limits import Rate
from twistchat.interfaces.carried import NoTransport
from twistchat.interfaces.irc.connection import GONE_SECONDS, PING_SECONDS
from twistchat.interfaces.udp.port import KEEPALIVE_SILENCE, SWEEP_SECONDS
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


WEB_BYTES = b"".join(
    [
        masked(Opcode.TEXT, b'{"name":"ada","key":"k"}'),
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


@pytest.mark.parametrize(
    ("end", "code", "reason"),
    [
        (masked(Opcode.CLOSE, b"\x03\xe8bye"), 1000, "bye"),
        (masked(Opcode.CLOSE, b""), 1005, ""),
        (masked(Opcode.BINARY, b"x"), 1003, "text only"),
    ],
    ids=["with a reason", "with none", "by what is no text"],
)
def test_who_ended_while_lines_waited_is_heard_and_answered_last(
    chat: Chat, end: bytes, code: int, reason: str
) -> None:
    door, eve = WebDoor(chat), chat.enters("eve")
    peer = door.enters("ada")
    chat.limit(flood=Rate(1.0, 1))
    lines = b"".join(masked(Opcode.TEXT, b'{"line":"%d"}' % number) for number in range(3))
    peer.protocol.dataReceived(lines + masked(Opcode.PING, b"there?") + end)
    carry(peer)
    for _ in range(50):
        chat.clock.advance(0.1)
    assert eve.hears() == ["+ada", "ada: 0", "ada: 1", "ada: 2", "-ada"]
    peer.pump()
    assert peer.socket.close_rcvd is not None
    assert (peer.socket.close_rcvd.code, peer.socket.close_rcvd.reason) == (code, reason)
    assert peer.is_closed


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


# --- lines


TELNET_BYTES = (
    b"\xff\xfb\x18\xff\xfa\x18\x00xterm\xff\xf0ada\r\n"
    + "你好 there\r\n".encode()
    + b"\xff\xfd\x06half a line\xff\xf4, and the rest\r\0"
    + "/msg bob psst 你\b好\r\n/lang zh_CN\r\n/time on\r\n/who\r\n".encode()
    + b"x" * 5000
    + b"\r\nfine\r\n/quit\r\n"
)
NC_BYTES = b"ada\n\xc4\xe3\xba\xc3\nplain\n" + "小明 says\n".encode() + b"/nick ada2\n\nlast\n/quit\n"
CR_BYTES = b"ada\rone\rtwo\r\nthree\r/quit\r"
PROGRAM_LINES = b'{"v":1,"name":"ada","lang":"zh_CN"}\n{"line":"hi","id":"1"}\nnothing\n{"line":"/quit"}\n'


@settings(max_examples=120)
@given(
    st.sampled_from([TELNET_BYTES, NC_BYTES, CR_BYTES, PROGRAM_LINES]),
    st.integers(0, 1000),
    st.booleans(),
    st.sampled_from([0.0, 0.2, 0.4, 6.0]),
)
def test_lines_go_on_wherever_they_were_cut(sent: bytes, thousandths: int, is_slow: bool, pause: float) -> None:
    cut = len(sent) * thousandths // 1000

    def run(is_carried: bool) -> list[object]:
        script = Script(LineDoor, flood=Rate(1.0, 2) if is_slow else None)
        peer = script.door.connects()
        FarEnd.sends(peer, sent[:cut])
        script.chat.clock.advance(pause)
        if is_carried and not client_of(peer)._session.is_gone:
            carry(peer)
        return script.run(peer, sent[cut:], 0, False, seconds=30)

    assert run(True) == run(False)


@settings(max_examples=60)
@given(st.integers(0, 6), st.booleans(), st.sampled_from([0.0, 0.01, 0.06, 0.4]))
def test_the_tutorials_client_goes_on_between_any_of_its_messages(cut: int, ends_lines: bool, pause: float) -> None:
    """Its name, then messages with that before each; nothing ends one, unless it is changed to."""
    reads = [
        b"ada",
        b"ada: hello",
        b"ada: one",
        "ada: 你好".encode(),
        b"ada: two",
        b"ada: three\n" if ends_lines else b"x",
    ]

    def run(is_carried: bool) -> list[object]:
        script = Script(LineDoor)
        peer = script.door.connects()
        for at, read in enumerate(reads):
            if at == cut:
                if is_carried:
                    carry(peer)
                script.bob.says("among them")
            FarEnd.sends(peer, read)
            script.chat.clock.advance(0.4 if at == 0 else pause)
        script.chat.clock.advance(1)
        return [FarEnd.gets(peer), script.bob.hears(), peer.is_closed]

    assert run(True) == run(False)


def test_a_code_that_is_asked_for_is_hidden_behind_a_restart_too(chat: Chat) -> None:
    """A telnet that was told to show nothing is told to show again once the code has come."""
    door = LineDoor(chat)
    peer = door.connects()
    peer.sends(b"\xff\xfb\x18")
    client = client_of(peer)
    client._session.person.ownership.wanted = "eve"
    assert bytes((255, 251, 1)) in peer.gets()
    carry(peer)
    client_of(peer)._session.person.ownership.wanted = None
    assert bytes((255, 252, 1)) in peer.gets()


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


NUMBERED = "ada\n{}x".format("".join(f"line {number} 你好\n" for number in range(12))).encode()
OTHERWISE = b"ada\n\xc4\xe3\xba\xc3\nplain\n\xc4\xe3\xba\xc3, again\nx"
PROGRAM = b'{"v":1,"name":"ada"}\n' + 3 * b'{"line":"hi","id":"1"}\n' + b'{"line":"\n'
"""What is sent in UTF-8, in GB18030, and by a program."""


@settings(max_examples=40)
@given(st.sampled_from([NUMBERED, OTHERWISE, PROGRAM]), st.integers(0, len(NUMBERED)), st.booleans())
def test_numbered_datagrams_go_on_wherever_they_were_cut(sent: bytes, cut: int, is_slow: bool) -> None:
    def run(is_carried: bool) -> list[object]:
        chat = Chat()
        door, bob = StreamDoor(chat), IrcDoor(chat).enters("bob")
        chat.limit(flood=Rate(1.0, 2) if is_slow else None)
        peer = door.connects()
        peer.encoding = "latin-1"  # what is answered to who writes so is none of UTF-8
        peer.writes(sent[:cut])
        if is_carried:
            carry_port(door)
        peer.writes(sent[cut:])
        peer.passes(20 if is_slow else 2)
        peer.hangs_up()
        chat.clock.advance(20)
        return [peer.hears(), bob.hears(), len(door.protocol.streams), len(chat.hub.everyone)]

    assert run(True) == run(False)


def test_datagrams_that_came_out_of_order_and_those_that_are_not_confirmed_are_handed_over(chat: Chat) -> None:
    door, eve = StreamDoor(chat), chat.enters("eve")
    peer = door.connects()
    peer.throws(f"D {peer.token} 1 0 -\nada\n".encode(), f"D {peer.token} 3 0 -\nlo\n".encode())
    carry_port(door)
    peer.throws(f"D {peer.token} 2 0 -\nhel".encode())
    assert eve.hears() == ["+ada", "ada: hello"]


def test_who_left_while_lines_of_theirs_waited_is_heard_behind_a_restart(chat: Chat) -> None:
    door, eve = StreamDoor(chat), chat.enters("eve")
    chat.limit(flood=Rate(1.0, 1))
    peer = door.connects()
    peer.writes(b"ada\none\ntwo\nthree\n")
    peer.hangs_up()
    carry_port(door)
    for _ in range(60):
        chat.clock.advance(0.1)
    assert eve.hears() == ["+ada", "ada: one", "ada: two", "ada: three", "-ada"]
    assert len(door.protocol.streams) == 0


def test_members_by_address_are_known_again_with_what_they_may_be_sent(chat: Chat) -> None:
    door = DatagramDoor(chat)
    ada, near = door.enters("ada"), door.connects("10.0.0.7")
    near.sends(b"L cy")
    near.gets()
    ada.says("a line that is longer than what came of cy")
    chat.clock.advance(50)
    ada.sends(b"P ada")
    carry_port(door)
    ada.hears()
    near.sends(b"C cy hello")
    assert "cy : hello" in ada.hears()
    assert any("/history" in line for line in near.hears())
    chat.clock.advance(KEEPALIVE_SILENCE + SWEEP_SECONDS)
    assert ada.is_closed
    assert not near.is_closed


def test_a_cookie_that_was_given_before_a_restart_is_good_behind_it(chat: Chat) -> None:
    door = DatagramDoor(chat)
    far = door.connects("203.0.113.5")
    far.sends(b"L ada".ljust(48))
    cookie = far.gets()[-1].removeprefix(b"K ")
    carry_port(door)
    far.sends(b"L ada " + cookie)
    assert far.hears()[0] == "OK"


def test_who_waits_for_a_name_at_their_address_is_asked_about_again(chat: Chat) -> None:
    door = DatagramDoor(chat)
    asked: list[Callable[[bool], None]] = []
    door.protocol._probe = lambda _at, told: asked.append(told)
    door.enters("ada")
    again = door.connects()
    again.sends(b"L ada")
    carry_port(door)
    assert len(asked) == 2
    asked[1](True)
    chat.turn()
    assert again.hears()[0] == "OK"


@pytest.mark.parametrize("make", [LineDoor, IrcDoor, WebDoor, IrcSocketDoor])
def test_who_hung_up_while_lines_of_theirs_waited_is_heard_behind_a_restart(
    chat: Chat, make: Callable[[Chat], IrcDoor | WebDoor]
) -> None:
    door, eve = make(chat), chat.enters("eve")
    peer = door.enters("ada")
    chat.limit(flood=Rate(1.0, 1))
    peer.says("one", "two", "three")
    peer.hangs_up()
    person = chat.called("ada")
    before = person.client
    carried = before.carried()  # type: ignore[attr-defined]
    assert carried.transport is None
    stop(before)
    state = through_json(carried.state)
    door.factory.revived(state, back(person._door)).makeConnection(NoTransport())  # type: ignore[arg-type]
    person.client.begin(state)  # type: ignore[attr-defined]
    for _ in range(60):
        chat.clock.advance(0.1)
    assert eve.hears() == ["+ada", "ada: one", "ada: two", "ada: three", "-ada"]
    assert not door.factory.connections._open
