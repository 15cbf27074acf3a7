"""What is to be known of TLS before it is spoken."""

from __future__ import annotations

_HANDSHAKE = b"\x16"
"""The first byte of a connection by TLS (RFC 8446 5.1); no request and no line of text begins with it."""


def is_tls(first: bytes) -> bool:
    """Whether a connection that begins with these bytes, one at least, is by TLS."""
    return first.startswith(_HANDSHAKE)
