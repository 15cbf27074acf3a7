"""Connections to a port that takes TLS alone: their handshakes end, and who speaks plainly is told what to do.

Rule 1: a handshake has `HANDSHAKE_SECONDS`. What is written before its end waits for it, a refusal too, so that without
    a deadline a stranger who begins and goes no further would be kept although he was refused.
Rule 2: at most `MOST_HANDSHAKES` are unfinished; of more, the oldest is given up.
Rule 3: a first byte that no handshake begins with is answered with a sentence and the end.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.python.failure import Failure

from twistchat.core.clocks import cancel
from twistchat.errors import Phrase
from twistchat.reach import led_to
from twistchat.wire.language import Language
from twistchat.wire.tls import is_tls

HANDSHAKE_SECONDS = 10.0
"""As for a whole request at the web port; a slow phone takes one (nginx: 60, Dovecot: 60 with the login)."""

MOST_HANDSHAKES = 512
"""Each takes 56 KiB, and 89 with as long a hello as OpenSSL waits for (measured); a class at once has 60."""


class SealedConnection(BufferingTLSTransport):
    """One connection."""

    factory: SealedFactory
    transport: Any
    _has_begun = False
    _is_plain = False

    def makeConnection(self, transport: Any) -> None:
        """Twisted's hook."""
        self.factory.began(self)
        super().makeConnection(transport)

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook: what came over TCP."""
        if not self._has_begun:
            self._has_begun = True
            self._is_plain = not is_tls(data)
            if self._is_plain:
                self._say_so()
        if self._is_plain:
            return
        super().dataReceived(data)
        if self.getHandle().get_peer_finished() is not None:
            self.factory.ended(self)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """Twisted's hook."""
        self.factory.ended(self)
        super().connectionLost(reason)

    def _say_so(self) -> None:
        at = self.transport.getHost()
        self.transport.write(self.factory.sentence(getattr(at, "host", ""), getattr(at, "port", 0)))
        self.transport.loseConnection()


class SealedFactory(TLSMemoryBIOFactory):
    """Seals the connections of a factory, and knows whose handshake has not ended."""

    protocol = SealedConnection

    def __init__(self, options: Any, factory: Factory[Protocol], clock: Any, language: Language) -> None:
        """Prepare.

        Args:
            options: What TLS connections are made with.
            factory: What serves them.
            clock: Tells the time, and when what was written in one turn is sealed together.
            language: What those are told in who speak plainly.
        """
        super().__init__(options, False, factory, clock)
        self._clock = clock
        self._language = language
        self._deadlines: dict[SealedConnection, Any] = {}

    @property
    def handshakes(self) -> int:
        """How many are unfinished."""
        return len(self._deadlines)

    def began(self, connection: SealedConnection) -> None:
        """Give a connection its time."""
        self._deadlines[connection] = self._clock.callLater(HANDSHAKE_SECONDS, self._give_up, connection)
        if len(self._deadlines) > MOST_HANDSHAKES:
            self._give_up(next(iter(self._deadlines)))

    def ended(self, connection: SealedConnection) -> None:
        """Take a connection's time as kept; more than once is no harm."""
        deadline = self._deadlines.pop(connection, None)
        cancel(deadline)

    def sentence(self, host: str, port: int) -> bytes:
        """What somebody is told who speaks plainly at that address."""
        told = Phrase("Only TLS is taken here: `twistchat join {address}`.")
        address = led_to("tls://{host}:{port}", host, port)
        return f"{self._language.say(told, {'address': address})}\r\n".encode()

    def _give_up(self, connection: SealedConnection) -> None:
        self.ended(connection)
        connection.abortConnection()
