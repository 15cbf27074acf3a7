"""Logging in within limits: what both ports have in common, and by listed keys, whatever user name was typed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.conch.error import ConchError, IgnoreAuthentication, ValidPublicKey
from twisted.conch.interfaces import IConchUser
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE
from twisted.conch.ssh.userauth import MSG_USERAUTH_FAILURE, SSHUserAuthServer
from twisted.cred.checkers import ICredentialsChecker
from twisted.cred.credentials import ISSHPrivateKey
from twisted.cred.error import UnauthorizedLogin
from twisted.cred.portal import IRealm
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from twistchat.interfaces.ssh.hostkey import fingerprint
from twistchat.interfaces.ssh.keyfile import Holder
from twistchat.interfaces.ssh.quiet import quiet
from twistchat.interfaces.ssh.tokens import TOKENS, is_signed_by_token

MOST_ATTEMPTS = 5
"""Failures on one connection (OpenSSH: 6); the last one ends it."""

MOST_OFFERS = 20
"""Keys that a client may ask about before it signs with one: an agent offers each that it holds."""

SIGNATURES = (
    *(b"ssh-ed25519", b"sk-ssh-ed25519@openssh.com", b"rsa-sha2-512", b"rsa-sha2-256"),
    *(b"ecdsa-sha2-nistp256", b"ecdsa-sha2-nistp384", b"ecdsa-sha2-nistp521", b"sk-ecdsa-sha2-nistp256@openssh.com"),
)
"""How keys may sign; not with SHA-1, as `ssh-rsa` does."""


@implementer(ICredentialsChecker)
class KeyChecker:
    """Tells whose a key is. One that is not listed is refused when it is offered, before the client signs with it."""

    credentialInterfaces = (ISSHPrivateKey,)

    def __init__(self, find: Callable[[Key], Holder | None]) -> None:
        """Check keys.

        Args:
            find: Whose a key is; None where it may not log in.
        """
        self._find = find

    def requestAvatarId(self, credentials: Any) -> Any:
        """Twisted's hook: the key's holder.

        Raises:
            ValidPublicKey: The key is listed, and was only offered.
            UnauthorizedLogin: It is not, or the signature is none of its.
        """
        try:
            key = Key.fromString(credentials.blob)
        except Exception as error:  # a stranger sent it, and conch lets struct's own errors through
            raise UnauthorizedLogin("no key") from error
        holder = self._find(key)
        if holder is None or credentials.algName not in SIGNATURES:
            raise UnauthorizedLogin("not listed")
        if credentials.signature is None:
            raise ValidPublicKey
        if not _is_signed(key, credentials):
            raise UnauthorizedLogin("wrong signature")
        return holder


def _is_signed(key: Key, credentials: Any) -> bool:
    try:
        kind, _ = getNS(credentials.signature)
        if kind in TOKENS:
            return kind == credentials.algName and is_signed_by_token(credentials)
        return kind == credentials.algName and bool(key.verify(credentials.signature, credentials.sigData))
    except Exception:  # what a stranger sent can make cryptography raise anything
        return False


@implementer(IRealm)
class Realm:
    """Gives whoever logged in their place."""

    def __init__(self, make_user: Callable[[Holder], Any]) -> None:
        self._make_user = make_user

    def requestAvatar(self, holder: Any, mind: Any, *interfaces: Any) -> tuple[Any, Any, Callable[[], None]]:
        """Twisted's hook: somebody has logged in."""
        user = self._make_user(holder)
        return IConchUser, user, user.logged_out


class KeyLogin(SSHUserAuthServer):
    """Conch's service, with limits that count from the first byte on."""

    methods: tuple[bytes, ...] = (b"publickey",)
    """How one may log in; `none`, which clients ask for first, is never among them, or no key would be offered."""

    _log = quiet
    transport: Any
    _cancelLoginTimeout: Any

    def serviceStarted(self) -> None:
        """Conch's hook. The time limit is the transport's, as it began with the connection."""
        self._cancelLoginTimeout = None
        self.loginAttempts = 0
        self.user = self.nextService = None
        self.portal = self.transport.factory.portal
        self.supportedAuthentications = [*self.methods]
        self.authenticatedWith: list[bytes] = []
        self._offers = 0
        self._is_offer = False
        self._said_hello = False

    def ssh_USERAUTH_REQUEST(self, packet: bytes) -> Any:
        """Conch's hook: one attempt."""
        if not self._said_hello:
            self._said_hello = True
            self.transport.greet()
        self._is_offer = False
        return super().ssh_USERAUTH_REQUEST(packet)

    def auth_publickey(self, packet: bytes) -> Deferred[Any]:
        """Conch's hook: a key is offered, or has signed."""
        self._is_offer = packet[:1] == b"\0"
        _algorithm, blob, _ = getNS(packet[1:], 2)
        self.transport.last_key = blob
        return super().auth_publickey(packet)

    def _ebCheckKey(self, reason: Failure, packet: bytes) -> Any:
        """Conch's hook: a key was only offered."""
        if reason.check(ValidPublicKey):
            self.transport.showed_key()
        return super()._ebCheckKey(reason, packet)

    def _ebBadAuth(self, reason: Failure) -> None:
        """Conch's hook: it was refused."""
        if reason.check(IgnoreAuthentication):
            return
        if self.method == b"none":  # how a client asks what there is
            self._refuse()
            return
        if self._is_offer:
            self._offers += 1
            if self._offers < MOST_OFFERS:
                self._refuse()
                return
        self.loginAttempts += 1
        delay = self.transport.login_failed(_described(self.method))
        if self.loginAttempts >= MOST_ATTEMPTS or self._offers >= MOST_OFFERS:
            self.transport.sendDisconnect(DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, b"too many failures")
        else:
            self.transport.clock.callLater(delay, self._refuse)

    def _refuse(self) -> None:
        if self.transport is not None and not self.transport.is_lost:
            self.transport.sendPacket(MSG_USERAUTH_FAILURE, NS(b",".join(self.methods)) + b"\0")

    def _cbFinishedAuth(self, result: Any) -> None:
        """Conch's hook: it was accepted."""
        if self.nextService != b"ssh-connection":
            raise ConchError("no such service")
        super()._cbFinishedAuth(result)
        self.transport.logged_in()


def _described(method: bytes) -> str:
    return method.decode("ascii", "replace")[:40]


def described_key(blob: bytes) -> str:
    """A key that somebody offered, for the audit."""
    try:
        return fingerprint(Key.fromString(blob))
    except Exception:  # a stranger sent it
        return "no key"
