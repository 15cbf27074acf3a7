"""Whose keys may log in: files in the format of OpenSSH's authorized_keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from twisted.conch.ssh.keys import Key
from twisted.logger import Logger

from twistchat.core.text import clean
from twistchat.interfaces.ssh.hostkey import fingerprint

log = Logger()

FILE_NAME = "authorized_keys"

KINDS = frozenset(
    {
        *("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa"),
        *("sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"),
    }
)
"""What a line begins with; one that begins otherwise has options before its key."""

MOST_BYTES = 1024 * 1024
"""Of one file; no list of administrators is longer."""

LEAST_RSA_BITS = 2048


@dataclass(frozen=True)
class Holder:
    """A key that may log in, and whose it is."""

    key: Key
    comment: str

    @property
    def label(self) -> str:
        """How acts by this key are signed: its comment and fingerprint."""
        return f"{self.comment or 'key'} {fingerprint(self.key)}"


class KeyFiles:
    """The keys in some files, read again at each login; what is wrong with a file is said once until it changes."""

    def __init__(self, places: KeyPlaces) -> None:
        self._places = places
        self._told: dict[Path, tuple[float, int]] = {}

    def holders(self) -> list[Holder]:
        """Everyone who may log in now."""
        found: list[Holder] = []
        for path in self._places.files():
            try:
                found.extend(self._read(path))
            except OSError as error:
                log.error("admin: {path} cannot be read: {reason}", path=path, reason=error.strerror)
        return found

    def find(self, key: Key) -> Holder | None:
        """Whose key that is."""
        return next((holder for holder in self.holders() if holder.key == key), None)

    def _read(self, path: Path) -> Iterator[Holder]:
        with path.open("rb") as file:
            about = os.fstat(file.fileno())
            text = file.read(MOST_BYTES)
        is_news = self._told.get(path) != (about.st_mtime, about.st_size)
        self._told[path] = (about.st_mtime, about.st_size)
        if about.st_mode & 0o022 or about.st_uid not in (0, os.geteuid()):
            if is_news:
                log.error("admin: {path} can be changed by others, so no key in it is taken. chmod 600 it.", path=path)
            return
        for number, line in enumerate(text.splitlines(), 1):
            try:
                holder = _holder(line)
            except ValueError as error:
                if is_news:
                    log.error("admin: {path} line {number}: {error}", path=path, number=number, error=str(error))
                continue
            if holder is not None:
                yield holder


@dataclass(frozen=True)
class KeyPlaces:
    """Where keys are looked for."""

    own: Path
    """The server's own list: the file given, or the one in the state folder."""
    home: Path | None
    """The home of the user who runs the server, whose keys count where there is no such list; None where not."""

    def files(self) -> list[Path]:
        """The files that count now."""
        if self.own.exists() or self.home is None:
            return [self.own] if self.own.exists() else []
        folder = self.home / ".ssh"
        try:
            files = [folder / FILE_NAME, *sorted(folder.glob("*.pub"))]
            return [path for path in files if path.is_file() and not path.name.endswith("-cert.pub")]
        except PermissionError:  # root's, who has started the server, and is not who runs it
            return []


def _holder(line: bytes) -> Holder | None:
    """Read a line; None where it is empty or a comment.

    Raises:
        ValueError: It is not to be taken; the text says why.
    """
    words = line.decode("utf-8", "replace").split()
    if not words or words[0].startswith("#"):
        return None
    if words[0] not in KINDS:
        raise ValueError(
            f"options such as from= and command= are not understood here, so this key is not taken: {words[0][:40]}"
            if any(word in KINDS for word in words)
            else "this is no key that is taken here"
        )
    try:
        key = Key.fromString(line.strip())
    except Exception as error:  # conch lets struct's and cryptography's own errors through
        raise ValueError("this key cannot be read") from error
    if key.type() == "RSA" and key.size() < LEAST_RSA_BITS:
        raise ValueError(f"RSA keys below {LEAST_RSA_BITS} bits are not taken")
    return Holder(key, clean(" ".join(words[2:]))[:100])
