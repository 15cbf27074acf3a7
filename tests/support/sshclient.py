"""A client of SSH that goes as far as it is told, on transports in memory: conch's own, at a server of ours."""

from __future__ import annotations

import struct
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from support.chat import Chat
from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import SSHClientTransport, SSHTransportBase
from twisted.conch.ssh.userauth import SSHUserAuthClient
from twisted.internet.address import IPv4Address
from twisted.internet.defer import Deferred, succeed
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

KEYS, SERVICE, LOGIN, SESSION = "keys", "service", "login", "session"
"""How far a client goes: new keys, asking to log in, being in, having a session that is not asked for anything yet."""

_ORDER = (KEYS, SERVICE, LOGIN, SESSION)

WINDOW = 1 << 20


class _Login(SSHUserAuthClient):
    def __init__(self, user: bytes, client: Client) -> None:
        super().__init__(user, client.connection)
        self._key = client.key

    def getPublicKey(self) -> Any:
        return self._key.public() if self.lastPublicKey is None else None

    def getPrivateKey(self) -> Any:
        return succeed(self._key)

    def getGenericAnswers(self, _name: bytes, _instruction: bytes, _prompts: Any) -> Deferred[list[bytes]]:
        return succeed([])


class _Connection(SSHConnection):
    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client

    def serviceStarted(self) -> None:
        self._client.is_in = True
        if self._client.goes_as_far_as(SESSION):
            self.openChannel(self._client.channel)


class Session(SSHChannel):
    """The client's end of a session."""

    name = b"session"

    def __init__(self, window: int, packet: int) -> None:
        super().__init__(localWindow=window, localMaxPacket=packet)
        self.is_open = False
        self.refused = ""
        self.got = b""
        self.errors = b""
        self.status: int | None = None

    def channelOpen(self, _data: bytes) -> None:
        self.is_open = True

    def openFailed(self, reason: Any) -> None:
        self.refused = str(reason)

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def extReceived(self, _kind: int, data: bytes) -> None:
        self.errors += data

    def request_exit_status(self, data: bytes) -> None:
        (self.status,) = struct.unpack(">L", data)


class Client(SSHClientTransport):
    """The client's end of a connection."""

    def __init__(self, key: Key, goal: str, user: bytes, window: int, packet: int) -> None:
        self.key, self._goal, self._user = key, goal, user
        self.is_in = False
        self.ended: tuple[int, str] | None = None
        self.connection = _Connection(self)
        self.channel = Session(window, packet)

    def goes_as_far_as(self, goal: str) -> bool:
        return _ORDER.index(self._goal) >= _ORDER.index(goal)

    def verifyHostKey(self, _key: bytes, _fingerprint: bytes) -> Any:
        return succeed(1)

    def connectionSecure(self) -> None:
        if self.is_in:  # these are new keys
            return
        if self.goes_as_far_as(LOGIN):
            self.requestService(_Login(self._user, self))
        elif self.goes_as_far_as(SERVICE):
            self.sendPacket(5, NS(b"ssh-userauth"))

    def ssh_SERVICE_ACCEPT(self, packet: bytes) -> None:
        if self.goes_as_far_as(LOGIN):
            super().ssh_SERVICE_ACCEPT(packet)

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        self.ended = (reasonCode, description.decode())


class HybridClient(Client):
    """One that exchanges keys by mlkem768x25519-sha256, as OpenSSH does since 9.9; conch's has no such thing."""

    def ssh_KEXINIT(self, packet: bytes) -> None:
        SSHTransportBase.ssh_KEXINIT(self, packet)
        self._quantum, self._curve = MLKEM768PrivateKey.generate(), X25519PrivateKey.generate()
        self._point = self._quantum.public_key().public_bytes_raw() + self._curve.public_key().public_bytes_raw()
        self.sendPacket(30, NS(self._point))

    def ssh_KEX_DH_GEX_GROUP(self, packet: bytes) -> None:
        host, theirs, signature, _ = getNS(packet, 3)
        both = self._quantum.decapsulate(theirs[:_CIPHERTEXT]) + self._curve.exchange(_point_of(theirs[_CIPHERTEXT:]))
        secret = NS(sha256(both).digest())
        said = (self.ourVersionString, self.otherVersionString, self.ourKexInitPayload, self.otherKexInitPayload)
        digest = sha256(b"".join(map(NS, (*said, host, self._point, theirs))) + secret).digest()
        assert Key.fromString(host).verify(signature, digest)
        self._keySetup(secret, digest)


_CIPHERTEXT = 1088
"""Bytes of ML-KEM-768's (FIPS 203, table 3)."""

_point_of = X25519PublicKey.from_public_bytes


class Pair:
    """A client and the server's end; `carry` brings bytes from each to the other."""

    def __init__(
        self,
        chat: Chat,
        factory: Any,
        key: Key | None = None,
        goal: str = SESSION,
        address: str = "127.0.0.1",
        user: str = "ada",
        window: int = WINDOW,
        packet: int = 32768,
        method: bytes | None = None,
        mac: bytes | None = None,
    ) -> None:
        self.chat = chat
        where = IPv4Address("TCP", address, 40000)
        self.server: Any = factory.buildProtocol(where)
        self.wire = StringTransport(peerAddress=where, lenient=True)
        made = HybridClient if method == b"mlkem768x25519-sha256" else Client
        self.client = made(key or Key(Ed25519PrivateKey.generate()), goal, user.encode(), window, packet)
        if method is not None:
            self.client.supportedKeyExchanges = [method]
        if mac is not None:
            self.client.supportedMACs = [mac]
        self._back = StringTransport(lenient=True)
        if self.server is not None:
            self.server.makeConnection(self.wire)
            chat.clock.advance(0)  # it is greeted in a turn of its own
        self.client.makeConnection(self._back)

    @property
    def is_let_go(self) -> bool:
        return self.server is None or bool(self.wire.disconnecting or self.wire.disconnected)

    @property
    def channel(self) -> Session:
        return self.client.channel

    def carry(self) -> None:
        """Carry all that there is, until neither has anything more to say."""
        while not self.is_let_go:
            asked, answered = self._back.value(), self.wire.value()
            self._back.clear()
            self.wire.clear()
            if asked:
                self.server.dataReceived(asked)
            if answered:
                self.client.dataReceived(answered)
            self.chat.clock.advance(0.02 if self.server._asked is not None else 0)
            if not asked and not answered and not self.wire.value() and self.server._asked is None:
                return

    def comes_in(self) -> Session:
        """Go as far as the client goes."""
        self.carry()
        assert self.channel.is_open or not self.client.goes_as_far_as(SESSION)
        return self.channel

    def asks(self, kind: bytes, data: bytes = b"") -> Session:
        """Ask the session for something, and carry what comes of it."""
        self.client.connection.sendRequest(self.channel, kind, data)
        self.carry()
        return self.channel

    def sends(self, data: bytes) -> bytes:
        """Send data in the session; what came since this was last asked."""
        self.channel.got = b""
        if data:
            self.channel.write(data)
        self.carry()
        return self.channel.got

    def hangs_up(self) -> None:
        """End the connection, and let the turn end."""
        self.server.connectionLost(Failure(ConnectionDone()))
        self.chat.turn()


def terminal(columns: int = 80, kind: bytes = b"xterm") -> bytes:
    """The request for a terminal."""
    return NS(kind) + struct.pack(">4L", columns, 24, 0, 0) + NS(b"")
