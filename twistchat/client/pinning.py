"""TLS without an authority: a server's key is remembered at the first time, and another one is refused from then on.

| known of the server | an authority vouches for it now | its key now | what is done |
|---|---|---|---|
| nothing | yes | any | joined; `authority` is remembered |
| nothing | no | any | joined, its fingerprint shown; its key is remembered |
| `authority` | yes | any | joined: such servers change their keys every few months |
| `authority` | no | any | refused |
| a key | whatever | the same | joined |
| a key | whatever | another | refused |

Nothing is sent and nothing of what comes is read before that is decided.
"""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from OpenSSL import SSL
from service_identity.exceptions import CertificateError, VerificationError
from service_identity.pyopenssl import verify_hostname, verify_ip_address
from twisted.internet.abstract import isIPAddress, isIPv6Address
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import HostnameEndpoint, connectProtocol, wrapClientTLS
from twisted.internet.interfaces import IHandshakeListener, IOpenSSLClientConnectionCreator
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates
from zope.interface import implementer

from twistchat.client.address import Address
from twistchat.client.known_servers import AUTHORITY, CannotTell, Known, KnownServers
from twistchat.client.link import Connect, Link, Wire
from twistchat.client.transports import LineWire
from twistchat.errors import Phrase


@implementer(IOpenSSLClientConnectionCreator)
class Acquaintance:
    """Makes one connection to a server that anybody may have certified, and notes whether an authority has."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._is_trusted = True
        self._connection: Any = None

    def clientConnectionForTLS(self, tlsProtocol: Any) -> Any:
        """Twisted's hook."""
        context = SSL.Context(SSL.TLS_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)  # RFC 8996
        context.set_default_verify_paths()
        context.set_verify(SSL.VERIFY_PEER, self._noted)
        self._connection = SSL.Connection(context, None)
        if not _is_address(self._host):
            self._connection.set_tlsext_host_name(self._host.encode("idna"))
        return self._connection

    def _noted(self, _connection: Any, _certificate: Any, _error: int, _depth: int, is_fine: int) -> bool:
        self._is_trusted = self._is_trusted and bool(is_fine)
        return True

    @property
    def is_vouched_for(self) -> bool:
        """Whether an authority of this machine's vouches that this is the host."""
        verify = verify_ip_address if _is_address(self._host) else verify_hostname
        try:
            verify(self._connection, self._host)
        except (VerificationError, CertificateError, ValueError):
            return False
        return self._is_trusted


def _is_address(host: str) -> bool:
    return isIPAddress(host) or isIPv6Address(host)


def is_the_same(known: Known, mark: str, is_vouched_for: bool) -> bool:
    """Whether a server is the one that is known."""
    return is_vouched_for if known.mark == AUTHORITY else known.mark == mark


@implementer(IHandshakeListener)
class PinnedWire(LineWire):
    """A TLS connection to a server that is known by its key."""

    def __init__(self, link: Link, address: Address, acquaintance: Acquaintance, servers: KnownServers) -> None:
        super().__init__(link)
        self._address = address
        self._acquaintance = acquaintance
        self._servers = servers

    def handshakeCompleted(self) -> None:
        """Twisted's hook: the server has shown its certificate, and that it has the key."""
        try:
            certificate = self.transport.getPeerCertificate().to_cryptography()
            key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except ValueError:
            self._refuse("tls-broken", Phrase("{address} shows a certificate that cannot be read."))
            return
        self._decide(f"sha256:{hashlib.sha256(key).hexdigest()}", certificate.fingerprint(hashes.SHA256()))

    def _decide(self, mark: str, digest: bytes) -> None:
        shown = digest.hex(":").upper()
        is_vouched_for = self._acquaintance.is_vouched_for
        try:
            known = self._servers.find(self._address)
            if known is None:
                self._remember(AUTHORITY if is_vouched_for else mark, shown)
            elif not is_the_same(known, mark, is_vouched_for):
                sentence = Phrase(
                    "REFUSED: {address} shows another key than the last time. Somebody may be between you and the "
                    "server, or it was set up anew; the SHA-256 of its certificate is {fingerprint} now. Ask whoever "
                    "runs it. If that is right, remove line {line} of {file} and join again."
                )
                self._refuse("tls-changed", sentence, fingerprint=shown, line=known.line)
        except CannotTell as error:
            sentence = Phrase(
                "{file} cannot be read ({reason}), so nobody can tell whether {address} is the server of the last "
                "time. Mend the file, or remove it."
            )
            self._refuse("tls-cannot-tell", sentence, reason=str(error))

    def _remember(self, mark: str, shown: str) -> None:
        try:
            line = self._servers.add(self._address, mark)
        except OSError as error:
            sentence = Phrase("The key of {address} cannot be kept in {file} ({reason}): next time is the first again.")
            self._remark("tls-not-kept", sentence, reason=error.strerror)
            line = 0
        if mark != AUTHORITY:
            sentence = Phrase(
                "The first time at {address}: the SHA-256 of its certificate is {fingerprint}. Compare it with what "
                "the server shows at its start. From now on no other key is taken there."
            )
            self._remark("tls-new", sentence, fingerprint=shown, line=line)

    def _remark(self, code: str, sentence: str, **data: object) -> None:
        self._link.remark(code, sentence, {"address": str(self._address), "file": str(self._servers.path), **data})

    def _refuse(self, code: str, sentence: str, **data: object) -> None:
        self._link.refuse(code, sentence, {"address": str(self._address), "file": str(self._servers.path), **data})
        self.transport.abortConnection()


def pinned(endpoint: HostnameEndpoint, link: Link, address: Address, servers: KnownServers) -> Deferred[Wire]:
    """Connect to a server that is known by its key.

    Args:
        endpoint: Where the server is.
        link: Whose connection it is.
        address: The same place, as it is known and shown.
        servers: Those that are known.
    """
    acquaintance = Acquaintance(address.host)
    wire = PinnedWire(link, address, acquaintance, servers)
    made: Deferred[Wire] = connectProtocol(wrapClientTLS(acquaintance, endpoint), wire)
    return made


def certified(endpoint: HostnameEndpoint, address: Address, ca: bytes) -> Connect:
    """What connects to a server that one of some certificates has to vouch for.

    Args:
        endpoint: Where the server is.
        address: Whose name or address the certificate has to have.
        ca: Those certificates, in PEM.
    """
    trust = trustRootFromCertificates([Certificate.loadPEM(ca)])
    sealed = wrapClientTLS(optionsForClientTLS(address.host, trustRoot=trust), endpoint)
    return lambda link: connectProtocol(sealed, LineWire(link))
