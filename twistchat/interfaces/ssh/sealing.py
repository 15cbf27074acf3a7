"""Enciphering and authenticating SSH's packets at half of conch's price, and telling whether one is authentic.

The hashes that HMAC begins with (RFC 2104 4) are made once for a key: OpenSSL 3 takes four times as long where it is
given the key each time.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from hmac import compare_digest
from typing import Any

from twisted.conch.ssh.transport import SSHCiphers

_SEQUENCE = struct.Struct(">L")

_LAST = 0xFFFFFFFF


def sealed_by(keys: SSHCiphers) -> Callable[[int, bytes], bytes]:
    """What enciphers and authenticates packets, given their number, by a connection's keys."""
    encrypt, authenticate = keys.encryptor.update, _authenticated_by(keys.outMAC)

    def seal(number: int, packet: bytes) -> bytes:
        both: bytes = encrypt(packet) + authenticate(number, packet)
        return both

    return seal


def verified_by(keys: SSHCiphers) -> Callable[[int, bytes, bytes], bool]:
    """What tells whether packets are authentic, given their number, as they are deciphered, and what stood behind."""
    authenticate = _authenticated_by(keys.inMAC)

    def verify(number: int, packet: bytes, mac: bytes) -> bool:
        return compare_digest(authenticate(number & _LAST, packet), mac)

    return verify


def _authenticated_by(parameters: Any) -> Callable[[int, bytes], bytes]:
    """What makes the code of packets, given their number, by conch's parameters of one."""
    hashed: Any = parameters[0]
    inner, outer = hashed(parameters[1]).copy, hashed(parameters[2]).copy

    def authenticate(number: int, packet: bytes) -> bytes:
        within, around = inner(), outer()
        within.update(_SEQUENCE.pack(number) + packet)
        around.update(within.digest())
        code: bytes = around.digest()
        return code

    return authenticate
