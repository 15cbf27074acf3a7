"""Each thing that a connection keeps goes to another process, or is made anew there for a reason."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import pytest
from support.carried import attributes, back, carry, carry_port, client_of, stop, through_json
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.irc import IrcDoor, IrcSocketDoor
from support.lines import LineDoor
from support.streams import StreamDoor
from support.web import WebDoor
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from twistchat.core.bucket import Bucket
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.ingress import HELD, MOST_WAITING, Ingress
from twistchat.interfaces.irc.connection import IrcProtocol
from twistchat.interfaces.irc.egress import IrcEgress
from twistchat.interfaces.irc.marks import AllMarks, Marks
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.multiline import MultilineBatch
from twistchat.interfaces.irc.network import Network
from twistchat.interfaces.irc.registration import Registration
from twistchat.interfaces.tcp.connection import ChatLineProtocol
from twistchat.interfaces.tcp.first_read import SILENCE_SECONDS, FirstRead
from twistchat.interfaces.tcp.pacer import Pacer
from twistchat.interfaces.udp.arrival import Arrival
from twistchat.interfaces.udp.member import DatagramMember
from twistchat.interfaces.udp.port import ChatDatagramProtocol
from twistchat.interfaces.udp.proof import Cookies, Credit
from twistchat.interfaces.udp.signpost import Signpost
from twistchat.interfaces.udp.streams import StreamMember, Streams
from twistchat.interfaces.web.connection import WebFactory, WebProtocol
from twistchat.interfaces.web.frames import WebFrames
from twistchat.interfaces.web.member import WebMember
from twistchat.wire.datagram import Login
from twistchat.wire.framing import Lines
from twistchat.wire.irc_lines import IrcLine
from twistchat.wire.json import JsonFormat
from twistchat.wire.lineends import LineEnds
from twistchat.wire.numbered import Stream
from twistchat.wire.telnet import TelnetFilter
from twistchat.wire.text import Encoding
from twistchat.wire.unframed import Messages

KEPT: dict[type, str] = {
    ChatLineProtocol: "address format _telnet _ends _encoding _framing _prefix _first _has_read _last_read _settling "
    "_pacer _prompted _ingress _egress",
    FirstRead: "data _silence",
    TelnetFilter: "seen keys _negotiates _agreed _has_spoken_of_echo _after_cr _pending _subnegotiated",
    LineEnds: "waits by_cr _is_ended",
    Messages: "_buffer _prefix",
    Pacer: "_waiting _held _gap",
    IrcProtocol: "address format _framing _has_read _heard _next_beat _ingress _egress member",
    IrcMember: "caps parting invited proven told_account _own_marks mode monitored multiline registration _batches",
    Marks: "_times",
    AllMarks: "_by_owner",
    Registration: "nick user real_name secret code proof mechanism is_proven is_negotiating version",
    MultilineBatch: "name target opening command texts lines is_failed",
    Network: "started most_people past marks",
    WebProtocol: "_member _egress",
    WebMember: "address format _kind _frames _unparsed _texts _texts_size _unanswered _next_beat _ingress _egress "
    "_speaker _dialect _is_lost",
    WebFrames: "_is_binary _message _socket _unsent",
    WebFactory: "_dialects",
    Ingress: "is_program is_reading _has_all _is_lost _release _until _full _last state",
    Egress: "_backlog _held _is_cut _told _to_tell",
    IrcEgress: "_backlog _held _is_cut _told _to_tell",
    Lines: "crlf _data _at _skipping",
    Encoding: "name",
    Bucket: "_at _tokens",
    Stream: "_queue _flight _wanted _next _heard _patience _allowed _allowed_at _read _ahead _highest _unconfirmed "
    "_confirm_at _ask_at token",
    StreamMember: "token sender address format heard _stream _lines _encoding _ingress _is_over",
    Streams: "_members open",
    DatagramMember: "sender address format heard keeps_alive encoding credit speak_by _typed _past _code",
    Credit: "is_proved has_left_out _bytes",
    Cookies: "_secret _ahead",
    Signpost: "_askers _in_all",
    Arrival: "request sender encoding came is_proved",
    ChatDatagramProtocol: "_cookies _strangers _members _asked_for signpost streams lost",
}
"""What is written down, of each class, and read again."""

CHAT = "_hub hub _turn _turns _clock _network network _streams _chat port language _language _json "
SESSION = "session _session "
"""The session is the core's to portray."""

ANEW: dict[type, str] = {
    ChatLineProtocol: CHAT + SESSION + "_is_between_lines _come _connections connected transport send",
    FirstRead: "_clock _stands_alone",
    Pacer: CHAT + "_cap _egress _ended _most",
    # What comes next goes the long way once; `_come` and `send` are functions of the object itself.
    IrcProtocol: CHAT + SESSION + "_is_between_lines _come _connections connected transport send write gather",
    # Who is told of marks finds them again.
    Marks: "_readers",
    # No labelled command is being done: it waits in an Intake, and those are waited for.
    IrcMember: CHAT + SESSION + "_answer _marks _names _prefix_bytes _rows link",
    # Who is here, and who is watched for, comes back with people; options are the command line's.
    Network: CHAT + "_accounts _afar _ends _followers _names format_for joins_lobby members name server",
    # Of a connection that is a member's: no request is being read or answered.
    WebProtocol: CHAT + "_come _deadline _errand _is_answering _is_counted _is_over _is_reading _may_be_sealed _peer "
    "_unread connected factory transport",
    # `_closing` is of a session that is over: those are waited for.
    WebMember: CHAT + SESSION + "_closing _transport send",
    WebFrames: "_takes_binary",
    # Visitors are told to come again; what was logged of refusals begins anew.
    WebFactory: CHAT + "connections doorstep policy reception refusals site tls visitors",
    # Whoever finishes begins to once more; a turn is waited for anew.
    Ingress: CHAT + SESSION + "_turn _is_finishing _talker _transport",
    # A connection that is being closed is waited for.
    Egress: CHAT + "_behind _cap _closing _deadline _ended _overflowed _paused _send_now _socket_send _transport",
    # No labelled command is being done.
    IrcEgress: CHAT
    + "_fill_in _gathers _behind _cap _closing _deadline _ended _overflowed _paused _send_now _socket_send _transport",
    # Sending begins at once, which sets the timer; whoever is being ended is waited for.
    StreamMember: CHAT + SESSION + "_deadline _wake",
    Streams: CHAT,
    DatagramMember: CHAT + SESSION,
    Signpost: "_doors _machine _name",
    ChatDatagramProtocol: CHAT + "_format _machine _probe _sweep transport",
}
"""What is made anew, and why."""


def things(chat: Chat) -> Iterator[Any]:
    """One of each class, as it is in a chat."""
    lines = LineDoor(chat)
    typing, tutorial = lines.enters("typing"), lines.connects()
    tutorial.sends(b"tutorial")
    chat.clock.advance(SILENCE_SECONDS)
    yield from (typing.protocol, typing.protocol._egress, typing.protocol._telnet, typing.protocol._ends)
    yield from (tutorial.protocol, tutorial.protocol._first, tutorial.protocol._framing, tutorial.protocol._pacer)
    irc, web, both = IrcDoor(chat), WebDoor(chat), IrcSocketDoor(chat)
    ada, bob = irc.registers("ada", "draft/multiline batch"), web.enters("bob")
    both.enters("eve")
    ada.writes("BATCH +b draft/multiline #lobby")
    member = client_of(bob)
    yield from (ada.protocol, ada.protocol.member, ada.protocol.member.registration, ada.protocol.member.multiline)
    yield from (ada.protocol.member._own_marks, irc.network.marks)
    yield from (irc.network, ada.protocol._ingress, ada.protocol._egress, ada.protocol._framing)
    yield from (bob.protocol, member, member._frames, web.factory)
    numbered, bare = StreamDoor(chat), DatagramDoor(chat)
    cy, dan = numbered.enters("cy"), bare.enters("dan")
    stream, plain = chat.called("cy").client, chat.called("dan").client
    yield from (stream, stream._stream, stream._encoding, numbered.protocol.streams, plain, plain.credit)  # type: ignore[attr-defined]
    yield from (bare.protocol, bare.protocol._cookies, bare.protocol._strangers, bare.protocol.signpost)
    bare.protocol._probe = lambda _at, _told: None
    bare.connects().gives_name("dan")
    yield from bare.protocol._asked_for.values()
    assert cy
    assert dan


@pytest.mark.parametrize("kind", list(KEPT), ids=lambda kind: kind.__name__)
def test_whatever_a_connection_keeps_is_written_down_or_made_anew_for_a_reason(chat: Chat, kind: type) -> None:
    there = {name for thing in things(chat) if type(thing) is kind for name in attributes(thing)}
    kept, anew = set(KEPT[kind].split()), set(ANEW.get(kind, "").split())
    assert there, f"there is no {kind.__name__} to look at"
    assert there - kept - anew == set(), "neither written down nor listed as made anew"
    assert kept - there == set(), "listed, and not there"
    assert anew - there <= set(CHAT.split() + SESSION.split()), "listed, and not there"


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
    door.network.most_people, door.network.started = 7, 5.0
    another = IrcDoor(Chat()).network
    another.revive(through_json(door.network.state()))
    assert (another.most_people, another.started, list(another.past)) == (7, 5.0, list(door.network.past))


def test_what_waits_for_an_answer_about_a_name_is_the_same_behind_it() -> None:
    request = Login("ada", "cookie", "123456", True, 4, 9)
    arrival = Arrival(request, ("10.0.0.7", 9), Encoding("gb18030"), 44, True)
    again = Arrival.revived(through_json(arrival.state()))
    assert (again.request, again.sender, again.came, again.is_proved) == (request, ("10.0.0.7", 9), 44, True)
    assert again.encoding.name == "gb18030"
