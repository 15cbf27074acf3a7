"""The limit of files: raised as far as it goes, and what happens at its end."""

from __future__ import annotations

import resource
import socket
from pathlib import Path

import pytest
from support.patience import PATIENCE_SECONDS
from support.server import LOOPBACK, TWISTD, Server, run
from twisted.internet.testing import StringTransport

from twistchat.errors import CannotStart, ServerFull
from twistchat.interfaces import descriptors
from twistchat.interfaces.descriptors import MOST, RESERVED, capacity, check_capacity, raise_limit


class Limits:
    """The process's limit of files, as `resource` tells and sets it."""

    def __init__(self, soft: int, hard: int, refuses: bool = False) -> None:
        self.now = (soft, hard)
        self.refuses = refuses

    def getrlimit(self, _which: int) -> tuple[int, int]:
        return self.now

    def setrlimit(self, _which: int, wanted: tuple[int, int]) -> None:
        if self.refuses:
            raise ValueError("not allowed")
        self.now = wanted


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch):
    def limit(soft: int, hard: int, refuses: bool = False) -> Limits:
        limits = Limits(soft, hard, refuses)
        monkeypatch.setattr(descriptors.resource, "getrlimit", limits.getrlimit)
        monkeypatch.setattr(descriptors.resource, "setrlimit", limits.setrlimit)
        return limits

    return limit


def test_the_limit_is_raised_to_the_hard_one(limited) -> None:
    limits = limited(1024, 20_000)
    assert raise_limit() == 20_000 - RESERVED
    assert limits.now == (20_000, 20_000)


def test_a_limit_that_is_high_already_stays(limited) -> None:
    limits = limited(20_000, 20_000)
    assert raise_limit() == 20_000 - RESERVED
    assert limits.now == (20_000, 20_000)


def test_where_there_is_no_hard_limit_a_million_is_asked_for(limited) -> None:
    limits = limited(1024, resource.RLIM_INFINITY)
    assert raise_limit() == MOST - RESERVED
    assert limits.now == (MOST, resource.RLIM_INFINITY)


def test_where_nothing_is_limited_it_stays(limited) -> None:
    limited(resource.RLIM_INFINITY, resource.RLIM_INFINITY, refuses=True)
    assert raise_limit() == MOST - RESERVED


def test_a_system_that_does_not_allow_it_is_taken_as_it_is(limited) -> None:
    limited(1024, 20_000, refuses=True)
    assert raise_limit() == 1024 - RESERVED


def test_a_transport_without_a_descriptor_is_always_let_in() -> None:
    check_capacity(StringTransport())


def test_a_descriptor_that_is_reserved_is_refused(limited) -> None:
    limited(RESERVED + 50, RESERVED + 50)
    transport = StringTransport()
    transport.fileno = lambda: 49  # type: ignore[attr-defined]
    check_capacity(transport)
    transport.fileno = lambda: 50  # type: ignore[attr-defined]
    with pytest.raises(ServerFull):
        check_capacity(transport)
    assert capacity() == 50


@pytest.mark.parametrize("most", [20, 64, RESERVED])
def test_a_limit_that_would_let_nobody_in_is_refused_with_how_to_raise_it(limited, most: int) -> None:
    limited(most, most)
    with pytest.raises(CannotStart, match=rf"may open {most} files.* nobody could join. Raise the limit, .*ulimit -n"):
        descriptors.check_limit()


def test_a_limit_that_can_be_raised_is_no_reason_to_refuse(limited) -> None:
    limited(20, 4096)
    descriptors.check_limit()
    assert capacity() == 4096 - RESERVED


@pytest.mark.parametrize("most", [20, 64])
def test_a_process_with_few_files_says_one_sentence_and_makes_nothing(tmp_path: Path, most: int) -> None:
    few = ("sh", "-c", f'ulimit -n {most}; exec "$@"', "sh", *TWISTD)
    ended = run("-n", "twistchat", *LOOPBACK, "--state-dir", "state", folder=tmp_path, command=few)
    (sentence,) = ended.stderr.splitlines()
    assert f"This process may open {most} files" in sentence
    assert not list(tmp_path.iterdir())


def greeting(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as person:
        return person.recv(100)


def test_whoever_comes_to_a_full_server_is_told_so_and_the_server_goes_on(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        port = server.port("tcp")
        server.logs(r"files: can hold about \d+ people")
        limit = RESERVED + 40
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (limit, limit))
        people = [socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) for _ in range(60)]
        greetings = [person.recv(100) for person in people]
        full = [person for person, said in zip(people, greetings, strict=True) if b"server is full" in said]
        inside = [person for person, said in zip(people, greetings, strict=True) if said == b"NICKNAME"]
        assert len(full) + len(inside) == 60
        assert 10 < len(inside) < 40
        for person in full:
            while person.recv(1000):
                continue
        inside[0].sendall(b"ada\r\nstill here\r\n")
        heard = b""
        while b"ada: still here" not in heard:
            heard += inside[0].recv(1000)
        for person in inside[1:]:  # one would not do: the log's readers may take its place
            person.close()
        assert any(greeting(port) == b"NICKNAME" for _ in range(100))
        for person in people:
            person.close()
