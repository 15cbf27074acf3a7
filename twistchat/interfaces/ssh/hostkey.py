"""The server's own key: ed25519, made at the first start and kept in the state folder."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from twisted.conch.ssh.common import NS
from twisted.conch.ssh.keys import BadKeyError, FingerprintFormats, Key

from twistchat.drafts import put_in_place
from twistchat.errors import CannotStart

FILE_NAME = "ssh_host_ed25519_key"


class Signer:
    """The server's own key, as each exchange of keys takes it."""

    def __init__(self, key: Key) -> None:
        """Prepare what is the same every time.

        Args:
            key: An ed25519 one, with its secret.
        """
        self.blob: bytes = key.public().blob()
        """What peers know it by."""
        private = load_ssh_private_key(key.toString("OPENSSH"), None)
        assert isinstance(private, Ed25519PrivateKey)
        self._sign = private.sign

    def sign(self, digest: bytes) -> bytes:
        """Sign what both have said in an exchange (RFC 8709 6)."""
        return NS(b"ssh-ed25519") + NS(self._sign(digest))


def host_key(state_dir: Path) -> Key:
    """Read the key in the state folder, or make one, which is kept once `keep_host_key` is called.

    Raises:
        CannotStart: It cannot be read, or others can read it.
    """
    path = state_dir / FILE_NAME
    try:
        if not path.exists():
            return Key(Ed25519PrivateKey.generate())
        if path.stat().st_mode & 0o077:
            raise CannotStart(f"{path} can be read by others, so it is no secret. Remove it, and another is made.")
        key: Key = Key.fromString(path.read_bytes())
        return key
    except OSError as error:
        raise CannotStart(f"The admin interface's key {path} cannot be used: {error.strerror}.") from error
    except (BadKeyError, ValueError) as error:
        raise CannotStart(f"{path} is no SSH key. Remove it, and another is made.") from error


def keep_host_key(state_dir: Path, key: Key) -> None:
    """Store a new key, readable by its owner alone; one that is there stays.

    Raises:
        CannotStart: It cannot be stored.
    """
    path = state_dir / FILE_NAME
    try:
        if not path.exists():
            _make(path, key)
    except OSError as error:
        raise CannotStart(f"The admin interface's key {path} cannot be used: {error.strerror}.") from error


def fingerprint(key: Key) -> str:
    """A key as people compare it, as `ssh-keygen -l` shows it."""
    return f"SHA256:{key.fingerprint(FingerprintFormats.SHA256_BASE64).rstrip('=')}"


def _make(path: Path, key: Key) -> None:
    """Write a new key, unless another process has just done so."""
    put_in_place(path, key.toString("OPENSSH"))
    path.with_name(f"{path.name}.pub").write_bytes(key.public().toString("OPENSSH") + b"\n")
