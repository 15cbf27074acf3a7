"""What this machine is called, and when it is looked again."""

from __future__ import annotations

import socket
from ipaddress import ip_address, ip_interface
from pathlib import Path

import pytest

from twistchat import machine
from twistchat.machine import DOUBT_SECONDS, LOOK_SECONDS, Look, Machine, Sighting

LAPTOP = Sighting(frozenset({"laptop"}), (ip_interface("192.168.1.7/24"), ip_interface("203.0.113.7/24")))


def test_nothing_is_known_of_a_machine_that_nobody_looks_at() -> None:
    nothing = Machine()
    assert not nothing.has_name("laptop")
    assert not nothing.has_address(ip_address("192.168.1.7"))
    assert nothing.near == ()


def test_it_is_looked_again_once_a_minute_at_most() -> None:
    now, found = [1000.0], [LAPTOP, Sighting(frozenset({"moved"}), (ip_interface("10.1.0.7/16"),))]
    here = Machine(lambda: found.pop(0), lambda: now[0])
    for _ in range(3):
        assert here.has_name("laptop")
        assert here.has_address(ip_address("203.0.113.7"))
        assert [str(each) for each in here.near] == ["192.168.1.0/24"]
        now[0] += LOOK_SECONDS / 4
    assert len(found) == 1
    now[0] += LOOK_SECONDS / 4
    assert [str(each) for each in here.near] == ["10.1.0.0/16"]
    assert here.has_name("moved")
    assert not here.has_name("laptop")
    assert not here.has_address(ip_address("192.168.1.7"))


def test_a_network_that_it_has_come_to_counts_after_two_seconds() -> None:
    now, looks = [1000.0], [0]
    networks = [ip_interface("10.1.0.7/16")]

    def look() -> Sighting:
        looks[0] += 1
        return Sighting(frozenset(), tuple(networks))

    here = Machine(look, lambda: now[0])
    assert here.is_near("10.1.2.3")
    assert not here.is_near("192.168.1.9")
    assert looks == [1]
    networks.append(ip_interface("192.168.1.7/24"))
    now[0] += DOUBT_SECONDS
    assert here.is_near("192.168.1.9")
    assert here.has_address(ip_address("192.168.1.7"))
    assert looks == [2]
    for _ in range(100):
        assert not here.is_near("203.0.113.5")
        assert not here.is_near("10.2.0.1")
        assert not here.has_name("moved")
    assert looks == [2], "strangers do not have it looked all the time"
    now[0] += DOUBT_SECONDS
    assert here.is_near("10.1.2.3")
    assert looks == [2], "what is known is not asked again"


def test_while_the_system_does_not_tell_what_was_found_before_holds() -> None:
    now, found = [1000.0], [LAPTOP]

    def look() -> Sighting:
        if not found:
            raise OSError(24, "Too many open files")
        return found.pop()

    here = Machine(look, lambda: now[0])
    assert here.is_near("192.168.1.9")
    now[0] += LOOK_SECONDS
    assert here.is_near("192.168.1.9")
    assert not here.is_near("10.1.2.3")


@pytest.mark.parametrize("name", ["." * 63, "", "a\nb", "\udcff"])
def test_a_host_name_that_is_none_is_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: name)
    look = Look(tmp_path / "none")
    assert "" not in look().names
    assert look._asked is not None
    look._asked.join()


def test_a_machine_goes_by_its_host_name_by_what_a_name_server_says_and_by_what_its_hosts_file_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = tmp_path / "hosts"
    hosts.write_text(
        "127.0.0.1 localhost\n127.0.1.1\tDesk.example.org desk # Debian's own\n"
        "192.0.2.77 printer\n\nfe80::1%lo0 mac\nnonsense here\n192.168.1.7 chat.home\n"
    )
    monkeypatch.setattr(socket, "gethostname", lambda: "Desk")
    monkeypatch.setattr(socket, "getfqdn", lambda: "desk.uni.example.")
    monkeypatch.setattr(machine, "_interfaces", lambda: iter([ip_interface("192.168.1.7/24")]))
    look = Look(hosts)
    assert look().names >= {"desk", "desk.local", "desk.example.org", "localhost", "chat.home"}
    assert look._asked is not None
    look._asked.join()
    assert look().names == {"desk", "desk.local", "desk.uni.example", "desk.example.org", "localhost", "chat.home"}


def test_a_machine_without_a_hosts_file_has_a_name_all_the_same(tmp_path: Path) -> None:
    assert socket.gethostname().lower() in Look(tmp_path / "none")().names


def test_this_machine_has_loopback() -> None:
    here = Machine(Look())
    assert here.has_address(ip_address("127.0.0.1"))
    assert not here.has_address(ip_address("192.0.2.254"))
