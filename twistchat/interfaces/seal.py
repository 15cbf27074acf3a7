"""TLS with the server's own certificate, for the interfaces whose `--…-tls` is `auto`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet.protocol import Factory
from twisted.logger import Logger

from twistchat.errors import CannotStart
from twistchat.extras import Extra, is_here, why_missing
from twistchat.interfaces.clientcertificates import ask
from twistchat.machine import Machine
from twistchat.wire.language import ENGLISH, Language

log = Logger()

GOES_WITH = ("tcp", "tcp6", "unix", "systemd")
"""Kinds of endpoints that are sealed; the others have TLS of their own, or another program's before them."""


class Seal:
    """The certificate, made or read when the first interface asks for it; one for all of them."""

    def __init__(self, folder: Path, machine: Machine, language: Language = ENGLISH) -> None:
        """Prepare.

        Args:
            folder: The state folder.
            machine: What a certificate that has to be made is for.
            language: What is said in to those who speak plainly where TLS alone is taken.
        """
        self.fingerprint: str | None = None
        """The certificate's SHA-256, for people to compare; None where no interface is sealed."""
        self._folder = folder
        self._machine = machine
        self._language = language
        self._pair: Any = None

    def options(self, *protocols: bytes) -> Any:
        """What Twisted makes TLS connections with.

        Args:
            protocols: What is spoken in them, as a client may ask (ALPN, RFC 7301). A browser does; OpenSSL 4.0 refuses
                one that is not told anything.

        Raises:
            CannotStart: There is no certificate to be had.
        """
        # Imported where they are used: without the compiled parts the server does all but this.
        from twisted.internet.ssl import CertificateOptions

        key, certificate = self._read()
        return CertificateOptions(privateKey=key, certificate=certificate, acceptableProtocols=[*protocols] or None)

    def _read(self) -> Any:
        from twistchat.interfaces.certificate import fingerprint, own_certificate

        if self._pair is None:
            self._pair = own_certificate(self._folder, self._machine.sighting, datetime.now(UTC))
            self.fingerprint = fingerprint(self._pair[1])
            log.info("tls: the certificate's SHA-256 is {fingerprint}", fingerprint=self.fingerprint)
        return self._pair

    def around(self, factory: Factory[Any], clock: Any, asks: bool = False) -> Any:
        """A factory whose connections are all sealed.

        Args:
            factory: What serves them.
            clock: Tells when what was written in one turn is sealed together.
            asks: Whether clients are asked for a certificate of theirs.

        Raises:
            CannotStart: There is no certificate to be had.
        """
        options = ask(self.options()) if asks else self.options()
        from twistchat.interfaces.handshakes import SealedFactory

        return SealedFactory(options, factory, clock, self._language)


def is_wanted(option: str, description: str, options: Mapping[str, Any]) -> bool:
    """Whether an interface is to be sealed.

    Args:
        option: The interface's name.
        description: Where it listens.
        options: All options; that interface's is `OPTION-tls`.

    Raises:
        CannotStart: It is, and cannot be.
    """
    if options.get(f"{option}-tls") != "auto":
        return False
    if not is_here(Extra.TLS):
        raise CannotStart(f"--{option}-tls auto: {why_missing(Extra.TLS)}. Leave the option out.")
    if not description.isdecimal() and description.partition(":")[0] not in GOES_WITH:
        raise CannotStart(
            f"--{option}-tls auto does not go with --{option} {description}: leave one of them out; auto goes with "
            f"{', '.join(GOES_WITH)}, or a port alone."
        )
    return True
