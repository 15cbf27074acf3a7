"""Servers under test: a fresh twistchat, one that runs already, or a peer that people would pick instead."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from twistchat.bench import machine
from twistchat.bench.dialects import Broker, Datagrams, Dialect, Irc, Ssh, Tutorial, Web
from twistchat.bench.ports import free_port
from twistchat.bench.refusals import CannotMeasure
from twistchat.interfaces.table import INTERFACES

START_SECONDS = 60.0
"""Which a start takes on no machine but one that has much else to do."""

STOP_SECONDS = 5.0

Address = tuple[str, int]


@dataclass
class Server:
    """One running server."""

    name: str
    address: Address
    dialect: Dialect
    pid: int | None = None
    """None where the server is not ours to look into."""
    datagrams: Address | None = None
    process: subprocess.Popen[bytes] | None = None
    output: Path | None = None

    def said(self) -> str:
        """What the server has written to its log."""
        return "" if self.output is None else self.output.read_text("utf-8", "replace")

    def by_datagrams(self) -> Server:
        """The same server, spoken to by UDP.

        Raises:
            CannotMeasure: It listens to none.
        """
        if self.datagrams is None:
            raise CannotMeasure(f"{self.name} has no port for datagrams.")
        return Server(self.name, self.datagrams, Datagrams(), self.pid)

    def by_web(self) -> Server:
        """The same server, spoken to by WebSocket.

        Raises:
            CannotMeasure: It does not listen for any.
        """
        address = _listening(self, "web")
        if address is None:
            raise CannotMeasure(f"{self.name} has no port for WebSockets.")
        return Server(self.name, address, Web(), self.pid)

    def by_ssh(self, has_terminal: bool = False) -> Server:
        """The same server, spoken to by SSH.

        Raises:
            CannotMeasure: It does not listen for any.
        """
        address = _listening(self, "ssh")
        if address is None:
            raise CannotMeasure(f"{self.name} has no port for SSH.")
        return Server(self.name, address, Ssh(has_terminal=has_terminal), self.pid, output=self.output)

    def by_irc(self) -> Server:
        """The same server, spoken to by IRC; one that speaks nothing else is spoken to as it is.

        Raises:
            CannotMeasure: It speaks none.
        """
        if isinstance(self.dialect, Irc):
            return self
        address = _listening(self, "irc")
        if address is None:
            raise CannotMeasure(f"{self.name} has no port for IRC.")
        return Server(self.name, address, Irc(wave=Dialect.wave), self.pid)

    def in_rooms(self, rooms: tuple[str, ...]) -> Server:
        """The same server, whose people go into several rooms each.

        Raises:
            CannotMeasure: It is not spoken to by IRC.
        """
        server = self.by_irc()
        assert isinstance(server.dialect, Irc)
        return replace(server, dialect=replace(server.dialect, rooms=rooms))

    def stop(self) -> None:
        """End it if it was started here, by force where asking does not help."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Peer(NamedTuple):
    """A row of the table of servers to compare with."""

    name: str
    explanation: str
    program: str
    most: int
    """Members that it can hold."""
    dialect: Dialect
    command: Callable[[Path, int], Sequence[str]]
    """Gives the command line, for a folder to write to and a port."""


def _ngircd(folder: Path, port: int) -> Sequence[str]:
    config = folder / "ngircd.conf"
    config.write_text(
        f"[Global]\nName = bench.local\nInfo = bench\nListen = 127.0.0.1\nPorts = {port}\nMotdPhrase = bench\n"
        "[Limits]\nMaxConnections = 0\nMaxConnectionsIP = 0\nMaxJoins = 0\nMaxNickLength = 16\nMaxPenaltyTime = 0\n"
        "PingTimeout = 3600\nPongTimeout = 3600\n[Options]\nDNS = no\nIdent = no\nPAM = no\n"
    )
    return ["ngircd", "--nodaemon", "--config", str(config)]


def _inspircd(folder: Path, port: int) -> Sequence[str]:
    config = folder / "inspircd.conf"
    limits = 'fakelag="no" commandrate="1000000000" localmax="100000" globalmax="100000" maxchans="100"'
    config.write_text(
        '<server name="bench.local" description="bench" network="bench" id="001">\n'
        '<admin name="bench" nick="bench" email="bench@bench.local">\n'
        f'<bind address="127.0.0.1" port="{port}" type="clients">\n'
        f'<connect allow="*" hardsendq="64M" softsendq="64M" recvq="64K" threshold="1000000000" pingfreq="1h" {limits}'
        ' resolvehostnames="no">\n'
        '<performance quietbursts="yes" softlimit="100000" somaxconn="1024">\n<channels users="100" opers="100">\n'
        f'<pid file="{folder}/inspircd.pid">\n'
    )
    return ["inspircd", "--nofork", "--nopid", "--runasroot", "--config", str(config)]


def _ncat(_folder: Path, port: int) -> Sequence[str]:
    return ["ncat", "--chat", "--max-conns", "1000", "--listen", "127.0.0.1", str(port)]


def _tutorial(_folder: Path, port: int) -> Sequence[str]:
    return [sys.executable, "-m", "twistchat.bench.tutorial", str(port)]


PEERS = (
    Peer("ngircd", "an IRC server in C, its penalties and limits off", "ngircd", 19_000, Irc(), _ngircd),
    Peer("inspircd", "an IRC server in C++, its limits off", "inspircd", 19_000, Irc(wave=Dialect.wave), _inspircd),
    Peer("ncat", "`ncat --chat`, in C", "ncat", 900, Broker(), _ncat),
    Peer("tutorial", "the threaded tutorial's server, made again", sys.executable, 1000, Tutorial(), _tutorial),
)


def start_twistchat(folder: Path, *options: str, checkout: Path | None = None) -> Server:
    """Start a fresh twistchat on free ports of loopback, with its limits on talking off.

    Args:
        folder: Where its state and its log go; a second server in the same folder goes on with the first one's state.
        options: More options of `twistchat serve`; they win.
        checkout: A folder with another version to run; this one unless given.

    Raises:
        CannotMeasure: It does not come up.
    """
    usual = {f"--{row.name}": "off" for row in INTERFACES}
    usual |= {"--tcp": "tcp:0:interface=127.0.0.1", "--udp": "udp:0:interface=127.0.0.1", "--flood": "off"}
    given = dict(word.partition("=")[::2] for word in options)
    known = usual.keys() if checkout is None else options_of(checkout)
    words = [f"{option}={value}" for option, value in usual.items() if option in known and option not in given]
    opened = [name for name in ("tcp", "udp", "web", "irc", "ssh") if (usual | given)[f"--{name}"] != "off"]
    command = [sys.executable, "-m", "twistchat", "serve", f"--state-dir={folder / 'state'}", *words, *options]
    server = _started("twistchat", command, folder, Dialect(), checkout)
    _wait(server, lambda: "starting up" in server.said() and all(_listening(server, name) for name in opened))
    tcp, udp = _listening(server, "tcp"), _listening(server, "udp")
    assert tcp is not None
    server.address, server.datagrams = tcp, udp
    return server


def options_of(checkout: Path) -> frozenset[str]:
    """The options of `twistchat serve` in another version, which may have fewer interfaces."""
    command = [sys.executable, "-m", "twistchat", "serve", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, cwd=checkout)
    return frozenset(re.findall(r"^ +(--[a-z-]+)=", shown.stdout, re.MULTILINE))


def start_peer(peer: Peer, folder: Path) -> Server:
    """Start one of the servers to compare with.

    Raises:
        CannotMeasure: It is not installed, or does not come up.
    """
    port = free_port()
    command = list(peer.command(folder, port))
    found = shutil.which(command[0], path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise CannotMeasure(f"{peer.program} is not installed. Its Debian package is called {peer.name}.")
    folder.chmod(0o755)  # a server that gives up root must still read its configuration
    server = _started(peer.name, [found, *command[1:]], folder, peer.dialect)
    server.address = ("127.0.0.1", port)
    _wait(server, lambda: machine.listens(port))
    return server


def _started(name: str, command: Sequence[str], folder: Path, dialect: Dialect, checkout: Path | None = None) -> Server:
    output = folder / "output"
    ours, servers = os.sched_getaffinity(0), machine.split_cores()[0]
    os.sched_setaffinity(0, servers)  # a child takes over where its parent may run
    try:
        with output.open("ab") as file:
            process = subprocess.Popen(
                command,
                stdout=file,
                stderr=file,
                stdin=subprocess.DEVNULL,
                cwd=folder,
                env={**os.environ, **({"PYTHONPATH": str(checkout)} if checkout is not None else {})},
            )
    finally:
        os.sched_setaffinity(0, ours)
    return Server(name, ("127.0.0.1", 0), dialect, process.pid, process=process, output=output)


def _wait(server: Server, is_up: Callable[[], bool]) -> None:
    assert server.process is not None
    deadline = time.monotonic() + START_SECONDS
    while not is_up():
        if server.process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            last = server.said().rstrip().rpartition("\n")[2]
            raise CannotMeasure(f"{server.name} does not come up: {last or 'it says nothing'}")
        time.sleep(0.02)


def _listening(server: Server, interface: str) -> Address | None:
    found = re.search(rf"{interface}: listening on (\S+) port ([0-9]+)", server.said())
    return (found[1], int(found[2])) if found else None
