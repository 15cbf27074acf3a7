"""Which hosts a request may be for, whoever it is from and whatever it is for; and what the log says of the others."""

from __future__ import annotations

from functools import partial
from http import HTTPStatus
from ipaddress import ip_interface

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.chat import Chat
from support.web import WebDoor

from twistchat.errors import CannotStart
from twistchat.interfaces.web.hosts import Hosts, listed_hosts
from twistchat.interfaces.web.refusals import MOST_CHARS, NOTED
from twistchat.interfaces.web.service import health
from twistchat.interfaces.web.site import Site, Source, said
from twistchat.interfaces.web.visit import origin_policy
from twistchat.machine import Machine, Sighting

DESK = Machine(lambda: Sighting(frozenset({"desk", "desk.example"}), (ip_interface("192.168.1.7/24"),)))
OWN = ["localhost", "chat.localhost", "127.0.0.1", "127.0.1.1", "[::1]", "desk", "DESK.Example.", "192.168.1.7"]
OTHERS = ["evil.example", "192.168.1.8", "0.0.0.0", "[2001:db8::1]", "desk.evil.example", "localhost.evil.example", ""]
PATHS = ["/", "/page.js", "/chat", "/metrics", "/healthz", "/nothing", "/index.html?localhost"]
PEERS = ["127.0.0.1", "192.168.1.7", "192.168.1.9", "203.0.113.5"]
HANDSHAKE = (
    "Upgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="
)


@pytest.fixture
def door(chat: Chat) -> WebDoor:
    made = WebDoor(chat, policy=origin_policy(None, "https://club.example", "chat.example", DESK))
    sources: dict[str, Source] = {
        "/metrics": lambda peer, head: said(HTTPStatus.OK, "figures"),
        "/healthz": partial(health, chat.hub),
    }
    made.factory.site = Site("/", sources)
    return made


def ask(door: WebDoor, host: str | None, path: str = "/", more: str = "", peer: str = "192.168.1.9") -> int:
    """Ask for a path, and return the status."""
    version = "1.0" if host is None else "1.1"
    request = "\n".join(filter(None, [f"GET {path} HTTP/{version}", "" if host is None else f"Host: {host}", more]))
    visitor = door.opens(peer)
    answer = visitor.asks_for(request)
    visitor.hangs_up()
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("peer", PEERS)
@pytest.mark.parametrize("path", PATHS)
def test_every_path_and_every_peer_is_asked_for_the_host(door: WebDoor, path: str, peer: str) -> None:
    for host in [*OTHERS, *(f"{host}:7980" for host in OTHERS), None]:
        for more in ("", f"Origin: http://{host}", HANDSHAKE, f"{HANDSHAKE}\nOrigin: http://{host}"):
            assert ask(door, host, path, more, peer) == 421
    for host in [*OWN, "chat.example"]:
        assert ask(door, host, path, "", peer) != 421
        assert ask(door, f"{host}:7980", path, f"Origin: http://{host}:7980", peer) not in (403, 421)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:1", "https://club.example.evil"])
def test_every_path_is_asked_for_the_origin_where_it_has_one(door: WebDoor, path: str, origin: str) -> None:
    for more in (f"Origin: {origin}", f"Origin: {origin}\n{HANDSHAKE}"):
        assert ask(door, "localhost:7980", path, more, "127.0.0.1") == 403
    assert ask(door, "localhost:7980", path, "Origin: https://club.example") != 403


def test_the_page_of_an_own_or_a_listed_host_may_open_a_websocket(door: WebDoor) -> None:
    for host in [*OWN, "chat.example"]:
        assert ask(door, host, "/chat", f"{HANDSHAKE}\nOrigin: http://{host}") == 101
    assert ask(door, "localhost", "/chat", f"{HANDSHAKE}\nOrigin: https://club.example") == 101


ALLOWED = {"localhost", "desk", "desk.example", "192.168.1.7", "chat.example"}


@given(st.one_of(st.text(max_size=30), st.from_regex(r"[a-z0-9.\[\]:@/%_-]{1,30}", fullmatch=True)))
def test_whatever_stands_there_only_this_machine_and_what_is_listed_is_a_host(authority: str) -> None:
    at_home = ("127.", "::1", "::ffff:127.", "0:", "0000:")
    if Hosts(DESK, frozenset({"chat.example"})).has(authority):
        host = authority.lower().rpartition(":")[0] or authority.lower()
        names = {host.strip("[]").removesuffix("."), authority.lower().removesuffix(".")}
        assert any(name in ALLOWED or name.endswith(".localhost") or name.startswith(at_home) for name in names)


def test_two_hosts_are_none(door: WebDoor) -> None:
    assert ask(door, "localhost", more="Host: evil.example") == 400


def test_what_cannot_be_listed_is_a_sentence() -> None:
    assert listed_hosts("Chat.Example., 192.168.1.9 fd00::A") == {"chat.example", "192.168.1.9", "fd00::a"}
    assert listed_hosts(None) == frozenset()
    for word in ("http://chat.example", "chat.example:7980", "a/b", "@"):
        with pytest.raises(CannotStart, match="--web-host"):
            listed_hosts(word)


# --- the operator's log


@pytest.mark.parametrize(
    ("host", "path", "more", "peer", "line"),
    [
        (
            "evil.example",
            "/metrics",
            "",
            "127.0.0.1",
            "127.0.0.1 was refused '/metrics' with 421: Host: 'evil.example'",
        ),
        (None, "/", "", "192.0.2.1", "192.0.2.1 was refused '/' with 421: no Host"),
        ("desk", "/chat", f"{HANDSHAKE}\nOrigin: http://x", "192.0.2.1", "with 403: Origin: 'http://x'"),
        ("desk", "/chat", HANDSHAKE, "192.0.2.1", "'/chat' with 403: no Origin"),
        ("desk", "/chat", "", "192.0.2.1", "'/chat' with 426: no Upgrade"),
        ("desk", "/chat", HANDSHAKE.replace("13", "8"), "127.0.0.1", "with 400: handshake: "),
        ("\x85\x9b31m", "/", "", "192.0.2.1", r"Host: '\x85\x9b31m'"),
        ("x" * 500, "/", "", "192.0.2.1", f"Host: '{'x' * MOST_CHARS}'"),
    ],
)
def test_the_log_names_what_was_the_matter(
    door: WebDoor, logged: list[str], host: str | None, path: str, more: str, peer: str, line: str
) -> None:
    assert ask(door, host, path, more, peer) >= 400
    assert [each for each in logged if line in each], logged


def test_the_log_has_a_few_of_them_a_minute_and_how_many_it_left_out(
    chat: Chat, door: WebDoor, logged: list[str]
) -> None:
    for _ in range(100):
        assert ask(door, "evil.example") == 421
    assert len([line for line in logged if "evil" in line]) == NOTED.at_once
    chat.clock.advance(1 / NOTED.per_second)
    ask(door, "evil.example")
    assert f"({100 - NOTED.at_once} more were not noted)" in logged[-1], logged
