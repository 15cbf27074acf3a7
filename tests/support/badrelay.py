"""A bad network between real UDP sockets: a relay that drops, repeats and reorders by a seed."""

from __future__ import annotations

from typing import Any

from support.relay import Loss
from twisted.internet.protocol import DatagramProtocol


class _Leg(DatagramProtocol):
    """One socket of the relay."""

    noisy = False

    def __init__(self, relay: Relay, onward: Any) -> None:
        self.relay = relay
        self.onward = onward

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        self.onward(datagram, addr)


class Relay:
    """Passes datagrams between one client and the server."""

    def __init__(self, reactor: Any, server: tuple[str, int], loss: Loss) -> None:
        self.reactor = reactor
        self.server = server
        self.loss = loss
        self.client: Any = None
        self.counts = [0, 0]
        """Datagrams that came from the client, and from the server."""
        self.front = reactor.listenUDP(0, _Leg(self, self._from_client), interface="127.0.0.1")
        self.back = reactor.listenUDP(0, _Leg(self, self._from_server), interface="127.0.0.1")

    @property
    def port(self) -> int:
        """Where clients send to."""
        port: int = self.front.getHost().port
        return port

    def _from_client(self, datagram: bytes, addr: Any) -> None:
        self.client = addr
        self.counts[0] += 1
        self._pass(self.back, datagram, self.server)

    def _from_server(self, datagram: bytes, _addr: Any) -> None:
        self.counts[1] += 1
        self._pass(self.front, datagram, self.client)

    def _pass(self, port: Any, datagram: bytes, to: Any) -> None:
        for delay in self.loss.delays():
            self.reactor.callLater(delay, self._send, port, datagram, to)

    def _send(self, port: Any, datagram: bytes, to: Any) -> None:
        if port.connected:
            port.write(datagram, to)

    async def stop(self) -> None:
        await self.front.stopListening()
        await self.back.stopListening()
