"""What each class of a connection's parts keeps, and what becomes of it in another process."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from support.carried import client_of
from support.chat import Chat
from support.datagrams import DatagramDoor
from support.irc import IrcDoor, IrcSocketDoor
from support.lines import LineDoor
from support.streams import StreamDoor
from support.web import WebDoor

from twistchat.core.bucket import Bucket
from twistchat.interfaces.egress import Egress
from twistchat.interfaces.ingress import Ingress
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
from twistchat.wire.framing import Lines
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
