"""Keys that live in hardware: made here, as such a thing would sign."""

from __future__ import annotations

from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twisted.conch.ssh.common import MP, NS
from twisted.conch.ssh.keys import Key
from twisted.cred.error import UnauthorizedLogin

from twistchat.interfaces.ssh.keyfile import Holder
from twistchat.interfaces.ssh.login import KeyChecker

TEXT = b"who logs in, and where"
ED25519, NIST = b"sk-ssh-ed25519@openssh.com", b"sk-ecdsa-sha2-nistp256@openssh.com"


class Token:
    """A token; what it signs can be wrong in one way."""

    def __init__(self, kind: bytes) -> None:
        self.kind = kind
        self._key: Any = Ed25519PrivateKey.generate() if kind == ED25519 else ec.generate_private_key(ec.SECP256R1())
        public = self._key.public_key()
        if kind == ED25519:
            point = NS(public.public_bytes_raw())
        else:
            point = NS(b"nistp256") + NS(public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
        self.blob = NS(kind) + point + NS(b"ssh:")

    def signs(self, text: bytes = TEXT, touched: int = 1, application: bytes = b"ssh:", tail: bytes = b"") -> Any:
        more = bytes([touched]) + b"\0\0\0\x07"
        said = sha256(application).digest() + more + sha256(text).digest()
        if self.kind == ED25519:
            signed = self._key.sign(said)
        else:
            from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

            signed = b"".join(map(MP, decode_dss_signature(self._key.sign(said, ec.ECDSA(SHA256())))))
        signature = NS(self.kind) + NS(signed) + more + tail
        return SimpleNamespace(blob=self.blob, algName=self.kind, signature=signature, sigData=TEXT)


def lets_in(credentials: Any) -> bool:
    try:
        KeyChecker(lambda key: Holder(key, "")).requestAvatarId(credentials)
    except UnauthorizedLogin:
        return False
    return True


@pytest.mark.parametrize("kind", [ED25519, NIST])
def test_a_token_gets_in_that_was_touched_and_signed_this(kind: bytes) -> None:
    token, other = Token(kind), Token(kind)
    assert lets_in(token.signs())
    assert not lets_in(token.signs(touched=0))
    assert not lets_in(token.signs(text=b"something else"))
    assert not lets_in(token.signs(application=b"ssh:elsewhere"))
    assert not lets_in(token.signs(tail=b"\0"))
    stolen = token.signs()
    stolen.blob = other.blob
    assert not lets_in(stolen)


def test_a_key_of_another_kind_is_not_taken_for_a_tokens() -> None:
    credentials = Token(ED25519).signs()
    credentials.blob = Key(Ed25519PrivateKey.generate()).public().blob()
    assert not lets_in(credentials)
    credentials.blob = Token(NIST).blob
    assert not lets_in(credentials)
