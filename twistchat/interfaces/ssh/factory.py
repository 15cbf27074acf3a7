"""The SSH connections of one port: counted, noted in the log within bounds, and ended together."""

from __future__ import annotations

from typing import Any

from twisted.conch.ssh.factory import SSHFactory
from twisted.conch.ssh.keys import Key
from twisted.internet.protocol import Factory
from twisted.logger import Logger

from twistchat.core.limits import Rate
from twistchat.core.turn import Turn
from twistchat.interfaces.listening import Connections
from twistchat.interfaces.noting import Noting
from twistchat.interfaces.ssh.exchanges import Exchanges
from twistchat.interfaces.ssh.hostkey import Signer
from twistchat.interfaces.ssh.quiet import quiet
from twistchat.interfaces.ssh.turns import Turns
from twistchat.wire.packing import Written

log = Logger()

LOGIN_SECONDS = 20.0
"""From the first byte of the connection to having logged in (OpenSSH: 120)."""

NOTED = Rate(1.0, 100)
"""Connections of one port that were let go, or not understood, which the log has: strangers must not fill the disk."""


class SshFactory(SSHFactory):
    """Makes the transports of one port."""

    noisy = False
    _log = quiet
    session_seconds = LOGIN_SECONDS
    """How long somebody may be logged in and have had no session."""

    def __init__(self, clock: Any, turn: Turn, host_key: Key, rate: Rate) -> None:
        """Make a server.

        Args:
            clock: The reactor.
            turn: The chat's.
            host_key: The server's own key.
            rate: Of key exchanges: how many a second, and at once.
        """
        self.clock = clock
        self.connections = Connections()
        self.exchanges = Exchanges(clock, rate)
        self.turns = Turns(clock, turn)
        self.signer = Signer(host_key)
        self.publicKeys = {b"ssh-ed25519": host_key.public()}
        self.privateKeys = {b"ssh-ed25519": host_key}
        self.primes = None
        self._noting = Noting(NOTED, clock.seconds())
        self._transports: dict[Any, None] = {}

    def buildProtocol(self, addr: Any) -> Any:
        """Twisted's hook. Conch's asks the keys anew, each time, how they can sign."""
        protocol = Factory.buildProtocol(self, addr)
        assert protocol is not None
        return protocol

    def state(self) -> Written:
        """What another process needs to go on with the port: nothing, as no connection goes along."""
        return {}

    def revive(self, state: Written) -> None:
        """Begin where a state was written down."""

    def most_held(self) -> int:
        """Bytes that may wait for a peer to read."""
        raise NotImplementedError

    def note(self, line: str, **more: Any) -> None:
        """Log what was done with a peer, as far as strangers have not had too much of it logged already.

        Args:
            line: With fields in it as `twisted.logger` has them.
            more: What stands in those.
        """
        unnoted = self._noting.more(self.clock.seconds())
        if unnoted is not None:
            log.info(f"{line}{{unnoted}}", unnoted=unnoted, **more)

    def opened(self, transport: Any) -> None:
        """Count a connection."""
        self._transports[transport] = None
        self.connections.opened()

    def closed(self, transport: Any) -> None:
        """Count a connection less."""
        del self._transports[transport]
        self.connections.closed()

    def end_all(self) -> None:
        """Hang up on everyone."""
        for transport in list(self._transports):
            transport.hang_up()
