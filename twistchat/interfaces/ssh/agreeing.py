"""The server's half of a key exchange, at less than half of conch's price: everybody else waits for it.

The mathematics of an exchange take 0.14 ms. A thread would gain nothing, as Python's lock is held in them, and another
process no more, as telling it everything takes as long; so what is saved here is all the rest.

| method | defined in |
|---|---|
| curve25519-sha256 | RFC 8731 |
| ecdh-sha2-nistp256, 384, 521 | RFC 5656 4 |
| mlkem768x25519-sha256 | draft-ietf-sshm-mlkem-hybrid-kex |
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256, sha384, sha512
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from twisted.conch.ssh import transport as conch
from twisted.conch.ssh.common import MP, NS, getNS

from twistchat.interfaces.ssh.hostkey import Signer

KEY_BYTES = 64
"""Of the longest key there is: that of hmac-sha2-512."""

_MLKEM_BYTES = 1184
"""Of an encapsulation key of ML-KEM-768 (FIPS 203, table 3)."""


class NotInOrder(Exception):
    """A message that may not come now, or is not what it should be."""


class Agreed(NamedTuple):
    """What one method gives."""

    theirs: bytes
    """What the peer has sent."""
    ours: bytes
    """What it is sent."""
    secret: bytes
    """What both know then, as it is hashed (RFC 4253 8)."""


def _by_curve25519(theirs: bytes) -> Agreed:
    ours, secret = _x25519(theirs)
    return Agreed(theirs, ours, MP(int.from_bytes(secret, "big")))


def _x25519(theirs: bytes) -> tuple[bytes, bytes]:
    private = X25519PrivateKey.generate()
    return private.public_key().public_bytes_raw(), private.exchange(X25519PublicKey.from_public_bytes(theirs))


def _by_both(theirs: bytes) -> Agreed:
    mlkem: Any = conch.mlkem  # type: ignore[attr-defined]  # None where `cryptography` has none, and nobody is offered it
    encapsulated, sealed = mlkem.MLKEM768PublicKey.from_public_bytes(theirs[:_MLKEM_BYTES]).encapsulate()
    ours, secret = _x25519(theirs[_MLKEM_BYTES:])
    return Agreed(theirs, sealed + ours, NS(sha256(encapsulated + secret).digest()))


def _by_nist(curve: type[ec.EllipticCurve]) -> Callable[[bytes], Agreed]:
    def agree(theirs: bytes) -> Agreed:
        point = ec.EllipticCurvePublicKey.from_encoded_point(curve(), theirs)
        private = ec.generate_private_key(curve())
        ours = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return Agreed(theirs, ours, MP(int.from_bytes(private.exchange(ec.ECDH(), point), "big")))

    return agree


_METHODS: dict[bytes, tuple[Callable[[bytes], Agreed], Callable[[bytes], Any]]] = {
    b"mlkem768x25519-sha256": (_by_both, sha256),
    b"curve25519-sha256": (_by_curve25519, sha256),
    b"curve25519-sha256@libssh.org": (_by_curve25519, sha256),
    b"ecdh-sha2-nistp256": (_by_nist(ec.SECP256R1), sha256),
    b"ecdh-sha2-nistp384": (_by_nist(ec.SECP384R1), sha384),
    b"ecdh-sha2-nistp521": (_by_nist(ec.SECP521R1), sha512),
}


class Agreeing(conch.SSHServerTransport):
    """Conch's transport with an exchange of its own."""

    supportedKeyExchanges = [name for name in conch.SSHServerTransport.supportedKeyExchanges if name in _METHODS]
    supportedPublicKeys = [b"ssh-ed25519"]
    """How the server's own key signs."""

    def agree(self, packet: bytes) -> Agreed:
        """Do the first half of an exchange, the mathematics.

        Args:
            packet: What the peer sent, in each of the methods one string.

        Raises:
            NotInOrder: It is no point of the curve.
        """
        theirs, _ = getNS(packet)
        by, _ = _METHODS[self.kexAlg]
        try:
            return by(theirs)
        except ValueError as error:
            raise NotInOrder("no point of the curve") from error

    def answer(self, agreed: Agreed, signer: Signer) -> None:
        """Do the second half: answer the peer; both have the keys then.

        Args:
            agreed: What the first half gave.
            signer: The server's own key.
        """
        theirs, ours, secret = agreed
        _, hashing = _METHODS[self.kexAlg]
        said = (self.otherVersionString, self.ourVersionString, self.otherKexInitPayload, self.ourKexInitPayload)
        digest = hashing(b"".join(map(NS, (*said, signer.blob, theirs, ours))) + secret).digest()
        self.sendPacket(conch.MSG_KEXDH_REPLY, NS(signer.blob) + NS(ours) + NS(signer.sign(digest)))
        self._keySetup(secret, digest)

    def _getKey(self, c: bytes, sharedSecret: bytes, exchangeHash: bytes) -> bytes:
        """Conch's hook: one of the six keys (RFC 4253 7.2), no longer than any has to be."""
        assert self.sessionID is not None
        hashing = _METHODS[self.kexAlg][1]
        start = sharedSecret + exchangeHash
        key: bytes = hashing(start + c + self.sessionID).digest()
        while len(key) < KEY_BYTES:
            key += hashing(start + key).digest()
        return key
