"""How many connections an address may have, and which addresses count as one."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from support.chat import Chat

from twistchat.core import addresses, admission
from twistchat.core.admission import Admission
from twistchat.core.limits import Limits
from twistchat.errors import ConnectingTooOften, TooManyConnections

LIMITS = Limits()
HOME = "203.0.113.7"


def test_the_seventeenth_connection_at_once_is_refused(chat: Chat) -> None:
    here = [chat.connects(address=HOME) for _ in range(16)]
    with pytest.raises(TooManyConnections, match="16 connections open"):
        chat.connects(address=HOME)
    assert len(chat.hub.everyone) == 16
    here[0].vanishes()
    here[0].vanishes()
    chat.connects(address=HOME)
    with pytest.raises(TooManyConnections):
        chat.connects(address=HOME)


def test_the_thirty_third_connection_in_ten_minutes_is_refused() -> None:
    door = Admission()
    for minute in range(32):
        door.enter(HOME, LIMITS, minute * 10.0)
        door.leave(HOME)
    with pytest.raises(ConnectingTooOften, match=r"32 times within ten minutes\. Wait 5 minutes"):
        door.enter(HOME, LIMITS, 320.0)
    door.enter(HOME, LIMITS, 600.0)
    with pytest.raises(ConnectingTooOften, match="Wait 1 minutes"):
        door.enter(HOME, LIMITS, 601.0)


def test_a_refused_connection_does_not_prolong_the_wait() -> None:
    door = Admission()
    for _ in range(32):
        door.enter(HOME, LIMITS, 0.0)
        door.leave(HOME)
    for second in range(1, 600):
        with pytest.raises(ConnectingTooOften):
            door.enter(HOME, LIMITS, float(second))
    door.enter(HOME, LIMITS, 600.0)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1", ""])
def test_this_machine_may_connect_as_often_as_it_likes(address: str) -> None:
    door = Admission()
    for _ in range(100):
        door.enter(address, LIMITS, 0.0)
    for _ in range(100):
        door.leave(address)
    assert len(door) == 0


def test_the_limits_can_be_off() -> None:
    door = Admission()
    for _ in range(100):
        door.enter(HOME, Limits(per_address=None, per_address_often=None), 0.0)
    [(_, count, _)] = door.portrait(0.0)
    assert count == 100


PRIVATE = ["10.0.0.1", "172.16.0.1", "172.31.9.9", "192.168.1.1", "169.254.3.3", "fd00::1", "fe80::1%eth0"]
PUBLIC = [HOME, "9.255.255.255", "172.15.0.1", "172.32.0.1", "192.169.0.1", "100.64.0.1", "2001:db8::1", "fec0::1"]


def most(address: str, limits: Limits) -> tuple[int, str]:
    """How many connections an address may have at once, and what it is told then."""
    door = Admission()
    for number in range(1000):
        try:
            door.enter(address, limits, 0.0)
        except (TooManyConnections, ConnectingTooOften) as error:
            return number, str(error)
    return 1000, ""


@pytest.mark.parametrize("address", [*PRIVATE, "::ffff:192.168.1.1"])
def test_a_building_behind_one_private_address_may_come(address: str) -> None:
    count, told = most(address, LIMITS)
    assert count == 256
    assert told.endswith("raise it by --per-private-address.")


@pytest.mark.parametrize("address", [*PUBLIC, "::ffff:203.0.113.7"])
def test_a_public_address_may_have_fewer_and_is_told_how_to_have_more(address: str) -> None:
    count, told = most(address, LIMITS)
    assert count == 16
    assert told.endswith("raise it by --per-address.")


@pytest.mark.parametrize(
    ("limits", "private"),
    [
        (Limits(per_address=4), 256),
        (Limits(per_private_address=4), 16),
        (Limits(per_address=400), 400),
        (Limits(per_address=None, per_address_often=None), 1000),
        (Limits(per_private_address=None, per_private_address_often=None), 1000),
    ],
)
def test_a_private_address_never_has_less_than_a_public_one(limits: Limits, private: int) -> None:
    assert most("192.168.1.1", limits)[0] == private


def test_private_addresses_have_their_own_number_in_ten_minutes_too() -> None:
    limits = Limits(per_private_address_often=40)
    for address, often, option in ((HOME, 32, "--per-address-often"), (PRIVATE[0], 40, "--per-private-address-often")):
        door = Admission()
        for _ in range(often):
            door.enter(address, limits, 0.0)
            door.leave(address)
        with pytest.raises(ConnectingTooOften, match=rf"connected {often} times .* raise it by {option}\.$"):
            door.enter(address, limits, 0.0)


def test_a_household_shares_its_slash_64() -> None:
    door = Admission()
    for host in range(16):
        door.enter(f"2001:db8:1:2::{host:x}", LIMITS, 0.0)
    with pytest.raises(TooManyConnections):
        door.enter("2001:db8:1:2:ffff::1", LIMITS, 0.0)
    door.enter("2001:db8:1:3::1", LIMITS, 0.0)
    door.leave("2001:db8:1:2::5")
    door.enter("2001:db8:1:2::99", LIMITS, 0.0)


def test_addresses_without_a_connection_are_forgotten_when_the_table_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MOST_ADDRESSES", 3)
    door = Admission()
    for last in range(1, 4):
        door.enter(f"203.0.113.{last}", Limits(per_address=1), 0.0)
    door.leave("203.0.113.2")
    door.enter("203.0.113.9", LIMITS, 0.0)
    assert len(door) == 3
    with pytest.raises(TooManyConnections):
        door.enter("203.0.113.1", Limits(per_address=1), 0.0)


def test_open_connections_are_counted_even_when_the_table_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "MOST_ADDRESSES", 1)
    door = Admission()
    door.enter("203.0.113.1", LIMITS, 0.0)
    door.enter("203.0.113.2", Limits(per_address=1), 0.0)
    with pytest.raises(TooManyConnections):
        door.enter("203.0.113.2", Limits(per_address=1), 0.0)
    door.leave("203.0.113.3")  # never entered: nothing happens
    assert len(door) == 2


OWN = addresses.near_networks(
    ip_network(each, strict=False)
    for each in (
        "192.168.1.7/24",
        "10.20.0.0/16",
        "203.0.113.0/24",
        "100.64.0.0/24",
        "fd12::1/64",
        "fe80::1/64",
        "2001:db8::/64",
    )
)


def test_of_a_machines_networks_the_private_ones_are_near() -> None:
    assert [str(each) for each in OWN] == ["192.168.1.0/24", "10.20.0.0/16", "fd12::/64", "fe80::/64"]
    assert addresses.near_networks([ip_network("0.0.0.0/0"), ip_network("127.0.0.0/8"), ip_network("::/0")]) == ()


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("10.20.2.3", True),
        ("10.1.2.3", False),
        ("172.31.0.1", False),
        ("192.168.1.9", True),
        ("192.168.2.9", False),
        ("169.254.3.4", False),
        ("100.64.0.1", False),
        ("203.0.113.7", False),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd12::2", True),
        ("fd13::2", False),
        ("2001:db8::1", False),
        ("::ffff:10.20.0.1", True),
        ("::ffff:203.0.113.7", False),
        ("no address", False),
    ],
)
def test_only_what_is_on_this_machines_own_private_networks_is_near(address: str, near: bool) -> None:
    assert addresses.is_near(address, OWN) is near
    assert addresses.is_near(address, ()) is addresses.is_loopback(address)


@pytest.mark.parametrize(
    ("address", "household"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::5", "::/64"),
        ("no address", "no address"),
    ],
)
def test_households(address: str, household: str) -> None:
    assert addresses.household(address) == household


def test_what_is_no_address_is_not_this_machine() -> None:
    assert not addresses.is_loopback("no address")


@pytest.mark.parametrize(
    ("address", "is_it"),
    [("10.0.0.1", True), ("192.168.1.9", True), ("8.8.8.8", False), ("", False), ("socket", False)],
)
def test_whole_buildings_come_by_a_private_address_and_nobody_by_none(address: str, is_it: bool) -> None:
    assert addresses.is_private(address) is is_it
