"""What is done with a certificate that a server shows, without a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from OpenSSL.crypto import X509
from support.certificates import key_and_certificate
from support.visits import Recorder
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport

from twistchat.client.address import Address
from twistchat.client.conversation import Conversation
from twistchat.client.known_servers import AUTHORITY, KnownServers
from twistchat.client.link import Link
from twistchat.client.pinning import PinnedWire
from twistchat.client.proving import Proving

HERE = Address("tls", "10.0.0.5", 7976)


class Sealed(StringTransport):
    """A TLS connection whose handshake is over."""

    def __init__(self, certificate: Any) -> None:
        super().__init__()
        self._certificate = certificate
        self.is_aborted = False

    def getPeerCertificate(self) -> Any:
        return self._certificate

    def abortConnection(self) -> None:
        self.is_aborted = True


class Acquaintance:
    """An authority that vouches for everybody, or for nobody."""

    def __init__(self, is_vouched_for: bool) -> None:
        self.is_vouched_for = is_vouched_for


class Meeting:
    """A connection to a server with a certificate, up to the end of its handshake."""

    def __init__(self, folder: Path, certificate: Any, is_vouched_for: bool = False) -> None:
        self.servers = KnownServers(folder / "known_servers")
        self.conversation = Conversation("ada", Proving("k"), "en")
        self.shown = self.conversation.display = Recorder(self.conversation)
        made: Deferred[Any] = Deferred()
        self.link = Link(Clock(), HERE, self.conversation, lambda link: made)
        acquaintance: Any = Acquaintance(is_vouched_for)
        self.wire = PinnedWire(self.link, HERE, acquaintance, self.servers)
        self.transport = self.wire.transport = Sealed(certificate)
        self.wire.handshakeCompleted()


@pytest.fixture
def certificate(tmp_path: Path) -> X509:
    from cryptography import x509

    key_and_certificate(tmp_path)
    return X509.from_cryptography(x509.load_pem_x509_certificate((tmp_path / "cert.pem").read_bytes()))


def test_a_new_key_is_shown_and_kept(tmp_path: Path, certificate: X509) -> None:
    first = Meeting(tmp_path, certificate)
    assert first.shown.codes == ["tls-new"]
    assert certificate.digest("sha256").decode() in first.shown.lines[-1]
    again = Meeting(tmp_path, certificate)
    assert again.shown.codes == []
    assert not again.transport.is_aborted


def test_one_that_an_authority_vouches_for_is_kept_as_such_without_a_word(tmp_path: Path, certificate: X509) -> None:
    first = Meeting(tmp_path, certificate, is_vouched_for=True)
    assert first.shown.codes == []
    known = first.servers.find(HERE)
    assert known is not None
    assert known.mark == AUTHORITY


def test_another_key_is_hung_up_on_before_anything_is_sent(tmp_path: Path, certificate: X509) -> None:
    KnownServers(tmp_path / "known_servers").add(HERE, f"sha256:{'0' * 64}")
    meeting = Meeting(tmp_path, certificate)
    assert meeting.shown.codes == ["tls-changed"]
    assert f"remove line 1 of {meeting.servers.path}" in meeting.shown.lines[-1]
    assert meeting.transport.is_aborted
    assert meeting.transport.value() == b""


def test_a_key_that_cannot_be_kept_is_joined_and_that_is_said(
    tmp_path: Path, certificate: X509, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(KnownServers, "add", full)
    meeting = Meeting(tmp_path, certificate)
    assert meeting.shown.codes == ["tls-not-kept", "tls-new"]
    assert not meeting.transport.is_aborted


def test_a_file_that_cannot_be_read_is_a_refusal(tmp_path: Path, certificate: X509) -> None:
    (tmp_path / "known_servers").mkdir()
    meeting = Meeting(tmp_path, certificate)
    assert meeting.shown.codes == ["tls-cannot-tell"]
    assert meeting.transport.is_aborted


def test_a_certificate_that_cannot_be_read_is_a_refusal(tmp_path: Path) -> None:
    class Broken:
        def to_cryptography(self) -> object:
            raise ValueError("broken")

    meeting = Meeting(tmp_path, Broken())
    assert meeting.shown.codes == ["tls-broken"]
    assert meeting.transport.is_aborted
