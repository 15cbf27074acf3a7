"""The server's own certificate: made once, kept, mended where that is safe, refused in a sentence where it is not."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from ipaddress import ip_interface
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from support.certificates import key_and_certificate

from twistchat.drafts import put_in_place
from twistchat.errors import CannotStart
from twistchat.interfaces import certificate
from twistchat.interfaces.certificate import CERTIFICATE_FILE, KEY_FILE, MOST_NAMES, fingerprint, own_certificate
from twistchat.interfaces.seal import Seal, is_wanted
from twistchat.machine import Machine, Sighting

NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)
SEEN = Sighting(
    frozenset({"desk", "desk.local"}),
    (ip_interface("10.0.0.5/24"), ip_interface("fe80::5/64"), ip_interface("::1/128")),
)


def own(folder: Path, seen: Sighting = SEEN, now: datetime = NOW) -> x509.Certificate:
    return own_certificate(folder, seen, now)[1]


def names(made: x509.Certificate) -> x509.SubjectAlternativeName:
    return made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value


def test_it_is_made_once_for_ten_years_and_for_its_owner_alone(tmp_path: Path) -> None:
    made = own(tmp_path)
    assert own(tmp_path, Sighting(), NOW + timedelta(days=3000)) == made
    assert made.not_valid_before_utc < NOW < NOW + timedelta(days=3652) <= made.not_valid_after_utc
    assert sorted(each.name for each in tmp_path.iterdir()) == [CERTIFICATE_FILE, KEY_FILE]
    for name in (KEY_FILE, CERTIFICATE_FILE):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


def test_it_is_for_this_machines_names_and_addresses_link_local_ones_aside(tmp_path: Path) -> None:
    found = names(own(tmp_path))
    assert found.get_values_for_type(x509.DNSName) == ["localhost", "desk", "desk.local"]
    assert [str(each) for each in found.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1", "10.0.0.5"]


@pytest.mark.parametrize(
    "name", ["." * 63, "", "x" * 64, "ä.example", "a..b", "*", "a b", "a\0b", "-x", "x." * 130 + "x"]
)
def test_a_name_that_no_certificate_can_have_is_left_out(tmp_path: Path, name: str) -> None:
    made = own(tmp_path, Sighting(frozenset({name, "desk"})))
    assert names(made).get_values_for_type(x509.DNSName) == ["localhost", "desk"]


def test_a_machine_with_very_many_addresses_has_those_that_fit(tmp_path: Path) -> None:
    many = tuple(ip_interface(f"10.0.{number}.1/24") for number in range(256))
    assert len(list(names(own(tmp_path, Sighting(interfaces=many))))) == MOST_NAMES


def test_a_machine_without_names_and_addresses_has_one_for_loopback(tmp_path: Path) -> None:
    assert len(list(names(own(tmp_path, Sighting())))) == 3


@pytest.mark.parametrize("left", ["", "-----BEGIN CERTIFICATE-----\nMIIB", "nonsense", None])
def test_a_certificate_that_is_gone_or_half_written_is_made_again_with_the_same_key(
    tmp_path: Path, left: str | None
) -> None:
    made, file = own(tmp_path), tmp_path / CERTIFICATE_FILE
    file.unlink() if left is None else file.write_text(left)
    again = own(tmp_path)
    assert again.public_key() == made.public_key()
    assert own(tmp_path) == again


@pytest.mark.parametrize("when", [NOW - timedelta(days=20000), NOW + timedelta(days=3000)])
def test_one_that_is_not_valid_today_is_made_again_with_the_same_key(tmp_path: Path, when: datetime) -> None:
    """Made by a machine whose clock was wrong."""
    made, again = own(tmp_path, now=when), own(tmp_path)
    assert again != made
    assert again.public_key() == made.public_key()
    assert own(tmp_path) == again


def test_without_its_key_it_is_refused_and_with_neither_both_are_made(tmp_path: Path) -> None:
    made = own(tmp_path)
    (tmp_path / KEY_FILE).unlink()
    with pytest.raises(CannotStart, match=r"is gone, and .* Put it back from a backup; or remove the certificate"):
        own(tmp_path)
    (tmp_path / CERTIFICATE_FILE).unlink()
    assert own(tmp_path).public_key() != made.public_key()


@pytest.mark.parametrize("kind", ["half", "empty", "other", "encrypted"])
def test_a_key_that_cannot_be_used_is_refused_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    own(tmp_path)
    file = tmp_path / KEY_FILE
    whole = file.read_bytes()
    other = ed25519.Ed25519PrivateKey.generate()
    file.write_bytes(
        {
            "half": whole[: len(whole) // 2],
            "empty": b"",
            "other": other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "encrypted": whole.replace(b"PRIVATE", b"ENCRYPTED PRIVATE"),
        }[kind]
    )
    left = file.read_bytes()
    with pytest.raises(CannotStart, match=r"is no key for TLS\. Put it back from a backup"):
        own(tmp_path)
    assert file.read_bytes() == left


def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    own(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o640)
    with pytest.raises(CannotStart, match="can be read by others"):
        own(tmp_path)


def test_a_certificate_of_another_key_is_refused(tmp_path: Path) -> None:
    own(tmp_path)
    key_and_certificate(tmp_path)
    (tmp_path / "cert.pem").replace(tmp_path / CERTIFICATE_FILE)
    with pytest.raises(CannotStart, match="does not belong to the key"):
        own(tmp_path)


def test_a_folder_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match=r"own certificate: .*: No such file or directory\."):
        own(tmp_path / "none")


def test_a_key_made_by_rsa_is_fine_too(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    put_in_place(tmp_path / KEY_FILE, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert own(tmp_path).public_key() == key.public_key()


def test_the_fingerprint_is_written_as_browsers_write_it(tmp_path: Path) -> None:
    assert len(fingerprint(own(tmp_path)).split(":")) == 32


# --- files that are whole or not there


def test_a_file_that_is_there_stays_unless_it_is_to_make_way(tmp_path: Path) -> None:
    path = tmp_path / "file"
    put_in_place(path, b"first")
    put_in_place(path, b"second")
    assert path.read_bytes() == b"first"
    put_in_place(path, b"third", replaces=True)
    assert path.read_bytes() == b"third"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_process_that_died_left_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "file"
    (tmp_path / f"file.{os.getpid()}").write_bytes(b"half")
    put_in_place(path, b"whole")
    assert path.read_bytes() == b"whole"


# --- what interfaces have of it


def test_all_interfaces_have_the_same_one_and_its_fingerprint_is_known_once_there_is_one(tmp_path: Path) -> None:
    seal = Seal(tmp_path, Machine())
    assert seal.fingerprint is None
    first, second = seal.options(), seal.options(b"http/1.1")
    assert first.certificate == second.certificate
    assert seal.fingerprint == fingerprint(own(tmp_path, now=datetime.now(UTC)))


@pytest.mark.parametrize("description", ["7976", "tcp:7976", "tcp6:7976", "unix:/run/x", "systemd:domain=INET:index=0"])
def test_auto_goes_with_what_has_no_tls_of_its_own(description: str) -> None:
    assert is_wanted("tcp", description, {"tcp-tls": "auto"})
    assert not is_wanted("tcp", description, {"tcp-tls": "off"})
    assert not is_wanted("tcp", description, {"web-tls": "auto"})


@pytest.mark.parametrize("description", ["ssl:7976:privateKey=k", "tls:x:tcp:443", "haproxy:tcp:7976"])
def test_with_what_has_one_it_is_refused(description: str) -> None:
    assert not is_wanted("tcp", description, {})
    with pytest.raises(CannotStart, match="leave one of them out"):
        is_wanted("tcp", description, {"tcp-tls": "auto"})


def test_an_elliptic_key_of_another_curve_is_taken_as_it_is(tmp_path: Path) -> None:
    key: Any = ec.generate_private_key(ec.SECP384R1())
    put_in_place(tmp_path / KEY_FILE, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert own(tmp_path).public_key() == key.public_key()
    assert isinstance(key, certificate.Key)
