"""Ports for what is started later: none that somebody has, and none that the kernel gives to whoever asks for any."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from twistchat.bench import ports


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_port_is_none_that_connections_are_given(kind: int) -> None:
    assert ports.FIRST <= ports.free_port(kind, given_from=32_768) < 32_768


def test_one_that_somebody_has_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    free = ports.free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        picked = iter([taken.getsockname()[1], free])
        monkeypatch.setattr(ports, "_RANDOM", SimpleNamespace(randrange=lambda first, below: next(picked)))
        assert ports.free_port() == free


def test_where_the_kernel_gives_all_of_them_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ports.free_port(given_from=1024) > 0
    monkeypatch.setattr(ports, "Path", lambda path: Path("/nowhere"))
    assert ports._given_from() == ports.GIVEN_FROM
