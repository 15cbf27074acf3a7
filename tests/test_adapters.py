"""What the operating system says of this machine's adapters."""

from __future__ import annotations

import socket
import sys
from types import SimpleNamespace

import pytest

from twistchat import adapters
from twistchat.adapters import own_addresses


def test_this_machine_has_loopback_which_is_up() -> None:
    (loopback,) = [each for each in own_addresses() if str(each.at) == "127.0.0.1/8"]
    assert loopback.is_up
    assert loopback.adapter in dict(map(reversed, socket.if_nameindex()))  # type: ignore[arg-type]


def adapter(name: str) -> SimpleNamespace:
    addresses = [SimpleNamespace(ip="192.168.1.7", network_prefix=24)]
    addresses.append(SimpleNamespace(ip=("fe80::7%eth0", 0, 2), network_prefix=64))
    return SimpleNamespace(name=name, ips=addresses)


def test_an_adapter_that_goes_while_it_is_asked_for_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.ifaddr, "get_adapters", lambda: [adapter("gone0")])
    found = [(each.adapter, str(each.at), each.is_up) for each in own_addresses()]
    assert found == [("gone0", "192.168.1.7/24", False), ("gone0", "fe80::7/64", False)]


def test_where_the_system_cannot_be_asked_an_adapter_counts_as_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.ifaddr, "get_adapters", lambda: [adapter("gone0")])
    monkeypatch.setattr(sys, "platform", "freebsd14")
    assert all(each.is_up for each in own_addresses())
