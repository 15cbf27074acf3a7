"""Signatures of keys that live in hardware (FIDO), which conch reads and does not verify (OpenSSH's PROTOCOL.u2f)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.keys import Key

_ED25519, _NIST = b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"

TOKENS = (_ED25519, _NIST)

_TOUCHED = 1
"""The flag that says that somebody touched it, which OpenSSH's server wants, too."""


def is_signed_by_token(credentials: Any) -> bool:
    """Whether a token has signed what somebody logs in with, and what it is for, its flags and its counter besides.

    Args:
        credentials: As conch has them, with the key in `blob`.

    Raises:
        Exception: Whatever bytes of a stranger make the parsers raise.
    """
    kind, rest = getNS(credentials.signature)
    signed, more = getNS(rest)
    if len(more) != 5 or not more[0] & _TOUCHED:
        return False
    named, *parts, application, _ = getNS(credentials.blob, 3 if kind == _ED25519 else 4)
    if named != kind:
        return False
    plain = b"ssh-ed25519" if kind == _ED25519 else b"ecdsa-sha2-nistp256"
    key = Key.fromString(NS(plain) + b"".join(map(NS, parts)))
    text = sha256(application).digest() + more + sha256(credentials.sigData).digest()
    return bool(key.verify(NS(plain) + NS(signed), text))
