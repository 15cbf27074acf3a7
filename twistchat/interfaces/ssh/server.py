"""The SSH server: connections, their limits, and modern algorithms alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.conch.avatar import ConchUser
from twisted.conch.error import ConchError
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.connection import OPEN_RESOURCE_SHORTAGE, SSHConnection
from twisted.conch.ssh.factory import SSHFactory
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import DISCONNECT_BY_APPLICATION, SSHServerTransport
from twisted.conch.ssh.userauth import MSG_USERAUTH_BANNER
from twisted.cred.portal import Portal
from twisted.internet.protocol import connectionDone
from twisted.logger import Logger
from twisted.python.failure import Failure

from twistchat.admin.administration import Administration
from twistchat.admin.operator import Operator
from twistchat.admin.verbs import VERBS
from twistchat.admin.watchdog import Watchdog
from twistchat.core.addresses import is_loopback
from twistchat.core.bans import Act
from twistchat.core.limits import Rate
from twistchat.core.ports import DelayedCall
from twistchat.interfaces.keepalive import ask_for_life
from twistchat.interfaces.listening import Connections
from twistchat.interfaces.noting import Noting
from twistchat.interfaces.ssh.channel import AdminChannel
from twistchat.interfaces.ssh.gate import Gate, Guest
from twistchat.interfaces.ssh.keyfile import Holder, KeyFiles
from twistchat.interfaces.ssh.login import SIGNATURES, KeyChecker, KeyLogin, Realm, described_key
from twistchat.interfaces.ssh.quiet import quiet

log = Logger()

LOGIN_SECONDS = 20.0
"""From the first byte of the connection to having logged in (OpenSSH: 120)."""

HANG_UP_SECONDS = 1.0
"""For what is queued to go out, when the server stops."""

MOST_SESSIONS = 10
"""At once on one connection (OpenSSH: 10)."""

FAILURES_NOTED = Rate(0.2, 50)
"""Failures to log in that go into the audit, from all addresses together: strangers must not fill the disk."""


class OperatorAvatar(ConchUser):
    """Somebody who has logged in. No forwarding, no subsystems, no agent: conch refuses what is not listed here."""

    _log = quiet

    def __init__(
        self, operator: Operator, has_python: bool, server: AdminFactory, logged_out: Callable[[], None]
    ) -> None:
        super().__init__()
        self.operator = operator
        self.has_python = has_python
        self.clock = server.clock
        self.watchdog = server.watchdog
        self.logged_out = logged_out
        self.channels = 0
        self.channelLookup[b"session"] = AdminChannel

    def lookupChannel(self, channelType: bytes, windowSize: int, maxPacket: int, data: bytes) -> Any:
        """Conch's hook: another session is wanted."""
        if self.channels >= MOST_SESSIONS:
            raise ConchError("too many sessions", OPEN_RESOURCE_SHORTAGE)
        channel = super().lookupChannel(channelType, windowSize, maxPacket, data)
        self.channels += 1
        return channel


class QuietConnection(SSHConnection):
    """Conch's, without a log line for each channel; what is refused is no failure."""

    _log = quiet


class AdminTransport(SSHServerTransport):
    """One connection."""

    factory: AdminFactory
    transport: Any
    _log = quiet
    version = b"twistchat"
    ourVersionString = b"SSH-2.0-twistchat"
    # Counter mode with SHA-2 is not open to Terrapin (CVE-2023-48795), which needs ChaCha20 or CBC with EtM. Conch has
    # neither encrypt-then-MAC nor a cipher that authenticates; the first exchange is safe against quantum computers.
    supportedCiphers = [b"aes256-ctr", b"aes192-ctr", b"aes128-ctr"]
    supportedMACs = [b"hmac-sha2-512", b"hmac-sha2-256"]
    supportedKeyExchanges = [
        name
        for name in SSHServerTransport.supportedKeyExchanges
        if name.startswith((b"mlkem768x25519-sha256", b"curve25519-sha256", b"ecdh-sha2-nistp"))
    ]
    supportedCompressions = [b"none"]

    def __init__(self) -> None:
        self.is_lost = False
        self.guest: Guest | None = None
        """What the gate knows of it."""
        self.last_key: bytes | None = None
        self._has_failed = False
        self._deadline: DelayedCall | None = None

    @property
    def clock(self) -> Any:
        """The reactor."""
        return self.factory.clock

    @property
    def address(self) -> str:
        """The peer's, without its port."""
        return getattr(self.transport.getPeer(), "host", "")

    def connectionMade(self) -> None:
        """Twisted's hook. The time to log in begins now, before the peer has said anything."""
        self.factory.opened(self)
        ask_for_life(self.transport)
        self._deadline = self.clock.callLater(LOGIN_SECONDS, self._too_slow)
        super().connectionMade()

    def connectionLost(self, reason: Failure | None = connectionDone) -> None:
        """Twisted's hook."""
        self.is_lost = True
        self.factory.closed(self)
        self._stop_waiting()
        if not hasattr(self, "avatar") and not self._has_failed:
            self.login_failed("nothing" if self.last_key is None else "publickey")
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook. What conch cannot make sense of ends the connection, without a traceback for a stranger."""
        if self.guest is not None:
            self.guest.has_spoken = True
        try:
            super().dataReceived(data)
        except Exception as error:
            if hasattr(self, "avatar"):
                log.failure("admin: a session failed in a way that it should not")
            else:
                log.info("admin: {peer} sent nonsense: {kind}", peer=self.address, kind=type(error).__name__)
            self.transport.abortConnection()

    def sendExtInfo(self, extensions: list[tuple[bytes, bytes]]) -> None:
        """Conch's hook: how keys may sign. It would say how the host key does, and no RSA key would be tried."""
        mended = {**dict(extensions), b"server-sig-algs": b",".join(SIGNATURES)}
        super().sendExtInfo([*mended.items()])

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        """Conch's hook: the peer hangs up; it does so at the end of every session."""
        if reasonCode != DISCONNECT_BY_APPLICATION:
            log.debug("admin: {peer} hung up with code {code}", peer=self.address, code=reasonCode)

    def greet(self) -> None:
        """Tell somebody at this machine how to add a key, where there is none at all."""
        advice = self.factory.advice()
        if advice and is_loopback(self.address):
            self.sendPacket(MSG_USERAUTH_BANNER, NS(f"{advice}\r\n".encode()) + NS(b""))

    def logged_in(self) -> None:
        """Note that somebody is in."""
        self._stop_waiting()
        assert self.guest is not None
        self.factory.gate.succeeded(self.guest)

    def showed_key(self) -> None:
        """Note that a listed key was shown; nothing is signed by it yet."""
        if self.guest is not None:
            self.guest.has_shown_key = True

    def login_failed(self, how: str) -> float:
        """Note that somebody has failed to log in.

        Returns:
            Seconds to wait before it is answered.
        """
        self._has_failed = True
        return self.factory.failed(self.address, how, self.last_key)

    def hang_up(self) -> None:
        """Say goodbye and close, in any case soon."""
        self.sendDisconnect(DISCONNECT_BY_APPLICATION, b"the server is stopping")
        self.clock.callLater(HANG_UP_SECONDS, self.transport.abortConnection)

    def make_room(self) -> None:
        """End the connection of a stranger, as somebody else wants the place."""
        log.info("admin: {peer} let go: all places are taken, and it has shown no listed key", peer=self.address)
        self.transport.abortConnection()

    def _too_slow(self) -> None:
        log.info("admin: {peer} let go: not logged in within {seconds:.0f} s", peer=self.address, seconds=LOGIN_SECONDS)
        self.transport.abortConnection()

    def _stop_waiting(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()


class AdminFactory(SSHFactory):
    """Makes a transport for each connection that the gate admits."""

    noisy = False
    protocol = AdminTransport
    services = {b"ssh-userauth": KeyLogin, b"ssh-connection": QuietConnection}
    _log = quiet

    def __init__(
        self, administration: Administration, host_key: Key, files: KeyFiles, advice: str, has_python: bool
    ) -> None:
        """Make a server.

        Args:
            administration: What administrators work with.
            host_key: The server's own key.
            files: Whose keys may log in.
            advice: How to add a key, said where there is none.
            has_python: Whether the prompt is Python.
        """
        self.clock: Any = administration.hub.clock
        self.connections = Connections()
        self.gate = Gate(self.clock.seconds)
        self.watchdog = Watchdog(self.clock)
        self.publicKeys = {b"ssh-ed25519": host_key.public()}
        self.privateKeys = {b"ssh-ed25519": host_key}
        self.primes = None
        self.portal = Portal(Realm(self._make_user), [KeyChecker(files)])
        self._administration = administration
        self._files = files
        self._advice = advice
        self._has_python = has_python
        self._noting = Noting(FAILURES_NOTED, self.clock.seconds())
        self._transports: dict[AdminTransport, None] = {}

    def buildProtocol(self, addr: Any) -> Any:
        """Twisted's hook; None closes the connection at once."""
        if not self.gate.admits(getattr(addr, "host", "")):
            return None
        return super().buildProtocol(addr)

    def advice(self) -> str:
        """How to add a key, if there is none."""
        return "" if self._files.holders() else self._advice

    def opened(self, transport: AdminTransport) -> None:
        """Count a connection."""
        self._transports[transport] = None
        transport.guest = self.gate.opened(transport.address, transport.make_room)
        self.connections.opened()

    def closed(self, transport: AdminTransport) -> None:
        """Count a connection less."""
        del self._transports[transport]
        if transport.guest is not None:
            self.gate.closed(transport.guest)
        self.connections.closed()

    def end_all(self) -> None:
        """Hang up on everyone."""
        for transport in list(self._transports):
            transport.hang_up()

    def failed(self, address: str, how: str, key: bytes | None) -> float:
        """Count a failure to log in; the audit has it, as long as there are not too many."""
        delay = self.gate.failed(address)
        tried = how if key is None else f"{how} {described_key(key)}"
        more = self._noting.more(self.clock.seconds())
        if more is None:
            return delay
        self._administration.journal.note(
            Act("login-failed", f"somebody at {address or 'a Unix socket'}", "", tried + more)
        )
        log.info("admin: {peer} failed to log in: {tried}{more}", peer=address, tried=tried, more=more)
        return delay

    def _make_user(self, holder: Holder) -> OperatorAvatar:
        operator = Operator(self._administration, holder.label, VERBS)
        operator.note("login")
        log.info("admin: {who} logged in", who=operator.who)

        def logged_out() -> None:
            operator.note("logout")
            log.info("admin: {who} logged out", who=operator.who)

        return OperatorAvatar(operator, self._has_python, self, logged_out)
