"""By which addresses others reach a server: the best first, and none that leads nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, ip_interface
from typing import Any

import pytest
from support.place import own
from twisted.internet.defer import Deferred

from twistchat.adapters import OwnAddress
from twistchat.core.place import Way
from twistchat.machine import Machine, Sighting
from twistchat.reach import KINDS, Door, Reach, hosts

LAPTOP = [
    *own("lo", "127.0.0.1/8", "::1/128"),
    *own("docker0", "172.17.0.1/16", "fd00:d::1/64"),
    *own("wlan0", "169.254.3.4/16", "2001:db8::7/64", "fe80::7/64"),
    *own("eth0", "203.0.113.7/24", "192.168.1.7/24"),
    *own("eth1", "10.9.9.9/8", is_up=False),
]
WEB = Door("web", "0.0.0.0", 7980, "http://{host}:{port}/ in a browser")
TCP = Door("tcp", "0.0.0.0", 7976, "telnet {host} {port}")
UDP = Door("udp", "0.0.0.0", 8888, "nc -u {host} {port}")


def reach(*doors: Door, addresses: Sequence[OwnAddress] = LAPTOP, **how: Any) -> Reach:
    made = Reach(look=lambda: addresses, **how)
    made.doors = lambda: doors
    return made


def urls(made: Reach) -> list[str]:
    return [way.url for way in made.ways()]


def test_private_addresses_come_first_and_link_local_ones_last() -> None:
    found = hosts(LAPTOP, "laptop.local", [IPv4Address("192.168.1.7")])
    assert [(host.kind, host.name) for host in found] == [
        ("private", "192.168.1.7"),
        ("public", "203.0.113.7"),
        ("local-name", "laptop.local"),
        ("ipv6", "2001:db8::7"),
        ("virtual", "172.17.0.1"),
        ("virtual", "fd00:d::1"),
        ("link-local", "169.254.3.4"),
    ]
    assert tuple(dict.fromkeys(host.kind for host in found)) == KINDS


@pytest.mark.parametrize(
    "adapter", ["docker0", "br-8f2a", "veth12ab", "virbr0", "wg0", "tun0", "tap3", "tailscale0", "utun4", "vboxnet0"]
)
def test_adapters_of_containers_and_tunnels_are_known_by_their_names(adapter: str) -> None:
    (host,) = hosts(own(adapter, "10.0.0.1/8"))
    assert host.kind == "virtual"


@pytest.mark.parametrize("adapter", ["eth0", "enp3s0", "wlan0", "br0", "bond0", "en0", "eth0.12", "thunder0"])
def test_other_adapters_are_where_people_sit(adapter: str) -> None:
    (host,) = hosts(own(adapter, "10.0.0.1/8"))
    assert host.kind == "private"


@pytest.mark.parametrize("address", ["127.0.0.1/8", "::1/128", "fe80::1/64", "0.0.0.0/0", "::/0", "224.0.0.1/4"])
def test_what_leads_nowhere_is_not_listed(address: str) -> None:
    assert hosts(own("eth0", address)) == []


def test_a_port_for_all_of_ipv4_has_no_address_of_ipv6() -> None:
    assert urls(reach(WEB)) == [
        "http://192.168.1.7:7980/",
        "http://203.0.113.7:7980/",
        "http://172.17.0.1:7980/",
        "http://169.254.3.4:7980/",
    ]


@pytest.mark.parametrize("is_dual", [True, False])
def test_a_port_for_all_of_ipv6_has_those_of_ipv4_only_if_it_takes_them(is_dual: bool) -> None:
    found = urls(reach(Door("web", "::", 7980, WEB.how, is_dual)))
    assert "http://[2001:db8::7]:7980/" in found
    assert ("http://192.168.1.7:7980/" in found) is is_dual


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("192.168.1.7", ["http://192.168.1.7:7980/"]),
        ("2001:db8::7", ["http://[2001:db8::7]:7980/"]),
        ("192.168.1.99", []),
        ("10.9.9.9", []),
        ("fe80::7%wlan0", []),
        ("127.0.0.1", []),
        ("::1", []),
    ],
)
def test_a_port_at_one_address_has_that_alone_and_only_while_it_is_there(host: str, found: list[str]) -> None:
    assert urls(reach(Door("web", host, 7980, WEB.how))) == found


def test_of_each_host_the_page_comes_first_and_then_what_is_typed() -> None:
    made = reach(TCP, UDP, WEB, addresses=own("eth0", "192.168.1.7/24"))
    assert made.ways() == [
        Way("web", "private", "http://192.168.1.7:7980/"),
        Way("tcp", "private", "tcp://192.168.1.7:7976", "telnet 192.168.1.7 7976"),
        Way("udp", "private", "udp://192.168.1.7:8888", "nc -u 192.168.1.7 8888"),
    ]
    assert made.page() == made.ways()[0]


def test_an_address_of_ipv6_has_brackets_in_a_url_and_none_where_it_is_typed() -> None:
    (way,) = reach(Door("tcp", "2001:db8::7", 7976, TCP.how)).ways()
    assert (way.url, way.typed) == ("tcp://[2001:db8::7]:7976", "telnet 2001:db8::7 7976")
    (way,) = reach(Door("tcp", "2001:db8::7", 7976, "twistchat join tls://{host}:{port}")).ways()
    assert (way.url, way.typed) == ("tls://[2001:db8::7]:7976", "twistchat join tls://[2001:db8::7]:7976")


def test_where_nothing_listens_beyond_this_machine_nothing_is_asked() -> None:
    asked: list[object] = []
    for doors in ((), (Door("tcp", "127.0.0.1", 7976, TCP.how), Door("web", "::1", 7980, WEB.how))):
        made = Reach(look=lambda: asked.append(1) or [])  # type: ignore[func-returns-value]
        made.doors = lambda doors=doors: doors  # type: ignore[misc]
        assert (made.is_open, made.ways(), made.page()) == (False, (), None)
        assert made._look is not None
        Deferred.fromCoroutine(made.look_around())
    assert asked == []


def test_a_machine_with_loopback_alone_is_open_and_leads_nowhere() -> None:
    made = reach(WEB, addresses=own("lo", "127.0.0.1/8", "::1/128"))
    assert made.is_open
    assert made.ways() == []


def test_without_a_page_there_is_none_for_a_browser() -> None:
    assert reach(TCP).page() is None


def test_adapters_come_and_go_between_two_calls() -> None:
    addresses = own("eth0", "192.168.1.7/24")
    made = reach(WEB, addresses=addresses)
    assert urls(made) == ["http://192.168.1.7:7980/"]
    addresses[:] = own("wlan0", "10.1.2.3/16")
    assert urls(made) == ["http://10.1.2.3:7980/"]
    addresses[:] = []
    assert urls(made) == []


def test_while_the_system_does_not_tell_there_is_no_address() -> None:
    def look() -> list[OwnAddress]:
        raise OSError(24, "Too many open files")

    made = Reach(look=look, local_name=FakeName())  # type: ignore[arg-type]
    made.doors = lambda: (WEB,)
    Deferred.fromCoroutine(made.look_around())
    assert made.ways() == []


def test_40_adapters_have_all_their_addresses() -> None:
    many = [each for number in range(40) for each in own(f"eth{number}", f"10.{number}.0.1/16")]
    assert len(reach(WEB, TCP, UDP, addresses=many).ways()) == 120


def test_an_address_that_two_adapters_have_is_listed_once() -> None:
    twice = [*own("eth0", "192.168.1.7/24"), *own("eth1", "192.168.1.7/24")]
    assert urls(reach(WEB, addresses=twice)) == ["http://192.168.1.7:7980/"]


# --- a name


class FakeName:
    """Is found where it is asked for."""

    def __init__(self, name: str = "", *addresses: str) -> None:
        self.name = name
        self.addresses = frozenset(map(IPv4Address, addresses))
        self.asked: list[object] = []

    async def ask(self, own: Sequence[object]) -> None:
        self.asked.extend(own)


def test_a_name_that_is_answered_for_is_listed_and_asked_of_networks_where_people_sit() -> None:
    name = FakeName("laptop.local", "192.168.1.7", "203.0.113.7")
    made = reach(WEB, local_name=name)
    Deferred.fromCoroutine(made.look_around())
    assert name.asked == [IPv4Address("203.0.113.7"), IPv4Address("192.168.1.7")]
    assert urls(made).count("http://laptop.local:7980/") == 1
    assert urls(made)[2] == "http://laptop.local:7980/"


def test_a_name_that_leads_to_an_address_where_nothing_listens_is_not_listed() -> None:
    name = FakeName("laptop.local", "192.168.1.7")
    assert urls(reach(Door("web", "203.0.113.7", 7980, WEB.how), local_name=name)) == ["http://203.0.113.7:7980/"]
    gone = FakeName("laptop.local", "192.168.1.99")
    assert "http://laptop.local:7980/" not in urls(reach(WEB, local_name=gone))


def test_a_name_that_nobody_answers_for_is_not_listed() -> None:
    assert not [url for url in urls(reach(WEB, local_name=FakeName())) if "local" in url]


# --- for those near alone

NEAR = Machine(lambda: Sighting(interfaces=(ip_interface("192.168.1.7/24"), ip_interface("203.0.113.7/24"))))


@pytest.mark.parametrize(
    ("interface", "address", "is_let_in"),
    [
        ("web", "192.168.1.9", True),
        ("web", "127.0.0.1", True),
        ("web", "", True),
        ("web", "192.168.2.9", False),
        ("web", "203.0.113.9", False),
        ("web", "::ffff:192.168.1.9", True),
        ("tcp", "203.0.113.9", True),
    ],
)
def test_by_what_is_open_to_those_near_nobody_else_comes(interface: str, address: str, is_let_in: bool) -> None:
    assert reach(near_only=["web"], machine=NEAR).admits(interface, address) is is_let_in


def test_by_what_is_open_to_those_near_only_private_networks_are_listed() -> None:
    made = reach(WEB, TCP, near_only=["web"], local_name=FakeName("laptop.local", "203.0.113.7"))
    pages = [url for url in urls(made) if url.startswith("http")]
    assert pages == ["http://192.168.1.7:7980/", "http://172.17.0.1:7980/", "http://169.254.3.4:7980/"]
    assert "tcp://203.0.113.7:7976" in urls(made)


def test_a_page_that_is_there_by_https_too_is_listed_by_both_and_its_code_stays_the_one_without_a_warning() -> None:
    made = reach(Door("web", "0.0.0.0", 7980, "http://{host}:{port}/ in a browser, or https://{host}:{port}/"))
    assert urls(made)[:2] == ["http://192.168.1.7:7980/", "https://192.168.1.7:7980/"]
    assert not any(way.typed for way in made.ways())
    page = made.page()
    assert page is not None
    assert page.url == "http://192.168.1.7:7980/"


def test_the_page_is_where_others_reach_it_or_else_on_this_machine() -> None:
    assert reach(TCP, WEB).page_url() == "http://192.168.1.7:7980/"
    alone = Door("web", "127.0.0.1", 7980, "https://{host}:{port}/chat/ in a browser")
    assert reach(alone).page_url() == "https://127.0.0.1:7980/chat/"
    assert reach(WEB, addresses=()).page_url() == "http://localhost:7980/"
    assert reach(TCP).page_url() == ""
