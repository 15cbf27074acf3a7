"""Servers that are found by asking, from machines of their own on networks of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.networks import needs_networks
from support.patience import PATIENCE_SECONDS
from support.server import TWISTD, Server, only
from support.switches import Switches

pytestmark = needs_networks

JOIN = (sys.executable, "-m", "twistchat", "join", "--plain", "--nick")
OPEN = only("--tcp", "tcp:7976", "--udp", "udp:8888", "--web", "tcp:7980")

Words = tuple[str, ...]

TRIES = 3


@pytest.fixture
def networks() -> Iterator[Switches]:
    """Two switches: `a` has 10.1.0.0/24, `b` has 192.168.9.0/24."""
    with Switches("found") as networks:
        for name in "ab":
            networks.switch(name)
        yield networks


def serving(machine: Words, folder: Path, *options: str, listen: Words = OPEN) -> Server:
    folder.mkdir(exist_ok=True)
    return Server(folder, *options, listen=listen, command=(*machine, *TWISTD))


def joins(
    machine: Words, folder: Path, *words: str, says: str = "hello", finds: str = ""
) -> subprocess.CompletedProcess[str]:
    """Somebody joins, says something and leaves.

    Args:
        machine: Where.
        folder: What they keep.
        words: Further words of the command.
        says: What they say.
        finds: What they are told of what is found; once more where it is not, as for one second alone it is waited for
            what answers, in which a machine may stand still.
    """
    for _ in range(TRIES):
        ran = subprocess.run(
            [*machine, *JOIN, "ada", *words],
            input=f"{says}\n",
            env={**os.environ, "XDG_STATE_HOME": str(folder), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=2 * PATIENCE_SECONDS,
        )
        if finds in ran.stderr:
            break
        shutil.rmtree(folder, ignore_errors=True)  # what was joined in its place is remembered
    return ran


def test_a_server_is_found_by_whoever_is_in_one_of_its_networks_and_without_any_route_beyond(
    tmp_path: Path, networks: Switches
) -> None:
    host = networks.machine("server", "a=10.1.0.1/24", "b=192.168.9.1/24")
    guests = [networks.machine("ann", "a=10.1.0.2/24"), networks.machine("bea", "b=192.168.9.2/24")]
    with serving(host, tmp_path / "server") as server:
        server.port("web")
        for guest, address in zip(guests, ("10.1.0.1", "192.168.9.1"), strict=True):
            ran = joins(guest, tmp_path / address, finds=address)
            assert (ran.returncode, "ada: hello" in ran.stdout) == (0, True), ran.stderr
            assert f" at tcp://{address}:7976." in ran.stderr
            again = joins(guest, tmp_path / address)
            assert f"Joining tcp://{address}:7976, as the last time." in again.stderr
        here = joins(host, tmp_path / "here", finds="at tcp")
        assert "at tcp://127.0.0.1:7976." in here.stderr


def test_servers_of_two_networks_are_both_found_and_the_person_has_to_say_which(
    tmp_path: Path, networks: Switches
) -> None:
    one, two = networks.machine("one", "a=10.1.0.1/24"), networks.machine("two", "b=192.168.9.1/24")
    guest = networks.machine("guest", "a=10.1.0.2/24", "b=192.168.9.2/24")
    with serving(one, tmp_path / "one") as first, serving(two, tmp_path / "two") as second:
        first.port("web"), second.port("web")
        ran = joins(guest, tmp_path / "state", finds="Several")
    assert ran.returncode == 1
    assert "Several servers answered" in ran.stderr
    assert "tcp://10.1.0.1:7976" in ran.stderr
    assert "tcp://192.168.9.1:7976" in ran.stderr


def test_where_guests_are_kept_apart_it_is_said_in_a_sentence(tmp_path: Path, networks: Switches) -> None:
    host = networks.machine("server", "a=10.1.0.1/24", is_isolated=True)
    guest = networks.machine("guest", "a=10.1.0.2/24", is_isolated=True)
    with serving(host, tmp_path / "server") as server:
        server.port("web")
        ran = joins(guest, tmp_path / "state")
    assert ran.returncode == 1
    assert "No server answered in 10.1.0.0/24." in ran.stderr
    assert "keeps its guests apart" in ran.stderr


def test_a_machine_without_a_network_is_told_so(tmp_path: Path, networks: Switches) -> None:
    ran = joins(networks.machine("alone"), tmp_path)
    assert ran.returncode == 1
    assert "this machine is in no network" in ran.stderr


def test_a_server_that_is_bound_to_one_address_is_not_found_and_says_so_at_its_start(
    tmp_path: Path, networks: Switches
) -> None:
    """Found out here: Linux gives a broadcast only to sockets that are bound to all addresses."""
    host, guest = networks.machine("server", "a=10.1.0.1/24"), networks.machine("guest", "a=10.1.0.2/24")
    bound = only("--tcp", "tcp:7976", "--udp", "udp:8888:interface=10.1.0.1")
    with serving(host, tmp_path / "server", listen=bound) as server:
        server.logs("udp: a socket that is bound to one address hears no broadcast")
        assert joins(guest, tmp_path / "state").returncode == 1
        assert joins(guest, tmp_path / "state", "udp://10.1.0.1").returncode == 0


def test_only_ports_that_are_open_to_whoever_asks_are_told(tmp_path: Path, networks: Switches) -> None:
    """Lines are then sent as datagrams, by the port that answered."""
    host, guest = networks.machine("server", "a=10.1.0.1/24"), networks.machine("guest", "a=10.1.0.2/24")
    inside = only("--tcp", "tcp:7976:interface=127.0.0.1", "--udp", "udp:8888")
    with serving(host, tmp_path / "server", listen=inside) as server:
        server.port("udp")
        assert " at udp://10.1.0.1:8888." in joins(guest, tmp_path / "guest", finds="at udp").stderr
        assert " at tcp://127.0.0.1:7976." in joins(host, tmp_path / "here", finds="at tcp").stderr
