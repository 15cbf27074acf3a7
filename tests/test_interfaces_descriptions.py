"""What is wrong with an endpoint description is said as operators would say it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.certificates import key_and_certificate
from twisted.internet.testing import MemoryReactor

from twistchat.errors import CannotStart, NotUnderstood
from twistchat.interfaces import descriptions
from twistchat.interfaces.descriptions import whats_misspelt, whats_wrong
from twistchat.interfaces.listening import ConnectionFactory, ListeningService


@pytest.mark.parametrize(
    ("description", "wrong"),
    [
        ("tcp:80x", "'80x' is no port; ports are numbers from 0 to 65535"),
        ("99999", "'99999' is no port; "),
        ("tcp:port=-1", "'-1' is no port; "),
        ("tcp", "'' is no port; "),
        ("haproxy:tcp6:x", "'x' is no port; "),
        ("tcp:0:colour=red", "'colour=red' is nothing that can be said of tcp"),
        ("tcp:0:127.0.0.1:5:more", "'more' is nothing that can be said of tcp"),
        ("nonsense:1", "'nonsense' is no kind of endpoint; there is tcp, tcp6, ssl, tls, unix, systemd, haproxy"),
        ("", "'' is no kind of endpoint"),
    ],
)
def test_what_is_wrong_is_named(description: str, wrong: str) -> None:
    assert str(whats_wrong(description)).startswith(wrong)


@pytest.mark.parametrize("description", ["0", "65535", "tcp:7976", r"tcp:0:interface=\:\:1", "unix:/x", "tls:1"])
def test_of_what_is_well_written_nothing_is_said(description: str) -> None:
    assert whats_wrong(description) is None


WORDS = st.sampled_from(["tcp", "ssl", "systemd", "haproxy", "1", "a=b", "port=", "\\", "x"])


@given(st.text() | st.builds(":".join, st.lists(WORDS)))
def test_whatever_is_written_is_refused_in_a_sentence_or_taken(description: str) -> None:
    try:
        ListeningService(MemoryReactor(), "tcp", description, ConnectionFactory(), "")
    except CannotStart as refusal:
        assert isinstance(refusal, NotUnderstood) is (whats_misspelt(description) is not None)
        assert str(refusal).startswith(f"--tcp {description}: cannot listen there: ")
        assert str(refusal).endswith(". Give another place, or `off`.")


# --- certificates


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder, the current one, with a pair of a key and a certificate, and a key of another pair."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "other").mkdir()
    key_and_certificate(tmp_path / "other")
    key_and_certificate(tmp_path)
    (tmp_path / "notes.txt").write_text("no PEM")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("privateKey=key.pem:certKey=cert.pem", None),
        ("privateKey=none.pem:certKey=cert.pem", "none.pem cannot be read (No such file or directory)"),
        ("privateKey=key.pem:certKey=none.pem", "none.pem cannot be read (No such file or directory)"),
        ("privateKey=other:certKey=cert.pem", "other cannot be read (Is a directory)"),
        (
            "privateKey=key.pem:certKey=cert.pem:extraCertChain=c.pem",
            "c.pem cannot be read (No such file or directory)",
        ),
        ("privateKey=notes.txt:certKey=cert.pem", "notes.txt has no private key in PEM that can be read without a"),
        ("privateKey=key.pem:certKey=notes.txt", "notes.txt has no certificate in PEM"),
        ("privateKey=key.pem", "key.pem has no certificate in PEM"),
        ("privateKey=other/key.pem:certKey=cert.pem", "the key in other/key.pem does not belong to the certificate in"),
        ("", "server.pem cannot be read"),
    ],
)
def test_a_certificate_that_cannot_be_used_is_named(files: Path, words: str, wrong: str | None) -> None:
    found = whats_wrong(f"ssl:0:{words}".rstrip(":"))
    assert found is None if wrong is None else str(found).startswith(wrong)


# --- sockets of systemd


class Handed:
    """As many sockets as systemd has handed over."""

    def __init__(self, count: int) -> None:
        self.count = count

    def fromEnvironment(self) -> Handed:
        return self

    def inheritedDescriptors(self) -> list[int]:
        return [*range(3, 3 + self.count)]


@pytest.mark.parametrize(
    ("count", "words", "wrong"),
    [
        (0, "domain=INET:index=0", "systemd has handed over no socket; start the server by a .socket unit"),
        (2, "domain=INET:index=2", "systemd has handed over 2 sockets; index is a number from 0 to 1"),
        (2, "domain=INET:index=x", "systemd has handed over 2 sockets; index is a number from 0 to 1"),
        (2, "INET:1", None),
        (2, "domain=INET:name=chat", None),
    ],
)
def test_a_socket_that_systemd_has_not_handed_over_is_named(
    monkeypatch: pytest.MonkeyPatch, count: int, words: str, wrong: str | None
) -> None:
    monkeypatch.setattr(descriptions, "ListenFDs", Handed(count))
    found = whats_wrong(f"systemd:{words}")
    assert found is None if wrong is None else str(found).startswith(wrong)
