"""Certificates that clients show: asked for where they can prove a name, and believed as keys, whoever signed them.

Rule 1: anybody may make one and nobody has to, so that none is refused. OpenSSL makes sure that who shows one has its
    key; what it says of names and days counts for nothing.
Rule 2: only interfaces whose clients have such certificates ask, as browsers show a dialog then.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

_SESSIONS = b"twistchat"
"""OpenSSL wants a name for sessions that are taken up again with a certificate (SSL_CTX_set_session_id_context)."""


def ask(options: Any) -> Any:
    """Have connections ask for the peer's certificate.

    Args:
        options: What Twisted makes TLS connections with, such as a `CertificateOptions`.

    Returns:
        The same.
    """
    # Imported where it is used: without the compiled parts the server does all but this.
    from OpenSSL import SSL

    context = options.getContext()
    context.set_verify(SSL.VERIFY_PEER, _is_believed)
    context.set_session_id(_SESSIONS)
    return options


def _is_believed(*_of_certificate: Any) -> bool:
    return True


def shown_certificate(transport: Any) -> str | None:
    """The SHA-256 of the certificate that a peer has shown, in hex; None where it has shown none, or speaks plainly.

    Args:
        transport: A connection on which something has come, so that its handshake is over.
    """
    get = getattr(transport, "getPeerCertificate", None)
    certificate = None if get is None else get()
    if certificate is None:
        return None
    from OpenSSL import crypto

    return sha256(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)).hexdigest()


class AskingReactor:
    """A reactor whose TLS ports ask for certificates; all else is the reactor's own."""

    def __init__(self, reactor: Any) -> None:
        """Stand before a reactor."""
        self._reactor = reactor

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reactor, name)

    def listenSSL(self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Twisted's."""
        return self._reactor.listenSSL(port, factory, ask(contextFactory), backlog, interface)
