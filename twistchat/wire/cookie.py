"""Proof that a sender can be reached at the address it claims, with no state kept (as DTLS has it, RFC 6347 4.2.1)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode

SLOT_SECONDS = 60
"""A cookie is good in the slot it was made in and in the next one."""

_BYTES = 12  # 96 bits: far beyond guessing within two minutes, and 16 characters in a datagram


def _cookie(secret: bytes, address: str, name: str, slot: int) -> str:
    message = "\0".join((address, name, str(slot))).encode("utf-8", "replace")
    return urlsafe_b64encode(hmac.digest(secret, message, hashlib.sha256)[:_BYTES]).decode("ascii")


def make(secret: bytes, address: str, name: str, now: float) -> str:
    """A cookie for somebody who wants that name from that address."""
    return _cookie(secret, address, name, int(now // SLOT_SECONDS))


def proves(cookie: str, secret: bytes, address: str, name: str, now: float) -> bool:
    """Whether the cookie was made for that name and address, not long ago."""
    slot = int(now // SLOT_SECONDS)
    good = (_cookie(secret, address, name, s) for s in (slot, slot - 1))
    return any([hmac.compare_digest(cookie.encode("utf-8", "replace"), each.encode()) for each in good])
