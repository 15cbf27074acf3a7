"""The administrators' SSH server: who may log in, and what is noted of those who fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.conch.avatar import ConchUser
from twisted.conch.error import ConchError
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.connection import OPEN_RESOURCE_SHORTAGE
from twisted.conch.ssh.keys import Key
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
from twistchat.interfaces.noting import Noting
from twistchat.interfaces.ssh.admin_channel import AdminChannel
from twistchat.interfaces.ssh.channel import LEAST_PACKET
from twistchat.interfaces.ssh.factory import SshFactory
from twistchat.interfaces.ssh.gate import Gate, Guest
from twistchat.interfaces.ssh.keyfile import Holder, KeyFiles
from twistchat.interfaces.ssh.login import KeyChecker, KeyLogin, Realm, described_key
from twistchat.interfaces.ssh.quiet import quiet
from twistchat.interfaces.ssh.transport import QuietConnection, SshTransport

log = Logger()

MOST_HELD = 1024 * 1024
"""Bytes that may wait for a client that does not read."""

SESSION_SECONDS = 600.0
"""For the first session: a master connection (`ssh -fNM`) may be opened before it is needed."""

EXCHANGES = Rate(25.0, 5)
"""Of keys, by all strangers together: each takes a millisecond or two."""

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
        self.turns = server.turns
        self.watchdog = server.watchdog
        self.logged_out = logged_out
        self.channels = 0
        self.channelLookup[b"session"] = AdminChannel

    def lookupChannel(self, channelType: bytes, windowSize: int, maxPacket: int, data: bytes) -> Any:
        """Conch's hook: another session is wanted."""
        if self.channels >= MOST_SESSIONS:
            raise ConchError("too many sessions", OPEN_RESOURCE_SHORTAGE)
        if maxPacket < LEAST_PACKET:
            raise ConchError("packets are too small", OPEN_RESOURCE_SHORTAGE)
        channel = super().lookupChannel(channelType, windowSize, maxPacket, data)
        self.channels += 1
        return channel


class AdminTransport(SshTransport):
    """One connection."""

    interface = "admin"
    factory: AdminFactory

    def __init__(self) -> None:
        super().__init__()
        self.guest: Guest | None = None
        """What the gate knows of it."""

    def connectionLost(self, reason: Failure | None = connectionDone) -> None:
        """Twisted's hook."""
        if not self.is_in and not self._has_failed:
            self.login_failed("nothing" if self.last_key is None else "publickey")
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        """Twisted's hook."""
        if self.guest is not None:
            self.guest.has_spoken = True
        super().dataReceived(data)

    def greet(self) -> None:
        """Tell somebody at this machine how to add a key, where there is none at all."""
        advice = self.factory.advice()
        if advice and is_loopback(self.address):
            self.sendPacket(MSG_USERAUTH_BANNER, NS(f"{advice}\r\n".encode()) + NS(b""))

    def logged_in(self) -> None:
        """Note that somebody is in."""
        super().logged_in()
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
        super().login_failed(how)
        return self.factory.failed(self.address, how, self.last_key)

    def make_room(self) -> None:
        """End the connection of a stranger, as somebody else wants the place."""
        self.log_end("let go: all places are taken, and it has shown no listed key")
        self.transport.abortConnection()


class AdminFactory(SshFactory):
    """Makes a transport for each connection that the gate admits."""

    protocol = AdminTransport
    services = {b"ssh-userauth": KeyLogin, b"ssh-connection": QuietConnection}
    session_seconds = SESSION_SECONDS

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
        hub = administration.hub
        super().__init__(hub.clock, hub.turn, host_key, EXCHANGES)
        self.gate = Gate(self.clock.seconds)
        self.watchdog = Watchdog(self.clock)
        self.portal = Portal(Realm(self._make_user), [KeyChecker(files.find)])
        self._administration = administration
        self._files = files
        self._advice = advice
        self._has_python = has_python
        self._failures = Noting(FAILURES_NOTED, self.clock.seconds())

    def buildProtocol(self, addr: Any) -> Any:
        """Twisted's hook; None closes the connection at once."""
        if not self.gate.admits(getattr(addr, "host", "")):
            return None
        return super().buildProtocol(addr)

    def advice(self) -> str:
        """How to add a key, if there is none."""
        return "" if self._files.holders() else self._advice

    def most_held(self) -> int:
        """Bytes that may wait for a peer to read."""
        return MOST_HELD

    def opened(self, transport: AdminTransport) -> None:
        """Count a connection."""
        super().opened(transport)
        transport.guest = self.gate.opened(transport.address, transport.make_room)

    def closed(self, transport: AdminTransport) -> None:
        """Count a connection less."""
        if transport.guest is not None:
            self.gate.closed(transport.guest)
        super().closed(transport)

    def failed(self, address: str, how: str, key: bytes | None) -> float:
        """Count a failure to log in; the audit has it, as long as there are not too many."""
        delay = self.gate.failed(address)
        tried = how if key is None else f"{how} {described_key(key)}"
        more = self._failures.more(self.clock.seconds())
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
