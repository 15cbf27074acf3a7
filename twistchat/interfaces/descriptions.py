"""Why an endpoint description cannot be listened at, in a sentence: Twisted's own words are for programmers.

A description is read by Twisted. Only once it has refused one is it looked at here, for the first thing that is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from twisted.python.systemd import ListenFDs

from twistchat.extras import Extra, is_here, why_missing

KINDS = ("tcp", "tcp6", "ssl", "tls", "unix", "systemd", "haproxy")
"""The first words that the documentation names."""

MOST_PORT = 65535

_ALLOWED = {
    "tcp": ("port", "interface", "backlog"),
    "tcp6": ("port", "interface", "backlog"),
    "ssl": ("port", "privateKey", "certKey", "sslmethod", "interface", "backlog", "extraCertChain", "dhParameters"),
    "systemd": ("domain", "index", "name"),
}
"""What may be said of a kind, in the order in which it may be said without its name."""


def whats_wrong(description: str) -> str | None:
    """What is wrong with a description that was refused, as a part of a sentence; None where it is not seen.

    Args:
        description: As the operator wrote it.
    """
    kind, given = _read(description)
    return whats_misspelt(description) or (_CHECKS[kind](given) if kind in _CHECKS else None)


def whats_misspelt(description: str) -> str | None:
    """The same of what no machine could listen at, whatever is on it.

    Args:
        description: As the operator wrote it.
    """
    kind, given = _read(description)
    if kind not in KINDS:
        return f"{kind!r} is no kind of endpoint; there is {', '.join(KINDS)}, or a port alone"
    if kind not in _ALLOWED:
        return None
    for name, word in given.items():
        if name not in _ALLOWED[kind]:
            return f"{word!r} is nothing that can be said of {kind}"
    return None if kind == "systemd" else _port_trouble(given.get("port", ""))


def _read(description: str) -> tuple[str, dict[str, str]]:
    """A description's kind, and what is said of it by name; what has none that is known, under itself."""
    if description.isdecimal():
        return "tcp", {"port": description}
    if description.startswith("haproxy:"):
        return _read(description.removeprefix("haproxy:"))
    kind, words = words_of(description)
    allowed = _ALLOWED.get(kind, ())
    given: dict[str, str] = {}
    for place, word in enumerate(words):
        name, equals, value = word.partition("=")
        if not equals and place < len(allowed):
            name, value = allowed[place], word
        given |= {name: value} if name in allowed else {word: word}
    return kind, given


def words_of(description: str) -> tuple[str, list[str]]:
    """A description's kind, and what is said of it, each word as it is meant, without the backslashes."""
    kind, *words = (re.sub(r"\\(.)", r"\1", word) for word in re.split(r"(?<!\\):", description))
    return kind, words


def has_tls(description: str) -> bool:
    """Whether a description itself says that connections are by TLS."""
    return description.startswith(("ssl:", "tls:"))


def _port_trouble(port: str) -> str | None:
    if re.fullmatch("[0-9]{1,9}", port) and int(port) <= MOST_PORT:
        return None
    return f"{port!r} is no port; ports are numbers from 0 to {MOST_PORT}"


def _ssl(given: Mapping[str, str]) -> str | None:
    if not is_here(Extra.TLS):
        return why_missing(Extra.TLS)
    key_file = given.get("privateKey", "server.pem")  # Twisted's default
    certificate_file = given.get("certKey", key_file)
    files = (key_file, certificate_file, *filter(None, [given.get("extraCertChain"), given.get("dhParameters")]))
    unreadable = next(filter(None, map(_unreadable, files)), None)
    return unreadable or _pair_trouble(key_file, certificate_file)


def _unreadable(file: str) -> str | None:
    try:
        Path(file).read_bytes()
    except OSError as error:
        return f"{file} cannot be read ({error.strerror})"
    return None


def _pair_trouble(key_file: str, certificate_file: str) -> str | None:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key
    from cryptography.x509 import load_pem_x509_certificate

    try:
        key = load_pem_private_key(Path(key_file).read_bytes(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return f"{key_file} has no private key in PEM that can be read without a password"
    try:
        certificate = load_pem_x509_certificate(Path(certificate_file).read_bytes())
        is_pair = _written(key.public_key()) == _written(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return f"{certificate_file} has no certificate in PEM"
    if not is_pair:
        return f"the key in {key_file} does not belong to the certificate in {certificate_file}"
    return None


def _written(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    written: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return written


def _systemd(given: Mapping[str, str]) -> str | None:
    got = ListenFDs.fromEnvironment().inheritedDescriptors()
    index = given.get("index", "")
    if not got:
        return "systemd has handed over no socket; start the server by a .socket unit (docs/operations.md)"
    if not given.get("name") and (not index.isdecimal() or int(index) >= len(got)):
        return f"systemd has handed over {len(got)} sockets; index is a number from 0 to {len(got) - 1}"
    return None


_CHECKS = {"ssl": _ssl, "systemd": _systemd}
