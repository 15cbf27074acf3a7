"""Who comes to the web port: real addresses, pages of other hosts, and how many may wait on the doorstep."""

from __future__ import annotations

from typing import Any

import pytest

from twistchat.errors import CannotStart
from twistchat.interfaces.web import visit
from twistchat.interfaces.web.refusals import Refusal
from twistchat.interfaces.web.visit import Doorstep, OriginPolicy, origin_policy
from twistchat.wire.http import Head

BEHIND = origin_policy("127.0.0.1, 10.0.0.0/8", None)
ALONE = OriginPolicy()


def head(**headers: str) -> Head:
    return Head("GET", "/", {name.replace("_", "-"): value for name, value in headers.items()}, True)


@pytest.mark.parametrize(
    ("policy", "peer", "forwarded", "address"),
    [
        (ALONE, "127.0.0.1", "192.0.2.1", "127.0.0.1"),
        (BEHIND, "192.0.2.9", "192.0.2.1", "192.0.2.9"),
        (BEHIND, "127.0.0.1", "", "127.0.0.1"),
        (BEHIND, "127.0.0.1", "192.0.2.1", "192.0.2.1"),
        (BEHIND, "127.0.0.1", "198.51.100.7, 192.0.2.1", "192.0.2.1"),
        (BEHIND, "127.0.0.1", "192.0.2.1, 10.1.2.3", "192.0.2.1"),
        (BEHIND, "127.0.0.1", "192.0.2.1:4000", "192.0.2.1"),
        (BEHIND, "127.0.0.1", "[2001:db8::1]:4000", "2001:db8::1"),
        (BEHIND, "127.0.0.1", "2001:db8::1", "2001:db8::1"),
        (BEHIND, "127.0.0.1", "forged\x1b", "unknown"),
        (BEHIND, "", "192.0.2.1", "192.0.2.1"),
    ],
)
def test_only_a_listed_proxy_is_believed_about_addresses(
    policy: OriginPolicy, peer: str, forwarded: str, address: str
) -> None:
    assert policy.address(peer, head(x_forwarded_for=forwarded)) == address


def may_talk(policy: OriginPolicy, peer: str, headers: dict[str, str]) -> bool:
    """Whether a WebSocket may be opened."""
    asked = Head("GET", "/chat", headers, True)
    try:
        policy.check(peer, asked)
        policy.check_talk(peer, asked)
    except Refusal:
        return False
    return True


NAMED = origin_policy(None, None, "chat.example")
LISTING = origin_policy(None, "https://a.example", "b")


@pytest.mark.parametrize(
    ("policy", "peer", "headers", "may"),
    [
        (NAMED, "192.0.2.1", {"host": "chat.example", "origin": "http://chat.example"}, True),
        (ALONE, "192.0.2.1", {"host": "chat.example", "origin": "http://chat.example"}, False),
        (NAMED, "192.0.2.1", {"host": "chat.example", "origin": "http://evil.example"}, False),
        (NAMED, "192.0.2.1", {"host": "chat.example", "origin": "null"}, False),
        (NAMED, "192.0.2.1", {"host": "chat.example"}, False),
        (ALONE, "127.0.0.1", {"host": "127.0.0.1:7980"}, True),
        (ALONE, "127.0.0.1", {"host": "localhost:7980", "origin": "http://localhost:7980"}, True),
        (ALONE, "127.0.0.1", {"host": "127.0.0.1:7980", "x-forwarded-for": "192.0.2.1"}, False),
        (ALONE, "127.0.0.1", {"host": "evil.example:7980", "origin": "http://evil.example:7980"}, False),
        (BEHIND, "127.0.0.1", {"host": "a", "origin": "https://a", "x-forwarded-for": "192.0.2.1"}, True),
        (BEHIND, "127.0.0.1", {"host": "a", "origin": "https://b", "x-forwarded-for": "192.0.2.1"}, False),
        (BEHIND, "127.0.0.1", {"host": "a", "origin": "https://a"}, False),
        (BEHIND, "10.0.0.1", {"host": "a", "origin": "https://a"}, True),
        (BEHIND, "", {"host": "a", "origin": "https://a"}, True),
        (BEHIND, "127.0.0.1", {"host": "chat.example", "x-forwarded-for": "192.0.2.1"}, False),
        (BEHIND, "127.0.0.1", {"host": "chat.example", "x-forwarded-for": "127.0.0.1"}, True),
        (LISTING, "192.0.2.1", {"host": "b", "origin": "https://A.example"}, True),
        (LISTING, "192.0.2.1", {"host": "b", "origin": "http://a.example"}, False),
        (LISTING, "192.0.2.1", {"host": "a.example", "origin": "https://a.example"}, False),
    ],
)
def test_a_page_from_elsewhere_may_not_talk(
    policy: OriginPolicy, peer: str, headers: dict[str, str], may: bool
) -> None:
    assert may_talk(policy, peer, headers) is may


@pytest.mark.parametrize(("proxies", "origins"), [("nobody", None), (None, "chat.example"), (None, "http://a/b")])
def test_what_cannot_be_read_is_a_sentence(proxies: str | None, origins: str | None) -> None:
    with pytest.raises(CannotStart, match="Give such as"):
        origin_policy(proxies, origins)


def test_who_is_too_far_is_refused_whatever_the_request_and_a_listed_proxy_tells_for_whom_it_asks() -> None:
    near = origin_policy("10.0.0.1", None, "chat.example", admits=lambda address: address == "10.0.0.9")
    for peer, headers in (("203.0.113.9", {}), ("10.0.0.1", {"x_forwarded_for": "203.0.113.9"}), ("10.0.0.1", {})):
        with pytest.raises(Refusal, match="Join one of those") as raised:
            near.check(peer, head(host="chat.example", **headers))
        assert raised.value.answer.status == 403
    near.check("10.0.0.9", head(host="chat.example"))
    near.check("10.0.0.1", head(host="chat.example", x_forwarded_for="10.0.0.9"))


def test_an_address_may_have_so_many_connections_that_are_no_members(monkeypatch: Any) -> None:
    doorstep = Doorstep(BEHIND)
    for _ in range(visit.MOST_AT_ONCE):
        assert doorstep.admits("192.0.2.1")
    assert not doorstep.admits("192.0.2.1")
    assert doorstep.admits("192.0.2.2")
    assert all(doorstep.admits("10.0.0.1") for _ in range(100))
    doorstep.leave("10.0.0.1")
    doorstep.leave("192.0.2.1")
    assert doorstep.admits("192.0.2.1")


def test_all_addresses_together_may_have_so_many(monkeypatch: Any) -> None:
    monkeypatch.setattr(visit, "MOST_IN_ALL", 2)
    doorstep = Doorstep(ALONE)
    assert doorstep.admits("192.0.2.1") and doorstep.admits("192.0.2.2")
    assert not doorstep.admits("192.0.2.3")
    doorstep.leave("192.0.2.1")
    assert doorstep.admits("192.0.2.3")
