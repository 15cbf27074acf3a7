"""Each thing that a connection keeps is in another process what it was in the one before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import pytest
from support.carried import attributes, back, carry, carry_port, stop, through_json
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.irc import IrcDoor, IrcSocketDoor
from support.kept import KEPT
from support.lines import LineDoor
from support.streams import StreamDoor
from support.web import WebDoor
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from twistchat.core.bucket import Bucket
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.ingress import HELD, MOST_WAITING, Ingress
from twistchat.interfaces.irc.multiline import MultilineBatch
from twistchat.interfaces.tcp.first_read import SILENCE_SECONDS
from twistchat.interfaces.udp.arrival import Arrival
from twistchat.interfaces.udp.signpost import Signpost
from twistchat.wire.datagram import Login
from twistchat.wire.irc_lines import IrcLine
from twistchat.wire.json import JsonFormat
from twistchat.wire.text import Encoding

# --- what is written down is what is read


def plain(value: Any) -> Any:
    """A value that can be compared: of a timer when it ends, of other objects of ours what is looked at by itself."""
    if hasattr(value, "getTime"):
        return None if value.called else round(value.getTime(), 6)
    if isinstance(value, float):
        return round(value, 6)
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | deque):
        return [plain(each) for each in value]
    if isinstance(value, bytes | bytearray | str | int | set | frozenset | type(None)):
        return bytes(value) if isinstance(value, bytearray) else value
    return repr(value) if isinstance(value, Enum) else type(value).__name__


def set_all(thing: Any, **values: Any) -> None:
    """Have an object be in a state that it is not in at first."""
    for name, value in values.items():
        assert plain(getattr(thing, name)) != plain(value), name
        setattr(thing, name, value)


def busy_ingress(chat: Chat, ingress: Ingress) -> None:
    """Somebody who is held back, is not read any more, and has said that nothing more comes."""
    later, now = chat.clock.callLater, chat.clock.seconds()
    set_all(ingress, is_reading=False, _has_all=True, _release=later(7, bool), _until=now + 7)
    set_all(ingress, _full=later(8, bool), _last=later(9, bool), state=HELD, is_program=not ingress.is_program)


def busy_egress(egress: Egress) -> None:
    """Somebody who reads nothing."""
    set_all(egress, _backlog=deque([b"st", b"second"]), _held=8, _is_cut=True, _told=True, _to_tell=True)


def busy_irc(chat: Chat, protocol: Any) -> None:
    """A client of IRC in the middle of everything."""
    later, member = chat.clock.callLater, protocol.member
    protocol._next_beat.cancel()
    set_all(protocol, _heard=-5.0, _next_beat=later(3, bool))
    set_all(protocol._framing, crlf=False, _data=bytes(MOST_WAITING), _skipping=True)
    busy_irc_member(member)
    busy_ingress(chat, protocol._ingress)
    busy_egress(protocol._egress)


def busy_irc_member(member: Any) -> None:
    set_all(
        member,
        parting="(bye)",
        invited={"#den": None},
        proven="ada",
        told_account="eva",
        mode="i",
        monitored={"zed": "Zed"},
    )
    set_all(member, _batches=4)
    set_all(member._own_marks, _times={"#tea": "timestamp=2026-03-01T12:00:00.000Z"})
    batch = MultilineBatch("b", "#lobby", IrcLine({"a": "b"}, None, "BATCH", ["+b"]), "NOTICE", ["x"], 2, True)
    set_all(member, multiline=batch)
    some = {
        "nick": "a",
        "user": "b",
        "real_name": "c",
        "secret": "d",
        "code": "e",
        "proof": "f",
        "mechanism": "g",
        "version": 302,
    }
    set_all(
        member.registration, **{key: value for key, value in some.items() if vars(member.registration)[key] != value}
    )
    set_all(member.registration, is_proven=True, is_negotiating=not member.registration.is_negotiating)


def compared(kinds: Iterator[tuple[Any, Any]]) -> None:
    for before, after in kinds:
        assert type(before) is type(after)
        for name in KEPT[type(before)].split():
            assert plain(getattr(before, name)) == plain(getattr(after, name)), f"{type(before).__name__}.{name}"


def pairs(before: Any, after: Any, *ways: str) -> Iterator[tuple[Any, Any]]:
    """An object and parts of it, before and after."""
    yield before, after
    for way in ways:
        one, other = before, after
        for name in way.split("."):
            one, other = getattr(one, name), getattr(other, name)
        yield one, other


def test_all_that_a_line_client_keeps_is_the_same_behind_it(chat: Chat) -> None:
    peer = LineDoor(chat).enters("ada")
    old, later = peer.protocol, chat.clock.callLater
    set_all(old._telnet, seen=True, keys=True, _negotiates=True, _agreed={253}, _has_spoken_of_echo=True)
    set_all(old._telnet, _after_cr=not old._telnet._after_cr, _pending=b"\xff", _subnegotiated=4)
    set_all(old._ends, waits=True, by_cr=True, _is_ended=True)
    set_all(old._encoding, name="gb18030")
    set_all(old, _settling=later(3, bool), _prompted=-4.0)
    set_all(old._first, data=b"ada", _silence=later(2, bool))
    set_all(old, _prefix="ada: ", _last_read=77)
    old.format = old.format.written("gb18030")
    set_all(old._framing, crlf=False, _data=bytes(MOST_WAITING), _skipping=True)
    busy_ingress(chat, old._ingress)
    carry(peer)
    compared(pairs(old, peer.protocol, "_telnet", "_ends", "_encoding", "_framing", "_ingress"))
    assert peer.protocol.format == old.format


def test_all_that_a_tutorials_client_keeps_is_the_same_behind_it(chat: Chat) -> None:
    peer = LineDoor(chat).connects()
    peer.sends(b"ada")
    chat.clock.advance(SILENCE_SECONDS)
    old = peer.protocol
    old._pacer._gap.cancel()
    set_all(old._framing, _buffer=b"ada: hel")
    set_all(old._pacer, _waiting=deque([b"one", b"two"]), _held=6, _gap=chat.clock.callLater(3, bool))
    old._session._intake._waiting = True  # nothing is dealt with meanwhile
    carry(peer)
    compared(pairs(old, peer.protocol, "_framing", "_pacer"))
    assert peer.protocol.format == old.format
    assert peer.protocol.one_try


def test_all_that_a_client_of_irc_keeps_is_the_same_behind_it(chat: Chat) -> None:
    door = IrcDoor(chat)
    peer = door.registers("ada", "batch echo-message")
    old = peer.protocol
    busy_irc(chat, old)
    carry(peer)
    parts = "member", "member._own_marks", "member.registration", "member.multiline", "_ingress", "_framing"
    compared(pairs(old, peer.protocol, *parts))


@pytest.mark.parametrize("make", [WebDoor, IrcSocketDoor])
def test_all_that_a_websocket_keeps_is_the_same_behind_it(chat: Chat, make: Callable[[Chat], Any]) -> None:
    peer = make(chat).enters("ada")
    old, frames = peer.protocol._member, peer.protocol._member._frames
    old._next_beat.cancel()
    set_all(old, _unparsed=bytearray(b"\x81"), _unanswered=1)
    set_all(old, _texts=deque(["x" * MOST_WAITING, "two"]), _texts_size=MOST_WAITING + 15)
    set_all(old, _next_beat=chat.clock.callLater(3, bool))
    set_all(frames, _is_binary=not frames._is_binary, _message=bytearray(b"he"), _unsent=[b"left"])
    busy_ingress(chat, old._ingress)
    busy_egress(old._egress)
    if old._speaker is not None:
        busy_irc_member(old._speaker)
    carry(peer)
    new = peer.protocol._member
    parts = ["_frames", "_ingress", *(["_speaker", "_speaker.registration"] if old._speaker else [])]
    compared(pairs(old, new, *parts))
    assert new.format == old.format
    assert new._dialect is old._dialect


def test_all_that_waits_for_somebody_to_read_is_the_same_behind_it() -> None:
    clock, transport = Clock(), StringTransport()
    old, new = (Egress(StringTransport(), clock, lambda: 100, lambda cap: None) for _ in range(2))
    busy_egress(old)
    new._transport = transport
    new.revive(through_json(old.state()))
    compared(iter([(old, new)]))
    new.write(b"third")
    assert not transport.value()
    new.begin()
    assert transport.value() == b"stsecondthird"


def test_who_reads_nothing_is_let_go_by_the_cap_as_if_it_were_one_process() -> None:
    let_go: list[int] = []
    old = Egress(StringTransport(), Clock(), lambda: 10, let_go.append)
    new = Egress(StringTransport(), Clock(), lambda: 10, let_go.append)
    old._backlog, old._held = deque([b"x" * 9]), 9
    new.revive(through_json(old.state()))
    new.write(b"yy")
    assert let_go == [10]


def test_all_that_numbered_datagrams_keep_is_the_same_behind_it(chat: Chat) -> None:
    door = StreamDoor(chat)
    door.enters("cy")
    old: Any = chat.called("cy").client
    stream = old._stream
    stream.write(b"in flight")
    stream.datagrams(0.0)
    number = stream._next - 1
    assert stream._flight
    set_all(stream, _queue=bytearray(b"q"), _wanted={number: None}, _next=number + 5, _heard=-1.0, _patience=2.0)
    set_all(stream, _allowed=3.0, _allowed_at=-3.0, _read=5, _ahead={8: b"a"})
    set_all(stream, _highest=8, _unconfirmed=2, _confirm_at=4.0, _ask_at={6: 5.0})
    set_all(old, heard=-4.0, sender=("127.0.0.1", 1))
    set_all(old._encoding, name="gb18030")
    set_all(old._lines, crlf=True, _data=bytes(MOST_WAITING), _skipping=True)
    old.format = JsonFormat()
    busy_ingress(chat, old._ingress)
    seen = {name: plain(value) for name, value in attributes(stream).items()}
    flight = [(key, vars_of(sent)) for key, sent in stream._flight.items()]
    written = carried_member(door, old)
    new: Any = chat.called("cy").client
    compared(iter([(old, written), (old._encoding, new._encoding), (old._lines, written._lines)]))
    assert {name: plain(value) for name, value in attributes(written._stream).items()} == seen
    assert [(key, vars_of(sent)) for key, sent in written._stream._flight.items()] == flight


def vars_of(sent: Any) -> tuple[bytes, float]:
    return sent.payload, round(sent.at, 6)


def carried_member(door: StreamDoor, old: Any) -> Any:
    """A member that is back, and has not begun to send."""
    state = through_json(old.state())
    stop(old)
    return door.protocol.streams.revived(state, back(old.session))


def test_all_that_bare_datagrams_and_their_port_keep_is_the_same_behind_it(chat: Chat) -> None:
    door = DatagramDoor(chat)
    door.enters("dan", "10.0.0.7")
    old: Any = chat.called("dan").client
    set_all(old, heard=-4.0, keeps_alive=True, speak_by=9.0, _past=4, _code="123456", _typed="Dan")
    set_all(old.credit, has_left_out=True, _bytes=77, is_proved=not old.credit.is_proved)
    set_all(old.encoding, name="gb18030")
    port = door.protocol
    set_all(port, lost=4)
    set_all(port._cookies, _ahead=2.0)
    set_all(port._strangers, _at=-1.0, _tokens=3.0)
    port.signpost._askers["10.0.0.1"] = Bucket(-2.0)
    carry_port(door)
    new: Any = chat.called("dan").client
    compared(pairs(old, new, "credit", "encoding"))
    compared(pairs(port, door.protocol, "_cookies", "_strangers"))
    assert new.format == old.format


def test_what_is_answered_on_the_network_is_counted_on(chat: Chat) -> None:
    first, second = Signpost(), Signpost()
    first._askers["10.0.0.1"] = Bucket.revived((2.0, 1.0), 0.0)
    first._in_all = Bucket.revived((3.0, 4.0), 0.0)
    second.revive(through_json(first.state(10.0)), 110.0)
    assert attributes(second._askers["10.0.0.1"]) == {"_at": 98.0, "_tokens": 1.0}
    assert attributes(second._in_all) == {"_at": 97.0, "_tokens": 4.0}


def test_a_network_is_as_old_as_it_was_and_remembers_who_has_gone(chat: Chat) -> None:
    door = IrcDoor(chat)
    door.enters("ada").hangs_up()
    door.network.marks.of(("ada", "name")).set("#lobby", "timestamp=2026-03-01T12:00:00.000Z", Any)  # type: ignore[arg-type]
    door.network.most_people, door.network.started = 7, 5.0
    another = IrcDoor(Chat()).network
    another.revive(through_json(door.network.state()))
    assert (another.most_people, another.started, list(another.past)) == (7, 5.0, list(door.network.past))
    assert another.marks.of(("ada", "name")).of("#lobby") == "timestamp=2026-03-01T12:00:00.000Z"


def test_what_waits_for_an_answer_about_a_name_is_the_same_behind_it() -> None:
    request = Login("ada", "cookie", "123456", True, 4, 9)
    arrival = Arrival(request, ("10.0.0.7", 9), Encoding("gb18030"), 44, True)
    again = Arrival.revived(through_json(arrival.state()))
    assert (again.request, again.sender, again.came, again.is_proved) == (request, ("10.0.0.7", 9), 44, True)
    assert again.encoding.name == "gb18030"
