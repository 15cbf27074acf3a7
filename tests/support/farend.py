"""The far end of a connection without a network: the real protocol, on a transport in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.protocol import Protocol
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri


class FarEnd:
    """The far end of one connection."""

    near: type[Protocol] = Protocol
    """What the server's end is."""

    greeting = b""

    def __init__(self, door: Any, address: str) -> None:
        """Connect.

        Args:
            door: The interface: with a `chat`, and a `factory` that makes protocols.
            address: Where from.
        """
        self.door = door
        peer = IPv4Address("TCP", address, 40000)
        self.transport = StringTransport(peerAddress=peer, lenient=True)
        self.protocol: Any = door.factory.buildProtocol(peer)
        assert isinstance(self.protocol, self.near)
        self.protocol.makeConnection(self.transport)

    def sends(self, *reads: bytes) -> None:
        """Send bytes, each of them read at once, and let the turn end."""
        for read in reads:
            self.protocol.dataReceived(read)
        self.door.chat.turn()

    def gets(self) -> bytes:
        """The bytes that came since this was last asked."""
        got: bytes = self.transport.value()
        self.transport.clear()
        return got

    def hangs_up(self) -> None:
        """End the connection, and let the turn end."""
        self.protocol.connectionLost(Failure(ConnectionDone()))
        self.door.chat.turn()

    @property
    def is_closed(self) -> bool:
        """Whether the server hung up."""
        return bool(self.transport.disconnecting)

    @property
    def was_aborted(self) -> bool:
        """Whether the server hung up without waiting for what is queued."""
        return bool(self.transport.disconnected)


class WebSocketEnd(FarEnd):
    """A program at a WebSocket: websockets' own client, on what comes."""

    def opens(self, path: str, offered: Sequence[str] = ()) -> None:
        """Ask for a WebSocket from the server's own page, and see that it is let in.

        Args:
            path: Where.
            offered: Subprotocols.
        """
        subprotocols = [Subprotocol(each) for each in offered] or None
        self.socket = ClientProtocol(parse_uri(f"ws://127.0.0.1{path}"), subprotocols=subprotocols)
        request = self.socket.connect()
        request.headers["Origin"] = "http://127.0.0.1"
        self.socket.send_request(request)
        self.pump()

    def pump(self) -> None:
        """Carry bytes both ways until nobody has any."""
        for _ in range(100):
            sent = [chunk for chunk in self.socket.data_to_send() if chunk]
            FarEnd.sends(self, *sent)
            got = FarEnd.gets(self)
            if not sent and not got:
                return
            if got:
                self.socket.receive_data(got)
            self._read()

    def _read(self) -> None:
        for event in self.socket.events_received():
            if isinstance(event, Response):
                assert event.status_code == 101, event.body
            elif isinstance(event, Frame):
                self.takes(event)

    def takes(self, frame: Frame) -> None:
        """Take a frame that came, of whichever kind."""
        raise NotImplementedError
