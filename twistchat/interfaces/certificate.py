"""The server's own certificate, which no authority has signed: made once, for ten years, and kept.

Rule 1: who joins by TLS remembers the key, so the key is never made anew by itself. Where it is gone or cannot be used,
    the server does not start and says what to do.
Rule 2: the certificate around it can be made again at any time, and is where it is gone, broken or not valid today (a
    machine without a clock of its own may have made it in 1970). Browsers then ask again, `twistchat join` does not.
Rule 3: a machine whose names or addresses change keeps its certificate: a name proves nothing where nobody has signed
    it, and a new one would have everybody's browser ask again each time that DHCP gives another address.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from itertools import islice
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from twisted.logger import Logger

from twistchat.drafts import put_in_place
from twistchat.errors import CannotStart
from twistchat.machine import Sighting

log = Logger()

KEY_FILE, CERTIFICATE_FILE = "tls_key.pem", "tls_certificate.pem"

LIFE = timedelta(days=3653)
"""Ten years: nobody who carries a server to a place without network shall have to renew anything."""

BEFORE = timedelta(days=1)
"""How long before now it begins, as clocks of a room's machines differ."""

MOST_NAMES = 100
"""Names and addresses in it; a machine with 40 interfaces has as many."""

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*")
"""RFC 1123 2.1, and the underline, which machines are called with all the same."""

Key = EllipticCurvePrivateKey | RSAPrivateKey


def own_certificate(folder: Path, seen: Sighting, now: datetime) -> tuple[Key, x509.Certificate]:
    """Read key and certificate in the state folder, or make what is missing.

    Args:
        folder: Where they are kept.
        seen: What a certificate that is made now is for.
        now: The time of day.

    Returns:
        The key, and the certificate.

    Raises:
        CannotStart: They cannot be read, written or used.
    """
    key_file, certificate_file = folder / KEY_FILE, folder / CERTIFICATE_FILE
    try:
        if not key_file.exists():
            _make_key(key_file, certificate_file)
        key = _read_key(key_file, _secret(key_file))
        certificate = _read_certificate(certificate_file)
        if certificate is not None and certificate.public_key() != key.public_key():
            raise CannotStart(
                f"The certificate {certificate_file} does not belong to the key {key_file}. Remove the certificate, "
                "and another is made for that key."
            )
        if certificate is None or not _is_valid(certificate, now):
            certificate = _made(key, seen, now)
            put_in_place(certificate_file, certificate.public_bytes(Encoding.PEM), replaces=True)
            log.info("tls: made the certificate {file}, for ten years", file=str(certificate_file))
        return key, certificate
    except OSError as error:
        raise CannotStart(f"The server's own certificate: {error.filename}: {error.strerror}.") from error


def fingerprint(certificate: x509.Certificate) -> str:
    """A certificate's SHA-256 as people compare it, in browsers and in `twistchat join`."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def _make_key(key_file: Path, certificate_file: Path) -> None:
    if certificate_file.exists():
        raise CannotStart(
            f"{key_file} is gone, and {certificate_file} is of no use without it. Put it back from a backup; or "
            "remove the certificate, and both are made, which everybody who joined by TLS has to accept anew."
        )
    key = generate_private_key(SECP256R1())
    put_in_place(key_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def _secret(file: Path) -> bytes:
    if file.stat().st_mode & 0o077:
        raise CannotStart(
            f"{file} can be read by others. Let its owner alone read it (chmod 600); or, if others may have read it, "
            f"remove it and {CERTIFICATE_FILE} beside it, and others are made."
        )
    return file.read_bytes()


def _read_key(file: Path, written: bytes) -> Key:
    try:
        key = load_pem_private_key(written, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if isinstance(key, Key):
        return key
    raise CannotStart(
        f"{file} is no key for TLS. Put it back from a backup; or remove it and {CERTIFICATE_FILE} beside it, and "
        "others are made, which everybody who joined by TLS has to accept anew."
    )


def _read_certificate(file: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except FileNotFoundError:
        return None
    except (ValueError, UnsupportedAlgorithm):
        log.info("tls: {file} is no whole certificate", file=str(file))
        return None


def _is_valid(certificate: x509.Certificate, now: datetime) -> bool:
    return certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc


def _made(key: Key, seen: Sighting, now: datetime) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "twistchat")])
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    return (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now.astimezone(UTC) - BEFORE)
        .not_valid_after(now.astimezone(UTC) + LIFE)
        .add_extension(x509.SubjectAlternativeName(list(islice(_subjects(seen), MOST_NAMES))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=False)
        .sign(key, hashes.SHA256())
    )


def _subjects(seen: Sighting) -> Iterator[x509.GeneralName]:
    """What it is for; names that no certificate can have are left out."""
    addresses = {each.ip for each in seen.interfaces if not each.ip.is_link_local and not each.ip.is_loopback}
    for name in ("localhost", *sorted(seen.names - {"localhost"})):
        if _HOST.fullmatch(name):
            yield x509.DNSName(name)
    for at in (ip_address("127.0.0.1"), ip_address("::1"), *sorted(addresses, key=lambda at: (at.version, int(at)))):
        yield x509.IPAddress(at)
