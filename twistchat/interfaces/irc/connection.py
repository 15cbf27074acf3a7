"""One connection of IRC: lines in, lines out, and signs of life."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from twistchat.core.clocks import Timer, cancel, seconds_left
from twistchat.core.intake import Deed
from twistchat.core.nameclaims import CERTIFICATE
from twistchat.core.session import Session
from twistchat.errors import LineTooLong
from twistchat.interfaces.carried import CarriedClient
from twistchat.interfaces.clientcertificates import shown_certificate
from twistchat.interfaces.ingress import FREE, Ingress
from twistchat.interfaces.irc.egress import IrcEgress
from twistchat.interfaces.irc.member import IrcMember
from twistchat.interfaces.irc.network import Network
from twistchat.interfaces.irc.rows import ROWS
from twistchat.interfaces.keepalive import ready_for_lines
from twistchat.interfaces.listening import ConnectionFactory, Connections
from twistchat.interfaces.mistaken import is_http_request, is_tls_hello
from twistchat.interfaces.talker import Talker
from twistchat.wire.framing import Lines
from twistchat.wire.irc_format import IrcFormat
from twistchat.wire.irc_lines import LINE_BYTES, TAG_BYTES
from twistchat.wire.json import JsonFormat
from twistchat.wire.packing import Written, again

MOST_BYTES = TAG_BYTES + LINE_BYTES
"""Of a line with its tags; nothing over it is kept."""

PING_SECONDS = 60.0
"""Of silence, before a client is asked for a sign of life (InspIRCd: 120, ergo: 90)."""

GONE_SECONDS = 120.0
"""Of silence, after which it is gone."""


class IrcProtocol(CarriedClient):
    """One TCP connection: lines go to an `IrcMember`, frames come back as they are."""

    interface = "irc"
    one_try = False

    def __init__(self, network: Network, address: str, connections: Connections) -> None:
        super().__init__()
        self._network = network
        self._hub = network.hub
        self._turn = network.hub.turn
        self._connections = connections
        self.address = address
        self.format: Any = network.format
        self._session: Session | None = None
        self._framing = Lines()
        self._has_read = False
        self._is_between_lines = False  # then a read may take the short way
        self._next_beat: Timer | None = None
        self.member = IrcMember(network, self, ROWS)

    # --- the connection

    def connectionMade(self) -> None:
        self._connections.opened()
        ready_for_lines(self.transport)
        self._ingress = Ingress(self._hub, self, self.transport, JsonFormat(self._network.language))
        self._egress = IrcEgress(self.transport, self._hub.clock, self._cap, self._ingress.overflowed, self.member.send)
        self.send, self.write, self.gather = self._egress.write, self._egress.put, self._egress.gather
        self._heard = self._hub.clock.seconds()
        self._come()

    def _come_in(self) -> None:
        self._session = self._ingress.come_in()
        if self._session is None:
            self.disconnect()
        else:
            self.member.begin(self._session)
            self._next_beat = self._hub.clock.callLater(PING_SECONDS, self._beat)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._connections.closed()
        self._stop_watching()
        self._egress.ended()
        self._ingress.lost(reason)

    def _stop(self) -> None:
        self._ingress.stop()
        self._stop_watching()

    def _stop_watching(self) -> None:
        self.member.ended()
        cancel(self._next_beat)

    def _cap(self) -> int:
        return self._hub.limits.backlog

    def _beat(self) -> None:
        """Ask a silent client for a sign of life, or let it go."""
        now = self._hub.clock.seconds()
        if not self._ingress.is_reading:  # it cannot be heard
            self._heard = now
        silence = now - self._heard
        if silence >= GONE_SECONDS:
            self._ingress.log_end("no answer to a ping")
            self.member.part("Ping timeout")
            return
        if silence >= PING_SECONDS:
            self.member.tell(f":{self._network.server} PING :{self._network.server}")
        self._next_beat = self._hub.clock.callLater(PING_SECONDS, self._beat)

    # --- handed to another process

    def state(self) -> Written:
        """What another process needs to go on, beside the session and the socket."""
        now = self._hub.clock.seconds()
        return {
            "address": self.address,
            "framing": self._framing.state(),
            "has_read": self._has_read,
            "heard": now - self._heard,
            "beat": seconds_left(self._next_beat, now),
            "ingress": self._ingress.written(),
            "egress": self._egress.state(),
            "member": self.member.state(),
        }

    def _come_back(self, state: Written, session_of: Callable[[Talker], Session]) -> None:
        self.member.revive(state["member"])
        self._framing = Lines.revived(state["framing"])
        self._has_read = state["has_read"]
        self._heard = self._hub.clock.seconds() - state["heard"]
        self._egress.revive(state["egress"])
        self._session = self._ingress.revive(state["ingress"], session_of)
        self.member.have(self._session)
        if state["ingress"]["lost"]:
            self._connections.closed()
            self._egress.ended()

    def begin(self, state: Written) -> None:
        """Go on, with the same state, now that all are back who were there."""
        self._next_beat = again(state["beat"], self._beat, self._hub.clock)
        self.member.resume()
        self._egress.begin()
        self._ingress.begin(state["ingress"])

    # --- called by the core

    @property
    def held(self) -> int:
        """Bytes that wait for the peer to read."""
        return self._egress.held

    def hold(self, seconds: float) -> bool:
        """Take no lines for a while; a little is still read, so that the connection's end is seen."""
        return self._ingress.hold(seconds)

    def disconnect(self) -> None:
        """Send what is queued and hang up."""
        self._stop()
        self._egress.close()

    def deed(self, came: bytes) -> Deed | None:
        """What a line is to bring that waited in another process."""
        return self.member.deed(came)

    # --- as the member's Link

    def speak(self, format: IrcFormat) -> None:
        """Go on in another set of capabilities."""
        self._ingress.speak(format)

    def hang_up(self) -> None:
        """Close the session, and the connection once what is queued is out."""
        assert self._session is not None
        self._session.close()
        self.disconnect()

    # --- reading

    def dataReceived(self, data: bytes) -> None:
        session = self._session
        if session is None or session.is_gone:
            return
        self._heard = self._hub.clock.seconds()
        end = len(data) - 1
        is_free = self._ingress.state is FREE and not self._turn.is_over
        if is_free and self._is_between_lines and 0 < end < LINE_BYTES and data.find(b"\n") == end:
            self.member.take(data[: end - data.endswith(b"\r\n")])
        else:
            self._read(data)

    def _read(self, data: bytes) -> None:
        """Take a read of any kind."""
        is_first, self._has_read = not self._has_read, True
        if is_first and is_tls_hello(data):
            self.hang_up()
            return
        if is_first and (shown := shown_certificate(self.transport)) is not None:
            assert self._session is not None
            self._session.show_proof(CERTIFICATE + shown)
        self._framing.feed(data)
        self._ingress.go_on()

    @property
    def waiting(self) -> int:
        """Bytes of lines that are still to be dealt with."""
        return self._framing.waiting

    def take_next(self) -> bool:
        """Deal with the next line."""
        try:
            line = self._framing.next(MOST_BYTES)
        except LineTooLong:
            self.member.take_too_long()
            return True
        if line is not None:
            if not self.member.is_registered and is_http_request(line):
                self.hang_up()
            else:
                self.member.take(line)
        return line is not None

    def look_ahead(self) -> bool:
        """Nothing in a line has to be answered before it is dealt with."""
        return False

    def share_done(self) -> None:
        """Note whether, all being taken, what comes next begins a line of somebody who has been let in."""
        self._is_between_lines = self._framing.is_between_lines and self.member.is_registered


class IrcFactory(ConnectionFactory[IrcProtocol]):
    """Makes a protocol for each connection."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def buildProtocol(self, addr: Any) -> IrcProtocol:
        return IrcProtocol(self.network, getattr(addr, "host", ""), self.connections)

    def revived(self, state: Written, session_of: Callable[[Talker], Session]) -> IrcProtocol:
        """A protocol for a connection that comes back, as soon as it has its transport."""
        protocol = IrcProtocol(self.network, state["address"], self.connections)
        protocol.come_back_as(state, session_of)
        return protocol

    def state(self) -> Written:
        """What another process needs to go on, of what all connections have in common."""
        return self.network.state()

    def revive(self, state: Written) -> None:
        """Be where a state was written down."""
        self.network.revive(state)
